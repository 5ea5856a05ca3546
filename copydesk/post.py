"""A blog post, read once: its text, front matter, prose and markup, each with its exact place in the file.

Offsets count characters (code points) of `Post.text`, which is the file decoded as UTF-8, without a byte-order mark and
with the line ends that are on disk.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from copydesk.place import finding_at, place_in
from copydesk.report import Finding, Severity
from copydesk.source_map import MappedText, Span

if TYPE_CHECKING:
    from markdown_it.token import Token

    from copydesk.front_matter import FrontMatter
    from copydesk.headings import Heading
    from copydesk.links import Link
    from copydesk.markdown import Document
    from copydesk.prose import Segment, Sentence
    from copydesk.regions import Region

DEFAULT_KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "description": ("description", "excerpt", "summary", "spoiler"),
    "image": ("image", "images", "hero", "cover", "thumbnail", "og_image"),
    "author": ("author", "authors"),
    "date": ("date", "pubDate", "publishDate", "published"),
    "tags": ("tags", "categories", "keywords"),
}
"""What sites call the fields that checks ask for (front-matter keys of 2,855 published posts)."""

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Field:
    """A text of the front matter: its value without space around it, where it stands, and its key.

    A title taken from the first heading of the body has the key `""`.
    """

    value: str
    span: Span
    key: str


class Post:
    """One post. Everything but the decoding is computed at the first use and kept; nothing raises for any content."""

    def __init__(self, path: str, text: str, content_hash: str, problems: Sequence[Finding] = ()) -> None:
        self.path = path
        self.text = text
        self.content_hash = content_hash  # SHA-256 of the bytes, hexadecimal
        self.problems = tuple(problems)  # what went wrong when it was read and decoded; see copydesk.checks.load

    def __repr__(self) -> str:
        return f"Post({self.path!r}, {len(self.text)} characters)"

    @classmethod
    def from_bytes(cls, path: str, data: bytes, problems: Sequence[Finding] = ()) -> Post:
        """A post from the bytes of its file, whatever they are; `problems` come from reading them."""
        from copydesk.reading import decode

        text, troubles = decode(data)
        post = cls(path, text, sha256(data).hexdigest(), problems)
        post.problems += tuple(post.finding(t.check, Severity.ERROR, t.start, t.end, t.message) for t in troubles)
        return post

    @classmethod
    def from_text(cls, path: str, text: str) -> Post:
        """A post from a text, as if the file held it in UTF-8."""
        return cls.from_bytes(path, text.encode("utf-8", "surrogatepass"))

    # --- places ---------------------------------------------------------------------------------------------------

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of each line; a line ends at `\\n`, `\\r\\n` or `\\r` and at nothing else."""
        return [0, *(m.end() for m in _LINE_END.finditer(self.text))]

    def locate(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both counted from 1."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def finding(
        self,
        check: str,
        severity: Severity,
        start: int,
        end: int,
        message: str,
        suggestions: Sequence[str] = (),
    ) -> Finding:
        """A finding on `text[start:end]`, at its exact place."""
        start = max(0, min(start, len(self.text)))
        end = max(start, min(end, len(self.text)))
        return finding_at(place_in(self, start, end), check, severity, message, suggestions)

    # --- front matter ---------------------------------------------------------------------------------------------

    @cached_property
    def front(self) -> FrontMatter:
        """The front matter; an empty one when there is none or when it cannot be read."""
        from copydesk.front_matter import read_front_matter

        return read_front_matter(self.text)

    @cached_property
    def body(self) -> Span:
        """What follows the front matter."""
        return Span(self.front.span.end, len(self.text))

    def keys_of(self, name: str, keys: Mapping[str, Sequence[str]] | None = None) -> Sequence[str]:
        """The front-matter keys that may hold a field, in order: the team's own, else `DEFAULT_KEYS`, else its name."""
        return (keys or {}).get(name) or DEFAULT_KEYS.get(name) or (name,)

    def value(self, name: str, keys: Mapping[str, Sequence[str]] | None = None) -> Any:
        """What the front matter holds for a field (any JSON type); None when it is missing or empty."""
        for key in self.keys_of(name, keys):
            found = self.front.data.get(key)
            if found is not None and found != "":
                return found
        return None

    def field(self, name: str, keys: Mapping[str, Sequence[str]] | None = None) -> Field | None:
        """The first of a field's keys that holds a text which is not blank."""
        for key in self.keys_of(name, keys):
            found = self.front.data.get(key)
            if isinstance(found, bool) or not isinstance(found, (str, int, float)):
                continue
            value = found if isinstance(found, str) else self.front.mapped(key).text  # a title `2024`, as typed
            if value.strip():
                return Field(value.strip(), self.front.span_of(key) or Span(0, 0), key)
        return None

    @cached_property
    def title(self) -> Field | None:
        """The front matter's title, else the first heading of level 1."""
        found = self.field("title")
        if found is None:
            for heading in self.headings:
                if heading.level == 1 and heading.text.strip():
                    return Field(heading.text, heading.span, "")
        return found

    @cached_property
    def description(self) -> Field | None:
        """The front matter's description, by its default names."""
        return self.field("description")

    # --- markup ---------------------------------------------------------------------------------------------------

    @cached_property
    def flat(self) -> str:
        """The text with `\\n` as its only line end, of the same length: the `\\r` of `\\r\\n` becomes a space."""
        if "\r" not in self.text:
            return self.text
        return self.text.replace("\r\n", " \n").replace("\r", "\n")

    @cached_property
    def mdx(self) -> bool:
        """Whether the body is MDX: by its name, or because it imports components."""
        from copydesk.regions import is_mdx

        return is_mdx(self.path, self.flat, self.body)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """Template code, shortcodes, HTML, MDX and comments of the body, by place, apart from each other."""
        from copydesk.regions import find_regions

        return find_regions(self.flat, self.body, self.mdx)

    @cached_property
    def document(self) -> Document:
        """The parsed body: tokens with the places of inline markup."""
        from copydesk.markdown import parse

        return parse(self.flat, self.body, self.regions)

    @property
    def tokens(self) -> list[Token]:
        """markdown-it's tokens. Line numbers (`map`) are the file's, from 0.

        Front matter is blank for the parser, and template code, shortcodes, HTML and MDX are filler characters
        (U+FFFC), or blank lines where they fill a line: so HTML never hides the Markdown around it. Take the text of
        code, destinations and so on from `links`, `segments` or the file where the filler would matter.
        """
        return self.document.tokens

    @cached_property
    def blanks(self) -> tuple[Region, ...]:
        """All that is no prose, by place and apart from each other, each with its kind."""
        from copydesk.masking import find_blanks

        return find_blanks(self.flat, self.front.span, self.regions, self.document)

    @cached_property
    def masked(self) -> str:
        """The text with all that is not prose blanked: the same length, the same line ends.

        Front matter, code, template code, HTML, MDX, URLs, link destinations, mentions, emoji codes and paths become
        spaces, so that a pattern or a line-based tool keeps its places.
        """
        from copydesk.masking import mask

        return mask(self.text, self.blanks)

    @cached_property
    def harper(self) -> MappedText:
        """The body as Markdown for Harper: what it misunderstands is deleted, what it knows stays."""
        from copydesk.masking import for_harper

        return for_harper(self.text, self.body, self.regions)

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """The headings of the body, in order."""
        from copydesk.headings import headings

        return headings(self)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Links and images of the body, by place."""
        from copydesk.links import links

        return links(self)

    @property
    def images(self) -> tuple[Link, ...]:
        """The links that are images; `text` is the alt text."""
        return tuple(link for link in self.links if link.is_image)

    # --- prose ----------------------------------------------------------------------------------------------------

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The prose: title and description first, then headings, paragraphs, cells, alt texts ... by place."""
        from copydesk.prose import segments

        return segments(self)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of paragraphs, list items, quotes and footnotes."""
        from copydesk.prose import sentences

        return sentences(self.segments)

    @cached_property
    def words(self) -> int:
        """Words of the body's prose: headings, paragraphs, lists, quotes, cells and footnotes."""
        from copydesk.prose import count_words

        return count_words(self.segments)

    @cached_property
    def language(self) -> str:
        """The language as a two- or three-letter code in lower case; `und` when it cannot be told."""
        from copydesk.language import language_of

        return language_of(self)

    @property
    def is_english(self) -> bool:
        """Whether the English-only checks apply."""
        return self.language == "en"


def load_post(path: str, root: str | None = None) -> Post:
    """Read a post from its file; one that cannot be read is empty and says why in `problems`."""
    from copydesk.reading import read_post

    data = read_post(path, root)
    return Post.from_bytes(path, data) if isinstance(data, bytes) else Post.from_bytes(path, b"", (data,))
