"""A text that comes in pieces, on its way out: joined to blocks, or kept until its beginning is known."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial

_BLOCK = 1 << 16  # characters: a write for each word of a page would take longer than making it
_IN_MEMORY = 8_000_000  # bytes


def encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    """The pieces in UTF-8, many together. Lone surrogates, as broken names of files have them, are kept as they are."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield "".join(held).encode("utf-8", "surrogatepass")
            held.clear()
            size = 0
    yield "".join(held).encode("utf-8", "surrogatepass")


class Spool:
    """A text that is made at once and read later, as often as wanted; a large one waits in a temporary file."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `close`
        self.size = sum(map(self._file.write, encoded(pieces)))  # bytes

    def data(self) -> Iterator[bytes]:
        """The text in UTF-8, in blocks."""
        self._file.seek(0)
        return iter(partial(self._file.read, _BLOCK), b"")

    def text(self) -> Iterator[str]:
        """The text, in pieces."""
        return codecs.iterdecode(self.data(), "utf-8", "surrogatepass")

    def close(self) -> None:
        """Give the memory and the file back."""
        self._file.close()
