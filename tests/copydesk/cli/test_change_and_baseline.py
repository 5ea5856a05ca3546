"""Only what I changed, and only what is new: `--base`, `--diff`, `copydesk baseline`, over real repositories."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from copydesk.cli import cli
from copydesk.errors import UsageError

ONE = "---\ntitle: Post one of the blog\n---\n\n## A heading\n\nWe recieve letters.\n\nTODO: write the rest.\n"
TWO = "---\ntitle: Post two of the blog\n---\n\nSee [one](one.md#a-heading) and [gone](gone.md).\n"
THREE = "---\ntitle: Post three of the blog\n---\n\nNothing to see, but definately a post.\n"


def git(folder, *arguments):
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True).stdout


@pytest.fixture
def blog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "blog"
    (top / "posts").mkdir(parents=True)
    for name, text in (("one", ONE), ("two", TWO), ("three", THREE)):
        (top / "posts" / f"{name}.md").write_text(text)
    (top / "copydesk.yaml").write_text("posts: {root: posts}\n")
    git(top, "init", "-q", "-b", "main")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "first")
    monkeypatch.chdir(top)
    return top


def run(*arguments):
    """The exit code and the report of a command."""
    file = Path("report.json").absolute()
    file.unlink(missing_ok=True)
    code = cli.main([*arguments, "--format", "json", "-o", str(file), "-q"], standalone_mode=False)
    return code, json.loads(file.read_text())


def live(report):
    return {
        Path(p["path"]).name: [(f["check"], f["line"]) for f in p["findings"] if not f["suppressed"]]
        for p in report["posts"]
    }


def edit(name, old, new):
    file = Path("posts", name)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_nothing_changed(blog):
    code, report = run("check", "posts", "--base", "main")
    assert (code, report["posts"], report["verdict"]) == (0, [], "approve")


def test_only_changed_lines_count(blog):
    edit("one.md", "## A heading\n", "## A heading\n\nAnd thier answers.\n")
    code, report = run("check", "posts", "--base", "main")
    assert live(report) == {"one.md": [("spelling.typo", 7)]}
    [post] = report["posts"]
    hidden = {f["check"] for f in post["findings"] if f["suppression"] == "unchanged"}
    # The old placeholder would reject the post; verdict and score are those of the change.
    assert "structure.placeholder" in hidden
    assert (code, post["verdict"]) == (0, "approve")
    assert post["score"] >= 95


def test_an_old_finding_counts_when_its_line_is_edited(blog):
    edit("one.md", "We recieve letters.", "We often recieve letters.")
    assert live(run("check", "posts", "--base", "main")[1]) == {"one.md": [("spelling.typo", 7)]}


def test_a_new_finding_elsewhere_counts(blog):
    edit("one.md", "## A heading", "## Another heading")
    code, report = run("check", "posts", "--base", "main")
    # The link in the other post broke; its old broken link is no news.
    assert live(report) == {"one.md": [], "two.md": [("links.broken_anchor", 5)]}
    assert code == 1


def test_a_deleted_post_that_others_link_to(blog):
    Path("posts/one.md").unlink()
    code, report = run("check", "posts", "--base", "main")
    assert live(report) == {"two.md": [("links.broken_link", 5)]}
    assert code == 1


def test_a_new_post_counts_as_a_whole_and_an_edited_line_shifts_nothing(blog):
    Path("posts/new.md").write_text(ONE)
    edit("three.md", "\nNothing", "\nA line.\n\nNothing")
    found = live(run("check", "posts", "--base", "main")[1])
    assert {("spelling.typo", 7), ("structure.placeholder", 9)} < set(found["new.md"])
    assert found["three.md"] == []


def test_a_moved_post_is_no_new_one(blog):
    git(blog, "mv", "posts/three.md", "posts/drei.md")
    assert live(run("check", "posts", "--base", "main")[1])["drei.md"] == []


def test_a_second_occurrence_is_told_where_it_was_added(blog):
    edit("one.md", "## A heading\n", "We recieve more.\n\n## A heading\n")
    assert live(run("check", "posts", "--base", "main")[1]) == {"one.md": [("spelling.typo", 5)]}


def test_without_a_workflow_file_and_from_within_the_posts(blog, monkeypatch):
    Path("copydesk.yaml").unlink()
    edit("one.md", "## A heading", "## Another heading")
    monkeypatch.chdir(blog / "posts")
    assert live(run("check", ".", "--base", "main")[1]) == {"one.md": [], "two.md": [("links.broken_anchor", 5)]}


def test_a_diff_file(blog, tmp_path):
    edit("one.md", "## A heading\n", "## A heading\n\nAnd thier answers.\n")
    diff = tmp_path / "the.diff"
    diff.write_text(git(blog, "diff"))
    _, report = run("check", "posts", "--diff", str(diff))
    assert live(report) == {"one.md": [("spelling.typo", 7)]}


def test_a_baseline_makes_old_findings_known(blog):
    code, _ = run("check", "posts")
    assert code == 1
    cli.main(["baseline", "posts"], standalone_mode=False)
    code, report = run("check", "posts")
    assert (code, report["verdict"]) == (0, "approve")
    assert all(f["suppression"] == "baseline" for p in report["posts"] for f in p["findings"])
    assert run("check", "posts", "--no-baseline")[0] == 1
    # Lines move, and a new mistake is new.
    edit("one.md", "## A heading\n", "## A heading\n\nAnd thier answers.\n")
    assert live(run("check", "posts")[1]) == {"one.md": [("spelling.typo", 7)], "three.md": [], "two.md": []}


def test_what_is_fixed_is_said(blog, capsys):
    cli.main(["baseline", "posts"], standalone_mode=False)
    edit("one.md", "recieve", "receive")
    _, report = run("check", "posts")
    assert {Path(p["path"]).name: p["fixed"] for p in report["posts"]} == {"one.md": 1, "three.md": 0, "two.md": 0}
    assert "1 known finding of the baseline is fixed" in capsys.readouterr().err
    cli.main(["baseline", "posts/one.md"], standalone_mode=False)
    _, report = run("check", "posts")
    assert [p["fixed"] for p in report["posts"]] == [0, 0, 0]
    assert not any(live(report).values())  # what was known of the other posts stayed
    edit("one.md", "receive", "recieve")
    assert live(run("check", "posts")[1])["one.md"] == [("spelling.typo", 7)]


def test_a_step_that_does_not_run_fixes_nothing(blog):
    cli.main(["baseline", "posts"], standalone_mode=False)
    Path("copydesk.yaml").write_text("posts: {root: posts}\nworkflow: {steps: [{name: links}]}\n")
    _, report = run("check", "posts")
    assert [p["fixed"] for p in report["posts"]] == [0, 0, 0]


def test_another_place_for_the_baseline(blog, tmp_path):
    cli.main(["baseline", "posts", "-o", str(tmp_path / "known.json")], standalone_mode=False)
    assert not Path("copydesk-baseline.json").exists()
    assert run("check", "posts")[0] == 1
    assert run("check", "posts", "--baseline", str(tmp_path / "known.json"))[0] == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "posts": {}}', '{"version": 1, "posts": {"a": {"b": -1}}}']
)
def test_a_baseline_that_is_none_is_bad_usage(copydesk, blog, text):
    Path("copydesk-baseline.json").write_text(text)
    done = copydesk("check", "posts", cwd=blog)
    assert done.returncode == 2
    assert "copydesk-baseline.json" in done.stderr


def test_bad_usage(copydesk, blog, tmp_path):
    for arguments in (["--base", "nowhere"], ["--base=-x"], ["--diff", "nowhere"], ["--base", "main", "--diff", "x"]):
        done = copydesk("check", "posts", *arguments, cwd=blog)
        assert done.returncode == 2, (arguments, done.stderr)
    done = copydesk("review", "posts", "--base=-x", cwd=blog)
    assert done.returncode == 2, done.stderr
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.md").write_text(ONE)
    done = copydesk("check", ".", "--base", "main", cwd=outside)
    assert (done.returncode, "no git repository" in done.stderr) == (2, True)


@pytest.mark.parametrize(("base", "told"), [("HEAD~1", "git fetch --deepen=100"), ("v1", "origin v1:v1")])
def test_a_shallow_clone_says_how_to_have_more(blog, tmp_path, monkeypatch, base, told):
    edit("one.md", "A heading", "Another heading")
    git(blog, "tag", "v1")
    git(blog, "commit", "-q", "-a", "-m", "second")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-tags", f"file://{blog}", str(shallow))
    monkeypatch.chdir(shallow)
    with pytest.raises(UsageError, match="shallow") as caught:
        run("check", "posts", "--base", base)
    assert told in str(caught.value)
    command = str(caught.value).partition("`")[2].partition("`")[0]
    git(shallow, *command.split()[1:])  # what it says is what helps
    code, report = run("check", "posts", "--base", base)
    assert (code, live(report)) == (1, {"one.md": [], "two.md": [("links.broken_anchor", 5)]})
