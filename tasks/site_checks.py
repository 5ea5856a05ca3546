"""Site checks: titles, addresses and paragraphs that other posts have too, links that moved."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="site_checks", cache_policy=NO_CACHE, result_serializer="json")
async def site_checks(batch: str) -> Answer:
    """Compare a batch's posts with the rest of the site; answers counts, the findings are in the review."""
    return await attempt_step(batch, "site_checks")
