"""The formats of reviewdog: rdjson (one document) and rdjsonl (one line a finding)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from copydesk.report import Finding, PostReview, ReviewReport, Severity
from copydesk.reports import Material
from copydesk.reports.excerpt import split_lines
from copydesk.reports.json_stream import streamed
from copydesk.reports.wording import open_findings

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.SUGGESTION: "INFO"}
_SOURCE = {"name": "copydesk"}


def rdjson_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The open findings as a `DiagnosticResult`.

    reviewdog counts columns in bytes, so that columns and suggestions need the text of the post (`material.sources`);
    without it a finding stands on its line.
    """
    yield from streamed({"source": _SOURCE, "diagnostics": _diagnostics(report, material or Material())}, indent=1)
    yield "\n"


def rdjsonl_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The open findings, each a `Diagnostic` on a line of its own."""
    for diagnostic in _diagnostics(report, material or Material()):
        yield json.dumps({**diagnostic, "source": _SOURCE}) + "\n"


def _diagnostics(report: ReviewReport, material: Material) -> Iterator[dict[str, Any]]:
    for post in report.posts:
        source = material.sources.get(post.path)
        lines = split_lines(source) if source is not None else None
        for finding in open_findings(post):
            yield _diagnostic(post, finding, lines)


def _diagnostic(post: PostReview, finding: Finding, lines: list[str] | None) -> dict[str, Any]:
    place = _range(finding, lines)
    diagnostic: dict[str, Any] = {
        "message": _sendable(finding.message),
        "location": {"path": _sendable(post.path), "range": place},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.check},
    }
    if finding.suggestions and finding.match and "column" in place["start"]:
        diagnostic["suggestions"] = [{"range": place, "text": _sendable(s)} for s in finding.suggestions]
    return diagnostic


def _range(finding: Finding, lines: list[str] | None) -> dict[str, Any]:
    if not finding.match or lines is None:
        return {"start": {"line": finding.line}}
    start = _bytes_before(lines, finding.line, finding.column)
    end = _bytes_before(lines, finding.end_line, finding.end_column)
    if start is None or end is None:  # the text has changed since
        return {"start": {"line": finding.line}}
    return {
        "start": {"line": finding.line, "column": start + 1},
        "end": {"line": finding.end_line, "column": end + 1},
    }


def _bytes_before(lines: list[str], line: int, column: int) -> int | None:
    if not 1 <= line <= len(lines) or column - 1 > len(lines[line - 1]):
        return None
    return len(lines[line - 1][: column - 1].encode("utf-8", "replace"))


def _sendable(text: str) -> str:
    """Without lone surrogates, which protocol buffers refuse."""
    return text.encode("utf-8", "replace").decode()
