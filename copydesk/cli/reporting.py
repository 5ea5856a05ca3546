"""What `review`, `check` and `report` share: their options, progress, and where a report goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from copydesk.cli.writing import write_blocks
from copydesk.execute import Progress
from copydesk.outcome import FAIL_ON, summary
from copydesk.report import ReviewReport
from copydesk.reports import FORMATS, Material, renderer
from copydesk.reports.pieces import encoded

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Workflow file; by default the nearest copydesk.yaml above the posts.",
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--format`, `--output` and `--fail-on`."""
    options = (
        click.option(
            "--format",
            "format_",
            type=click.Choice(FORMATS),
            default="text",
            show_default=True,
            help="Form of the report.",
        ),
        click.option(
            "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file."
        ),
        click.option(
            "--fail-on",
            type=click.Choice(FAIL_ON),
            help="Exit 1 for findings of this severity and above instead of by verdict; never: exit 0.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def publish(report: ReviewReport, format_: str, output: Path | None, material: Material) -> None:
    """Print the report, or write it to a file at once: a reader never sees half of it."""
    write_blocks(encoded(renderer(format_)(report, material)), output)
    if output is not None:
        click.echo(f"{summary(report.posts)}\nThe report is in {output}.")


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Progress | None]:
    """A bar a step while a review works; nothing where standard error is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        shown: dict[str, Any] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in shown:
                shown[step] = bars.add_task(step, total=total)
            bars.update(shown[step], completed=done, total=total)

        yield show
