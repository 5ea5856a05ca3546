"""What the Prefect tasks do: one attempt of a step, and the conclusion. The tasks themselves are in `tasks/`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from copydesk.batch import Stopped
from copydesk.session import current

Answer = Any  # `StepOutcome` as a dict, or Prefect's state Cancelled


async def attempt_step(batch_id: str, name: str) -> Answer:
    """Run a step of the batch once and answer its counts.

    Raises what `Review.run_step` raises, so that Prefect's retry policy decides. A batch that is being stopped answers
    Prefect's state Cancelled: raising would be recorded as a crash.
    """
    from prefect.context import TaskRunContext
    from prefect.states import Cancelled

    batch = current().batches[batch_id]
    planned = batch.review.plan.step(name)
    context = TaskRunContext.get()
    if context is not None:
        # Given here, where the run has begun, and recorded with its next state: before a run with tags Prefect asks for
        # leave (limits by tag), which its server on SQLite refuses about every second time, for some two seconds.
        context.task_run.tags = [f"step-priority:{planned.priority.value}"]
    attempt = max(1, context.task_run.run_count) if context else 1
    try:
        return asdict(await batch.attempt(planned, attempt))
    except Stopped as error:
        return Cancelled(message=str(error))


def conclude(batch_id: str) -> dict[str, int]:
    """Give every post of the batch its review; answers how many posts got which verdict."""
    batch = current().batches[batch_id]
    batch.conclude()
    return dict(Counter(review.verdict.value for review in batch.reviews))
