"""Hunspell: spelling with the dictionaries that a team names."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="hunspell", cache_policy=NO_CACHE, result_serializer="json")
async def hunspell(batch: str) -> Answer:
    """Check the spelling of a batch's posts with dictionaries; answers counts, the findings are in the review."""
    return await attempt_step(batch, "hunspell")
