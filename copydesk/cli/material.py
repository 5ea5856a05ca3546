"""What a report is given beside the review: the posts' texts, the pictures of the run, earlier reviews."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from copydesk.plan import Plan
from copydesk.report import ReviewReport, Verdict
from copydesk.reports import Material, TrendPoint
from copydesk.rules import Rule
from copydesk.shelf import Shelf
from copydesk.steps import rules_of
from copydesk.stores.base import RunRecord, Store

QUOTING = frozenset({"html", "rdjson", "rdjsonl"})  # formats that show or need the text around a finding
_TRENDS = 200  # posts whose history is looked up: a page of more is read by nobody
_EARLIER = 12  # reviews of a post in its trend

log = logging.getLogger("copydesk.report")


def material_for(
    plan: Plan,
    report: ReviewReport,
    format_: str,
    *,
    sources: Mapping[str, str] | None = None,
    store: Store | None = None,
    record: RunRecord | None = None,
) -> Material:
    """What the format shows; `store` and `record` (of the run) add what only the monitor knows."""
    material: dict[str, Any] = {"sources": sources or {}, "rules": rules_by_id(plan), **_terminal()}
    if format_ == "html":
        material |= _pictures(plan, report)
        if record is not None:
            material |= _timeline(plan, record)
        if store is not None:
            material["trends"] = _trends(store, report)
    return Material(**material)


def rules_by_id(plan: Plan) -> dict[str, Rule]:
    """All rules of a plan's steps."""
    return {rule.id: rule for step in (plan.load, *plan.steps) for rule in rules_of(step.step, step.options)}


def sources_of(report: ReviewReport) -> Mapping[str, str]:
    """The texts of posts that lie where the report says, unchanged since; the others are missing."""
    from copydesk.post import Post
    from copydesk.reading import read_post

    texts: Shelf[str] = Shelf()
    for review in report.posts:
        data = read_post(review.path)
        if isinstance(data, bytes) and hashlib.sha256(data).hexdigest() == review.content_hash:
            texts.put(review.path, Post.from_bytes(review.path, data).text)
    return texts


def _pictures(plan: Plan, report: ReviewReport) -> dict[str, Any]:
    from copydesk.drawing import CannotDraw, draw
    from copydesk.run_pictures import report_diagram

    diagram = report_diagram(plan, report)
    try:
        svg = draw(diagram, "svg").decode()
    except CannotDraw as error:
        click.echo(f"The report has no diagram: {error}", err=True)
        return {}
    return {"diagram_svg": svg, "explanation": diagram.explanation}


def _timeline(plan: Plan, record: RunRecord) -> dict[str, Any]:
    from copydesk.run_pictures import record_timeline
    from copydesk.timeline import timeline_svg

    if not any(step.started_at for step in record.steps):
        return {}  # a run of batches: its steps ran elsewhere
    slots = plan.config.workflow.max_concurrent_tasks
    return {"timeline_svg": timeline_svg(record_timeline(record, datetime.now(UTC), slots))}


def _trends(store: Store, report: ReviewReport) -> dict[str, Sequence[TrendPoint]]:
    trends: dict[str, Sequence[TrendPoint]] = {}
    for review in report.posts[:_TRENDS]:
        rows = store.post_history(review.path, limit=_EARLIER)
        points = [
            TrendPoint(at=row.reviewed_at, score=row.score, verdict=Verdict(row.verdict))
            for row in reversed(rows)
            if row.reviewed_at is not None and row.score is not None and row.verdict is not None
        ]
        if len(points) > 1:
            trends[review.path] = points
    return trends


def _terminal() -> dict[str, Any]:
    """Colour and width, as the terminal has them."""
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return {"color": color, "width": shutil.get_terminal_size((100, 24)).columns if color else 100}
