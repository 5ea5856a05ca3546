"""`copydesk report`: the report of a run from the monitor's record."""

from __future__ import annotations

from pathlib import Path

import click

from copydesk.cli.material import QUOTING, material_for, sources_of
from copydesk.cli.record import opened, store_option
from copydesk.cli.reporting import publish, report_options
from copydesk.errors import UsageError
from copydesk.find_run import find_run
from copydesk.outcome import exit_code
from copydesk.plan import make_plan
from copydesk.stored_report import stored_report
from copydesk.workflow import WorkflowConfig


@click.command(name="report")
@click.argument("run")
@store_option
@report_options
def command(run: str, store: str | None, format_: str, output: Path | None, fail_on: str | None) -> int:
    """Print the report of RUN (an id, the beginning of one, or `latest`) in any format.

    Exits like the review itself: 1 when a post is not approved, 3 when the run did not finish.
    """
    with opened(store) as opened_store:
        record = find_run(opened_store, run, findings=True)
        report = stored_report(opened_store, record)
        if report.run is None or (not report.posts and report.run.state != "completed"):
            raise UsageError(f"Run {record.run.run_id} has no reviewed posts: it is {record.run.state}.")
        sources = sources_of(report) if format_ in QUOTING else {}
        plan = make_plan(WorkflowConfig())
        material = material_for(plan, report, format_, sources=sources, store=opened_store, record=record)
    publish(report, format_, output, material)
    return exit_code(report, fail_on, state=report.run.state)
