"""The prose of a post, in segments and sentences, each with its place in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from copydesk.masking import SPACED_TAG, shifted
from copydesk.source_map import MappedText, MappedTextBuilder, Span, sliced

if TYPE_CHECKING:
    from markdown_it.token import Token

    from copydesk.markdown import Inline
    from copydesk.post import Post
    from copydesk.regions import Region

Kind = Literal["title", "description", "heading", "paragraph", "list_item", "quote", "table_cell", "alt", "footnote"]

OBJECT = "\ufffc"
"""Stands in a segment for what is no prose: a code span, a URL, an image, template code. One character a run."""

WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_TEXT_KINDS = frozenset({"paragraph", "list_item", "quote", "footnote"})


@dataclass(frozen=True)
class Segment:
    """A run of prose without markup. A character is the file's own, but for joins; see `MappedText`."""

    kind: Kind
    mapped: MappedText
    block: int  # segments of one block of the post (a list, a table, a paragraph) share it; -1 for the front matter
    level: int = 0  # of a heading, 1 to 6

    @property
    def text(self) -> str:
        """The prose on one line: a line break is a space, and `OBJECT` stands for what is no prose."""
        return self.mapped.text

    @property
    def span(self) -> Span:
        """From the first to the last character in the file."""
        return self.to_source(0, len(self.text))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the text."""
        return tuple(WORD.findall(self.text))

    def to_source(self, start: int, end: int) -> Span:
        """The range of the post that `text[start:end]` stands for."""
        return self.mapped.to_source(start, end)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a segment."""

    segment: Segment
    start: int  # in the segment's text
    end: int

    @property
    def text(self) -> str:
        """The sentence, without the space around it."""
        return self.segment.text[self.start : self.end]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the sentence."""
        return tuple(WORD.findall(self.text))

    @property
    def span(self) -> Span:
        """Its place in the post."""
        return self.segment.to_source(self.start, self.end)

    def to_source(self, start: int, end: int) -> Span:
        """The range of the post that `text[start:end]` stands for."""
        return self.segment.to_source(self.start + start, self.start + end)


# --- segments ---------------------------------------------------------------------------------------------------------

_NO_TRACE = frozenset(["html", "attribute", "emoji", "directive", "comment"])


class _Blanks:
    """The blanks of a post, looked up by place."""

    def __init__(self, blanks: Sequence[Region]) -> None:
        self.blanks = blanks
        self._starts = [blank.start for blank in blanks]

    def among(self, start: int, end: int) -> Iterator[Region]:
        """Those that overlap a range."""
        index = max(0, bisect_right(self._starts, start) - 1)
        while index < len(self.blanks) and self.blanks[index].start < end:
            if self.blanks[index].end > start:
                yield self.blanks[index]
            index += 1


class _Writer:
    """Writes the tokens of a block as prose."""

    def __init__(self, flat: str, blanks: _Blanks) -> None:
        self.flat = flat
        self.blanks = blanks
        self.builder = MappedTextBuilder()
        self._object_end = -1  # where the last OBJECT's source ends: one blank split by the parser is one OBJECT
        self.alts: list[tuple[list[Token], Callable[[int], int]]] = []
        self.notes: list[tuple[int, int]] = []  # id of `^[...]` and the offset of its content

    def write(self, tokens: Sequence[Token], inline: Inline, at: Callable[[int], int]) -> None:
        """Write tokens whose places `at` maps to the text."""
        skipping = False
        for token in tokens:
            kind, meta = token.type, token.meta
            if kind == "link_close":
                skipping = False
            elif skipping:
                continue
            elif kind == "text":
                if token.content:
                    self._text(token.content, meta["at"], inline, at)
            elif kind == "text_special":
                self._special(token, at(meta["at"]), at(meta["end"] - 1) + 1)
            elif kind in ("softbreak", "hardbreak"):
                start = at(meta["at"])
                self._space(start, at(meta["end"]) - start)
            elif kind == "code_inline":
                self._object(at(meta["at"]), at(meta["end"] - 1) + 1)
            elif kind == "image":
                self._object(at(meta["at"]), at(meta["end"] - 1) + 1)
                self.alts.append((token.children or [], shifted(at, meta["at"] + 2)))
            elif kind == "link_open" and token.markup == "autolink":
                self._object(at(meta["at"]), at(meta["end"] - 1) + 1)
                skipping = True
            elif kind == "footnote_ref" and "label" not in meta:
                self.notes.append((meta["id"], meta["at"] + 2))

    def _text(self, content: str, start: int, inline: Inline, at: Callable[[int], int]) -> None:
        """Text, which stands in one piece but where a table cell dropped the backslash of `\\|`."""
        source = at(start)
        if at(start + len(content) - 1) == source + len(content) - 1:
            self._run(source, source + len(content))
            return
        for offset in range(len(content)):
            self._run(at(start + offset), at(start + offset) + 1)

    def _run(self, start: int, end: int) -> None:
        position = start
        for blank in self.blanks.among(start, end):
            self.builder.copy(self.flat[position : blank.start], position)
            self._blank(blank, max(blank.start, start))
            position = max(position, min(blank.end, end))
            if self.builder.last in ("", " ") and position < end and self.flat[position] == " ":
                position += 1
        self.builder.copy(self.flat[position:end], position)

    def _blank(self, blank: Region, start: int) -> None:
        if blank.kind not in _NO_TRACE:
            self._object(start, blank.end)
        elif blank.kind == "html" and SPACED_TAG.match(self.flat, blank.start):
            self._space(start, blank.end - start)

    def _special(self, token: Token, start: int, end: int) -> None:
        if token.info == "escape":
            self.builder.copy(token.content, end - len(token.content))
        elif token.content.isspace():
            self._space(start, end - start)
        else:
            self.builder.join(token.content, start, end - start)

    def _space(self, start: int, length: int) -> None:
        if self.builder.last not in ("", " "):
            self.builder.join(" ", start, length)

    def _object(self, start: int, end: int) -> None:
        if start >= self._object_end:
            self.builder.join(OBJECT, start, end - start)
        self._object_end = max(end, self._object_end)

    def segment(self, kind: Kind, block: int, level: int = 0) -> Segment | None:
        """What was written, without the space around it; None when it holds no word."""
        mapped = self.builder.build()
        self.builder = MappedTextBuilder()
        if not WORD.search(mapped.text):
            return None
        text = mapped.text
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return Segment(kind, mapped if end - start == len(text) else sliced(mapped, start, end), block, level)


def segments(post: Post) -> tuple[Segment, ...]:
    """All prose of a post, front matter first."""
    found: list[Segment | None] = []
    for name in ("title", "description"):
        field = post.field(name)
        if field is not None:
            mapped = post.front.mapped(field.key)
            start = len(mapped.text) - len(mapped.text.lstrip())
            mapped = sliced(mapped, start, len(mapped.text.rstrip()))
            found.append(Segment("title" if name == "title" else "description", mapped, -1))
    blanks = _Blanks(post.blanks)
    for inline in post.document.inlines:
        writer = _Writer(post.flat, blanks)
        writer.write(inline.children, inline, inline.at)
        found.append(writer.segment(inline.kind, inline.block, inline.level))
        while writer.alts or writer.notes:
            if writer.alts:
                tokens, at = writer.alts.pop(0)
                writer.write(tokens, inline, at)
                found.append(writer.segment("alt", inline.block))
            else:
                number, place = writer.notes.pop(0)
                writer.write(post.document.footnotes.get(number, ()), inline, shifted(inline.at, place))
                found.append(writer.segment("footnote", inline.block))
    return tuple(segment for segment in found if segment is not None)


def count_words(found: tuple[Segment, ...]) -> int:
    """Words of the body's segments; alt texts are not counted. Of scripts without spaces, each character is a word."""
    return sum(len(s.words) for s in found if s.kind not in ("title", "description", "alt"))


