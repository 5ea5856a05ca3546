"""`copydesk doctor`: is this machine fit for a review?"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import click

from copydesk.doctor import Health, examine
from copydesk.visible import visible

_MARKS = {Health.OK: "ok     ", Health.WARNING: "warning", Health.PROBLEM: "PROBLEM"}


def _pool_problems() -> list[str]:
    from prefect.client.orchestration import get_client

    from deployments.work_pool import verify

    async def ask() -> list[str]:
        async with get_client() as client:
            return await verify(client)

    return asyncio.run(ask())


@click.command(name="doctor")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--store", metavar="URL", help="The monitor's store to look at.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(path: Path, store: str | None, format_: str) -> int:
    """Say what is missing or unsafe, and what to do. Exits 1 when a review would fail or be incomplete."""
    found = list(examine(path, store, _pool_problems))
    if format_ == "json":
        click.echo(json.dumps([asdict(diagnosis) for diagnosis in found], indent=2))
    else:
        for diagnosis in found:
            click.echo(f"{_MARKS[diagnosis.health]}  {diagnosis.part}: {visible(diagnosis.text, one_line=False)}")
            if diagnosis.advice:
                click.echo(f"         {visible(diagnosis.advice)}")
    return int(any(diagnosis.health is Health.PROBLEM for diagnosis in found))
