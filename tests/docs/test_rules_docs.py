"""The examples of docs/house-rules.md, docs/external-links.md and docs/fixing.md say what they do."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["house-rules.md", "external-links.md", "fixing.md"])
def test_the_examples_do_what_they_show(copydesk, tmp_path: Path, page: str) -> None:
    """Files are written and commands run in the order of the page; each line shown is a line of the answer."""
    commands = 0
    for block in BLOCK.finditer((DOCS / page).read_text()):
        if block["file"]:
            (tmp_path / block["file"]).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block["file"]).write_text(block["text"])
        elif block["kind"] == "console":
            command, *shown = block["text"].splitlines()
            done = copydesk(*shlex.split(command.removeprefix("$ copydesk ")))
            said = " ".join((done.stdout + done.stderr).split())  # long lines are folded
            for line in shown:
                assert " ".join(line.split()) in said, said
            commands += 1
    assert commands
