"""`copydesk cleanup`: delete the records of runs that ended long ago."""

from __future__ import annotations

import click

from copydesk.cli.record import format_option, opened, print_json, store_option


@click.command("cleanup")
@click.option(
    "--older-than",
    metavar="SPAN",
    help="Delete runs that ended longer ago than this. Default: COPYDESK_RETENTION, or 30d.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@store_option
@format_option()
def command(older_than: str | None, dry_run: bool, store: str | None, format_: str) -> int:
    """Delete old records, a few runs at a time, while others write. Active runs stay, however old."""
    from dataclasses import asdict

    from copydesk.retention import clean_up

    with opened(store) as opened_store:
        deleted = clean_up(opened_store, older_than, dry_run=dry_run)
    if format_ == "json":
        print_json({"dry_run": dry_run, **asdict(deleted)})
        return 0
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in asdict(deleted).items())
    click.echo(f"{'Would delete' if dry_run else 'Deleted'}: {counts}.")
    return 0
