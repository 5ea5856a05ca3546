"""Indented JSON that is written while its lists are made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


def streamed(value: Any, indent: int) -> Iterator[str]:
    """What `json.dumps(value, indent=indent, allow_nan=False)` gives, in pieces.

    In dicts and lists an iterator may stand for a list: its items are plain values, each one piece, and no two of them
    are held at once. Raises ValueError for a number that is not finite.
    """
    return _pieces(value, indent, "\n")


def _pieces(value: Any, indent: int, outer: str) -> Iterator[str]:
    inner = outer + " " * indent
    if isinstance(value, dict) and value:
        opening = "{"
        for key, item in value.items():
            yield f"{opening}{inner}{json.dumps(key)}: "
            yield from _pieces(item, indent, inner)
            opening = ","
        yield outer + "}"
    elif isinstance(value, list):
        yield from _array((_pieces(item, indent, inner) for item in value), inner, outer)
    elif isinstance(value, Iterator):
        yield from _array(((_plain(item, indent, inner),) for item in value), inner, outer)
    else:
        yield _plain(value, indent, outer)


def _array(items: Iterable[Iterable[str]], inner: str, outer: str) -> Iterator[str]:
    opening = "["
    for pieces in items:
        yield opening + inner
        yield from pieces
        opening = ","
    yield "[]" if opening == "[" else outer + "]"


def _plain(value: Any, indent: int, outer: str) -> str:
    # Line ends are between values only: those inside of a text are escaped.
    return json.dumps(value, indent=indent, allow_nan=False).replace("\n", outer)
