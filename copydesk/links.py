"""The links and images of a post: of Markdown, of HTML, and bare URLs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from copydesk.headings import TAG, plain_text
from copydesk.markdown import FILLER
from copydesk.masking import shifted
from copydesk.source_map import Span

if TYPE_CHECKING:
    from markdown_it.token import Token

    from copydesk.post import Post
    from copydesk.regions import Region

LinkKind = Literal["inline", "reference", "autolink", "bare", "html"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image of the body."""

    kind: LinkKind
    destination: str  # as written, entities and escapes resolved, template code as in the file
    text: str  # for an image: its alt text
    span: Span  # all of it
    destination_span: Span  # of the destination; of a reference, all of the link
    title: str
    is_image: bool
    reference: str  # the label of a reference; empty for the others
    has_alt: bool = True  # False: an HTML image without an `alt` attribute


_DESTINATION = re.compile(r"\s*(<[^<>\n]*>|\S*)")
_HTML_LINK = re.compile(r"<(a|img)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|(\{[^{}]*\})|([^\s"'<>`{}]+))""")
_BARE_ALT = re.compile(r"\salt(?=[\s/>])", re.IGNORECASE)
_CLOSING_A = re.compile(r"</a\s*>", re.IGNORECASE)


def links(post: Post) -> tuple[Link, ...]:
    """Links and images of Markdown and HTML and bare URLs, by place."""
    found: list[Link] = []
    for inline in post.document.inlines:
        _markdown_links(inline.children, inline.at, post, found)
    for region in post.blanks:
        if region.kind == "html" and _HTML_LINK.match(post.flat, region.start):
            found += _html_link(post, region)
        elif region.kind == "url" and post.flat[region.start] != "<":
            span = Span(region.start, region.end)
            url = post.text[region.start : region.end]
            if "://" in url:
                found.append(Link("bare", url, url, span, span, "", False, ""))
    found.sort(key=lambda link: (link.span.start, -link.span.end))
    return tuple(found)


def _markdown_links(tokens: Sequence[Token], at: Callable[[int], int], post: Post, found: list[Link]) -> None:
    for index, token in enumerate(tokens):
        meta = token.meta
        if token.type == "image":
            inner = shifted(at, meta["at"] + 2)
            children = token.children or []
            text = plain_text(children, inner, post)
            found.append(_markdown_link(token, meta["at"] + 2 + len(token.content), text, "src", at, post))
            _markdown_links(children, inner, post, found)
        elif token.type == "link_open":
            inside = []
            following = index + 1
            while following < len(tokens) and tokens[following].type != "link_close":
                inside.append(tokens[following])
                following += 1
            if token.markup == "autolink":
                span = Span(at(meta["at"]), at(meta["end"] - 1) + 1)
                url = post.text[span.start + 1 : span.end - 1]
                place = Span(span.start + 1, span.end - 1)
                found.append(Link("autolink", str(token.attrs["href"]), url, span, place, "", False, ""))
            else:
                text = plain_text(inside, at, post)
                found.append(_markdown_link(token, meta["label_end"], text, "href", at, post))
        elif token.type == "footnote_ref" and "label" not in meta:
            note = post.document.footnotes.get(meta["id"], [])
            _markdown_links(note, shifted(at, meta["at"] + 2), post, found)


def _markdown_link(
    token: Token, label_end: int, text: str, attribute: str, at: Callable[[int], int], post: Post
) -> Link:
    start, end = at(token.meta["at"]), at(token.meta["end"] - 1) + 1
    image = attribute == "src"
    destination = str(token.attrs.get(attribute, ""))
    title = str(token.attrs.get("title", ""))
    if "label" in token.meta:
        return Link(
            "reference", destination, text, Span(start, end), Span(start, end), title, image, token.meta["label"]
        )
    place = Span(end - 1, end - 1)
    if token.meta["end"] - 2 > label_end:
        open_at = at(label_end + 1) + 1
        match = _DESTINATION.match(post.flat, open_at, end - 1)
        if match and destination:
            place = Span(match.start(1), match.end(1))
            if post.flat[place.start] == "<" and not destination.startswith("<"):
                place = Span(place.start + 1, max(place.start + 1, place.end - 1))
    if FILLER in destination:  # a template: as it stands in the file, spaces and all
        place = Span(place.start, min(place.start + len(destination), len(post.text)))
        destination = post.text[place.start : place.end]
    return Link("inline", destination, text, Span(start, end), place, title, image, "")


def _html_link(post: Post, region: Region) -> list[Link]:
    """The link of a tag; none for an `<a>` without `href`, which is an anchor."""
    tag = post.text[region.start : region.end]
    image = tag[1:2] in "iI"
    name = "src" if image else "href"
    attributes = {
        m[1].lower(): (
            next((g for g in m.groups()[1:] if g is not None), ""),
            m.start(m.lastindex or 0),
            m.end(m.lastindex or 0),
        )
        for m in _ATTRIBUTE.finditer(tag)
    }
    if not image and name not in attributes:
        return []
    value, low, high = attributes.get(name, ("", 0, 0))
    end = region.end
    text = attributes.get("alt", ("", 0, 0))[0] if image else ""
    if not image:
        closing = _CLOSING_A.search(post.text, region.end, region.end + 2000)
        if closing:
            text = " ".join(TAG.sub("", post.text[region.end : closing.start()]).split())
            end = closing.end()
    span = Span(region.start, end)
    place = Span(region.start + low, region.start + high) if name in attributes else span
    title = attributes.get("title", ("", 0, 0))[0]
    has_alt = not image or "alt" in attributes or _BARE_ALT.search(tag) is not None
    return [Link("html", html.unescape(value), html.unescape(text), span, place, title, image, "", has_alt)]
