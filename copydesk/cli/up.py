"""`copydesk up`: a Prefect server in the background, for a laptop."""

from __future__ import annotations

import click

from copydesk import background_server
from copydesk.errors import UsageError


@click.command(name="up")
@click.option("--stop", is_flag=True, help="End the server.")
@click.option("--status", is_flag=True, help="Say whether it runs; exit 1 when it does not.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1; by default 4200, or any that is free.")
def command(stop: bool, status: bool, port: int | None) -> int:
    """Start Prefect's server in the background: later reviews find it and begin seconds sooner.

    It stays until `copydesk up --stop` or the end of the machine, with some 200 MB of memory. A server that
    PREFECT_API_URL or a profile of Prefect's names goes before it.
    """
    if stop and status:
        raise UsageError("Give --stop or --status, not both.")
    if stop:
        ended = background_server.stop()
        click.echo(f"Ended the server on port {ended.port}." if ended else "There is no server to end.")
        return 0
    if status:
        server = background_server.running()
        click.echo(_describe(server) if server else "No server runs; `copydesk up` starts one.")
        return 0 if server else 1
    server, new = background_server.start(port)
    click.echo(("Started: " if new else "Already running: ") + _describe(server))
    return 0


def _describe(server: background_server.Server) -> str:
    return f"Prefect {server.version}, {server.url.removesuffix('/api')} (process {server.pid})."
