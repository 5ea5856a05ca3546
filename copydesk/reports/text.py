"""The report for a terminal: findings by post, the score with its breakdown, the verdict, the slowest steps.

Laid out by hand: rich's tables take seven seconds for the findings of a blog of 1,600 posts, these lines half of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from rich.cells import cell_len

from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import Material
from copydesk.reports.wording import (
    SEVERITY_MARKS,
    VERDICT_MARKS,
    VERDICTS,
    hidden_summary,
    number,
    open_findings,
    reasons,
    seconds,
    severity_words,
    skipped_steps,
    slowest,
    verdict_words,
)
from copydesk.visible import visible

_VERDICT_STYLES = {
    Verdict.APPROVE: "green",
    Verdict.CHANGES_REQUESTED: "yellow",
    Verdict.REJECT: "red",
    Verdict.INCOMPLETE: "magenta",
}
_SEVERITY_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.SUGGESTION: "cyan"}
_SEVERITY_WIDTH = max(len(s.value) for s in Severity) + 2
_SHOWN_SUGGESTIONS = 3
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36"}

Paint = Callable[[str, str], str]
Piece = tuple[str, str]  # a text and its style; no style is ""


def text_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The report as lines of `material.width` columns, with ANSI styles only when `material.color` is set.

    Nothing from a post reaches the terminal as a control character: it is spelled out (`\\x1b`).
    """
    material = material or Material()
    width = max(material.width, 40)
    paint: Paint = _painted if material.color else _plain
    verdicts: Counter[Verdict] = Counter()
    severities: Counter[Severity] = Counter()
    for post in report.posts:
        verdicts[post.verdict] += 1
        severities.update(finding.severity for finding in open_findings(post))
        for line in _post(post, width, paint):
            yield f"{line}\n"
        yield "\n"
    for line in _close(report, verdicts, severities, width, paint):
        yield f"{line}\n"


def _plain(text: str, style: str) -> str:
    return text


def _painted(text: str, style: str) -> str:
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def _post(post: PostReview, width: int, paint: Paint) -> Iterator[str]:
    findings = open_findings(post)
    style = _VERDICT_STYLES[post.verdict]
    score, verdict = f"{number(post.score)}/100", f"{VERDICT_MARKS[post.verdict]} {VERDICTS[post.verdict]}"
    path, right = visible(post.path), cell_len(score) + 2 + cell_len(verdict)
    said = f"{paint(score, 'bold')}  {paint(verdict, style)}"
    room = width - cell_len(path) - right
    if room >= 2:
        yield paint(path, "bold") + " " * room + said
    else:
        yield from _wrapped([(path, "bold")], width, 0, paint)
        yield " " * (width - right) + said
    yield from _findings(findings, width, paint)
    for reason in reasons(post):
        yield from _wrapped([(visible(reason), style)], width, 2, paint)
    for line in _footnotes(post):
        yield from _wrapped([(line, "dim")], width, 2, paint)


def _findings(findings: list[Finding], width: int, paint: Paint) -> Iterator[str]:
    places = [f"{f.line}:{f.column}" for f in findings]
    place_width = max(map(len, places), default=0)
    indent = 2 + place_width + 2 + _SEVERITY_WIDTH + 2
    for finding, place in zip(findings, places, strict=True):
        pieces = [(visible(finding.message), "")]
        if finding.suggestions:
            shown = ", ".join(visible(s) or "(remove)" for s in finding.suggestions[:_SHOWN_SUGGESTIONS])
            pieces.append((f" → {shown}", "green"))
        pieces.append((f"  {visible(finding.check)}", "dim"))
        severity = f"{SEVERITY_MARKS[finding.severity]} {finding.severity.value}".ljust(_SEVERITY_WIDTH)
        first, *others = _wrapped(pieces, width, indent, paint)
        head = f"  {paint(place.rjust(place_width), 'dim')}  {paint(severity, _SEVERITY_STYLES[finding.severity])}  "
        yield head + first[indent:]
        yield from others


def _wrapped(pieces: list[Piece], width: int, indent: int, paint: Paint) -> list[str]:
    """The pieces in lines of `width` columns, each indented; broken at spaces, and inside a word only if it must be."""
    room = max(width - indent, 20)
    if sum(cell_len(text) for text, _ in pieces) <= room:
        return [" " * indent + "".join(paint(text, style) for text, style in pieces)]
    lines: list[list[Piece]] = [[]]
    used = 0
    for text, style in pieces:
        for word in _words(text, room):
            long = cell_len(word)
            if used and used + cell_len(word.rstrip()) > room:
                lines.append([])
                used = 0
                word = word.lstrip()
                long = cell_len(word)
            lines[-1].append((word, style))
            used += long
    return [" " * indent + _joined(line, paint).rstrip() for line in lines if line]


def _joined(line: list[Piece], paint: Paint) -> str:
    """Neighbours of one style together, without the spaces that end the line."""
    text, style = line[-1]
    line = [*line[:-1], (text.rstrip(), style)]
    joined, run, run_style = "", "", line[0][1]
    for text, style in line:
        if style != run_style:
            joined, run, run_style = joined + paint(run, run_style), "", style
        run += text
    return joined + paint(run, run_style)


def _words(text: str, room: int) -> Iterator[str]:
    """The words, each with the spaces before it; what is wider than a line comes in parts."""
    start = 0
    while start < len(text):
        end = start
        while end < len(text) and text[end] == " ":
            end += 1
        while end < len(text) and text[end] != " ":
            end += 1
        word = text[start:end]
        start = end
        while cell_len(word) > room:
            cut = len(word)
            while cell_len(word[:cut]) > room:
                cut = cut // 2 if cell_len(word[: cut // 2]) > room else cut - 1
            yield word[:cut]
            word = word[cut:]
        yield word


def _footnotes(post: PostReview) -> list[str]:
    lines = []
    costs = [p for p in post.score_breakdown if p.points > 0]
    if costs:
        parts = " ".join(f"− {visible(p.category)} {number(p.points)}{_capped(p.points, p.cap)}" for p in costs)
        lines.append(f"score: 100 {parts} = {number(post.score)}")
    if post.skipped:
        lines.append("skipped: " + "; ".join(f"{visible(s)} ({visible(why)})" for s, why in skipped_steps(post)))
    if hidden := hidden_summary(post):
        lines.append(hidden)
    return lines


def _capped(points: float, cap: float) -> str:
    return " (capped)" if cap > 0 and points >= cap else ""


def _close(
    report: ReviewReport, verdicts: Counter[Verdict], severities: Counter[Severity], width: int, paint: Paint
) -> Iterator[str]:
    yield paint("─" * width, "dim")
    style = _VERDICT_STYLES[report.verdict]
    verdict = f"{VERDICT_MARKS[report.verdict]} {VERDICTS[report.verdict]}"
    said = [("Verdict: ", ""), (verdict, f"bold {style}"), ("  ", ""), (verdict_words(verdicts), "")]
    yield from _wrapped(said, width, 0, paint)
    yield f"Findings: {severity_words(severities)}"
    run = report.run
    if run is None:
        return
    if run.steps:
        parts = " · ".join(f"{visible(s.step)} {seconds(s.run_seconds)}" for s in slowest(run.steps))
        yield from _wrapped([(f"Slowest steps: {parts}", "")], width, 0, paint)
    line = f"Run {visible(run.id)}, attempt {run.attempt}: {seconds(run.duration_seconds)}"
    yield from _wrapped([(line, "dim")], width, 0, paint)
