"""What died is closed as Prefect says, or as lost; what lives stays."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from copydesk.errors import EngineUnreachable
from copydesk.events import Authority, Kind, make_event, utc
from copydesk.lease import boot_id, owner, process_start
from copydesk.prefect_engine import record_state
from copydesk.reconcile import EngineRun, EngineTask, reconcile, reconcile_own_host
from copydesk.states import RunState, StepState
from copydesk.stores import open_store
from copydesk.stores.base import Run, RunRecord, Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Prefect:
    """An engine that answers from two tables."""

    def __init__(self, *runs: EngineRun, tasks: Sequence[EngineTask] = (), away: bool = False) -> None:
        self.known = {run.run_id: run for run in runs}
        self.of_runs = list(tasks)
        self.away = away

    def runs(self, run_ids: Sequence[str]) -> dict[str, EngineRun]:
        if self.away:
            raise EngineUnreachable("no answer")
        return {run_id: self.known[run_id] for run_id in run_ids if run_id in self.known}

    def ended_since(self, since: datetime) -> list[EngineRun]:
        return [run for run in self.known.values() if run.state.final]

    def tasks(self, run_id: str, attempt: int) -> list[EngineTask]:
        return self.of_runs


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    yield store
    store.close()


@pytest.fixture
def gone() -> dict[str, Any]:
    """The lease of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    began = process_start(process.pid)
    process.communicate(b"\n")
    return {"host": socket.gethostname(), "boot_id": boot_id(), "pid": process.pid, "process_start": began}


ELSEWHERE = {"host": "another", "boot_id": "b", "pid": 1, "process_start": 1}


def begin(
    store: Store,
    lease: dict[str, Any],
    *,
    beat: timedelta = timedelta(seconds=5),
    state: str = "running",
    name: str = "run",
) -> None:
    def tell(kind: Kind, minutes: float, *parts: object, **data: Any) -> None:
        at = int((NOW - timedelta(minutes=minutes)).timestamp() * 1e6)
        event = make_event(
            kind, (name, 1), *parts, source="test", authority=Authority.PASSING, microseconds=at, data=data
        )  # fmt: skip
        store.apply([event])

    tell(Kind.RUN_OPENED, 10, workflow="blog", priority="high", created_at=utc(NOW - timedelta(minutes=10)))
    tell(Kind.RUN_STATE, 10, 1, state="running", started_at=utc(NOW - timedelta(minutes=10)), queue_seconds=1.5)
    tell(Kind.RUN_HEARTBEAT, 5, heartbeat_at=utc(NOW - beat), **lease)
    for step, its in [("structure", "completed"), ("links", "running"), ("style", "retrying"), ("seo", "pending")]:
        started = {} if its == "pending" else {"started_at": utc(NOW - timedelta(minutes=9)), "workflow": "blog"}
        tell(Kind.STEP_STATE, 9, step, step=step, step_attempt=1, state=its, run_seconds=1.0, **started)
    if state != "running":
        tell(Kind.RUN_STATE, 2, 2, state=state)


def state_of(store: Store, name: str = "run") -> tuple[str | None, float | None]:
    record = store.run(name)
    assert record is not None
    return record.run.state, record.run.run_seconds


def steps_of(record: RunRecord | None) -> dict[str, str | None]:
    assert record is not None
    return {step.step: step.state for step in record.steps}


OLD, YOUNG = timedelta(minutes=5), timedelta(seconds=5)
MINE = asdict(owner())


def says(state: RunState, **more: Any) -> Prefect:
    return Prefect(EngineRun(run_id="run", attempt=1, state=state, detail=state.value, run_seconds=42.0, **more))


