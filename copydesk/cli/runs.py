"""`copydesk runs`: the runs that were recorded, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from copydesk.cli.record import format_option, moment, opened, print_json, print_table, seconds, store_option

if TYPE_CHECKING:
    from copydesk.stores.base import Run

STATES = ("pending", "running", "suspended", "completed", "failed", "cancelled", "lost")


@click.command("runs")
@click.option(
    "--state", "states", type=click.Choice(STATES), multiple=True, help="Only runs in this state; may be repeated."
)
@click.option("--since", help="Only runs that started since: a span (24h, 7d) or a date.")
@click.option("--queue", help="Only runs of this work queue.")
@click.option("--workflow", help="Only runs of this workflow.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most so many runs.")
@store_option
@format_option()
def command(
    states: tuple[str, ...], since: str | None, queue: str | None, workflow: str | None, limit: int,
    store: str | None, format_: str,
) -> int:  # fmt: skip
    """List recorded runs, newest first."""
    from datetime import UTC, datetime

    from copydesk.stores.base import RunQuery
    from copydesk.time_spans import parse_since

    with opened(store) as opened_store:
        found = opened_store.runs(
            RunQuery(
                states=states,
                queue=queue,
                workflow=workflow,
                limit=limit,
                since=parse_since(since, datetime.now(UTC)) if since else None,
            )
        )
    if format_ == "json":
        print_json([as_json(run) for run in found])
    elif found:
        length = _length({run.run_id for run in found})
        print_table(
            "Runs",
            ["run", "state", "verdict", "workflow", "priority", "queue", "started (UTC)", "posts", "queued", "took"],
            [
                (
                    run.run_id[:length] + (f" #{run.attempt}" if run.attempt > 1 else ""), run.state, run.verdict,
                    run.workflow, run.priority, run.queue, moment(run.started_at), run.posts,
                    seconds(run.queue_seconds), seconds(run.run_seconds),
                )
                for run in found
            ],
            numbers=3,
        )  # fmt: skip
    else:
        click.echo("No runs.")
    return 0


def _length(ids: set[str]) -> int:
    """How much of the ids tells them apart: every command takes the beginning of one."""
    length = 8
    while len({one[:length] for one in ids}) < len(ids):
        length += 1
    return length


def as_json(run: Run) -> dict[str, Any]:
    """A run in the words of a report's `run`, with what the record knows beside."""
    from dataclasses import asdict

    data = asdict(run)
    return {"id": data.pop("run_id"), "attempt": data.pop("attempt"), "duration_seconds": run.run_seconds, **data}
