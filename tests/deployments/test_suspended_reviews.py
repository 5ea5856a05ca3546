"""A review that waits for an editor under a deployment: no process, resumed by the form, nothing computed again."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from copydesk.reconcile import reconcile
from copydesk.stores import open_store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

POST = "# A *calm* day\n\nThe first ferry leaves at six, see [the plan](missing.md).\n"


class Site:
    """Two posts, a step that writes down what it is called for, and the approval."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "calls"
        self.posts = folder / "posts"
        self.posts.mkdir()
        for name in ("a", "b"):
            (self.posts / f"{name}.md").write_text(POST, encoding="utf-8")
        (folder / "copydesk.yaml").write_text(
            "workflow:\n  batch_size: 1\n  steps:\n"
            f'    - {{name: noted, uses: "team_checks:note", with: {{log: "{self.log}"}}}}\n'
            "    - {name: links}\n    - {name: approval, depends_on: [links]}\n",
            encoding="utf-8",
        )
        self.request = {"paths": [str(self.posts)]}

    def calls(self) -> int:
        """How often the step was called, over all posts."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def worker(deployed: Any, own_steps: Path) -> Iterator[Callable[[], Any]]:
    """Start workers that know the tests' own steps."""
    before = deployed.env["PYTHONPATH"]
    deployed.env["PYTHONPATH"] = os.pathsep.join([before, str(own_steps)])
    yield deployed.worker
    deployed.env["PYTHONPATH"] = before


def suspended(deployed: Any, site: Site, **more: Any) -> str:
    """A run that waits for an editor."""
    run_id: str = deployed.submit("review/review-medium", {**site.request, **more})
    deployed.wait(run_id, "PAUSED", "COMPLETED", "FAILED", "CRASHED")
    assert deployed.run(run_id)["state_name"] == "Suspended", deployed.logs()
    settled(deployed, run_id)
    return run_id


def settled(deployed: Any, run_id: str) -> None:
    """Wait until the record says that a run is suspended, and its process is gone.

    A worker with a limit dies of a run that comes back while it has not seen the end of its process (Prefect 3.8.8).
    """
    deployed.until(lambda: deployed.record(run_id).run.state == "suspended", "the record")
    deployed.until(lambda: not deployed.processes(), "the process to be gone")


def inputs(deployed: Any, run_id: str, ending: str) -> list[str]:
    """What Prefect keeps for the form of a run: its texts under keys with this ending."""
    found = deployed.api("POST", f"/flow_runs/{run_id}/input/filter", {"prefix": "suspended-", "limit": 50})
    return [one["value"] for one in found if one["key"].endswith(ending)]


def form_sends(deployed: Any, run_id: str, **values: str) -> Any:
    """What the Resume button sends."""
    return deployed.api("POST", f"/flow_runs/{run_id}/resume", {"run_input": values})


def test_no_process_waits_and_the_editors_decision_ends_the_run(
    deployed: Any, site: Site, worker: Callable[[], Any]
) -> None:
    worker()
    run_id = suspended(deployed, site)
    assert (site.calls(), deployed.processes()) == (2, [])
    # The editor sees what was found, and nothing of a post is markup there.
    (description,) = inputs(deployed, run_id, "-description")
    assert "The findings say: changes requested" in description
    assert "2 posts: changes requested." in description
    assert "a.md:3" in description
    record = deployed.record(run_id)
    assert {post.verdict for post in record.posts} == {"incomplete"}
    assert {step.step: step.state for step in record.steps}["approval"] == "pending"
    # Nobody takes it for dead: it has no process, and Prefect says why.
    store = open_store(deployed.env["COPYDESK_STORE"])
    try:
        assert reconcile(store, None).closed == []
    finally:
        store.close()

    # What is no decision is refused before anything goes on.
    for wrong in ({}, {"decision": "perhaps"}, {"decision": "approve", "bogus": "1"}):
        assert form_sends(deployed, run_id, **wrong)["status"] == "REJECT"
    assert deployed.run(run_id)["state_name"] == "Suspended"

    assert form_sends(deployed, run_id, decision="approve", reason="It is fine | as it is")["status"] == "ACCEPT"
    ended = deployed.wait(run_id)
    assert (ended["state_type"], ended["state_name"]) == ("COMPLETED", "Completed"), deployed.logs()
    assert site.calls() == 2  # nothing was computed again

    record = deployed.record(run_id)
    assert (record.run.attempt, record.run.state, record.run.verdict) == (1, "completed", "approve")
    assert {step.step: step.state for step in record.steps}["approval"] == "completed"
    report = json.loads(deployed.copydesk("report", run_id, "--format", "json").stdout)
    assert report["verdict"] == "approve"
    assert {name: report["decision"][name] for name in ("verdict", "reason")} == {
        "verdict": "approve",
        "reason": "It is fine | as it is",
    }
    assert "approve: It is fine | as it is" in deployed.copydesk("show", run_id).stdout
    newest_first = {"artifacts": {"flow_run_id": {"any_": [run_id]}}, "sort": "CREATED_DESC", "limit": 50}
    pages = [a["data"] for a in deployed.api("POST", "/artifacts/filter", newest_first) if a["key"] == "review"]
    assert "an editor decided: approve" in pages[0]


