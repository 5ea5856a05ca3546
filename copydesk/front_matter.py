"""Front matter: split off line by line, read as plain data, with the place of each top-level text.

YAML is read from its events, so that nothing is constructed or guessed: strings stay as typed (`NO`, `012`,
`2024-02-30` are texts), tags are refused, and the limits hold while reading. An alias may repeat a single value, as in
published posts; anchors on lists and mappings, which is what bombs are made of, are refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from copydesk.source_map import MappedText, MappedTextBuilder, Piece, Span

MAX_CHARACTERS = 64 * 1024  # larger YAML takes seconds to read and minutes to expand
MAX_DEPTH = 20
MAX_NODES = 500

Format = Literal["yaml", "toml", "json"]

_NOTHING = Span(0, 0)


@dataclass(frozen=True)
class FrontMatter:
    """The front matter of a post."""

    format: Format | None = None  # None: the post has none
    data: dict[str, Any] = field(default_factory=dict)  # JSON-like; dates are texts, as typed
    span: Span = _NOTHING  # all of it: both delimiters and the end of the closing line
    problem: tuple[str, int] | None = None  # why it cannot be read and the offset where; `data` is then empty
    duplicates: tuple[tuple[str, int], ...] = ()  # keys given twice and where the second stands; the last value counts
    values: dict[str, MappedText] = field(default_factory=dict)  # the single values at the top level, as texts

    def span_of(self, key: str) -> Span | None:
        """Where the value of a top-level key stands, inside its quotes; None when it is no single value."""
        found = self.values.get(key)
        return found.to_source(0, len(found.text)) if found is not None else None

    def mapped(self, key: str) -> MappedText:
        """The value of a top-level key as a text with its way back to the file; empty when it is no single value."""
        found = self.values.get(key)
        return found if found is not None else MappedText("", ())


class _Refused(ValueError):
    """Front matter that is not read, and where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass
class _Read:
    data: dict[str, Any] = field(default_factory=dict)
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    values: dict[str, MappedText] = field(default_factory=dict)


def read_front_matter(text: str) -> FrontMatter:
    """Split off and read the front matter of a text (YAML `---`, TOML `+++`, JSON `{`). Never raises for content."""
    found = _split(text)
    if found is None:
        return FrontMatter()
    kind, span, inner, closed = found
    if not closed:
        return FrontMatter(kind, {}, span, ("The front matter is not closed.", 0))
    if len(span) > MAX_CHARACTERS:
        message = f"The front matter has {len(span):,} characters; at most {MAX_CHARACTERS:,} are read."
        return FrontMatter(kind, {}, span, (message, 0))
    try:
        read = {"yaml": _read_yaml, "toml": _read_toml, "json": _read_json}[kind](
            text[inner.start : inner.end], inner.start
        )
    except _Refused as refused:
        return FrontMatter(kind, {}, span, (refused.message, refused.offset))
    except RecursionError:
        return FrontMatter(kind, {}, span, (f"The front matter is nested deeper than {MAX_DEPTH} levels.", inner.start))
    except (ValueError, OverflowError) as error:  # a number with thousands of digits, an impossible date
        return FrontMatter(kind, {}, span, (f"The front matter cannot be read: {error}.", inner.start))
    return FrontMatter(kind, read.data, span, None, tuple(read.duplicates), read.values)


# --- splitting --------------------------------------------------------------------------------------------------------

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_YAML_KEY = re.compile(r"[\w\"'][\w .\"'-]{0,60}:(?:\s|$)")
_TOML_KEY = re.compile(r"[\w\"'][\w.\"'-]{0,60}[ \t]*=")
_JSON_START = re.compile(r"\{\s*(?:\"|\})")


def _lines(text: str) -> Iterator[tuple[int, int, int]]:
    """Each line as (start, end without its line end, end with it)."""
    position = 0
    while position < len(text):
        match = _LINE.match(text, position)
        if match is None:
            return
        yield position, match.end(1), match.end()
        position = match.end()


