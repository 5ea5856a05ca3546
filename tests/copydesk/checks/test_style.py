from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.checks import style
from copydesk.checks.readability import flesch_reading_ease, passive, syllables
from copydesk.checks.style_words import CLICHES, FILLER, INCLUSIVE, WORDY
from copydesk.post import Post
from copydesk.report import Finding, Severity
from copydesk.step import StepContext

SHORT = "The ferry leaves at nine. Cars go on board first. Lorries follow them. The crew counts the bikes. "


def findings(text: str, context: StepContext | None = None) -> list[Finding]:
    return list(style.check(Post.from_text("post.md", text), context or StepContext()).findings)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("cat", 1), ("table", 2), ("idea", 3), ("created", 3), ("science", 2), ("walked", 1), ("wanted", 2)),
        *(("houses", 2), ("makes", 1), ("churches", 2), ("people", 2), ("area", 3), ("rhythm", 2), ("released", 2)),
        *(("community", 4), ("configuration", 5), ("various", 3), ("million", 2), ("radio", 3), ("quiet", 2)),
        *(("continuous", 4), ("handled", 2), ("friend", 1), ("society", 4), ("the", 1), ("isn't", 1), ("x", 1)),
        *(("well-known", 2), ("", 1), ("’", 1), ("queue", 1), ("telemetry", 4), ("experience", 4)),
    ],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_reading_ease_is_flesch_s_formula() -> None:
    assert flesch_reading_ease(1, 10, 15) == pytest.approx(206.835 - 10.15 - 126.9)
    assert flesch_reading_ease(0, 0, 0) == 0


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The report was written by the team", (2, 3)),
        ("It has been quickly read", (2, 4)),
        ("The doors weren't closed", (2, 3)),
        ("The bridge is being built", (2, 4)),
        ("We wrote the report", None),
        ("I am tired and interested", None),
        ("This is indeed good", None),
        ("The seed is red", None),
        ("It was the captain who asked", None),
    ],
)
def test_the_passive_voice(sentence: str, expected: tuple[int, int] | None) -> None:
    assert passive(sentence.split()) == expected


def test_measures_have_their_units() -> None:
    result = style.check(Post.from_text("post.md", (SHORT + "\n\n") * 17), StepContext())
    assert result.measures["sentences"] == 68
    assert result.measures["words"] == 17 * 18
    assert result.measures["reading_minutes"] == pytest.approx(17 * 18 / 238, abs=0.06)
    assert result.measures["passive_share"] == 0
    assert result.measures["long_sentence_share"] == 0
    assert 60 < result.measures["reading_ease"] <= 121
    assert result.findings == ()


def test_a_short_post_is_not_judged_by_shares() -> None:
    result = style.check(Post.from_text("post.md", "The report was written by the team.\n"), StepContext())
    assert "passive_share" not in result.measures
    assert result.findings == ()


def test_nothing_is_worse_than_a_suggestion() -> None:
    assert {rule.severity for rule in style.RULES} == {Severity.SUGGESTION}
    assert set(style.LIMITS) <= {rule.id for rule in style.RULES}


def test_limits_are_the_teams_own() -> None:
    strict = StepContext(thresholds={"style.long_sentence": 5, "style.long_paragraph": 20, "style.long_heading": 3})
    text = f"## How the ferry is loaded\n\n{SHORT * 2}The captain counts them all again.\n"
    assert findings(text) == []
    assert {f.check for f in findings(text, strict)} == {
        "style.long_sentence",
        "style.long_paragraph",
        "style.long_heading",
    }


def test_the_vocabulary_of_the_team_is_right() -> None:
    text = "We utilize the blacklist.\n"
    assert [f.match for f in findings(text)] == ["utilize", "blacklist"]
    assert [f.match for f in findings(text, StepContext(vocabulary=("Blacklist",)))] == ["utilize"]


def test_a_phrase_is_found_across_a_line_and_a_replacement_keeps_the_capital() -> None:
    text = "---\r\ntitle: 🚢\r\n---\r\n🚢 Prior\r\nto that, we left.\r\n"
    (finding,) = findings(text)
    assert (finding.check, finding.match, finding.suggestions) == ("style.wordy", "Prior\r\nto", ("Before",))
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (4, 3, 5, 3)


def test_titles_and_descriptions_are_read_and_code_is_not() -> None:
    text = "---\ntitle: A game-changer\ndescription: We utilize pumps.\n---\n`utilize` [x](/utilize/)\n\n    utilize\n"
    assert [(f.line, f.match) for f in findings(text)] == [(2, "game-changer"), (3, "utilize")]


def test_a_link_inside_a_phrase_is_not_broken_by_a_replacement() -> None:
    assert findings("We are in the [process](https://ferries.example) of loading.\n") == []


def test_a_list_of_names_is_no_long_sentence() -> None:
    names = ", ".join(f"Ines Duarte {chr(65 + n % 26)}" for n in range(40))
    assert findings(f"Thanks to {names}.\n") == []


def test_the_tables_do_not_overlap() -> None:
    tables = (set(WORDY), set(FILLER), set(CLICHES), set(INCLUSIVE))
    assert sum(map(len, tables)) == len(set().union(*tables))
    assert all(phrase == phrase.lower() for table in tables for phrase in table)


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    for finding in findings(text):
        assert finding.check in {rule.id for rule in style.RULES}


@pytest.mark.parametrize("piece", ["very ", "We go. ", "is not ", "a. ", "in the ", "İ ", "aeiou"])
def test_time_grows_with_the_length_of_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        post = Post.from_text("post.md", piece * (size // len(piece)))
        assert post.sentences is not None
        assert post.words >= 0
        start = time.process_time()
        style.check(post, StepContext())
        return time.process_time() - start

    small, large = min(seconds(4_000) for _ in range(3)), min(seconds(64_000) for _ in range(2))
    assert large < 0.5 or large < small * 16 * 4  # quadratic would be 256 times
