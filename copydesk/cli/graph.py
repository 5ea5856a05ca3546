"""`copydesk graph`: the workflow as planned, as a run went, and against its own past."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from copydesk.cli.record import opened, store_option
from copydesk.cli.reporting import config_option
from copydesk.cli.writing import write_output
from copydesk.diagram import Diagram, plan_nodes
from copydesk.drawing import FORMATS, Format, draw
from copydesk.errors import UsageError
from copydesk.events import parse_time
from copydesk.find_run import find_run
from copydesk.lease import EXPIRED_SECONDS
from copydesk.outcome import UNFINISHED
from copydesk.palette import Theme
from copydesk.plan import Plan, load_plan
from copydesk.run_pictures import history_diagram, record_diagram
from copydesk.states import RunState
from copydesk.stores.base import ENDED, Run, StatsQuery, Store
from copydesk.time_spans import parse_since, parse_span

_WATCH_SECONDS = 1.0


@click.command(name="graph")
@click.argument("path", default=".", type=click.Path(exists=True, path_type=Path))
@config_option
@click.option("--run", "run_", metavar="RUN", help="Draw this run as it went: an id, its beginning, or `latest`.")
@click.option(
    "--history", metavar="SPAN", help="Colour each step by its p95 of this span (30d) against the time before."
)
@click.option("--watch", is_flag=True, help="With --run and --output: draw again until the run has ended.")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="By default the ending of --output, else svg.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@store_option
def command(
    path: Path,
    config: Path | None,
    run_: str | None,
    history: str | None,
    watch: bool,
    format_: Format | None,
    output: Path | None,
    theme: Theme,
    store: str | None,
) -> int:
    """Draw the workflow in charge of PATH."""
    form = format_ or picture_format(output)
    if run_ and history:
        raise UsageError("--run and --history are two pictures: give one of them.")
    if watch and not (run_ and output):
        raise UsageError("--watch goes with --run and --output.")
    refuse_binary(form, output)
    plan = load_plan(config, path)
    if run_:
        with opened(store) as opened_store:
            return _draw_run(opened_store, plan, run_, form, theme, output, watch=watch)
    if history:
        with opened(store) as opened_store:
            diagram = _history(opened_store, plan, history)
    else:
        diagram = Diagram(title=plan.config.workflow.name, nodes=plan_nodes(plan))
    write_output(draw(diagram, form, theme), output)
    return 0


def _draw_run(
    store: Store, plan: Plan, reference: str, form: Format, theme: Theme, output: Path | None, *, watch: bool
) -> int:
    while True:
        record = find_run(store, reference)
        reference = record.run.run_id  # what was `latest` at first stays the one that is watched
        now = datetime.now(UTC)
        diagram = record_diagram(plan, record, now)
        write_output(draw(diagram, form, theme), output)
        going_on = watch and record.run.state not in ENDED
        if not going_on or _silent(record.run, now):
            break
        time.sleep(_WATCH_SECONDS)
    if going_on:
        click.echo(f"Run {reference} gives no sign any more. `copydesk reconcile` closes it if it is dead.", err=True)
        return UNFINISHED
    if output is not None and diagram.explanation:
        click.echo(diagram.explanation)
    return 0


def _silent(run: Run, now: datetime) -> bool:
    """Whether a run that should beat has not for so long that its process is probably gone."""
    if run.state != RunState.RUNNING or run.heartbeat_at is None:
        return False
    return now - parse_time(run.heartbeat_at) > timedelta(seconds=EXPIRED_SECONDS)


def _history(store: Store, plan: Plan, span: str) -> Diagram:
    now = datetime.now(UTC)
    name = plan.config.workflow.name
    since = parse_since(span, now)
    before = parse_since(span, now - parse_span(span))
    lately = store.stats(StatsQuery(since=since, workflow=name))
    if not lately.steps:
        raise UsageError(f"No run of '{name}' in the last {span} is recorded in {store.address}.")
    return history_diagram(
        plan,
        lately,
        store.stats(StatsQuery(since=before, until=since, workflow=name)),
        f"the last {span}",
    )


def picture_format(output: Path | None) -> Format:
    """The format that a file's name asks for; svg for none."""
    if output is None:
        return "svg"
    ending = {".mmd": "mermaid", ".gv": "dot"}.get(output.suffix, output.suffix[1:])
    for known in FORMATS:
        if ending == known:
            return known
    raise UsageError(
        f"{output}: no picture format is known by this ending. Name one with --format: {', '.join(FORMATS)}."
    )


def refuse_binary(form: Format, output: Path | None) -> None:
    """A terminal is no place for a PNG."""
    if output is None and form in ("png", "pdf") and sys.stdout.isatty():
        raise UsageError(f"A {form} picture is no text for a terminal: name a file with --output.")
