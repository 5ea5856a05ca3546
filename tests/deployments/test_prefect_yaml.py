"""prefect.yaml: every entrypoint loads, every queue is a priority, every default would be accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import Flow, load_flow_from_entrypoint

from copydesk.blog import BlogRequest
from copydesk.request import ReviewRequest
from copydesk.workflow import Priority
from deployments.work_pool import HEARTBEAT_SECONDS, QUEUES, REVIEWS, STEPS, TAG

ROOT = Path(__file__).parent.parent.parent
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
BY_NAME = {deployment["name"]: deployment for deployment in DEPLOYMENTS}


@pytest.fixture(autouse=True)
def _from_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("entrypoint", sorted({deployment["entrypoint"] for deployment in DEPLOYMENTS}))
def test_every_entrypoint_is_a_flow_that_can_be_imported(entrypoint: str) -> None:
    assert isinstance(load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False), Flow)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_deployment_goes_to_a_queue_that_set_up_makes(name: str) -> None:
    pool = BY_NAME[name]["work_pool"]
    assert pool["name"] in (REVIEWS, STEPS)
    assert pool["work_queue_name"] in QUEUES


@pytest.mark.parametrize("name", BY_NAME)
def test_every_deployment_starts_fast_and_is_watched(name: str) -> None:
    variables = BY_NAME[name]["work_pool"]["job_variables"]
    assert variables["command"] == "python -m prefect.engine"
    assert variables["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == str(HEARTBEAT_SECONDS)
    # The automation that finds dead runs goes by this tag.
    assert TAG in BY_NAME[name]["tags"]
    assert BY_NAME[name]["description"]
    assert BY_NAME[name]["version"]


@pytest.mark.parametrize("priority", Priority)
def test_reviews_and_steps_have_a_deployment_for_each_priority(priority: Priority) -> None:
    review, step = BY_NAME[f"review-{priority}"], BY_NAME[f"step-{priority}"]
    assert (review["work_pool"]["name"], review["work_pool"]["work_queue_name"]) == (REVIEWS, priority)
    assert (step["work_pool"]["name"], step["work_pool"]["work_queue_name"]) == (STEPS, priority)
    assert review["parameters"]["request"]["priority"] == priority
    assert f"run-priority:{priority}" in review["tags"]


@pytest.mark.parametrize("name", [name for name, d in BY_NAME.items() if "request" in d.get("parameters", {})])
def test_the_default_request_is_a_valid_one_and_its_priority_is_the_queue(name: str) -> None:
    model = BlogRequest if name == "nightly" else ReviewRequest
    request = model.model_validate(BY_NAME[name]["parameters"]["request"])
    assert request.priority == BY_NAME[name]["work_pool"]["work_queue_name"]


def test_only_the_pull_request_deployment_is_a_gate() -> None:
    gated = [n for n, d in BY_NAME.items() if d.get("parameters", {}).get("request", {}).get("gate")]
    assert gated == ["pull-request"]


@pytest.mark.parametrize("name", [name for name, d in BY_NAME.items() if "schedules" in d])
def test_a_schedule_holds_no_parameters_since_pausing_it_would_lose_them(name: str) -> None:
    assert all("parameters" not in schedule for schedule in BY_NAME[name]["schedules"])
    # Two runs of the same schedule never meet.
    assert BY_NAME[name]["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