def _split(text: str) -> tuple[Format, Span, Span, bool] | None:
    """The format, the whole span, the span between the delimiters, and whether it is closed."""
    if text.startswith("{"):
        return _split_json(text) if _JSON_START.match(text) else None
    kind: Format
    closers: tuple[str, ...]
    if text.startswith("---"):
        kind, closers, key = "yaml", ("---", "..."), _YAML_KEY
    elif text.startswith("+++"):
        kind, closers, key = "toml", ("+++",), _TOML_KEY
    else:
        return None
    inner_start = first_blank = -1
    looks_like_keys = False
    for start, end, after in _lines(text):
        line = text[start : min(end, start + 100)].rstrip()
        if inner_start < 0:
            if line != closers[0]:
                return None
            inner_start = after
        elif line in closers and end - start <= 100:
            return kind, Span(0, after), Span(inner_start, start), True
        elif first_blank < 0:
            looks_like_keys = looks_like_keys or key.match(line) is not None
            if not line:
                first_blank = after
    # A lone `---` is a thematic break; with keys below it, somebody forgot the end.
    if not looks_like_keys:
        return None
    end = first_blank if first_blank >= 0 else len(text)
    return kind, Span(0, end), Span(inner_start, end), False


def _split_json(text: str) -> tuple[Format, Span, Span, bool]:
    """JSON ends where its value ends; one that cannot be read ends at a line `}`, else at the first blank line."""
    try:
        _, end = json.JSONDecoder().raw_decode(text[: MAX_CHARACTERS + 1])
    except (ValueError, RecursionError):
        end = 0
        blank = len(text)
        for start, stop, after in _lines(text):
            line = text[start : min(stop, start + 100)].rstrip()
            if line == "}":
                return "json", Span(0, after), Span(0, stop), True
            if not line and blank == len(text):
                blank = start
        return "json", Span(0, blank), Span(0, blank), True
    match = _LINE.match(text, end)
    after = match.end() if match is not None and not match[1].strip() else end
    return "json", Span(0, after), Span(0, end), True


