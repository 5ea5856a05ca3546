"""The lines around a finding, clipped so that a paragraph of a thousand characters stays readable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copydesk.report import Finding

_LINE_END = re.compile(r"\r\n|\n|\r")
_AROUND = 90  # characters shown on each side of the match, in its own line
_BESIDE = 160  # characters shown of the line before and after
_REACH = 2  # lines looked at for one with text, since paragraphs stand between blank ones
_MATCH = 400  # characters shown of a match in one line
_MOST_LINES = 6  # lines shown of a match that spans several


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an excerpt: what stands before the match, the match, what stands after."""

    number: int
    before: str
    match: str = ""
    after: str = ""
    marked: bool = False  # the match is in this line, even if it is empty: a place, not a text


def split_lines(text: str) -> list[str]:
    """The lines without their ends, which are `\\n`, `\\r\\n` or `\\r` and nothing else."""
    return _LINE_END.split(text)


def excerpt(lines: Sequence[str], finding: Finding) -> tuple[Line, ...]:
    """The lines of the finding with the one before and the one after; empty when it speaks of the whole post.

    A finding whose place lies outside the text (the post has changed since) shows its own match instead.
    """
    whole_post = not finding.match and finding.line == 1 and finding.column == 1
    if whole_post:
        return ()
    if not _inside(lines, finding):
        return (Line(finding.line, "", _clip(finding.match, _MATCH), marked=True),) if finding.match else ()
    shown = []
    last = min(finding.end_line, finding.line + _MOST_LINES - 1, len(lines))
    if above := _with_text(lines, range(finding.line - 1, max(finding.line - 1 - _REACH, 0), -1)):
        shown.append(Line(above, _clip(lines[above - 1], _BESIDE)))
    for number in range(finding.line, last + 1):
        text = lines[number - 1]
        start = finding.column - 1 if number == finding.line else 0
        end = finding.end_column - 1 if number == finding.end_line else len(text)
        shown.append(_marked(number, text, start, max(min(end, len(text)), start)))
    if below := _with_text(lines, range(last + 1, min(last + _REACH, len(lines)) + 1)):
        shown.append(Line(below, _clip(lines[below - 1], _BESIDE)))
    return tuple(shown)


def _with_text(lines: Sequence[str], numbers: range) -> int | None:
    """The first of these lines that is not blank."""
    return next((n for n in numbers if lines[n - 1].strip()), None)


def _inside(lines: Sequence[str], finding: Finding) -> bool:
    if not 1 <= finding.line <= len(lines) or finding.end_line < finding.line:
        return False
    line = lines[finding.line - 1]
    start = finding.column - 1
    first_line_of_match = _LINE_END.split(finding.match)[0]
    return start <= len(line) and line.startswith(first_line_of_match, start)


def _marked(number: int, text: str, start: int, end: int) -> Line:
    before, after = text[:start], text[end:]
    if len(before) > _AROUND:
        before = "…" + _at_word(before[-_AROUND:], from_left=True)
    if len(after) > _AROUND:
        after = _at_word(after[:_AROUND], from_left=False) + "…"
    return Line(number, before, _clip(text[start:end], _MATCH), after, marked=True)


def _at_word(text: str, *, from_left: bool) -> str:
    """The text without the word that the cut went through, if a space is near."""
    space = text.find(" ", 0, 20) if from_left else text.rfind(" ", len(text) - 20)
    if space < 0:
        return text
    return text[space:] if from_left else text[: space + 1]


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else _at_word(text[:length], from_left=False) + "…"
