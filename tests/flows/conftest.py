"""A blog, a server and ways to look at both, for tests with real flow runs."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds; only against hanging for ever


class Api:
    """Prefect's own record of what happened."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def flow_run(self, run_id: str) -> Any:
        return self(f"/flow_runs/{run_id}")

    def task_runs(self, run_id: str) -> list[Any]:
        """The task runs of a flow run, in the order of their start."""
        runs = self("/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}, "limit": 200})
        return sorted(runs, key=lambda run: run["start_time"] or "")

    def edges(self, run_id: str) -> dict[str, set[str]]:
        """Step -> the steps that its arrows come from, as the UI draws them."""
        nodes = dict(self(f"/flow_runs/{run_id}/graph-v2")["nodes"])
        names = {key: node["label"].rpartition("-")[0] for key, node in nodes.items()}
        return {names[key]: {names[p["id"]] for p in node["parents"]} for key, node in nodes.items()}


@pytest.fixture
def api(prefect_server) -> Api:
    return Api(prefect_server.url)


@pytest.fixture
def on_server(prefect_server, monkeypatch) -> Iterator[None]:
    """Flows in this process and in those that it starts run on the server of the tests."""
    from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

    monkeypatch.setenv("PREFECT_API_URL", prefect_server.url)
    # Its log lines are not looked at, and the server is gone when this process ends.
    with temporary_settings({PREFECT_API_URL: prefect_server.url, PREFECT_LOGGING_TO_API_ENABLED: False}):
        yield


@pytest.fixture
def blog(tmp_path: Path, own_steps: Path) -> Callable[..., Path]:
    """Write a blog: its steps as YAML flow mappings, its other workflow keys, and posts by name; answers its folder."""

    def write(*steps: str, workflow: str = "", posts: dict[str, str] | None = None) -> Path:
        folder = tmp_path / "blog"
        (folder / "posts").mkdir(parents=True, exist_ok=True)
        lines = "".join(f"    - {step}\n" for step in steps)
        (folder / "copydesk.yaml").write_text(f"workflow:\n{workflow}  steps:\n{lines}" if steps else "")
        for name, text in (posts or {"one": "A post.", "two": "Another post."}).items():
            (folder / "posts" / f"{name}.md").write_text(text)
        return folder / "posts"

    return write


def step(name: str, does: str = "note", options: str = "{}", **more: Any) -> str:
    """One step of a workflow as YAML."""
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    return f'{{name: {name}, uses: "team_checks:{does}", with: {options}{extra}}}'


@pytest.fixture(name="step")
def _step() -> Callable[..., str]:
    return step


class Record:
    """What copydesk's own store knows, read afresh each time."""

    def runs(self) -> list[Any]:
        from copydesk.stores import open_store
        from copydesk.stores.base import RunQuery

        store = open_store(None)
        try:
            return list(store.runs(RunQuery(limit=100)))
        finally:
            store.close()

    def steps(self, run_id: str | None = None) -> dict[tuple[str, int], Any]:
        """(step, attempt) -> row, of the latest attempt of a run; of the latest run without an id."""
        from copydesk.stores import open_store

        run_id = run_id or self.runs()[0].run_id
        store = open_store(None)
        try:
            record = store.run(run_id)
            assert record is not None
            return {(row.step, row.step_attempt): row for row in record.steps}
        finally:
            store.close()


@pytest.fixture
def record() -> Record:
    return Record()


def wait_until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """What `condition` answers as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, sqlite3.Error):
            answer = condition()
            if answer:
                return answer
        time.sleep(0.05)
    pytest.fail(f"{what} did not come about")


@pytest.fixture(name="wait_until")
def _wait_until() -> Callable[..., Any]:
    return wait_until


class Command:
    """A command under way."""

    def __init__(self, arguments: list[str], cwd: Path) -> None:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("COPYDESK_TEST_PATH"))))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "copydesk", *arguments],
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def children(self) -> list[psutil.Process]:
        """Everything that it has started and that is alive."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Start a command in the background: `begin("review", posts)`."""
    commands: list[Command] = []

    def start(*arguments: str | Path) -> Command:
        commands.append(Command([str(argument) for argument in arguments], tmp_path))
        return commands[-1]

    yield start
    for command in commands:
        if command.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(command.process.pid, signal.SIGKILL)
            command.process.communicate(timeout=PATIENCE)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them lives."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


@pytest.fixture(name="gone")
def _gone() -> Callable[[list[psutil.Process]], bool]:
    return gone


@pytest.fixture
def review_here(on_server: None) -> Callable[..., Any]:
    """Run the flow in this process: `state, session = await review_here(posts, priority=...)`."""
    from copydesk.engine import settle_records
    from copydesk.request import ReviewRequest
    from copydesk.session import open_session
    from flows.review import review

    async def run(*paths: Path, **request: Any) -> Any:
        with open_session() as session:
            state = await review(ReviewRequest(paths=[str(path) for path in paths], **request), return_state=True)
            session.monitor.flush()
            assert await settle_records(session.flow_runs, session.task_runs, seconds=60)
            return state, session

    return run
