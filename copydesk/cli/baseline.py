"""`copydesk baseline`: begin with the findings that there are."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from copydesk.baseline import FILE_NAME, baseline_of, place_of, read_baseline, written
from copydesk.cli.reporting import config_option, progress_bars
from copydesk.cli.writing import write_output
from copydesk.direct import review_directly
from copydesk.plan import load_plan
from copydesk.session import open_session


@click.command(name="baseline")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@config_option
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead.")
@click.option("--cache/--no-cache", default=True, help="Answer unchanged posts from the cache.", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
def command(paths: tuple[str, ...], config: Path | None, output: Path | None, cache: bool, quiet: bool) -> None:
    """Record the findings of the posts as known, in copydesk-baseline.json beside the workflow file.

    Later reviews count only what is new. What the file knows of other posts that still exist is kept.
    """
    plan = load_plan(config, *map(Path, paths))
    target = output or plan.folder / FILE_NAME
    with (
        progress_bars(quiet) as progress,
        open_session(use_cache=cache, monitored=False, progress=progress) as session,
    ):
        report = asyncio.run(review_directly(session, plan, paths))
    new = baseline_of(report.posts, plan.folder)
    reviewed = {place_of(post.path, plan.folder) for post in report.posts}
    before = read_baseline(target, plan.folder).posts if target.is_file() else {}
    kept = {
        path: entries for path, entries in before.items() if path not in reviewed and (plan.folder / path).is_file()
    }
    write_output(written(new.joined(kept)).encode(), target)
    count = sum(sum(entries.values()) for entries in new.posts.values())
    click.echo(f"{count} known finding{'' if count == 1 else 's'} of {len(report.posts)} posts are in {target}.")
    unfinished = sum(bool(post.incomplete) for post in report.posts)
    if unfinished:
        click.echo(f"{unfinished} posts could not be reviewed by every step: what that step would say is not known.")
