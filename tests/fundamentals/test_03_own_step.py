"""A team's own step: a function of a post and a context. It is killed, retried, cached and shown like any other."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def team(tmp_path, copydesk):
    """A package of the team's own and a blog; `check(steps, text)` reviews one post with these steps."""
    (tmp_path / "team" / "our_blog").mkdir(parents=True)
    (tmp_path / "blog" / "posts").mkdir(parents=True)

    def check(source, steps, text, *arguments):
        (tmp_path / "team" / "our_blog" / "checks.py").write_text(source)
        (tmp_path / "blog" / "copydesk.yaml").write_text(f"workflow:\n  steps:\n{steps}")
        (tmp_path / "blog" / "posts" / "a.md").write_text(text)
        path = os.pathsep.join([str(ROOT), str(tmp_path / "team")])
        done = copydesk("check", "blog/posts", "--format", "json", *arguments, env={"PYTHONPATH": path})
        return done, json.loads(done.stdout)["posts"][0] if done.stdout else None

    return check


HOUSE_STYLE = '''
import re
from copydesk.report import Severity

def house_style(post, context):
    """Words that we do not use."""
    for word in context.options["forbidden"]:
        for found in re.finditer(word, post.masked):
            yield post.finding("house_style.word", Severity.WARNING, *found.span(), f"We do not say '{word}'.")
'''
LISTED = """\
    - name: house_style
      uses: "our_blog.checks:house_style"
      with: {forbidden: [synergy]}
"""


def test_a_function_is_a_step(team):
    """It yields findings; `post.finding` turns offsets into lines and columns."""
    done, post = team(HOUSE_STYLE, LISTED, "# Ours\n\nNo synergy here.\n")
    assert done.returncode == 0
    [found] = [f for f in post["findings"] if f["check"] == "house_style.word"]
    assert (found["line"], found["column"], found["match"]) == (3, 4, "synergy")


def test_a_changed_function_is_asked_anew(team):
    """Results are cached by the post, the options and the source of the function."""
    assert len(team(HOUSE_STYLE, LISTED, "No synergy.\n")[1]["findings"]) >= 1
    changed = HOUSE_STYLE.replace("Severity.WARNING", "Severity.ERROR")
    assert team(changed, LISTED, "No synergy.\n")[0].returncode == 1


def test_steps_hand_results_on(team):
    """What a step returns as outputs is in the context of the steps that depend on it."""
    source = """
from copydesk.report import Finding, Severity, StepResult

def count(post, context):
    return StepResult(outputs={"words": len(post.text.split())})

def tell(post, context):
    words = context.outputs["count"]["words"]
    return [Finding(check="tell.words", severity=Severity.SUGGESTION, message=f"{words} words")]
"""
    steps = """\
    - {name: tell, uses: "our_blog.checks:tell", depends_on: [count]}
    - {name: count, uses: "our_blog.checks:count"}
"""
    _, post = team(source, steps, "One two three.\n")
    assert [f["message"] for f in post["findings"] if f["check"] == "tell.words"] == ["3 words"]


def test_a_step_that_crashes_or_hangs_makes_the_review_incomplete(team):
    """Exit code 3: nothing is approved silently. The finding names the step and the cause."""
    source = "def broken(post, context):\n    raise ValueError('no dictionary')\n"
    done, post = team(source, '    - {name: broken, uses: "our_blog.checks:broken"}\n', "Words.\n")
    assert (done.returncode, post["verdict"], post["incomplete"]) == (3, "incomplete", ["broken"])
    assert "no dictionary" in next(f["message"] for f in post["findings"] if f["check"] == "broken.failed")

    source = "def hang(post, context):\n    while True: pass\n"
    step = '    - {name: hang, uses: "our_blog.checks:hang", post_timeout_seconds: 0.5}\n'
    done, post = team(source, step, "Words.\n")
    assert (done.returncode, post["incomplete"]) == (3, ["hang"])
    assert any(f["check"] == "hang.timeout" for f in post["findings"])


def test_a_function_that_cannot_be_a_step_is_refused_before_the_run(team):
    """Wrong names and signatures are mistakes of the workflow file."""
    done, _ = team("def f(post): return []\n", '    - {name: f, uses: "our_blog.checks:f"}\n', "Words.\n")
    assert (done.returncode, "does not take (post, context)" in done.stderr) == (2, True)
