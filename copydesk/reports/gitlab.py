"""GitLab's code quality report: findings beside the changes of a merge request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from copydesk.report import PostReview, ReviewReport, Severity
from copydesk.reports import Material
from copydesk.reports.json_stream import streamed
from copydesk.reports.wording import open_findings, stable_fingerprint
from copydesk.visible import visible

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.SUGGESTION: "info"}


def gitlab_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The open findings as GitLab's subset of the Code Climate format; each fingerprint occurs once in a report."""
    yield from streamed((issue for post in report.posts for issue in _issues(post)), indent=1)
    yield "\n"


def _issues(post: PostReview) -> Iterator[dict[str, Any]]:
    seen: dict[str, int] = {}  # within the post is enough: its path is part of every fingerprint
    for finding in open_findings(post):
        fingerprint = _hash(post.path, stable_fingerprint(post, finding))
        count = seen[fingerprint] = seen.get(fingerprint, 0) + 1
        if count > 1:
            fingerprint = _hash(fingerprint, str(count))
        yield {
            "description": visible(finding.message) or finding.check,
            "check_name": finding.check,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": visible(post.path).removeprefix("./"),
                "lines": {"begin": finding.line, "end": finding.end_line},
            },
        }


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
