"""A step over posts in child processes: which posts are a job, which child should have it, what its answers mean."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from pydantic import ValidationError

from copydesk.cache import result_adapter
from copydesk.plan import PlannedStep
from copydesk.report import Finding, Severity, StepResult, StepStatus
from copydesk.sandbox import Affinity, ItemResult, ItemStatus, Pool
from copydesk.step import StepContext

_NEIGHBOURS = 32  # posts that one child sees through all steps, where the children's work allows
# By all children together: two batches of the usual size, since the next begins while one is half done. 0.4 MB each.
_POSTS_KEPT = 448
_batch_names = itertools.count()


def groups_of(posts: int, children: int) -> list[Affinity]:
    """The group of each of so many posts. Small reviews are spread over all children."""
    share = max(1, -(-posts // (_NEIGHBOURS * children)))  # groups for each child
    size = max(1, -(-posts // (share * children)))
    batch = f"batch-{next(_batch_names)}"
    return [Affinity(f"{batch}-{place // size}", batch, share) for place in range(posts)]


async def compute(
    pool: Pool,
    planned: PlannedStep,
    context: StepContext,
    items: Sequence[dict[str, Any]],
    take: Callable[[int, ItemResult], None],
    report: Callable[[], None] = lambda: None,
    begin: Callable[[], None] = lambda: None,
    groups: Sequence[Affinity] | None = None,
    turn: int = 0,
) -> None:
    """Run a step over its items in child processes; `take` is called in this event loop, the moment each is done.

    `begin` is called here when a child begins with some of them, `report` when it is through.
    `groups` names for each item the group of posts that one child should see through all steps.
    """
    step = planned.step
    loop = asyncio.get_running_loop()
    groups = groups or groups_of(len(items), pool.children)

    async def chunk(start: int, end: int) -> None:
        future = pool.submit(
            "copydesk.run_check:check_batch" if step.batch else "copydesk.run_check:check_post",
            list(items[start:end]),
            {
                "check": step.check,
                "context": asdict(replace(context, outputs={})),
                "keep": _POSTS_KEPT // pool.children,
            },
            order=(turn, planned.priority.rank, planned.order),
            item_seconds=planned.post_timeout_seconds,
            batch=step.batch,
            on_result=lambda index, answer: loop.call_soon_threadsafe(take, start + index, answer),
            on_start=lambda: loop.call_soon_threadsafe(begin),
            # A child keeps what it has parsed: the next step finds it there.
            affinity=groups[start],
        )
        await asyncio.wrap_future(future)
        # The callbacks were scheduled before the future's own.
        report()

    await asyncio.gather(*(chunk(start, end) for start, end in _chunks(groups, step.chunk_posts)))


def _chunks(groups: Sequence[Affinity], most: int) -> Iterator[tuple[int, int]]:
    """Where jobs begin and end: each of one group, of `most` posts at most, and cut evenly."""
    start = 0
    for _, members in itertools.groupby(groups):
        left = sum(1 for _ in members)
        for parts in range(-(-left // most), 0, -1):
            size = -(-left // parts)
            yield start, start + size
            start, left = start + size, left - size


def read_answer(planned: PlannedStep, answer: ItemResult) -> tuple[StepResult, str]:
    """The result that a child's answer means, and the passing fault when the post deserves another attempt."""
    if answer.status is ItemStatus.DONE:
        try:
            result = result_adapter.validate_python(answer.value)
        except ValidationError as error:  # a value of a wrong type in a team's own outputs, say
            reason = f"its answer is no result: {error.errors()[0]['msg']}"
            return unfinished(planned.name, reason, StepStatus.FAILED), ""
        return replace(result, milliseconds=round(answer.milliseconds, 3)), ""
    if answer.retriable:
        return StepResult(), answer.error
    if answer.status is ItemStatus.TIMED_OUT:
        reason = f"it took longer than {planned.post_timeout_seconds:g} s"
        return unfinished(planned.name, reason, StepStatus.TIMED_OUT), ""
    return unfinished(planned.name, answer.error, StepStatus.FAILED), ""


def unfinished(step: str, reason: str, status: StepStatus) -> StepResult:
    rule = "timeout" if status is StepStatus.TIMED_OUT else "failed"
    message = f"The step {step} could not finish: {reason}. The review of this post is incomplete."
    finding = Finding(check=f"{step}.{rule}", severity=Severity.ERROR, message=message)
    return StepResult(findings=(finding,), status=status, reason=reason)