@pytest.mark.needs_program
def test_the_editor_decides_in_the_prefect_ui(
    deployed: Any, site: Site, worker: Callable[[], Any], browser: Browser
) -> None:
    """The form of Prefect's own page asks the question, and what is chosen there is the verdict."""
    (site.posts / f"{'a-long-name-' * 10}.md").write_text(POST, encoding="utf-8")
    worker()
    run_id = suspended(deployed, site)
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(f"{deployed.url.removesuffix('/api')}/runs/flow-run/{run_id}", wait_until="networkidle")
    page.get_by_role("button", name="Resume").first.click()
    form = page.locator(".p-modal__card")
    form.get_by_text("The findings say: changes requested").wait_for()
    # The box is narrow: what was found must be in sight without scrolling sideways.
    assert form.get_by_role("listitem").count() == 6  # three posts and their findings
    edges = "box => [...box.querySelectorAll('li, li *')].map(part => part.getBoundingClientRect().right)"
    assert max(form.evaluate(edges)) <= form.evaluate("box => box.getBoundingClientRect().right")
    form.locator(".p-select-button__control").press("ArrowDown")  # opens the list, as a click does
    page.get_by_role("option", name="approve", exact=True).click()
    form.locator("textarea").last.fill("It is fine as it is")
    form.get_by_role("button", name="Submit").click()
    assert deployed.wait(run_id)["state_type"] == "COMPLETED", deployed.logs()
    report = json.loads(deployed.copydesk("report", run_id, "--format", "json").stdout)
    assert (report["verdict"], report["decision"]["reason"]) == ("approve", "It is fine as it is")
    page.close()


def test_a_rejection_from_the_command_line_fails_the_gate(deployed: Any, site: Site, worker: Callable[[], Any]) -> None:
    worker()
    run_id = suspended(deployed, site, gate=True)
    done = deployed.copydesk("resume", run_id, "--decision", "reject", "--reason", "not now")
    assert (done.returncode, "has its decision" in done.stdout) == (0, True), done.stderr
    ended = deployed.wait(run_id)
    assert (ended["state_type"], ended["state_name"]) == ("FAILED", "Rejected"), deployed.logs()
    record = deployed.record(run_id)
    assert (record.run.attempt, record.run.state, record.run.verdict) == (1, "completed", "reject")


def test_posts_that_changed_meanwhile_are_asked_about_again(
    deployed: Any, site: Site, worker: Callable[[], Any]
) -> None:
    worker()
    run_id = suspended(deployed, site)
    (site.posts / "a.md").write_text("# Another\n\nText that no editor has seen.\n", encoding="utf-8")
    form_sends(deployed, run_id, decision="approve", reason="")
    deployed.until(lambda: len(inputs(deployed, run_id, "-description")) == 2, "a second question")
    deployed.wait(run_id, "PAUSED")
    settled(deployed, run_id)
    assert deployed.record(run_id).run.attempt == 1
    form_sends(deployed, run_id, decision="changes_requested", reason="now I have")
    assert deployed.wait(run_id)["state_name"] == "ChangesRequested"
    assert deployed.record(run_id).run.attempt == 1


def test_a_suspended_run_whose_worker_is_killed_waits_and_can_be_cancelled(
    deployed: Any, site: Site, worker: Callable[[], Any]
) -> None:
    started = worker()
    run_id = suspended(deployed, site)
    for pid in [started.pid, *deployed.processes()]:
        os.kill(pid, signal.SIGKILL)
    done = deployed.copydesk("cancel", run_id)
    assert (done.returncode, done.stdout) == (0, f"Run {run_id} is cancelled.\n"), done.stderr
    assert deployed.run(run_id)["state_type"] == "CANCELLED"
    record = deployed.record(run_id)
    assert record.run.state == "cancelled"
    assert {step.state for step in record.steps if step.step in ("approval", "final_review")} == {"cancelled"}
    # Started again in the UI it is another attempt, and asks again.
    worker()
    deployed.api("POST", f"/flow_runs/{run_id}/set_state", {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}})
    deployed.wait(run_id, "PAUSED", "FAILED", "CRASHED", "COMPLETED")
    settled(deployed, run_id)
    assert deployed.record(run_id).run.attempt == 2
    form_sends(deployed, run_id, decision="approve")
    assert deployed.wait(run_id)["state_name"] == "Completed"
    assert deployed.record(run_id).run.attempt == 2


def test_a_run_can_be_started_without_asking(deployed: Any, site: Site, worker: Callable[[], Any]) -> None:
    worker()
    run_id = deployed.submit("review/review-medium", {**site.request, "approval": False})
    assert deployed.wait(run_id)["state_name"] == "ChangesRequested"
    parts = [
        event.data["details"]["run"] for event in deployed.record(run_id).events if event.data.get("note") == "batch"
    ]
    assert len(parts) == 2  # cut into batches, as ever
    steps = {step.step: step.state for step in deployed.record(parts[0]).steps}
    assert steps["approval"] == "skipped"
