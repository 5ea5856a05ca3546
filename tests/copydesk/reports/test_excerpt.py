"""The lines around a finding."""

from __future__ import annotations

from copydesk.report import Finding, Severity
from copydesk.reports.excerpt import Line, excerpt, split_lines

TEXT = "one\ntwo\r\nthree 🎉 word\rfour\n\n\n\nlast"


def finding(line: int, column: int, match: str, *, end_line: int | None = None, end_column: int = 0) -> Finding:
    return Finding(
        check="a.b",
        severity=Severity.ERROR,
        message="m",
        line=line,
        column=column,
        end_line=end_line or line,
        end_column=end_column or column + len(match),
        match=match,
    )


def show(lines: tuple[Line, ...]) -> list[str]:
    return [f"{n.number}: {n.before}[{n.match}]{n.after}" if n.marked else f"{n.number}: {n.before}" for n in lines]


def test_lines_end_as_the_contract_says() -> None:
    assert split_lines("a\nb\r\nc\rd\x0be\u2028f") == ["a", "b", "c", "d\x0be\u2028f"]


def test_the_line_before_and_after_are_shown() -> None:
    assert show(excerpt(split_lines(TEXT), finding(3, 9, "word"))) == ["2: two", "3: three 🎉 [word]", "4: four"]


def test_a_blank_line_is_looked_past_but_not_two() -> None:
    assert show(excerpt(["a", "", "x", "", "", "b"], finding(3, 1, "x"))) == ["1: a", "3: [x]"]


def test_a_match_over_several_lines_is_marked_in_each() -> None:
    lines = excerpt(split_lines(TEXT), finding(2, 2, "wo\r\nthree", end_line=3, end_column=6))
    assert show(lines) == ["1: one", "2: t[wo]", "3: [three] 🎉 word", "4: four"]


def test_a_place_without_a_text_is_a_mark() -> None:
    assert show(excerpt(["a", "bc"], finding(2, 2, ""))) == ["1: a", "2: b[]c"]


def test_a_finding_on_the_whole_post_has_no_lines() -> None:
    assert excerpt(split_lines(TEXT), finding(1, 1, "")) == ()


def test_a_long_line_is_cut_at_words_around_the_match() -> None:
    text = "alpha beta " * 100
    (line,) = excerpt([text], finding(1, text.index("beta", 500) + 1, "beta"))
    assert line.before.startswith("… ")
    assert line.after.endswith(" …")
    assert len(line.before) < 100
    assert len(line.after) < 100


def test_a_text_that_has_changed_since_shows_the_match_alone() -> None:
    for place in (finding(99, 1, "word"), finding(1, 50, "word"), finding(1, 1, "word")):
        assert show(excerpt(split_lines(TEXT), place)) == [f"{place.line}: [word]"]
    assert show(excerpt([], finding(2, 2, "word"))) == ["2: [word]"]
