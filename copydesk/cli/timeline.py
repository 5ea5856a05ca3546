"""`copydesk timeline`: a run as time went by."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from copydesk.cli.record import opened, store_option
from copydesk.cli.writing import write_output
from copydesk.errors import UsageError
from copydesk.find_run import find_run
from copydesk.palette import Theme
from copydesk.run_pictures import record_timeline
from copydesk.timeline import timeline_svg


@click.command(name="timeline")
@click.option(
    "--run", "run_", metavar="RUN", default="latest", show_default=True, help="An id, its beginning, or `latest`."
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@store_option
def command(run_: str, output: Path | None, theme: Theme, store: str | None) -> None:
    """Draw a run as SVG: one lane a slot, waiting and running parts, retries and their delays."""
    if output is not None and output.suffix.lower() not in ("", ".svg"):
        raise UsageError(f"{output}: a timeline is written as SVG only; let the name end in .svg.")
    with opened(store) as opened_store:
        record = find_run(opened_store, run_)
    write_output(timeline_svg(record_timeline(record, datetime.now(UTC)), theme).encode(), output)
