"""What of a post is no prose: found once, then blanked for patterns and line tools, or deleted for Harper.

`find_regions` finds what no Markdown parser knows (templates, shortcodes, HTML, MDX, comments) in one pass from left to
right, in which code spans and fences win over what they hold. `find_blanks` adds what the parser knows (code, link
destinations, definitions) and what patterns know (URLs, mentions, paths). Every pass is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.source_map import MappedText, MappedTextBuilder, Span

if TYPE_CHECKING:
    from markdown_it.token import Token

    from copydesk.markdown import Document


@dataclass(frozen=True, slots=True)
class Region:
    """A range that is no prose, and what it is.

    Kinds from `find_regions`: liquid, shortcode, comment, html, raw (a `<pre>`, `<script>` ... with its content), mdx,
    directive, attribute, math. Kinds that `find_blanks` adds: front, code, destination, definition, url, mention,
    emoji, path.
    """

    start: int
    end: int
    kind: str


# --- fences and MDX ---------------------------------------------------------------------------------------------------

_FENCE = re.compile(r"^([ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+)(`{3,}+(?=[^`\n]*+$)|~{3,}+).*$", re.MULTILINE)
_CLOSER = re.compile(r"^[ \t>]*+(`{3,}+|~{3,}+)[ \t]*+$", re.MULTILINE)
_LINE = re.compile(r"^([ \t>]*+)(.*)$", re.MULTILINE)


def find_fences(flat: str, start: int) -> list[Span]:
    """Fenced code with its fences, at any indent, in lists and quotes, closed or not."""
    found: list[Span] = []
    position = start
    if "```" not in flat and "~~~" not in flat:
        return found
    closers = [(m.start(), m.end(), m[1]) for m in _CLOSER.finditer(flat, start)]
    starts = [c[0] for c in closers]
    while True:
        opener = _FENCE.search(flat, position)
        if opener is None:
            return found
        fence = opener[2]
        end = -1
        # A closing line has no other use while its fence is open, so each is looked at once in all but odd texts.
        for index in range(
            bisect_right(starts, opener.start()), min(len(closers), bisect_right(starts, opener.start()) + 500)
        ):
            if closers[index][2].startswith(fence):
                end = closers[index][1]
                break
        if end < 0:
            end = _unclosed(flat, opener)
        found.append(Span(opener.start(), end))
        position = end + 1
        if position > len(flat):
            return found


def _unclosed(flat: str, opener: re.Match[str]) -> int:
    """Where an open fence ends: with the list item or the quote it stands in, else with the text."""
    indent = len(opener[1])
    if indent < 2:
        return len(flat)
    quoted = ">" in opener[1]
    for line in _LINE.finditer(flat, opener.end() + 1):
        if quoted and ">" not in line[1]:
            return max(opener.end(), line.start() - 1)
        if not quoted and line[2] and len(line[1]) < 2:
            return max(opener.end(), line.start() - 1)
    return len(flat)


_ESM = re.compile(
    r"^(?:import\s+(?:[\w$][^\n'\"]*?\sfrom\s*|[{*][^'\"]{0,500}?\bfrom\s*)?['\"][^'\"\n]+['\"]"
    r"|export\s+(?:default|const|let|var|function|class|async|\{|\*))",
    re.MULTILINE,
)


def is_mdx(path: str, flat: str, body: Span) -> bool:
    """Whether a post is MDX: named `.mdx`, or with an import or an export of components outside of its code."""
    if path.lower().endswith(".mdx"):
        return True
    if "\nimport " not in flat and "\nexport " not in flat:
        return False
    fences = _Places(find_fences(flat, body.start))
    return any(not fences.inside(match.start()) for match in _ESM.finditer(flat, body.start))


# --- regions ----------------------------------------------------------------------------------------------------------

_OPENER = re.compile(r"\\.|`+|<!--|</?[A-Za-z]|<>|</>|\{\{|\{%|\{/\*|\{[#:.]|\[!|\$\$")
_MDX_OPENER = re.compile(_OPENER.pattern + r"|\{")
_DIRECTIVE = re.compile(r"^[ \t>]*+:{3,}.*$", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[ \t>]*+\n")
_DEEP_TAG = re.compile(
    r"""</?[A-Za-z][\w.:-]*+(?:[^<>"'{}]|"[^"]*+"|'[^']*+'|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\})*+>"""
)
_SIMPLE_TAG = re.compile(r"</?[A-Za-z][^<>]*+>")
_AUTOLINK = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,255})>")
_ANGLED = re.compile(r"<[^<>\n]*+>")
_TAG_NAME = re.compile(r"</?([A-Za-z][\w-]*)")
_ATTRIBUTES = re.compile(r"\{[#:.][^{}\n]*+\}")
_CALLOUT = re.compile(r"\[![A-Za-z]+\][+-]?")
_BRACES = re.compile(r"\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\})*+\}")
_TEMPLATE_NAME = re.compile(r"\{[{%][-<%]?\s*([\w-]+)")
_DEEP_LIMIT = 4_000  # characters of one tag with quotes and braces

