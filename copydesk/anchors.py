"""The places inside a post that a link can jump to.

Generators make different anchors of one heading (`what's-new`, `whats-new`, `what-s-new`), and their settings decide.
So anchors are compared by their letters and digits alone, and what is collected is rather too much than too little: a
link is called broken only when no generator would have made its anchor.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

# Themes make these on every page.
_THEME_ANCHORS = """
    top content main toc contents tableofcontents comments respond footer header nav navigation search disqusthread
    maincontent pagetop skip
"""
_OF_THE_THEME = frozenset(_THEME_ANCHORS.split())
# Shortcodes and tags that put a picture, a value or a player into the page, but no heading.
_SHORTCODES = """
    figure image img image_with_class youtube vimeo tweet twitter x instagram gist highlight endhighlight param ref
    relref comment endcomment raw endraw link post_url link_to assign site page url video audio details note tip warning
    notice alert admonition callout button icon
"""
_WITHOUT_HEADINGS = frozenset(_SHORTCODES.split())

_MAX_PATTERNS = 200  # headings with an emoji; with more, nobody can tell

_ATX = re.compile(r"[ >]{0,8}#{1,6}(?=[\s\S])(.*)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_ID = re.compile(r"""\b(?:id|name)\s?=\s?\{?["'`]?([^\s"'`<>{}]{1,200})""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\{:?[^{}\n#]{0,80}#([^\s{}]{1,200})")
_TEMPLATE = re.compile(r"\{\{[<%-]?\s{0,8}/?\s{0,8}([\w./-]{0,60})|\{%-?\s{0,8}([\w-]{0,60})")
_COMPONENT = re.compile(r"<[A-Z]")
_HTML_HEADING = re.compile(r"<h[1-6]\b[^<>]{0,300}>([^\n]{0,300})", re.IGNORECASE)
_DESTINATION = re.compile(r"\]\([^()\n]{0,500}(?:\([^()\n]{0,200}\)[^()\n]{0,500})?\)")
_LABEL = re.compile(r"\]\[[^\[\]\n]{0,200}\]")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")
_FOOTNOTE = re.compile(r"(?:user-content-)?fn(?:ref)?[^A-Za-z]")
_EMOJI = re.compile(r":[a-z0-9_+-]{1,40}:")
_PICTURE = re.compile("[\u2190-\u2bff\u3030\ufe0f\U0001f000-\U0001faff]")
_TRAILING_ATTRIBUTES = re.compile(r"\{[^{}\n]{0,200}\}\s*#*\s*$")
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a post offers to jump to. `complete` is False when something in it may make anchors that cannot be seen."""

    keys: frozenset[str]
    complete: bool = True
    _patterns: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        patterns = sorted(k for k in self.keys if "*" in k)
        object.__setattr__(self, "_patterns", tuple(patterns[:_MAX_PATTERNS]))
        if len(patterns) > _MAX_PATTERNS:
            object.__setattr__(self, "complete", False)

    def has(self, anchor: str) -> bool | None:
        """True when `anchor` (without `#`) is there, False when it is not, None when nobody can tell."""
        wanted = key(anchor)
        if not wanted or wanted in self.keys or wanted in _OF_THE_THEME or not _is_name(anchor):
            return True
        if any(_matches(wanted, pattern) for pattern in self._patterns):
            return True
        return False if self.complete else None


def key(anchor: str) -> str:
    """The letters and digits of an anchor or a heading, without case and accents."""
    plain = unicodedata.normalize("NFKD", unquote(anchor))
    return "".join(c for c in plain if c.isalnum()).casefold()


def _matches(wanted: str, pattern: str) -> bool:
    before, _, after = pattern.partition("*")
    return wanted.startswith(before) and wanted[len(before) :].endswith(after.rpartition("*")[2])


def _is_name(anchor: str) -> bool:
    """False for text fragments (`:~:text=`), routes (`/x`, `!x`), parameters (`page=2`) and footnotes (`fn:1`)."""
    return not (anchor.startswith((":~:", "/", "!")) or "=" in anchor or _FOOTNOTE.match(anchor))


def anchors_of(text: str, *, mdx: bool = False) -> Anchors:
    """The anchors of a post, by a scan of its lines; takes time linear in the length of `text`."""
    headings: list[str] = []
    previous = ""
    for line in _LINE_END.split(text):
        heading = _ATX.match(line)
        if heading:
            headings.append(heading[1])
        elif previous.strip() and _UNDERLINE.fullmatch(line):
            headings.append(previous)
        previous = line
    headings += [m[1].partition("</")[0] for m in _HTML_HEADING.finditer(text)]
    keys = heading_keys(headings)
    keys.update(key(m[1]) for m in _ID.finditer(text))
    keys.update(key(m[1]) for m in _ATTRIBUTE.finditer(text))
    return Anchors(frozenset(keys), complete=not _may_make_more(text, headings, mdx))


def heading_keys(headings: Iterable[str]) -> set[str]:
    """The keys of headings given as Markdown source, with those of the second, third ... of the same words.

    An emoji becomes nothing, its name or its code, as the generator likes: it stands as `*` in a key.
    """
    counts: Counter[str] = Counter()
    keys: set[str] = set()
    for heading in headings:
        variants = set()
        for text in (heading, _plain(heading)):
            whole = key(text)
            # kramdown drops what is not ASCII, and digits at the start.
            ascii_only = key(text.encode("ascii", "ignore").decode())
            variants |= {whole, ascii_only, whole.lstrip("0123456789"), ascii_only.lstrip("0123456789")}
        parts = _PICTURE.split(_plain(heading))
        if len(parts) > 1 and any(map(key, parts)):
            keys.add(f"{key(parts[0])}*{key(parts[-1])}")
        for variant in variants - {""}:
            number = counts[variant]
            counts[variant] += 1
            keys.add(variant)
            if number:
                keys |= {f"{variant}{number}", f"{variant}{number + 1}"}
    return keys


def _plain(heading: str) -> str:
    text = _TRAILING_ATTRIBUTES.sub("", heading)
    text = _LABEL.sub("", _DESTINATION.sub("", text))
    return html.unescape(_EMOJI.sub("", _TAG.sub("", text)))


def _may_make_more(text: str, headings: list[str], mdx: bool) -> bool:
    if mdx and _COMPONENT.search(text):
        return True
    if any("{{" in heading or "{%" in heading for heading in headings):
        return True
    for match in _TEMPLATE.finditer(text):
        name = (match[1] if match[1] is not None else match[2]).rpartition("/")[2].partition(".")[0]
        if name and name not in _WITHOUT_HEADINGS:
            return True
    return False
