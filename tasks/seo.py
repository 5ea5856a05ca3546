"""SEO: front matter, title, description and what search engines show."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="seo", cache_policy=NO_CACHE, result_serializer="json")
async def seo(batch: str) -> Answer:
    """Check the front matter of a batch's posts; answers counts, the findings are in the review."""
    return await attempt_step(batch, "seo")
