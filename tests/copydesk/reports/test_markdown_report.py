"""The Markdown report: readable, within the limits of where it is shown, and without markup from a post."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from copydesk.report import ReviewReport, Verdict
from copydesk.reports import Material, render
from copydesk.reports.markdown import SUMMARY_LIMIT, artifact_markdown, code, inline
from tests.copydesk.reports.sample_reports import PAYLOADS, make_hostile_report, make_report


def parse(text: str) -> list[Token]:
    """The tokens of the text, as a reader with tables and raw HTML sees them."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").parse(text)


def flat(tokens: list[Token]) -> list[Token]:
    return [t for token in tokens for t in (token, *flat(token.children or []))]


def test_verdict_first_then_posts_then_findings(report: ReviewReport) -> None:
    text = render(report, "markdown")
    assert text.startswith("## ✎ Changes requested\n")
    assert text.index("| `posts/hello.md` | ✎ changes requested | 71.5 |") < text.index("### `posts/hello.md`")
    assert "| 7 | ✕ error |" in text
    assert "→ `have`" in text
    assert "1 finding suppressed (1 by the text)." in text
    assert "style.wordy" not in text


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_stays_text(name: str) -> None:
    for written in (inline(PAYLOADS[name]), code(PAYLOADS[name])):
        kinds = {t.type for t in flat(parse(f"before {written} after"))}
        assert kinds <= {"paragraph_open", "inline", "text", "code_inline", "paragraph_close", "text_special"}
        start = {t.type for t in flat(parse(written))}
        assert start <= {"paragraph_open", "inline", "text", "code_inline", "paragraph_close", "text_special"}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_moves_no_cell(name: str) -> None:
    text = f"| a | b |\n| --- | --- |\n| {inline(PAYLOADS[name])} | {code(PAYLOADS[name], in_table=True)} |\n"
    tokens = parse(text)
    assert [t.type for t in tokens].count("td_open") == 2
    assert not {t.type for t in flat(tokens)} & {"html_inline", "html_block", "link_open", "image", "fence"}


def test_a_hostile_report_has_the_structure_of_a_tame_one() -> None:
    def kinds(report: ReviewReport) -> set[str]:
        return {t.type for t in flat(parse(render(report, "markdown")))}

    assert not kinds(make_hostile_report()) & {
        "html_inline",
        "html_block",
        "link_open",
        "image",
        "fence",
        "code_block",
        "blockquote_open",
        "hr",
    }
    assert "table_open" in kinds(make_report())


def test_nobody_is_mentioned() -> None:
    rendered = MarkdownIt().render(inline("@everyone fixes #12"))
    assert not re.search(r"@\w|#\d", rendered)


def test_it_stays_below_the_limit_and_says_what_is_missing(report: ReviewReport) -> None:
    finding = report.posts[1].findings[0]
    many = tuple(replace(report.posts[1], path=f"posts/{n}.md", findings=(finding,) * 100) for n in range(100))
    text = render(replace(report, posts=many), "markdown")
    assert len(text.encode()) < SUMMARY_LIMIT + 500
    assert "not shown in full here" in text
    assert "… and 50 posts more." in text or "… and 50 posts" in text


def test_the_artifact_holds_the_picture_and_the_durations(report: ReviewReport) -> None:
    text = artifact_markdown(report, Material(diagram_svg="<svg/>", explanation="links took <b>62 %</b>"))
    assert "![The run as a diagram](data:image/svg+xml;base64,PHN2Zy8+)" in text
    assert "| grammar | completed | 1.5 s | 200 ms | 2 |" in text
    assert "<b>" not in text
    large = artifact_markdown(report, Material(diagram_svg="<svg>" + "x" * 400_000 + "</svg>"))
    assert "data:image" not in large


def test_an_approved_report_is_short() -> None:
    assert "###" not in render(ReviewReport(verdict=Verdict.APPROVE), "markdown")
