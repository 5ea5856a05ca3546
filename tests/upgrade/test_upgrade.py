"""What earlier versions wrote is read: a store and a workflow file of each are kept here, in a folder of its name."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from copydesk.monitor import WorkflowMonitor
from copydesk.plan import load_plan
from copydesk.report import Finding, PostReview, Severity, Verdict
from copydesk.stored_report import stored_report
from copydesk.stores import open_store
from copydesk.stores.base import RunQuery

VERSIONS = sorted(folder for folder in Path(__file__).parent.iterdir() if (folder / "store.db").exists())


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of what a version wrote: opening a store may bring it up to date."""
    copied = tmp_path / "written"
    shutil.copytree(request.param, copied)
    return copied


def test_there_is_something_to_read() -> None:
    """The first version is among them."""
    assert "0.1.0" in [folder.name for folder in VERSIONS]


def test_the_store_is_read(written: Path) -> None:
    """Every run is there, with its steps, its posts and its findings."""
    store = open_store(f"sqlite:///{written / 'store.db'}")
    assert sorted(run.state for run in store.runs(RunQuery())) == ["cancelled", "completed", "failed"]
    record = store.run("00000000-0000-4000-8000-000000000000")
    assert record is not None
    assert {step.step: step.state for step in record.steps} == dict.fromkeys(
        ("load", "links", "final_review"), "completed"
    )
    assert [(post.path, post.score) for post in record.posts] == [("posts/a.md", 91.5)]
    assert [finding.check for finding in record.findings] == ["links.broken_anchor"]
    assert record.run.metadata == {"team": "docs"}
    store.close()


def test_the_store_is_written_on(written: Path, tmp_path: Path) -> None:
    """The next run is recorded beside the old ones."""
    url = f"sqlite:///{written / 'store.db'}"
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    monitor.start_run(run_id="next", workflow="blog-review", priority="low").finish("completed")
    assert monitor.close(60)
    assert monitor.degraded is None
    store = open_store(url)
    assert len(store.runs(RunQuery())) == 4
    store.close()


def test_an_upgraded_store_keeps_what_the_version_did_not_know(written: Path, tmp_path: Path) -> None:
    """Its tables are those of a new store: a review of today comes back from it whole, one of then with blanks."""
    url = f"sqlite:///{written / 'store.db'}"
    finding = Finding(check="links.x", severity=Severity.ERROR, message="m", suppressed=True, suppression="baseline")
    review = PostReview(
        path="a.md", content_hash="00", verdict=Verdict.APPROVE, score=1.0, findings=(finding,), type="essay", fixed=2
    )
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    run = monitor.start_run(run_id="next", workflow="blog-review", priority="low")
    run.post_reviewed(review)
    run.finish("completed")
    assert monitor.close(60)
    store = open_store(url)
    new, old = store.run("next"), store.run("00000000-0000-4000-8000-000000000000")
    assert new is not None
    assert old is not None
    assert tuple(stored_report(store, new).posts) == (review,)
    assert [(post.type, post.fixed) for post in stored_report(store, old).posts] == [("", 0)]
    store.close()
    with sqlite3.connect(written / "store.db") as upgraded, sqlite3.connect(tmp_path / "new.db") as fresh:
        open_store(f"sqlite:///{tmp_path / 'new.db'}").close()
        for table in ("runs", "step_runs", "post_reviews", "findings"):
            columns = [
                {row[1] for row in database.execute(f"PRAGMA table_info({table})")} for database in (upgraded, fresh)
            ]
            assert columns[0] == columns[1], table


def test_the_commands_show_it(written: Path, copydesk: Any) -> None:
    """`runs`, `show` and `stats` work on the old store."""
    url = f"sqlite:///{written / 'store.db'}"
    done = copydesk("runs", "--store", url, "--format", "json")
    assert len(json.loads(done.stdout)) == 3, done.stderr
    for command in (("show", "00000000", "--store", url), ("stats", "--store", url)):
        done = copydesk(*command)
        assert done.returncode == 0, done.stderr


def test_the_workflow_file_is_understood(written: Path) -> None:
    """Every key that the version knew is still known and means the same."""
    plan = load_plan(written / "copydesk.yaml")
    assert [step.name for step in plan.steps] == ["structure", "grammar", "links"]
    assert plan.step("links").depends_on == ("structure",)
    assert (plan.step("links").retry.max_retries, plan.step("grammar").post_timeout_seconds) == (1, 20)
    assert plan.config.workflow.timeout_seconds == 1800
    assert "Kubernetes" in plan.vocabulary