_OPAQUE_TAGS = frozenset(["pre", "script", "style", "code", "svg", "kbd", "samp", "math", "textarea", "template"])
_OPAQUE_LIQUID = frozenset(["highlight", "raw", "comment", "mermaid", "math", "codeblock", "verbatim"])
_OPAQUE_SHORTCODES = frozenset(["highlight", "mermaid", "katex", "math", "code", "codeblock", "comment", "chart"])


class _Places:
    """Sorted ranges that lie apart."""

    def __init__(self, spans: list[Span]) -> None:
        self.spans = spans
        self._starts = [span.start for span in spans]

    def inside(self, position: int) -> Span | None:
        """The range that holds a position."""
        index = bisect_right(self._starts, position) - 1
        return self.spans[index] if index >= 0 and position < self.spans[index].end else None


class _Scanner:
    """One pass over the body. Searches only ever go forward, and each remembers where its needle stands next."""

    def __init__(self, flat: str, body: Span, mdx: bool) -> None:
        self.flat = flat
        self.start = body.start
        self.mdx = mdx
        self.fences = _Places(find_fences(flat, body.start))
        self.found: list[Region] = []
        self._next: dict[str, int] = {}
        self._matches: dict[str, re.Match[str] | None] = {}
        self._deep_from = 0
        self._ticks: dict[int, list[int]] = {}
        self._ticks_end = -1

    def run(self) -> tuple[Region, ...]:
        flat, position = self.flat, self.start
        lines = self._line_regions()
        line_index = 0
        opener = _MDX_OPENER if self.mdx else _OPENER
        while True:
            match = opener.search(flat, position)
            at = match.start() if match else len(flat)
            fence = self.fences.inside(at) if match else None
            while line_index < len(lines) and lines[line_index].start <= at:
                line = lines[line_index]
                line_index += 1
                if line.start >= position:
                    self.found.append(line)
                    position = line.end
            if match is None:
                return tuple(self.found)
            if position > at:
                continue
            if fence is not None:
                position = fence.end
                continue
            end = self._construct(match[0], at)
            position = max(end, match.end())

    def _line_regions(self) -> list[Region]:
        """What is told by the beginning of a line: directives, imports and exports."""
        found = []
        if ":::" in self.flat:
            found += [Region(m.start(), m.end(), "directive") for m in _DIRECTIVE.finditer(self.flat, self.start)]
        if self.mdx:
            last = -1
            for m in _ESM.finditer(self.flat, self.start):
                if m.start() >= last:
                    blank = _BLANK_LINE.search(self.flat, m.end())
                    last = blank.start() if blank else len(self.flat)
                    found.append(Region(m.start(), last, "mdx"))
            found.sort(key=lambda region: region.start)
        return [region for region in found if self.fences.inside(region.start) is None]

    def _construct(self, opener: str, at: int) -> int:
        """The end of what begins at `at`; a region is noted if it is one. -1: nothing begins here."""
        if opener[0] == "\\":
            return at + 2
        if opener[0] == "`":
            return self._code_span(at, len(opener))
        if opener == "<!--":
            return self._until("-->", at + 4, at, "comment")
        if opener == "{/*":
            return self._until("*/}", at + 3, at, "comment")
        if opener in ("<>", "</>"):
            return self._note(at, at + len(opener), "mdx") if self.mdx else -1
        if opener[0] == "<":
            return self._tag(at)
        if opener == "{%":
            return self._liquid(at)
        if opener == "{{":
            return self._braces(at)
        if opener == "$$":
            return self._until("$$", at + 2, at, "math", paragraph=True)
        if opener == "[!":
            return self._callout(at)
        if opener[0] == "{" and len(opener) == 2:
            if opener == "{#" and self.flat.startswith("{# ", at):
                end = self._until("#}", at + 2, at, "comment", paragraph=True)
                if end > 0:
                    return end
            attributes = _ATTRIBUTES.match(self.flat, at)
            if attributes:
                return self._note(at, attributes.end(), "attribute")
        return self._expression(at) if self.mdx else -1

    def _note(self, start: int, end: int, kind: str) -> int:
        self.found.append(Region(start, end, kind))
        return end

    def _find(self, needle: str, position: int) -> int:
        known = self._next.get(needle, -2)
        if known == -1 or known >= position:
            return known
        self._next[needle] = found = self.flat.find(needle, position)
        return found

    def _search(self, pattern: str, position: int) -> re.Match[str] | None:
        known = self._matches.get(pattern)
        if pattern in self._matches and (known is None or known.start() >= position):
            return known
        self._matches[pattern] = found = re.compile(pattern, re.IGNORECASE).search(self.flat, position)
        return found

    def _paragraph_end(self, position: int) -> int:
        blank = self._search(_BLANK_LINE.pattern, position)
        return blank.start() if blank else len(self.flat)

    def _until(self, closer: str, position: int, start: int, kind: str, paragraph: bool = False) -> int:
        found = self._find(closer, position)
        if found < 0 or (paragraph and found > self._paragraph_end(position)) or self.fences.inside(found):
            return -1
        return self._note(start, found + len(closer), kind)

    def _code_span(self, at: int, size: int) -> int:
        """Past the code span; only past the backticks when they open none in this paragraph."""
        if at >= self._ticks_end:
            self._ticks_end = max(self._paragraph_end(at), at + 1)
            self._ticks = {}
            for run in re.compile("`+").finditer(self.flat, at, self._ticks_end):
                self._ticks.setdefault(len(run[0]), []).append(run.start())
        places = self._ticks.get(size, [])
        index = bisect_right(places, at)
        if index < len(places) and not self.fences.inside(places[index]):
            return places[index] + size
        return at + size

    def _tag(self, at: int) -> int:
        flat = self.flat
        autolink = _AUTOLINK.match(flat, at)
        if autolink:
            return autolink.end()
        if flat.startswith("](", at - 2) or flat.startswith("]: ", at - 3):
            destination = _ANGLED.match(flat, at)
            if destination:
                return destination.end()
        limit = len(flat) if self.mdx else self._paragraph_end(at)
        tag = None
        if at >= self._deep_from:
            stop = min(limit, at + _DEEP_LIMIT)
            tag = _DEEP_TAG.match(flat, at, stop)
            if tag is None:  # no other tag of this range is read so thoroughly: that keeps the whole linear
                self._deep_from = flat.find("<", at + 1, stop)
                simple = _SIMPLE_TAG.match(flat, at, limit)
                self._deep_from = stop if self._deep_from >= 0 and simple is None else at + 1
                tag = simple
        else:
            tag = _SIMPLE_TAG.match(flat, at, limit)
        if tag is None or self.fences.inside(tag.end() - 1):
            return -1
        name = _TAG_NAME.match(flat, at)
        if name and flat[at + 1] != "/" and name[1].lower() in _OPAQUE_TAGS and not tag[0].endswith("/>"):
            closer = self._search(rf"</{name[1].lower()}\s*>", tag.end())
            inline = name[1].lower() in ("code", "kbd", "samp")
            if closer and not self.fences.inside(closer.start()) and not (inline and closer.end() > limit):
                return self._note(at, closer.end(), "raw")
        return self._note(at, tag.end(), "html")

    def _liquid(self, at: int) -> int:
        end = self._find("%}", at + 2)
        if end < 0 or end > self._paragraph_end(at) or self.fences.inside(end):
            return -1
        name = _TEMPLATE_NAME.match(self.flat, at)
        if name and name[1] in _OPAQUE_LIQUID:
            closer = self._search(rf"\{{%-?\s*end{name[1]}\s*-?%\}}", end + 2)
            if closer and not self.fences.inside(closer.start()):
                return self._note(at, closer.end(), "liquid")
        return self._note(at, end + 2, "liquid")

    def _braces(self, at: int) -> int:
        flat = self.flat
        closer = {"<": ">}}", "%": "%}}"}.get(flat[at + 2 : at + 3], "}}")
        kind = "liquid" if closer == "}}" else "shortcode"
        end = self._find(closer, at + 2)
        if end < 0 or end > self._paragraph_end(at) or self.fences.inside(end):
            return -1
        name = _TEMPLATE_NAME.match(flat, at)
        if kind == "shortcode" and name and name[1] in _OPAQUE_SHORTCODES:
            paired = self._search(rf"\{{\{{[<%]\s*/\s*{re.escape(name[1])}\s*[%>]\}}\}}", end)
            if paired and not self.fences.inside(paired.start()):
                return self._note(at, paired.end(), kind)
        return self._note(at, end + len(closer), kind)

    def _callout(self, at: int) -> int:
        match = _CALLOUT.match(self.flat, at)
        before = self.flat[max(self.flat.rfind("\n", max(0, at - 200), at) + 1, at - 200) : at]
        return self._note(at, match.end(), "directive") if match and not before.strip("> \t") else -1

    def _expression(self, at: int) -> int:
        if at < self._deep_from:
            return -1
        stop = min(self._paragraph_end(at), at + _DEEP_LIMIT)
        match = _BRACES.match(self.flat, at, stop)
        if match is None:
            self._deep_from = stop
            return -1
        return self._note(at, match.end(), "mdx")


