"""From paths to bytes to text: which files are posts, and reading them whatever they turn out to be."""

# Paths stay texts as they were given, which `Path` would rewrite.
# ruff: noqa: PTH100, PTH112, PTH116, PTH118
from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copydesk.errors import NoPostsError, UsageError
from copydesk.report import Finding, Severity

MAX_BYTES = 2_000_000
"""More of a file is neither read nor reviewed: Markdown parsers and checkers need many seconds beyond it."""

SUFFIXES = (".md", ".mdx", ".markdown")
EXCLUDED = ("**/_index.md",)  # Hugo's section pages are no posts
_SKIPPED_FOLDERS = frozenset(["node_modules"])


# --- finding ----------------------------------------------------------------------------------------------------------


def find_posts(
    paths: Sequence[str | os.PathLike[str]],
    include: Sequence[str] = (),
    exclude: Sequence[str] = EXCLUDED,
    root: str | os.PathLike[str] | None = None,
) -> list[str]:
    """The posts at and below some paths, sorted, each once.

    A file is taken as given. A folder is walked: Markdown files that match one of `include` (all, when there is none)
    and none of `exclude`. Patterns are compared with the path relative to `root` where it lies below, else to the
    folder given; `**` stands for any number of folders. Hidden files and folders, `node_modules` and symbolic
    links to folders are passed over.

    Raises `UsageError` for a path that does not exist or a folder that cannot be listed, `NoPostsError` when nothing is
    found.
    """
    included = [glob_pattern(pattern) for pattern in include]
    excluded = [glob_pattern(pattern) for pattern in exclude]
    found: dict[str, str] = {}
    for given in paths:
        path = os.fspath(given)
        if "\0" in path or not os.path.lexists(path):
            raise UsageError(f"{path!r} does not exist.")
        if not os.path.isdir(path):
            found.setdefault(os.path.abspath(path), path)
            continue
        for below in _walk(path):
            shown = _relative(below, root, path)
            if any(p.fullmatch(shown) for p in excluded) or not (
                not included or any(p.fullmatch(shown) for p in included)
            ):
                continue
            found.setdefault(os.path.abspath(below), below)
    if not found:
        where = ", ".join(repr(os.fspath(path)) for path in paths) or "no path"
        raise NoPostsError(f"No posts ({', '.join('*' + suffix for suffix in SUFFIXES)}) were found in {where}.")
    return sorted(found.values())


def _walk(folder: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise UsageError(f"The folder {os.fspath(error.filename)!r} cannot be listed: {error.strerror}.") from None

    for here, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS]
        for name in files:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield os.path.join(here, name)


def _relative(path: str, root: str | os.PathLike[str] | None, folder: str) -> str:
    if root is not None:
        below = os.path.relpath(os.path.abspath(path), os.path.abspath(root))
        if below != os.pardir and not below.startswith(os.pardir + os.sep):
            return below.replace(os.sep, "/")
    return os.path.relpath(path, folder).replace(os.sep, "/")


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A glob over paths with `/` as a pattern: `*` and `?` stay within a folder, `**/` is any number of folders."""
    parts = []
    position = 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            parts.append("(?:.*/)?")
            position += 3
        elif pattern.startswith("**", position):
            parts.append(".*")
            position += 2
        elif pattern[position] == "*":
            parts.append("[^/]*")
            position += 1
        elif pattern[position] == "?":
            parts.append("[^/]")
            position += 1
        else:
            parts.append(re.escape(pattern[position]))
            position += 1
    return re.compile("".join(parts), re.DOTALL)


# --- reading ----------------------------------------------------------------------------------------------------------


def read_post(path: str | os.PathLike[str], root: str | os.PathLike[str] | None = None) -> bytes | Finding:
    """The bytes of a post, at most one more than `MAX_BYTES`; a finding `load.*` when it cannot or must not be read.

    Reads regular files only and waits for nothing: not for a pipe, not for a device. With a `root`, a file that lies
    outside of it, if only by a symbolic link, is not opened.
    """
    given = os.fspath(path)
    try:
        real = os.path.realpath(given, strict=True)
        if root is not None and not _lies_below(real, os.path.realpath(root)):
            return _problem("path_escape", "The file lies outside of the posts' folder; it was not read.")
        # The name is resolved by now, so a link in its place was put there in between.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        # Opening some devices has effects of its own, so the kind is looked at before as well as after.
        if not stat.S_ISREG(os.stat(real).st_mode):
            return _problem("not_regular_file", "This is no regular file; it was not read.")
        descriptor = os.open(real, flags | getattr(os, "O_BINARY", 0))
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return _problem("not_regular_file", "This is no regular file; it was not read.")
            return _read_all(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        return _problem("unreadable", f"The file cannot be read: {error.strerror or error}.")
    except ValueError:  # a NUL in the name
        return _problem("unreadable", "The file cannot be read: its name holds a NUL character.")


def _read_all(descriptor: int) -> bytes:
    parts = []
    size = 0
    while size <= MAX_BYTES:
        part = os.read(descriptor, MAX_BYTES + 1 - size)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _lies_below(real: str, root: str) -> bool:
    try:
        return os.path.commonpath([real, root]) == root
    except ValueError:  # another drive
        return False


def _problem(rule: str, message: str) -> Finding:
    return Finding(check=f"load.{rule}", severity=Severity.ERROR, message=message)


# --- decoding ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the bytes of a file, at a range of the decoded text."""

    check: str
    start: int
    end: int
    message: str


_BOM = b"\xef\xbb\xbf"


def decode(data: bytes) -> tuple[str, list[Trouble]]:
    """The text of a file without its byte-order mark, and what is wrong with it. Never raises.

    What is no UTF-8 becomes U+FFFD; what is beyond `MAX_BYTES` is left out.
    """
    troubles = []
    marked = data.startswith(_BOM)
    if marked:
        data = data[len(_BOM) :]
    large = len(data) > MAX_BYTES
    if large:
        end = MAX_BYTES
        while end > MAX_BYTES - 4 and data[end] & 0xC0 == 0x80:  # not within a character
            end -= 1
        data = data[:end]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        start = len(data[: error.start].decode("utf-8"))
        first = f"byte 0x{data[error.start]:02x} at position {error.start + len(_BOM) * marked}"
        guess = " It looks like UTF-16." if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        troubles.append(Trouble("load.not_utf8", start, start + 1, f"The file is not UTF-8: {first}.{guess}"))
    if large:
        message = f"The file has more than {MAX_BYTES:,} bytes; only these were reviewed."
        troubles.append(Trouble("load.too_large", 0, 0, message))
    return text, troubles
