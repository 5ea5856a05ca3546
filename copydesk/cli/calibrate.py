"""`copydesk calibrate`: limits from the blog's own posts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from copydesk.calibration import FILE_NAME, HIGH, Calibration, calibrate, everything, written
from copydesk.checks import seo, style
from copydesk.cli.reporting import config_option, progress_bars
from copydesk.cli.writing import write_output
from copydesk.direct import review_batch
from copydesk.errors import UsageError
from copydesk.loading import discover, read_all
from copydesk.plan import Plan, load_plan, make_plan
from copydesk.session import Session, open_session
from copydesk.workflow import FILE_NAME as WORKFLOW_FILE
from copydesk.workflow import Checks, StepConfig, Workflow


@click.command(name="calibrate")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@config_option
@click.option("--dry-run", is_flag=True, help="Show the limits and write nothing.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
def command(paths: tuple[str, ...], config: Path | None, dry_run: bool, quiet: bool) -> None:
    """Measure the posts and take the limits of length and style from them.

    Writes copydesk-calibration.yaml beside the workflow file, which is read from then on; copydesk.yaml stays as it
    is, and what it says of a limit counts more.
    """
    plan = load_plan(config, *map(Path, paths))
    if plan.file is None:
        raise UsageError(f"The limits are kept beside a {WORKFLOW_FILE}: write one with `copydesk init`.")
    files = discover(paths, plan)
    with (
        progress_bars(quiet) as progress,
        open_session(use_cache=False, monitored=False, progress=progress) as session,
    ):
        found = asyncio.run(_measure(session, plan, files))
    defaults = {**style.LIMITS, **seo.LIMITS}
    click.echo(f"{'check':<24}{'posts':>7}{'p5':>9}{'median':>9}{'p95':>9}{'default':>9}{'limit':>9}")
    for check, spread in found.checks.items():
        p5, median, p95 = (spread.percentiles[p] for p in (5, 50, 95))
        click.echo(f"{check:<24}{spread.posts:>7}{p5:>9g}{median:>9g}{p95:>9g}{defaults[check]:>9g}{spread.limit:>9g}")
    if missing := [check for check in HIGH if check not in found.checks]:
        click.echo(f"Too few posts to tell: {', '.join(missing)}.")
    if not dry_run:
        target = plan.folder / FILE_NAME
        write_output(written(found).encode(), target)
        click.echo(f"The limits are in {target}.")


async def _measure(session: Session, plan: Plan, files: Sequence[str]) -> Calibration:
    """Run the checks that measure something with limits that nothing keeps within."""
    workflow = Workflow(steps=(StepConfig(name="style"), StepConfig(name="seo")))
    config = plan.config.model_copy(
        update={"workflow": workflow, "types": {}, "checks": Checks(thresholds=everything())}
    )
    measuring = replace(make_plan(config), file=plan.file)
    posts = read_all(files, plan)
    batch = session.side_batch(measuring, posts, "", None)
    await review_batch(batch)
    by_step = batch.review.results
    return calibrate({step: by_step[step][post.path] for step in ("style", "seo")} for post in posts)
