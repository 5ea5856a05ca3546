"""Each rule `load.*` flags its examples and passes the others."""

from __future__ import annotations

import pytest

from copydesk.checks.load import load_findings
from copydesk.checks.load_rules import RULES
from copydesk.post import Post
from copydesk.report import Finding
from copydesk.rules import Example, Rule


def findings(rule: Rule, example: str | Example) -> list[Finding]:
    example = Example(text=example) if isinstance(example, str) else example
    found = load_findings(Post.from_text(example.path, example.text))
    assert all(f.severity is r.severity for f in found for r in RULES if r.id == f.check)
    assert {f.check for f in found} <= {r.id for r in RULES}
    return [f for f in found if f.check == rule.id]


@pytest.mark.parametrize(
    ("rule", "example"), [pytest.param(r, e, id=f"{r.id}-{i}") for r in RULES for i, e in enumerate(r.flagged)]
)
def test_flagged(rule: Rule, example: str | Example) -> None:
    found = findings(rule, example)
    assert len(found) == 1
    if isinstance(example, Example) and example.match is not None:
        assert found[0].match == example.match


@pytest.mark.parametrize(
    ("rule", "example"), [pytest.param(r, e, id=f"{r.id}-{i}") for r in RULES for i, e in enumerate(r.passes)]
)
def test_passes(rule: Rule, example: str | Example) -> None:
    assert findings(rule, example) == []
