"""The scopes of house styles: which texts of a post a rule looks at."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from copydesk.source_map import Span

if TYPE_CHECKING:
    from copydesk.post import Post
    from copydesk.prose import Segment

_TAGS = {
    "title": frozenset({"text", "title", "heading", "heading.h1"}),
    "description": frozenset({"text", "description", "paragraph"}),
    "paragraph": frozenset({"text", "paragraph", "summary"}),
    "list_item": frozenset({"text", "list"}),
    "quote": frozenset({"text", "blockquote"}),
    "table_cell": frozenset({"text", "table", "table.cell"}),
    "alt": frozenset({"text", "alt"}),
    "footnote": frozenset({"text", "footnote", "paragraph"}),
}
SCOPES = frozenset(
    {
        "sentence",
        "raw",
        "heading",
        *(f"heading.h{n}" for n in range(1, 7)),
        *(t for tags in _TAGS.values() for t in tags),
    }
)
"""The scopes that rules may name, each also with `~` for "not in" and `&` for "and". The front matter's title is a
heading of level 1; `raw` is the body as it is in the file, code included."""

_PREFIX = re.compile(r"text\.(?:md\.|markdown\.)?(?=[a-z])")


@dataclass(frozen=True)
class Unit:
    """A text that a rule looks at by itself."""

    text: str
    to_source: Callable[[int, int], Span]
    tags: frozenset[str]

    @cached_property
    def lower(self) -> str:
        """The text in small letters."""
        return self.text.lower()


def unknown_scope(scope: str) -> str:
    """The part of a scope that is not supported; empty when all are."""
    return next((name for _, name in _parts(scope) if name not in SCOPES), "")


def units(post: Post, scope: str) -> list[Unit]:
    """The texts of a post that a scope names, in their order."""
    parts = _parts(scope)
    wanted = {name for is_not, name in parts if not is_not}
    unwanted = {name for is_not, name in parts if is_not}
    if "raw" in wanted:
        start = post.body.start
        return [Unit(post.text[start:], lambda a, b: Span(start + a, start + b), frozenset({"raw"}))]
    found = _sentences(post) if "sentence" in wanted else [_unit(segment) for segment in post.segments]
    return [unit for unit in found if wanted <= unit.tags and not unwanted & unit.tags]


def _parts(scope: str) -> list[tuple[bool, str]]:
    names = [name.strip().lower() for name in scope.split("&")]
    return [(name.startswith("~"), _PREFIX.sub("", name.lstrip("~").strip())) for name in names]


def _unit(segment: Segment) -> Unit:
    return Unit(segment.text, segment.to_source, _tags(segment))


def _tags(segment: Segment) -> frozenset[str]:
    if segment.kind == "heading":
        return frozenset({"text", "heading", f"heading.h{segment.level}"})
    return _TAGS[segment.kind]


def _sentences(post: Post) -> list[Unit]:
    return [Unit(s.text, s.to_source, _tags(s.segment) | {"sentence"}) for s in post.sentences]
