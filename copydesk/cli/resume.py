"""`copydesk resume`: go on with a run that failed, was cancelled, died or waits for an editor."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import click

from copydesk.approval import CHOICES
from copydesk.cli.deciding import ask_editor, can_ask, how_to_decide
from copydesk.cli.record import opened, store_option
from copydesk.cli.reporting import report_options
from copydesk.cli.review import Options, go_on, recorded
from copydesk.control import CannotResume, prepare_resume
from copydesk.engine import embedded_server_turn, prepare_environment, require_api
from copydesk.errors import UsageError
from copydesk.find_run import find_run
from copydesk.report import Decision
from copydesk.source import Source
from copydesk.states import RunState
from copydesk.stored_report import asked_content, stored_report
from copydesk.stores.base import RunRecord, Store


@click.command(name="resume")
@click.argument("run")
@store_option
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@click.option("--decision", type=click.Choice(tuple(CHOICES)), help="For a run that waits for an editor.")
@click.option("--reason", default="", help="Why; kept with the decision.")
@report_options
def command(
    run: str,
    store: str | None,
    quiet: bool,
    decision: str | None,
    reason: str,
    format_: str,
    output: Path | None,
    fail_on: str | None,
) -> int:
    """Go on with RUN (an id, its beginning, or `latest`): what is finished is not computed again.

    Call it from the folder where the review was started. A run of a deployment goes back to its queue. A run that waits
    for an editor goes on with --decision, or asks on the terminal.
    """
    prepare_environment(quiet=True)
    with opened(store) as known:
        record = find_run(known, run, findings=True)
        given = _decision(known, record, decision, reason)
    found = record.run
    if given is not None and found.deployment is not None:
        asyncio.run(_hand_in(found.run_id, given))
        click.echo(f"Run {found.run_id} has its decision; a worker will go on with it.")
        return 0
    with embedded_server_turn(lambda: None):
        flow_run, request = asyncio.run(_prepare(found))
    if request is None:
        click.echo(f"Run {found.run_id} is back in its queue; a worker will take it up.")
        return 0
    plan = Source().plan(request)
    how = Options(store=store, cache=True, quiet=quiet, format_=format_, output=output, fail_on=fail_on)
    return recorded(partial(go_on, flow_run, request), plan, how, given)


def _decision(store: Store, record: RunRecord, chosen: str | None, reason: str) -> Decision | None:
    """The decision on a run that waits for one, given or asked for; None for a run that does not."""
    from copydesk.deciding import make_decision

    run_id = record.run.run_id
    if record.run.state != RunState.SUSPENDED.value:
        if chosen is not None or reason:
            raise UsageError(f"Run {run_id} waits for no decision: it is {record.run.state}. Nothing was changed.")
        return None
    if chosen is not None:
        return make_decision(CHOICES[chosen], reason, asked_content(record))
    if reason or not can_ask():
        raise UsageError(f"Run {run_id} is suspended. {how_to_decide(run_id)}")
    decision = ask_editor(stored_report(store, record).posts, asked_content(record))
    if decision is None:
        raise UsageError(f"Run {run_id} is suspended still. {how_to_decide(run_id)}")
    return decision


async def _hand_in(run_id: str, decision: Decision) -> None:
    from copydesk.deciding import resume_deployed

    await require_api()
    problem = await resume_deployed(run_id, decision)
    if problem:
        raise CannotResume(f"Run {run_id} did not go on: {problem}.")


async def _prepare(found: Any) -> Any:
    await require_api()
    return await prepare_resume(found)
