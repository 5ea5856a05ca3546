"""Markdown parsed once, with the places that markdown-it does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from copydesk.source_map import Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from copydesk.masking import Region


@dataclass(frozen=True)
class Document:
    """The parsed body."""

    tokens: list[Token]


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")


def parse(flat: str, body: Span, regions: tuple[Region, ...]) -> Document:
    """Parse the body."""
    head = re.sub(r"[^\n]", " ", flat[: body.start])
    return Document(_parser().parse(head + flat[body.start :]))
