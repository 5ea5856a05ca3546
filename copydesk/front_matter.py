"""Front matter: split off line by line, read as plain data, with the place of each top-level text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from copydesk.front_matter_json import read_json
from copydesk.front_matter_toml import read_toml
from copydesk.front_matter_values import MAX_CHARACTERS, MAX_DEPTH, Refused
from copydesk.front_matter_yaml import read_yaml
from copydesk.source_map import MappedText, Span

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
        read = {"yaml": read_yaml, "toml": read_toml, "json": read_json}[kind](
            text[inner.start : inner.end], inner.start
        )
    except Refused as refused:
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
