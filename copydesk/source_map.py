"""Texts made from a post, each character of which knows where it stands in the post."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Span:
    """A range of characters of the post's text; `end` is exclusive."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a made text and where it comes from.

    A run copied as it is has the same length on both sides and maps character by character. Any other is a join: a
    character or two that stand for a range of the post (a space for a line break, `©` for `&copy;`), never split.
    """

    text: int  # where the run begins in the made text
    length: int
    source: int  # where it begins in the post
    source_length: int
    copied: bool

    @property
    def text_end(self) -> int:
        """The end of the run in the made text, exclusive."""
        return self.text + self.length

    @property
    def source_end(self) -> int:
        """The end of the run in the post, exclusive."""
        return self.source + self.source_length


@dataclass(frozen=True)
class MappedText:
    """A text with its way back to the post. The pieces follow each other and cover the whole text."""

    text: str
    pieces: tuple[Piece, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.text for piece in self.pieces]

    def to_source(self, start: int, end: int) -> Span:
        """The range of the post that `text[start:end]` was made from.

        A range that covers several pieces answers all between the first and the last character. Positions outside the
        text are taken for its nearest end; an empty range answers an empty span.
        """
        start = max(0, min(start, len(self.text)))
        end = max(start, min(end, len(self.text)))
        if not self.pieces:
            return Span(0, 0)
        if start == end:
            place = self._source_of(start)
            return Span(place, place)
        last = self.pieces[self._index(end - 1)]
        return Span(self._source_of(start), last.source + (end - last.text) if last.copied else last.source_end)

    def _index(self, position: int) -> int:
        return bisect_right(self._starts, position) - 1

    def _source_of(self, position: int) -> int:
        piece = self.pieces[self._index(position)]
        if position >= piece.text_end:
            return piece.source_end
        return piece.source + (position - piece.text) if piece.copied else piece.source


class MappedTextBuilder:
    """Puts a mapped text together from left to right."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._pieces: list[Piece] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def last(self) -> str:
        """The last character so far; empty at the beginning."""
        return self._parts[-1][-1] if self._parts else ""

    def copy(self, text: str, source: int) -> None:
        """Add `text`, which stands exactly so at `source`."""
        if not text:
            return
        previous = self._pieces[-1] if self._pieces else None
        if previous is not None and previous.copied and previous.source_end == source:
            size = previous.length + len(text)
            self._pieces[-1] = Piece(previous.text, size, previous.source, size, True)
        else:
            self._pieces.append(Piece(self._length, len(text), source, len(text), True))
        self._parts.append(text)
        self._length += len(text)

    def join(self, text: str, source: int, source_length: int) -> None:
        """Add `text`, which stands for `source_length` characters at `source`."""
        if not text:
            return
        self._pieces.append(Piece(self._length, len(text), source, source_length, False))
        self._parts.append(text)
        self._length += len(text)

    def build(self) -> MappedText:
        """The text so far."""
        return MappedText("".join(self._parts), tuple(self._pieces))


def sliced(mapped: MappedText, start: int, end: int) -> MappedText:
    """The part `text[start:end]` of a mapped text, with its own way back; cuts a join only at its ends."""
    builder = MappedTextBuilder()
    for piece in mapped.pieces[max(0, mapped._index(start)) :] if mapped.pieces else ():
        if piece.text >= end:
            break
        low, high = max(start, piece.text), min(end, piece.text_end)
        if low >= high:
            continue
        if piece.copied:
            builder.copy(mapped.text[low:high], piece.source + low - piece.text)
        else:
            builder.join(mapped.text[low:high], piece.source, piece.source_length)
    return builder.build()
