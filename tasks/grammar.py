"""Grammar: Harper's rules and patterns of our own, in English prose, titles, descriptions and alt texts."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="grammar", cache_policy=NO_CACHE, result_serializer="json")
async def grammar(batch: str) -> Answer:
    """Check the grammar of a batch's posts; answers counts, the findings are in the review."""
    return await attempt_step(batch, "grammar")
