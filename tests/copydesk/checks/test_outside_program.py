"""A checker that is missing or broken is named, with what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from copydesk.checks import outside_program
from copydesk.errors import ToolMissing


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder that is the only one programs are found in."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    outside_program.find_program.cache_clear()
    yield tmp_path
    outside_program.find_program.cache_clear()


def test_a_missing_program_says_how_to_install_it(bin_folder: Path) -> None:
    with pytest.raises(ToolMissing, match="pip install rumdl"):
        outside_program.run_program("rumdl", [], "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
def test_a_program_that_fails_is_quoted(bin_folder: Path) -> None:
    broken = bin_folder / "typos"
    broken.write_text("#!/bin/sh\necho no licence today >&2\nexit 7\n")
    broken.chmod(0o755)
    with pytest.raises(ToolMissing, match="code 7: no licence today"):
        outside_program.run_program("typos", [], "word\n")
