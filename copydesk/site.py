"""The files around the posts: where a link inside the site leads. No network, and nothing outside the site is read.

A generator may make any address out of nothing (tags, redirects, pages of a theme), so the answer is `CANNOT_TELL`
wherever one could; `MISSING` is said only of what has to be a file and is none.
"""

# Paths are computed as text: pathlib would follow symbolic links or be several times slower over thousands of links.
# ruff: noqa: PTH100, PTH116, PTH118, PTH119, PTH120, PTH122, PTH206
from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote

from copydesk.anchors import Anchors, anchors_of
from copydesk.site_index import MEDIA, POSTS, SLUG_MARK, FileIndex, head_addresses, open_file, stem_and_date

_MAX_POST_BYTES = 2_000_000  # the same as a post under review
_LEVELS_OF_AN_ADDRESS = 4  # /2024/05/11/slug/: a relative address may climb as many levels above its file

_REF = re.compile(
    r"""\{\{[<%]\s*(?:rel)?ref\s+(?:path\s*=\s*)?["'`]?([^"'`>%\s]+)["'`]?[^>%]{0,200}[>%]\}\}(.*)""", re.S
)
_POST_URL = re.compile(r"\{%-?\s*post_url\s+([^\s%]+)\s*-?%\}(.*)", re.DOTALL)
_LINK_TAG = re.compile(r"\{%-?\s*link\s+([^\s%]+)\s*-?%\}(.*)", re.DOTALL)
_FILTERED = re.compile(r"""\{\{\s*["'](/[^"']*)["']\s*\|\s*(?:url|relative_url|absolute_url)\s*\}\}(.*)""", re.DOTALL)
_BASE_URL = re.compile(r"\{\{-?\s*(?:site\.(?:baseurl|url)|BASE_PATH|base_path)\s*-?\}\}(.*)", re.DOTALL)
_DATED = re.compile(r"(?:/[\w-]{1,40}){0,3}?/(\d{4}/\d{1,2}/\d{1,2})/([^/]{1,200}?)(?:\.html)?/?")
_FILE_NAME = re.compile(r"\.[A-Za-z]\w{1,4}$")
_ENOUGH_DATED_POSTS = 10


class Outcome(StrEnum):
    """What is known of a destination."""

    FOUND = "found"
    MISSING = "missing"
    CANNOT_TELL = "cannot_tell"
    UNKNOWN_POST = "unknown_post"  # a dated address, and no post of the site has its name
    ESCAPES = "escapes"  # it climbs out of the site: nothing was looked up


@dataclass(frozen=True, slots=True)
class Target:
    """Where a destination leads."""

    outcome: Outcome
    file: str = ""  # the file, when it was found
    hint: str = ""  # a destination that exists and looks alike, for one that is missing
    anchor: str = ""  # what stood behind `#`, as typed


_CANNOT_TELL = Target(Outcome.CANNOT_TELL)


