"""What `review` and `check` compare with: their options, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from copydesk.report import ReviewReport
from copydesk.session import Session
from copydesk.visible import visible

NO_BASELINE = "none"  # as `copydesk.comparing` reads it


def comparison_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--base`, `--diff`, `--baseline` and `--no-baseline`."""
    options = (
        click.option("--base", metavar="REF", help="Report only what changed since a branch, tag or commit."),
        click.option("--diff", type=click.Path(path_type=Path), help="Report only what this unified diff changes."),
        click.option(
            "--baseline",
            metavar="FILE",
            help="Known findings, which do not count; by default copydesk-baseline.json beside the workflow file.",
        ),
        click.option(
            "--no-baseline", "baseline", flag_value=NO_BASELINE, help="Report known findings like all others."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def say_comparison(session: Session, report: ReviewReport, *, quiet: bool) -> None:
    """On standard error: what the findings were compared with, and what of the baseline is fixed."""
    if session.compared_with and not quiet:
        count = len(report.posts)
        posts = f"{count} post{'s' if count != 1 else ''}" if count else "no post"
        click.echo(f"Compared with {visible(session.compared_with)}: the change concerns {posts}.", err=True)
    fixed = sum(post.fixed for post in report.posts) if session.comparisons else 0
    if fixed:
        are, they = ("is", "it stays") if fixed == 1 else ("are", "they stay")
        click.echo(
            f"{fixed} known finding{'' if fixed == 1 else 's'} of the baseline {are} fixed: "
            f"`copydesk baseline` makes sure that {they} so.",
            err=True,
        )
