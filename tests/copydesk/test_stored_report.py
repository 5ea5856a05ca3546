"""A report from the record is the report of the run."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

from copydesk.monitor import WorkflowMonitor
from copydesk.report import Finding, Penalty, PostReview, Severity, Verdict
from copydesk.stored_report import BATCH_NOTE, stored_report
from copydesk.stores import open_store

REVIEW = PostReview(
    path="posts/a.md",
    content_hash="0" * 64,
    verdict=Verdict.CHANGES_REQUESTED,
    score=87.5,
    score_breakdown=(Penalty(category="links", points=12.5, cap=30, findings=1, reason="1 error"),),
    verdict_reasons=("links.broken_anchor is an error",),
    measures={"words": 120.0},
    language="en",
    incomplete=("seo",),
    skipped={"grammar": "another language"},
    type="tutorial",
    fixed=3,
    findings=(
        Finding(
            check="links.broken_anchor", severity=Severity.ERROR, message="No such heading.", line=3, column=2,
            end_line=3, end_column=9, match="nowhere", suggestions=("here",), fingerprint="abc",
            suppressed=True, suppression="baseline",
        ),
    ),
)  # fmt: skip


def test_the_example_leaves_no_field_at_its_default() -> None:
    """Or a field that is not stored would not be missed below."""
    for example in (REVIEW, *REVIEW.findings, *REVIEW.score_breakdown):
        for field in fields(example):
            default = field.default_factory() if field.default_factory is not MISSING else field.default
            assert getattr(example, field.name) != default, field.name


def test_every_field_of_a_post_comes_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monitor = WorkflowMonitor(url)
    run = monitor.start_run(run_id="run-1", workflow="w", priority="high", posts=1)
    run.step_pending("links", priority="low")
    run.step_started("links", 1)
    run.step_finished("links", 1, "completed", posts=1, run_seconds=2.5)
    run.post_reviewed(REVIEW, {"links": 4.0})
    run.finish("completed", verdict="changes_requested", score=87.5, reviewed=1)
    monitor.close(10)
    store = open_store(url)
    record = store.run("run-1")
    assert record is not None
    report = stored_report(store, record)
    store.close()
    assert tuple(report.posts) == (REVIEW,)
    assert report.verdict is Verdict.CHANGES_REQUESTED
    assert report.run is not None
    assert (report.run.id, report.run.state, report.run.priority) == ("run-1", "completed", "high")
    assert [(step.step, step.run_seconds, step.state) for step in report.run.steps] == [("links", 2.5, "completed")]


def test_the_posts_of_batches_are_in_and_a_later_try_stands(tmp_path: Path) -> None:
    from dataclasses import replace

    url = f"sqlite:///{tmp_path / 'store.db'}"
    monitor = WorkflowMonitor(url)
    parent = monitor.start_run(run_id="all", workflow="w", priority="low", posts=2)
    for name, path, score in (("one", "a.md", 10.0), ("two", "b.md", 20.0), ("three", "a.md", 30.0)):
        run = monitor.start_run(run_id=name, workflow="w", priority="low", posts=1)
        run.post_reviewed(replace(REVIEW, path=path, score=score))
        run.finish("completed", verdict="changes_requested", score=score, reviewed=1)
        parent.event(BATCH_NOTE, run=name)
    parent.event(BATCH_NOTE, run="recorded elsewhere")
    parent.finish("completed", verdict="changes_requested", score=25.0, reviewed=2)
    monitor.close(10)
    store = open_store(url)
    record = store.run("all")
    assert record is not None
    report = stored_report(store, record)
    store.close()
    assert [(post.path, post.score) for post in report.posts] == [("a.md", 30.0), ("b.md", 20.0)]
