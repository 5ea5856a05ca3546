"""`copydesk timeline`: a run as time went by."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from copydesk.cli.writing import write_output
from copydesk.find_run import find_run
from copydesk.palette import Theme
from copydesk.run_pictures import record_timeline
from copydesk.stores import open_store
from copydesk.timeline import timeline_svg


@click.command(name="timeline")
@click.option(
    "--run", "run_", metavar="RUN", default="latest", show_default=True, help="An id, its beginning, or `latest`."
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option("--store", metavar="URL", help="The monitor's store that knows the runs.")
def command(run_: str, output: Path | None, theme: Theme, store: str | None) -> None:
    """Draw a run as SVG: one lane a slot, waiting and running parts, retries and their delays."""
    opened = open_store(store)
    try:
        record = find_run(opened, run_)
    finally:
        opened.close()
    write_output(timeline_svg(record_timeline(record, datetime.now(UTC)), theme).encode(), output)
