"""The report for a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

from rich.cells import cell_len

from copydesk.report import ReviewReport, Verdict
from copydesk.reports import Material, render


def test_findings_stand_under_their_post_with_score_and_verdict(report: ReviewReport) -> None:
    lines = render(report, "text").splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("posts/hello.md"))
    assert "71.5/100" in lines[head]
    assert "changes requested" in lines[head]
    assert re.search(r"5:4 +! warning +“We has” does not agree. → have +grammar.agreement", lines[head + 1])
    assert re.search(r"7:17 +✕ error +No heading gives the anchor", lines[head + 2])
    text = "\n".join(lines)
    assert "score: 100 − grammar 8.5 − links 20 (capped) = 71.5" in text
    assert "Verdict: ✎ changes requested  2 posts: 1 approved, 1 changes requested." in text
    assert "Findings: 1 error, 1 warning" in text


def test_the_three_slowest_steps_are_named_longest_first(report: ReviewReport) -> None:
    assert "Slowest steps: links 2.6 s · grammar 1.5 s · spelling 900 ms" in render(report, "text")


def test_suppressed_findings_are_counted_not_shown(report: ReviewReport) -> None:
    text = render(report, "text")
    assert "style.wordy" not in text
    assert "1 finding suppressed (1 by the text)" in text


def test_without_a_run_nothing_is_said_of_steps(report: ReviewReport) -> None:
    assert "Slowest" not in render(replace(report, run=None), "text")


def test_an_incomplete_post_says_what_could_not_finish(report: ReviewReport) -> None:
    post = replace(report.posts[0], verdict=Verdict.INCOMPLETE, incomplete=("links",), verdict_reasons=())
    text = render(ReviewReport(verdict=Verdict.INCOMPLETE, posts=(post,)), "text")
    assert "links could not finish for this post." in text


def test_colour_only_when_asked_for(report: ReviewReport) -> None:
    assert "\x1b" not in render(report, "text")
    colored = render(report, "text", Material(color=True))
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored).split() == render(report, "text").split()


def test_no_line_is_wider_than_the_terminal(report: ReviewReport) -> None:
    assert max(map(len, render(report, "text", Material(width=60)).splitlines())) <= 60


def test_hostile_texts_steer_no_terminal(hostile_report: ReviewReport) -> None:
    for color in (False, True):
        text = re.sub(r"\x1b\[[\d;]*m", "", render(hostile_report, "text", Material(color=color)))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", text)
        assert "\\x1b[2J" in text
        assert "\\u202e" in text


def test_wide_characters_and_long_words_stay_within_the_terminal(report: ReviewReport) -> None:
    post = report.posts[1]
    for message in ("日本語の長い文章です。" * 20, "x" * 500, "word " * 80, "a " + "ü" * 90 + " b", ""):
        changed = replace(post, path="posts/" + "p" * 150, findings=(replace(post.findings[0], message=message),))
        lines = render(replace(report, posts=(changed,)), "text", Material(width=72)).splitlines()
        assert max(map(cell_len, lines)) <= 72
        assert message.replace(" ", "") in "".join(lines).replace(" ", "")


def test_steps_that_were_skipped_for_one_reason_are_named_together(report: ReviewReport) -> None:
    post = replace(report.posts[0], skipped={"style": "not English", "grammar": "not English", "seo": "no title"})
    assert "skipped: grammar, style (not English); seo (no title)" in render(replace(report, posts=(post,)), "text")


def test_what_the_baseline_knew_and_what_is_fixed_is_counted(report: ReviewReport) -> None:
    post = report.posts[1]
    known = replace(post.findings[0], suppressed=True, suppression="baseline")
    changed = replace(post, findings=(known, known, post.findings[2]), fixed=4)
    text = render(replace(report, posts=(changed,)), "text", Material(width=140))
    assert "3 findings suppressed (1 by the text, 2 known from the baseline), 4 fixed since the baseline" in text
