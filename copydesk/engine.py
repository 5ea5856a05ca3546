"""What we need of Prefect around a flow. Prefect is imported inside the functions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from copydesk import background_server, ready_database
from copydesk.batch import TIME_IS_UP, Batch
from copydesk.errors import EngineUnreachable, UsageError
from copydesk.find_run import BATCH_OF, BATCH_TAG
from copydesk.monitor import RunRecorder
from copydesk.plan import Plan
from copydesk.prefect_engine import attempt_of
from copydesk.request import ReviewRequest
from copydesk.session import Session

log = logging.getLogger("copydesk.engine")

CANCELLED_IN_PREFECT = "cancelled in Prefect"
POLL_SECONDS = 1.0  # how soon a run sees that it was cancelled: five seconds are promised

# Set before Prefect is imported; what the user has set stays.
_ENVIRONMENT = {
    # One HTTP 500 on a state call would end a flow: it is not among the codes that Prefect's client retries.
    "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500,504",
    # Never pickle: a tampered result file would run code.
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    # The first start migrates a new database, which took 17 s on two cores; Prefect's own limit is 20 s.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # What copydesk logs is part of the run's log.
    "PREFECT_LOGGING_EXTRA_LOGGERS": "copydesk",
}
# On the command line the report is what people read: Prefect's log lines go to its API only.
_QUIET = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}


def prepare_environment(*, quiet: bool = False) -> None:
    """Give Prefect the settings that a review relies on, the server of `copydesk up` among them.

    Call it before anything imports Prefect.
    """
    for name, value in (_ENVIRONMENT | (_QUIET if quiet else {})).items():
        os.environ.setdefault(name, value)
    background_server.use()


async def require_api() -> None:
    """Raise `EngineUnreachable` when Prefect's API does not answer; without one configured, start the embedded one."""
    from prefect.client.orchestration import get_client

    try:
        async with get_client() as client:
            problem = await client.api_healthcheck()
    except Exception as error:  # noqa: BLE001 - whatever keeps the API away, the advice is the same
        problem = error
    if problem is not None:
        url = os.environ.get("PREFECT_API_URL") or "the embedded server"
        reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        raise EngineUnreachable(
            f"Prefect cannot be reached ({url}): {reason}\n"
            "Start it, or correct PREFECT_API_URL; `copydesk check` reviews without a server."
        ) from None


def begin_record(session: Session, plan: Plan, request: ReviewRequest, flow_run: Any, posts: int) -> RunRecorder:
    """Open the monitor's record of a flow run."""
    senders = (tag.removeprefix(BATCH_TAG) for tag in flow_run.tags if tag.startswith(BATCH_TAG))
    whole = session.batch_of or next(senders, "")
    return session.monitor.start_run(
        run_id=str(flow_run.id),
        attempt=attempt_of(flow_run),
        workflow=plan.config.workflow.name,
        priority=request.priority.value,
        queue=flow_run.work_queue_name,
        deployment=str(flow_run.deployment_id) if flow_run.deployment_id else None,
        created=flow_run.created,
        expected_start=flow_run.expected_start_time,
        posts=posts,
        metadata=plan.config.workflow.metadata | ({BATCH_OF: whole} if whole else {}),
    )


async def read_secret(block: str | None) -> str | None:
    """What the Prefect Secret block of that name holds; None without a name. Raises `UsageError` for an unknown one."""
    if block is None:
        return None
    from prefect.blocks.system import Secret

    try:
        secret: Any = await Secret.aload(block)
    except ValueError:
        raise UsageError(f"There is no Secret block named {block!r} in Prefect.") from None
    return str(secret.get())


@contextlib.asynccontextmanager
async def watched(batch: Batch) -> AsyncIterator[None]:
    """Stop the batch when its time is up, and when it is cancelled in Prefect."""
    loop = asyncio.get_running_loop()
    limit = loop.call_later(batch.plan.config.workflow.timeout_seconds, batch.cancel, TIME_IS_UP)
    try:
        async with heard(batch.id, batch.cancel):
            yield
    finally:
        limit.cancel()


@contextlib.asynccontextmanager
async def heard(run_id: str, cancel: Callable[[str], None]) -> AsyncIterator[None]:
    """Call `cancel` with the reason when the flow run is cancelled in Prefect."""
    poller = asyncio.ensure_future(_poll(run_id, cancel))
    try:
        yield
    finally:
        poller.cancel()


async def _poll(run_id: str, cancel: Callable[[str], None]) -> None:
    """See a cancellation that was asked for through the API: nobody tells a process without a worker."""
    from uuid import UUID

    from prefect.client.orchestration import get_client

    async with get_client() as client:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                run = await client.read_flow_run(UUID(run_id))
            except Exception as error:  # noqa: BLE001 - the server may be away for a while; the review goes on
                log.debug("the state of %s cannot be read: %s", run_id, error)
                continue
            if run.state is not None and (run.state.is_cancelling() or run.state.is_cancelled()):
                cancel(CANCELLED_IN_PREFECT)
                return


@contextlib.contextmanager
def embedded_server_turn(wait: Callable[[], None]) -> Iterator[None]:
    """One process at a time uses the embedded server: two that start it at once both fail.

    `wait` is called once when another process has it. With a server configured there is nothing to wait for.
    """
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME

    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    if PREFECT_API_URL.value():
        yield
        return
    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "copydesk-embedded-server.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        ready_database.provide()
        yield


def exit_within(seconds: float, code: int) -> None:
    """End the process with `code` after so long, even when Prefect still drains its queues: it may take minutes."""

    def end() -> None:
        sys.stdout.flush()
        os._exit(code)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


async def settle_records(flow_run_ids: Sequence[str], expected: int, seconds: float = 10.0) -> bool:
    """Wait until Prefect has recorded the end of `expected` task runs of these flow runs; False when out of time.

    The embedded server drops what it has not written when the process ends (7 of 30 task runs were kept).
    """
    from uuid import UUID

    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    chosen = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(i) for i in flow_run_ids]))
    try:
        async with asyncio.timeout(seconds), get_client() as client:
            while True:
                runs = await client.read_task_runs(flow_run_filter=chosen, limit=200)
                # What an earlier attempt left behind when it was killed stays as it is.
                attempt = max((run.flow_run_run_count for run in runs), default=1)
                runs = [run for run in runs if run.flow_run_run_count == attempt]
                if len(runs) >= min(expected, 200) and all(
                    run.state is not None and run.state.is_final() for run in runs
                ):
                    return True
                await asyncio.sleep(0.1)
    except Exception as error:  # noqa: BLE001 - the review is done; its record may be late, no more
        log.debug("Prefect's records are not complete: %s", error)
        return False
