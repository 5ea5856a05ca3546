"""Outputs as attacks: what the tests of each format leave open, which is what Prefect's pages are given."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from copydesk.artifacts import page_of, table_of
from copydesk.plan import load_plan
from copydesk.report import ReviewReport, StepTime
from tests.copydesk.reports.sample_reports import PAYLOADS, make_hostile_report

DATA_IMAGE = re.compile(r'<img src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]*"[^<>]*>')


def hostile(payload: str) -> ReviewReport:
    """The hostile report, of a run whose steps and workflow carry the payload too."""
    report = make_hostile_report()
    assert report.run is not None
    steps = (StepTime(step=payload[:200] or "x", run_seconds=1.0, state=payload[:50]),)
    return replace(report, run=replace(report.run, workflow=payload[:200], steps=steps))


@pytest.mark.parametrize("name", PAYLOADS)
def test_artifacts_hold_no_payload(name: str, tmp_path: Path) -> None:
    """A page for Prefect renders to no element, link or image that a text brought along, and its table is plain."""
    report = hostile(PAYLOADS[name])
    page = page_of(report, load_plan(None, tmp_path))
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(DATA_IMAGE.sub("", page))
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z][\w-]*)", rendered))
    assert tags <= {
        *("h1", "h2", "h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "ol", "li", "strong", "em"),
        *("code", "pre", "br", "hr", "details", "summary", "blockquote"),
    }, tags
    assert "\x1b" not in page
    assert "\u202e" not in page
    for row in table_of(report.run.steps if report.run else ()):
        for cell in row.values():
            assert not isinstance(cell, str) or not re.search(r"[\x00-\x1f\u202a-\u202e]", cell)
