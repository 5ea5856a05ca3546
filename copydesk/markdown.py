"""Markdown parsed once, with the place of each inline token, which markdown-it does not tell.

markdown-it tells the lines of blocks only. Two things close the gap: an inline parser that notes where in the block's
content each token begins and ends, and a map from that content, line by line, to the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from copydesk.source_map import Span

if TYPE_CHECKING:
    from copydesk.regions import Region

FILLER = "\ufffc"
"""Stands for each character that is no Markdown, so that the parser sees one word where a template or a tag is."""

_SPECIAL = re.compile(r"[\n\\`*_~\[!<&^]")
_SPECIAL_OR_END = re.compile(r"[\n\\`*_~\[\]!<&^]")
_RULES_OF = {
    "\n": ("newline",),
    "\\": ("escape",),
    "`": ("backticks",),
    "*": ("emphasis",),
    "_": ("emphasis",),
    "~": ("strikethrough",),
    "[": ("link", "footnote_ref"),
    "!": ("image",),
    "<": ("autolink",),
    "&": ("entity",),
    "^": ("footnote_inline",),
}


class _State(StateInline):
    """Notes where the text that waits for its token began, and where closing tokens stand."""

    rule_at = 0
    pending_at = -1

    def append_pending(self, text: str) -> None:
        if self.pending_at < 0:
            self.pending_at = self.rule_at
        super().append_pending(text)

    def pushPending(self) -> Token:
        token = super().pushPending()
        token.meta = {"at": self.pending_at}
        self.pending_at = -1
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        self.pending_at = -1
        if nesting < 0:
            token.meta = {"at": self.pos}
        return token


class _InlineParser(ParserInline):
    """The inline parser, with `meta["at"]` and `meta["end"]` of tokens, and only the rules tried that can apply."""

    _by_character: dict[str, list[Callable[[StateInline, bool], bool]]] | None = None

    def rules_of(self, character: str) -> Sequence[Callable[[StateInline, bool], bool]]:
        if self._by_character is None:
            named = dict(zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True))
            self._by_character = {c: [named[n] for n in names if n in named] for c, names in _RULES_OF.items()}
        return self._by_character.get(character, ())

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens

    def tokenize(self, state: StateInline) -> None:
        if not isinstance(state, _State):
            super().tokenize(state)
            return
        src, end = state.src, state.posMax
        limit = state.md.options["maxNesting"]
        while state.pos < end:
            pos = state.rule_at = state.pos
            if state.level < limit:
                before = len(state.tokens)
                for rule in self.rules_of(src[pos]):
                    if rule(state, False):
                        if len(state.tokens) > before:
                            _note(state.tokens, before, pos, state.pos)
                        break
                else:
                    self._text(state, pos, end)
            else:
                self._text(state, pos, end)
        if state.pending:
            state.pushPending()

    def _text(self, state: _State, pos: int, end: int) -> None:
        special = _SPECIAL.search(state.src, pos + 1, end)
        state.pos = special.start() if special else end
        state.append_pending(state.src[pos : state.pos])

    def skipToken(self, state: StateInline) -> None:
        pos = state.pos
        if pos in state.cache:
            state.pos = state.cache[pos]
            return
        if state.level >= state.md.options["maxNesting"]:
            state.pos = state.posMax
        else:
            for rule in self.rules_of(state.src[pos]):
                state.level += 1
                matched = rule(state, True)
                state.level -= 1
                if matched:
                    break
            else:
                special = _SPECIAL_OR_END.search(state.src, pos + 1, state.posMax)
                state.pos = special.start() if special else state.posMax
        state.cache[pos] = state.pos


def _note(tokens: list[Token], before: int, start: int, end: int) -> None:
    """Write down where the tokens of one rule stand in the content."""
    last = tokens[-1]
    if last.type == "text":  # delimiter runs: one token each, still text
        position = end
        for token in reversed(tokens[before:]):
            position -= len(token.content)
            if position < start:
                break
            token.meta = {"at": position}
    elif last.type == "link_close":
        first = tokens[before] if tokens[before].type == "link_open" else tokens[before + 1]
        first.meta.update(at=start, end=end, label_end=last.meta["at"])
        last.meta["end"] = end
    else:
        last.meta.update(at=start, end=end)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "store_labels": True, "maxNesting": 20})
    parser.enable(["table", "strikethrough"])
    parser.inline = _InlineParser()
    parser.inline.ruler.enableOnly(
        ["newline", "escape", "backticks", "strikethrough", "emphasis", "link", "image", "autolink", "entity"]
    )
    parser.inline.ruler2.enableOnly(["balance_pairs", "strikethrough", "emphasis"])
    parser.use(footnote_plugin, move_to_end=False)
    parser.disable("text_join")
    parser.block.ruler.disable("html_block")
    # Destinations stay as written: checks look at what the author wrote, and nothing here is rendered.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


InlineKind = Literal["heading", "paragraph", "list_item", "quote", "table_cell", "footnote"]


@dataclass(frozen=True)
class Inline:
    """The content of one block: its tokens and the way from the content to the text."""

    token: Token
    kind: InlineKind
    level: int  # of a heading
    block: int
    starts: list[int]
    sources: list[int]

    @property
    def children(self) -> list[Token]:
        """The inline tokens."""
        return self.token.children or []

    def at(self, position: int) -> int:
        """The offset in the text of a character of the content."""
        index = max(0, bisect_right(self.starts, position) - 1)
        return self.sources[index] + position - self.starts[index]


@dataclass(frozen=True)
class Document:
    """The parsed body."""

    tokens: list[Token]
    starts: list[int]  # of the lines, and the length of the text at the end
    inlines: list[Inline] = field(default_factory=list)
    definitions: list[tuple[int, int]] = field(default_factory=list)  # lines of link reference definitions
    footnotes: dict[int, list[Token]] = field(default_factory=dict)  # the tokens of `^[...]`, by id

    def line(self, number: int) -> int:
        """The offset at which a line begins (from 0); the end of the text past the last."""
        return self.starts[min(number, len(self.starts) - 1)]


def parse(flat: str, body: Span, regions: tuple[Region, ...]) -> Document:
    """Parse the body of a text whose only line end is `\\n`."""
    env: dict[str, Any] = {}
    starts = [0, *(m.end() for m in re.finditer("\n", flat)), len(flat)]
    try:
        tokens = _parser().parse(_prepared(flat, body, regions), env)
    except RecursionError:  # lists or quotes nested a hundred deep
        return Document([], starts)
    references = [*env.get("references", {}).values(), *env.get("duplicate_refs", [])]
    notes = env.get("footnotes", {}).get("list", {})
    return Document(
        tokens=tokens,
        starts=starts,
        inlines=_inlines(tokens, flat, starts),
        definitions=[(ref["map"][0], ref["map"][1]) for ref in references if ref.get("map")],
        footnotes={number: note["tokens"] for number, note in notes.items() if "tokens" in note},
    )


_NOT_NEWLINE = re.compile(r"[^\n]+")
_FILLED_LINE = re.compile(f"^[ \t{FILLER}]+$", re.MULTILINE)
_INDENTED_HTML = re.compile(f"(?<=\n)([ \t]+)(?={FILLER})")


def _prepared(flat: str, body: Span, regions: tuple[Region, ...]) -> str:
    """What the parser sees: the same lines as the text, those of the body of the same length."""
    prepared = _without_regions(flat, body, regions)
    # The parser looks at each space before a line's first letter: the lines of the front matter are empty instead.
    lines = flat.count("\n", 0, body.start)
    last = flat.rfind("\n", 0, body.start) + 1
    return "\n" * lines + prepared[last:]


def _without_regions(flat: str, body: Span, regions: tuple[Region, ...]) -> str:
    """The text with spaces for its front matter and filler for the regions: of the same length."""
    parts = [_NOT_NEWLINE.sub(lambda m: " " * len(m[0]), flat[: body.start])]
    position = body.start
    for region in regions:
        parts.append(flat[position : region.start])
        parts.append(_NOT_NEWLINE.sub(lambda m: FILLER * len(m[0]), flat[region.start : region.end]))
        position = region.end
    parts.append(flat[position:])
    prepared = "".join(parts)
    if not regions:
        return prepared
    prepared = _FILLED_LINE.sub(lambda m: " " * len(m[0]), prepared)
    # Nested HTML is indented, which Markdown would take for code; where a line of tags is above, it is no code.
    html = {m.start(1) for m in _INDENTED_HTML.finditer(prepared) if len(m[1].expandtabs(4)) >= 4}
    if html:
        pieces, position = [], 0
        for start in sorted(html):
            above = flat.rfind("\n", 0, start - 1) + 1
            if flat[above:start].lstrip()[:1] in ("<", "{"):
                pieces.append(prepared[position:start])
                stop = prepared.index(FILLER, start)
                pieces.append(FILLER * (stop - start))
                position = stop
        prepared = "".join([*pieces, prepared[position:]])
    return prepared


_CONTAINERS = {"bullet_list_open", "ordered_list_open", "blockquote_open", "table_open", "footnote_reference_open"}


def _inlines(tokens: list[Token], flat: str, starts: list[int]) -> list[Inline]:
    found = []
    stack: list[str] = []
    block = -1
    level = 0
    cells: list[tuple[int, int]] = []
    for token in tokens:
        if token.nesting > 0:
            if token.type in _CONTAINERS or token.type in ("paragraph_open", "heading_open"):
                if not stack:
                    block += 1
                stack.append(token.type)
            if token.type == "heading_open":
                level = int(token.tag[1])
            elif token.type == "tr_open" and token.map:
                cells = _columns(flat, starts[token.map[0]], _line_end(flat, starts, token.map[0]))
        elif token.nesting < 0:
            if token.type.replace("_close", "_open") in _CONTAINERS or token.type in (
                "paragraph_close",
                "heading_close",
            ):
                stack.pop()
        elif token.type == "inline":
            kind = _kind(stack)
            mapping = None
            if kind == "table_cell":
                cell = cells.pop(0) if cells else None
                mapping = _align_cell(token.content, flat, *cell) if cell and token.content else None
            elif token.map:
                mapping = _align(token, flat, starts)
            if mapping is None:
                _drop(token)
                continue
            found.append(Inline(token, kind, level if kind == "heading" else 0, block, *mapping))
    return found


def _drop(token: Token) -> None:
    """Content that could not be found in the text says nothing about it."""
    token.children = []


def _kind(stack: list[str]) -> InlineKind:
    if stack and stack[-1] == "heading_open":
        return "heading"
    for name in reversed(stack):
        if name == "table_open":
            return "table_cell"
        if name == "footnote_reference_open":
            return "footnote"
        if name == "blockquote_open":
            return "quote"
        if name in ("bullet_list_open", "ordered_list_open"):
            return "list_item"
    return "paragraph"


def _line_end(flat: str, starts: list[int], number: int) -> int:
    end = starts[min(number + 1, len(starts) - 1)]
    return end - 1 if end > starts[number] and flat[end - 1] == "\n" else end


def _align(token: Token, flat: str, starts: list[int]) -> tuple[list[int], list[int]] | None:
    """Where each line of a block's content stands: what is before it on its line is indentation and markers."""
    number = token.map[0] if token.map else 0
    position = 0
    contents, sources = [], []
    heading = token.map is not None and token.map[1] == token.map[0] + 1
    for line in token.content.split("\n"):
        if number >= len(starts) - 1:
            return None
        start, end = starts[number], _line_end(flat, starts, number)
        bare = line.strip()
        there = flat[start:end].replace("\0", "\ufffd")
        if bare:
            found = len(there.rstrip()) - len(bare)
            if not _same(there, found, bare):
                found = _find_heading(there, bare) if heading else -1
                if found < 0:
                    return None
            found -= len(line) - len(line.lstrip())
        else:  # nothing, or a space that Markdown does not know as one
            found = max(0, there.find(line))
        contents.append(position)
        sources.append(start + found)
        position += len(line) + 1
        number += 1
    return contents, sources


