"""What the Prefect UI shows of a run: nothing from a post is markup, and nothing goes wrong with the run."""

from __future__ import annotations

import pytest

from copydesk import artifacts
from copydesk.drawing import CannotDraw
from copydesk.plan import make_plan
from copydesk.report import Finding, PostReview, ReviewReport, RunInfo, Severity, StepTime, Verdict
from copydesk.workflow import WorkflowConfig

EVIL = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) `|` ![](https://tracker.example/x.png)"


def report(text: str = EVIL) -> ReviewReport:
    finding = Finding(check="structure.x", severity=Severity.ERROR, message=text, match=text, suggestions=(text,))
    post = PostReview(path=f"posts/{text}.md", content_hash="0", verdict=Verdict.REJECT, score=1, findings=(finding,))
    steps = (StepTime(step="structure", run_seconds=0.1234567, queue_seconds=0.5, attempts=2, cached=3),)
    run = RunInfo(
        id="00000000-0000-0000-0000-000000000000", attempt=1, state="completed", workflow=text, priority="high",
        started_at="2026-05-04T00:00:00.000+00:00", duration_seconds=1.0, steps=steps,
    )  # fmt: skip
    return ReviewReport(run=run, verdict=Verdict.REJECT, posts=(post,))


def test_the_page_holds_verdict_picture_and_findings_and_no_markup_of_a_post() -> None:
    from markdown_it import MarkdownIt

    page = artifacts.page_of(report(), make_plan(WorkflowConfig()))
    html = MarkdownIt("gfm-like", {"linkify": False}).render(page)
    assert "Rejected" in html
    assert "(data:image/svg+xml;base64," in page
    assert "<img src=x" not in html
    assert 'href="javascript:' not in html
    assert 'src="https://tracker' not in html


def test_without_graphviz_the_page_is_there_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> bytes:
        raise CannotDraw("no Graphviz")

    monkeypatch.setattr(artifacts, "draw", cannot)
    page = artifacts.page_of(report("plain"), make_plan(WorkflowConfig()))
    assert "Rejected" in page
    assert "data:image" not in page


def test_the_table_has_real_durations() -> None:
    run = report().run
    assert run is not None
    assert artifacts.table_of(run.steps) == [
        {"step": "structure", "state": "completed", "run (s)": 0.123, "waited (s)": 0.5, "attempts": 2, "from cache": 3}
    ]


async def test_a_server_that_is_away_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def away(*arguments: object, **_: object) -> None:
        asked.append(arguments)
        raise ConnectionError("mongodb://u:c4n4ry@h is away")

    monkeypatch.setattr(artifacts, "configured", lambda: True)
    monkeypatch.setattr(artifacts, "create", away)
    await artifacts.publish(report("plain"), make_plan(WorkflowConfig()))
    assert asked
