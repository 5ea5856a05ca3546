"""Annotations on a pull request, as GitHub's runner reads them from a job's output."""

from __future__ import annotations

from copydesk.report import Finding, PostReview, ReviewReport, Severity
from copydesk.reports import Material
from copydesk.reports.wording import VERDICTS, count_by_severity, open_findings, plural, report_summary
from copydesk.visible import visible

LEVEL_LIMIT = 10  # annotations of each level that GitHub keeps of a step; more are dropped without a word
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "notice"}


def github_report(report: ReviewReport, material: Material | None = None) -> str:
    """Workflow commands, the worst findings first, then one plain line with the verdict.

    Of each level at most ten are written. Where there are more, the tenth says how many, so that nothing is lost
    silently; the whole report belongs into the job's summary (`--format markdown`).
    """
    lines: list[str] = []
    found = [(post, finding) for post in report.posts for finding in open_findings(post)]
    for severity, total in count_by_severity(f for _, f in found).items():
        of_level = [(post, finding) for post, finding in found if finding.severity is severity]
        shown = of_level if total <= LEVEL_LIMIT else of_level[: LEVEL_LIMIT - 1]
        lines += [_annotation(post, finding) for post, finding in shown]
        if total > len(shown):
            more = f"{plural(total - len(shown), 'more ' + severity.value)}: see the job's summary or the HTML report."
            lines.append(command(_COMMANDS[severity], more, title="copydesk"))
    lines.append(visible(f"copydesk: {VERDICTS[report.verdict]}. {report_summary(report)}"))
    return "\n".join(lines) + "\n"


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
