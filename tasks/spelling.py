"""Spelling: known misspellings, in prose, titles and descriptions."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="spelling", cache_policy=NO_CACHE, result_serializer="json")
async def spelling(batch: str) -> Answer:
    """Check the spelling of a batch's posts; answers counts, the findings are in the review."""
    return await attempt_step(batch, "spelling")
