"""The tutorial for an old blog, run as it is written on a blog of 500 generated posts."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adopting.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]

SUBJECTS = ["The ferry", "Our harbour", "The crew", "A timetable", "The lighthouse", "This winter"]
VERBS = ["shows", "keeps", "carries", "meets", "changes", "explains"]
OBJECTS = ["the boats of the bay", "what the tide does", "a light for the night", "the people on the pier"]
MISTAKES = [
    "We recieve letters every week.",
    "See [the old post](never-written.md).",
    "The the boat is late.",
    "TODO: write more of this.",
    "Look at ![](/missing.png) and [here](#nowhere).",
    "It was written by the crew and was read by the town.",
]


def write_blog(folder: Path, posts: int = 500) -> None:
    """A blog whose every second post has something to find, the same for every run."""
    chance = random.Random(7)
    folder.mkdir(parents=True)
    for number in range(posts):
        paragraphs = []
        for _ in range(chance.randint(2, 6)):
            sentences = [
                f"{chance.choice(SUBJECTS)} {chance.choice(VERBS)} {chance.choice(OBJECTS)}."
                for _ in range(chance.randint(2, 5))
            ]
            if chance.random() < 0.2:
                sentences.append(chance.choice(MISTAKES))
            paragraphs.append(" ".join(sentences))
        body = "\n\n".join(paragraphs)
        (folder / f"post-{number:03}.md").write_text(
            f"---\ntitle: Post {number} of the harbour\ndate: 2024-01-{number % 28 + 1:02}\n---\n\n{body}\n"
        )


@pytest.fixture
def shell(tmp_path: Path):
    """Runs a line in the blog's folder and answers its exit code and what it printed."""
    blog = tmp_path / "blog"
    write_blog(blog / "content" / "posts")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "copydesk").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m copydesk "$@"\n')
    (programs / "copydesk").chmod(0o755)
    env = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    env |= {f"GIT_{who}_{what}": "n@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def run(line: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", line], cwd=blog, env=env, capture_output=True, text=True, timeout=600, check=False
        )
        return done.returncode, done.stdout + done.stderr

    for line in ("git init --quiet --initial-branch main", "git add -A", "git commit --quiet --message blog"):
        assert run(line)[0] == 0
    run.blog = blog  # type: ignore[attr-defined]
    return run


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_the_tutorial_holds_what_it_promises(shell) -> None:
    said = {}
    for line in COMMANDS:
        command, _, expected = line.partition("  # exits ")
        code, printed = shell(command)
        assert code == int(expected or 0), f"{command}\n{printed[-3000:]}"
        said[command] = printed
    first = next(printed for command, printed in said.items() if command.startswith("tail"))
    assert "Verdict" in first
    assert int(re.search(r"(\d+) errors", first)[1]) > 50
    # The most frequent checks were counted.
    counted = next(printed for command, printed in said.items() if "uniq -c" in command)
    assert "seo.description_missing" in counted
    known = json.loads((shell.blog / "copydesk-baseline.json").read_text())
    assert len(known["posts"]) > 250
    assert (shell.blog / "copydesk-calibration.yaml").is_file()
    # Not one old finding fails the build, whatever happens to the lines around it.
    for post in (shell.blog / "content" / "posts").glob("post-*.md"):
        text = post.read_text()
        post.write_text(text.replace("\n---\n\n", "\n---\n\nA ferry sails.\n\n", 1))
    code, printed = shell("copydesk check content/posts --quiet --format json 2>/dev/null")
    live = [f for post in json.loads(printed)["posts"] for f in post["findings"] if not f["suppressed"]]
    assert (code, [f for f in live if f["severity"] == "error"]) == (0, [])


def test_the_page_speaks_of_what_there_is() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert "- id: copydesk-changes" in hooks
    assert "- id: copydesk\n" in hooks
    assert len(COMMANDS) > 15
