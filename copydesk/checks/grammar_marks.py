# ruff: noqa: E501 - tables: a line of words stays one line
"""Punctuation, capitals and phrases said twice: what patterns over single words cannot see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import eq

from copydesk.checks.grammar_patterns import Hit

_OBJECT = "\ufffc"  # stands for code, links without text and the like

# "foo , bar", but no " ." of ".NET", no " ..." and no smiley.
_SPACE_BEFORE = re.compile(
    r"(?<=[a-z)])(?<! a)(?<! at)(?<! by)(?<! or)(?<! the)(?<! with)(?<! to)(?<! and)([ ])([,;]|[.](?![\w.])|[?!](?![=?!\w(\[]))(?=[ ]|$)"
)
_DOUBLED_MARK = re.compile(
    r"(?<=[a-z)])(,,|,\.|;;|;,|,;|\?\.|!\.|\.\?)(?=[ ]|$)|(?<=[a-z]{2})(\.\.)(?=[ ]|$)|\betc(\.{2,3}|…)(?=[ ]|$|\))"
)
_ANY_SPACE_BEFORE = re.compile(" [,;.?!]")
# What the patterns below cannot do without, found ten times faster: most prose has none of it.
_ANY_DOUBLED = re.compile("[,;?!.][,;.?!]|c…")
_ANY_JOINED = re.compile("[.!?,](?=[A-Za-z])")
_ANY_LOWER_START = re.compile("[.] +[a-z]")
_STARTERS = (
    "The|This|That|These|Those|It|We|You|They|There|In|However|But|And|If|When|As|For|So|Our|He|She|Then|Also|To"
)
_NO_SPACE_AFTER = re.compile(
    rf"\b[a-z]{{2,}}([.!?])(?:{_STARTERS})(?=[ ])|\b[a-z]{{2,}}(,)(?:and|but|which|the|so|we|it|you|or|then|this|that|is|are|they|in|with|for|to|a|as|if|when|because)(?=[ ])"
)
_LOWER_START = re.compile(
    r"(?<=[a-z]{3})[.][ ]+(the|this|these|those|it|we|you|they|there|however|but|if|when|our|he|she|then|also|after|although|because|since|what|how|why|my|your|now|here|while|with|for|in|some|many|let's|it's|we're|don't|once|finally|first|not|so|and|that)(?=[ ,])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:etc|vs|approx|resp|incl|excl|esp|max|min|fig|sec|eq|ref|cf|ver|inc|ltd|viz|dept|est|misc|pls)|\b\w\.\w)\Z",
    re.IGNORECASE,
)
_TWICE = re.compile(
    r"\b((?:of|in|on|to|for|with|from|by|at|as|is|are|was|we|you|it|they|this|if|when|can|will|have|has|be|one) [a-z']{1,15}(?: [a-z']{1,15})?)[ ]\1(?= |[.,;:!?]|$)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile("[.!?] ")
# At the beginning of a sentence.
_QUESTION = re.compile(
    r"(?:(?:so|but|and|then|now),? )?"
    r"(?:why (?:do|does|did|don't|doesn't|didn't|is it|are we)|how (?:do|does|did|can|could|should) (?:we|you|I|they|it|this)"
    r"|(?:what|where|when|who) (?:do|does|did|is|are) (?:you|we|I|they|it|this|that|the|your)|(?:have|did|do|are|can|could|would) you) "
    r"[^.!?:;,()\"“”\n]{3,90}?[a-z]{3}(?<!asked)(?<! said)(\.)(?=[ ]|$)",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[Hit]:
    """The hits in one segment of prose."""
    for match in _SPACE_BEFORE.finditer(text) if _ANY_SPACE_BEFORE.search(text) else ():
        yield Hit("punctuation_spacing", match.start(), match.end(), (match[2],))
    for match in _DOUBLED_MARK.finditer(text) if _ANY_DOUBLED.search(text) else ():
        group = match.lastindex or 0
        yield Hit("doubled_punctuation", match.start(group), match.end(group), (match[group][0],))
    for match in _NO_SPACE_AFTER.finditer(text) if _ANY_JOINED.search(text) else ():
        group = match.lastindex or 0
        yield Hit(
            "punctuation_spacing",
            match.start(group),
            match.end(),
            (f"{match[group]} {text[match.end(group) : match.end()]}",),
        )
    for match in _LOWER_START.finditer(text) if _ANY_LOWER_START.search(text) else ():
        if _ABBREVIATION.search(text, max(0, match.start() - 12), match.start()) is None:
            yield Hit("sentence_capital", match.start(1), match.end(1), (match[1][:1].upper() + match[1][1:],))
    for match in _TWICE.finditer(text) if _may_repeat(text) else ():
        if len(set(match[1].lower().split())) > 1:
            yield Hit("repeated_phrase", match.start(), match.end(), (match[1],))
    for start in (0, *(match.end() for match in _SENTENCE_END.finditer(text))):
        if question := _QUESTION.match(text, start):
            yield Hit("question_mark", question.start(1), question.end(1), ("?",))
    yield from _unmatched(text)


def _may_repeat(text: str) -> bool:
    """Whether a word stands again two or three words later, which `_TWICE` needs and takes long to see."""
    words = text.lower().split(" ")
    return any(map(str.endswith, words, words[2:])) or any(map(eq, words[1:], words[4:]))


def _unmatched(text: str) -> Iterator[Hit]:
    """A bracket that is opened and never closed, or the reverse, if it is the only one of its text."""
    if ("(" not in text and ")" not in text) or _OBJECT in text:
        return
    open_places: list[int] = []
    stray: list[int] = []
    for place, character in enumerate(text):
        if character == "(":
            if text[place - 1 : place] not in (":", ";", "="):
                open_places.append(place)
        elif character == ")":
            if open_places:
                open_places.pop()
            elif text[place - 1 : place] not in (":", ";", "-", "'", "8") and not re.search(
                r"(?:^|[\s(])(?:\w|[ivx]+|\d+)\Z", text[:place][-6:]
            ):
                stray.append(place)
    if len(open_places) + len(stray) == 1:
        place = (open_places + stray)[0]
        yield Hit("unmatched_bracket", place, place + 1, ())
