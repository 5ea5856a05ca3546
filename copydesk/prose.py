"""The prose of a post and its headings and links, each with its place in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from copydesk.source_map import MappedText, MappedTextBuilder, Span

if TYPE_CHECKING:
    from copydesk.post import Post

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


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body."""

    level: int  # 1 to 6
    text: str  # without markup; code spans keep their text
    span: Span  # of the content: without `#`
    slug: str  # its anchor as GitHub makes it, or the one given by `{#id}`; unique in the post


LinkKind = Literal["inline", "reference", "autolink", "bare", "html"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image of the body."""

    kind: LinkKind
    destination: str  # as written, entities and escapes resolved, template code as in the file
    text: str  # for an image: its alt text
    span: Span  # all of it
    destination_span: Span  # of the destination; of a reference, all of the link
    title: str
    is_image: bool
    reference: str  # the label of a reference; empty for the others
    has_alt: bool = True  # False: an HTML image without an `alt` attribute


def segments(post: Post) -> tuple[Segment, ...]:
    """All prose of a post, front matter first."""
    found: list[Segment] = []
    for name in ("title", "description"):
        field = post.field(name)
        if field is not None:
            mapped = post.front.mapped(field.key)
            found.append(Segment("title" if name == "title" else "description", mapped, -1))
    block = 0
    position = post.body.start
    for part in re.split(r"(\n[ ]*\n)", post.flat[post.body.start :]):
        text = part.strip()
        if text and not text.startswith("```"):
            start = position + part.index(text)
            level = len(text) - len(text.lstrip("#"))
            builder = MappedTextBuilder()
            builder.copy(text[level:], start + level)
            found.append(Segment("heading" if level else "paragraph", builder.build(), block, level))
            block += 1
        position += len(part)
    return tuple(found)


_SENTENCE_END = re.compile(r"[.!?。]\s+")


def sentences(found: tuple[Segment, ...]) -> tuple[Sentence, ...]:
    """The sentences of the segments that hold sentences."""
    result = []
    for segment in found:
        if segment.kind not in _TEXT_KINDS:
            continue
        start = 0
        for match in _SENTENCE_END.finditer(segment.text):
            result.append(Sentence(segment, start, match.start() + 1))
            start = match.end()
        if start < len(segment.text):
            result.append(Sentence(segment, start, len(segment.text)))
    return tuple(result)


def count_words(found: tuple[Segment, ...]) -> int:
    """Words of the body's segments; alt texts are not counted."""
    return sum(len(s.words) for s in found if s.kind not in ("title", "description", "alt"))


def headings(post: Post) -> tuple[Heading, ...]:
    """The headings of the body."""
    return tuple(
        Heading(s.level, s.text.strip(), s.span, re.sub(r"[^\w-]", "", s.text.strip().lower().replace(" ", "-")))
        for s in post.segments
        if s.kind == "heading"
    )


_INLINE = re.compile(r"(!?)\[([^\[\]\n]*)\]\(([^()\s]*)\)")


def links(post: Post) -> tuple[Link, ...]:
    """Links and images."""
    return tuple(
        Link("inline", m[3], m[2], Span(*m.span()), Span(*m.span(3)), "", bool(m[1]), "")
        for m in _INLINE.finditer(post.flat, post.body.start)
    )
