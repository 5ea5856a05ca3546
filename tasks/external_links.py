"""External links: addresses on other sites, looked up on the network."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="external_links", cache_policy=NO_CACHE, result_serializer="json")
async def external_links(batch: str) -> Answer:
    """Look up the external links of a batch's posts; answers counts, the findings are in the review."""
    return await attempt_step(batch, "external_links")
