"""The headings of a post, with the anchors that links find them by."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.markdown import FILLER
from copydesk.masking import shifted
from copydesk.source_map import Span

if TYPE_CHECKING:
    from markdown_it.token import Token

    from copydesk.post import Post

TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body."""

    level: int  # 1 to 6
    text: str  # without markup; code spans keep their text
    span: Span  # of the content: without `#`
    slug: str  # its anchor as GitHub makes it, or the one given by `{#id}`; unique in the post


_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def headings(post: Post) -> tuple[Heading, ...]:
    """The headings of the body, with unique anchors."""
    result = []
    taken: dict[str, int] = {}
    attributes = sorted((region for region in post.regions if region.kind == "attribute"), key=lambda r: r.start)
    starts = [region.start for region in attributes]
    for inline in post.document.inlines:
        if inline.kind != "heading" or not inline.token.content:
            continue
        start, end = inline.at(0), inline.at(len(inline.token.content) - 1) + 1
        inside = attributes[bisect_left(starts, start) : bisect_left(starts, end)]
        ids = (re.search(r"#([\w:.-]+)", post.text[r.start : r.end]) for r in inside)
        given = next((found for found in ids if found), None)
        if given:
            end = start + len(post.text[start:end].rpartition("{")[0].rstrip())
        text = plain_text(inline.children, inline.at, post).strip()
        slug = given[1] if given else _NOT_IN_SLUG.sub("", text.lower()).replace(" ", "-")
        count = taken.get(slug, 0)
        taken[slug] = count + 1
        if count and not given:
            slug = f"{slug}-{count}"
            taken.setdefault(slug, 1)
        result.append(Heading(inline.level, text, Span(start, end), slug))
    return tuple(result)


def plain_text(tokens: Sequence[Token], at: Callable[[int], int], post: Post) -> str:
    """The text of tokens with code spans, without tags and templates."""
    parts = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "image":
            parts.append(plain_text(token.children or [], shifted(at, token.meta["at"] + 2), post))
        elif token.content and FILLER in token.content:
            parts.append(_unfilled(token, at, post.flat))
        else:
            parts.append(token.content)
    return "".join(parts)


def _unfilled(token: Token, at: Callable[[int], int], flat: str) -> str:
    """The text of a token in which tags and templates were filled: code as in the file, the others left out."""
    start = token.meta["at"]
    if token.type == "code_inline":
        return flat[at(start) : at(token.meta["end"] - 1) + 1].strip("`").strip()
    raw = flat[at(start) : at(start + len(token.content) - 1) + 1]
    return TAG.sub("", raw) if "<code" in raw else token.content.replace(FILLER, "")
