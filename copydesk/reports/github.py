"""Annotations on a pull request, as GitHub's runner reads them from a job's output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from copydesk.report import Finding, PostReview, ReviewReport, Severity
from copydesk.reports import Material
from copydesk.reports.wording import VERDICTS, open_findings, plural, report_summary
from copydesk.visible import visible

LEVEL_LIMIT = 10  # annotations of each level that GitHub keeps of a step; more are dropped without a word
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "notice"}


def github_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """Workflow commands, the worst findings first, then one plain line with the verdict.

    Of each level at most ten are written. Where there are more, the tenth says how many, so that nothing is lost
    silently; the whole report belongs into the job's summary (`--format markdown`).
    """
    totals: Counter[Severity] = Counter()
    first: dict[Severity, list[str]] = {severity: [] for severity in reversed(Severity)}
    for post in report.posts:
        for finding in open_findings(post):
            totals[finding.severity] += 1
            if totals[finding.severity] <= LEVEL_LIMIT:
                first[finding.severity].append(_annotation(post, finding))
    for severity, shown in first.items():
        if totals[severity] > LEVEL_LIMIT:
            left_out = plural(totals[severity] - LEVEL_LIMIT + 1, f"more {severity.value}")
            more = f"{left_out}: see the job's summary or the HTML report."
            shown[-1] = command(_COMMANDS[severity], more, title="copydesk")
        for annotation in shown:
            yield f"{annotation}\n"
    yield visible(f"copydesk: {VERDICTS[report.verdict]}. {report_summary(report)}") + "\n"


def _annotation(post: PostReview, finding: Finding) -> str:
    message = finding.message
    if finding.suggestions:
        message += f" Perhaps: {', '.join(s or '(remove it)' for s in finding.suggestions[:3])}."
    place = {"file": post.path, "line": str(finding.line)}
    if finding.match:
        place["endLine"] = str(finding.end_line)
        if finding.line == finding.end_line:  # GitHub takes columns within one line only
            place |= {"col": str(finding.column), "endColumn": str(finding.end_column)}
    return command(_COMMANDS[finding.severity], message, **place, title=finding.check)


def command(name: str, message: str, **properties: str) -> str:
    """One workflow command on one line, whatever the texts hold: the only place that writes one."""
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
