"""A server of MongoDB's wire protocol in a process of its own, one for all tests: it slows down with every database."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MongoServer:
    """`secantusd-py` on a port and a folder that stay the same when it is killed and started again."""

    def __init__(self, folder: Path) -> None:
        beside = Path(sys.executable).parent / "secantusd-py"
        self.program = str(beside) if beside.exists() else shutil.which("secantusd-py")
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert self.program is not None
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--host", "127.0.0.1", "--port", str(self.port), "--storage-path",
                 str(self.folder / "data"), "--cache-size", "128M", "--log-level", "WARNING"],
                stdout=log, stderr=log, cwd=self.folder, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            time.sleep(0.05)
        raise TimeoutError((self.folder / "server.log").read_text())

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def make_mongo(tmp_path: Path) -> Iterator[Callable[[], MongoServer]]:
    """Servers of a test's own, to be killed and started as it likes."""
    servers: list[MongoServer] = []

    def make() -> MongoServer:
        folder = tmp_path / f"mongodb-{len(servers)}"
        folder.mkdir()
        server = MongoServer(folder)
        if server.program is None:
            pytest.skip("secantusdb is not installed (it is in the dev extra)")
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.kill()


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    server = MongoServer(tmp_path_factory.mktemp("mongodb"))
    if server.program is None:
        pytest.skip("secantusdb is not installed (it is in the dev extra)")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def mongo_url(request: pytest.FixtureRequest) -> str:
    """The server named by COPYDESK_TEST_MONGO_URI, else one of our own."""
    if url := os.environ.get("COPYDESK_TEST_MONGO_URI"):
        return url
    return request.getfixturevalue("mongo_server").url
