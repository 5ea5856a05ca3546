"""Style and readability: sentences, paragraphs, passive voice, words to avoid."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="style", cache_policy=NO_CACHE, result_serializer="json")
async def style(batch: str) -> Answer:
    """Check the style of a batch's posts; answers counts, the findings are in the review."""
    return await attempt_step(batch, "style")
