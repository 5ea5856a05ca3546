"""`copydesk cache`: what is kept of earlier reviews."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from copydesk.cache import ResultCache
from copydesk.errors import UsageError
from copydesk.link_memory import LinkMemory
from copydesk.settings import settings


@click.command(name="cache")
@click.option("--clear", is_flag=True, help="Forget all of it; the next review computes, and looks links up, again.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(clear: bool, format_: str) -> None:
    """Show the cache of results and what is remembered of external links, or clear both."""
    machine = settings()
    cache = ResultCache(machine.cache_dir, machine.cache_max_mb)
    links = LinkMemory(machine.cache_dir)
    try:
        with _usable(cache.path):
            cleared = cache.clear() if clear else 0
            status = cache.status()
    finally:
        cache.close()
    with _usable(links.path):
        answers = links.clear() if clear else links.count()
    if clear:
        click.echo(f"{cleared} results and {answers} answers about external links forgotten.")
        return
    if format_ == "json":
        click.echo(json.dumps({**asdict(status), "links_path": str(links.path), "links": answers}, indent=2))
        return
    click.echo(f"{status.path}: {status.results} results, {status.megabytes} MB of {machine.cache_max_mb} MB")
    for step, count in status.by_step.items():
        click.echo(f"  {step:<16} {count}")
    click.echo(f"{links.path}: {answers} answers about external links")


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise UsageError(
            f"The cache {path} cannot be used: {error}. Delete the file, or set COPYDESK_CACHE_DIR."
        ) from None
