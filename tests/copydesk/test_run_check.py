"""What a child answers: the same with and without pydantic, and what is no plain JSON all the same."""

from __future__ import annotations

import importlib
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from copydesk import run_check
from copydesk.checks.grammar import matcher
from copydesk.report import Finding, Severity, StepResult, StepStatus
from copydesk.sandbox import DEFAULT_PRELOAD
from copydesk.sandbox_child import resolve

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FINDINGS = st.builds(
    Finding,
    check=TEXT,
    severity=st.sampled_from(Severity),
    message=TEXT,
    line=st.integers(1, 3),
    end_column=st.integers(1, 3),
    match=TEXT,
    suggestions=st.lists(TEXT, max_size=2).map(tuple),
    suppressed=st.booleans(),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
RESULTS = st.builds(
    StepResult,
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    outputs=st.dictionaries(TEXT, VALUES, max_size=3),
    measures=st.dictionaries(TEXT, st.integers(-9, 9) | st.floats(-1, 1), max_size=3),
    status=st.just(StepStatus.DONE),
)


@given(RESULTS)
def test_a_result_is_told_as_pydantic_would(result: StepResult) -> None:
    expected = TypeAdapter(StepResult).dump_python(result, mode="json", exclude_defaults=True, warnings="error")
    assert json.dumps(run_check._plain_result(result)) == json.dumps(expected)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (StepResult(outputs={"day": date(2026, 1, 2)}), {"outputs": {"day": "2026-01-02"}}),
        (StepResult(status=StepStatus.SKIPPED, reason="short"), {"status": "skipped", "reason": "short"}),
        (StepResult(milliseconds=2.5), {"milliseconds": 2.5}),
    ],
)
def test_what_is_less_plain_is_left_to_pydantic(result: StepResult, expected: dict[str, Any]) -> None:
    assert run_check._dump(result) == expected


def test_a_value_of_a_wrong_type_is_refused() -> None:
    wrong: Any = "third"
    with pytest.raises(PydanticSerializationError):
        run_check._dump([Finding(check="a.b", severity=Severity.ERROR, message="", line=wrong)])


def test_what_is_prepared_is_compiled_before_a_post_comes() -> None:
    matcher.cache_clear()
    run_check.prepare()
    patterns = [pattern for found in matcher()._by_anchor.values() for pattern in found]
    assert len(patterns) > 600
    assert all("regex" in vars(pattern) for pattern in patterns)


def test_children_are_forked_from_a_process_with_all_that_can_be_loaded() -> None:
    """A name that cannot be loaded is passed over in silence there."""
    for name in DEFAULT_PRELOAD:
        if ":" in name:
            resolve(name)()
        else:
            importlib.import_module(name)
