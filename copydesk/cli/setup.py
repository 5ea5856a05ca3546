"""`copydesk setup`: prepare a Prefect server for the deployments."""

from __future__ import annotations

import asyncio

import click

from copydesk.engine import prepare_environment, require_api
from copydesk.errors import UsageError


@click.command(name="setup")
@click.option("--limit", type=click.IntRange(1), help="Runs at once in each pool, over all workers.")
def command(limit: int | None) -> None:
    """Make the work pools, the queues at their ranks and the watch for dead runs; repair them when they are there.

    Works on the server that PREFECT_API_URL (or the active Prefect profile) names. Safe to repeat.
    """
    prepare_environment(quiet=True)
    for change in asyncio.run(_set_up(limit)) or [
        "Nothing to change: pools, queues and automations are as they should."
    ]:
        click.echo(change)


async def _set_up(limit: int | None) -> list[str]:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL

    from deployments.work_pool import set_up

    if not PREFECT_API_URL.value():
        raise UsageError(
            "No Prefect server is configured. Start one (`prefect server start`) and set PREFECT_API_URL, "
            "as in http://127.0.0.1:4200/api."
        )
    await require_api()
    async with get_client() as client:
        return await set_up(client, limit=limit)
