"""Every test that docs/guarantees.md and SECURITY.md name exists, and every fault of the suite is told there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def functions_of(file: Path) -> dict[str, str]:
    """The tests of a file by name, with their docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.name: ast.get_docstring(node) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_the_page_names_tests() -> None:
    """The search finds what it looks for."""
    assert len(NAMED) > 40


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    """A promise without its test is no promise."""
    assert name in functions_of(ROOT / file)


@pytest.mark.parametrize("file", sorted((ROOT / "tests" / "faults").glob("test_*.py")), ids=lambda file: file.stem)
def test_every_fault_is_told_and_says_its_promise(file: Path) -> None:
    """No test of a fault is missing from the page, and each says in a sentence what it proves."""
    told = {name for named, name in NAMED if named == str(file.relative_to(ROOT))}
    for name, promise in functions_of(file).items():
        assert name in told, f"{name} is not in docs/guarantees.md"
        assert promise.endswith("."), f"{name} does not say what it proves"
