"""Posts from a git repository, with git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from copydesk.checkout import CheckoutFailed, checkout
from copydesk.errors import UsageError
from copydesk.request import ReviewRequest
from copydesk.source import open_source

WORKFLOW = "workflow:\n  steps: [{name: structure}]\n"


def git(folder: Path, *arguments: str) -> str:
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
    identity |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ | identity, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str], message: str = "change") -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """`main` with two posts, and `feature` that left it, adds one, changes one and removes one."""
    folder = tmp_path / "blog"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {"posts/one.md": "# One\n", "posts/two.md": "# Two\n", "posts/gone.md": "# Gone\n"})
    git(folder, "checkout", "-q", "-b", "feature")
    (folder / "posts/gone.md").unlink()
    commit(folder, {"posts/two.md": "# Two, changed\n", "posts/three é.md": "# Three\n", "notes.txt": "no post"})
    git(folder, "tag", "v1")
    git(folder, "checkout", "-q", "main")
    commit(folder, {"posts/later.md": "# Later on main\n", "posts/one.md": "# One, changed on main\n"})
    return folder


def test_the_default_branch_is_taken_without_a_ref(blog: Path) -> None:
    with checkout(str(blog), None, None) as found:
        assert (found.folder / "posts/later.md").read_text("utf-8") == "# Later on main\n"
        assert found.changed is None
        folder = found.folder
    assert not folder.exists()


@pytest.mark.parametrize("ref", ["feature", "v1", "refs/heads/feature", "commit", "short"])
def test_branch_tag_and_commit(blog: Path, ref: str) -> None:
    full = git(blog, "rev-parse", "feature")
    asked = {"commit": full, "short": full[:10]}.get(ref, ref)
    with checkout(str(blog), asked, None) as found:
        assert found.commit == full
        assert (found.folder / "posts/two.md").read_text("utf-8") == "# Two, changed\n"


def test_only_what_the_branch_changed_counts_not_what_its_base_did_since(blog: Path) -> None:
    with checkout(str(blog), "feature", "main") as found:
        assert found.changed == {"posts/two.md", "posts/three é.md", "notes.txt"}


def test_a_base_far_back_in_history_is_found(blog: Path) -> None:
    git(blog, "checkout", "-q", "feature")
    for number in range(60):
        commit(blog, {"posts/many.md": f"{number}\n"})
    with checkout(f"file://{blog}", "feature", "main") as found:
        assert found.changed == {"posts/two.md", "posts/three é.md", "notes.txt", "posts/many.md"}


@pytest.mark.parametrize(
    ("base", "changed"),
    [("HEAD~1", {"posts/many.md"}), ("HEAD^", {"posts/many.md"}), ("main~1", {"posts/many.md", "x.txt"})],
)
def test_a_commit_before_one_is_counted_from_what_is_reviewed(blog: Path, base: str, changed: set[str]) -> None:
    """No server knows `HEAD~1`, and its HEAD is another branch: the history is fetched, and looked at here."""
    git(blog, "checkout", "-q", "-b", "deep", "main~1")
    commit(blog, {"x.txt": "x"})
    commit(blog, {"posts/many.md": "many\n"})
    with checkout(f"file://{blog}", "deep", base) as found:
        assert found.changed == changed


def test_a_commit_before_one_may_be_far_back(blog: Path) -> None:
    git(blog, "checkout", "-q", "feature")
    for number in range(60):
        commit(blog, {f"posts/{number}.md": "new\n"})
    with checkout(f"file://{blog}", "feature", "HEAD~55") as found:
        assert found.changed == {f"posts/{number}.md" for number in range(5, 60)}
    with pytest.raises(CheckoutFailed, match=r"no commit HEAD~99.*that far back"):
        checkout(f"file://{blog}", "feature", "HEAD~99").__enter__()


def test_the_clone_is_shallow(blog: Path) -> None:
    with checkout(f"file://{blog}", "main", None) as found:
        assert git(found.folder, "rev-list", "--count", "HEAD") == "1"


def test_without_common_history_it_says_so(blog: Path) -> None:
    git(blog, "checkout", "-q", "--orphan", "other")
    commit(blog, {"x.md": "x"})
    with pytest.raises(CheckoutFailed, match="no common history"), checkout(str(blog), "feature", "other"):
        pass


def test_an_unknown_ref_and_an_unknown_repository_are_told(blog: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckoutFailed, match="no-such-branch"), checkout(str(blog), "no-such-branch", None):
        pass
    with pytest.raises(CheckoutFailed, match="nowhere"), checkout(str(tmp_path / "nowhere"), None, None):
        pass


def test_the_rules_are_those_of_the_base(blog: Path) -> None:
    commit(blog, {"copydesk.yaml": WORKFLOW})
    git(blog, "checkout", "-q", "-b", "sly")
    own = WORKFLOW + "verdict: {approve_at: 0}\n"
    commit(blog, {"copydesk.yaml": own, "posts/copydesk.yaml": own, "posts/new.md": "# New\n"})
    with checkout(str(blog), "sly", "main") as found:
        assert (found.folder / "copydesk.yaml").read_text("utf-8") == WORKFLOW
        assert not (found.folder / "posts/copydesk.yaml").exists()
    with checkout(str(blog), "sly", None) as found:
        assert (found.folder / "copydesk.yaml").read_text("utf-8") == own


def test_nothing_of_the_repository_is_executed(blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = tmp_path / "executed"
    hook = blog / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {trace}\n", encoding="utf-8")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(blog / ".git"))
    commit(blog, {".gitmodules": f"[submodule]\n\tpath = sub\n\turl = ext::sh -c 'touch {trace}'\n"})
    with checkout(str(blog), "main", None):
        pass
    assert not trace.exists()


def test_the_token_is_in_no_error_and_no_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A git of our own writes down what it is started with, and says the token in its error.
    git_of_ours = tmp_path / "bin/git"
    git_of_ours.parent.mkdir()
    seen = tmp_path / "arguments"
    git_of_ours.write_text(
        f'#!/bin/sh\necho "$@" >> {seen}\n[ "$6" = init ] || [ "$5" = init ] && exit 0\n'
        'echo "fatal: $GIT_CONFIG_VALUE_0 c4n4ry-t0ken token=c4n4ry-t0ken" >&2; exit 128\n',
        encoding="utf-8",
    )
    git_of_ours.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git_of_ours.parent}:{os.environ['PATH']}")
    with (
        pytest.raises(CheckoutFailed) as caught,
        checkout("https://git.example.com/blog.git", None, None, "c4n4ry-t0ken"),
    ):
        pass
    assert "c4n4ry" not in str(caught.value)
    assert "c4n4ry" not in seen.read_text("utf-8")
    assert "fetch" in seen.read_text("utf-8")


def test_the_token_goes_to_the_repository_s_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from copydesk.checkout import _environment

    sent = _environment("https://git.example.com/blog.git", "secret")
    assert sent["GIT_CONFIG_KEY_0"] == "http.https://git.example.com/.extraHeader"
    assert "secret" not in " ".join(sent.values())  # only in the encoded header
    assert "GIT_CONFIG_KEY_0" not in _environment("git@git.example.com:blog.git", "secret")
    monkeypatch.setenv("GIT_TRACE_CURL", "1")
    assert "GIT_TRACE_CURL" not in _environment("https://git.example.com/blog.git", "secret")


# --- through a request ------------------------------------------------------------------------------------------------


def request(blog: Path, **more: object) -> ReviewRequest:
    return ReviewRequest.model_validate({"repository": str(blog), "paths": ["posts"], **more})


def test_paths_are_shown_as_they_are_in_the_repository(blog: Path) -> None:
    asked = request(blog, ref="feature", base="main")
    with open_source(asked) as source:
        plan = source.plan(asked)
        assert source.git is not None
        assert source.git.changed is not None
        files = [file for file in source.posts(asked, plan) if file in source.git.changed]
        posts = source.read(files, plan)
    assert files == ["posts/three é.md", "posts/two.md"]
    assert [(post.path, post.text) for post in posts] == [
        ("posts/three é.md", "# Three\n"),
        ("posts/two.md", "# Two, changed\n"),
    ]


def test_no_changed_post_is_no_error(blog: Path) -> None:
    git(blog, "checkout", "-q", "-b", "docs-only", "main")
    commit(blog, {"notes.txt": "changed"})
    (blog / "posts").rename(blog / "kept")
    commit(blog, {})
    asked = request(blog, ref="docs-only", base="main", paths=["kept"])
    with open_source(asked) as source:
        assert len(source.posts(asked, source.plan(asked))) == 4
    for post in (blog / "kept").iterdir():
        post.rename(post.with_suffix(".txt"))
    commit(blog, {})
    with open_source(asked) as source:
        assert source.posts(asked, source.plan(asked)) == []


def test_links_out_of_the_repository_are_refused(blog: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# c4n4ry\n", encoding="utf-8")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "copydesk.yaml").write_text("verdict: {approve_at: 0}\n", encoding="utf-8")
    git(blog, "checkout", "-q", "-b", "links", "main")
    (blog / "posts/link.md").symlink_to(secret)
    (blog / "away").symlink_to(outside)
    (blog / "copydesk.yaml").symlink_to(outside / "copydesk.yaml")
    commit(blog, {})
    asked = request(blog, ref="links")
    with open_source(asked) as source:
        plan = source.plan(asked)
        assert plan.file is None
        posts = {post.path: post for post in source.read(source.posts(asked, plan), plan)}
    assert "c4n4ry" not in posts["posts/link.md"].text
    assert [finding.check for finding in posts["posts/link.md"].findings] == ["load.path_escape"]
    away = request(blog, ref="links", paths=["away"])
    with open_source(away) as source, pytest.raises(UsageError, match="leads out of the repository"):
        source.plan(away)


def test_a_workflow_file_above_the_temporary_folder_is_not_the_blog_s(
    blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = tmp_path / "tmp"
    above.mkdir()
    (above / "copydesk.yaml").write_text("verdict: {approve_at: 0}\n", encoding="utf-8")
    monkeypatch.setattr("tempfile.tempdir", str(above))
    with open_source(request(blog)) as source:
        assert Path(source.folder).is_relative_to(above)
        assert source.plan(request(blog)).file is None
