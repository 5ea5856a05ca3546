"""All that is no prose in a post: blanked for patterns and line tools, or deleted for Harper.

The regions come from `copydesk.regions`; `find_blanks` adds what the Markdown parser knows (code, link destinations,
definitions) and what patterns know (URLs, mentions, paths). Every pass is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from copydesk.regions import Region
from copydesk.source_map import MappedText, MappedTextBuilder, Span

if TYPE_CHECKING:
    from markdown_it.token import Token

    from copydesk.markdown import Document


# Each begins with a character that is rare in prose, which is what makes the search fast; what may stand before it is
# looked at afterwards.
_URL = re.compile(r"(?:https?|ftp|file)://[^\s<>\"`{}|\\^]++|www\.\w[^\s<>\"`{}|\\^]*+")
_AT = re.compile(r"@\w[\w./-]*+")
_NUMBER = re.compile(r"#\d++\b")
_EMOJI = re.compile(r":(?:[a-z][a-z0-9_+-]{0,40}|[+-]1):")
_PATH = re.compile(r"/[\w@+-][\w.@+-]*+(?:/[\w.@+-]*+)*+")
_FILE_NAME = re.compile(
    r"\.(?:mdx?|py|rs|jsx?|tsx?|go|sh|h|ya?ml|css|txt|xml|csv|svg|png|jpe?g|gif|cfg|ini|exe|zip|php|json|toml|html|lock)"
    r"(?![\w/-]|\.\w)"
)
_WORD_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_MAIL_CHARACTERS = _WORD_CHARACTERS | frozenset(".+%-")
_PATH_CHARACTERS = _WORD_CHARACTERS | frozenset("@+./-~")
_TRAILING = ".,;:!?'\"*_~)]"


def _written_places(buffer: str, start: int) -> list[Region]:
    """URLs, addresses, mentions, emoji codes and paths of a text in which all other blanks are spaces."""
    found = []
    for match in _URL.finditer(buffer, start):
        if not _is_word(buffer, match.start() - 1):
            found.append(Region(match.start(), _without_trailing(match), "url"))
    position = start
    for match in _AT.finditer(buffer, start):
        left = _left(buffer, match.start(), position, _MAIL_CHARACTERS)
        position = match.end()
        if left < match.start():
            found.append(Region(left, _without_trailing(match), "url"))
        elif buffer[max(0, left - 1) : left] not in ("/", "@", "&"):
            found.append(Region(left, _without_trailing(match), "mention"))
    for match in _NUMBER.finditer(buffer, start):
        if not _is_word(buffer, match.start() - 1) and buffer[max(0, match.start() - 1) : match.start()] not in tuple(
            "&/#"
        ):
            found.append(Region(match.start(), match.end(), "mention"))
    for match in _EMOJI.finditer(buffer, start):
        before, after = match.start() - 1, match.end()
        if not (_is_word(buffer, before) or _is_word(buffer, after) or buffer[before : before + 1] == ":"):
            found.append(Region(match.start(), match.end(), "emoji"))
    for match in _PATH.finditer(buffer, start):
        left = match.start()
        while left > start and match.start() - left < 2 and buffer[left - 1] in ".~":
            left -= 1
        if left == start or not (buffer[left - 1].isalnum() or buffer[left - 1] in "_./~@:*-)]"):
            found.append(Region(left, _without_trailing(match), "path"))
    position = start
    for match in _FILE_NAME.finditer(buffer, start):
        left = _left(buffer, match.start(), position, _PATH_CHARACTERS)
        position = match.end()
        product = match[0] == ".js" and buffer[left].isupper() and "/" not in buffer[left:position]  # Node.js, Vue.js
        if left < match.start() and not product:
            found.append(Region(left, match.end(), "path"))
    return found


def _is_word(buffer: str, index: int) -> bool:
    return 0 <= index < len(buffer) and (buffer[index].isalnum() or buffer[index] == "_")


def _left(buffer: str, position: int, limit: int, characters: frozenset[str]) -> int:
    while position > limit and buffer[position - 1] in characters:
        position -= 1
    return position


def _without_trailing(match: re.Match[str]) -> int:
    """The end of a match without the punctuation of the sentence around it."""
    text = match[0]
    size = len(text)
    closes = text.count(")") - text.count("(")
    while size > 1 and text[size - 1] in _TRAILING:
        if text[size - 1] == ")":
            if closes <= 0:
                break
            closes -= 1
        size -= 1
    return match.start() + size


def find_blanks(flat: str, front: Span, regions: tuple[Region, ...], document: Document) -> tuple[Region, ...]:
    """All that is no prose, by place and apart from each other."""
    found = list(regions)
    if len(front):
        found.append(Region(front.start, front.end, "front"))
    for token in document.tokens:
        if token.type in ("fence", "code_block") and token.map:
            found.append(Region(document.line(token.map[0]), document.line(token.map[1]), "code"))
    for start, end in document.definitions:
        found.append(Region(document.line(start), document.line(end), "definition"))
    for inline in document.inlines:
        _inline_blanks(inline.children, inline.at, document, found.append)
    merged = _apart(found)
    return tuple(_apart([*merged, *_written_places(_blanked(flat, merged), front.end)]))


def _inline_blanks(
    children: Iterable[Token], at: Callable[[int], int], document: Document, add: Callable[[Region], None]
) -> None:
    for token in children:
        if token.type == "code_inline":
            add(Region(at(token.meta["at"]), at(token.meta["end"] - 1) + 1, "code"))
        elif token.type == "link_open":
            if token.markup == "autolink":
                add(Region(at(token.meta["at"]), at(token.meta["end"] - 1) + 1, "url"))
            elif token.meta["end"] - 1 > token.meta["label_end"]:
                add(Region(at(token.meta["label_end"] + 1), at(token.meta["end"] - 1) + 1, "destination"))
        elif token.type == "image":
            label_end = token.meta["at"] + 2 + len(token.content)
            if token.meta["end"] - 1 > label_end:
                add(Region(at(label_end + 1), at(token.meta["end"] - 1) + 1, "destination"))
            _inline_blanks(token.children or (), shifted(at, token.meta["at"] + 2), document, add)
        elif token.type == "footnote_ref" and "label" not in token.meta:
            note = document.footnotes.get(token.meta["id"], ())
            _inline_blanks(note, shifted(at, token.meta["at"] + 2), document, add)
        elif token.type == "footnote_ref":
            add(Region(at(token.meta["at"]), at(token.meta["end"] - 1) + 1, "destination"))


def shifted(at: Callable[[int], int], by: int) -> Callable[[int], int]:
    """A map of places for a text that begins `by` characters later."""
    return lambda position: at(by + position)


def _apart(found: list[Region]) -> list[Region]:
    """Sorted, the first of two that overlap kept whole and the other cut."""
    found.sort(key=lambda region: (region.start, -region.end))
    result: list[Region] = []
    position = 0
    for region in found:
        if region.end <= position:
            continue
        if region.start < position:
            region = Region(position, region.end, region.kind)
        if region.end > region.start:
            result.append(region)
            position = region.end
    return result


_NO_LINE_END = re.compile(r"[^\r\n]+")


def _blanked(text: str, blanks: Iterable[Region]) -> str:
    parts = []
    position = 0
    for blank in blanks:
        parts.append(text[position : blank.start])
        parts.append(_NO_LINE_END.sub(lambda m: " " * len(m[0]), text[blank.start : blank.end]))
        position = blank.end
    parts.append(text[position:])
    return "".join(parts)


def mask(text: str, blanks: Iterable[Region]) -> str:
    """The text with the blanks as spaces: the same length, the same line ends."""
    return _blanked(text, blanks)


_FOR_HARPER = frozenset(["liquid", "shortcode", "comment", "html", "raw", "mdx", "directive", "attribute", "math"])


SPACED_TAG = re.compile(
    r"</?(?:br|p|div|li|ul|ol|td|th|tr|table|h[1-6]|dd|dt|dl|section|article|figure|figcaption|summary|details|hr)\b",
    re.IGNORECASE,
)
"""HTML tags that part the words around them."""


def for_harper(text: str, body: Span, regions: Iterable[Region]) -> MappedText:
    """The body without the regions, and without the second of two spaces that would meet where one was taken out."""
    builder = MappedTextBuilder()
    position = body.start
    for region in regions:
        if region.kind not in _FOR_HARPER:
            continue
        builder.copy(text[position : region.start], position)
        position = region.end
        following = text[position : position + 1]
        if builder.last in ("", " ", "\t", "\n", "\r"):
            position += following == " "
        elif not following.isspace() and SPACED_TAG.match(text, region.start):
            builder.join(" ", region.start, region.end - region.start)
    builder.copy(text[position : body.end], position)
    return builder.build()
