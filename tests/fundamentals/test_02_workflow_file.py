"""The workflow file: a team says which steps run, what matters to it, and what a post must reach."""

from __future__ import annotations

import json


def test_init_writes_a_file_to_begin_with(copydesk, tmp_path):
    """It explains itself, says nothing but the defaults, and is never overwritten."""
    assert copydesk("init").returncode == 0
    assert "structure" in copydesk("steps").stdout
    assert copydesk("init").returncode == 2


def test_what_is_listed_runs_and_nothing_else(copydesk, tmp_path):
    """The list of steps is the whole list; `load` and `final_review` frame it by themselves."""
    (tmp_path / "copydesk.yaml").write_text("workflow:\n  steps:\n    - name: links\n")
    (tmp_path / "post.md").write_text("# No end\n\nTeh post. [nowhere](missing.md)\n")
    report = json.loads(copydesk("check", "post.md", "--format", "json").stdout)
    steps = {finding["check"].partition(".")[0] for finding in report["posts"][0]["findings"]}
    assert "links" in steps
    assert steps <= {"load", "links"}


def test_a_mistake_is_told_with_its_line_and_what_to_do(copydesk, tmp_path):
    """All mistakes at once, before anything runs; exit code 2."""
    (tmp_path / "copydesk.yaml").write_text(
        "workflow:\n  timeout_seconds: 0\n  steps:\n    - name: grammer\n    - name: seo\n      depends_on: [seo]\n"
    )
    (tmp_path / "post.md").write_text("Words.\n")
    done = copydesk("check", "post.md")
    assert done.returncode == 2
    assert done.stdout == ""
    lines = [line.partition("copydesk.yaml:")[2] for line in done.stderr.splitlines()]
    assert lines == [
        "2: workflow.timeout_seconds: 0 is not allowed here. Give a number greater than 0.",
        "4: workflow.steps[0].name: there is no built-in step 'grammer'. Did you mean 'grammar'?",
        "6: workflow.steps[1].depends_on: the steps wait for each other: seo -> seo. Remove one of these dependencies.",
    ]


def test_a_team_decides_how_much_a_check_matters(copydesk, tmp_path):
    """`checks.severity` makes a finding an error or silences it; the score and the verdict follow."""
    (tmp_path / "post.md").write_text("Words.\n\n[nowhere](missing.md)\n")
    plain = json.loads(copydesk("check", "post.md", "--format", "json").stdout)
    [found] = [f for f in plain["posts"][0]["findings"] if f["match"] == "missing.md"]
    (tmp_path / "copydesk.yaml").write_text(f"checks:\n  severity: {{{found['check']}: off}}\n")
    silenced = json.loads(copydesk("check", "post.md", "--format", "json").stdout)
    assert found["check"] not in {f["check"] for f in silenced["posts"][0]["findings"]}
    assert silenced["posts"][0]["score"] >= plain["posts"][0]["score"]
