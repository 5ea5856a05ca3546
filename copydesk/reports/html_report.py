"""The report as one HTML file for writers and editors: it opens without network and runs nothing from a post.

Three walls stand between a post and the reader's browser: every text is escaped by the template (`autoescape`), every
picture is rebuilt from a list of allowed shapes, and a Content-Security-Policy allows this file's own style and script
by their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from copydesk.palette import ROLES, recolor_css
from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import Material, charts
from copydesk.reports.excerpt import Line, excerpt, split_lines
from copydesk.reports.survey import CheckSurvey, Survey
from copydesk.reports.wording import (
    SEVERITY_MARKS,
    VERDICT_MARKS,
    VERDICTS,
    count_by_severity,
    hidden_summary,
    number,
    open_findings,
    plural,
    reasons,
    seconds,
    skipped_steps,
    slowest,
    suppression_words,
    verdict_words,
)
from copydesk.visible import visible

_TEMPLATES = Path(__file__).parent / "templates"
_MOST_TASKS = 8  # lines under "what to do": more than that is no advice
_OPEN_UP_TO = 3  # posts whose findings are open from the start; the others open at a click
_SHOWN_SUGGESTIONS = 5

VERDICT_ROLES = {
    Verdict.APPROVE: "completed_line",
    Verdict.CHANGES_REQUESTED: "timed_out_line",
    Verdict.REJECT: "failed_line",
    Verdict.INCOMPLETE: "cancelled_line",
}


def html_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The report as one HTML page. Posts with the worst verdict come first, then the lowest score."""
    material = material or Material()
    survey, count = Survey(report.posts), len(report.posts)
    single = report.posts[0] if count == 1 else None
    pieces: Iterator[str] = page_template("report.html.j2").generate(
        **page_frame(),
        title=f"{VERDICTS[report.verdict].capitalize()} – copydesk review",
        verdict=report.verdict.value,
        verdict_mark=VERDICT_MARKS[report.verdict],
        verdict_words=VERDICTS[report.verdict].capitalize(),
        summary=single.path if single else verdict_words(survey.verdicts),
        ring=charts.ring(single.score, VERDICT_ROLES[single.verdict]) if single else None,
        counts=[(s.value, SEVERITY_MARKS[s], survey.severities[s]) for s in reversed(Severity)],
        tasks=_tasks(survey, material),
        posts=(_PostView.of(report.posts[i], number, material) for number, i in enumerate(survey.order)),
        post_count=count,
        open_posts=count <= _OPEN_UP_TO,
        total=survey.severities.total(),
        steps_found=sorted(survey.steps),
        checks_found=sorted(survey.names),
        suppressed=survey.suppressed,
        run=report.run,
        run_steps=slowest(report.run.steps, len(report.run.steps)) if report.run else [],
        longest=max((s.run_seconds for s in report.run.steps), default=0.0) if report.run else 0.0,
        diagram=safe_svg(material.diagram_svg),
        timeline=safe_svg(material.timeline_svg),
        explanation="" if material.diagram_svg else material.explanation,  # the picture says it already
    )
    yield from pieces


def page_frame(script_name: str = "report.js") -> dict[str, Any]:
    """What each of our pages starts with: its style and script, and the policy that allows these two only."""
    style, script = _style(), _asset(script_name)
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704 - files of this package


# --- one post ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _FindingView:
    finding: Finding
    lines: tuple[Line, ...]
    suggestions: tuple[str, ...]
    reason: str

    @property
    def mark(self) -> str:
        return SEVERITY_MARKS[self.finding.severity]

    @property
    def suppression(self) -> str:
        return suppression_words(self.finding)

    @property
    def whole_post(self) -> bool:
        return not self.finding.match and self.finding.line == 1 and self.finding.column == 1


