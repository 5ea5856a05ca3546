"""The names of the files of a site, and the addresses that the heads of its posts claim; nothing is parsed."""

# Paths are computed as text: pathlib is several times slower over a whole site.
# ruff: noqa: PTH118, PTH119, PTH122, PTH206
from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

POSTS = (".md", ".mdx", ".markdown")
"""Extensions of posts."""

_MEDIA_EXTENSIONS = """
    .png .jpg .jpeg .gif .svg .webp .avif .bmp .ico .tif .tiff .mp4 .webm .mov .mp3 .ogg .wav .pdf .zip .csv .docx .pptx
    .xlsx
"""
MEDIA = tuple(_MEDIA_EXTENSIONS.split())
"""Extensions of what is copied into the site as it is."""

SLUG_MARK = "*/"
_MAX_FILES = 200_000
_MAX_HEAD = 8_192
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "public", "_site"})

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[-_](.+)")
_LANGUAGE = re.compile(r"\.[a-z]{2}(?:-[a-zA-Z]{2,4})?")
_KEY = re.compile(r"""["']?(slug|url|path|permalink|aliases|redirect_from)["']?\s*[:=]\s*(.*)""")
_VALUE = re.compile(r"""["']([^"'\n]+)["']|([^\s\[\]"',#][^\[\]"',#\n]*)""")


@dataclass(slots=True)
class FileIndex:
    """Files by name, for look-ups by the end of their path."""

    by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # name, case folded
    by_folder: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # names as on disk
    posts: list[str] = field(default_factory=list)
    slugs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # last part of an address -> posts
    dated: list[str] = field(default_factory=list)  # posts named like 2024-05-11-title.md
    media: int = 0
    media_stems: set[str] = field(default_factory=set)  # paths without extension, by every ending of the path
    truncated: bool = False  # there are more files than are listed

    @classmethod
    def of(cls, roots: Iterable[str], limit: int = _MAX_FILES) -> FileIndex:
        """List the files below `roots`; symbolic links, hidden folders and built sites are left out."""
        index = cls()
        seen: set[str] = set()
        total = 0
        for root in roots:
            for folder, folders, names in os.walk(root):
                if folder in seen:
                    folders.clear()
                    continue
                seen.add(folder)
                folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED_FOLDERS)
                total += len(names)
                if total > limit:
                    index.truncated = True
                    return index
                for name in sorted(names):
                    index._add(folder, name, root)
        return index

    def _add(self, folder: str, name: str, root: str) -> None:
        file = os.path.join(folder, name)
        lower = name.casefold()
        self.by_name[lower].append(file)
        self.by_folder[folder].append(name)
        if lower.endswith(POSTS):
            stem, date = stem_and_date(file)
            self.posts.append(file)
            self.slugs[stem.casefold()].append(file)
            if date:
                self.dated.append(file)
        elif lower.endswith(MEDIA):
            self.media += 1
            parts = os.path.splitext(os.path.relpath(file, root))[0].casefold().split(os.sep)
            self.media_stems.update("/".join(parts[n:]) for n in range(len(parts)))

    def find(self, tail: str) -> list[str]:
        """The files whose path ends with `tail` (case aside), which is relative and has `/` between its parts."""
        end = "/" + tail.casefold()
        name = tail.rpartition("/")[2].casefold()
        return [f for f in self.by_name.get(name, ()) if ("/" + f.replace(os.sep, "/").casefold()).endswith(end)]

    def names_in(self, folder: str) -> list[str]:
        """The names of the files in a folder; empty for one that is not listed."""
        return self.by_folder.get(folder, [])


def stem_and_date(file: str) -> tuple[str, str]:
    """What a post's file name gives to its address: the name without date and language, and the date (or nothing)."""
    folder, name = os.path.split(file)
    stem = os.path.splitext(name)[0]
    base, language = os.path.splitext(stem)
    if language and _LANGUAGE.fullmatch(language):
        stem = base
    if stem in ("index", "_index"):
        stem = os.path.basename(folder)
    match = _DATE.fullmatch(stem)
    return (match[2], match[1]) if match else (stem, "")


def head_addresses(file: str) -> list[str]:
    """The addresses that the first 8 KB of a post claim for it, without slashes at the ends, case folded.

    A `slug` is the last part only, since the folders before it are the generator's: it follows `SLUG_MARK`.
    A scan of lines, no reader of front matter: it serves to find posts, never to judge them.
    """
    try:
        with open_file(file) as stream:
            lines = stream.read(_MAX_HEAD).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    fence = lines[0].strip().lstrip("\ufeff") if lines else ""
    if fence not in ("---", "+++", "{"):
        return []
    found: list[str] = []
    collecting = False
    for line in lines[1:]:
        if line.strip() == fence:
            break
        match = _KEY.match(line)
        if match:
            collecting = match[1] in ("aliases", "redirect_from")
            values = match[2]
        elif collecting and line.lstrip().startswith(("-", '"', "'")):
            values = line.lstrip(" \t-")
        else:
            collecting = False
            continue
        addresses = [(v[0] or v[1]).strip().strip("/").removesuffix(".html").casefold() for v in _VALUE.findall(values)]
        before = SLUG_MARK if match and match[1] == "slug" else ""
        found += [before + address for address in addresses if address and ":" not in address]
    return found


def open_file(file: str) -> BinaryIO:
    """Open a regular file for reading: no symbolic link is followed, and no pipe or device is waited for.

    Raises `OSError` for anything else.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    stream = os.fdopen(os.open(file, flags), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(f"{file} is no regular file")
    return stream
