"""`copydesk check --watch` with a real process: a saved post is answered, Ctrl-C ends with 130."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from copydesk.plan import load_plan
from copydesk.watching import Watch

ROOT = Path(__file__).parent.parent.parent.parent
WAIT = 120.0  # seconds; only against hanging


class Watching:
    """The process, with its lines as they come."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "copydesk", "check", "--watch", *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def until(self, text: str) -> str:
        """What is said up to a line with this text."""
        said = ""
        while text not in said:
            line = self.lines.get(timeout=WAIT)
            assert line, f"the process ended: {said}"
            said += line
        return said


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    folder = tmp_path / "blog"
    folder.mkdir()
    (folder / "one.md").write_text("---\ntitle: One\n---\n\nThe first post is here.\n")
    (folder / "two.md").write_text("---\ntitle: Two\n---\n\nThe second post is here.\n")
    (folder / "copydesk.yaml").write_text("workflow:\n  name: all\n")
    return folder


@pytest.fixture
def watching(blog: Path) -> Iterator[Watching]:
    started = Watching(blog, ".")
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()


def test_a_saved_post_is_answered_and_ctrl_c_ends(blog: Path, watching: Watching) -> None:
    watching.until("Watching 2 posts")
    (blog / "two.md").write_text("---\ntitle: Two\n---\n\nWe recieve the second post.\n")
    assert "recieve" in watching.until("recieve")
    assert "1 post" in watching.until("1 post")  # the other was not looked at again
    (blog / "three.md").write_text("---\ntitle: Three\n---\n\nWe beleive in a third post.\n")
    watching.until("beleive")
    (blog / "copydesk.yaml").write_text("workflow:\n  steps:\n    - name: spelling\n")
    watching.until("Watching 3 posts")
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(WAIT) == 130


def test_a_change_is_seen_once_and_an_empty_file_is_waited_for(blog: Path) -> None:
    watch = Watch([str(blog)], load_plan(None, blog))
    assert watch.changed() == []
    post = blog / "one.md"
    post.write_text("")
    assert watch.changed() == []
    post.write_text("Now there is a text.\n")
    assert watch.changed() == [str(post)]
    assert watch.changed() == []


def test_a_file_that_an_editor_replaces_is_a_change(blog: Path) -> None:
    watch = Watch([str(blog)], load_plan(None, blog))
    post, new = blog / "one.md", blog / ".one.md.new"
    new.write_bytes(post.read_bytes())
    os.utime(new, ns=(post.stat().st_atime_ns, post.stat().st_mtime_ns))
    new.replace(post)
    assert watch.changed() == [str(post)]
    post.unlink()
    assert watch.changed() == []


def test_watch_refuses_what_changes_posts(blog: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "copydesk", "check", "--watch", "--fix", "."],
        cwd=blog,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=WAIT,
    )
    assert done.returncode == 2
    assert "--watch" in done.stderr
