"""One step of one review, for a worker of the pool `copydesk-steps`: `runs_on: queue`."""

from __future__ import annotations

from prefect import flow
from prefect.runtime import flow_run as current_flow_run
from prefect.states import Completed

from copydesk.cache import ResultCache
from copydesk.remote import run_job
from copydesk.remote_prefect import read_job, write_answers
from copydesk.sandbox import shared_pool
from copydesk.settings import settings


def run_name() -> str:
    """What the run is called in Prefect: the step, and how many posts it looks at."""
    given = current_flow_run.parameters
    return f"{given.get('step')} for {given.get('posts')} posts"


@flow(name="step", flow_run_name=run_name, result_serializer="json")
async def step_batch(job: str, step: str = "", posts: int = 0) -> object:
    """Run a step over the posts of a review that waits for it.

    Args:
        job: The artifact that holds the step's settings and the posts.
        step: Name of the step, for the run's name.
        posts: How many posts there are, for the run's name.
    """
    machine = settings()
    cache = ResultCache(machine.cache_dir, machine.cache_max_mb)
    try:
        answers = await run_job(await read_job(job), shared_pool(machine.children, machine.child_memory_mb), cache)
    finally:
        cache.close()
    artifact = await write_answers(str(current_flow_run.id), answers)
    # The state's message crosses machines whatever results storage there is.
    return Completed(message=artifact)
