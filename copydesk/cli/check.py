"""`copydesk check`: a review without server and record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

import click

from copydesk.batch import Stopped
from copydesk.cli.comparison import comparison_options, say_comparison
from copydesk.cli.fixes import fix_options, fix_posts
from copydesk.cli.material import QUOTING, material_for
from copydesk.cli.reporting import config_option, progress_bars, publish, report_options
from copydesk.comparing import compare
from copydesk.direct import review_directly
from copydesk.errors import UsageError
from copydesk.outcome import FINDINGS, SIGNAL_CODES, exit_code
from copydesk.plan import Plan, load_plan, with_external
from copydesk.report import ReviewReport
from copydesk.session import Session, open_session
from copydesk.signals import on_signal

T = TypeVar("T")


@click.command(name="check")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@config_option
@click.option("--cache/--no-cache", default=True, help="Answer unchanged posts from the cache.", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@click.option("--external", is_flag=True, help="Look up the links to other sites too, on the network.")
@click.option("--watch", is_flag=True, help="Stay, and answer for each post when it is saved.")
@fix_options
@comparison_options
@report_options
def command(
    paths: tuple[str, ...],
    config: Path | None,
    cache: bool,
    quiet: bool,
    external: bool,
    watch: bool,
    fix: bool,
    diff_only: bool,
    base: str | None,
    diff: Path | None,
    baseline: str | None,
    format_: str,
    output: Path | None,
    fail_on: str | None,
) -> int:
    """Review posts at once: no server, no record, the same findings as `review`."""
    if (fix or diff_only) and (base or diff or baseline):
        raise UsageError("--fix and --diff-only look at whole posts: leave --base, --diff and --baseline out.")

    def load() -> Plan:
        plan = load_plan(config, *map(Path, paths))
        return with_external(plan) if external else plan

    if watch:
        if fix or diff_only or base or diff or baseline:
            raise UsageError("--watch looks at whole posts and changes none: leave the other options out.")
        from copydesk.cli.watch import watch_posts

        return asyncio.run(watch_posts(load, paths, cache=cache, format_=format_, output=output, quiet=quiet))
    plan = load()
    with (
        progress_bars(quiet) as progress,
        open_session(use_cache=cache, monitored=False, progress=progress, keep_sources=format_ in QUOTING) as session,
    ):
        try:
            if fix or diff_only:
                changed = asyncio.run(
                    _stoppable(session, fix_posts(session, plan, paths, write=not diff_only, quiet=quiet))
                )
                if diff_only:
                    return FINDINGS if changed else 0
            report = asyncio.run(
                _check(session, plan, paths, base=base, diff=str(diff) if diff else None, baseline=baseline)
            )
        except Stopped:
            if not session.signal:
                raise  # the workflow's time was up
            return SIGNAL_CODES[session.signal]
    publish(report, format_, output, material_for(plan, report, format_, sources=session.sources))
    say_comparison(session, report, quiet=quiet)
    return exit_code(report, fail_on)


async def _check(session: Session, plan: Plan, paths: tuple[str, ...], **asked: str | None) -> ReviewReport:
    work = review_directly(session, plan, paths, lambda files: compare(session, plan, files, **asked))
    return await _stoppable(session, work)


async def _stoppable(session: Session, work: Awaitable[T]) -> T:
    """The answer of `work`; Ctrl-C and SIGTERM cancel the session, which ends it."""
    with on_signal(session.stop):
        return await work
