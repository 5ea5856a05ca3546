"""Load: read every post once and look at what it is: text, front matter, language."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="load", cache_policy=NO_CACHE, result_serializer="json")
async def load(batch: str) -> Answer:
    """Look at the posts of a batch before the other steps do; answers counts, the findings are in the review."""
    return await attempt_step(batch, "load")
