"""The blog at a glance, from a real store."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.dashboard import WINDOWS, Dashboard, read_dashboard, write_dashboard
from copydesk.monitor import WorkflowMonitor
from copydesk.report import PostReview, Verdict
from copydesk.reports.dashboard_page import dashboard_page
from copydesk.stores import open_store
from copydesk.stores.base import Store
from tests.copydesk.reports.sample_reports import PAYLOADS, hostile_post, make_report
from tests.copydesk.reports.test_html_report import Page

NOW_ISH = timedelta(seconds=5)


def review(monitor: WorkflowMonitor, run_id: str, posts: tuple[PostReview, ...], state: str = "completed") -> None:
    run = monitor.start_run(run_id=run_id, workflow="blog-review", priority="high", queue="high", posts=len(posts))
    for step in ("structure", "links"):
        run.step_started(step, 1, queue_seconds=0.1)
        run.step_finished(step, 1, "completed" if state == "completed" else "failed", posts=len(posts))
    for post in posts:
        run.post_reviewed(post)
    run.finish(state, reviewed=len(posts), error=None if state == "completed" else "ToolMissing: no checker")
    time.sleep(0.01)  # the store keeps milliseconds


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    good, faulty = make_report().posts
    review(monitor, "run-1", (good, replace(faulty, score=40.0)))
    review(monitor, "run-2", (faulty,))
    review(monitor, "run-3", (), state="failed")
    assert monitor.close(30)
    assert monitor.degraded is None
    opened = open_store(url)
    yield opened
    opened.close()


def read(store: Store) -> Dashboard:
    return read_dashboard(store, days=30, now=datetime.now(UTC) + NOW_ISH)


def test_every_post_is_shown_as_last_reviewed_the_worst_first(store: Store) -> None:
    posts = read(store).posts
    assert [(p.path, p.verdict, p.score) for p in posts] == [
        ("posts/hello.md", Verdict.CHANGES_REQUESTED, 71.5),
        ("posts/good.md", Verdict.APPROVE, 100.0),
    ]
    assert posts[0].scores == (40.0, 71.5)
    assert (posts[0].errors, posts[0].warnings, posts[0].suggestions) == (1, 1, 0)


def test_checks_count_the_newest_reviews_only_and_no_suppressed_finding(store: Store) -> None:
    assert [(c.check, c.findings, c.posts) for c in read(store).checks] == [
        ("links.broken_anchor", 1, 1),
        ("grammar.agreement", 1, 1),
    ]


def test_a_post_is_found_behind_newer_runs_of_others(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    good, faulty = make_report().posts
    review(monitor, "whole-blog", (good, faulty))
    for n in range(5):
        review(monitor, f"draft-{n}", (replace(good, score=90.0 + n),))
    assert monitor.close(30)
    store = open_store(url)
    try:
        posts = {p.path: p for p in read(store).posts}
    finally:
        store.close()
    assert posts["posts/hello.md"].score == 71.5
    assert posts["posts/good.md"].scores == (100.0, 90.0, 91.0, 92.0, 93.0, 94.0)


def test_steps_queues_and_failures_are_counted(store: Store) -> None:
    board = read(store)
    steps = {s.step: s for s in board.steps}
    assert set(steps) == {"structure", "links"}
    assert steps["links"].attempts == 3
    assert steps["links"].failures == 1
    assert len(steps["links"].p95_over_time) == WINDOWS
    assert [v is None for v in steps["links"].p95_over_time] == [True] * (WINDOWS - 1) + [False]
    assert [(q.queue, q.runs) for q in board.queues] == [("high", 3)]
    assert [(f.run_id, f.state, f.error) for f in board.failures] == [("run-3", "failed", "ToolMissing: no checker")]
    assert (board.runs, board.completed, board.success_rate) == (3, 2, pytest.approx(2 / 3))


def test_the_files_stand_alone(store: Store, tmp_path: Path) -> None:
    files = write_dashboard(store, tmp_path / "out" / "board")
    assert [f.name for f in files] == ["index.html", "dashboard.json"]
    assert sorted(p.name for p in (tmp_path / "out" / "board").iterdir()) == ["dashboard.json", "index.html"]
    data = json.loads(files[1].read_text())
    assert data["posts"][0]["path"] == "posts/hello.md"
    page = Page(files[0].read_text())
    assert "2 posts, mean score 85.8" in page.text
    assert "66.7 % of those that ended completed" in page.text
    for tag, attributes in page.elements:
        assert not {"src", "style", "action"} & set(attributes), tag
        assert (attributes.get("href") or "#")[:1] in "#d"  # an anchor, data:, or dashboard.json
    assert not [a for a in page.all("meta") if a.get("http-equiv") == "refresh"]


def test_it_reloads_itself_only_when_asked(store: Store) -> None:
    page = Page(dashboard_page(read(store), refresh_seconds=15))
    assert {"http-equiv": "refresh", "content": "15"} in page.all("meta")


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    empty = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    try:
        page = Page(dashboard_page(read(empty)))
    finally:
        empty.close()
    assert "No reviews are recorded yet." in page.text
    assert "None in the last 30 days." in page.text


@pytest.mark.parametrize("name", ["script", "attribute", "escape", "bidi", "template", "null"])
def test_hostile_names_are_text(name: str, tmp_path: Path) -> None:
    payload = PAYLOADS[name]
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    run = monitor.start_run(run_id="r", workflow=payload, priority=payload, queue=payload, posts=1)
    run.post_reviewed(hostile_post(payload))
    run.finish("failed", error=payload)
    assert monitor.close(30)
    store = open_store(url)
    try:
        source = dashboard_page(read(store))
    finally:
        store.close()
    page = Page(source)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not any(n.startswith("on") for _, attributes in page.elements for n in attributes)
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", page.text)
    assert len(page.all("tr")) == 6  # posts, checks and queues, each with its head and one line
