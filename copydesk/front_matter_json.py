"""Front matter in JSON, read key by key so that each value has its place."""

from __future__ import annotations

import json
import re
from typing import Any

from copydesk.front_matter_values import Read, Refused, align, finite, json_like, storable
from copydesk.source_map import Span

_JSON_SPACE = re.compile(r"[ \t\r\n]*")


def read_json(text: str, base: int) -> Read:
    """Read the text of the object, which begins at `base` of the post. Raises Refused."""
    read = Read()

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in items:
            if key in result:
                read.duplicates.append((storable(key), base))
            result[key] = value
        return result

    def refuse(word: str) -> Any:
        raise Refused(f"{word} is no number that can be stored.", base + max(0, text.find(word)))

    decoder = json.JSONDecoder(object_pairs_hook=pairs, parse_float=finite, parse_constant=refuse)
    position = 1
    try:
        while True:
            position = _skip(text, position)
            if text[position : position + 1] == "}":
                break
            key_at = position
            key, position = decoder.raw_decode(text, position)
            if not isinstance(key, str):
                raise Refused("A key of the front matter is no text.", base + key_at)
            key = storable(key)
            position = _skip(text, position)
            if text[position : position + 1] != ":":
                raise Refused("The front matter is no JSON: a colon is missing.", base + position)
            position = _skip(text, position + 1)
            value, end = decoder.raw_decode(text, position)
            if key in read.data:
                read.duplicates.append((key, base + key_at))
            read.data[key] = value
            read.values.pop(key, None)
            if isinstance(value, str):
                read.values[key] = align(storable(value), text, Span(position, end), '"', base)
            elif value is not None and not isinstance(value, (dict, list)):
                read.values[key] = align(text[position:end], text, Span(position, end), "", base)
            position = _skip(text, end)
            following = text[position : position + 1]
            if following not in (",", "}"):
                raise Refused("The front matter is no JSON: a comma or `}` is missing.", base + position)
            position += following == ","
    except json.JSONDecodeError as error:
        raise Refused(f"The front matter is no JSON: {error.msg}.", base + error.pos) from None
    read.data = json_like(read.data, base)
    return read


def _skip(text: str, position: int) -> int:
    match = _JSON_SPACE.match(text, position)
    return match.end() if match else position
