"""What Prefect tells of runs: its API, asked by `reconcile`, and a state hook. Prefect is imported inside functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from copydesk.errors import EngineUnreachable
from copydesk.events import utc
from copydesk.monitor import WorkflowMonitor
from copydesk.reconcile import EngineRun, EngineTask
from copydesk.redaction import redact
from copydesk.states import RunState, StepState

FLOW_NAME = "review"
_PAGE = 200  # the most rows that Prefect gives at once
_RUN_STATES = {
    "SCHEDULED": RunState.PENDING,
    "PENDING": RunState.PENDING,
    "RUNNING": RunState.RUNNING,
    "CANCELLING": RunState.RUNNING,
    "PAUSED": RunState.SUSPENDED,
    "COMPLETED": RunState.COMPLETED,
    "FAILED": RunState.FAILED,
    "CRASHED": RunState.LOST,
    "CANCELLED": RunState.CANCELLED,
}
_STEP_STATES = {
    "SCHEDULED": StepState.PENDING,
    "PENDING": StepState.PENDING,
    "RUNNING": StepState.RUNNING,
    "COMPLETED": StepState.COMPLETED,
    "FAILED": StepState.FAILED,
    "CRASHED": StepState.LOST,
    "CANCELLED": StepState.CANCELLED,
}


def attempt_of(flow_run: Any) -> int:
    """The attempt of a run. Prefect does not count a start that goes on with a suspended run, and nor do we."""
    return max(1, int(flow_run.run_count))


def configured() -> bool:
    """Whether a server is configured: without one, asking would start an embedded server, for nothing."""
    from prefect.settings import PREFECT_API_URL

    return bool(PREFECT_API_URL.value())


class PrefectEngine:
    """Prefect's API as `copydesk.reconcile.Engine`. Blocks; not for a thread with a running event loop."""

    def runs(self, run_ids: Sequence[str]) -> dict[str, EngineRun]:
        """The flow runs of these ids; ids that are none of Prefect's are left out."""
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

        ids = [uuid for text in run_ids if (uuid := _uuid(text)) is not None]
        found: dict[str, EngineRun] = {}
        with _client() as client:
            for start in range(0, len(ids), _PAGE):
                page = FlowRunFilter(id=FlowRunFilterId(any_=ids[start : start + _PAGE]))
                for run in client.read_flow_runs(flow_run_filter=page, limit=_PAGE):
                    found[str(run.id)] = _run(run)
        return found

    def ended_since(self, since: datetime) -> list[EngineRun]:
        """Runs of the review flow that have ended since a time, as far as they had begun."""
        from prefect.client.schemas.filters import (
            FlowFilter,
            FlowFilterName,
            FlowRunFilter,
            FlowRunFilterEndTime,
            FlowRunFilterStartTime,
        )
        from prefect.types import DateTime

        moment = DateTime.fromisoformat(since.isoformat())
        which = FlowRunFilter(
            end_time=FlowRunFilterEndTime(after_=moment), start_time=FlowRunFilterStartTime(is_null_=False)
        )
        named = FlowFilter(name=FlowFilterName(any_=[FLOW_NAME]))
        found: list[EngineRun] = []
        with _client() as client:
            while True:
                page = client.read_flow_runs(flow_filter=named, flow_run_filter=which, limit=_PAGE, offset=len(found))
                found += [_run(run) for run in page]
                if len(page) < _PAGE:
                    return [run for run in found if run.state.final]

    def tasks(self, run_id: str, attempt: int) -> list[EngineTask]:
        """The task runs of an attempt, in the order of their start."""
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

        uuid = _uuid(run_id)
        if uuid is None:
            return []
        which = FlowRunFilter(id=FlowRunFilterId(any_=[uuid]))
        found: list[Any] = []
        with _client() as client:
            while True:
                page = client.read_task_runs(flow_run_filter=which, limit=_PAGE, offset=len(found))
                found += page
                if len(page) < _PAGE:
                    break
        # A retry of a flow makes new task runs: each says in which attempt of the flow it last ran.
        its = [task for task in found if max(1, task.flow_run_run_count) == attempt]
        its.sort(key=lambda task: (task.start_time is None, task.start_time))
        return [_task(task) for task in its]


def record_state(flow: Any, flow_run: Any, state: Any) -> None:
    """A state hook (`on_crashed`, `on_cancellation`, `on_failure`): what Prefect says of a run goes into the record.

    For ends that the run itself cannot tell: its process was killed, or a worker cancelled it. Where the run has told
    its end, that stands. The parameters have these names since Prefect's runner calls hooks by keyword. Never raises.
    """
    monitor = WorkflowMonitor()
    name = _RUN_STATES[state.type.value]
    message = f"{state.name}: {state.message}" if state.message else state.name
    monitor.engine_state(str(flow_run.id), attempt_of(flow_run), name.value, error=message)
    monitor.close()


def _run(run: Any) -> EngineRun:
    kind = run.state.type.value if run.state else "PENDING"
    detail = f"{run.state.name}: {run.state.message}" if run.state and run.state.message else (run.state_name or "")
    priorities = [tag.removeprefix("run-priority:") for tag in run.tags if tag.startswith("run-priority:")]
    workflow = next((tag.removeprefix("workflow:") for tag in run.tags if tag.startswith("workflow:")), None)
    return EngineRun(
        run_id=str(run.id),
        attempt=attempt_of(run),
        state=_RUN_STATES[kind],
        detail=redact(detail)[:500],
        stopping=kind == "CANCELLING",
        workflow=workflow,
        priority=priorities[0] if priorities else (run.parameters.get("request") or {}).get("priority"),
        queue=run.work_queue_name,
        deployment=str(run.deployment_id) if run.deployment_id else None,
        created_at=_iso(run.created),
        expected_start=_iso(run.expected_start_time),
        started_at=_iso(run.start_time),
        ended_at=_iso(run.end_time),
        run_seconds=run.total_run_time.total_seconds() if run.end_time else None,
    )


def _task(task: Any) -> EngineTask:
    kind = task.state.type.value if task.state else "PENDING"
    state = _STEP_STATES.get(kind, StepState.RUNNING)
    if kind == "FAILED" and task.state.name == "TimedOut":
        state = StepState.TIMED_OUT
    if kind == "PENDING" and task.state.name == "NotReady":
        state = StepState.SKIPPED
    return EngineTask(
        # Prefect appends a dash and three characters, or a number, to the name of the task.
        step=task.name.rpartition("-")[0] or task.name,
        attempt=max(1, task.run_count),
        state=state,
        started_at=_iso(task.start_time),
        ended_at=_iso(task.end_time),
        run_seconds=task.total_run_time.total_seconds() if task.end_time else None,
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else utc(moment)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@contextmanager
def _client() -> Iterator[Any]:
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.exceptions import PrefectException

    try:
        with get_client(sync_client=True) as client:
            yield client
    except (httpx.HTTPError, PrefectException, RuntimeError, OSError) as error:
        reason = redact(str(error)) or type(error).__name__
        raise EngineUnreachable(f"Prefect cannot be asked: {reason}") from None