# --- sentences --------------------------------------------------------------------------------------------------------

_SENTENCE_END = re.compile(r"([.!?\u2026])([\"'\u2019\u201d)\]]{0,4})(\s+)|[\u3002\uff01\uff1f]")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|ca|fig|no|mr|mrs|ms|dr|prof|st|jr|sr|inc|ltd|co|dept|est|eq|vol|resp|incl"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)|\b[A-Za-z]\.[A-Za-z]|(?<!\w)[A-Z])\Z",
    re.IGNORECASE,
)
_ALWAYS_OPEN = frozenset(["mr", "mrs", "ms", "dr", "prof", "e.g", "i.e", "vs", "cf", "fig"])


def sentences(found: tuple[Segment, ...]) -> tuple[Sentence, ...]:
    """The sentences of the segments that hold sentences.

    A sentence ends at `.`, `!`, `?` or `…` before a space, unless the dot belongs to an abbreviation or an initial, or
    a small letter follows; and at the full stops of Chinese and Japanese.
    """
    result: list[Sentence] = []
    for segment in found:
        if segment.kind not in _TEXT_KINDS:
            continue
        text = segment.text
        start = 0
        for match in _SENTENCE_END.finditer(text):
            if match[1] and not _ends(text, match):
                continue
            end = match.end(2) if match[1] else match.end()
            result.append(Sentence(segment, start, end))
            start = match.end()
        if text[start:].strip():
            result.append(Sentence(segment, start, len(text)))
    return tuple(result)


def _ends(text: str, match: re.Match[str]) -> bool:
    following = text[match.end() : match.end() + 1]
    if following.islower():
        return False
    if match[1] != "." or match[2]:
        return True
    word = _ABBREVIATION.search(text[max(0, match.start() - 8) : match.start()])
    if word is None:
        return True
    # After `etc.` or an initial a capital may well begin a sentence; after `Dr.` it is a name. One letter alone is
    # mostly an initial, but `I` is a word.
    return word[0].lower() not in _ALWAYS_OPEN and (len(word[0]) > 1 or word[0] == "I") and following.isupper()
