"""Work that several workers share: a blog in batches, and steps on queues of their own."""

from __future__ import annotations

import json
import os
import signal
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WORKFLOW = "workflow:\n  steps: [{name: structure}, {name: seo}]\n"
# The mark is new for each test, or the cache would answer; the broken link changes a verdict.
POST = "---\ntitle: Post {n} {mark}\n---\n\nText of post {n}.\n\n# Too late a title\n\nTODO\n"

# Waits until the test says so, so that a batch can be caught in the middle.
GATE_STEP = '''
import pathlib
import time


def gate(post, context):
    """Holds a post up while the file is there."""
    while pathlib.Path({file!r}).exists():
        time.sleep(0.1)
    return []
'''


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "copydesk.yaml").write_text(WORKFLOW, encoding="utf-8")
    for number in range(8):
        (folder / f"post-{number}.md").write_text(POST.format(n=number, mark=uuid.uuid4().hex), encoding="utf-8")
    return folder


def batches_of(deployed: Any, run_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = deployed.runs(tags={"all_": [f"batch-of:{run_id}"]})
    return found


def test_one_worker_with_one_slot_does_all_alone(deployed: Any, posts: Path) -> None:
    deployed.worker(limit=1)
    request = {"paths": [str(posts)], "batch_size": 3, "priority": "low", "urgent": ["**/post-7.md"]}
    run_id = deployed.submit("review-all/nightly", request)
    run = deployed.wait(run_id)
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Rejected"), deployed.logs()
    artifacts = deployed.artifacts(run_id)
    assert artifacts["review-progress"]["data"] in (100, 100.0, "100", "100.0")
    page = artifacts["review-all"]["data"]
    assert "8 posts" in page
    # The urgent post is a batch of its own, and the first; 7 others make three more of nearly equal size.
    assert "| 1 | 1 | urgent | high | here |" in page
    assert [f"| {number} | {size} | changed" in page for number, size in ((2, 2), (3, 2), (4, 3))] == [True] * 3
    assert not batches_of(deployed, run_id), "what was taken back is no run of its own any more"
    record = deployed.record(run_id)
    assert (record.run.state, record.run.reviewed) == ("completed", 8)
    report = deployed.copydesk("report", run_id, "--format", "json")
    assert report.stdout.count('"path"') == 8


def test_two_workers_share_the_batches_and_one_that_is_killed_costs_only_a_retry(
    deployed: Any, posts: Path, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "deployment_gate_step.py").write_text(GATE_STEP.format(file=str(hold)), encoding="utf-8")
    (posts / "copydesk.yaml").write_text(
        # Less than what is sent to a worker: it cuts that into batches of its own.
        "workflow:\n  batch_size: 1\n"
        '  steps: [{name: gate, uses: "deployment_gate_step:gate", post_timeout_seconds: 300}]\n',
        encoding="utf-8",
    )
    before = deployed.env["PYTHONPATH"]
    deployed.env["PYTHONPATH"] = os.pathsep.join([before, str(steps)])
    try:
        deployed.worker(limit=1)
        run_id = deployed.submit(
            "review-all/nightly", {"paths": [str(posts)], "batch_size": 2, "priority": "low", "retries": 2}
        )
        deployed.wait(run_id, "RUNNING")
        second = deployed.worker(limit=1)

        def begun() -> list[dict[str, Any]]:
            return [run for run in batches_of(deployed, run_id) if run["state_type"] == "RUNNING"]

        deployed.until(lambda: bool(begun()), "another worker to take a batch")
        (taken,) = begun()
        # The flow's own process dies in the middle of its batch: its worker says so, and takes the next.
        deployed.until(lambda: deployed.has_record(taken["id"]), "the batch to be recorded")
        owner = deployed.record(taken["id"]).run
        assert owner.pid is not None
        assert owner.pid not in [second.pid]
        os.kill(owner.pid, signal.SIGKILL)
        assert deployed.wait(taken["id"])["state_type"] == "CRASHED"
        hold.unlink()
        run = deployed.wait(run_id)
    finally:
        deployed.env["PYTHONPATH"] = before
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Completed"), deployed.logs()
    page = deployed.artifacts(run_id)["review-all"]["data"]
    assert "tried again" in page
    assert "| here |" in page
    # What the other worker reviewed was read back from the store.
    assert "8 posts:" in page
    assert "not in the store" not in page
    record = deployed.record(run_id)
    assert record.run.reviewed == 8
    latest = json.loads(deployed.copydesk("report", "latest", "--format", "json").stdout)
    assert latest["run"]["id"] == run_id, "the whole, whichever batch began last"
    report = deployed.copydesk("report", run_id, "--format", "json")
    assert Counter(line.strip() for line in report.stdout.splitlines() if '"path"' in line).most_common(1)[0][1] == 1
    assert report.stdout.count('"path"') == 8


def test_a_step_is_sent_to_the_queue_of_its_priority_and_its_results_come_back(deployed: Any, posts: Path) -> None:
    alone = deployed.copydesk("check", str(posts), "--format", "json", "--no-cache")
    (posts / "copydesk.yaml").write_text(
        "workflow:\n  steps: [{name: structure, runs_on: queue, priority: high}, {name: seo}]\n", encoding="utf-8"
    )
    deployed.worker(limit=1)
    deployed.worker("copydesk-steps", limit=1)
    run_id = deployed.submit("review/review-high", {"paths": [str(posts)], "priority": "high"})
    run = deployed.wait(run_id)
    assert run["state_type"] == "COMPLETED", run["state"]["message"] + deployed.logs()
    sent = [r for r in deployed.runs(name={"like_": "structure for"}) if r["created"] > run["created"]]
    assert [(r["work_pool_name"], r["work_queue_name"], r["state_type"]) for r in sent] == [
        ("copydesk-steps", "high", "COMPLETED")
    ]
    # The same findings as anywhere else, and nothing of the posts is left on the server.
    report = json.loads(deployed.copydesk("report", run_id, "--format", "json").stdout)
    expected = json.loads(alone.stdout)
    key = [(post["path"], [finding["check"] for finding in post["findings"]]) for post in expected["posts"]]
    assert [(post["path"], [finding["check"] for finding in post["findings"]]) for post in report["posts"]] == key
    left = deployed.api("POST", "/artifacts/filter", {"artifacts": {"type": {"any_": ["copydesk-step"]}}})
    assert left == []
    assert {step.step: step.state for step in deployed.record(run_id).steps}["structure"] == "completed"


def test_a_sent_step_is_cancelled_with_its_run_and_obeys_its_time_limit(deployed: Any, posts: Path) -> None:
    """There is no worker for the steps: what is sent waits in its queue."""
    (posts / "copydesk.yaml").write_text(
        "workflow:\n  steps:\n    - {name: structure, runs_on: queue, priority: low, timeout_seconds: 5,"
        " retry: {max_retries: 1, base_delay: 0, jitter: 0}}\n    - {name: seo}\n",
        encoding="utf-8",
    )
    deployed.worker(limit=1)
    run_id = deployed.submit("review/review-high", {"paths": [str(posts)], "priority": "high"})
    run = deployed.wait(run_id)
    # Two attempts, then the reviews are incomplete; nothing waits in the queue any more.
    assert run["state_name"] == "Incomplete", run["state"]["message"] + deployed.logs()
    sent = deployed.runs(tags={"all_": ["step-priority:low"]})
    assert len(sent) == 2
    assert {r["state_type"] for r in sent} == {"CANCELLED"}
    states = [(s.step_attempt, s.state) for s in deployed.record(run_id).steps if s.step == "structure"]
    assert [state for _, state in sorted(states)][-1] == "timed_out"
