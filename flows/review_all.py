"""Review a whole blog: batches that all workers share, and one summary.

The run that shares them out reviews batches itself while it waits. So it uses the slot that it occupies, and when no
other slot is free (one worker with a limit of one), it does all the work alone: it never waits for its own slot.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from prefect import flow, tags
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow
from prefect.states import Cancelled, Cancelling, Crashed

from copydesk import session as sessions
from copydesk.artifacts import PROGRESS_KEY
from copydesk.blog import BatchPlan, BlogRequest, changed_since_last, plan_batches
from copydesk.blog_progress import BatchEnd, BlogProgress, announce_fall, publish_summary
from copydesk.comparing import compare
from copydesk.engine import begin_record, read_secret
from copydesk.errors import StoreError
from copydesk.outcome import RunEnd
from copydesk.remote_prefect import send_step
from copydesk.request import ReviewRequest
from copydesk.source import open_source
from copydesk.states import RunState
from copydesk.stored_report import BATCH_NOTE
from copydesk.stores import open_store
from copydesk.stores.base import Store
from flows.review import final_state, review, run_name

T = TypeVar("T")

POLL_SECONDS = 1.0


def batches_tag(run_id: object) -> str:
    """The tag of the batches that a run has sent."""
    return f"batch-of:{run_id}"


def blog_run_name() -> str:
    """What the run is called in Prefect."""
    return run_name().replace("review", "review all of", 1)


async def end_batches(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Nobody waits for the batches of a run that was cancelled or has crashed."""
    await _end_batches(flow_run.id)


@flow(
    name="review-all",
    flow_run_name=blog_run_name,
    result_serializer="json",
    on_cancellation=[end_batches],
    on_crashed=[end_batches],
)
async def review_all(request: BlogRequest, ref: str | None = None, base: str | None = None) -> State[Any]:
    """Review many posts in batches that all workers share. The run's state says the verdict.

    Args:
        request: Which posts to review, and how.
        ref: Branch, tag or commit, in place of the request's; for a command line.
        base: What it is compared with, in place of the request's; for a command line.
    """
    request = BlogRequest.model_validate(request.model_dump() | {k: v for k, v in (("ref", ref), ("base", base)) if v})
    context = FlowRunContext.get()
    assert context is not None
    assert context.flow_run is not None
    with sessions.open_session() as session:
        session.remote = send_step
        with open_source(request, await read_secret(request.credentials)) as source:
            session.source = source
            plan = source.plan(request)
            # All posts, changed or not: a change may break a link in one that stayed the same. Once for all batches.
            files = await compare(
                session, plan, source.posts(request, plan),
                base=request.base, diff=request.diff, baseline=request.baseline,
            )  # fmt: skip
            changed = await _ask_store(partial(changed_since_last, source, plan, files))
            size = request.batch_size or plan.config.workflow.batch_size
            batches = plan_batches(request, files, changed, size)
            if source.git is not None:  # all batches review the same commit, even when the branch moves meanwhile
                request = request.model_copy(update={"ref": source.git.commit})
            recorder = begin_record(session, plan, request, context.flow_run, len(files))
            end = RunEnd(state=RunState.CANCELLED, message="stopped from outside")
            progress = BlogProgress(batches)
            try:
                async with get_client() as client:
                    shared = _Shared(client, context.flow_run, request, session, progress)
                    end = await shared.run()
            except Exception as error:
                end = RunEnd(state=RunState.FAILED, message=f"{type(error).__name__}: {error}")
                raise
            finally:
                for done in progress.ends:
                    recorder.event(BATCH_NOTE, run=done.run_id, posts=len(done.batch.paths), state=done.state)
                score = await _ask_store(lambda store: progress.collect(store, session.reviews))
                recorder.finish(
                    end.state, verdict=end.verdict, score=score, reviewed=progress.reviewed,
                    error=None if end.state is RunState.COMPLETED else end.message,
                )  # fmt: skip
            await publish_summary(str(context.flow_run.id), progress, end.message)
            await _ask_store(lambda store: announce_fall(store, context.flow_run, score))
    return final_state(end, gate=request.gate)


class _Shared:
    """The batches of one run on their way: with other workers, or here."""

    def __init__(
        self,
        client: PrefectClient,
        flow_run: FlowRun,
        request: BlogRequest,
        session: sessions.Session,
        progress: BlogProgress,
    ) -> None:
        self.client = client
        self.flow_run = flow_run
        self.request = request
        self.session = session
        self.progress = progress
        self.sent: dict[UUID, BatchPlan] = {}  # flow run -> its batch, in the order in which they are due
        self.tries: dict[int, int] = {}  # batch number -> how often it was begun
        self.cancelled = False

    async def run(self) -> RunEnd:
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
                await _end_batches(self.flow_run.id)

    async def _send_all(self) -> None:
        for batch in self.progress.batches:
            await self._send(batch)

    async def _send(self, batch: BatchPlan) -> None:
        """Put a batch into the queue of its priority."""
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
        while not self.cancelled:
            taken = await self._take_back()
            if taken is None:
                return
            self.progress.begin(taken)
            began = time.monotonic()
            with tags(f"run-priority:{taken.priority.value}"):
                state: State[Any] = await review(self._part(taken), return_state=True)
            if self.cancelled:
                return
            await self._ended(taken, str(state.state_details.flow_run_id), state, time.monotonic() - began, here=True)

    async def _take_back(self) -> BatchPlan | None:
        """The first batch that still waits in its queue, out of which it is taken."""
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


async def _end_batches(run_id: UUID) -> None:
    """Cancel what a run has sent and nobody waits for any more."""
    from prefect.client.schemas.filters import FlowRunFilterState, FlowRunFilterStateType, FlowRunFilterTags
    from prefect.client.schemas.objects import StateType

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


async def _ask_store(ask: Callable[[Store | None], T]) -> T:
    """Ask the monitor's store, from which the batches' reviews are read back; None when it cannot be opened.

    A store belongs to the thread that opened it, so all of it happens in one.
    """

    def in_a_thread() -> T:
        try:
            store = open_store()
        except StoreError:
            return ask(None)
        try:
            return ask(store)
        finally:
            store.close()

    return await asyncio.to_thread(in_a_thread)
