"""What of a post is no prose: found once, then blanked for line tools or deleted for Harper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.source_map import MappedText, Span, without

if TYPE_CHECKING:
    from copydesk.markdown import Document


@dataclass(frozen=True, slots=True)
class Region:
    """A range that is no Markdown."""

    start: int
    end: int
    kind: str


def is_mdx(path: str, flat: str, body: Span) -> bool:
    """Whether a post is MDX."""
    return path.endswith(".mdx")


def find_regions(flat: str, body: Span, mdx: bool) -> tuple[Region, ...]:
    """Template code, shortcodes, HTML, MDX and comments."""
    return ()


_CODE = re.compile(r"```[^`]*```|`[^`\n]*`|https?://\S+|\]\([^()\s]*\)")


def mask(text: str, flat: str, front: Span, regions: tuple[Region, ...], document: Document) -> str:
    """The text with all that is no prose blanked."""
    blank = re.compile(r"[^\r\n]")
    head = blank.sub(" ", text[: front.end])
    return head + _CODE.sub(lambda m: blank.sub(" ", m[0]), text[front.end :])


def for_harper(text: str, body: Span, regions: tuple[Region, ...]) -> MappedText:
    """The body without the regions."""
    return without(text, [Span(r.start, r.end) for r in regions], body.start, body.end)
