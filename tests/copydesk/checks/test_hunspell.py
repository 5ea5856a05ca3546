"""Spelling with dictionaries of the team's own: which words are asked about, in which languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copydesk.checks.hunspell import check, prepare
from copydesk.errors import UsageError
from copydesk.post import Post
from copydesk.report import StepResult, StepStatus
from copydesk.step import StepContext

GERMAN = ["der", "die", "das", "und", "ist", "nicht", "ein", "Haus", "Häuser", "wir", "haben", "groß"]
AFFIXES = "SET ISO8859-1\nTRY esianrtolcdugmphbyfvkwz\nSFX S Y 1\nSFX S 0 s .\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "de_DE.aff").write_text(AFFIXES, "latin-1")
    (tmp_path / "de_DE.dic").write_text("\n".join([str(len(GERMAN)), *GERMAN, "Hausbau/S"]) + "\n", "latin-1")
    return tmp_path


def result(folder: Path, text: str, path: str = "post.de.md", **context: object) -> StepResult:
    options = prepare({"dictionaries": {"de": "de_DE"}}, folder)
    return check(Post.from_text(path, text), StepContext(options=options, **context))  # type: ignore[arg-type]


FRONT = "---\nlang: de\nauthor: Brunhild Qwertz\n---\n\n"


def test_unknown_words_are_reported_once_with_suggestions(folder: Path) -> None:
    text = FRONT + "Wir haben ein *Hauss* und das Haus ist nihct groß. Hauss!\n"
    findings = result(folder, text).findings
    assert [(f.match, f.line) for f in findings] == [("Hauss", 6), ("nihct", 6)]
    assert "Haus" in findings[0].suggestions
    assert "nicht" in findings[1].suggestions


@pytest.mark.parametrize(
    "text",
    [
        "Die Hausbaus und die Häuser.",
        "Das `hauss` ist das hauss.",
        "Die NASA und iPhone und v2beta und x1.",
        "Das ist https://hauss.example/nihct und @nihct.",
        "Wir haben qwertz und Brunhild.",
        "Blarg ist Blarg und Blarg.",
        "Wir haben 日本語 und żółć.",
    ],
)
def test_names_code_and_terms_are_left_alone(folder: Path, text: str) -> None:
    assert result(folder, FRONT + text + "\n").findings == ()


def test_words_of_the_team_are_known(folder: Path) -> None:
    text = FRONT + "Wir haben ein Dingsbums.\n"
    assert [f.match for f in result(folder, text).findings] == ["Dingsbums"]
    assert result(folder, text, vocabulary=("dingsbums",)).findings == ()


def test_another_language_is_skipped_and_says_so(folder: Path) -> None:
    skipped = result(folder, "This is a post in plain English and it has no dictionary of its own.\n", "post.md")
    assert skipped.status is StepStatus.SKIPPED
    assert skipped.reason == "there is a dictionary for de, not for this language"


def test_a_changed_dictionary_is_a_changed_question(folder: Path) -> None:
    before = prepare({"dictionaries": {"de": "de_DE.dic"}}, folder)
    (folder / "de_DE.dic").write_text("1\nneu\n")
    assert prepare({"dictionaries": {"de": "de_DE.dic"}}, folder) != before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "name dictionaries"),
        ({"dictionaries": {}}, "name dictionaries"),
        ({"dictionaries": {"de": "fr_FR"}}, "there is no dictionary file"),
        ({"dictionaries": {"German": "de_DE"}}, "two or three letters"),
        ({"dictionaries": {"de": 3}}, "two or three letters"),
        ({"dictionaries": {"de": "de_DE"}, "x": 1}, "name dictionaries"),
    ],
)
def test_options_that_cannot_be_used(folder: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        prepare(options, folder)


def test_a_review_spells_german_and_lists_what_did_not_run(copydesk, folder: Path) -> None:
    steps = "    - name: hunspell\n      with: {dictionaries: {de: de_DE}}\n    - name: style\n"
    (folder / "copydesk.yaml").write_text(f"workflow:\n  steps:\n{steps}")
    (folder / "post.md").write_text(FRONT + "Wir haben ein Hauss.\n")
    (post,) = json.loads(copydesk("check", "post.md", "--format", "json").stdout)["posts"]
    assert [(f["check"], f["match"]) for f in post["findings"]] == [("hunspell.unknown_word", "Hauss")]
    assert post["skipped"] == {"style": "the post is in German; this step reads English only"}