def find_regions(flat: str, body: Span, mdx: bool) -> tuple[Region, ...]:
    """Templates, shortcodes, HTML, MDX, comments, directives, attribute lists: by place, apart from each other."""
    return _Scanner(flat, body, mdx).run()


# --- blanks -----------------------------------------------------------------------------------------------------------

# Each begins with a character that is rare in prose, which is what makes the search fast; what may stand before it is
# looked at afterwards.
_URL = re.compile(r"(?:https?|ftp|file)://[^\s<>\"`{}|\\^]++|www\.\w[^\s<>\"`{}|\\^]*+")
_AT = re.compile(r"@\w[\w./-]*+")
_NUMBER = re.compile(r"#\d++\b")
_EMOJI = re.compile(r":(?:[a-z][a-z0-9_+-]{0,40}|[+-]1):")
_PATH = re.compile(r"/[\w@+-][\w.@+-]*+(?:/[\w.@+-]*+)*+")
_FILE_NAME = re.compile(
    r"\.(?:mdx?|py|rs|jsx?|tsx?|go|sh|h|ya?ml|css|txt|xml|csv|svg|png|jpe?g|gif|cfg|ini|exe|zip|php|json|toml|html|lock)"
    r"(?![\w/-]|\.\w)"
)
_WORD_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_MAIL_CHARACTERS = _WORD_CHARACTERS | frozenset(".+%-")
_PATH_CHARACTERS = _WORD_CHARACTERS | frozenset("@+./-~")
_TRAILING = ".,;:!?'\"*_~)]"


