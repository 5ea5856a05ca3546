"""`copydesk dashboard`: the blog at a glance, from the store."""

from __future__ import annotations

from pathlib import Path

import click

from copydesk.cli.record import opened, store_option
from copydesk.dashboard import dashboard_files, write_dashboard
from copydesk.errors import UsageError

REFRESH_SECONDS = 15


@click.command(name="dashboard")
@click.option(
    "--output", "-o", type=click.Path(file_okay=False, path_type=Path), help="Write the files to this folder."
)
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back to look.")
@click.option("--serve", is_flag=True, help="Show it on this machine only, and refresh it.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port for --serve; 0: a free one.")
@store_option
def command(output: Path | None, days: int, serve: bool, port: int, store: str | None) -> None:
    """Show scores, verdicts, worst checks, durations, waits and failures as a page that needs no network."""
    if output is None and not serve:
        raise UsageError("Name a folder with --output, or look at the dashboard with --serve.")
    if output is not None:
        with opened(store) as opened_store:
            try:
                written = write_dashboard(opened_store, output, days=days)
            except OSError as error:
                raise UsageError(f"{output} cannot be written: {error.strerror or error}.") from None
        click.echo(f"The dashboard is in {written[0]}.")
    if serve:
        _serve(store, days, port)


def _serve(store: str | None, days: int, port: int) -> None:
    from copydesk.dashboard_server import DashboardServer
    from copydesk.stores import open_store

    def make() -> dict[str, str]:
        # A store belongs to the thread that opened it, and each answer has a thread of its own.
        current = open_store(store)
        try:
            return dashboard_files(current, days=days, refresh_seconds=REFRESH_SECONDS)
        finally:
            current.close()

    try:
        server = DashboardServer(make, port, refresh_seconds=REFRESH_SECONDS - 1)
    except OSError as error:
        raise UsageError(f"Port {port} cannot be used: {error.strerror}.") from None
    with server:
        server.files()  # a store that cannot be opened is said here, not in the browser
        click.echo(f"The dashboard is at {server.address} (Ctrl-C ends it).")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()
