"""A Prefect server in the background of a laptop, which later reviews find and use: `copydesk up`.

Not `prefect server start --background`: that server stays in the terminal's process group, where Ctrl-C ends it, its
output goes to pipes that nobody reads, and the command answers before the server does.

The record (`PREFECT_HOME/copydesk-server.json`) names the process by its id and its start: another process that has
inherited the id is never taken for it, nor ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from copydesk import ready_database
from copydesk.errors import EngineUnreachable

START_SECONDS = 180.0  # a new database is migrated first: 17 s on two cores, more on a busy machine
STOP_SECONDS = 15.0
_FIRST_PORT = 4200  # Prefect's own, where people look for the UI


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that was started here."""

    pid: int
    started: str  # when, as the system tells it; empty where it does not
    port: int
    version: str  # of Prefect

    @property
    def url(self) -> str:
        """The address of its API."""
        return f"http://127.0.0.1:{self.port}/api"


def home() -> Path:
    """Prefect's folder, found without importing Prefect."""
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


def log_file() -> Path:
    """What the server writes."""
    return home() / "copydesk-server.log"


def running() -> Server | None:
    """The server, when its process lives and its API answers."""
    server = _recorded()
    return server if server is not None and _lives(server) and _answers(server.url) else None


def use() -> None:
    """Let Prefect, before its import, use the background server. Where an address is configured, that one stands."""
    if os.environ.get("PREFECT_API_URL") or not _record_file().exists():
        return
    with contextlib.suppress(OSError):  # a profile of Prefect's may name a server too
        if "PREFECT_API_URL" in (home() / "profiles.toml").read_text(encoding="utf-8"):
            return
    server = running()
    if server is not None and server.version == _prefect_version():
        os.environ["PREFECT_API_URL"] = server.url


def start(port: int | None = None) -> tuple[Server, bool]:
    """The running server, else a new one once it answers; the second value says whether it is new.

    Without a port: Prefect's own (4200) if it is free, else any. Raises `EngineUnreachable` when it does not come up.
    """
    home().mkdir(parents=True, exist_ok=True)
    with _locked():
        found = running()
        if found is not None:
            return found, False
        stop_recorded()
        ready_database.provide()
        port = port or _free_port()
        environment = os.environ | {
            "PREFECT__SERVER_FINAL": "1",
            "PREFECT_SERVER_API_HOST": "127.0.0.1",
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        }
        environment.pop("PREFECT_API_URL", None)
        command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
        with log_file().open("ab") as log:
            process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(port), "--timeout-keep-alive", "5"],
                env=environment,
                cwd=home(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        server = Server(pid=process.pid, started=_started(process.pid), port=port, version=_prefect_version())
        _write(server)
        try:
            _wait_for(process, server)
        except BaseException:
            stop_recorded()
            raise
        return server, True


def stop() -> Server | None:
    """End the server; answers the one that was ended, None when there was none."""
    if not home().exists():
        return None
    with _locked():
        return stop_recorded()


def stop_recorded() -> Server | None:
    """End the process of the record if it is still the one that was started, and forget it. For who holds the lock."""
    server = _recorded()
    _record_file().unlink(missing_ok=True)
    if server is None or not _lives(server):
        return None
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(OSError):
            os.kill(server.pid, number)
        ends = time.monotonic() + seconds
        while _lives(server) and time.monotonic() < ends:
            time.sleep(0.05)
        if not _lives(server):
            break
    return server


def _wait_for(process: subprocess.Popen[bytes], server: Server) -> None:
    ends = time.monotonic() + START_SECONDS
    while not _answers(server.url):
        if process.poll() is not None:
            raise EngineUnreachable(f"Prefect's server ended with exit code {process.returncode}: see {log_file()}.")
        if time.monotonic() > ends:
            raise EngineUnreachable(f"Prefect's server does not answer after {START_SECONDS:g} s: see {log_file()}.")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        # No proxy: it is this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _record_file() -> Path:
    return home() / "copydesk-server.json"


def _recorded() -> Server | None:
    try:
        server = Server(**json.loads(_record_file().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return server if isinstance(server.pid, int) and server.pid > 1 and isinstance(server.port, int) else None


def _write(server: Server) -> None:
    new = _record_file().with_suffix(".new")
    new.write_text(json.dumps(asdict(server)), encoding="utf-8")
    new.replace(_record_file())


def _lives(server: Server) -> bool:
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(server.pid, os.WNOHANG)  # if it is our own child, its end must be taken
    return server.started == _started(server.pid) and _exists(server.pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _started(pid: int) -> str:
    """When a process began, in the system's own words; empty when it is gone or nobody can tell."""
    try:
        # The name in parentheses may hold anything; the start is the 22nd field of the line.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _prefect_version() -> str:
    from importlib.metadata import version

    return version("prefect")


def _free_port() -> int:
    for port in (_FIRST_PORT, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise EngineUnreachable("No port is free on 127.0.0.1.")


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One process at a time starts or ends the server."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (home() / "copydesk-server.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
