"""The page of all checks, docs/checks.md, made of the rules themselves: `python -m copydesk.checks.document`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from copydesk.report import Severity
from copydesk.rules import Example, Rule
from copydesk.scoring import REJECTING
from copydesk.step import Step
from copydesk.steps import BUILTIN, OPTIONAL, builtin, rules_of

_LONGEST = 400  # characters of an example; a longer one is cut, when there is no shorter one
_COMMAND = "python -m copydesk.checks.document"

_INTRODUCTION = f"""# Checks

Every check with its reason, where the rule or its limit comes from, a text that is flagged and one that passes.
The texts are those that the tests try. This page is made of the rules themselves: `{_COMMAND}` writes it.

`checks.severity` of the workflow file changes the severity of a check or switches it `off`, `checks.thresholds` its
limit; both can differ by folder and by type of post. A check that is off by default runs where a severity is given.
An author answers a finding with `<!-- copydesk off: step.rule -->`.
"""


def checks_page() -> str:
    """The page as Markdown."""
    steps = [builtin(name) for name in ("load", *BUILTIN, *OPTIONAL)]
    parts = [_INTRODUCTION, *_contents(steps)]
    for step in steps:
        parts += _step(step)
    return "\n".join(parts).rstrip() + "\n"


def _contents(steps: Sequence[Step]) -> Iterator[str]:
    yield "| step | checks | what it looks at |"
    yield "| --- | ---: | --- |"
    for step in steps:
        yield f"| [{step.name}](#{step.name}) | {len(rules_of(step)) or ''} | {step.description} |"
    yield ""


def _step(step: Step) -> Iterator[str]:
    optional = " Runs only where the workflow lists it." if step.name in OPTIONAL else ""
    english = " English posts only." if step.english_only else ""
    yield f"## {step.name}\n\n{step.description}{english}{optional}\n"
    limits = _limits(step)
    for rule in rules_of(step):
        yield from _rule(rule, limits)


def _limits(step: Step) -> Mapping[str, float]:
    found: Mapping[str, float] = getattr(importlib.import_module(step.check.partition(":")[0]), "LIMITS", {})
    return found


def _rule(rule: Rule, limits: Mapping[str, float]) -> Iterator[str]:
    yield f"### {rule.id}\n"
    yield f"{rule.summary} {rule.reason}\n"
    facts = [f"Severity: {rule.severity.value}" + ("" if rule.enabled else ", off by default")]
    if rule.id in limits:
        facts.append(f"limit: {limits[rule.id]:,g}")
    if rule.id in REJECTING and rule.severity is Severity.ERROR:
        facts.append("rejects the post")
    if rule.fixable:
        facts.append("mended by `copydesk check --fix`")
    yield f"{'; '.join(facts)}. Source: {rule.source.rstrip('.')}.\n"
    if (flagged := _shortest(rule.flagged)) is not None:
        yield f"Flagged:\n\n{_example(flagged)}"
    else:
        yield "Flagged: no text can show it here; the tests make such files.\n"
    if (passing := _shortest(rule.passes)) is not None:
        yield f"Passes:\n\n{_example(passing)}"


def _shortest(examples: Sequence[str | Example]) -> Example | None:
    """The first that can be shown whole, plain ones first; of long ones the shortest; None without any text."""
    given = [one if isinstance(one, Example) else Example(text=one) for one in examples]
    shown = [one for one in given if 0 < len(one.text) + sum(map(len, one.files.values())) <= _LONGEST]
    if shown:
        return min(shown, key=lambda one: bool(one.options or one.files))
    return min((one for one in given if one.text), key=lambda one: len(one.text), default=None)


def _example(example: Example) -> str:
    parts = []
    named = bool(example.files) or example.path != "post.md"
    for path, text in (*example.files.items(), (example.path, example.text)):
        fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
        if named:
            parts.append(f"`{path}`:\n")
        parts.append(f"{fence}text\n{_printable(text)}\n{fence}\n")
    for name, value in (("with", example.options), ("checks.rejected", example.rejected)):
        if value:
            listed = ", ".join(f"`{key}: {value[key]}`" for key in value)
            parts.append(f"With {listed} in `{name}`.\n")
    return "\n".join(parts)


def _printable(text: str) -> str:
    """The text as lines, with what nobody sees spelled out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    if len(lines) > _LONGEST:
        lines = f"{lines[: _LONGEST // 2]}\n[... {len(lines) - _LONGEST // 2:,} more characters]"
    return "".join(c if c == "\n" or c.isprintable() else f"\\u{ord(c):04x}" for c in lines)


if __name__ == "__main__":
    Path("docs/checks.md").write_text(checks_page(), encoding="utf-8")