def _written_places(buffer: str, start: int) -> list[Region]:
    """URLs, addresses, mentions, emoji codes and paths of a text in which all other blanks are spaces."""
    found = []
    for match in _URL.finditer(buffer, start):
        if not _is_word(buffer, match.start() - 1):
            found.append(Region(match.start(), _without_trailing(match), "url"))
    position = start
    for match in _AT.finditer(buffer, start):
        left = _left(buffer, match.start(), position, _MAIL_CHARACTERS)
        position = match.end()
        if left < match.start():
            found.append(Region(left, _without_trailing(match), "url"))
        elif buffer[max(0, left - 1) : left] not in ("/", "@", "&"):
            found.append(Region(left, _without_trailing(match), "mention"))
    for match in _NUMBER.finditer(buffer, start):
        if not _is_word(buffer, match.start() - 1) and buffer[max(0, match.start() - 1) : match.start()] not in tuple(
            "&/#"
        ):
            found.append(Region(match.start(), match.end(), "mention"))
    for match in _EMOJI.finditer(buffer, start):
        before, after = match.start() - 1, match.end()
        if not (_is_word(buffer, before) or _is_word(buffer, after) or buffer[before : before + 1] == ":"):
            found.append(Region(match.start(), match.end(), "emoji"))
    for match in _PATH.finditer(buffer, start):
        left = match.start()
        while left > start and match.start() - left < 2 and buffer[left - 1] in ".~":
            left -= 1
        if left == start or not (buffer[left - 1].isalnum() or buffer[left - 1] in "_./~@:*-)]"):
            found.append(Region(left, _without_trailing(match), "path"))
    position = start
    for match in _FILE_NAME.finditer(buffer, start):
        left = _left(buffer, match.start(), position, _PATH_CHARACTERS)
        position = match.end()
        product = match[0] == ".js" and buffer[left].isupper() and "/" not in buffer[left:position]  # Node.js, Vue.js
        if left < match.start() and not product:
            found.append(Region(left, match.end(), "path"))
    return found


def _is_word(buffer: str, index: int) -> bool:
    return 0 <= index < len(buffer) and (buffer[index].isalnum() or buffer[index] == "_")


def _left(buffer: str, position: int, limit: int, characters: frozenset[str]) -> int:
    while position > limit and buffer[position - 1] in characters:
        position -= 1
    return position


