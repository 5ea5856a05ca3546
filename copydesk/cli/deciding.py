"""The editor's decision on the command line: asked on the terminal, or given with options."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

import click

from copydesk.approval import CHOICES, REASON_LIMIT
from copydesk.deciding import make_decision
from copydesk.report import Decision, PostReview, ReviewReport, worst
from copydesk.reports import Material, render
from copydesk.reports.wording import plural

MISSING = "An editor has to decide."


def can_ask() -> bool:
    """Whether somebody can read a question and answer it here."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def how_to_decide(run_id: str) -> str:
    """What to do about a run that waits."""
    return (
        f"{MISSING} `copydesk resume {run_id}` asks on a terminal; "
        f"elsewhere add --decision {'|'.join(CHOICES)} and --reason TEXT."
    )


def ask_editor(reviews: Sequence[PostReview], content: str) -> Decision | None:
    """Show what was found and ask for a decision; None when nobody wants to decide now (Ctrl-C, Ctrl-D)."""
    report = ReviewReport(verdict=worst(review.verdict for review in reviews), posts=reviews)
    click.echo(render(report, "text", Material(width=shutil.get_terminal_size().columns)), err=True)
    click.echo(f"{MISSING} The decision is the verdict on {plural(len(reviews), 'post')}.", err=True)
    try:
        chosen = click.prompt("Decision", type=click.Choice(tuple(CHOICES)), err=True)
        reason = click.prompt("Reason (may stay empty)", default="", show_default=False, err=True)
    except click.Abort:
        click.echo(err=True)
        return None
    return make_decision(CHOICES[chosen], reason[:REASON_LIMIT], content)
