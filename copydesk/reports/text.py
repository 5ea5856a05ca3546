"""The report for a terminal: findings by post, the score with its breakdown, the verdict, the slowest steps."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import Material
from copydesk.reports.wording import (
    SEVERITY_MARKS,
    VERDICT_MARKS,
    VERDICTS,
    number,
    open_findings,
    plural,
    reasons,
    report_summary,
    seconds,
    severity_summary,
    slowest,
)
from copydesk.visible import visible

_VERDICT_STYLES = {
    Verdict.APPROVE: "green",
    Verdict.CHANGES_REQUESTED: "yellow",
    Verdict.REJECT: "red",
    Verdict.INCOMPLETE: "magenta",
}
_SEVERITY_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.SUGGESTION: "cyan"}
_SHOWN_SUGGESTIONS = 3


def text_report(report: ReviewReport, material: Material | None = None) -> str:
    """The report as lines of `material.width` columns, with ANSI styles only when `material.color` is set.

    Nothing from a post reaches the terminal as a control character: it is spelled out (`\\x1b`).
    """
    material = material or Material()
    out = StringIO()
    console = Console(
        file=out,
        width=max(material.width, 40),
        force_terminal=material.color,
        color_system="standard" if material.color else None,
        no_color=not material.color,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
        legacy_windows=False,
    )
    for post in report.posts:
        _print_post(console, post)
    _print_close(console, report)
    lines = [line.rstrip() for line in out.getvalue().split("\n")]
    return "\n".join(lines).strip("\n") + "\n"


def _print_post(console: Console, post: PostReview) -> None:
    findings = open_findings(post)
    head = Table.grid(padding=(0, 2), expand=True)
    head.add_column(ratio=1, overflow="fold")
    head.add_column(justify="right", no_wrap=True)
    verdict = Text(f"{VERDICT_MARKS[post.verdict]} {VERDICTS[post.verdict]}", style=_VERDICT_STYLES[post.verdict])
    head.add_row(
        Text(visible(post.path), style="bold"), Text.assemble((f"{number(post.score)}/100  ", "bold"), verdict)
    )
    console.print(head)
    if findings:
        console.print(Padding(_findings_table(findings), (0, 0, 0, 2)))
    for reason in reasons(post):
        console.print(Padding(Text(visible(reason), style=_VERDICT_STYLES[post.verdict]), (0, 0, 0, 2)))
    for line in _footnotes(post, findings):
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
    console.print()


def _findings_table(findings: list[Finding]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for finding in findings:
        severity = Text(
            f"{SEVERITY_MARKS[finding.severity]} {finding.severity.value}", style=_SEVERITY_STYLES[finding.severity]
        )
        message = Text(visible(finding.message))
        if finding.suggestions:
            shown = ", ".join(visible(s) or "(remove)" for s in finding.suggestions[:_SHOWN_SUGGESTIONS])
            message.append(f" → {shown}", style="green")
        message.append(f"  {visible(finding.check)}", style="dim")
        table.add_row(Text(f"{finding.line}:{finding.column}", style="dim"), severity, message)
    return table


def _footnotes(post: PostReview, findings: list[Finding]) -> list[str]:
    lines = []
    costs = [p for p in post.score_breakdown if p.points > 0]
    if costs:
        parts = " ".join(f"− {visible(p.category)} {number(p.points)}{_capped(p.points, p.cap)}" for p in costs)
        lines.append(f"score: 100 {parts} = {number(post.score)}")
    if post.skipped:
        lines.append(
            "skipped: " + "; ".join(f"{visible(s)} ({visible(why)})" for s, why in sorted(post.skipped.items()))
        )
    if hidden := len(post.findings) - len(findings):
        lines.append(f"{plural(hidden, 'finding')} suppressed")
    return lines


def _capped(points: float, cap: float) -> str:
    return " (capped)" if cap > 0 and points >= cap else ""


def _print_close(console: Console, report: ReviewReport) -> None:
    console.print(Line(style="dim"))
    verdict = f"{VERDICT_MARKS[report.verdict]} {VERDICTS[report.verdict]}"
    console.print(
        Text.assemble("Verdict: ", (verdict, f"bold {_VERDICT_STYLES[report.verdict]}"), "  ", report_summary(report))
    )
    console.print(Text(f"Findings: {severity_summary(f for p in report.posts for f in open_findings(p))}"))
    run = report.run
    if run is None:
        return
    if run.steps:
        parts = " · ".join(f"{visible(s.step)} {seconds(s.run_seconds)}" for s in slowest(run.steps))
        console.print(Text(f"Slowest steps: {parts}"))
    console.print(Text(f"Run {visible(run.id)}, attempt {run.attempt}: {seconds(run.duration_seconds)}", style="dim"))
