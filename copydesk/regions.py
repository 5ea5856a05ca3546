"""What of a post no Markdown parser knows: templates, shortcodes, HTML, MDX, comments.

Found in one pass from left to right, in which code spans and fences win over what they hold. The pass is linear in the
text: each search goes forward only and remembers where its needle stands next.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from copydesk.source_map import Span


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
