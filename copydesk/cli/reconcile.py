"""`copydesk reconcile`: close the records of runs that died."""

from __future__ import annotations

import click

from copydesk.cli.record import format_option, opened, print_json, print_table, store_option
from copydesk.visible import visible


@click.command("reconcile")
@click.option("--host", help="Only runs of this host. Default: all.")
@click.option("--without-prefect", is_flag=True, help="Ask only the processes of this host, not Prefect.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@store_option
@format_option()
def command(host: str | None, without_prefect: bool, dry_run: bool, store: str | None, format_: str) -> int:
    """Close runs whose process is gone, as Prefect says or as lost, and fill in runs that the record has missed.

    A suspended run has no process: it stays. A lost run gets no duration, since nobody knows it.
    """
    from dataclasses import asdict

    from copydesk.reconcile import reconcile

    engine = None
    if not without_prefect:
        from copydesk.prefect_engine import PrefectEngine, configured

        engine = PrefectEngine() if configured() else None
    with opened(store) as opened_store:
        outcome = reconcile(opened_store, engine, host=host, dry_run=dry_run)
    if engine is None and not without_prefect:
        outcome.engine = "no server is configured (PREFECT_API_URL)"
    if format_ == "json":
        print_json({"dry_run": dry_run, **asdict(outcome)})
        return 0
    rows = [
        (what, run.run_id, run.attempt, run.state, run.reason)
        for what, runs in (("closed", outcome.closed), ("filled in", outcome.filled))
        for run in runs
    ]
    if rows:
        print_table("Reconciled", ["", "run", "attempt", "state", "why"], rows)
    click.echo(
        f"{'Would close' if dry_run else 'Closed'} {len(outcome.closed)} runs and {outcome.steps} steps, "
        f"{'would fill' if dry_run else 'filled'} in {len(outcome.filled)}; {outcome.alive} are active."
    )
    if outcome.engine:
        click.echo(f"copydesk: Prefect was not asked: {visible(outcome.engine)}", err=True)
    return 0
