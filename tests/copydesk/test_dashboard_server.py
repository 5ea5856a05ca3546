"""The dashboard on loopback."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from copydesk.cli.dashboard import command
from copydesk.dashboard_server import DashboardServer
from copydesk.errors import StoreError, UsageError
from copydesk.stores import open_store


class Files:
    """Pages that say how often they were made."""

    def __init__(self) -> None:
        self.made = 0
        self.error: Exception | None = None

    def __call__(self) -> dict[str, str]:
        if self.error:
            raise self.error
        self.made += 1
        return {"index.html": f"page {self.made}", "dashboard.json": "{}"}


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def server(files: Files) -> Iterator[DashboardServer]:
    with DashboardServer(files, refresh_seconds=0) as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield running
        running.shutdown()
        thread.join(10)


def ask(server: DashboardServer, path: str = "/", host: str | None = None, method: str = "GET") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, headers={"Host": host or f"localhost:{server.server_port}"})
    answer = connection.getresponse()
    told = answer.status, answer.headers["Content-Type"], answer.read().decode()
    connection.close()
    return told


def test_it_listens_on_loopback_only(server: DashboardServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_port}/"


def test_each_look_shows_what_the_store_holds_now(server: DashboardServer) -> None:
    assert ask(server) == (200, "text/html; charset=utf-8", "page 1")
    assert ask(server, "/index.html?x=1") == (200, "text/html; charset=utf-8", "page 2")
    assert ask(server, "/dashboard.json")[:2] == (200, "application/json; charset=utf-8")
    assert ask(server, method="HEAD") == (200, "text/html; charset=utf-8", "")


def test_pages_are_kept_for_a_while(files: Files) -> None:
    with DashboardServer(files, refresh_seconds=3600) as server:
        assert server.files() == server.files()
    assert files.made == 1


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/etc/passwd", "/%2e%2e/x", "/favicon.ico"])
def test_nothing_else_is_served(server: DashboardServer, path: str) -> None:
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "localhost.evil.example"])
def test_a_foreign_name_gets_nothing(server: DashboardServer, host: str) -> None:
    assert ask(server, host=host)[0] == 403


def test_a_store_that_is_away_is_said_in_words(server: DashboardServer, files: Files) -> None:
    files.error = StoreError("no \x1b[2J answer")
    status, kind, text = ask(server)
    assert (status, kind) == (503, "text/plain; charset=utf-8")
    assert text == "The store cannot be read: no \\x1b[2J answer\n"


def test_the_command_writes_the_files(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'monitor.db'}"
    open_store(store).close()
    done = CliRunner().invoke(command, ["--output", str(tmp_path / "out"), "--store", store])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "index.html").read_text().startswith("<!doctype html>")


def test_the_command_says_that_a_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = f"sqlite:///{tmp_path / 'monitor.db'}"
    open_store(store).close()
    done = CliRunner().invoke(command, ["--output", str(tmp_path / "file" / "out"), "--store", store])
    assert isinstance(done.exception, UsageError)
    assert "out cannot be written: Not a directory" in str(done.exception)


def test_the_command_asks_where_to(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--store", f"sqlite:///{tmp_path / 'monitor.db'}"])
    assert "--output" in str(done.exception)


def test_the_command_says_that_a_port_is_taken(server: DashboardServer, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'monitor.db'}"
    done = CliRunner().invoke(command, ["--serve", "--port", str(server.server_port), "--store", store])
    assert "cannot be used" in str(done.exception)
