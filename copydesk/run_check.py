"""What a child process does: one check over posts. Imports no more than the check needs, and never Prefect."""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from copydesk.post import Post
from copydesk.report import Finding, Severity, StepResult, StepStatus
from copydesk.step import StepContext

_REQUIRED = {"check": str, "severity": Severity, "message": str}
_OF_FINDING = [(f.name, _REQUIRED.get(f.name) or type(f.default), f.default) for f in fields(Finding)]


def check_post(item: Mapping[str, Any], shared: Mapping[str, Any]) -> Any:
    """One post through one check: a `StepResult` as JSON. Raises what the check raises.

    `shared` holds the address of the check, the context, and how many parsed posts to keep for the next checks.
    """
    context = _context(shared["context"] | {"outputs": item["outputs"]})
    return _dump(_function(shared["check"])(_posts(shared["keep"])(item["path"], item["text"]), context))


def check_batch(items: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]) -> list[Any]:
    """Many posts through a check that wants them at once; `ValueError` when it does not answer for each."""
    context = _context(shared["context"])
    post = _posts(shared["keep"])
    answers = list(_function(shared["check"])([post(item["path"], item["text"]) for item in items], context))
    if len(answers) != len(items):
        raise ValueError(f"the check answered for {len(answers)} of {len(items)} posts")
    return [_dump(answer) for answer in answers]


_SAMPLE = """---
title: A sample
---

# A sample

See [the plan](plan.md): it *was* made by us, and `it` runs. Why does it?

- One ![picture](picture.png)
"""


def prepare() -> None:
    """Make what the checks make at their first use, the parser and compiled patterns, for all children forked later."""
    from copydesk.checks.grammar import matcher

    post = Post.from_text("sample.md", _SAMPLE)
    for module in ("loading", "checks.style", "checks.links", "checks.seo"):
        _dump(_function(f"copydesk.{module}:check")(post, StepContext()))
    matcher().compile()


def _dump(answer: Iterable[Finding] | StepResult) -> Any:
    if not isinstance(answer, StepResult):
        if not isinstance(answer, Iterable):
            raise TypeError(f"the step answered {answer!r:.80} instead of findings")
        answer = StepResult(findings=tuple(answer))
    for finding in answer.findings:
        if not isinstance(finding, Finding):
            raise TypeError(f"the step answered {finding!r:.80} where a Finding was expected")
    try:
        value = _plain_result(answer)
    except TypeError:  # a date among the outputs, say, or a finding with a line of text
        value = _validated(answer)
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, out of an escape in a post: no text for others
        value = json.loads(text.encode("utf-8", "replace"))
    return value


def _context(data: Mapping[str, Any]) -> StepContext:
    return StepContext(**{**data, "vocabulary": tuple(data["vocabulary"])})


def _plain_result(answer: StepResult) -> dict[str, Any]:
    """The result as JSON without what is as usual; `TypeError` for what is not exactly of the types it should be.

    The same as pydantic makes of it, which a child would take longer to import than to check a post.
    """
    if (type(answer.findings), type(answer.outputs), type(answer.measures)) != (tuple, dict, dict):
        raise TypeError
    if answer.status is not StepStatus.DONE or answer.reason or answer.milliseconds:
        raise TypeError
    if not all(type(measure) in (int, float) for measure in answer.measures.values()):
        raise TypeError
    value = {
        "findings": [_plain_finding(finding) for finding in answer.findings],
        "outputs": _plain(answer.outputs),
        "measures": {name: float(measure) for name, measure in _plain(answer.measures).items()},
    }
    return {name: part for name, part in value.items() if part}


def _plain_finding(finding: Finding) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, kind, default in _OF_FINDING:
        given = getattr(finding, name)
        if type(given) is not kind:
            raise TypeError
        if given != default:
            value[name] = _plain(given) if kind is tuple else given.value if isinstance(given, Severity) else given
    return value


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (str, int, float, bool):
        return value
    if kind in (list, tuple):
        return [_plain(part) for part in value]
    if kind is dict and all(type(key) is str for key in value):
        return {key: _plain(part) for key, part in value.items()}
    raise TypeError


def _validated(answer: StepResult) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(StepResult).dump_python(answer, mode="json", exclude_defaults=True, warnings="error")


@functools.cache
def _function(address: str) -> Any:
    module, _, name = address.partition(":")
    return functools.reduce(getattr, name.split("."), importlib.import_module(module))


# A child meets a post once for each step: what was parsed for one step serves the next.
@functools.cache
def _posts(most: int) -> Callable[[str, str], Post]:
    return functools.lru_cache(maxsize=most)(Post.from_text)
