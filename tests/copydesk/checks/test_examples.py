"""Every rule of every step has texts that must be flagged and texts that must pass, and they do."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from copydesk.post import Post
from copydesk.report import Finding, StepResult
from copydesk.rules import Example, Rule
from copydesk.step import Step, StepContext
from copydesk.steps import BUILTIN, OPTIONAL, builtin, load_object, rules_of

# What asks the network has its own test, with servers on loopback.
STEPS = {name: builtin(name) for name in (*BUILTIN, *OPTIONAL) if name != "external_links"}
CASES = [(step, rule) for step in STEPS.values() for rule in rules_of(step)]


def _findings(step: Step, rule: Rule, example: str | Example, folder: Path) -> list[Finding]:
    """Every finding of the step on the example, `resolve` included, with the site around it written to `folder`."""
    given = Example(text=example) if isinstance(example, str) else example
    for path, text in {**given.files, given.path: given.text}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    path = str(folder / given.path)
    post = Post.from_text(path, given.text)
    options = load_object(step.prepare)(given.options, folder) if step.prepare else given.options
    context = StepContext(options=options, rejected=given.rejected)
    check = load_object(step.check)
    answer = check([post], context)[0] if step.batch else check(post, context)
    result = answer if isinstance(answer, StepResult) else StepResult(findings=tuple(answer))
    found = list(result.findings)
    if step.resolve is not None:
        site = importlib.import_module("copydesk.site").Site(folder, None, folder)
        found.extend(load_object(step.resolve)({path: result}, site, context).get(path, ()))
    for finding in found:
        _assert_place(post, finding)
    return [finding for finding in found if finding.check == rule.id]


def _assert_place(post: Post, finding: Finding) -> None:
    """Line and column lead to the match, by counting lines and characters anew."""
    if not finding.match:
        return
    lines = post.text.replace("\r\n", " \n").replace("\r", "\n").split("\n")
    offset = sum(len(line) + 1 for line in lines[: finding.line - 1]) + finding.column - 1
    assert post.text[offset : offset + len(finding.match)] == finding.match, finding


def _name(value: object) -> str:
    return value.id if isinstance(value, Rule) else value.name if isinstance(value, Step) else str(value)


@pytest.mark.parametrize(("step", "rule"), CASES, ids=_name)
def test_every_rule_has_examples_that_behave(step: Step, rule: Rule, tmp_path: Path) -> None:
    assert rule.flagged, f"{rule.id} has no text that must be flagged"
    assert rule.passes, f"{rule.id} has no text that must pass"
    assert rule.step == step.name
    folders = _numbered(tmp_path)
    for example in rule.flagged:
        found = _findings(step, rule, example, next(folders))
        assert found, f"{rule.id} does not flag: {example!r}"
        if isinstance(example, Example) and example.match is not None:
            assert example.match in [finding.match for finding in found]
    for example in rule.passes:
        found = _findings(step, rule, example, next(folders))
        assert not found, f"{rule.id} flags {[f.match for f in found]} in: {example!r}"


def _numbered(folder: Path) -> Iterator[Path]:
    number = 0
    while True:
        number += 1
        yield folder / str(number)


@pytest.mark.parametrize("step", STEPS.values(), ids=_name)
def test_rules_of_a_step_are_told_apart_by_their_ids(step: Step) -> None:
    ids = [rule.id for rule in rules_of(step)]
    assert ids
    assert len(ids) == len(set(ids))