@pytest.mark.parametrize(
    ("lease", "beat", "engine", "expected"),
    [
        # its process is gone
        ("gone", YOUNG, None, ("lost", None)),
        ("gone", YOUNG, Prefect(), ("lost", None)),
        ("gone", YOUNG, Prefect(away=True), ("lost", None)),
        ("gone", YOUNG, says(RunState.RUNNING), ("lost", None)),
        ("gone", YOUNG, says(RunState.RUNNING, stopping=True), ("cancelled", 42.0)),
        ("gone", YOUNG, says(RunState.LOST), ("lost", None)),
        ("gone", YOUNG, says(RunState.FAILED), ("failed", 42.0)),
        ("gone", YOUNG, says(RunState.CANCELLED), ("cancelled", 42.0)),
        ("gone", YOUNG, says(RunState.COMPLETED), ("completed", 42.0)),
        ("gone", OLD, says(RunState.SUSPENDED), ("running", None)),
        # another boot of this host
        ({**MINE, "boot_id": "earlier"}, YOUNG, None, ("lost", None)),
        # the number of the process belongs to another one by now
        ({**MINE, "process_start": 1}, YOUNG, None, ("lost", None)),
        # it lives
        (MINE, YOUNG, None, ("running", None)),
        (MINE, OLD, says(RunState.RUNNING), ("running", None)),
        (MINE, YOUNG, says(RunState.COMPLETED), ("running", None)),
        (MINE, OLD, says(RunState.FAILED), ("failed", 42.0)),
        # on another host only Prefect and the heartbeat can tell
        (ELSEWHERE, YOUNG, says(RunState.CANCELLED), ("running", None)),
        (ELSEWHERE, OLD, says(RunState.CANCELLED), ("cancelled", 42.0)),
        (ELSEWHERE, OLD, says(RunState.RUNNING), ("running", None)),
        (ELSEWHERE, OLD, Prefect(), ("lost", None)),
        (ELSEWHERE, OLD, None, ("running", None)),
        (ELSEWHERE, OLD, Prefect(away=True), ("running", None)),
    ],
)
def test_who_is_closed_as_what(
    lease: Any, beat: timedelta, engine: Prefect | None, expected: tuple[str, float | None], store: Store, gone: Any
) -> None:
    begin(store, gone if lease == "gone" else lease, beat=beat)
    outcome = reconcile(store, engine, now=NOW)
    assert state_of(store) == expected
    if expected[0] == "running":
        assert (outcome.closed, outcome.steps, outcome.alive) == ([], 0, 1)
        assert steps_of(store.run("run"))["links"] == "running"
    else:
        assert [run.state for run in outcome.closed] == [expected[0]]
        assert steps_of(store.run("run")) == {
            "structure": "completed", "links": "lost", "style": "lost", "seo": "cancelled",
        }  # fmt: skip
        record = store.run("run")
        assert record is not None
        assert all(step.run_seconds is None for step in record.steps if step.state == "lost")
        assert all(step.started_at for step in record.steps if step.state == "lost")
        assert record.run.queue_seconds == 1.5, "what was known stays"
        assert any(event.data.get("note") == "reconciled" for event in record.events)
        again = reconcile(store, engine, now=NOW + timedelta(minutes=1))
        assert (again.closed, again.steps) == ([], 0)


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (None, "suspended"),
        (Prefect(), "suspended"),
        (says(RunState.SUSPENDED), "suspended"),
        (says(RunState.LOST), "suspended"),
        (says(RunState.CANCELLED), "cancelled"),
    ],
)
def test_a_suspended_run_is_alive(engine: Prefect | None, expected: str, store: Store, gone: Any) -> None:
    begin(store, gone, beat=OLD, state="suspended")
    reconcile(store, engine, now=NOW)
    assert state_of(store)[0] == expected


def test_a_later_attempt_closes_the_earlier(store: Store) -> None:
    begin(store, ELSEWHERE, beat=YOUNG)
    engine = Prefect(EngineRun(run_id="run", attempt=2, state=RunState.RUNNING))
    assert [run.reason for run in reconcile(store, engine, now=NOW).closed] == ["attempt 2 has followed"]
    assert state_of(store) == ("lost", None)


def test_the_own_last_word_comes_late_and_stands(store: Store, gone: Any) -> None:
    """The store was away; the run is closed as lost; then its spool is replayed."""
    begin(store, gone)
    reconcile(store, None, now=NOW)
    late = make_event(
        Kind.RUN_STATE, ("run", 1), source="test", authority=Authority.OWN,
        microseconds=int((NOW - timedelta(minutes=1)).timestamp() * 1e6),
        data={"state": "completed", "ended_at": utc(NOW - timedelta(minutes=1)), "run_seconds": 540.0, "reviewed": 1},
    )  # fmt: skip
    store.apply([late])
    assert state_of(store) == ("completed", 540.0)


def test_runs_of_other_hosts_are_left_to_them(store: Store, gone: Any) -> None:
    begin(store, {**gone, "host": socket.gethostname()}, name="mine")
    begin(store, ELSEWHERE, beat=OLD, name="theirs")
    outcome = reconcile(store, Prefect(), host=socket.gethostname(), now=NOW, fill=False)
    assert [run.run_id for run in outcome.closed] == ["mine"]


def test_steps_left_open_by_a_hook(store: Store, gone: Any) -> None:
    """A hook in another process closed the run; nobody closed its steps."""
    begin(store, gone)
    hook = make_event(
        Kind.RUN_STATE, ("run", 1), source="engine", authority=Authority.ENGINE,
        microseconds=int(NOW.timestamp() * 1e6), data={"state": "cancelled", "ended_at": utc(NOW)},
    )  # fmt: skip
    store.apply([hook])
    outcome = reconcile(store, None, now=NOW + timedelta(minutes=1))
    assert (outcome.closed, outcome.steps) == ([], 3)
    assert steps_of(store.run("run"))["links"] == "lost"


def test_a_dry_run_changes_nothing(store: Store, gone: Any) -> None:
    begin(store, gone)
    outcome = reconcile(store, None, now=NOW, dry_run=True)
    assert (len(outcome.closed), outcome.steps) == (1, 3)
    assert state_of(store)[0] == "running"


