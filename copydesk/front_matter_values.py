"""What the readers of front matter share: its limits, refusals, values that can be stored, and their places."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from copydesk.source_map import MappedText, MappedTextBuilder, Piece, Span

MAX_CHARACTERS = 64 * 1024  # larger YAML takes seconds to read and minutes to expand
MAX_DEPTH = 20
MAX_NODES = 500


class Refused(ValueError):
    """Front matter that is not read, and where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass
class Read:
    """What a reader found; the fields are those of `FrontMatter`."""

    data: dict[str, Any] = field(default_factory=dict)
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    values: dict[str, MappedText] = field(default_factory=dict)


_SURROGATE = re.compile("[\ud800-\udfff]")


def finite(value: str, offset: int = 0) -> float:
    """The number; raises Refused for one that is larger than a float."""
    number = float(value)
    if not math.isfinite(number):
        raise Refused(f"{value[:40]} is no number that can be stored.", offset)
    return number


def storable(text: str) -> str:
    """JSON and YAML escapes can make lone surrogates, which no file and no store takes."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def json_like(data: Any, base: int) -> Any:
    """A copy with dates as ISO texts, within the limits on depth and size."""
    count = 0

    def copy(value: Any, depth: int) -> Any:
        nonlocal count
        count += 1
        if count > MAX_NODES:
            raise Refused(f"The front matter has more than {MAX_NODES} keys and values.", base)
        if depth > MAX_DEPTH:
            raise Refused(f"The front matter is nested deeper than {MAX_DEPTH} levels.", base)
        if isinstance(value, dict):
            count += len(value)
            return {storable(key): copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [copy(item, depth + 1) for item in value]
        if isinstance(value, str):
            return storable(value)
        if isinstance(value, int) and abs(value) >= 2**63:
            return str(value)  # no store takes it as a number
        return value.isoformat() if hasattr(value, "isoformat") else value

    return copy(data, 0)


# --- places -----------------------------------------------------------------------------------------------------------

_SPACE = re.compile(r"[ \t\r\n]+")
_BLOCK_HEADER = re.compile(r"[|>][^\r\n]*(?:\r\n|\n|\r)[ \t]*")
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


def align(value: str, text: str, raw: Span, style: str, base: int) -> MappedText:
    """`value` with the place of each of its characters in `text[raw]`, which was written in the given YAML style."""
    quotes = len(style) if style not in ("|", ">") else 0
    if value and text.startswith(value, raw.start + quotes) and raw.start + 2 * quotes + len(value) == raw.end:
        return MappedText(value, (Piece(0, len(value), base + raw.start + quotes, len(value), True),))
    found = walk(value, text, raw, style, base)
    if found is None:
        builder = MappedTextBuilder()
        builder.join(value, base + raw.start, len(raw))
        return builder.build()
    return found


def walk(value: str, text: str, raw: Span, style: str, base: int) -> MappedText | None:
    """The same for a value that is not written as it reads; None when the two cannot be brought together."""
    i, end = raw.start, raw.end
    if style in ("|", ">"):
        header = _BLOCK_HEADER.match(text, i, end)
        i = header.end() if header else end
    elif style:  # quotes
        i, end = i + len(style), end - len(style)
    builder = MappedTextBuilder()
    k = 0
    while k < len(value):
        char = value[k]
        if i < end and style.startswith('"') and text[i] == "\\":
            follows = text[i + 1 : i + 2]
            if follows in ("\n", "\r") or (style == '"""' and follows.isspace()):  # the line goes on
                space = _SPACE.match(text, i + 1, end)
                i = space.end() if space else i + 1
                continue
            size = 2 + _HEX_DIGITS.get(follows, 0)
            builder.join(char, base + i, min(size, end - i))
            i, k = i + size, k + 1
        elif i < end and style == "'" and char == "'" and text.startswith("''", i):
            builder.join(char, base + i, 2)
            i, k = i + 2, k + 1
        elif char in " \t\n" and (i >= end or text[i] in " \t\r\n"):
            here = _SPACE.match(text, i, end)
            there = _SPACE.match(value, k)
            stop = there.end() if there else k + 1
            if here is None or "\n" in here[0] or "\r" in here[0]:  # folded, or the newline that ends a block
                size = len(here[0]) if here else 0
                builder.join(value[k:stop], base + i, size)
                i, k = i + size, stop
            elif text[i] == char:
                builder.copy(char, base + i)
                i, k = i + 1, k + 1
            else:
                return None
        elif i < end and text[i] == char:
            builder.copy(char, base + i)
            i, k = i + 1, k + 1
        else:
            return None
    return builder.build()
