"""docs/deployment.md, command by command; notifications; the same on PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs/deployment.md").read_text("utf-8")
BLOCKS = re.findall(r"<!-- (run|run: background|as in: README\.md) -->\n```sh\n(.*?)```", GUIDE, re.DOTALL)

pytestmark = pytest.mark.timeout(900)


def test_the_installation_is_the_one_that_ci_runs() -> None:
    (install,) = [text for kind, text in BLOCKS if kind.startswith("as in")]
    assert install.strip() in (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Runs blocks of the guide, one after the other, with this environment in the place of `.venv`."""
    port = free_port()
    activate = tmp_path / "bin/activate"
    activate.parent.mkdir()
    activate.write_text(f'export PATH="{Path(sys.executable).parent}:$PATH" PYTHONPATH="{ROOT}"\n', encoding="utf-8")
    environment = os.environ | {
        "COPYDESK_STORE": f"sqlite:///{tmp_path / 'store.db'}",
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    (tmp_path / "copydesk").write_text(f'#!/bin/sh\nexec {sys.executable} -m copydesk "$@"\n', encoding="utf-8")
    (tmp_path / "copydesk").chmod(0o755)
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    running: list[subprocess.Popen[bytes]] = []

    def run(text: str, *, background: bool = False) -> subprocess.CompletedProcess[str] | None:
        script = "set -e\n" + text.replace("4200", str(port)).replace(". .venv/bin/activate", "")
        if background:
            with (tmp_path / f"background-{len(running)}.log").open("wb") as log:
                running.append(
                    subprocess.Popen(
                        ["bash", "-c", script], cwd=ROOT, env=environment, stdout=log, stderr=log,
                        start_new_session=True,
                    )
                )  # fmt: skip
            return None
        return subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False
        )

    yield run
    for process in running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_server(shell: Callable[..., Any]) -> None:
    deadline = time.monotonic() + 180
    ask = "python -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:4200/api/health', timeout=2)\""
    while shell(ask).returncode:
        assert time.monotonic() < deadline, "the server did not answer"
        time.sleep(1)


@pytest.mark.slow
def test_the_guide_leads_to_a_review_and_a_gated_pull_request(shell: Callable[..., Any]) -> None:
    blocks = [(kind, text) for kind, text in BLOCKS if kind.startswith("run")]
    assert len(blocks) == 5
    said = []
    for kind, text in blocks:
        if kind == "run: background":
            shell(text, background=True)
            if "server start" in text:
                wait_for_server(shell)
            continue
        done = shell(text)
        said.append(done.stdout)
        assert done.returncode == 0, f"{text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "made the work pool copydesk" in said[0]
    assert "Flow run finished" in said[1]
    assert "no post changed" in said[2] or "finished successfully" in said[2]


@pytest.mark.slow
def test_the_notification_fires_for_an_incomplete_review(deployed: Any, tmp_path: Path) -> None:
    # A block as the UI makes one; the address answers nothing, since only the automation's firing matters here.
    kind = deployed.api("GET", "/block_types/slug/slack-webhook")
    schemas = deployed.api(
        "POST", "/block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [kind["id"]]}}}
    )
    block = deployed.api(
        "POST",
        "/block_documents/",
        {
            "name": "editors", "block_type_id": kind["id"], "block_schema_id": schemas[0]["id"],
            "data": {"url": "https://127.0.0.1:9/nothing"},
        },
    )  # fmt: skip
    text = (ROOT / "deployments/automations/notify.yaml").read_text("utf-8").replace("BLOCK", block["id"])
    (tmp_path / "notify.yaml").write_text(text, encoding="utf-8")
    made = deployed.prefect("automation", "create", "--from-file", str(tmp_path / "notify.yaml"))
    assert made.returncode == 0, made.stdout + made.stderr
    automations = {a["name"]: a for a in deployed.api("POST", "/automations/filter", {})}
    incomplete = automations["copydesk: a review is incomplete"]
    assert automations["copydesk: the blog's score has fallen"]["enabled"]
    time.sleep(5)  # the service that watches events takes up a new automation within seconds
    run_id = deployed.submit("review/review-low", {"paths": ["examples/posts"]})
    for state in ({"type": "PENDING"}, {"type": "RUNNING"}, {"type": "COMPLETED", "name": "Incomplete"}):
        deployed.api("POST", f"/flow_runs/{run_id}/set_state", {"state": state, "force": True})

    def fired() -> bool:
        chosen = {
            "occurred": {"since": "2026-01-01T00:00:00Z"},
            "event": {"name": ["prefect.automation.triggered"]},
            "resource": {"id": [f"prefect.automation.{incomplete['id']}"]},
        }
        return bool(deployed.api("POST", "/events/filter", {"filter": chosen})["events"])

    deployed.until(fired, "the notification")


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.needs_program
def test_the_whole_on_postgresql(postgres: str, make_server: Any, deploy: Any, tmp_path: Path, blog: Path) -> None:
    server = make_server(postgres)
    server.start(180)
    deployed = deploy(server.url, server.env, tmp_path)
    workers = [deployed.worker(limit=1), deployed.worker(limit=1)]
    try:
        request = {"repository": str(blog), "paths": ["posts"], "ref": "worse", "base": "main", "gate": True}
        gated = deployed.submit("review/pull-request", request)
        shared = deployed.submit("review-all/nightly", {"paths": [str(blog / "posts")], "batch_size": 1})
        assert deployed.wait(gated)["state_name"] == "ChangesRequested"
        assert deployed.wait(shared)["state_name"] == "ChangesRequested"
        report = json.loads(deployed.copydesk("report", gated, "--format", "json").stdout)
        assert report["verdict"] == "changes_requested"
    finally:
        for worker in workers:
            deployed.stop(worker)
