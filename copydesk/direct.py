"""A review without Prefect: the same steps in the same order, nothing recorded. What `copydesk check` does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial

from copydesk.batch import TIME_IS_UP, Batch, Stopped, with_retries
from copydesk.loading import discover, read_all
from copydesk.plan import Plan, PlannedStep
from copydesk.report import ReviewReport
from copydesk.retry import delays
from copydesk.session import Session, folder_of
from copydesk.turns import in_turns


async def review_directly(
    session: Session,
    plan: Plan,
    paths: Sequence[str],
    choose: Callable[[list[str]], Awaitable[list[str]]] | None = None,
) -> ReviewReport:
    """Review the posts at `paths`, batch after batch; of those that `choose` chooses, when it is given.

    Raises `UsageError` for paths without posts, and `Stopped` when the session was cancelled or the workflow's time was
    up.
    """
    files = discover(paths, plan)
    session.posts_root = session.posts_root or folder_of(files)
    if choose is not None:
        files = await choose(files)
    size = plan.config.workflow.batch_size

    async def review(start: int) -> Batch:
        name = f"check-{start // size}"
        recorder = session.monitor.start_run(run_id=name, workflow=plan.config.workflow.name, priority="high")
        batch = session.new_batch(name, plan, read_all(files[start : start + size], plan), recorder)
        await review_batch(batch)
        return batch

    async with aclosing(in_turns(partial(review, start) for start in range(0, len(files), size))) as batches:
        async for batch in batches:
            session.take(batch)
            del batch  # or its posts stay while the next is waited for
    return session.report()


async def review_batch(batch: Batch) -> None:
    """Run a batch to its reviews; raises `Stopped` when it was cancelled or the workflow's time was up."""

    async def attempt(planned: PlannedStep) -> None:
        await with_retries(partial(batch.attempt, planned), delays(planned.retry))

    limit = asyncio.get_running_loop().call_later(batch.plan.config.workflow.timeout_seconds, batch.cancel, TIME_IS_UP)
    try:
        # Why a required step failed is in the findings of the posts it did not finish.
        await batch.run(attempt)
    finally:
        limit.cancel()
    if batch.stop.is_set():
        raise Stopped(batch.stop_reason)
    batch.conclude()
