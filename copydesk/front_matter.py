"""Front matter: split off by a line scanner, read without ever running or expanding anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from copydesk.source_map import MappedText, MappedTextBuilder, Span


@dataclass(frozen=True)
class FrontMatter:
    """The front matter of a post."""

    format: Literal["yaml", "toml", "json"] | None = None
    data: dict[str, Any] = field(default_factory=dict)  # JSON-like; dates as text, as typed
    span: Span = Span(0, 0)  # with its delimiters and the end of the closing line
    problem: tuple[str, int] | None = None  # what is wrong and at which offset; `data` is then empty
    duplicates: tuple[tuple[str, int], ...] = ()  # keys given twice, with the offset of the second
    values: dict[str, MappedText] = field(default_factory=dict)  # top-level text values

    def span_of(self, key: str) -> Span | None:
        """Where the value of a top-level key that holds a text stands, inside its quotes; None when it has no place."""
        found = self.values.get(key)
        return found.to_source(0, len(found.text)) if found is not None else None

    def mapped(self, key: str) -> MappedText:
        """The text of a top-level key with its way back to the file."""
        found = self.values.get(key)
        return found if found is not None else MappedText("", ())


def read_front_matter(text: str) -> FrontMatter:
    """Split off and read the front matter of a text."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].strip() != "---":
        return FrontMatter()
    offset = len(lines[0])
    data: dict[str, Any] = {}
    values = {}
    for line in lines[1:]:
        if line.strip() == "---":
            return FrontMatter("yaml", data, Span(0, offset + len(line)), None, (), values)
        key, _, value = line.partition(":")
        shown = value.strip().strip("\"'")
        if shown:
            builder = MappedTextBuilder()
            builder.copy(shown, offset + line.index(shown, len(key)))
            data[key.strip()] = shown
            values[key.strip()] = builder.build()
        offset += len(line)
    return FrontMatter()
