"""The flow looks at a change only: of the working folder, of a repository, in batches; and knows a baseline."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from copydesk.baseline import baseline_of, written
from copydesk.report import Verdict

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_steps")]

ONE = "---\ntitle: Post one of the blog\n---\n\n## A heading\n\nWe recieve letters.\n\nTODO: write the rest.\n"
TWO = "---\ntitle: Post two of the blog\n---\n\nSee [one](one.md#a-heading) and [gone](gone.md).\n"


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)


def committed(posts: Path, workflow: str = "") -> Path:
    """The blog in a repository, on a branch on which a heading has another name."""
    top = posts.parent
    (top / "copydesk.yaml").write_text(f"posts: {{root: posts}}\nworkflow: {{name: w{workflow}}}\n")
    git(top, "init", "-q", "-b", "main")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "first")
    git(top, "checkout", "-q", "-b", "feature")
    one = posts / "one.md"
    one.write_text(one.read_text().replace("A heading", "Another heading"))
    git(top, "commit", "-q", "-a", "-m", "second")
    return top


def live(reviews):
    return {Path(review.path).name: [f.check for f in review.findings if not f.suppressed] for review in reviews}


EXPECTED = {"one.md": [], "two.md": ["links.broken_anchor"]}


@pytest.mark.parametrize("batch_size", [1, 200])
async def test_a_change_of_the_working_folder(blog, review_here, batch_size):
    posts = blog(posts={"one": ONE, "two": TWO, "three": ONE})
    committed(posts, f", batch_size: {batch_size}")
    state, session = await review_here(posts, base="main")
    assert state.name == "ChangesRequested"
    assert live(session.reviews.values()) == EXPECTED
    assert session.compared_with == "main"


async def test_a_change_of_a_repository(blog, review_here, tmp_path):
    posts = blog(posts={"one": ONE, "two": TWO, "three": ONE})
    top = committed(posts)
    state, session = await review_here(Path("posts"), repository=str(top), ref="feature", base="main")
    assert state.name == "ChangesRequested"
    assert live(session.reviews.values()) == EXPECTED


async def test_a_commit_before_the_reviewed_one(blog, review_here):
    top = committed(blog(posts={"one": ONE, "two": TWO, "three": ONE}))
    _, session = await review_here(Path("posts"), repository=f"file://{top}", ref="feature", base="HEAD~1")
    assert live(session.reviews.values()) == EXPECTED


@pytest.mark.parametrize("source", ["folder", "repository"])
async def test_a_blog_that_is_shared_among_workers(blog, on_server, monkeypatch, tmp_path, source):
    """The post that stayed the same is in it too, and is judged once for all batches."""
    from copydesk import session as sessions
    from copydesk.blog import BlogRequest
    from copydesk.shared_batches import SharedBatches
    from flows.review_all import review_all

    posts = blog(posts={"one": ONE, "two": TWO, "three": ONE})
    top = committed(posts)
    monkeypatch.setenv("COPYDESK_STORE", f"sqlite:///{tmp_path / 'store.db'}")
    request = {"paths": [str(posts)]} if source == "folder" else {"paths": ["posts"], "repository": str(top)}
    kept = []

    async def send_nothing(shared, batch):  # no worker: all is reviewed here
        shared.sent[batch.number] = batch

    async def take(shared):
        kept[:] = [shared.session]
        return shared.sent.pop(next(iter(shared.sent))) if shared.sent else None

    async def read(shared):
        return []

    monkeypatch.setattr(SharedBatches, "_send", send_nothing)
    monkeypatch.setattr(SharedBatches, "_take_back", take)
    monkeypatch.setattr(SharedBatches, "_collect", lambda shared: read(shared))
    given = BlogRequest(**request, base="main", batch_size=1, **({"ref": "feature"} if source != "folder" else {}))
    state = await review_all(given, return_state=True)
    assert state.name == "ChangesRequested", state.message
    assert live(kept[0].reviews.values()) == EXPECTED
    assert sessions.is_open() is False


async def test_a_repository_is_measured_by_the_baseline_of_its_base(blog, review_here):
    posts = blog(posts={"one": ONE, "two": TWO})
    _, session = await review_here(posts, baseline="none")
    (posts.parent / "copydesk-baseline.json").write_text(written(baseline_of(session.reviews.values(), posts.parent)))
    top = committed(posts)
    # A change may not make its own findings known.
    (top / "copydesk-baseline.json").write_text('{"version": 1, "posts": {}}')
    git(top, "commit", "-q", "-a", "-m", "third")
    state, session = await review_here(Path("posts"), repository=str(top), ref="feature", base="main")
    assert live(session.reviews.values()) == EXPECTED
    hidden = {f.suppression for review in session.reviews.values() for f in review.findings if f.suppressed}
    assert hidden == {"baseline"}
    assert state.name == "ChangesRequested"


async def test_nothing_changed(blog, review_here):
    posts = blog(posts={"one": ONE})
    committed(posts)
    state, session = await review_here(posts, base="HEAD")
    assert (state.is_completed(), len(session.reviews)) == (True, 0)
    assert "no post changed since HEAD" in state.message


def test_the_command(copydesk, blog, tmp_path):
    posts = blog(posts={"one": ONE, "two": TWO})
    top = committed(posts)
    done = copydesk("review", posts, "--base", "main", "--format", "json", cwd=top)
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (1, Verdict.CHANGES_REQUESTED.value)
    assert [Path(post["path"]).name for post in report["posts"]] == ["one.md", "two.md"]
    assert "Compared with main: the change concerns 2 posts." in done.stderr
    done = copydesk("baseline", posts, cwd=top)
    assert done.returncode == 0
    done = copydesk("review", posts, cwd=top)
    assert done.returncode == 0, done.stdout + done.stderr
