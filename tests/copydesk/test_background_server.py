"""`copydesk up` with a real Prefect server: found again, used by reviews, never mistaken for another process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from copydesk import background_server

ROOT = Path(__file__).parent.parent.parent
WAIT = 280.0  # seconds; only against hanging: a new database is migrated first


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "prefect"
    folder.mkdir()
    monkeypatch.setenv("PREFECT_HOME", str(folder))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return folder


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is nobody's server."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def _copydesk(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "copydesk", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=WAIT,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def _record(home: Path, pid: int, started: str) -> None:
    record = {"pid": pid, "started": started, "port": 9, "version": "3"}
    (home / "copydesk-server.json").write_text(json.dumps(record))


def test_without_a_server_nothing_changes(home: Path) -> None:
    assert background_server.running() is None
    assert background_server.stop() is None
    background_server.use()
    assert "PREFECT_API_URL" not in os.environ
    assert "No server" in _copydesk("up", "--status", code=1)


def test_another_process_with_its_id_is_left_alone(home: Path, sleeper: subprocess.Popen[bytes]) -> None:
    _record(home, sleeper.pid, "long ago")
    assert background_server.running() is None
    assert background_server.stop() is None
    assert sleeper.poll() is None
    assert not (home / "copydesk-server.json").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"pid": "1", "started": "", "port": 1, "version": ""}'])
def test_a_damaged_record_is_no_server(home: Path, content: str) -> None:
    (home / "copydesk-server.json").write_text(content)
    assert background_server.running() is None


def test_what_the_user_has_configured_stands(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = background_server.Server(pid=2, started="", port=4299, version=background_server._prefect_version())
    monkeypatch.setattr(background_server, "running", lambda: running)
    _record(home, 2, "")
    (home / "profiles.toml").write_text('[profiles.work]\nPREFECT_API_URL = "http://server/api"\n')
    background_server.use()
    assert "PREFECT_API_URL" not in os.environ
    (home / "profiles.toml").unlink()
    monkeypatch.setenv("PREFECT_API_URL", "http://server/api")
    background_server.use()
    assert os.environ["PREFECT_API_URL"] == "http://server/api"
    monkeypatch.setenv("PREFECT_API_URL", "")
    background_server.use()
    assert os.environ["PREFECT_API_URL"] == running.url


@pytest.mark.slow
def test_up_is_used_by_reviews_until_it_is_stopped(home: Path, tmp_path: Path) -> None:
    post = tmp_path / "post.md"
    post.write_text("---\ntitle: A post\n---\n\nThis is a post.\n")
    try:
        assert _copydesk("up").startswith("Started")
        server = background_server.running()
        assert server is not None
        # Ctrl-C in the terminal does not reach it.
        assert os.getpgid(server.pid) == server.pid != os.getpgid(0)
        assert _copydesk("up").startswith("Already running")
        assert str(server.pid) in _copydesk("up", "--status")

        _copydesk("review", str(post), "--fail-on", "never", "--quiet")
        asked = urllib.request.Request(
            f"{server.url}/flow_runs/filter", data=b"{}", headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert [run["state_type"] for run in json.load(answer)] == ["COMPLETED"]

        os.kill(server.pid, signal.SIGKILL)
        ends = time.monotonic() + WAIT
        while background_server.running() is not None:
            assert time.monotonic() < ends
            time.sleep(0.1)
        assert _copydesk("up").startswith("Started")  # what died is no obstacle
        assert _copydesk("up", "--stop").startswith("Ended")
        assert background_server.running() is None
    finally:
        background_server.stop()
