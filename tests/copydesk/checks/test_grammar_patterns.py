"""The notation of the pattern tables, and the places of what they find."""

from __future__ import annotations

import re

import pytest

from copydesk.checks import grammar, spelling, structure
from copydesk.checks.grammar_own_rules import patterns
from copydesk.checks.grammar_patterns import Matcher, compile_table
from copydesk.post import Post
from copydesk.step import StepContext


def _hits(table: str, text: str) -> list[tuple[str, tuple[str, ...]]]:
    found = Matcher(compile_table("rule", table)).find(text)
    return [(text[hit.start : hit.end], hit.replacements) for hit in found]


def test_only_the_marked_part_is_reported_with_its_replacement() -> None:
    assert _hits("depend(|s|ed) <of> -> on", "It depends of the rain.") == [("of", ("on",))]


def test_a_capital_and_curly_apostrophes_are_kept_and_understood() -> None:
    assert _hits("(it's|that's) <fine> -> good", "That’s Fine.") == [("Fine", ("Good",))]


def test_words_before_can_forbid_a_match() -> None:
    table = "<was> done -> were !after it"
    assert _hits(table, "it was done") == []
    assert _hits(table, "we was done") == [("was", ("were",))]


def test_a_clause_start_is_needed_where_it_is_asked_for() -> None:
    assert _hits("^ he <go> -> goes", "Let he go.") == []
    assert _hits("^ he <go> -> goes", "It rains, so he go.") == [("go", ("goes",))]
    assert _hits("^^ he <go> -> goes", "It rains, so he go. He go.") == [("go", ("goes",))]


def test_parts_of_names_are_left_alone() -> None:
    assert _hits("alot -> a lot", "the crate my-alot and src/alot") == []


@pytest.mark.parametrize("line", ["no arrow", "[a-z]+ x -> y", "<(?:a|b)> -> c"])
def test_a_line_that_is_no_pattern_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        compile_table("rule", line)


def test_replacements_use_only_groups_that_their_pattern_has() -> None:
    for pattern in patterns():
        used = [int(number) for text in pattern.replacements for number in re.findall(r"\{(\d)", text)]
        # The part to report is a group as well, and is not counted.
        assert max(used, default=0) < pattern.regex.groups, pattern.source


def test_a_verb_after_been_is_replaced_whole() -> None:
    post = Post.from_text("p.md", "The page has been add, and we like it.")
    found = [(f.check, f.match, f.suggestions) for f in grammar.check(post, StepContext())]
    assert found == [("grammar.verb_form", "been add", ("been added",))]


def test_places_are_right_with_crlf_emoji_and_markup() -> None:
    text = "---\r\ntitle: Rain\r\n---\r\n\r\n🎉 Sun. We **dont** know,\r\nand it depends of the rain.\r\n"
    found = {(f.match, f.line, f.column) for f in grammar.check(Post.from_text("p.md", text), StepContext())}
    assert found == {("dont", 5, 13), ("of", 6, 16)}


def test_accepted_words_are_no_findings() -> None:
    post = Post.from_text("p.md", "We dont know, and we recieve it.")
    context = StepContext(vocabulary=("dont", "Recieve"))
    assert list(grammar.check(post, context)) == []
    assert spelling.check([post], context) == [[]]


def test_posts_of_a_batch_do_not_mix_and_settings_around_them_do_not_count(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("site")
    (folder / ".rumdl.toml").write_text('[global]\ndisable = ["MD040"]\n')
    (folder / "typos.toml").write_text('[default.extend-words]\nrecieve = "recieve"\n')
    monkeypatch.chdir(folder)
    posts = [
        Post.from_text("a.md", "We recieve it.\n"),
        Post.from_text("b.mdx", "import X from 'x'\n\n```\nls\n```\n"),
        Post.from_text("c.md", "Fine.\n"),
    ]
    context = StepContext()
    assert [[f.match for f in found] for found in spelling.check(posts, context)] == [["recieve"], [], []]
    checks = [[f.check for f in found] for found in structure.check(posts, context)]
    assert checks == [[], ["structure.fence_without_language"], []]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("It was the harbour she lived at at the time.", "It was the harbour at at the north."),
        ("This is a Pre-RFC RFC for everyone.", "This is the RFC RFC for everyone."),
        ("The sailor then waits for the tide.", "The boat is faster then the tide."),
        ("We met them and their Sister-Ships.", "We heard that their are two ships."),
        ("Being as early as you can will help the crew.", "The crew can will help you."),
        ("We were interested by the harbour.", "We were interested on the harbour."),
        ("We took a peek at the past of the harbour.", "We were at the other hand of the harbour."),
        ("They make the most of the tide.", "They saw the most of the ships."),
        ("Ask somebody (esp. with a boat) about it.", "Ask somebody with a boat. with luck they know."),
    ],
)
def test_a_false_alarm_that_was_seen_stays_away_and_the_rule_still_works(right: str, wrong: str) -> None:
    def found(text: str) -> list[str]:
        post = Post.from_text("a.md", f"---\ntitle: The ferry\n---\n\n{text}\n")
        return [finding.check for finding in grammar.check(post, StepContext())]

    assert found(right) == []
    assert found(wrong) != []
