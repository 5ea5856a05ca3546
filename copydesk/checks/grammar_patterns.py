# ruff: noqa: E501, SIM905 - tables: a line of words stays one line
"""A matcher for small phrase patterns: one pass over the words of a text, linear, whatever the number of patterns.

A table is text, one pattern a line:

    depend(|s|ed|ing) <of> -> on
    ^ (he|she|it) <@BASE> -> {2:third} !after that

The first word (with its alternatives) is the anchor: a pattern is tried only where one of its anchors stands. A blank is
any white space inside a line or one line end; `@NAME` is a list of words; `<...>` is the part to report (default: all);
`^` asks for the start of a clause, `^^` of a sentence; after `->` stand replacements separated by ` / `, in which `{2}` is the second group
and `{2:third}` a form of it; `!after` names words that may not precede. All else is a regular expression, and no
pattern may repeat a group without bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import ascii_letters

from copydesk.checks import grammar_lexicon as lexicon
from copydesk.checks.grammar_forms import FORMS

WORD_LISTS: Mapping[str, list[str]] = {
    "SINGULAR": lexicon.SINGULAR_NOUNS,
    "PLURAL": lexicon.PLURAL_NOUNS,
    "TIME": lexicon.TIME_NOUNS,
    "BASE": lexicon.BASE_VERBS,
    "SURE": lexicon.SURE_BASE_VERBS,
    "THIRD": lexicon.THIRD_PERSON_VERBS,
    "PAST": lexicon.PAST_ONLY,
    "ANYTHIRD": lexicon.ANY_THIRD,
    "ANYPAST": lexicon.ANY_PAST,
    "PARTICIPLE": lexicon.PARTICIPLES,
    "FUNCTION": lexicon.FUNCTION_WORDS,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a pattern matched: the rule's short name, the range to report and what could stand there instead."""

    rule: str
    start: int
    end: int
    replacements: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """One line of a table, read."""

    rule: str
    anchors: Mapping[str, frozenset[str] | None]  # first word -> those that can come second; None: any, or none
    source: str
    replacements: tuple[str, ...]
    clause_start: int  # 1: a clause must begin here, 2: a sentence
    not_after: frozenset[str]

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled when it is first needed: most posts come near few of the patterns."""
        return re.compile(self.source, re.IGNORECASE)


_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*")
_PREVIOUS_WORD = re.compile(r"([A-Za-z0-9]+(?:'[A-Za-z]+)*)[ \t]*[\r\n]?[ \t]*\Z")
# Words after which a new clause begins. No "and", "or": "the linker and the compiler are" has two subjects.
_CLAUSE_OPENERS = frozenset(
    ("because but so while since although though until unless whether whereas however that if when then").split()
)
_NAMES_TOO = frozenset(
    ("Will", "May")
)  # of people and months; as verbs they begin a question, which no pattern is about
_CURLY = str.maketrans({"’": "'", "‘": "'", "\u00a0": " "})
_LIST = re.compile(r"([(|]?)@([A-Z]+)")
_BLANK = r"(?:[ \t]{1,2}|[ \t]?\r?\n[ \t]*)"
_WORD_END = r"(?![A-Za-z0-9_])(?![-'][A-Za-z])"
# The end of a noun phrase: a word that cannot be part of a compound, punctuation or the end of the text.
_END = rf"(?= (?:{'|'.join(lexicon.FUNCTION_WORDS)})\b|[ \t]*[.,;:!?)](?![A-Za-z0-9])|\s*\Z)"
_PLAIN = re.compile(r"[A-Za-z']*\??")
_FORBIDDEN = re.compile(r"\(\?![^()]*\)")
_SIMPLE_GROUP = re.compile(r"\(\?-i:\(([^()]*)\)\)")
_SPACE_OUTSIDE_CLASS = re.compile(r"\[[^\]]*\]| ")


def compile_table(rule: str, table: str) -> list[Pattern]:
    """The patterns of one rule. Raises `ValueError` for a line that is none."""
    return [
        _compile_line(rule, line.strip())
        for line in table.splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _compile_line(rule: str, line: str) -> Pattern:
    pattern, arrow, replacement = line.partition(" -> ")
    if not arrow:
        raise ValueError(f"a pattern needs ' -> ': {line}")
    replacement, _, after = replacement.partition("!after ")
    clause_start = len(pattern) - len(pattern.lstrip("^"))
    pattern = pattern.lstrip("^ ")
    pattern = _LIST.sub(lambda m: _END if m[2] == "END" else _words(m[1], m[2]), pattern)
    anchors = _first_words(pattern.replace("<", "").replace(">", ""))
    body, ahead = _split_look_ahead(pattern)
    if "<" not in body:
        body = f"<{body.rstrip(' ')}>" + (" " if body.endswith(" ") else "")
    source = (
        body.replace("<", "(?P<bad\0").replace(">", ")").replace("\0", ">")
        + ("" if body.endswith((" ", " >")) else _WORD_END)
        + ahead
    )
    source = _SPACE_OUTSIDE_CLASS.sub(lambda m: _BLANK if m[0] == " " else m[0], source)
    return Pattern(
        rule,
        anchors,
        source,
        tuple(part.strip() for part in replacement.split(" / ") if part.strip(" -")),
        clause_start,
        frozenset(after.split()),
    )


def _words(before: str, name: str) -> str:
    """A list of words as a group, or as alternatives of the group that it stands in."""
    alternatives = "|".join(WORD_LISTS[name])
    return before + alternatives if before else f"({alternatives})"


def _split_look_ahead(pattern: str) -> tuple[str, str]:
    """The pattern without its closing look-ahead, and that look-ahead: it is context, not part of what is wrong."""
    for start in (place.start() for place in re.finditer(r"\(\?[=!]", pattern)):
        depth = 0
        for place in range(start, len(pattern)):
            depth += {"(": 1, ")": -1}.get(pattern[place], 0) if pattern[place - 1] != "\\" else 0
            if depth == 0:
                break
        if place == len(pattern) - 1:
            return pattern[:start], pattern[start:]
    return pattern, ""


def _first_words(pattern: str) -> dict[str, frozenset[str] | None]:
    """The words that a match can begin with, each with those that can follow; None when these cannot be listed.

    `(depend|at all) on` -> {depend: {on}, at: {all}}. Raises `ValueError` when even the first cannot be listed.
    """
    unfinished, position = {""}, 0
    finished: dict[str, frozenset[str] | None] = {}

    def finish(words: Iterable[str], following: Iterable[str] | None) -> None:
        for word in map(str.lower, words):
            before = finished.get(word, frozenset())
            finished[word] = None if before is None or following is None else before.union(map(str.lower, following))

    while position < len(pattern):
        character = pattern[position]
        if character == "(" and pattern[position + 1] != "?":
            close = pattern.index(")", position)
            optional = pattern[close + 1 : close + 2] == "?"
            before, unfinished = unfinished, set(unfinished) if optional else set()
            for choice in pattern[position + 1 : close].split("|"):
                head, gap, tail = choice.partition(" ")
                forms = _spelled_out(head)
                if forms is None:
                    raise ValueError(f"a pattern must begin with a word: {pattern}")
                words = {prefix + form for prefix in before for form in forms}
                if gap:
                    finish(words, _spelled_out(tail.partition(" ")[0]) if tail else None)
                else:
                    unfinished |= words
            position = close + 1 + optional
        elif character.isalpha() or character == "'":
            optional = pattern[position + 1 : position + 2] == "?"
            unfinished = {prefix + character for prefix in unfinished} | (unfinished if optional else set())
            position += 1 + optional
        else:
            break
    finish(unfinished, _second_words(pattern[position:]))
    if not finished or "" in finished:
        raise ValueError(f"a pattern must begin with a word: {pattern}")
    return finished


def _second_words(rest: str) -> Iterable[str] | None:
    """The words that can come next in what is left of a pattern; None when they cannot be listed."""
    if not rest.startswith(" "):
        return None
    # What may not follow only narrows, and how a group is written does not matter here.
    rest = _SIMPLE_GROUP.sub(r"(\1)", _FORBIDDEN.sub("", rest[1:])).replace("(?:", "(")
    try:
        return _first_words(rest)
    except ValueError:
        return None


def _spelled_out(word: str) -> list[str] | None:
    """`exists?` -> exists, exist; `long-lasting` -> long; `all,` -> all; None for what is no plain word."""
    word = word.partition("-")[0] if word[:1].isalpha() else word
    word = word.rstrip(",")
    if not _PLAIN.fullmatch(word):
        return None
    return [word[:-1], word[:-2]] if word.endswith("?") else [word]


class Matcher:
    """Finds the hits of many patterns in a text."""

    def __init__(self, patterns: list[Pattern]) -> None:
        self._by_anchor: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            for anchor in pattern.anchors:
                self._by_anchor.setdefault(anchor, []).append(pattern)
        self._rows: dict[str, tuple[dict[str, list[Pattern]], list[Pattern]]] = {}  # of the anchors met so far

    def compile(self) -> None:
        """Compile all patterns, each of which is otherwise compiled when a text comes near it."""
        for patterns in self._by_anchor.values():
            for pattern in patterns:
                pattern.regex  # noqa: B018 - made and kept at the first look

    def find(self, text: str) -> Iterator[Hit]:
        """Hits in the order of their places; of hits that overlap only the first."""
        plain = text.translate(_CURLY)
        matches = list(_WORD.finditer(plain))
        words = [match[0].lower() for match in matches]
        rows, by_anchor = self._rows, self._by_anchor
        end = 0
        for index, word in enumerate(words):
            if word not in by_anchor:
                continue
            by_second, always = rows.get(word) or self._row(word)
            candidates = by_second.get(words[index + 1] if index + 1 < len(words) else "", always)
            if not candidates:
                continue
            start = matches[index].start()
            if start < end or matches[index][0] in _NAMES_TOO:
                continue
            if _inside_name(plain, start):
                continue
            hit = self._first(candidates, plain, start)
            if hit is not None:
                end = hit.end
                yield hit

    def _row(self, word: str) -> tuple[dict[str, list[Pattern]], list[Pattern]]:
        """The patterns that a first word allows, by the second, and those whatever the second is."""
        by_second: dict[str, list[Pattern]] = {}
        always: list[Pattern] = []
        for pattern in self._by_anchor[word]:
            following = pattern.anchors[word]
            if following is None:
                for patterns in (always, *by_second.values()):
                    patterns.append(pattern)
            else:
                for second in following:
                    by_second.setdefault(second, always.copy()).append(pattern)
        self._rows[word] = by_second, always
        return by_second, always

    @staticmethod
    def _first(candidates: list[Pattern], text: str, start: int) -> Hit | None:
        before: str | None = None
        begins: dict[int, bool] = {0: True}
        for pattern in candidates:
            kind = pattern.clause_start
            if kind not in begins:
                begins[kind] = _starts_clause(text, start, kind == 2)
            if not begins[kind]:
                continue
            match = pattern.regex.match(text, start)
            if match is None:
                continue
            if pattern.not_after:
                if before is None:
                    found = _PREVIOUS_WORD.search(text, max(0, start - 40), start)
                    before = found[1].lower() if found else ""
                if before in pattern.not_after:
                    continue
            bad = match["bad"]
            replacements = tuple(
                dict.fromkeys(_as_cased(bad, _fill(template, match)) for template in pattern.replacements)
            )
            if (agreed := _OTHER_NUMBER.get(bad.lower())) in replacements:
                replacements = (agreed,)
            if replacements and all(replacement == bad for replacement in replacements):
                continue  # a matter of capitals, and they are right
            return Hit(pattern.rule, match.start("bad"), match.end("bad"), replacements)
        return None


def _inside_name(text: str, start: int) -> bool:
    """True for the second half of `std::is`, `well-is`, `node.is`: a name, not prose."""
    return start > 0 and text[start - 1] in "-_./:@#$\\'"


def _starts_clause(text: str, start: int, sentence: bool) -> bool:
    head = text[max(0, start - 40) : start].rstrip(" \t\r\n\"'([*_“”‘")
    if not head:
        return True
    if sentence:
        return head[-1] in ".!?"
    if head[-1] in ".!?:;,—–…":
        return True
    return head[len(head.rstrip(ascii_letters)) :].lower() in _CLAUSE_OPENERS


# Of the verbs that a line proposes, the one that keeps the tense.
_PAIRS = {
    "are": "is",
    "were": "was",
    "have": "has",
    "aren't": "isn't",
    "weren't": "wasn't",
    "haven't": "hasn't",
    "don't": "doesn't",
}
_OTHER_NUMBER = _PAIRS | {singular: plural for plural, singular in _PAIRS.items()}

_PLACE = re.compile(r"\{(\d)(?::([a-z]+))?\}")


def _fill(template: str, match: re.Match[str]) -> str:
    # Group 1 of a table is the first that its line writes: "bad" is a group too, and is left out of the count.
    groups = [value for index, value in enumerate(match.groups(), 1) if index != match.re.groupindex["bad"]]

    def place(found: re.Match[str]) -> str:
        value = groups[int(found[1]) - 1] or ""
        return _with_capitals_of(value, FORMS[found[2]](value.lower())) if found[2] else value

    return _PLACE.sub(place, template)


def _with_capitals_of(value: str, form: str) -> str:
    """`form` with the capitals of the beginning that it shares with `value`: API's -> APIs."""
    if not value.isupper() and value[1:2].islower():
        return form
    shared = next(
        (i for i, (a, b) in enumerate(zip(value.lower(), form.lower(), strict=False)) if a != b),
        min(len(value), len(form)),
    )
    return value[:shared] + form[shared:]


def _as_cased(bad: str, replacement: str) -> str:
    return replacement[:1].upper() + replacement[1:] if bad[:1].isupper() else replacement
