"""The page of all checks is that of the rules there are, with an example of each."""

from __future__ import annotations

from pathlib import Path

from copydesk.checks.document import checks_page
from copydesk.steps import BUILTIN, OPTIONAL, builtin, rules_of

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == checks_page(), "python -m copydesk.checks.document writes it anew"


def test_every_check_has_its_reason_source_and_examples() -> None:
    page = checks_page()
    rules = [rule for name in ("load", *BUILTIN, *OPTIONAL) for rule in rules_of(builtin(name))]
    assert len(rules) >= 100
    for rule in rules:
        part = page.split(f"### {rule.id}\n", 1)[1].split("\n### ", 1)[0]
        assert rule.reason in part
        assert rule.source.rstrip(".") in part
        assert "Flagged:" in part
        assert "Passes:\n\n" in part


def test_nothing_in_an_example_reaches_the_reader_unseen() -> None:
    assert all(character.isprintable() or character == "\n" for character in checks_page())