def _without_trailing(match: re.Match[str]) -> int:
    """The end of a match without the punctuation of the sentence around it."""
    text = match[0]
    size = len(text)
    closes = text.count(")") - text.count("(")
    while size > 1 and text[size - 1] in _TRAILING:
        if text[size - 1] == ")":
            if closes <= 0:
                break
            closes -= 1
        size -= 1
    return match.start() + size


def find_blanks(flat: str, front: Span, regions: tuple[Region, ...], document: Document) -> tuple[Region, ...]:
    """All that is no prose, by place and apart from each other."""
    found = list(regions)
    if len(front):
        found.append(Region(front.start, front.end, "front"))
    for token in document.tokens:
        if token.type in ("fence", "code_block") and token.map:
            found.append(Region(document.line(token.map[0]), document.line(token.map[1]), "code"))
    for start, end in document.definitions:
        found.append(Region(document.line(start), document.line(end), "definition"))
    for inline in document.inlines:
        _inline_blanks(inline.children, inline.at, flat, found.append)
    merged = _apart(found)
    return tuple(_apart([*merged, *_written_places(_blanked(flat, merged), front.end)]))


def _inline_blanks(
    children: Iterable[Token], at: Callable[[int], int], flat: str, add: Callable[[Region], None]
) -> None:
    for token in children:
        if token.type == "code_inline":
            add(Region(at(token.meta["at"]), at(token.meta["end"] - 1) + 1, "code"))
        elif token.type == "link_open":
            if token.markup == "autolink":
                add(Region(at(token.meta["at"]), at(token.meta["end"] - 1) + 1, "url"))
            elif token.meta["end"] - 1 > token.meta["label_end"]:
                add(Region(at(token.meta["label_end"] + 1), at(token.meta["end"] - 1) + 1, "destination"))
        elif token.type == "image":
            label_end = token.meta["at"] + 2 + len(token.content)
            if token.meta["end"] - 1 > label_end:
                add(Region(at(label_end + 1), at(token.meta["end"] - 1) + 1, "destination"))
            _inline_blanks(token.children or (), shifted(at, token.meta["at"] + 2), flat, add)
        elif token.type == "footnote_ref" and "label" in token.meta:
            add(Region(at(token.meta["at"]), at(token.meta["end"] - 1) + 1, "destination"))


def shifted(at: Callable[[int], int], by: int) -> Callable[[int], int]:
    """A map of places for a text that begins `by` characters later."""
    return lambda position: at(by + position)


def _apart(found: list[Region]) -> list[Region]:
    """Sorted, the first of two that overlap kept whole and the other cut."""
    found.sort(key=lambda region: (region.start, -region.end))
    result: list[Region] = []
    position = 0
    for region in found:
        if region.end <= position:
            continue
        if region.start < position:
            region = Region(position, region.end, region.kind)
        if region.end > region.start:
            result.append(region)
            position = region.end
    return result


_NO_LINE_END = re.compile(r"[^\r\n]+")


def _blanked(text: str, blanks: Iterable[Region]) -> str:
    parts = []
    position = 0
    for blank in blanks:
        parts.append(text[position : blank.start])
        parts.append(_NO_LINE_END.sub(lambda m: " " * len(m[0]), text[blank.start : blank.end]))
        position = blank.end
    parts.append(text[position:])
    return "".join(parts)


def mask(text: str, blanks: Iterable[Region]) -> str:
    """The text with the blanks as spaces: the same length, the same line ends."""
    return _blanked(text, blanks)


_FOR_HARPER = frozenset(["liquid", "shortcode", "comment", "html", "raw", "mdx", "directive", "attribute", "math"])


SPACED_TAG = re.compile(
    r"</?(?:br|p|div|li|ul|ol|td|th|tr|table|h[1-6]|dd|dt|dl|section|article|figure|figcaption|summary|details|hr)\b",
    re.IGNORECASE,
)
"""HTML tags that part the words around them."""


def for_harper(text: str, body: Span, regions: Iterable[Region]) -> MappedText:
    """The body without the regions, and without the second of two spaces that would meet where one was taken out."""
    builder = MappedTextBuilder()
    position = body.start
    for region in regions:
        if region.kind not in _FOR_HARPER:
            continue
        builder.copy(text[position : region.start], position)
        position = region.end
        following = text[position : position + 1]
        if builder.last in ("", " ", "\t", "\n", "\r"):
            position += following == " "
        elif not following.isspace() and SPACED_TAG.match(text, region.start):
            builder.join(" ", region.start, region.end - region.start)
    builder.copy(text[position : body.end], position)
    return builder.build()
