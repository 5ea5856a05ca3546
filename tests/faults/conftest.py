"""Faults with real processes. COPYDESK_LONG=1 gives the long form: more kills, more posts, more runs."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parent.parent.parent
LONG = bool(os.environ.get("COPYDESK_LONG"))
PATIENCE = 240.0  # seconds; only against waiting for ever


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether the long form was asked for."""
    return LONG


def until(happened: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait for a fact; answers it."""
    deadline = time.monotonic() + seconds
    while not (fact := happened()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)
    return fact


@pytest.fixture
def wait() -> Callable[..., Any]:
    """`until`, for tests."""
    return until


@dataclass
class Blog:
    """Posts with a workflow of the built-in steps that are quick, and one that takes its time and writes a log."""

    folder: Path
    env: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """A line for each post that the slow step has begun: its path and the process."""
        return self.folder / "begun.log"

    def fill(self, posts: int, seconds: float) -> None:
        """Write so many posts, each with faults of its own, and a step that takes so long for each."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "posts").mkdir()
        for number in range(posts):
            text = (
                f"---\ntitle: Post {number} of the harbour\n---\n\n# Heading\n\n"
                f"The ferry number {number} is very very late, see [the plan](missing-{number}.md).\n"
            )
            (self.folder / "posts" / f"post-{number:03}.md").write_text(text, encoding="utf-8")
        (self.folder / "copydesk.yaml").write_text(
            "workflow:\n  steps:\n    - {name: structure}\n    - {name: links}\n    - {name: seo}\n"
            '    - {name: slow, uses: "team_checks:note", with: '
            f"{{log: {self.log}, seconds: {seconds}}}}}\n",
            encoding="utf-8",
        )

    def start(self, *arguments: str, env: dict[str, str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
        """Start the command line in a process group of its own; what it says goes to files beside the posts."""
        number = len(self.processes)
        with (self.folder / f"out-{number}").open("wb") as out, (self.folder / f"err-{number}").open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "copydesk", *arguments], cwd=self.folder, env=self.env | (env or {}),
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True, **more,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes], seconds: float = PATIENCE) -> tuple[int, str, str]:
        """Wait for a process; its exit code, standard output and standard error."""
        process.wait(seconds)
        number = self.processes.index(process)
        out, err = (self.folder / f"{kind}-{number}" for kind in ("out", "err"))
        return process.returncode, out.read_text("utf-8", "replace"), err.read_text("utf-8", "replace")

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Start the command line and wait for it."""
        return self.end(self.start(*arguments, env=env))

    def begun(self) -> list[str]:
        """The posts that the slow step has begun, in order."""
        return [line.split()[0] for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def stop(self) -> None:
        """End what is still there."""
        for process in self.processes:
            if process.poll() is None:
                for pid in descendants(process.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(30)


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def alive(pid: int) -> bool:
    """Whether a process is there and not only waiting to be reaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def blog(tmp_path: Path, own_steps: Path) -> Iterator[Blog]:
    """A blog without posts yet, with a store and a cache of its own."""
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(own_steps))),
        "COPYDESK_STORE": f"sqlite:///{tmp_path / 'store.db'}",
        "COPYDESK_CACHE_DIR": str(tmp_path / "cache"),
        "COLUMNS": "200",
    }
    made = Blog(tmp_path / "blog", env)
    yield made
    made.stop()


def findings(report: str) -> list[tuple[Any, ...]]:
    """What a JSON report says of its posts, without what differs from run to run."""
    told = []
    for post in json.loads(report)["posts"]:
        told.append((post["path"], post["content_hash"], post["verdict"], post["score"]))
        told += [(post["path"], f["check"], f["line"], f["column"], f["match"]) for f in post["findings"]]
    return told


@pytest.fixture
def told() -> Callable[[str], list[tuple[Any, ...]]]:
    """`findings`, for tests."""
    return findings


@pytest.fixture
def below() -> Callable[[int], list[int]]:
    """`descendants`, for tests."""
    return descendants


@pytest.fixture
def lives() -> Callable[[int], bool]:
    """`alive`, for tests."""
    return alive


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:
    """Say what a fault cost, for the last lines of the run: `tell(tries=3, lost=0, twice=0)`."""
    began = time.monotonic()
    told: dict[str, Any] = {}
    yield lambda **figures: told.update(figures)
    if told:
        numbers = ", ".join(f"{name} {value}" for name, value in told.items())
        line = f"{request.node.name}: {numbers}, seconds {time.monotonic() - began:.0f}"
        request.node.user_properties.append(("figures", line))