# --- values -----------------------------------------------------------------------------------------------------------

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,300})(?=[.eE])(?:\.[0-9]{0,300})?(?:[eE][-+]?[0-9]{1,4})?\Z")
_NOT_A_NUMBER = re.compile(r"[-+]?\.inf\Z|\.nan\Z", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")


def _plain(value: str, offset: int) -> Any:
    """A plain YAML scalar: null, true, false and decimal numbers as in YAML 1.2; all else is a text, as typed."""
    if value in ("", "~", "null", "Null", "NULL"):
        return None
    if value in ("true", "True", "TRUE"):
        return True
    if value in ("false", "False", "FALSE"):
        return False
    if _INTEGER.match(value):
        return int(value)
    if _NOT_A_NUMBER.match(value):
        raise _Refused(f"{value} is no number that can be stored.", offset)
    if _FLOAT.match(value):
        return _finite(value, offset)
    return value


def _finite(value: str, offset: int = 0) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise _Refused(f"{value[:40]} is no number that can be stored.", offset)
    return number


def _storable(text: str) -> str:
    """JSON and YAML escapes can make lone surrogates, which no file and no store takes."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


# --- YAML -------------------------------------------------------------------------------------------------------------


def _read_yaml(text: str, base: int) -> _Read:
    import yaml

    fast = getattr(yaml, "CSafeLoader", None)  # missing where PyYAML was built without libyaml

    try:
        return _YamlBuilder(text, base).build(yaml.parse(text, Loader=fast or yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = base + min(mark.index, len(text)) if mark is not None else base
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise _Refused(f"The front matter is no YAML: {what}.", offset) from None
    except yaml.reader.ReaderError as error:
        position = error.position
        if fast is not None:  # libyaml counts bytes
            position = len(text.encode()[:position].decode("utf-8", "ignore"))
        message = "The front matter is no YAML: it holds a control character."
        raise _Refused(message, base + min(position, len(text))) from None
    except yaml.YAMLError as error:
        raise _Refused(f"The front matter is no YAML: {error}.", base) from None


class _YamlBuilder:
    """Plain data from the parser's events, within the limits."""

    def __init__(self, text: str, base: int) -> None:
        self.text = text
        self.base = base
        self.read = _Read()
        self.nodes = 0
        self.anchors: dict[str | None, Any] = {}  # the scalar events that aliases repeat
        self.repeated = 0
        self.stack: list[tuple[dict[str, Any] | list[Any], list[str]]] = []  # with the key that waits for its value

    def build(self, events: Iterator[Any]) -> _Read:
        import yaml

        documents = 0
        for event in events:
            offset = self.base + event.start_mark.index
            if isinstance(event, yaml.AliasEvent):
                if event.anchor not in self.anchors:
                    raise _Refused(
                        f"The alias *{str(event.anchor)[:40]} repeats nothing that was given before it.", offset
                    )
                self._scalar(self.anchors[event.anchor], offset)
                self.repeated += len(self.anchors[event.anchor].value)
                if self.repeated > MAX_CHARACTERS:
                    raise _Refused("The aliases of the front matter repeat too much.", offset)
                continue
            if getattr(event, "anchor", None) is not None:
                if not isinstance(event, yaml.ScalarEvent):
                    raise _Refused("Anchors on lists and mappings are not read in front matter.", offset)
                self.anchors[event.anchor] = event
            if getattr(event, "tag", None) is not None:
                raise _Refused(f"The tag {event.tag[:40]} is not read in front matter.", offset)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Refused("The front matter holds a second YAML document.", offset)
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event, offset)
            elif isinstance(event, yaml.MappingStartEvent):
                self._open({}, offset)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._open([], offset)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
        return self.read

    def _count(self, offset: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _Refused(f"The front matter has more than {MAX_NODES} keys and values.", offset)

    def _open(self, container: dict[str, Any] | list[Any], offset: int) -> None:
        self._count(offset)
        if not self.stack:
            if not isinstance(container, dict):
                raise _Refused("The front matter is a list; it should be keys with values.", offset)
            self.read.data = container
        elif isinstance(self.stack[-1][0], dict) and not self.stack[-1][1]:
            raise _Refused("A key of the front matter is a list or a mapping; it should be a text.", offset)
        else:
            self._put(container)
        if len(self.stack) >= MAX_DEPTH:
            raise _Refused(f"The front matter is nested deeper than {MAX_DEPTH} levels.", offset)
        self.stack.append((container, []))

    def _put(self, value: Any) -> None:
        container, waiting = self.stack[-1]
        if isinstance(container, dict):
            container[waiting.pop()] = value
        else:
            container.append(value)

    def _scalar(self, event: Any, offset: int) -> None:
        self._count(offset)
        text = _storable(event.value)
        if not self.stack:
            if text:
                raise _Refused("The front matter is a text; it should be keys with values.", offset)
            return
        container, waiting = self.stack[-1]
        if isinstance(container, dict) and not waiting:
            if text in container:
                self.read.duplicates.append((text, offset))
            waiting.append(text)
            return
        plain = not event.style
        value = _plain(text, offset) if plain else text
        if len(self.stack) == 1 and value is not None:
            anchor = _ANCHOR.match(self.text, event.start_mark.index) if event.anchor else None
            raw = Span(anchor.end() if anchor else event.start_mark.index, event.end_mark.index)
            self.read.values[waiting[0]] = _align(text, self.text, raw, event.style or "", self.base)
        elif len(self.stack) == 1:
            self.read.values.pop(waiting[0], None)
        self._put(value)


_ANCHOR = re.compile(r"&\S+\s+")
_SPACE = re.compile(r"[ \t\r\n]+")
_BLOCK_HEADER = re.compile(r"[|>][^\r\n]*(?:\r\n|\n|\r)[ \t]*")
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


def _align(value: str, text: str, raw: Span, style: str, base: int) -> MappedText:
    """`value` with the place of each of its characters in `text[raw]`, which was written in the given YAML style."""
    quotes = len(style) if style not in ("|", ">") else 0
    if value and text.startswith(value, raw.start + quotes) and raw.start + 2 * quotes + len(value) == raw.end:
        return MappedText(value, (Piece(0, len(value), base + raw.start + quotes, len(value), True),))
    found = _walk(value, text, raw, style, base)
    if found is None:
        builder = MappedTextBuilder()
        builder.join(value, base + raw.start, len(raw))
        return builder.build()
    return found


def _walk(value: str, text: str, raw: Span, style: str, base: int) -> MappedText | None:
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


# --- TOML -------------------------------------------------------------------------------------------------------------

_TOML_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_TOML_DOTS = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:[\w\"'-]+[ \t]*\.[ \t]*){{{MAX_DEPTH}}}", re.MULTILINE)
_TOML_VALUE = re.compile(r"^[ \t]*(?:([\w-]+)|\"([^\"\\\r\n]*)\"|'([^'\r\n]*)')[ \t]*=[ \t]*", re.MULTILINE)
_TOML_TABLE = re.compile(r"^[ \t]*\[[ \t]*[\w\"'\[]", re.MULTILINE)
_TOML_STRING = re.compile(r'"""|\'\'\'|"|\'')


def _read_toml(text: str, base: int) -> _Read:
    import tomllib

    dots = _TOML_DOTS.search(text)
    if dots:  # tomllib takes a second and 100 MB for thousands of dotted keys
        raise _Refused(f"The front matter is nested deeper than {MAX_DEPTH} levels.", base + dots.start())
    flat = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(flat, parse_float=_finite)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_POSITION.search(str(error))
        offset = len(text)
        if place and place[1]:
            starts = [0, *(m.end() for m in re.finditer(r"\r\n|\n", text))]
            offset = min(starts[min(int(place[1]), len(starts)) - 1] + int(place[2]) - 1, len(text))
        message = _TOML_POSITION.sub("", str(error))
        raise _Refused(f"The front matter is no TOML: {message}.", base + offset) from None
    except _Refused as refused:
        raise _Refused(refused.message, base) from None
    read = _Read()
    read.data = _json_like(data, base)
    _find_toml_values(text, base, data, read)
    return read


def _json_like(data: Any, base: int) -> Any:
    """A copy with dates as ISO texts, within the limits on depth and size."""
    count = 0

    def copy(value: Any, depth: int) -> Any:
        nonlocal count
        count += 1
        if count > MAX_NODES:
            raise _Refused(f"The front matter has more than {MAX_NODES} keys and values.", base)
        if depth > MAX_DEPTH:
            raise _Refused(f"The front matter is nested deeper than {MAX_DEPTH} levels.", base)
        if isinstance(value, dict):
            count += len(value)
            return {_storable(key): copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [copy(item, depth + 1) for item in value]
        if isinstance(value, str):
            return _storable(value)
        if isinstance(value, int) and abs(value) >= 2**63:
            return str(value)  # no store takes it as a number
        return value.isoformat() if hasattr(value, "isoformat") else value

    return copy(data, 0)


def _find_toml_values(text: str, base: int, data: dict[str, Any], read: _Read) -> None:
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
            found = _walk(value, text, Span(shift, limit + len(style)), style, base)
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


# --- JSON -------------------------------------------------------------------------------------------------------------

_JSON_SPACE = re.compile(r"[ \t\r\n]*")


def _read_json(text: str, base: int) -> _Read:
    read = _Read()

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in items:
            if key in result:
                read.duplicates.append((_storable(key), base))
            result[key] = value
        return result

    def refuse(word: str) -> Any:
        raise _Refused(f"{word} is no number that can be stored.", base + max(0, text.find(word)))

    decoder = json.JSONDecoder(object_pairs_hook=pairs, parse_float=_finite, parse_constant=refuse)
    position = 1
    try:
        while True:
            position = _skip(text, position)
            if text[position : position + 1] == "}":
                break
            key_at = position
            key, position = decoder.raw_decode(text, position)
            if not isinstance(key, str):
                raise _Refused("A key of the front matter is no text.", base + key_at)
            key = _storable(key)
            position = _skip(text, position)
            if text[position : position + 1] != ":":
                raise _Refused("The front matter is no JSON: a colon is missing.", base + position)
            position = _skip(text, position + 1)
            value, end = decoder.raw_decode(text, position)
            if key in read.data:
                read.duplicates.append((key, base + key_at))
            read.data[key] = value
            read.values.pop(key, None)
            if isinstance(value, str):
                read.values[key] = _align(_storable(value), text, Span(position, end), '"', base)
            elif value is not None and not isinstance(value, (dict, list)):
                read.values[key] = _align(text[position:end], text, Span(position, end), "", base)
            position = _skip(text, end)
            following = text[position : position + 1]
            if following not in (",", "}"):
                raise _Refused("The front matter is no JSON: a comma or `}` is missing.", base + position)
            position += following == ","
    except json.JSONDecodeError as error:
        raise _Refused(f"The front matter is no JSON: {error.msg}.", base + error.pos) from None
    read.data = _json_like(read.data, base)
    return read


def _skip(text: str, position: int) -> int:
    match = _JSON_SPACE.match(text, position)
    return match.end() if match else position