@dataclass(frozen=True, slots=True)
class _PostView:
    id: str
    review: PostReview
    findings: tuple[_FindingView, ...]
    open: int
    costs: tuple[tuple[str, str, str, Markup], ...]  # category, points, reason, bar
    trend: Markup
    trend_words: str
    facts: tuple[str, ...]

    @classmethod
    def of(cls, post: PostReview, index: int, material: Material) -> _PostView:
        lines = split_lines(material.sources[post.path]) if post.path in material.sources else []
        # A reason is given once in a post: below every finding it would be in the way, and a tenth of the page.
        reasons_left = {check: rule.reason for check, rule in material.rules.items()}
        views = tuple(
            _FindingView(
                finding,
                excerpt(lines, finding),
                finding.suggestions[:_SHOWN_SUGGESTIONS],
                reasons_left.pop(finding.check, ""),
            )
            for finding in post.findings
        )
        scores = [p.score for p in material.trends.get(post.path, ())] + [post.score]
        return cls(
            id=_post_id(index),
            review=post,
            findings=views,
            open=len(open_findings(post)),
            costs=_costs(post),
            trend=charts.trend(scores[-20:]),
            trend_words=_trend_words(scores),
            facts=_facts(post),
        )

    @property
    def mark(self) -> str:
        return VERDICT_MARKS[self.review.verdict]

    @property
    def verdict_words(self) -> str:
        return VERDICTS[self.review.verdict]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        counted = count_by_severity(open_findings(self.review))
        return [(s.value, SEVERITY_MARKS[s], n) for s, n in counted.items() if n]

    @property
    def hidden(self) -> str:
        return hidden_summary(self.review)

    @property
    def skipped(self) -> list[tuple[str, str]]:
        return skipped_steps(self.review)

    @property
    def reasons(self) -> tuple[str, ...]:
        return reasons(self.review)


def _post_id(index: int) -> str:
    return f"post-{index}"


def _costs(post: PostReview) -> tuple[tuple[str, str, str, Markup], ...]:
    scale = max((max(p.cap, p.points) for p in post.score_breakdown), default=0.0)
    rows = []
    for penalty in sorted(post.score_breakdown, key=lambda p: (-p.points, p.category)):
        most = f" of at most {number(penalty.cap)}" if penalty.cap > 0 else ""
        points = f"−{number(penalty.points)}{most}" if penalty.points > 0 else "nothing lost"
        rows.append(
            (penalty.category, points, penalty.reason, charts.bar(penalty.points, penalty.cap, scale, "timed_out_line"))
        )
    return tuple(rows)


def _trend_words(scores: list[float]) -> str:
    if len(scores) < 2:
        return ""
    change = round(scores[-1] - scores[-2], 1)
    if change == 0:
        return f"{number(scores[-1])}, as in the review before"
    return f"{number(scores[-1])}, {number(abs(change))} {'more' if change > 0 else 'less'} than in the review before"


def _facts(post: PostReview) -> tuple[str, ...]:
    facts = [f"{name.replace('_', ' ')} {number(value, 2)}" for name, value in sorted(post.measures.items())]
    if post.type:
        facts.insert(0, f"type {post.type}")
    if post.language:
        facts.insert(0, f"language {post.language}")
    return tuple(facts)


# --- what to do -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Task:
    severity: str
    mark: str
    text: str
    where: str
    target: str  # id of the first post that it concerns