def test_runs_never_seen_are_filled_in(store: Store) -> None:
    engine = Prefect(
        EngineRun(
            run_id="unseen", attempt=1, state=RunState.COMPLETED, detail="Rejected", priority="low", queue="low",
            expected_start=utc(NOW - timedelta(minutes=12)), started_at=utc(NOW - timedelta(minutes=10)),
            ended_at=utc(NOW - timedelta(minutes=9)), run_seconds=60.0,
        ),
        tasks=[
            EngineTask(step="load", attempt=1, state=StepState.COMPLETED, run_seconds=1.0, started_at=utc(NOW)),
            EngineTask(step="links", attempt=2, state=StepState.RUNNING, started_at=utc(NOW)),
        ],
    )  # fmt: skip
    outcome = reconcile(store, engine, now=NOW)
    assert [(run.run_id, run.state) for run in outcome.filled] == [("unseen", "completed")]
    record = store.run("unseen")
    assert record is not None
    assert (record.run.state, record.run.run_seconds, record.run.queue_seconds) == ("completed", 60.0, 120.0)
    assert [(step.step, step.step_attempt, step.state, step.run_seconds) for step in record.steps] == [
        ("load", 1, "completed", 1.0),
        ("links", 2, "lost", None),
    ]
    assert reconcile(store, engine, now=NOW + timedelta(minutes=1)).filled == []
    assert reconcile(store, Prefect(away=True), now=NOW).engine == "no answer"


def test_at_the_start_of_a_review(tmp_path: Path, gone: Any) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store = open_store(url)
    begin(store, gone)
    outcome = reconcile_own_host(url)
    assert outcome is not None
    assert [run.state for run in outcome.closed] == ["lost"]
    assert state_of(store)[0] == "lost"
    store.close()
    assert reconcile_own_host("mongodb://127.0.0.1:1/x") is None
    assert reconcile_own_host("nonsense") is None


@pytest.mark.parametrize(("kind", "expected"), [("CRASHED", "lost"), ("CANCELLED", "cancelled"), ("FAILED", "failed")])
def test_the_hook_records_what_prefect_says(kind: str, expected: str, tmp_path: Path, gone: Any) -> None:
    url = os.environ["COPYDESK_STORE"]
    store = open_store(url)
    begin(store, gone)
    state = SimpleNamespace(type=SimpleNamespace(value=kind), name=kind.title(), message="exit code -9")
    record_state(flow=None, flow_run=SimpleNamespace(id="run", run_count=1), state=state)
    record = store.run("run")
    assert record is not None
    assert (record.run.state, record.run.error) == (expected, f"{kind.title()}: exit code -9")
    assert record.run.started_at is not None
    assert reconcile(store, None, now=NOW).steps == 3, "its steps are closed by the next reconcile"
    store.close()


def test_own_process_lives() -> None:
    me = owner()
    assert me.alive() is True
    assert me.pid == os.getpid()
    assert Run(run_id="r", attempt=1).pid is None


FLOWS = """
import asyncio, os, signal, sys
from prefect import flow, task, tags
from prefect.states import Completed

@task(name="links")
async def links(kill: bool) -> int:
    if kill:
        await asyncio.sleep(3)
        os.kill(os.getpid(), signal.SIGKILL)
    return 1

@flow(name="review")
async def review(kill: bool):
    from prefect.runtime import flow_run
    print(flow_run.id, flush=True)
    await links(kill)
    return Completed(name="Rejected", message="one post")

with tags("run-priority:low"):
    asyncio.run(review(sys.argv[1] == "kill"))
"""


@pytest.mark.slow
def test_against_a_real_prefect_server(tmp_path: Path, prefect_server: Any, gone: Any) -> None:
    """One run that completed, unknown to the store; one that was killed, which Prefect shows as running for ever."""
    script = tmp_path / "flows_to_run.py"
    script.write_text(FLOWS)

    def run(mode: str) -> str:
        done = subprocess.run(
            [sys.executable, str(script), mode], env=prefect_server.env, capture_output=True, text=True, timeout=240,
            check=False,
        )  # fmt: skip
        assert done.returncode == (0 if mode == "end" else -9), done.stderr
        return done.stdout.split()[0]

    ended, killed = run("end"), run("kill")
    url = f"sqlite:///{tmp_path}/real.db"
    store = open_store(url)
    begin(store, gone, name=killed)
    store.close()
    done = subprocess.run(
        [sys.executable, "-c", RECONCILE, url], env=prefect_server.env | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    store = open_store(url)
    filled, closed = store.run(ended), store.run(killed)
    store.close()
    assert filled is not None
    assert closed is not None
    assert (filled.run.state, filled.run.error, filled.run.priority) == ("completed", "Rejected: one post", "low")
    assert filled.run.run_seconds is not None
    assert filled.run.run_seconds > 0
    assert [(step.step, step.state) for step in filled.steps] == [("links", "completed")]
    assert (closed.run.state, closed.run.run_seconds) == ("lost", None)
    assert {step.step: step.state for step in closed.steps}["links"] == "lost"


RECONCILE = """
import sys
from copydesk.prefect_engine import PrefectEngine, configured
from copydesk.prefect_engine import record_state
from copydesk.reconcile import reconcile
from copydesk.stores import open_store
assert configured()
store = open_store(sys.argv[1])
outcome = reconcile(store, PrefectEngine())
assert not outcome.engine, outcome.engine
store.close()
"""
