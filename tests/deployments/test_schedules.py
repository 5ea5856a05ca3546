"""A schedule makes runs, and they are what the deployment says; what dies in silence is found."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deployments.work_pool import TAG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_nightly_schedule_makes_runs_and_pausing_it_keeps_its_parameters(deployed: Any) -> None:
    nightly = deployed.deployment("review-all/nightly")
    (schedule,) = nightly["schedules"]
    path = f"/deployments/{nightly['id']}/schedules/{schedule['id']}"

    def planned() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = deployed.runs(
            deployment_id={"any_": [nightly["id"]]}, state={"type": {"any_": ["SCHEDULED"]}}
        )
        return [run for run in found if run["auto_scheduled"]]

    deployed.api("PATCH", path, {"active": True})
    # With SQLAlchemy 2.1 nothing ever came, and only the server's log said why.
    deployed.until(lambda: bool(planned()), "the schedule to make runs")
    # What the switch in the UI does to a schedule, off and on again.
    deployed.api("PATCH", path, {"active": False})
    deployed.until(lambda: not planned(), "the paused schedule to have no runs")
    deployed.api("PATCH", path, {"active": True})
    deployed.until(lambda: bool(planned()), "the schedule to make runs again")
    for run in planned():
        assert run["parameters"] == nightly["parameters"]
        assert run["parameters"]["request"]["priority"] == "low"
        assert run["work_queue_name"] == "low"
    deployed.api("PATCH", path, {"active": False})


def test_upkeep_runs_by_the_clock_and_closes_what_died(deployed: Any) -> None:
    upkeep = deployed.deployment("upkeep/upkeep")
    deployed.worker()
    # Every minute, since the server plans runs of a new schedule only once a minute itself.
    schedule = {"schedule": {"interval": 60.0, "anchor_date": datetime.now(UTC).isoformat()}, "active": True}
    (made,) = deployed.api("POST", f"/deployments/{upkeep['id']}/schedules", [schedule])

    def done() -> bool:
        runs = deployed.runs(deployment_id={"any_": [upkeep["id"]]}, state={"type": {"any_": ["COMPLETED"]}})
        return any(run["auto_scheduled"] for run in runs)

    try:
        deployed.until(done, "a scheduled upkeep to be done", 240)
    finally:
        deployed.api("DELETE", f"/deployments/{upkeep['id']}/schedules/{made['id']}")


FLOWS = '''
"""Three runs: one that will be killed, one that waits for a human, one that ends under a name of its own."""

import asyncio

from prefect import flow, suspend_flow_run
from prefect.states import Completed


@flow(name="watched")
async def watched(kind: str):
    """Be alive in one of three ways."""
    if kind == "suspended":
        await suspend_flow_run(timeout=3600)
    if kind == "killed":
        await asyncio.sleep(3600)
    return Completed(name="Rejected", message="done")
'''


def test_a_silent_run_has_crashed_but_neither_one_that_is_suspended_nor_one_that_is_over(
    deployed: Any, tmp_path: Path
) -> None:
    deployed.shorten_silence(45)  # with a heartbeat each 30 s, the shortest that Prefect allows
    (tmp_path / "watched_runs.py").write_text(FLOWS, encoding="utf-8")
    flow = deployed.api("POST", "/flows/", {"name": "watched"})
    deployment = deployed.api(
        "POST",
        "/deployments/",
        {
            "name": "watched", "flow_id": flow["id"], "tags": [TAG], "entrypoint": "watched_runs.py:watched",
            "path": str(tmp_path), "work_pool_name": "copydesk", "work_queue_name": "high",
            "pull_steps": [{"prefect.deployments.steps.set_working_directory": {"directory": str(tmp_path)}}],
            "job_variables": {
                "command": "python -m prefect.engine", "env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
            },
        },
    )  # fmt: skip

    def submit(kind: str) -> str:
        body = {"parameters": {"kind": kind}, "state": {"type": "SCHEDULED"}}
        return str(deployed.api("POST", f"/deployments/{deployment['id']}/create_flow_run", body)["id"])

    worker = deployed.worker(limit=3)
    runs = {kind: submit(kind) for kind in ("killed", "suspended", "over")}
    deployed.wait(runs["over"])
    deployed.wait(runs["suspended"], "PAUSED")
    deployed.wait(runs["killed"], "RUNNING")
    deployed.until(lambda: deployed.alive(runs["killed"]), "a first heartbeat")
    # The whole machine goes: nobody is left to say a word.
    for pid in [worker.pid, *deployed.processes()]:
        os.kill(pid, signal.SIGKILL)
    # A heartbeat that was sent before and comes late: after it the watch waits for the next, which never comes.
    for kind in ("suspended", "over"):
        beat_late(deployed, runs[kind])
    assert deployed.wait(runs["killed"], "CRASHED")["state"]["message"].startswith("No sign of life")
    for kind, stays in (("suspended", ("PAUSED", "Suspended")), ("over", ("COMPLETED", "Rejected"))):
        deployed.until(lambda kind=kind: refused(deployed, runs[kind]), f"the watch to find the run that is {kind}")
        run = deployed.run(runs[kind])
        assert (run["state_type"], run["state_name"]) == stays


def beat_late(deployed: Any, run_id: str) -> None:
    """Send a heartbeat of a run, as its process does."""
    event = {
        "id": str(uuid4()), "occurred": datetime.now(UTC).isoformat(), "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run_id}"},
        "related": [{"prefect.resource.id": f"prefect.tag.{TAG}", "prefect.resource.role": "tag"}],
    }  # fmt: skip
    deployed.api("POST", "/events", [event])


def refused(deployed: Any, run_id: str) -> bool:
    """Whether Prefect did not let the watch change the state of a run."""
    chosen = {
        "occurred": {"since": "2026-01-01T00:00:00Z"},
        "event": {"name": ["prefect.automation.action.failed"]},
        "related": {"id": [f"prefect.flow-run.{run_id}"]},
    }
    return bool(deployed.api("POST", "/events/filter", {"filter": chosen})["events"])