def _tasks(survey: Survey, material: Material) -> list[_Task]:
    unfinished = sorted(survey.unfinished.items(), key=lambda item: item[1].first)
    tasks = [
        _Task(
            "incomplete", "?", f"Review again: {step} could not finish", f"in {plural(entry.posts, 'post')}",
            _post_id(survey.position(entry.first[0])),
        )
        for step, entry in unfinished
    ]  # fmt: skip

    def weight(item: tuple[str, CheckSurvey]) -> tuple[int, int, str]:
        check, found = item
        return -found.severity.rank, -found.findings, check

    for check, found in sorted(survey.checks.items(), key=weight)[: max(_MOST_TASKS - len(tasks), 0)]:
        first = found.finding
        if found.findings == 1:
            text, where = first.message, f"line {first.line}" if first.match else ""
        else:
            text = _coded(material.rules[check].summary) if check in material.rules else first.message
            where = f"{found.findings:,} times" + (f" in {found.posts:,} posts" if found.posts > 1 else "")
        tasks.append(
            _Task(
                found.severity.value, SEVERITY_MARKS[found.severity], text, f"{check}, {where}".strip(", "),
                _post_id(survey.position(found.first)),
            )
        )  # fmt: skip
    return tasks


# --- the page ---------------------------------------------------------------------------------------------------------

_SHAPES = frozenset(
    {"svg", "g", "title", "desc", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text"}
)
_ATTRIBUTES = frozenset(
    (
        *("viewBox", "width", "height", "role", "class", "aria-label", "transform", "opacity", "points", "d"),
        *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin"),
        *("stroke-opacity", "cx", "cy", "rx", "ry", "r", "x", "y", "x1", "y1", "x2", "y2"),
        *("text-anchor", "dominant-baseline", "font-family", "font-size", "font-weight"),
    )
)


def safe_svg(svg: str | None) -> Markup | None:
    """A picture rebuilt from shapes and texts only: no script, link, image, style or foreign element survives.

    None for no picture and for one that cannot be read.
    """
    if not svg:
        return None
    try:
        root = ET.fromstring(svg)  # noqa: S314 - drawn by this package; rebuilt below all the same
    except ET.ParseError:
        return None
    clean = _rebuilt(root)
    if clean is None or clean.tag != "svg":
        return None
    return Markup(ET.tostring(clean, encoding="unicode"))  # noqa: S704 - texts and attributes are escaped by tostring


def _rebuilt(element: ET.Element) -> ET.Element | None:
    name = str(element.tag).rpartition("}")[2]
    if name not in _SHAPES:
        return None
    copy = ET.Element(name, {k: visible(v) for k, v in element.attrib.items() if k in _ATTRIBUTES})
    copy.text = visible(element.text or "", one_line=False)
    for child in element:
        if (kept := _rebuilt(child)) is not None:
            copy.append(kept)
    return copy


@cache
def page_template(name: str) -> Any:
    """A template of ours: every text that it writes is spelled out where it steers, then escaped."""
    environment = Environment(
        loader=FunctionLoader(_unindented),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters.update(seconds=seconds, number=number, plural=plural, moment=_moment, coded=_coded)
    return environment.get_template(name)


def _unindented(name: str) -> str:
    """A template without the white space that lines begin with: an eighth of a report of thousands of findings."""
    return re.sub(r"(?m)^[ \t]+", "", _asset(name))


def _shown(value: Any) -> Any:
    """Every text that a template writes, before it is escaped."""
    return visible(value, one_line=False) if isinstance(value, str) and not isinstance(value, Markup) else value


def _moment(iso: str) -> str:
    """`2026-05-11 08:00 UTC`; what is no time in UTC stays as it is."""
    found = re.fullmatch(r"([\d-]{10})T(\d\d:\d\d)[\d:.]*(Z|\+00:00)", iso)
    return f"{found[1]} {found[2]} UTC" if found else iso


def _coded(text: str) -> Markup:
    """Text with what stands between backticks shown as code, as the tables of rules write it."""
    escaped = str(escape(visible(text, one_line=False)))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped))  # noqa: S704 - escaped the line before


@cache
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


@cache
def _style() -> str:
    light = "".join(f"--{role.replace('_', '-')}:{pair[0]};" for role, pair in ROLES.items())
    dark = "".join(f"--{role.replace('_', '-')}:{pair[1]};" for role, pair in ROLES.items())
    pictures = recolor_css("svg")
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}\n{pictures}}}\n" + _asset(
        "report.css"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
