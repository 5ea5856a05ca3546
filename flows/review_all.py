"""Review a whole blog: batches that all workers share, and one summary.

The run that shares them out reviews batches itself while it waits. So it uses the slot that it occupies, and when no
other slot is free (one worker with a limit of one), it does all the work alone: it never waits for its own slot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from prefect.flows import Flow

from copydesk import session as sessions
from copydesk import shared_batches
from copydesk.blog import BlogRequest, changed_since_last, plan_batches
from copydesk.blog_progress import BlogProgress, announce_fall, publish_summary
from copydesk.comparing import compare
from copydesk.engine import begin_record, read_secret
from copydesk.errors import StoreError
from copydesk.outcome import RunEnd
from copydesk.remote_prefect import send_step
from copydesk.shared_batches import SharedBatches
from copydesk.source import open_source
from copydesk.states import RunState
from copydesk.stored_report import BATCH_NOTE
from copydesk.stores import open_store
from copydesk.stores.base import Store
from flows.review import final_state, review, run_name

T = TypeVar("T")


def blog_run_name() -> str:
    """What the run is called in Prefect."""
    return run_name().replace("review", "review all of", 1)


async def end_batches(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Nobody waits for the batches of a run that was cancelled or has crashed."""
    await shared_batches.end_batches(flow_run.id)


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
            session.batch_of = str(context.flow_run.id)
            end = RunEnd(state=RunState.CANCELLED, message="stopped from outside")
            progress = BlogProgress(batches)
            try:
                async with get_client() as client:
                    shared = SharedBatches(
                        client, context.flow_run, request, session, progress, partial(review, return_state=True)
                    )
                    end = await shared.run()
            except Exception as error:
                end = RunEnd(state=RunState.FAILED, message=f"{type(error).__name__}: {error}")
                raise
            finally:
                for done in progress.ends:
                    recorder.event(BATCH_NOTE, run=done.run_id, posts=len(done.batch.paths), state=done.state)
                score = await _ask_store(lambda store: progress.collect(store, session.reviews.values()))
                recorder.finish(
                    end.state, verdict=end.verdict, score=score, reviewed=progress.reviewed,
                    error=None if end.state is RunState.COMPLETED else end.message,
                )  # fmt: skip
            await publish_summary(str(context.flow_run.id), progress, end.message)
            await _ask_store(lambda store: announce_fall(store, context.flow_run, score))
    return final_state(end, gate=request.gate)


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
