"""Hostile posts through the front door: `copydesk check` on a folder, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.conftest import descendants as below

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

# Peaks in MB: of the program itself, and of the largest child (1,500 of address space are allowed to each).
MOST_OF_PROGRAM, MOST_OF_CHILD = 400, 1_500


def check(blog: Any, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Exit code, and posts of the report by name; asserts that memory stays bounded."""
    process = blog.start("check", *arguments, "--format", "json", env=env)
    own = children = 0
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            own = max(own, psutil.Process(process.pid).memory_info().rss >> 20)
        for pid in below(process.pid):
            with contextlib.suppress(psutil.Error):
                children = max(children, psutil.Process(pid).memory_info().rss >> 20)
        time.sleep(0.1)
    code, out, errors = blog.end(process)
    assert "Traceback" not in errors, errors
    assert own < MOST_OF_PROGRAM
    assert children < MOST_OF_CHILD
    return code, {Path(p["path"]).name: p for p in json.loads(out)["posts"]}


def rules(post: dict[str, Any]) -> set[str]:
    return {finding["check"] for finding in post["findings"]}


def bomb() -> str:
    rows = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10))
    return f"---\na0: &a0 [x]\n{rows}\n---\n\nText.\n"


# name -> (bytes, rules that must be among its findings)
TEXTS: dict[str, tuple[bytes, set[str]]] = {
    "empty": (b"", set()),
    "nul": (b"# A\n\nText \0 with a NUL.\n", set()),
    "only-nuls": (b"\0" * 100_000, set()),
    "latin-1": ("# Caf\xe9\n\nText.\n".encode("latin-1"), {"load.not_utf8"}),
    "utf-16": ("# A\n\nText.\n".encode("utf-16"), {"load.not_utf8"}),
    "half-a-character": (b"# A\n\nText \xe2\x82", {"load.not_utf8"}),
    "surrogates": (b"# A\n\nText \xed\xa0\x80\xed\xb0\x80 here.\n", {"load.not_utf8"}),
    "overlong": (b"# A\n\n\xc0\xaf\xf5\x80\x80\x80\n", {"load.not_utf8"}),
    "mark": (b"\xef\xbb\xbf# A\r\n\r\nText.\r\n", set()),
    "bidi": ("# A\n\nAn \u202eevil\u2066 text\u2069.\n".encode(), set()),
    "all-line-ends": (b"# A\r\rOne\r\nTwo\nThree\x0b\x0c\xc2\x85\xe2\x80\xa8Four\n", set()),
    "yaml-bomb": (bomb().encode(), {"load.front_matter_invalid"}),
    "yaml-tags": (
        b'---\ntitle: !!python/object/apply:os.system ["touch owned"]\n---\n\nText.\n',
        {"load.front_matter_invalid"},
    ),
    "yaml-deep": (b"---\na: " + b"[" * 20_000 + b"\n---\n\nText.\n", {"load.front_matter_invalid"}),
    "toml-deep": (b"+++\na = " + b"[" * 5_000 + b"\n+++\n\nText.\n", {"load.front_matter_invalid"}),
    "json-deep": (b'{"a":' * 10_000 + b"\n\nText.\n", set()),
    "huge-number": (b"---\nweight: " + b"9" * 5_000 + b"\ntitle: 1e999999\n---\n\nText.\n", set()),
    "deep-quotes": (b"> " * 20_000 + b"x\n", set()),
    "deep-lists": (b"".join(b" " * (2 * i) + b"- x\n" for i in range(800)), set()),
    "open-brackets": (b"[" * 50_000 + b"\n", set()),
    "open-images": (b"![a](" * 20_000 + b"\n", set()),
    "emphasis": (b"*a_" * 30_000 + b"\n", set()),
    "backticks": (b"".join(b"`" * i + b" " for i in range(400)), set()),
    "html": (b"<div><!-- " * 10_000 + b"\n", set()),
    "mdx-open": (b"{" * 50_000 + b"\n", set()),
    "one-word": (b"x" * 1_000_000 + b"\n", set()),
    "one-line": (b"word " * 100_000 + b"\n", set()),
    "many-faults": (b"Teh teh recieve is is very very bad [x](). " * 3_000 + b"\n", set()),
    "tables": (b"|" * 20_000 + b"\n" + b"|-" * 20_000 + b"\n", set()),
    "zero-width": ("a\u200b\u200d\u2060\ufeff".encode() * 10_000, set()),
    "marks-above": (("e" + "\u0301" * 20_000).encode(), set()),
    "options": (b"---\ncopydesk: {type: [[[]]], ignore: {a: 1}}\n---\n\n<!-- copydesk-disable -->\n", set()),
}


