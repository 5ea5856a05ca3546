"""The rules of the grammar step: the 49 rules of Harper that are worth having, and our own."""

from __future__ import annotations

from copydesk.checks.grammar_harper_rules import HARPER_RULES
from copydesk.checks.grammar_own_rules import OWN_RULES
from copydesk.rules import Rule

RULES: tuple[Rule, ...] = tuple(sorted((*HARPER_RULES.values(), *OWN_RULES.values()), key=lambda rule: rule.id))
