"""A team's own step: whatever function the workflow file names."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="own-step", cache_policy=NO_CACHE, result_serializer="json")
async def own_step(batch: str, name: str) -> Answer:
    """Run the workflow's step `name` over a batch's posts; answers counts, the findings are in the review."""
    return await attempt_step(batch, name)
