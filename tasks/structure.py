"""Structure: headings, fences, images, references, placeholders."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from copydesk.attempt import Answer, attempt_step


@task(name="structure", cache_policy=NO_CACHE, result_serializer="json")
async def structure(batch: str) -> Answer:
    """Check how the posts of a batch are built; answers counts, the findings are in the review."""
    return await attempt_step(batch, "structure")
