"""Front matter in TOML: read by the standard library, its values found again in the text."""

from __future__ import annotations

import re
from typing import Any

from copydesk.front_matter_values import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    Read,
    Refused,
    finite,
    json_like,
    walk,
)
from copydesk.source_map import MappedTextBuilder, Span

_TOML_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_TOML_DOTS = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:[\w\"'-]+[ \t]*\.[ \t]*){{{MAX_DEPTH}}}", re.MULTILINE)
_TOML_VALUE = re.compile(r"^[ \t]*(?:([\w-]+)|\"([^\"\\\r\n]*)\"|'([^'\r\n]*)')[ \t]*=[ \t]*", re.MULTILINE)
_TOML_TABLE = re.compile(r"^[ \t]*\[[ \t]*[\w\"'\[]", re.MULTILINE)
_TOML_STRING = re.compile(r'"""|\'\'\'|"|\'')


def read_toml(text: str, base: int) -> Read:
    """Read the text between the delimiters, which begins at `base` of the post. Raises Refused."""
    import tomllib

    dots = _TOML_DOTS.search(text)
    if dots:  # tomllib takes a second and 100 MB for thousands of dotted keys
        raise Refused(f"The front matter is nested deeper than {MAX_DEPTH} levels.", base + dots.start())
    flat = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(flat, parse_float=finite)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_POSITION.search(str(error))
        offset = len(text)
        if place and place[1]:
            starts = [0, *(m.end() for m in re.finditer(r"\r\n|\n", text))]
            offset = min(starts[min(int(place[1]), len(starts)) - 1] + int(place[2]) - 1, len(text))
        message = _TOML_POSITION.sub("", str(error))
        raise Refused(f"The front matter is no TOML: {message}.", base + offset) from None
    except Refused as refused:
        raise Refused(refused.message, base) from None
    read = Read()
    read.data = json_like(data, base)
    _find_toml_values(text, base, data, read)
    return read


def _find_toml_values(text: str, base: int, data: dict[str, Any], read: Read) -> None:
    """The places of top-level single values; each is checked against what was read, so a wrong guess is left out."""
    import tomllib

    table = _TOML_TABLE.search(text)
    stop = table.start() if table else len(text)
    for match in _TOML_VALUE.finditer(text, 0, stop):
        key = next(part for part in match.groups() if part is not None)
        if key not in data or key in read.values or isinstance(data[key], (dict, list)):
            continue
        value, start = data[key], match.end()
        quote = _TOML_STRING.match(text, start)
        if isinstance(value, str) and quote:
            inner = start + len(quote[0])
            if len(quote[0]) == 3:  # a newline right after the opening quotes is none of the value
                newline = re.compile(r"\r\n|\n").match(text, inner)
                inner = newline.end() if newline else inner
            style = '"""' if quote[0][0] == '"' else ""
            shift = inner - len(style)
            limit = min(len(text), shift + 2 * MAX_CHARACTERS)
            found = walk(value, text, Span(shift, limit + len(style)), style, base)
            if found is not None:
                read.values[key] = found
        elif not isinstance(value, str):
            raw = re.split(r"[\r\n#]", text[start : start + 200], maxsplit=1)[0].rstrip()
            try:
                same = tomllib.loads(f"x = {raw}")["x"] == value
            except (tomllib.TOMLDecodeError, KeyError, ValueError):
                continue
            if same and raw:
                builder = MappedTextBuilder()
                builder.copy(raw, base + start)
                read.values[key] = builder.build()
                if hasattr(value, "isoformat"):
                    read.data[key] = raw