def _same(there: str, at: int, bare: str) -> bool:
    """Whether the parser's words stand here; it saw fillers where the text has templates and tags."""
    if at < 0:
        return False
    if there.startswith(bare, at):
        return True
    if FILLER not in bare or at + len(bare) > len(there):
        return False
    return all(a in (b, FILLER) for a, b in zip(bare, there[at : at + len(bare)], strict=True))


def _find_heading(there: str, bare: str) -> int:
    """A heading `# text ##`: its text begins after the first run of `#`."""
    mark = there.find("#")
    position = mark
    while 0 <= position < len(there) and there[position] in "# \t" and position - mark <= 200:
        if _same(there, position, bare) and position > mark:
            return position
        position += 1
    return position if _same(there, position, bare) else -1


_ROW_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*[ \t>]*\Z")


def _columns(flat: str, start: int, end: int) -> list[tuple[int, int]]:
    """The cells of a table row, between pipes that are not escaped."""
    bars = [
        m.start()
        for m in re.compile(r"\|").finditer(flat, start, end)
        if m.start() == start or flat[m.start() - 1] != "\\"
    ]
    edges = [start - 1, *bars, end]
    cells = [(a + 1, b) for a, b in pairwise(edges)]
    if len(cells) > 1 and _ROW_PREFIX.match(flat[cells[0][0] : cells[0][1]]):
        cells.pop(0)
    return cells


def _align_cell(content: str, flat: str, start: int, end: int) -> tuple[list[int], list[int]] | None:
    stop = start + len(flat[start:end].rstrip())
    if stop - start >= len(content) and _same(flat[start:stop], stop - start - len(content), content):
        return [0], [stop - len(content)]
    position = start + len(flat[start:end]) - len(flat[start:end].lstrip())
    contents, sources = [0], [position]
    for index, char in enumerate(content):
        if char == "|" and flat.startswith("\\|", position):
            position += 1
            contents.append(index)
            sources.append(position)
        if position >= stop or (flat[position] != char and char != FILLER):
            return None
        position += 1
    return contents, sources
