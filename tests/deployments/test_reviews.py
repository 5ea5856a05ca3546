"""Reviews through deployments: a pull request and its gate, the form's checks, the order of the queues, cancelling."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SLOW_STEP = '''
import time


def slow(post, context):
    """Takes its time."""
    time.sleep(60)
    return []
'''


def started(output: str) -> str:
    found = re.search(r"UUID: ([0-9a-f-]{36})", output)
    assert found, output
    return found[1]


def test_a_pull_request_is_gated_by_its_verdict(deployed: Any, blog: Path) -> None:
    deployed.worker()
    request = json.dumps({"repository": str(blog), "paths": ["posts"], "gate": True})

    def watch(ref: str) -> subprocess.CompletedProcess[str]:
        run: subprocess.CompletedProcess[str] = deployed.prefect(
            "deployment", "run", "review/pull-request", "--param", f"request={request}",
            "--param", f"ref={ref}", "--param", "base=main", "--watch",
        )  # fmt: skip
        return run

    # `main` has a broken post: only what the pull request changes counts.
    good = watch("better")
    assert good.returncode == 0, good.stdout + deployed.logs()
    run = deployed.run(started(good.stdout))
    assert (run["state_type"], run["name"]) == ("COMPLETED", "review posts at better")
    assert run["work_queue_name"] == "high"

    bad = watch("worse")
    assert bad.returncode == 1, bad.stdout
    run = deployed.run(started(bad.stdout))
    assert (run["state_type"], run["state_name"]) == ("FAILED", "ChangesRequested")
    assert "1 changes requested" in run["state"]["message"]

    # Everything was recorded before the run failed, and can be told in CI's own words.
    report = deployed.copydesk("report", run["id"], "--format", "github")
    assert report.returncode == 1
    assert "::error file=posts/worse.md,line=" in report.stdout
    assert "old.md" not in report.stdout
    found = json.loads(deployed.copydesk("report", "latest", "--format", "json").stdout)
    assert (found["run"]["id"], found["verdict"]) == (run["id"], "changes_requested")
    assert [post["path"] for post in found["posts"]] == ["posts/worse.md"]

    # What the UI shows: one page, and a table with real durations.
    artifacts = deployed.artifacts(run["id"])
    assert "posts/worse.md" in artifacts["review"]["data"]
    assert "data:image/svg+xml;base64," in artifacts["review"]["data"]
    steps = {row["step"]: row for row in json.loads(artifacts["step-durations"]["data"])}
    assert {"load", "structure", "links", "seo"} <= set(steps)

    nothing = watch("main")
    assert nothing.returncode == 0, nothing.stdout
    assert "no post changed" in deployed.run(started(nothing.stdout))["state"]["message"]

    wrong = watch("no-such-branch")
    assert wrong.returncode == 1
    assert "no-such-branch" in deployed.run(started(wrong.stdout))["state"]["message"]


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"bogus": 1}, "bogus"),
        ({"priority": "urgent"}, "urgent"),
        ({"repository": ".", "ref": "--upload-pack=x"}, "--upload-pack=x"),
    ],
)
def test_a_mistake_in_the_form_is_refused_before_there_is_a_run(
    deployed: Any, request_: dict[str, Any], told: str
) -> None:
    done = deployed.prefect("deployment", "run", "review/review-low", "--param", f"request={json.dumps(request_)}")
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "request" in said
    assert told in said.replace("\n", "")
    assert "Traceback" not in said


def test_the_most_urgent_waiting_run_starts_first(deployed: Any, tmp_path: Path, blog: Path) -> None:
    post = {"paths": [str(blog / "posts/old.md")]}
    made = {name: deployed.submit(f"review/review-{name}", post | {"priority": name}) for name in ("low", "high")}
    # A queue can be chosen for one run alone, which the tag and the deployment do not know.
    made["critical"] = deployed.submit("review/review-low", post, work_queue_name="critical")
    deployed.worker(limit=1)
    runs = {name: deployed.wait(run_id) for name, run_id in made.items()}
    assert {run["state_type"] for run in runs.values()} == {"COMPLETED"}, deployed.logs()
    assert sorted(runs, key=lambda name: str(runs[name]["start_time"])) == ["critical", "high", "low"]
    assert runs["critical"]["work_queue_name"] == "critical"
    # The monitor saw the queue that the run was really in.
    assert deployed.record(made["critical"]).run.queue == "critical"


def test_a_run_that_is_cancelled_in_the_ui_ends_with_its_children(deployed: Any, tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "deployment_slow_step.py").write_text(SLOW_STEP, encoding="utf-8")
    posts = tmp_path / "site"
    posts.mkdir()
    (posts / "a.md").write_text("# A\n\nText.\n", encoding="utf-8")
    (posts / "copydesk.yaml").write_text(
        'workflow:\n  steps: [{name: slow, uses: "deployment_slow_step:slow", post_timeout_seconds: 100}]\n',
        encoding="utf-8",
    )
    before = deployed.env.get("PYTHONPATH", "")
    deployed.env["PYTHONPATH"] = os.pathsep.join([before, str(steps)])
    try:
        deployed.worker()
    finally:
        deployed.env["PYTHONPATH"] = before
    run_id = deployed.submit("review/review-medium", {"paths": [str(posts)]})

    def step_runs() -> bool:
        steps = deployed.api("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
        return any(step["name"].startswith("slow") and step["state_type"] == "RUNNING" for step in steps)

    deployed.until(step_runs, "the slow step to run")
    answer = deployed.api("POST", f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
    assert answer["status"] == "ACCEPT"
    assert deployed.wait(run_id)["state_type"] == "CANCELLED"
    record = deployed.record(run_id)
    assert record.run.state == "cancelled"
    assert {step.step: step.state for step in record.steps}["slow"] == "cancelled"
    deployed.until(lambda: not deployed.processes(), "its children to be gone")