class Site:
    """The files of a blog, for the length of one run: what was looked up is remembered.

    `posts_root` holds the posts, `site_root` what is copied as it is (Hugo's `static`; None when unknown), and
    `project_root` is the folder that links may not leave (the workflow file's; None: links that leave the posts are
    not judged). Several threads may ask: at worst they look the same thing up twice.
    """

    def __init__(
        self,
        posts_root: str | Path,
        site_root: str | Path | None = None,
        project_root: str | Path | None = None,
    ) -> None:
        self.posts_root = os.path.abspath(posts_root)
        self.site_root = os.path.abspath(site_root) if site_root is not None else None
        self.project_root = os.path.abspath(project_root) if project_root is not None else None
        self._content_root = self._find_content_root()
        self._roots = [r for r in (self._content_root, self.posts_root, self.site_root) if r is not None]
        self._real_roots = [os.path.realpath(r) for r in (*self._roots, self.project_root) if r is not None]
        self._kinds: dict[str, str] = {}
        self._anchors: dict[str, Anchors | None] = {}
        self._index: FileIndex | None = None
        self._addresses: dict[str, str] | None = None

    # --- what checks ask -------------------------------------------------------------------------------------------

    def resolve(self, destination: str, post: str) -> Target:
        """Where `destination`, as written in the file `post`, leads. Never raises for any text."""
        try:
            return self._resolve(destination.strip(), os.path.abspath(post))
        except (OSError, ValueError):  # a NUL, or a name longer than any file system takes
            return _CANNOT_TELL

    def anchors(self, file: str) -> Anchors | None:
        """The anchors of a post of the site; None when it is no post, cannot be read or is too large."""
        if file not in self._anchors:
            text = self._read(file) if file.lower().endswith(POSTS) else None
            mdx = file.lower().endswith(".mdx")
            self._anchors[file] = None if text is None else anchors_of(text, mdx=mdx)
        return self._anchors[file]

    def know_anchors(self, file: str, anchors: Anchors) -> None:
        """Take the anchors of a post that was read already, so that it is not read again."""
        self._anchors[os.path.abspath(file)] = anchors

    # --- by form of the destination --------------------------------------------------------------------------------

    def _resolve(self, destination: str, post: str) -> Target:
        for pattern, look_up in (
            (_REF, self._hugo_ref),
            (_POST_URL, self._jekyll_post),
            (_LINK_TAG, self._jekyll_file),
        ):
            match = pattern.fullmatch(destination)
            if match:
                path, _, inner = match[1].partition("#")
                return _with_anchor(look_up(unquote(path), post), inner or match[2].partition("#")[2])
        match = _FILTERED.fullmatch(destination)
        if match:
            destination = match[1] + match[2]
        else:
            match = _BASE_URL.match(destination)
            if match:
                # What follows may be a tag again: {{ site.baseurl }}{% link x.md %}
                return self._resolve(match[1], post) if match[1] else _CANNOT_TELL
        if "{{" in destination or "{%" in destination or "${" in destination:
            return _CANNOT_TELL
        path, _, anchor = destination.partition("#")
        path = unquote(path.partition("?")[0]).replace("\\", "/")
        if not path:
            return Target(Outcome.FOUND, post, anchor=anchor)
        if path.startswith("@/"):
            return _with_anchor(self._zola(path[2:]), anchor)
        if path.startswith(("//", "@", "~", "$")):  # an alias of a bundler: @site/, ~/assets/
            return _CANNOT_TELL
        if path.startswith("/"):
            return _with_anchor(self._absolute(path), anchor)
        return _with_anchor(self._relative(path, post), anchor)

    def _relative(self, path: str, post: str) -> Target:
        """A path beside the post. Only names of files are judged: `../about/` is relative to an address, not a file."""
        folder = os.path.dirname(post)
        file = os.path.normpath(os.path.join(folder, path))
        is_post, is_media = path.lower().endswith(POSTS), path.lower().endswith(MEDIA)
        climbed = self._levels_above(file, path, folder)
        if climbed > (0 if is_post else _LEVELS_OF_AN_ADDRESS):
            return Target(Outcome.ESCAPES)
        if climbed or not self._inside(file):
            return _CANNOT_TELL
        kind = self._kind(file)
        if kind == "outside":
            return Target(Outcome.ESCAPES)
        if kind == "file" or (kind == "folder" and self._kind(os.path.join(file, "index.md")) == "file"):
            return Target(Outcome.FOUND, file if kind == "file" else os.path.join(file, "index.md"))
        if kind == "folder" or not (is_post or is_media):
            return _CANNOT_TELL
        tail = re.sub(r"^(?:\.{1,2}/)+", "", path)
        bundle = os.path.splitext(os.path.basename(post))[0] == "index" and "/" not in tail
        if is_media and not self._media_must_exist(tail, beside=bundle):
            return _CANNOT_TELL
        return Target(Outcome.MISSING, hint=self._near(path, file, post))

    def _absolute(self, path: str) -> Target:
        tail = os.path.normpath(path).strip("/")
        if tail in ("", ".") or tail.startswith(".."):
            return _CANNOT_TELL
        for root in dict.fromkeys((self.site_root, self.posts_root, self._content_root)):
            if root is None:
                continue
            kind = self._kind(os.path.join(root, tail))
            if kind == "outside":
                return Target(Outcome.ESCAPES)
            if kind == "file":
                return Target(Outcome.FOUND, os.path.join(root, tail))
        page = self._page(path)
        if page:
            return Target(Outcome.FOUND, page)
        first = tail.partition("/")[0]
        if tail.lower().endswith(MEDIA) and "/" in tail and self.site_root:
            known = self._kind(os.path.join(self.site_root, first)) == "folder"
            if known and not self._made_elsewhere(tail) and self._media_must_exist(tail):
                return Target(Outcome.MISSING, hint=self._near_below(tail, self.site_root))
        if tail.lower().endswith(POSTS) and "/" in tail and not self.index.find(tail):
            for root in (self.posts_root, self._content_root):
                if self._kind(os.path.join(root, first)) == "folder" and not self.index.truncated:
                    return Target(Outcome.MISSING, hint=self._near_below(tail, root))
        return self._unknown_post(path)

    def _unknown_post(self, path: str) -> Target:
        """Judge `/2024/05/11/some-post/`, where the site has dated posts: nothing but a post has such an address."""
        match = _DATED.fullmatch(path)
        if (
            not match
            or _FILE_NAME.search(match[2])
            or self.index.truncated
            or self.index.slugs.get(match[2].casefold())
        ):
            return _CANNOT_TELL
        addresses = self._head_addresses()
        if SLUG_MARK + match[2].casefold() in addresses:
            return _CANNOT_TELL
        dated = len(self.index.dated) + sum(_DATED.fullmatch("/" + address) is not None for address in addresses)
        return Target(Outcome.UNKNOWN_POST) if dated >= _ENOUGH_DATED_POSTS else _CANNOT_TELL

    def _page(self, path: str) -> str:
        """The post that an address such as `/blog/2024/my-post/` is made of; empty when it is not certain."""
        address = path.strip("/").removesuffix(".html").casefold()
        known = self._head_addresses().get(address)
        if known:
            return known
        slug = address.rpartition("/")[2]
        candidates = []
        for file in self.index.slugs.get(slug, ()):
            _, date = stem_and_date(file)
            if date:
                # The date of the address is that of the front matter: it may differ from the one in the file's name.
                matches = _DATED.fullmatch("/" + address) is not None
            else:
                own = os.path.splitext(os.path.relpath(file, self._content_root))[0].replace(os.sep, "/").casefold()
                own = own.removesuffix("/index").removesuffix("/_index")
                matches = own == address or ("/" in address and own.endswith("/" + address))
            if matches:
                candidates.append(file)
        return candidates[0] if len(candidates) == 1 else ""

    def _hugo_ref(self, path: str, post: str) -> Target:
        """Hugo looks beside the page, then for the path from the content folder, then for the name anywhere."""
        names = (
            [path] if path.lower().endswith(POSTS) else [f"{path}.md", f"{path}/index.md", f"{path}/_index.md", path]
        )
        beside = os.path.dirname(post)
        for name in names:
            for root in (beside, self._content_root, self.posts_root) if not name.startswith("/") else self._roots:
                file = os.path.normpath(os.path.join(root, name.lstrip("/")))
                if self._inside(file) and self._kind(file) == "file":
                    return Target(Outcome.FOUND, file)
        for name in names:
            found = self.index.find(re.sub(r"^(?:\.{0,2}/)+", "", name))
            if found:
                return Target(Outcome.FOUND if len(found) == 1 else Outcome.CANNOT_TELL, found[0])
        if not path.lower().endswith(POSTS) or self.index.truncated or (not path.startswith("/") and path.count("../")):
            return _CANNOT_TELL
        return Target(Outcome.MISSING, hint=self._near_below(path.lstrip("/"), self._content_root, whole=path))

    def _jekyll_post(self, path: str, post: str) -> Target:
        for extension in POSTS:
            found = self.index.find(path.strip("/") + extension)
            if found:
                return Target(Outcome.FOUND, found[0])
        if self.index.truncated or not self.index.dated:
            return _CANNOT_TELL
        names = [os.path.splitext(os.path.basename(file))[0] for file in self.index.dated]
        return Target(Outcome.MISSING, hint=_closest(path, names))

    def _jekyll_file(self, path: str, post: str) -> Target:
        found = self.index.find(path.strip("/"))
        return Target(Outcome.FOUND, found[0]) if found else _CANNOT_TELL

    def _zola(self, path: str) -> Target:
        file = os.path.normpath(os.path.join(self._content_root, path))
        if not self._inside(file):
            return Target(Outcome.ESCAPES) if self.project_root else _CANNOT_TELL
        if self._kind(file) == "file":
            return Target(Outcome.FOUND, file)
        if os.path.basename(self._content_root) != "content":
            return _CANNOT_TELL
        return Target(Outcome.MISSING, hint=self._near_below(path, self._content_root, prefix="@/"))

    # --- files -----------------------------------------------------------------------------------------------------

    @property
    def index(self) -> FileIndex:
        """The names of all files of the site; listed at the first use.

        A whole disk or home folder is no site (posts from different corners of it were given): it is not listed.
        """
        if self._index is None:
            wide = (os.path.abspath(os.sep), str(Path.home()))
            roots = dict.fromkeys(root for root in self._roots if root not in wide)
            self._index = FileIndex.of(roots)
            self._index.truncated |= len(roots) < len(set(self._roots))
        return self._index

    def _find_content_root(self) -> str:
        """The folder that Hugo and Zola call `content`, when the posts are in it and it belongs to the project."""
        folder = self.posts_root
        while self.project_root and _is_below(folder, self.project_root) and folder != self.project_root:
            if os.path.basename(folder) == "content":
                return folder
            folder = os.path.dirname(folder)
        return self.posts_root

    def _inside(self, file: str) -> bool:
        return any(_is_below(file, root) for root in (*self._roots, self.project_root) if root is not None)

    def _levels_above(self, file: str, path: str, folder: str) -> int:
        """How many levels a relative path climbs above the project; 0 inside of it, and when there is no project."""
        if self.project_root is None or _is_below(file, self.project_root) or not _is_below(folder, self.project_root):
            return 0
        depth = len([p for p in os.path.relpath(folder, self.project_root).split(os.sep) if p != "."])
        climbs = highest = 0
        for part in path.split("/"):
            climbs += 1 if part == ".." else -1 if part not in ("", ".") else 0
            highest = max(highest, climbs)
        return max(0, highest - depth)

    def _kind(self, file: str) -> str:
        """`file`, `folder`, `outside` (a symbolic link that leaves the site), or empty when there is nothing."""
        if file not in self._kinds:
            self._kinds[file] = self._look(file)
        return self._kinds[file]

    def _look(self, file: str) -> str:
        if not os.path.lexists(file):
            return ""
        real = os.path.realpath(file)
        if not any(_is_below(real, root) for root in self._real_roots):
            return "outside"
        try:
            mode = os.stat(real).st_mode
        except OSError:
            return ""
        return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else ""

    def _read(self, file: str) -> str | None:
        if self._kind(file) != "file":
            return None
        try:
            with open_file(os.path.realpath(file)) as stream:
                data = stream.read(_MAX_POST_BYTES + 1)
        except OSError:
            return None
        return data.decode("utf-8", "replace") if len(data) <= _MAX_POST_BYTES else None

    def _media_must_exist(self, tail: str, *, beside: bool = False) -> bool:
        """Whether a picture that is not there is certainly missing.

        It is not when the list of files is cut short, when no picture at all is kept with the site, when the same path
        exists below another folder, or when it may be made from a picture of the same name in another format.
        `beside`: it belongs into the folder of the post (a page bundle), so that what other folders hold says nothing.
        """
        if self.index.truncated or not self.index.media:
            return False
        if beside:
            return True
        stem = os.path.splitext(tail)[0].casefold()
        return not self.index.find(tail) and stem not in self.index.media_stems

    def _made_elsewhere(self, tail: str) -> bool:
        """Whether another folder beside the static one may bring the file: Hugo's assets, a theme, another root."""
        beside = os.path.dirname(self.site_root or self.posts_root)
        if self._kind(os.path.join(beside, "themes")) == "folder":
            return True
        return any(os.path.lexists(os.path.join(beside, name, tail)) for name in ("assets", "public", "static"))

    def _head_addresses(self) -> dict[str, str]:
        """Addresses that front matter gives to posts (slug, url, permalink, aliases ...), by a scan of their heads."""
        if self._addresses is None:
            addresses: dict[str, str] = {}
            for file in self.index.posts:
                for address in head_addresses(file):
                    addresses.setdefault(address, file)
            self._addresses = addresses
        return self._addresses

    # --- hints -----------------------------------------------------------------------------------------------------

    def _near(self, path: str, file: str, post: str) -> str:
        """The destination of a file whose name looks like the missing one, as seen from the post."""
        folder, _, name = path.rpartition("/")
        siblings = self.index.names_in(os.path.dirname(file))
        close = _closest(name, siblings)
        if close:
            return f"{folder}/{close}" if folder else close
        elsewhere = self.index.find(name)
        if len(elsewhere) == 1:
            return os.path.relpath(elsewhere[0], os.path.dirname(post)).replace(os.sep, "/")
        return ""

    def _near_below(self, tail: str, root: str, *, whole: str | None = None, prefix: str = "/") -> str:
        folder, _, name = tail.rpartition("/")
        close = _closest(name, self.index.names_in(os.path.normpath(os.path.join(root, folder))))
        if whole is not None:
            return whole[: len(whole) - len(name)] + close if close else ""
        return f"{prefix}{folder}/{close}" if close and folder else f"{prefix}{close}" if close else ""


def _with_anchor(target: Target, anchor: str) -> Target:
    return Target(target.outcome, target.file, target.hint, anchor)


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _closest(name: str, names: list[str]) -> str:
    extension = os.path.splitext(name)[1].casefold()
    same = [n for n in names if n != name and os.path.splitext(n)[1].casefold() == extension]
    close = get_close_matches(name, same[:2_000], n=1, cutoff=0.85) if len(name) <= 120 else []
    return close[0] if close else ""
