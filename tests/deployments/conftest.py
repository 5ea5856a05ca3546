"""One Prefect server with everything deployed, and workers as processes of a test's own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from copydesk.stores import open_store
from copydesk.stores.base import RunRecord

ROOT = Path(__file__).parent.parent.parent

APPROVED = """---
title: A calm day at the harbour office
description: What the crew of the harbour office does on a day without a storm, hour by hour, and why it matters.
date: 2026-05-04
tags: [harbour]
---

The first ferry leaves at six. We open the office at half past five and read the log of the night.

## The morning

We check the tide, the wind and the list of boats. Then we call the bridge and ask what they need.

## The evening

The last ferry returns at nine. We write the log, close the shutters and go home.
"""
BROKEN = APPROVED.replace("We check the tide", "We check [the tide](missing-page.md#nowhere), the [sky]()")


@dataclass
class Deployed:
    """A server with pools, queues and all deployments of prefect.yaml."""

    url: str
    env: dict[str, str]
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def prefect(self, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        """Run Prefect's command line."""
        return subprocess.run(
            [sys.executable, "-m", "prefect", *arguments],
            cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def copydesk(self, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        """Run the command line against this server and the workers' store."""
        return subprocess.run(
            [sys.executable, "-m", "copydesk", *arguments],
            cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def worker(self, pool: str = "copydesk", *, limit: int | None = 1) -> subprocess.Popen[bytes]:
        """Start a worker in a process group of its own."""
        name = f"worker-{len(self.workers)}"
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--name", name]
        if limit:
            command += ["--limit", str(limit)]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        self.workers.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """End a worker with what it runs."""
        for pid in [process.pid, *children_of(process.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait(30)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server, again while SQLite is busy; raises for an answer that is no success."""
        only_reads = method == "GET" or path.endswith(("/filter", "/count"))
        for wait in (0.5, 1, 2, 4, 8, 16, 0):
            try:
                answer = httpx.request(method, f"{self.url}{path}", json=body, timeout=60)
            except httpx.ReadTimeout:
                # Whether a change was made is not known then, so only a question is asked again.
                if not (only_reads and wait):
                    raise
            else:
                if answer.status_code not in (500, 503) or not wait:
                    break
            time.sleep(wait)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deployment(self, name: str) -> dict[str, Any]:
        """A deployment by `flow/deployment`."""
        found: dict[str, Any] = self.api("GET", f"/deployments/name/{name}")
        return found

    def submit(self, name: str, request: dict[str, Any], **more: Any) -> str:
        """Make a run of a deployment; answers its id."""
        body = {"parameters": {"request": request}, "state": {"type": "SCHEDULED"}, **more}
        run = self.api("POST", f"/deployments/{self.deployment(name)['id']}/create_flow_run", body)
        return str(run["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """A flow run as the server has it."""
        found: dict[str, Any] = self.api("GET", f"/flow_runs/{run_id}")
        return found

    def runs(self, **filters: Any) -> list[dict[str, Any]]:
        """Flow runs by Prefect's filters."""
        found: list[dict[str, Any]] = self.api("POST", "/flow_runs/filter", {"flow_runs": filters, "limit": 200})
        return found

    def wait(self, run_id: str, *types: str, seconds: float = 200) -> dict[str, Any]:
        """Wait until a run is in a state of one of these types, by default a final one."""
        wanted = types or ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        until(lambda: self.run(run_id)["state_type"] in wanted, f"{run_id} to be {wanted}", seconds, self.logs)
        return self.run(run_id)

    def record(self, run_id: str) -> RunRecord:
        """What the monitor's store has of a run."""
        store = open_store(self.env["COPYDESK_STORE"])
        try:
            found = store.run(run_id)
        finally:
            store.close()
        assert found is not None, f"{run_id} is not recorded\n{self.logs()}"
        return found

    def has_record(self, run_id: str) -> bool:
        """Whether the monitor's store knows a run and its process."""
        store = open_store(self.env["COPYDESK_STORE"])
        try:
            found = store.run(run_id, findings=False)
        finally:
            store.close()
        return found is not None and found.run.pid is not None

    def until(self, happened: Callable[[], bool], what: str, seconds: float = 200) -> None:
        """Wait for a fact."""
        until(happened, what, seconds, self.logs)

    def shorten_silence(self, seconds: int) -> None:
        """Let the automation find silent runs sooner than by default."""
        from prefect.client.orchestration import get_client
        from prefect.settings import PREFECT_API_URL, temporary_settings

        from deployments.work_pool import set_up

        async def set_up_again() -> None:
            async with get_client() as client:
                await set_up(client, silent_seconds=seconds)

        with temporary_settings({PREFECT_API_URL: self.url}):
            asyncio.run(set_up_again())

    def alive(self, run_id: str) -> bool:
        """Whether the server has seen a heartbeat of a run."""
        chosen = {
            "occurred": {"since": "2026-01-01T00:00:00Z"},
            "event": {"name": ["prefect.flow-run.heartbeat"]},
            "resource": {"id": [f"prefect.flow-run.{run_id}"]},
        }
        return bool(self.api("POST", "/events/filter", {"filter": chosen})["events"])

    def processes(self) -> list[int]:
        """What the workers have running below them."""
        return [pid for worker in self.workers for pid in children_of(worker.pid)]

    def artifacts(self, run_id: str) -> dict[str, Any]:
        """The artifacts of a run by key."""
        body = {"artifacts": {"flow_run_id": {"any_": [run_id]}}, "limit": 200}
        return {a["key"]: a for a in self.api("POST", "/artifacts/filter", body) if a["key"]}

    def logs(self) -> str:
        """The ends of what the workers said, for a failure's message."""
        return "\n".join(
            f"--- {f.name}\n{f.read_text()[-2000:]}" for f in sorted(self.folder.glob("worker-*.log"))[-3:]
        )


def until(happened: Callable[[], bool], what: str, seconds: float, more: Callable[[], str] = str) -> None:
    """Wait for a fact."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:g} s for {what}\n{more()}")
        time.sleep(0.3)


def children_of(pid: int) -> list[int]:
    """All processes below one: those that a worker starts lead process groups of their own."""
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def deploy(url: str, env: dict[str, str], folder: Path) -> Deployed:
    """Set a server up and deploy everything; schedules are paused, so that no run comes by itself."""
    environment = env | {
        "PREFECT_API_URL": url,
        "PYTHONPATH": str(ROOT),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "COPYDESK_STORE": f"sqlite:///{folder / 'store.db'}",
        "COPYDESK_CACHE_DIR": str(folder / "cache"),
        "COLUMNS": "200",
    }
    deployed = Deployed(url, environment, folder)
    setup = deployed.copydesk("setup")
    assert setup.returncode == 0, setup.stderr
    done = deployed.prefect("--no-prompt", "deploy", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    for deployment in deployed.api("POST", "/deployments/filter", {}):
        for schedule in deployment["schedules"]:
            deployed.api("PATCH", f"/deployments/{deployment['id']}/schedules/{schedule['id']}", {"active": False})
    return deployed


@pytest.fixture(scope="session")
def everything(prefect_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The server of the tests with everything deployed."""
    return deploy(prefect_server.url, prefect_server.env, tmp_path_factory.mktemp("deployed"))


@pytest.fixture
def deployed(everything: Deployed) -> Iterator[Deployed]:
    """The same, without a worker at the end and without runs that wait."""
    yield everything
    for worker in everything.workers:
        everything.stop(worker)
    everything.workers.clear()
    for run in everything.runs(state={"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}}):
        everything.api("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": "CANCELLED"}, "force": True})


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """A git repository: `main` with a post, `better` that adds a good one, `worse` that adds a broken one."""
    folder = tmp_path / "blog"
    posts = folder / "posts"
    posts.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "copydesk.yaml").write_text(
        "workflow:\n  steps: [{name: structure}, {name: links}, {name: seo}]\n", encoding="utf-8"
    )
    (posts / "old.md").write_text(BROKEN, encoding="utf-8")
    commit(folder, "one")
    for branch, text in (("better", APPROVED), ("worse", BROKEN)):
        git(folder, "checkout", "-q", "-b", branch, "main")
        (posts / f"{branch}.md").write_text(text, encoding="utf-8")
        commit(folder, branch)
    git(folder, "checkout", "-q", "main")
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as nobody in particular."""
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
    identity |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | identity, capture_output=True, text=True, check=True
    )
    return done.stdout


def commit(folder: Path, message: str) -> str:
    """Commit everything; answers the commit."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture(name="deploy")
def _deploy() -> Callable[..., Deployed]:
    """Deploy everything to a server of a test's own."""
    return deploy
