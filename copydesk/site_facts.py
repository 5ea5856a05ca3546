"""What is known of every post of a site without parsing it: its addresses, title, date, and prints of its paragraphs.

Facts are kept in the results cache by the content of the file, so that a review of one post reads the others but works
out nothing. They come from the front matter and a scan of lines: they serve to compare posts, not to judge them.
"""

# Paths are computed as text: pathlib is several times slower over a whole site.
# ruff: noqa: PTH119, PTH120, PTH122
from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from copydesk.cache import ResultCache
from copydesk.front_matter import read_front_matter
from copydesk.report import StepResult
from copydesk.settings import settings
from copydesk.site_index import open_file, stem_and_date

if TYPE_CHECKING:
    from copydesk.site import Site

VERSION = "1"  # of the facts: raise it when the same text gives others
MAX_POSTS = 20_000
MIN_WORDS = 40  # of a paragraph that is compared: shorter ones are thanks, dates and calls to action
_SHINGLE = 5  # words
_SAMPLED = 4  # one shingle in four is kept, chosen by its print: the same ones in every post
_MAX_PRINTS = 64  # of a paragraph
_MAX_BYTES = 2_000_000
_MAX_LINKS = 300
_NO_POSTS = frozenset({"_index.md", "readme.md", "contributing.md", "license.md", "changelog.md"})

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NO_PARAGRAPH = re.compile(
    r"(?: {4}|\t|\s{0,3}(?:#{1,6}\s|>|\||[-*+]\s|\d{1,9}[.)]\s|<|\{[%{<]|:::|import\s|export\s|\[\^?[^\]]{1,99}\]:))"
)
_DESTINATION = re.compile(
    r"\]\(\s{0,9}<?([^)\s>]{1,2000})|\bhref\s?=\s?[\"']([^\"'\n]{1,2000})|^\s{0,3}\[[^\]\n]{1,300}\]:\s{0,9}<?(\S{1,2000})",
    re.M,
)
_INLINE = re.compile(r"\]\([^()\s]{0,2000}\)")
_WORD = re.compile(r"[^\W_]+")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2,4})?")
_SUFFIX = re.compile(r"\.([a-z]{2}(?:-[a-zA-Z]{2,4})?)\.\w+$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that is long enough to be compared."""

    start: int  # offset in the text
    end: int
    prints: tuple[int, ...]


def facts_of(text: str, place: str) -> dict[str, Any]:
    """The facts of a post; `place` is its path inside the site. JSON-like throughout; never raises for any text."""
    front = read_front_matter(text)
    data = front.data
    slug, date = stem_and_date(place)
    explicit = _text(data, "slug")
    address = next((a for key in ("permalink", "url") if (a := _text(data, key)).startswith("/") and ":" not in a), "")
    given_date = next((d for key in ("date", "pubDate", "publishDate", "published") if (d := _date(data.get(key)))), "")
    aliases = [a for key in ("aliases", "redirect_from", "alias") for a in _texts(data.get(key))]
    return {
        "title": _plain(_text(data, "title")),
        "description": _plain(next((d for k in ("description", "excerpt", "summary") if (d := _text(data, k))), "")),
        "address": normalized(address),
        "place": "/".join((os.path.dirname(_bundle(place)), date, (explicit or slug).casefold())),
        "aliases": [normalized(alias) for alias in aliases[:100]],
        "date": given_date or date,
        "draft": data.get("draft") is True or data.get("published") is False,
        "language": _language(_text(data, "lang") or _text(data, "language"), place),
        "prints": sorted({one for p in paragraphs(text, front.span.end) for one in p.prints}),
        "links": [d for m in _DESTINATION.finditer(text) if _is_inside(d := m[1] or m[2] or m[3])][:_MAX_LINKS],
    }


def paragraphs(text: str, start: int = 0) -> Iterator[Paragraph]:
    """The long paragraphs of Markdown from an offset on, without those of code, lists, quotes, tables and HTML."""
    fence = ""
    begun: int | None = None
    end = start
    position = start
    for line in re.split(r"(?<=\n)", text[start:]):
        opened = _FENCE.match(line)
        blank = not line.strip()
        if fence:
            if opened and opened[1].startswith(fence) and not line.strip(" `~\r\n"):
                fence = ""
        elif blank or opened or _NO_PARAGRAPH.match(line):
            if begun is not None:
                yield from _paragraph(text, begun, end)
            begun = None
            fence = opened[1] if opened else ""
            # What follows a list item or a quote without a blank line belongs to it.
            if not blank and not opened and not line.lstrip().startswith("#"):
                begun = -1
        elif begun is None:
            begun = position
        if begun == -1 and blank:
            begun = None
        position += len(line)
        if not blank:
            end = position
    if begun is not None:
        yield from _paragraph(text, begun, end)


def _paragraph(text: str, start: int, end: int) -> Iterator[Paragraph]:
    if start < 0:
        return
    words = _WORD.findall(_INLINE.sub("]", text[start:end]).lower())
    if len(words) < MIN_WORDS:
        return
    shingles = (" ".join(words[n : n + _SHINGLE]) for n in range(len(words) - _SHINGLE + 1))
    prints = sorted({p for s in shingles if (p := zlib.crc32(s.encode("utf-8", "replace"))) % _SAMPLED == 0})
    if len(prints) >= _SHINGLE:
        yield Paragraph(start, end, tuple(prints[:_MAX_PRINTS]))


def normalized(address: str) -> str:
    """An address without slashes at its ends, `.html`, query and anchor, case folded."""
    path = address.partition("#")[0].partition("?")[0].strip().strip("/")
    return path.removesuffix(".html").removesuffix("/index").casefold()


@dataclass
class SiteFacts:
    """The facts of all posts of a site, by file, with what is asked of them."""

    root: str
    posts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def by_title(self) -> dict[tuple[str, str], list[str]]:
        """Files by language and title."""
        return self._by("title")

    @cached_property
    def by_description(self) -> dict[tuple[str, str], list[str]]:
        """Files by language and description."""
        return self._by("description")

    @cached_property
    def by_place(self) -> dict[tuple[str, str], list[str]]:
        """Files by language and the address that their name gives them; those with an address of their own by that."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for file, facts in self.posts.items():
            found[facts["language"], facts["address"] or facts["place"]].append(file)
        return found

    @cached_property
    def moved(self) -> dict[str, str]:
        """Old address -> the file of the post that left it; without those that a post has now."""
        taken = {facts["address"] for facts in self.posts.values()}
        return {a: file for file, facts in self.posts.items() for a in facts["aliases"] if a and a not in taken}

    def by_print(self, wanted: set[int]) -> dict[int, list[str]]:
        """The files that have each of these prints in one of their paragraphs."""
        found: dict[int, list[str]] = defaultdict(list)
        for file, facts in self.posts.items():
            for one in wanted.intersection(facts["prints"]):
                found[one].append(file)
        return found

    def _by(self, name: str) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for file, facts in self.posts.items():
            if facts[name]:
                found[facts["language"], facts[name]].append(file)
        return found


_known: WeakKeyDictionary[Site, SiteFacts] = WeakKeyDictionary()


def site_facts(site: Site) -> SiteFacts:
    """The facts of a site, gathered once a run. Empty for one with more posts than can be compared."""
    if site not in _known:
        _known[site] = _gather(site)
    return _known[site]


def place_of(file: str, root: str) -> str:
    """The path of a file inside the site, with `/`."""
    return os.path.relpath(file, root).replace(os.sep, "/")


def _gather(site: Site) -> SiteFacts:
    files = [f for f in site.index.posts if os.path.basename(f).casefold() not in _NO_POSTS]
    facts = SiteFacts(site.posts_root)
    if site.index.truncated or len(files) > MAX_POSTS:
        return facts
    keys = {file: _key(data, place_of(file, site.posts_root)) for file in files if (data := _read(file)) is not None}
    cache = ResultCache(settings().cache_dir, settings().cache_max_mb)
    found: dict[str, StepResult] = cache.get_many(list(dict.fromkeys(keys.values())))
    posts: dict[str, Mapping[str, Any]] = {}
    fresh: list[tuple[str, str, StepResult]] = []
    for file, key in keys.items():
        if key not in found:
            data = _read(file)
            if data is None:
                continue
            text = data.decode("utf-8-sig", "replace")
            found[key] = StepResult(outputs=facts_of(text, place_of(file, site.posts_root)))
            fresh.append((key, "site_facts", found[key]))
        posts[file] = found[key].outputs
    cache.put_many(fresh)
    cache.close()
    facts.posts = posts
    return facts


def _read(file: str) -> bytes | None:
    try:
        with open_file(file) as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError:
        return None
    return data if len(data) <= _MAX_BYTES else None


def _key(data: bytes, place: str) -> str:
    digest = hashlib.sha256(f"site_facts\0{VERSION}\0{place}\0".encode("utf-8", "surrogatepass"))
    digest.update(data)
    return digest.hexdigest()


def _bundle(place: str) -> str:
    """The path of a post: for `a/b/index.md` that of its folder."""
    folder, name = os.path.split(place)
    return folder if os.path.splitext(name)[0] in ("index", "_index") else place


def _language(given: str, place: str) -> str:
    if given:
        return given.casefold()[:2]
    suffix = _SUFFIX.search(place)
    if suffix:
        return suffix[1].casefold()[:2]
    first = place.partition("/")[0]
    return first.casefold()[:2] if "/" in place and _LANGUAGE.fullmatch(first) else ""


def _is_inside(destination: str) -> bool:
    return not destination.startswith(("#", "//", "mailto:")) and "://" not in destination


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())[:500]


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    return [v.strip() for v in values if isinstance(v, str) and v.strip() and ":" not in v]


def _date(value: Any) -> str:
    match = re.match(r"\d{4}-\d{2}-\d{2}", value) if isinstance(value, str) else None
    return match[0] if match else ""
