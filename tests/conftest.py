"""What all tests stand on: nothing of the user's is touched, and servers are real, on loopback, on free ports."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

# The same examples every time, so that a change is judged by itself; the long form looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True)
if not os.environ.get("COPYDESK_LONG"):
    hypothesis.settings.load_profile("repeatable")

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Debian keeps PostgreSQL's own programs out of PATH.
POSTGRESQL = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)

# Before anything imports Prefect, and for every process that a test starts.
os.environ.update(
    {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500,504",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "NO_COLOR": "1",
    }
)
# Workers start `python`: that of the tests, also where its environment is not activated.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
# A shell that starts something in the background lets it ignore SIGINT, and every process below it does the same:
# Prefect's worker stops itself by sending itself one.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What is said to the tests and not to copydesk.
FOR_TESTS = {"COPYDESK_TEST_MONGO_URI", "COPYDESK_REQUIRE_PROGRAMS", "COPYDESK_LONG"}
for name in [name for name in os.environ if name.startswith("COPYDESK_") and name not in FOR_TESTS]:
    del os.environ[name]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. For a module, since asynchronous tests cannot run while Playwright's loop does."""
    assert CHROMIUM, "these tests need Chromium (the Debian package chromium)"
    switches = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=switches)
        yield running
        running.close()


@pytest.fixture(autouse=True, scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One home for Prefect and for copydesk, which every process of the tests inherits."""
    home = tmp_path_factory.mktemp("home")
    os.environ["PREFECT_HOME"] = str(home / "prefect")
    os.environ["XDG_DATA_HOME"] = str(home / "data")
    os.environ["XDG_CACHE_HOME"] = str(home / "cache")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache and a store of each test's own."""
    from copydesk.settings import settings

    monkeypatch.setenv("COPYDESK_CACHE_DIR", str(tmp_path / "copydesk-cache"))
    monkeypatch.setenv("COPYDESK_STORE", f"sqlite:///{tmp_path / 'copydesk-store.db'}")
    settings.cache_clear()


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment_without_coverage() -> dict[str, str]:
    """For processes that are not to be traced when the tests are."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


class Server:
    """A real Prefect server in a process of its own."""

    def __init__(self, home: Path, database: str | None = None) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/api"
        # Tracing makes Prefect's server so slow that calls to it time out.
        self.env = environment_without_coverage() | {"PREFECT_HOME": str(home), "PREFECT_API_URL": self.url}
        if database:
            self.env["PREFECT_API_DATABASE_CONNECTION_URL"] = database
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 120) -> None:
        """Start it and wait until it answers."""
        from copydesk import ready_database

        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        self.home.mkdir(parents=True, exist_ok=True)
        if "PREFECT_API_DATABASE_CONNECTION_URL" not in self.env:
            ready_database.make(self.home / "prefect.db")  # what its migrations would leave, as a test of its own holds
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                    return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"the Prefect server did not start:\n{(self.home / 'server.log').read_text()[-3000:]}")

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it with what it started."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)
            self.process.wait(30)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that only need one to be there."""
    server = Server(tmp_path_factory.mktemp("prefect-server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Servers of a test's own, to be killed and started as it likes."""
    servers: list[Server] = []

    def make(database: str | None = None) -> Server:
        server = Server(tmp_path / f"server-{len(servers)}", database)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def postgres() -> Iterator[str]:
    """A PostgreSQL server on loopback; answers the address for Prefect."""
    assert POSTGRESQL is not None, "PostgreSQL is not installed"
    # It does not run as root, and does not enter folders of root's.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="copydesk-postgres-") as folder:
        if user:
            ids = pwd.getpwnam(user)
            os.chown(folder, ids.pw_uid, ids.pw_gid)
        data, port = f"{folder}/data", free_port()
        subprocess.run(
            [POSTGRESQL / "initdb", "-D", data, "-U", "prefect", "--auth=trust", "-E", "UTF8"],
            user=user, cwd=folder, check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        process = subprocess.Popen(
            [POSTGRESQL / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder], user=user,
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(60)


MARKERS = ("needs_program", "slow")
_left_out: Counter[str] = Counter()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count what the markers leave out, to say so at the end."""
    names = (next((name for name in MARKERS if item.get_closest_marker(name)), "quick") for item in items)
    _left_out.update(names)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of pytest-xdist tells the one that prints; each of them leaves out the same."""
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["left_out"] = dict(_left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear it."""
    _left_out.update(getattr(node, "workeroutput", {}).get("left_out", {}) if not _left_out else {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last lines say what faults cost, as docs/guarantees.md quotes it, and what did not run."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "teardown":
                for name, line in report.user_properties:
                    if name == "figures":
                        terminalreporter.write_line(f"figures of {line}")
    if number := _left_out["needs_program"]:
        terminalreporter.write_line(f"Left out: {number} tests that need Chromium or PostgreSQL (-m needs_program).")
    if number := _left_out["slow"]:
        terminalreporter.write_line(f"Left out: {number} slow tests with real servers and workers (-m slow).")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A missing program skips a test here, and fails it in CI."""
    if item.get_closest_marker("needs_program") is None:
        return
    missing = [name for name, found in (("Chromium", CHROMIUM), ("PostgreSQL", POSTGRESQL)) if not found]
    if missing and os.environ.get("COPYDESK_REQUIRE_PROGRAMS"):
        pytest.fail(f"not installed: {', '.join(missing)}")
    elif missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture
def own_steps(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the tests' own steps (`team_checks.py`), importable here and in every process that is started."""
    folder = ROOT / "tests" / "own_steps"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("COPYDESK_TEST_PATH", str(folder))
    return folder


@pytest.fixture
def untraced() -> dict[str, str]:
    """`environment_without_coverage`, for tests."""
    return environment_without_coverage()


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def copydesk(tmp_path: Path) -> Run:
    """Run the command line in a process of its own, from the test's folder: `copydesk("check", "post.md")`."""

    def run(
        *arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None, timeout: float = 240
    ) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("COPYDESK_TEST_PATH"))))
        environment = os.environ | {"PYTHONPATH": path} | (env or {})
        command = [sys.executable, "-m", "copydesk", *map(str, arguments)]
        return subprocess.run(
            command, cwd=cwd or tmp_path, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )

    return run
