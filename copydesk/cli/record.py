"""What the commands about the record share: the store, and tables that nothing in the record can disturb."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from copydesk.errors import UsageError
from copydesk.visible import visible

if TYPE_CHECKING:
    from copydesk.stores.base import Store

store_option = click.option(
    "--store",
    metavar="URL",
    help="Where the record is: sqlite:///path or mongodb://host/name; default: COPYDESK_STORE, or the user's own file.",
)


def format_option(*more: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--format text|json` and what else a command offers."""
    return click.option(
        "--format", "format_", type=click.Choice(["text", "json", *more]), default="text", show_default=True,
        help="Tables for people, or data for programs.",
    )  # fmt: skip


@contextmanager
def opened(url: str | None) -> Iterator[Store]:
    """The store, open; its warnings go to standard error. Raises `UsageError` for a file that is named and missing.

    Who reads a record never makes one: a mistyped name would answer that there are no runs.
    """
    from copydesk.stores import make_store
    from copydesk.stores.sqlite import SqliteStore

    store = make_store(url)
    if url and isinstance(store, SqliteStore) and not store.path.exists():
        raise UsageError(f"{visible(str(store.path))}: there is no record; `copydesk review --store` makes one.")
    store.open()
    try:
        for warning in store.warnings:
            click.echo(f"copydesk: {visible(warning)}", err=True)
        yield store
    finally:
        store.close()


def print_json(data: object) -> None:
    """One document of JSON on standard output."""
    click.echo(json.dumps(data, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> None:
    """A table on standard output; the last `numbers` columns stand to the right. Nothing in a cell is markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        right = index >= len(columns) - numbers
        table.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=right)
    for row in rows:
        table.add_row(*(Text(visible(cell(value))) for value in row))
    # A pipe has no width: nothing is cut there.
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(Text(visible(title), style="bold"))
    console.print(table)


def cell(value: object) -> str:
    """A value as people read it."""
    match value:
        case None:
            return "–"
        case float():
            return f"{value:.1f}"
        case _:
            return str(value)


def seconds(value: float | None) -> str:
    """A duration: milliseconds below a second, then seconds, minutes, hours."""
    if value is None:
        return "–"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.2f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def percent(value: float | None) -> str:
    """A share of one as a percentage."""
    return "–" if value is None else f"{value:.1%}"


def moment(text: str | None) -> str:
    """A time of the record, to the second, in UTC."""
    return "–" if text is None else text[:19].replace("T", " ")
