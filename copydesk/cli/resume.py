"""`copydesk resume`: go on with a run that failed, was cancelled or died."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from copydesk.cli.reporting import report_options
from copydesk.cli.review import recorded
from copydesk.control import prepare_resume
from copydesk.engine import embedded_server_turn, prepare_environment, require_api
from copydesk.find_run import find_run
from copydesk.plan import load_plan
from copydesk.stores import open_store


@click.command(name="resume")
@click.argument("run")
@click.option("--store", metavar="URL", help="The monitor's store that knows the run.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@report_options
def command(run: str, store: str | None, quiet: bool, format_: str, output: Path | None, fail_on: str | None) -> int:
    """Go on with RUN (an id, its beginning, or `latest`): what is finished is not computed again.

    Call it from the folder where the review was started. A run of a deployment goes back to its queue.
    """
    prepare_environment(quiet=True)
    opened = open_store(store)
    try:
        found = find_run(opened, run).run
    finally:
        opened.close()
    with embedded_server_turn(lambda: None):
        flow_run, request = asyncio.run(_prepare(found))
    if request is None:
        click.echo(f"Run {found.run_id} is back in its queue; a worker will take it up.")
        return 0

    async def again() -> Any:
        from prefect.flow_engine import run_flow_async

        from flows.review import review

        # `prefect flow-run retry --entrypoint` never awaits an async flow in 3.8.8, so the engine is called directly.
        return await run_flow_async(
            flow=review, flow_run=flow_run, parameters={"request": request}, return_type="state"
        )

    plan = load_plan(Path(request.config) if request.config else None, *map(Path, request.paths))
    return recorded(again, plan, store=store, cache=True, quiet=quiet, format_=format_, output=output, fail_on=fail_on)


async def _prepare(found: Any) -> Any:
    await require_api()
    return await prepare_resume(found)
