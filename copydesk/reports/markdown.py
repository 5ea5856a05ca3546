"""The report as Markdown, for a pull request's comment, a job's summary and Prefect's artifact page."""

from __future__ import annotations

import base64
import heapq
import re
from collections.abc import Iterable, Iterator

from copydesk.report import Finding, PostReview, ReviewReport
from copydesk.reports import Material
from copydesk.reports.wording import (
    SEVERITY_MARKS,
    VERDICT_MARKS,
    VERDICTS,
    hidden_summary,
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

SUMMARY_LIMIT = 60_000  # bytes; a GitHub comment takes 65,536 characters, a Prefect artifact stays quick below that
_PICTURE_LIMIT = 300_000  # bytes of SVG; beyond that Prefect's page takes seconds to open

# What starts something inside a line, then what starts something only at its beginning or makes a bare address a link.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()!|~>$])")
_AT_START = re.compile(r"^(\s*\d*)([-+=.):#])")
_ADDRESS = re.compile(r"(?i)(:)(?=//)|(?<=www)(\.)")


def inline(text: str) -> str:
    """Text that Markdown shows as it is: no emphasis, links, HTML, images, mentions or issue references."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;")
    shown = _ADDRESS.sub(r"\\\g<0>", _AT_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", shown)))
    # A mention or a reference is found in the rendered text, where a backslash is gone: an invisible break stops both.
    return shown.replace("@", "@&#8203;").replace("#", "#&#8203;")


def code(text: str, *, in_table: bool = False) -> str:
    """Text as a code span, whatever it holds; nothing inside one is read as markup."""
    shown = visible(text)
    if not shown.strip():
        return "` `" if shown else ""
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    if in_table:
        # A table is cut at its pipes before the spans inside it are read; GFM takes `\|` back to `|` in a span.
        shown = shown.replace("|", "\\|")
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The verdict, a table of the posts and their findings, at most `SUMMARY_LIMIT` bytes: the rest is counted."""
    yield _within(_head(report), (_post_section(p) for p in report.posts if p.findings or reasons(p)), SUMMARY_LIMIT)


def artifact_markdown(report: ReviewReport, material: Material | None = None) -> str:
    """The page that Prefect's interface shows for a run: verdict, picture, durations, posts.

    The picture is a data: image, which that interface draws; one over 300 kB is left out.
    """
    material = material or Material()
    parts = [_head(report)]
    if material.explanation:
        parts.append(inline(material.explanation) + "\n")
    svg = (material.diagram_svg or "").encode()
    if svg and len(svg) <= _PICTURE_LIMIT:
        parts.append(f"![The run as a diagram](data:image/svg+xml;base64,{base64.b64encode(svg).decode()})\n")
    if report.run is not None and report.run.steps:
        rows = ["| step | state | run | queued | attempts |", "| --- | --- | ---: | ---: | ---: |"]
        rows += [
            f"| {inline(s.step)} | {inline(s.state)} | {seconds(s.run_seconds)} | {seconds(s.queue_seconds)} "
            f"| {s.attempts} |"
            for s in slowest(report.run.steps, len(report.run.steps))
        ]
        parts.append("\n".join(rows) + "\n")
    return _within(
        "\n".join(parts), (_post_section(p) for p in report.posts if p.findings), SUMMARY_LIMIT // 2, counted_head=False
    )


def _head(report: ReviewReport) -> str:
    findings = (f for p in report.posts for f in open_findings(p))
    lines = [
        f"## {VERDICT_MARKS[report.verdict]} {VERDICTS[report.verdict].capitalize()}",
        "",
        f"{inline(report_summary(report))} {severity_summary(findings).capitalize()}.",
        "",
    ]
    if report.posts:
        lines += ["| post | verdict | score | findings |", "| --- | --- | ---: | --- |"]
        for post in heapq.nsmallest(_TABLE_ROWS, report.posts, key=lambda p: (-p.verdict.rank, p.score, p.path)):
            lines.append(
                f"| {code(post.path, in_table=True)} | {VERDICT_MARKS[post.verdict]} {VERDICTS[post.verdict]} "
                f"| {number(post.score)} | {severity_summary(open_findings(post))} |"
            )
        if (more := len(report.posts) - _TABLE_ROWS) > 0:
            lines += ["", f"… and {plural(more, 'post')} more."]
        lines.append("")
    if report.run is not None and report.run.steps:
        parts = ", ".join(f"{inline(s.step)} {seconds(s.run_seconds)}" for s in slowest(report.run.steps))
        lines += [f"Run in {seconds(report.run.duration_seconds)}; slowest steps: {parts}.", ""]
    return "\n".join(lines)


_TABLE_ROWS = 50


def _post_section(post: PostReview) -> str:
    lines = [f"### {code(post.path)}", ""]
    lines += [f"{inline(reason)}  " for reason in reasons(post)]
    costs = [f"{inline(p.category)} −{number(p.points)}" for p in post.score_breakdown if p.points > 0]
    lines.append(f"Score {number(post.score)} of 100" + (f" ({', '.join(costs)})" if costs else "") + ".")
    findings = open_findings(post)
    if findings:
        lines += ["", "| line | severity | what | check |", "| ---: | --- | --- | --- |"]
        lines += [_row(f) for f in findings]
    if hidden := hidden_summary(post):
        lines += ["", f"{hidden}."]
    return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    what = inline(finding.message)
    if finding.suggestions:
        what += " → " + ", ".join(code(s, in_table=True) or "remove" for s in finding.suggestions[:3])
    severity = f"{SEVERITY_MARKS[finding.severity]} {finding.severity.value}"
    return f"| {finding.line} | {severity} | {what} | {code(finding.check, in_table=True)} |"


def _within(head: str, sections: Iterable[str], limit: int, *, counted_head: bool = True) -> str:
    """Head and sections up to `limit` bytes; a section that is too long is cut after a row, and the rest counted."""
    parts, room, left_out = [head], limit - (len(head.encode()) if counted_head else 0), 0
    for section in sections:
        size = len(section.encode()) + 1
        if room <= 0:
            left_out += 1
            continue
        if size > room:
            kept = _cut(section, room)
            if kept:
                parts.append(kept)
            left_out += 1
            room = 0
            continue
        parts.append(section)
        room -= size
    if left_out:
        parts.append(
            f"… {plural(left_out, 'post')} not shown in full here; the JSON and HTML reports hold everything.\n"
        )
    return "\n".join(parts)


def _cut(section: str, room: int) -> str:
    lines = section.split("\n")
    kept: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    # A table that lost all its rows says nothing.
    return "\n".join(kept) + "\n" if len(kept) > 6 else ""
