"""Cancel a run, and resume one: from another process, through Prefect or, for an embedded server, by a signal."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Any
from uuid import UUID

from copydesk.errors import CopydeskError, UsageError
from copydesk.lease import Owner
from copydesk.reconcile import close_run
from copydesk.request import ReviewRequest
from copydesk.states import RunState
from copydesk.stores.base import ENDED, Run, Store

CANCEL_SECONDS = 30.0  # five are promised; a busy machine, and a worker that polls, may need more
_POLL_SECONDS = 0.2


class CannotCancel(CopydeskError):
    """A run that could not be reached."""


class CannotResume(CopydeskError):
    """A run that waits for an editor and did not take the decision."""


async def cancel(store: Store, run: Run, seconds: float = CANCEL_SECONDS) -> Run:
    """Ask a run to end and wait until its record says so; answers the run as it is then.

    A run that has ended is left as it is. Raises `CannotCancel` when neither Prefect nor the process can be reached.
    """
    if run.state in ENDED:
        return run
    if run.state == RunState.SUSPENDED.value:
        # No process will tell its end.
        await _cancel_in_prefect(run.run_id, at_once=True)
        close_run(store, run, RunState.CANCELLED, "cancelled by `copydesk cancel` while it was suspended")
    elif not await _cancel_in_prefect(run.run_id):
        _signal(run)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        record = store.run(run.run_id, findings=False)
        if record is not None and record.run.state in ENDED:
            return record.run
        time.sleep(_POLL_SECONDS)  # noqa: ASYNC251 - nothing else runs in this process
    return run


async def _cancel_in_prefect(run_id: str, *, at_once: bool = False) -> bool:
    """Set the flow run to Cancelling on the configured server, `at_once` to Cancelled: nothing of it is running.

    False without a server, or when it does not know the run.
    """
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound
    from prefect.settings import PREFECT_API_URL
    from prefect.states import Cancelled, Cancelling

    if not PREFECT_API_URL.value():
        return False
    try:
        async with get_client() as client:
            state: Any = Cancelled if at_once else Cancelling
            # By its rules a run that leaves its suspension goes on with the same attempt, even when it is cancelled.
            await client.set_flow_run_state(
                UUID(run_id), state(message="Cancelled by `copydesk cancel`."), force=at_once
            )
    except ObjectNotFound:
        return False
    except Exception as error:  # noqa: BLE001 - whatever went wrong between here and the server
        raise CannotCancel(f"Prefect did not take the request: {type(error).__name__}: {error}") from None
    return True


def _signal(run: Run) -> None:
    if run.pid is None or run.host is None:
        raise CannotCancel(f"Run {run.run_id} left no trace of its process; `copydesk reconcile` closes what died.")
    alive = _owner(run).alive()
    if alive is None:
        raise CannotCancel(f"Run {run.run_id} is on {run.host}: cancel it there, or set PREFECT_API_URL to its server.")
    if not alive:
        raise CannotCancel(f"The process of run {run.run_id} is gone; `copydesk reconcile` closes its record.")
    with contextlib.suppress(ProcessLookupError):
        os.kill(run.pid, signal.SIGTERM)


async def prepare_resume(run: Run) -> tuple[Any, ReviewRequest | None]:
    """Make a flow run that has ended ready to run again; answers it with its request.

    The request is None for a run of a deployment: a worker takes it up by itself. Raises `UsageError` when Prefect does
    not know the run, when it has not ended, or when there is nothing left to do.
    """
    waits = run.state == RunState.SUSPENDED.value
    if run.state not in ENDED and not waits and _owner(run).alive() is not False:
        raise UsageError(f"Run {run.run_id} has not ended: it is {run.state}. Nothing was changed.")
    if run.state == RunState.COMPLETED.value:
        raise UsageError(f"Run {run.run_id} is completed: nothing is left to do. `copydesk review` makes a new one.")
    return await start_again(run.run_id)


async def start_again(run_id: str) -> tuple[Any, ReviewRequest | None]:
    """What `prepare_resume` does, for a run that is known to be over or suspended."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.responses import SetStateStatus
    from prefect.exceptions import ObjectNotFound
    from prefect.states import AwaitingRetry

    async with get_client() as client:
        try:
            # By its rules Prefect knows a suspended run that goes on from another attempt. Forced where they forbid it:
            # after a kill -9 it still believes that the run is running, and without a deployment nothing may run again.
            answer: Any = await client.set_flow_run_state(UUID(run_id), AwaitingRetry())
            if answer.status != SetStateStatus.ACCEPT:
                await client.set_flow_run_state(UUID(run_id), AwaitingRetry(), force=True)
            flow_run = await client.read_flow_run(UUID(run_id))
        except ObjectNotFound:
            advice = "Set PREFECT_API_URL to the server that ran it."
            raise UsageError(f"Prefect does not know run {run_id}. {advice}") from None
    if flow_run.deployment_id is not None:
        return flow_run, None
    return flow_run, ReviewRequest.model_validate(flow_run.parameters.get("request") or {})


def _owner(run: Run) -> Owner:
    return Owner(host=run.host or "", boot_id=run.boot_id or "", pid=run.pid or 0, process_start=run.process_start)
