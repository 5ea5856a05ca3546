"""House rules: a team's own style in Vale's format."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="house_rules", cache_policy=NO_CACHE, result_serializer="json")
async def house_rules(batch: str) -> Answer:
    """Check the posts of a batch against the house style; answers counts, the findings are in the review."""
    return await attempt_step(batch, "house_rules")
