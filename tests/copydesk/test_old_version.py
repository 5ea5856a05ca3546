"""What posts were before a change, asked of a real git: names, renames, lines, and what must be refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.errors import UsageError
from copydesk.old_version import before_base, before_diff, changed_lines, top_of

ODD = ["plain.md", "with space.md", "ünï.md", 'quo"te.md', "[a]*?.md", "tab\there.md", "-dash.md", "a -> b.md"]
BODY = "".join(f"A line of the post, number {n}.\n" for n in range(30))


def git(folder, *arguments):
    done = subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments],
        cwd=folder, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    top = tmp_path / "blog"
    (top / "posts").mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    for name in ODD:
        (top / "posts" / name).write_text(BODY)
    (top / "posts" / "picture.png").write_bytes(b"\x89PNG")
    (top / "other.md").write_text("Elsewhere.\n")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "first")
    return top.resolve()


def test_the_top_of_a_working_tree(blog, tmp_path):
    assert top_of(blog / "posts") == blog
    assert top_of(tmp_path) is None


def test_names_of_any_kind_edited_added_renamed_deleted_and_untracked(blog):
    git(blog, "checkout", "-q", "-b", "feature")
    for name in ODD[1:]:
        (blog / "posts" / name).write_text(BODY.replace("number 3.", "number three."))
    git(blog, "mv", "--", f"posts/{ODD[1]}", "posts/moved to.md")
    (blog / "posts" / "added.md").write_text("New.\n")
    git(blog, "add", "-A")
    git(blog, "commit", "-q", "-m", "second")
    (blog / "posts" / "untracked é.md").write_text("Newer.\n")
    with before_base(blog, "main", blog / "posts") as old:
        expected = {f"posts/{name}": f"posts/{name}" for name in ODD[2:]}
        expected |= {"posts/moved to.md": f"posts/{ODD[1]}", "posts/added.md": None, "posts/untracked é.md": None}
        assert dict(old.changed) == expected
        for name in expected:
            then = old.old_file(name)
            assert (then.read_text() if then else None) == (BODY if expected[name] else None)
        assert old.old_file("posts/plain.md").read_text() == BODY
        # Of what is no text only the name is there; of what is not asked for nothing.
        assert (old.folder / "posts" / "picture.png").read_bytes() == b""
        assert not (old.folder / "other.md").exists()
        folder = old.folder
    assert not folder.exists()
    assert git(blog, "status", "--porcelain") == b'?? "posts/untracked \\303\\251.md"\n'


def test_what_happened_on_the_base_since_is_not_the_change(blog):
    git(blog, "checkout", "-q", "-b", "feature")
    (blog / "posts" / "mine.md").write_text("Mine.\n")
    git(blog, "add", "-A")
    git(blog, "commit", "-q", "-m", "mine")
    git(blog, "checkout", "-q", "main")
    (blog / "posts" / "plain.md").write_text("Theirs.\n")
    git(blog, "commit", "-q", "-a", "-m", "theirs")
    git(blog, "checkout", "-q", "feature")
    with before_base(blog, "main", blog) as old:
        assert dict(old.changed) == {"posts/mine.md": None}
        assert old.old_file("posts/plain.md").read_text() == BODY


@pytest.mark.parametrize("base", ["-x", "--upload-pack=touch x", "main..HEAD", "nowhere", "", "a b", "HEAD@{1}", "x:y"])
def test_what_is_no_base_is_refused(blog, base):
    with pytest.raises(UsageError), before_base(blog, base, blog):
        pass


def test_commits_before_one(blog):
    (blog / "posts" / "plain.md").write_text("Edited.\n")
    git(blog, "commit", "-q", "-a", "-m", "second")
    with before_base(blog, "HEAD~1", blog) as old:
        assert old.old_file("posts/plain.md").read_text() == BODY


def test_hooks_and_filters_of_the_repository_do_not_run_on_the_way(blog, tmp_path):
    mark = tmp_path / "ran"
    for name in ("post-checkout", "post-index-change"):
        hook = blog / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
        hook.chmod(0o755)
    git(blog, "config", "core.fsmonitor", f"touch {mark}; false")
    (blog / "posts" / "plain.md").write_text("Edited.\n")
    with before_base(blog, "main", blog) as old:
        assert old.changed
    assert not mark.exists()


@pytest.mark.parametrize("prefix", [(), ("--no-prefix",)])
def test_a_diff_is_taken_back(blog, tmp_path, prefix):
    for name in ODD:
        (blog / "posts" / name).write_text(BODY.replace("number 3.", "number three."))
    git(blog, "mv", f"posts/{ODD[1]}", "posts/moved to.md")
    (blog / "posts" / "added.md").write_text("New.\n")
    (blog / "gone.txt").write_text("Not asked for.\n")
    git(blog, "add", "-A")
    diff = tmp_path / "the.diff"
    diff.write_bytes(git(blog, "diff", "--cached", "--find-renames", *prefix, "HEAD"))
    files = sorted(f"posts/{path.name}" for path in (blog / "posts").glob("*.md"))
    with before_diff(blog, diff, files) as old:
        assert set(old.changed) == set(files)
        assert old.changed["posts/moved to.md"] == f"posts/{ODD[1]}"
        assert old.old_file("posts/added.md") is None
        for name in set(files) - {"posts/added.md"}:
            assert old.old_file(name).read_text() == BODY


def test_a_diff_that_does_not_fit_is_refused(blog, tmp_path):
    diff = tmp_path / "the.diff"
    (blog / "posts" / "plain.md").write_text("Edited.\n")
    diff.write_bytes(git(blog, "diff"))
    (blog / "posts" / "plain.md").write_text("Edited again.\n")
    with pytest.raises(UsageError, match="does not fit"), before_diff(blog, diff, ["posts/plain.md"]):
        pass
    diff.write_text("no diff at all\n")
    with pytest.raises(UsageError, match="no unified diff"), before_diff(blog, diff, ["posts/plain.md"]):
        pass
    with pytest.raises(UsageError, match="no file"), before_diff(blog, tmp_path / "nowhere", []):
        pass
    diff.write_text("")
    with before_diff(blog, diff, ["posts/plain.md"]) as old:
        assert old.changed == {}


def test_a_diff_cannot_reach_out_of_the_folder(blog, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text("new\n")
    diff = tmp_path / "the.diff"
    diff.write_text("--- a/../../outside.md\n+++ b/../../outside.md\n@@ -1 +1 @@\n-old\n+new\n")
    with before_diff(blog, diff, ["posts/plain.md"]) as old:
        assert old.changed == {}
    assert outside.read_text() == "new\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a\nb\nc\n", "a\nB\nc\n", {2}),
        ("a\nc\n", "a\nb\nb\nc\n", {2, 3}),
        ("a\nb\nc\n", "a\nc\n", {1}),
        ("a\n", "a", {1}),
        ("a\n", "a\n", set()),
        ("", "a\nb\n", {1, 2}),
        ("a\r\nb\r\n", "a\r\nB\r\n", {2}),
        ("a\rb\nc\n", "a\rb\nC\n", {3}),
        ("a\rb\nc\n", "a\rB\nc\n", {1, 2}),
        ("@@ -1 +1 @@\nb\n", "@@ -1 +1 @@\nB\n@@ -9 +9 @@\n", {2, 3}),
        ("a\n", "", {1}),
    ],
)
def test_changed_lines(tmp_path, old, new, expected):
    file = tmp_path / "old"
    file.write_bytes(old.encode())
    assert lines_of(changed_lines(file, new.encode())) == expected


def lines_of(ranges):
    return {line for first, last in ranges for line in range(first, last + 1)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["a", "b", "@@ -1 +2 @@", "+x", ""]), max_size=8),
    st.lists(st.sampled_from(["a", "b", "@@ -1 +2 @@", "+x", ""]), max_size=8),
)
def test_without_the_changed_lines_only_old_ones_are_left(tmp_path, old, new):
    file = tmp_path / "old"
    file.write_text("".join(f"{line}\n" for line in old))
    changed = lines_of(changed_lines(file, "".join(f"{line}\n" for line in new).encode()))
    left = iter(old)
    assert all(line in left for number, line in enumerate(new, 1) if number not in changed)
