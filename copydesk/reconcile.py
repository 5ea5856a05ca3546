"""Closes the records of runs that died without a word, and fills in those that the store has never seen.

Prefect's own record is asked through `Engine`; without it (the API is away) only what is certain is closed: a process
of this host that is gone.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from copydesk.errors import EngineUnreachable
from copydesk.events import Authority, Event, Kind, make_event, parse_time, utc
from copydesk.lease import EXPIRED_SECONDS, Owner
from copydesk.redaction import redact
from copydesk.states import RunState, StepState
from copydesk.stores import open_store
from copydesk.stores.base import ENDED, Run, RunQuery, RunRecord, StepRun, Store

LIMIT = 1000  # active runs looked at in one go, newest first
LOOK_BACK = timedelta(days=7)  # how far back ended runs are searched for steps left open, and Prefect for unknown runs
LOOKED_AT = 200  # ended runs whose steps are looked at
SOURCE = "reconcile"
_LOG = logging.getLogger("copydesk.reconcile")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTask:
    """One task run as Prefect has it."""

    step: str
    attempt: int
    state: StepState
    started_at: str | None = None
    ended_at: str | None = None
    run_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRun:
    """One flow run as Prefect has it. Times are ISO texts in UTC."""

    run_id: str
    attempt: int
    state: RunState
    detail: str = ""  # Prefect's own name of the state and its message
    stopping: bool = False  # somebody asked to cancel it; Prefect waits for its process
    workflow: str | None = None
    priority: str | None = None
    queue: str | None = None
    deployment: str | None = None
    created_at: str | None = None
    expected_start: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    run_seconds: float | None = None


class Engine(Protocol):
    """What `reconcile` asks of Prefect. Raises EngineUnreachable."""

    def runs(self, run_ids: Sequence[str]) -> dict[str, EngineRun]:
        """The flow runs of these ids; those that Prefect does not know are left out."""

    def ended_since(self, since: datetime) -> list[EngineRun]:
        """Review runs that have ended since a time."""

    def tasks(self, run_id: str, attempt: int) -> list[EngineTask]:
        """The task runs of an attempt of a flow run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A run that was closed, or filled in."""

    run_id: str
    attempt: int
    state: str
    reason: str


@dataclass(kw_only=True)
class Outcome:
    """What `reconcile` did."""

    closed: list[Closed] = field(default_factory=list)
    filled: list[Closed] = field(default_factory=list)
    steps: int = 0  # step runs that were closed
    alive: int = 0  # active runs that stay: running, suspended, or not to be judged from here
    engine: str = ""  # why Prefect could not be asked; empty when it was


def reconcile(
    store: Store,
    engine: Engine | None,
    *,
    host: str | None = None,
    now: datetime | None = None,
    fill: bool = True,
    dry_run: bool = False,
) -> Outcome:
    """Compare the active runs of the store (of one host, or all) with their processes and with Prefect.

    A run is closed when its process is gone, or when its heartbeat is older than `EXPIRED_SECONDS` and Prefect says
    that it has ended; as what, Prefect says, and `lost` where it says nothing or that the run crashed. A lost run has
    no duration. A suspended run has no process: it stays, unless Prefect says that somebody cancelled it. With `fill`,
    runs that ended in Prefect within `LOOK_BACK` and are unknown here are written down from its record.
    """
    moment = now or datetime.now(UTC)
    outcome = Outcome()
    events: list[Event] = []
    active = store.runs(RunQuery(states=("running", "suspended", "pending"), host=host, limit=LIMIT))
    known = _asked(engine, active, outcome)
    for run in active:
        verdict = _judged(run, known.get(run.run_id), known is not _UNKNOWN and engine is not None, moment)
        if verdict is None:
            outcome.alive += 1
            continue
        state, reason, engine_run = verdict
        outcome.closed.append(Closed(run_id=run.run_id, attempt=run.attempt, state=state.value, reason=reason))
        events += _closing(run, state, reason, engine_run, moment)
    ended = store.runs(RunQuery(states=ENDED, host=host, since=utc(moment - LOOK_BACK), limit=LIMIT))
    # A run that ended with a word of its own says how many posts it reviewed, and has closed its steps.
    of_others = [run for run in ended if run.reviewed is None][:LOOKED_AT]
    closed = {(one.run_id, one.attempt) for one in outcome.closed}
    for run in [*of_others, *(run for run in active if (run.run_id, run.attempt) in closed)]:
        record = store.run(run.run_id, run.attempt, findings=False)
        if record is not None:
            left = list(_open_steps(record, moment))
            outcome.steps += len(left)
            events += left
    if fill and engine is not None and not outcome.engine:
        events += _filled(store, engine, outcome, moment)
    if not dry_run:
        for start in range(0, len(events), 100):
            store.apply(events[start : start + 100])
    return outcome


def close_run(store: Store, run: Run, state: RunState, reason: str) -> None:
    """Write the end of a run that nobody else will tell: it has no process. Raises what the store raises."""
    now = datetime.now(UTC)
    record = store.run(run.run_id, run.attempt, findings=False)
    store.apply([*_closing(run, state, reason, None, now), *(_open_steps(record, now) if record else ())])


_UNKNOWN: dict[str, EngineRun] = {}


def _asked(engine: Engine | None, active: Sequence[Run], outcome: Outcome) -> dict[str, EngineRun]:
    if engine is None:
        return _UNKNOWN
    try:
        return engine.runs(sorted({run.run_id for run in active}))
    except EngineUnreachable as error:
        outcome.engine = str(error)
        return _UNKNOWN


def _judged(
    run: Run, engine: EngineRun | None, asked: bool, now: datetime
) -> tuple[RunState, str, EngineRun | None] | None:
    """The state that an active run has in truth, with the reason; None when it lives or cannot be judged."""
    if engine is not None and engine.attempt != run.attempt:
        # A later attempt is under way or done: this one is over, and Prefect no longer says how.
        return (RunState.LOST, f"attempt {engine.attempt} has followed", None) if engine.attempt > run.attempt else None
    if run.state == RunState.SUSPENDED:
        cancelled = engine is not None and engine.state is RunState.CANCELLED
        return (RunState.CANCELLED, "cancelled in Prefect while it was suspended", engine) if cancelled else None
    if engine is not None and engine.state is RunState.SUSPENDED:
        return None
    alive = _process(run)
    beat = parse_time(run.heartbeat_at) if run.heartbeat_at else None
    old = beat is None or now - beat > timedelta(seconds=EXPIRED_SECONDS)
    if engine is not None and engine.state.final and (old or alive is False):
        return engine.state, f"Prefect says {engine.detail or engine.state}", engine
    if alive is False and engine is not None and engine.stopping:
        return RunState.CANCELLED, "cancelled in Prefect, and its process is gone", engine
    if alive is False:
        return RunState.LOST, "its process is gone", None
    if old and alive is None and asked and engine is None:
        return RunState.LOST, "no heartbeat, and Prefect does not know it", None
    return None


def _process(run: Run) -> bool | None:
    if run.host is None or run.pid is None:
        return None
    return Owner(host=run.host, boot_id=run.boot_id or "", pid=run.pid, process_start=run.process_start).alive()


def _event(kind: Kind, run: Run, now: datetime, authority: Authority, *parts: object, **data: Any) -> Event:
    # Told twice it is the same event, unless time has passed; whoever tells it, the row is the same.
    return make_event(
        kind,
        (run.run_id, run.attempt),
        *parts,
        source=SOURCE,
        authority=authority,
        microseconds=int(now.timestamp() * 1e6),
        data=data,
    )


def _closing(run: Run, state: RunState, reason: str, engine: EngineRun | None, now: datetime) -> list[Event]:
    lost = state is RunState.LOST
    ended = (engine.ended_at if engine and not lost else None) or utc(now)
    authority = Authority.PRESUMED if engine is None else Authority.ENGINE
    return [
        _event(Kind.NOTE, run, now, Authority.PASSING, "reconciled", state, note="reconciled", details={
            "state": state.value, "reason": reason,
        }),
        _event(
            Kind.RUN_STATE, run, now, authority, state,
            state=state.value, ended_at=ended, run_seconds=None if lost or engine is None else engine.run_seconds,
            error=reason, verdict=run.verdict, score=run.score,
        ),
    ]  # fmt: skip


def _open_steps(record: RunRecord, now: datetime) -> Iterator[Event]:
    """What closes the steps that nobody will end now: lost without a duration, or cancelled before they began."""
    last = {step.step: step.step_attempt for step in record.steps}
    for step in record.steps:
        retried = step.state == StepState.RETRYING and last[step.step] > step.step_attempt
        if step.state is None or StepState(step.state).final or retried:
            continue
        state = StepState.CANCELLED if step.state == StepState.PENDING else StepState.LOST
        yield _event(
            Kind.STEP_STATE, record.run, now, Authority.PRESUMED, step.step, step.step_attempt, state,
            step=step.step, step_attempt=step.step_attempt, state=state.value, ended_at=utc(now),
            error=step.error or "the run ended without it", **_start(step),
        )  # fmt: skip


def _start(step: StepRun) -> dict[str, Any]:
    if step.started_at is None:
        return {}
    return {"started_at": step.started_at, "queue_seconds": step.queue_seconds, "workflow": step.workflow}


def _filled(store: Store, engine: Engine, outcome: Outcome, now: datetime) -> list[Event]:
    events: list[Event] = []
    try:
        for found in engine.ended_since(now - LOOK_BACK):
            if store.run(found.run_id, found.attempt, findings=False) is None:
                events += _story(found, engine.tasks(found.run_id, found.attempt), now)
                outcome.filled.append(
                    Closed(
                        run_id=found.run_id,
                        attempt=found.attempt,
                        state=found.state.value,
                        reason=f"Prefect says {found.detail or found.state}",
                    )
                )
    except EngineUnreachable as error:
        outcome.engine = str(error)
    return events


def _story(found: EngineRun, tasks: Sequence[EngineTask], now: datetime) -> Iterator[Event]:
    run = Run(run_id=found.run_id, attempt=found.attempt)
    engine = Authority.ENGINE
    wait = _between(found.expected_start, found.started_at)
    yield _event(
        Kind.RUN_OPENED, run, now, engine, "filled", workflow=found.workflow, priority=found.priority,
        queue=found.queue, deployment=found.deployment, created_at=found.created_at or found.started_at or utc(now),
        expected_start=found.expected_start, posts=None, metadata={"filled_in": True},
    )  # fmt: skip
    yield _event(
        Kind.RUN_STATE, run, now, engine, "filled", found.state, state=found.state.value,
        started_at=found.started_at, ended_at=found.ended_at or utc(now), queue_seconds=wait, lateness_seconds=wait,
        run_seconds=None if found.state is RunState.LOST else found.run_seconds, error=found.detail or None,
    )  # fmt: skip
    for position, task in enumerate(tasks):
        state = task.state if task.state.final else StepState.LOST
        yield _event(
            Kind.STEP_OPENED, run, now, engine, task.step, task.attempt,
            step=task.step, step_attempt=task.attempt, position=position,
        )  # fmt: skip
        yield _event(
            Kind.STEP_STATE, run, now, engine, task.step, task.attempt, state,
            step=task.step, step_attempt=task.attempt, state=state.value, workflow=found.workflow,
            started_at=task.started_at, ended_at=task.ended_at or utc(now),
            run_seconds=None if state is StepState.LOST else task.run_seconds,
        )  # fmt: skip


def _between(start: str | None, end: str | None) -> float | None:
    return max(0.0, (parse_time(end) - parse_time(start)).total_seconds()) if start and end else None


def reconcile_own_host(store_url: str | None, engine: Engine | None = None) -> Outcome | None:
    """Close what died on this host, at the start of a review: never raises; None when the store is away.

    Blocks; call it in a thread without a running event loop (`asyncio.to_thread`).
    """
    try:
        store = open_store(store_url)
        try:
            return reconcile(store, engine, host=socket.gethostname(), fill=False)
        finally:
            store.close()
    except Exception as error:  # noqa: BLE001 - tidying up must not cost a review
        _LOG.info("runs that died were not looked for: %s", redact(str(error)))
        return None
