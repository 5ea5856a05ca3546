"""Finding and reading posts: odd files give a finding, never an exception and never a wait."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copydesk.checks.load import load_findings
from copydesk.errors import NoPostsError, UsageError
from copydesk.post import Post, load_post
from copydesk.reading import MAX_BYTES, find_posts, glob_pattern, read_post
from copydesk.report import Finding

unix = pytest.mark.skipif(os.name != "posix", reason="pipes and permissions are those of POSIX")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in [
        "b.md",
        "a.mdx",
        "c.MARKDOWN",
        "note.txt",
        "_index.md",
        "sub/_index.md",
        "sub/d.md",
        "sub/deep/e.md",
        ".hidden/f.md",
        ".g.md",
        "node_modules/h/README.md",
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text\n")
    return tmp_path


def found(site: Path, *paths: str, **options: object) -> list[str]:
    answer = find_posts([site / path for path in paths or [""]], **options)  # type: ignore[arg-type]
    assert answer == sorted(answer)
    return [os.path.relpath(path, site).replace(os.sep, "/") for path in answer]


def test_a_folder_is_walked_for_markdown(site: Path) -> None:
    assert found(site) == ["a.mdx", "b.md", "c.MARKDOWN", "sub/d.md", "sub/deep/e.md"]


def test_files_are_taken_as_given_and_once(site: Path) -> None:
    given = [".hidden/f.md", "_index.md", "note.txt", "sub/_index.md"]
    assert found(site, *reversed(given)) == given
    assert found(site, "sub", "sub/d.md", "sub/deep/../d.md") == ["sub/d.md", "sub/deep/e.md"]


def test_include_and_exclude(site: Path) -> None:
    assert found(site, include=["**/*.md"]) == ["b.md", "sub/d.md", "sub/deep/e.md"]
    assert found(site, include=["*.md"]) == ["b.md"]
    assert found(site, include=["sub/**"], exclude=["**/deep/**"]) == ["sub/_index.md", "sub/d.md"]
    assert found(site, "sub", include=["sub/*.md"], root=site) == ["sub/d.md"]
    assert found(site, "sub", include=["*.md"], root=site / "elsewhere") == ["sub/d.md"]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("**/_index.md", "_index.md", True),
        ("**/_index.md", "a/b/_index.md", True),
        ("**/_index.md", "a/my_index.md", False),
        ("posts/**/*.md", "posts/a.md", True),
        ("posts/**/*.md", "posts/a/b/c.md", True),
        ("posts/**/*.md", "other/a.md", False),
        ("posts/*.md", "posts/a/b.md", False),
        ("a?.md", "ab.md", True),
        ("a?.md", "a/.md", False),
        ("a.md", "axmd", False),
        ("**", "a/b.md", True),
    ],
)
def test_globs(pattern: str, path: str, matches: bool) -> None:
    assert bool(glob_pattern(pattern).fullmatch(path)) is matches


def test_a_missing_path_and_an_empty_folder_are_refused(site: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        find_posts([site / "missing.md"])
    with pytest.raises(UsageError, match="does not exist"):
        find_posts(["a\0b.md"])
    (site / "empty").mkdir()
    with pytest.raises(NoPostsError, match="empty"):
        find_posts([site / "empty"])
    with pytest.raises(NoPostsError):
        find_posts([])


@unix
def test_links_to_folders_and_loops_are_passed_over(site: Path) -> None:
    (site / "sub" / "loop").symlink_to(site)
    (site / "self").symlink_to(site / "self")
    (site / "z.md").symlink_to(site / "b.md")
    assert found(site) == ["a.mdx", "b.md", "c.MARKDOWN", "sub/d.md", "sub/deep/e.md", "z.md"]


@unix
def test_names_with_control_characters(site: Path) -> None:
    name = "n\n\x1b[2Jx.md"
    (site / name).write_text("text\n")
    assert name in found(site)
    assert load_post(str(site / name)).text == "text\n"


@unix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root lists every folder")
def test_a_folder_that_cannot_be_listed_is_refused(site: Path) -> None:
    (site / "sub").chmod(0)
    try:
        with pytest.raises(UsageError, match="cannot be listed"):
            find_posts([site])
    finally:
        (site / "sub").chmod(0o755)


def check_of(path: Path | str, root: Path | None = None) -> str:
    answer = read_post(path, root)
    assert isinstance(answer, Finding)
    post = load_post(str(path), str(root) if root else None)
    assert post.text == ""
    assert [f.check for f in load_findings(post)] == [answer.check]
    return answer.check


@unix
def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert check_of(tmp_path / "pipe.md") == "load.not_regular_file"
    assert check_of("/dev/zero") == "load.not_regular_file"
    assert check_of(tmp_path) == "load.not_regular_file"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert check_of(tmp_path / "deleted.md") == "load.unreadable"
    assert check_of("a\0b.md") == "load.unreadable"


@unix
def test_loops_of_links(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "b.md")
    (tmp_path / "b.md").symlink_to(tmp_path / "a.md")
    assert check_of(tmp_path / "a.md") == "load.unreadable"


@unix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root reads every file")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("text")
    path.chmod(0)
    assert check_of(path) == "load.unreadable"


def test_the_root_is_not_left(tmp_path: Path) -> None:
    root = tmp_path / "posts"
    root.mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (root / "a.md").write_text("text")
    assert read_post(root / "a.md", root) == b"text"
    assert check_of(root / ".." / "secret.md", root) == "load.path_escape"
    assert check_of(tmp_path / "secret.md", root) == "load.path_escape"
    assert read_post(tmp_path / "secret.md") == b"secret"


@unix
def test_links_that_leave_the_root(tmp_path: Path) -> None:
    root = tmp_path / "posts"
    root.mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (root / "file.md").symlink_to(tmp_path / "secret.md")
    (root / "folder").symlink_to(tmp_path)
    assert check_of(root / "file.md", root) == "load.path_escape"
    assert check_of(root / "folder" / "secret.md", root) == "load.path_escape"
    (root / "a.md").write_text("text")
    (root / "inside.md").symlink_to(root / "a.md")
    assert read_post(root / "inside.md", root) == b"text"


def test_a_large_file_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"a" * (MAX_BYTES - 1) + "é".encode() * 10)
    data = read_post(path)
    assert isinstance(data, bytes)
    assert len(data) == MAX_BYTES + 1
    post = load_post(str(path))
    assert len(post.text) == MAX_BYTES - 1
    assert [f.check for f in load_findings(post)] == ["load.too_large"]
    path.write_bytes(b"a" * MAX_BYTES)
    assert load_findings(load_post(str(path))) == []


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"ab\n\xc3\xa9 \xff x", (2, 3)),
        (b"\xef\xbb\xbfab \xe9", (1, 4)),
        ("text".encode("utf-16"), (1, 1)),
        (b"ab\xe2\x82", (1, 3)),
    ],
)
def test_bytes_that_are_no_utf8_are_told_with_the_place_of_the_first(data: bytes, place: tuple[int, int]) -> None:
    post = Post.from_bytes("a.md", data)
    finding = next(f for f in load_findings(post) if f.check == "load.not_utf8")
    assert (finding.line, finding.column) == place
    assert finding.match == "\ufffd"
    post.text.encode()


def test_a_byte_order_mark_is_no_character() -> None:
    post = Post.from_bytes("a.md", b"\xef\xbb\xbf---\ntitle: x\n---\nbody")
    assert post.text.startswith("---")
    assert post.front.data == {"title": "x"}
    assert load_findings(post) == []
