"""Links: anchors, images and pages inside the site, without network."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="links", cache_policy=NO_CACHE, result_serializer="json")
async def links(batch: str) -> Answer:
    """Check the links of a batch's posts; answers counts, the findings are in the review."""
    return await attempt_step(batch, "links")