def test_every_odd_text_gets_a_result(blog: Any) -> None:
    """Whatever a post holds, its review ends with findings, in bounded memory, and no other post is touched."""
    blog.folder.mkdir()
    for name, (data, _) in TEXTS.items():
        (blog.folder / f"{name}.md").write_bytes(data)
        if name.startswith("mdx"):
            (blog.folder / f"{name}.mdx").write_bytes(data)
    (blog.folder / "plain.md").write_text("---\ntitle: A plain post\n---\n\nThe ferry goes to the the harbour.\n")
    code, posts = check(blog, ".")
    assert code in (1, 3), "reviewed; never bad usage"
    assert set(posts) == {path.name for path in blog.folder.glob("*.md*")}
    for name, (_, wanted) in TEXTS.items():
        assert wanted <= rules(posts[f"{name}.md"]), name
    assert "grammar.repeated_words" in rules(posts["plain.md"])
    assert posts["plain.md"]["incomplete"] == []
    slow = {name: post["incomplete"] for name, post in posts.items() if post["incomplete"]}
    assert len(slow) <= 6, slow
    assert not (blog.folder / "owned").exists()


def test_every_odd_file_gets_a_result(blog: Any) -> None:
    """A pipe, a device, a loop of links, a missing target and 50 MB give a finding each, without waiting."""
    folder = blog.folder
    folder.mkdir()
    outside = folder.parent / "secret.md"
    outside.write_text("# Secret\n\nThe canary sings.\n")
    os.mkfifo(folder / "pipe.md")
    (folder / "device.md").symlink_to("/dev/zero")
    (folder / "full.md").symlink_to("/dev/full")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "nowhere.md").symlink_to("gone.md")
    (folder / "outside.md").symlink_to(outside)
    (folder / "deep").mkdir()
    (folder / "deep" / "again").symlink_to(folder)
    (folder / "folder.md").mkdir()
    with (folder / "large.md").open("wb") as file:
        file.write(b"# Large\n\nThe the word.\n")
        file.truncate(50_000_000)
    (folder / "name\x1b[2J\n\u202e.md").write_text("# A\n\nText.\n")
    (folder / "plain.md").write_text("---\ntitle: A plain post\n---\n\nThe ferry goes to the the harbour.\n")
    code, posts = check(blog, ".")
    assert code in (1, 3)
    for name, rule in {
        "pipe.md": "load.not_regular_file",
        "device.md": "load.path_escape",
        "full.md": "load.path_escape",
        "loop.md": "load.unreadable",
        "nowhere.md": "load.unreadable",
        "outside.md": "load.path_escape",
        "large.md": "load.too_large",
    }.items():
        assert rule in rules(posts[name]), name
    assert "canary" not in json.dumps(posts)
    assert "folder.md" not in posts
    assert len(posts) == 9
    assert "grammar.repeated_words" in rules(posts["plain.md"])
    # Named outright, a device is no bad usage either.
    code, posts = check(blog, "device.md", "pipe.md", "/dev/zero")
    assert code in (1, 3)
    assert {"load.not_regular_file"} <= rules(posts["zero"])


@pytest.fixture
def churn(blog: Any) -> Iterator[Callable[[], int]]:
    """Posts that vanish, come back and change for as long as the test runs; answers how often."""
    folder = blog.folder
    folder.mkdir()
    times = 0
    done = threading.Event()

    def work() -> None:
        nonlocal times
        while not done.is_set():
            for number in range(20):
                path = folder / f"post-{number}.md"
                path.unlink(missing_ok=True)
                path.write_text(f"# Post {number}\n\n" + f"The the change {times}. " * 50)
                times += 1
            time.sleep(0.001)

    thread = threading.Thread(target=work)
    thread.start()
    yield lambda: times
    done.set()
    thread.join()


def test_posts_that_change_while_they_are_read(blog: Any, churn: Callable[[], int]) -> None:
    """A post that is deleted or changed while it is read has one result, and costs no other post anything."""
    while churn() < 20:
        time.sleep(0.01)
    (blog.folder / "stays.md").write_text("# Stays\n\nText.\n")
    before = churn()
    code, posts = check(blog, ".")
    assert churn() > before, "nothing changed meanwhile"
    assert code in (0, 1, 3)
    assert "stays.md" in posts
    for post in posts.values():
        assert post["findings"] or post["verdict"] == "approve"


def test_a_million_faults_are_capped(blog: Any) -> None:
    """A post with more faults than anybody reads gives a bounded number of findings, says how many, in flat memory."""
    blog.folder.mkdir()
    (blog.folder / "faults.md").write_text("# A\n\n" + "is is " * 300_000)
    _, posts = check(blog, ".")
    assert len(json.dumps(posts)) < 5_000_000
    assert len(posts["faults.md"]["findings"]) <= 10_000


def test_odd_ways_to_name_posts(blog: Any) -> None:
    """A path that does not exist is bad usage, said in one line; an odd post never is."""
    blog.folder.mkdir()
    (blog.folder / "a.md").write_text("# A\n")
    for name in ("gone.md", "../gone", "a.md/x", "\x1b[2J"):
        code, out, err = blog.run("check", name)
        assert (code, out) == (2, ""), name
        assert err.startswith("copydesk: ")
        assert "\x1b" not in err
        assert len(err.splitlines()) == 1
