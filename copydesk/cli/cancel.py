"""`copydesk cancel`: end a run that is under way."""

from __future__ import annotations

import asyncio

import click

from copydesk.cli.record import opened, store_option
from copydesk.control import CannotCancel, cancel
from copydesk.engine import prepare_environment
from copydesk.find_run import find_run
from copydesk.states import RunState
from copydesk.stores.base import ENDED


@click.command(name="cancel")
@click.argument("run")
@store_option
def command(run: str, store: str | None) -> int:
    """End RUN (an id, its beginning, or `latest`). What it has finished is kept: `copydesk resume` goes on with it."""
    prepare_environment(quiet=True)
    with opened(store) as known:
        found = find_run(known, run).run
        if found.state in ENDED:
            click.echo(f"Run {found.run_id} has ended already: it is {found.state}. Nothing was changed.")
            return 0
        ended = asyncio.run(cancel(known, found))
    if ended.state not in ENDED:
        raise CannotCancel(f"Run {ended.run_id} was asked to end, and is {ended.state} still.")
    click.echo(f"Run {ended.run_id} is {ended.state}.")
    return 0 if ended.state == RunState.CANCELLED.value else 1
