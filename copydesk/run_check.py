"""What a child process does: one check over posts. Imports no more than the check needs, and never Prefect."""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from copydesk.post import Post
from copydesk.report import Finding, StepResult
from copydesk.step import StepContext

_result = TypeAdapter(StepResult)
_context = TypeAdapter(StepContext)


def check_post(item: Mapping[str, Any], shared: Mapping[str, Any]) -> Any:
    """One post through one check: a `StepResult` as JSON. Raises what the check raises."""
    context = _context.validate_python(shared["context"] | {"outputs": item["outputs"]})
    return _dump(_function(shared["check"])(_post(item["path"], item["text"]), context))


def check_batch(items: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]) -> list[Any]:
    """Many posts through a check that wants them at once; `ValueError` when it does not answer for each."""
    context = _context.validate_python(shared["context"])
    answers = list(_function(shared["check"])([_post(item["path"], item["text"]) for item in items], context))
    if len(answers) != len(items):
        raise ValueError(f"the check answered for {len(answers)} of {len(items)} posts")
    return [_dump(answer) for answer in answers]


def _dump(answer: Iterable[Finding] | StepResult) -> Any:
    if not isinstance(answer, StepResult):
        if not isinstance(answer, Iterable):
            raise TypeError(f"the step answered {answer!r:.80} instead of findings")
        answer = StepResult(findings=tuple(answer))
    for finding in answer.findings:
        if not isinstance(finding, Finding):
            raise TypeError(f"the step answered {finding!r:.80} where a Finding was expected")
    value = _result.dump_python(answer, mode="json", exclude_defaults=True, warnings="error")
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, out of an escape in a post: no text for others
        value = json.loads(text.encode("utf-8", "replace"))
    return value


@functools.cache
def _function(address: str) -> Any:
    module, _, name = address.partition(":")
    return functools.reduce(getattr, name.split("."), importlib.import_module(module))


# A child meets a post once for each step: what was parsed for one step serves the next.
@functools.lru_cache(maxsize=256)
def _post(path: str, text: str) -> Post:
    return Post.from_text(path, text)
