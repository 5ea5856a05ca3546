"""Final review: from all findings to a score with its reasons and a verdict, post by post."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import conclude


@task(name="final_review", cache_policy=NO_CACHE, result_serializer="json")
async def final_review(batch: str) -> dict[str, int]:
    """Give every post of a batch its verdict; answers how many posts got which."""
    return conclude(batch)
