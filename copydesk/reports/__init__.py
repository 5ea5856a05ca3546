"""A review on its way out: one report, one file a format.

Every renderer is a function `(report, material)` that reads nothing but its arguments and yields its text in pieces, so
the same report gives the same text. It goes through the posts one by one and keeps none of them: a report of ten
thousand posts takes no more memory than one of ten. What comes from posts is data to each renderer: it is escaped where
it is written, never trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

from copydesk.errors import UsageError
from copydesk.report import ReviewReport, Verdict
from copydesk.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One earlier review of a post."""

    at: str  # ISO 8601, UTC
    score: float  # 0 to 100
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a report may be given beside the review itself; all of it may be absent."""

    sources: Mapping[str, str] = field(default_factory=dict)  # path -> text of the post, for the lines around a finding
    diagram_svg: str | None = None  # the run as drawn by `copydesk.diagram` (its own light theme)
    timeline_svg: str | None = None  # the run as drawn by `copydesk.timeline` (its own light theme)
    explanation: str = ""  # the sentence on the critical path
    trends: Mapping[str, Sequence[TrendPoint]] = field(default_factory=dict)  # path -> earlier reviews, oldest first
    rules: Mapping[str, Rule] = field(
        default_factory=dict
    )  # check id -> its rule: reasons and sources in the formats that show them
    color: bool = False  # text only: styled for a terminal
    width: int = 100  # text only: columns


Renderer = Callable[[ReviewReport, Material], Iterator[str]]  # yields the text in pieces, of whatever size

_RENDERERS = {
    "text": "copydesk.reports.text:text_report",
    "json": "copydesk.reports.json_report:json_report",
    "html": "copydesk.reports.html_report:html_report",
    "markdown": "copydesk.reports.markdown:markdown_report",
    "github": "copydesk.reports.github:github_report",
    "sarif": "copydesk.reports.sarif:sarif_report",
    "rdjson": "copydesk.reports.rdjson:rdjson_report",
    "rdjsonl": "copydesk.reports.rdjson:rdjsonl_report",
    "gitlab": "copydesk.reports.gitlab:gitlab_report",
    "checkstyle": "copydesk.reports.checkstyle:checkstyle_report",
    "junit": "copydesk.reports.junit:junit_report",
}

FORMATS = tuple(_RENDERERS)  # in the order that help texts show them


def renderer(name: str) -> Renderer:
    """The renderer of a format; imported only now, so that a command pays for the one it uses.

    Raises UsageError for a format that does not exist.
    """
    try:
        module, _, function = _RENDERERS[name].partition(":")
    except KeyError:
        raise UsageError(f"There is no report format {name!r}. Formats: {', '.join(FORMATS)}.") from None
    found: Renderer = getattr(import_module(module), function)
    return found


def render(report: ReviewReport, format: str, material: Material | None = None) -> str:
    """The report in one of `FORMATS` as one text; ends with a line end.

    Raises UsageError for a format that does not exist.
    """
    return "".join(renderer(format)(report, material or Material()))
