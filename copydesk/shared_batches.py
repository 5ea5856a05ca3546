"""Share the batches of a blog out: to the queues of all workers, and to the run itself, which takes back what waits.

Prefect is imported inside the functions.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from copydesk.artifacts import PROGRESS_KEY
from copydesk.blog import BatchPlan, BlogRequest
from copydesk.blog_progress import BatchEnd, BlogProgress
from copydesk.find_run import BATCH_TAG
from copydesk.outcome import RunEnd
from copydesk.request import ReviewRequest
from copydesk.session import Session
from copydesk.states import RunState

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun, State

Review = Callable[[ReviewRequest], Awaitable[Any]]  # runs the review flow here; answers Prefect's state

POLL_SECONDS = 1.0


def batches_tag(run_id: object) -> str:
    """The tag of the batches that a run has sent."""
    return f"{BATCH_TAG}{run_id}"


class SharedBatches:
    """The batches of one run on their way: with other workers, or here."""

    def __init__(
        self,
        client: PrefectClient,
        flow_run: FlowRun,
        request: BlogRequest,
        session: Session,
        progress: BlogProgress,
        review: Review,
    ) -> None:
        self.client = client
        self.flow_run = flow_run
        self.request = request
        self.session = session
        self.progress = progress
        self.review = review
        self.sent: dict[UUID, BatchPlan] = {}  # flow run -> its batch, in the order in which they are due
        self.tries: dict[int, int] = {}  # batch number -> how often it was begun
        self.cancelled = False

    async def run(self) -> RunEnd:
        """Send all batches, review here what nobody takes, and answer how it ended. Cancels what is left behind."""
        sending = asyncio.ensure_future(self._send_all())
        own = asyncio.ensure_future(self._review_own())
        try:
            while not await self._is_cancelled():
                await self._collect()
                await self._show()
                if own.done():
                    own.result()
                    # Something may have come into the queue, or come back to be tried again.
                    own = asyncio.ensure_future(self._review_own())
                await asyncio.wait({own}, timeout=POLL_SECONDS)
                if own.done() and sending.done() and not self.sent:
                    break
                await asyncio.sleep(POLL_SECONDS if own.done() else 0)
            if self.cancelled:
                self.session.cancel("cancelled in Prefect")
                await asyncio.wait({own}, timeout=3)
                return RunEnd(state=RunState.CANCELLED, message="cancelled in Prefect")
            sending.result()
            own.result()
            await self._show()
            return self.progress.end()
        finally:
            sending.cancel()
            own.cancel()
            if self.sent:
                await end_batches(self.flow_run.id)

    async def _send_all(self) -> None:
        for batch in self.progress.batches:
            await self._send(batch)

    async def _send(self, batch: BatchPlan) -> None:
        """Put a batch into the queue of its priority."""
        from prefect.deployments import arun_deployment

        queue = batch.priority.value
        sent = await arun_deployment(
            f"review/review-{queue}",
            client=self.client,
            parameters={"request": self._part(batch).model_dump(mode="json")},
            timeout=0,
            work_queue_name=queue,
            as_subflow=False,
            tags=["copydesk", f"run-priority:{queue}", batches_tag(self.flow_run.id)],
        )
        self.sent[sent.id] = batch
        self.tries[batch.number] = self.tries.get(batch.number, 0) + 1

    def _part(self, batch: BatchPlan) -> ReviewRequest:
        shared = self.request.model_dump(include=set(ReviewRequest.model_fields))
        return ReviewRequest(
            **shared | {"paths": list(batch.paths), "priority": batch.priority, "gate": False, "approval": False},
        )

    async def _review_own(self) -> None:
        """Take batches back that no worker has begun, one after the other, and review them here."""
        from prefect import tags

        while not self.cancelled:
            taken = await self._take_back()
            if taken is None:
                return
            self.progress.begin(taken)
            began = time.monotonic()
            with tags(f"run-priority:{taken.priority.value}"):
                state = await self.review(self._part(taken))
            if self.cancelled:
                return
            await self._ended(taken, str(state.state_details.flow_run_id), state, time.monotonic() - began, here=True)

    async def _take_back(self) -> BatchPlan | None:
        """The first batch that still waits in its queue, out of which it is taken."""
        from prefect.exceptions import ObjectNotFound

        for run in await self._read():
            if run.state is None or not run.state.is_scheduled():
                continue
            # Out of `sent` before it is gone, or it would be taken for deleted by somebody else. A worker that fetched
            # it in this moment finds nothing to run.
            batch = self.sent.pop(run.id, None)
            if batch is not None:
                with contextlib.suppress(ObjectNotFound):
                    await self.client.delete_flow_run(run.id)
                return batch
        return None

    async def _collect(self) -> None:
        """See how the batches fare that are with other workers."""
        from prefect.states import Crashed

        asked = set(self.sent)
        runs = await self._read()
        for gone in (asked - {run.id for run in runs}) & set(self.sent):
            lost: State[Any] = Crashed(message="its run was deleted")
            await self._ended(self.sent.pop(gone), str(gone), lost, 0.0, here=False)
        for run in runs:
            if run.state is None or run.id not in self.sent:
                continue
            if run.state.is_final():
                batch = self.sent.pop(run.id)
                took = run.total_run_time.total_seconds()
                await self._ended(batch, str(run.id), run.state, took, here=False)
            elif run.state.is_running():
                self.progress.begin(self.sent[run.id])

    async def _ended(self, batch: BatchPlan, run_id: str, state: State[Any], seconds: float, *, here: bool) -> None:
        tries = self.tries.setdefault(batch.number, 1)
        again = not state.is_completed() and tries <= self.request.retries
        self.progress.ended(
            BatchEnd(
                batch=batch, run_id=run_id, state=state.name or state.type.value, completed=state.is_completed(),
                message=state.message or "", seconds=round(seconds, 3), here=here, again=again,
            )
        )  # fmt: skip
        if again:
            await self._send(batch)

    async def _read(self) -> list[FlowRun]:
        """The flow runs of the batches that were sent, in the order in which they are due."""
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

        found: dict[UUID, FlowRun] = {}
        ids = list(self.sent)
        for start in range(0, len(ids), 200):
            chosen = FlowRunFilter(id=FlowRunFilterId(any_=ids[start : start + 200]))
            found.update((run.id, run) for run in await self.client.read_flow_runs(flow_run_filter=chosen, limit=200))
        return [found[i] for i in ids if i in found]

    async def _is_cancelled(self) -> bool:
        state = (await self.client.read_flow_run(self.flow_run.id)).state
        self.cancelled = state is not None and (state.is_cancelling() or state.is_cancelled())
        return self.cancelled

    async def _show(self) -> None:
        await self.progress.show(str(self.flow_run.id), PROGRESS_KEY)


async def end_batches(run_id: UUID) -> None:
    """Cancel what a run has sent and nobody waits for any more."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
        FlowRunFilterTags,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Cancelled, Cancelling

    active = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]
    chosen = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[batches_tag(run_id)]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=active)),
    )
    async with get_client() as client:
        for run in await client.read_flow_runs(flow_run_filter=chosen, limit=200):
            waits = run.state is not None and run.state.is_scheduled()
            with contextlib.suppress(ObjectNotFound):
                await client.set_flow_run_state(run.id, Cancelled() if waits else Cancelling())
