"""`copydesk cache`: what is kept of earlier reviews."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict

import click

from copydesk.cache import ResultCache
from copydesk.errors import UsageError
from copydesk.settings import settings


@click.command(name="cache")
@click.option("--clear", is_flag=True, help="Forget all results; the next review computes them again.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(clear: bool, format_: str) -> None:
    """Show the cache of results, or clear it."""
    machine = settings()
    cache = ResultCache(machine.cache_dir, machine.cache_max_mb)
    try:
        if clear:
            click.echo(f"{cache.clear()} results forgotten.")
            return
        status = cache.status()
    except (sqlite3.Error, OSError) as error:
        raise UsageError(
            f"The cache {cache.path} cannot be used: {error}. Delete the file, or set COPYDESK_CACHE_DIR."
        ) from None
    finally:
        cache.close()
    if format_ == "json":
        click.echo(json.dumps(asdict(status), indent=2))
        return
    click.echo(f"{status.path}: {status.results} results, {status.megabytes} MB of {machine.cache_max_mb} MB")
    for step, count in status.by_step.items():
        click.echo(f"  {step:<16} {count}")
