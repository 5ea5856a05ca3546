# ruff: noqa: SIM905 - tables: a line of words stays one line
"""When a rule of Harper is wrong: guards against the false alarms seen on published posts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_SAID_TWICE_ON_PURPOSE = frozenset(
    (
        "that had very many really so no ha blah bye far long much never ever again wow hey please yes now "
        "knock tut yada hip chop choo there what who is do"
    ).split()
)
_TWICE = re.compile(r"(\w+)[ \t]*\r?\n?[ \t]*(\w+)\Z")
_NO_NOUN = frozenset("as is in of at it if and or are on am".split())
_NEXT_WORD = re.compile(r"\s+([\w.'’+#/-]+)")
# Read letter by letter by some and as a word by others: both articles are in use.
_EITHER_ARTICLE = re.compile(
    r"(?:SQL|FAQ|URL|URI|UUID|SIG\w*|LED|NUL|SAT|RISC|ROM|RAM|FPGA|HTML|UB|UX|LLVM|MVP|NGO|historic\w*|herb\w*|SSO|SEO|LRU|RSS|RFC|ABI|ufw|\w)\Z"
)


_AT_THE_TIME = re.compile(r" (?:the|that|this) (?:time|moment|point|stage)\b")  # the team she worked at at the time


def _twice(text: str, start: int, end: int) -> bool:
    match = _TWICE.match(text, start, end)
    return (
        match is not None
        and match[1].lower() == match[2].lower() not in _SAID_TWICE_ON_PURPOSE
        and not match[1].isdigit()
        and text[start - 1 : start] != "-"  # the `Pre-RFC RFC`
        and not (match[1].istitle() and match[2].istitle())  # Lin Lin is somebody's name
        and not (match[1].lower() == "at" and _AT_THE_TIME.match(text, end))
    )


def _article(text: str, start: int, end: int) -> bool:
    following = _NEXT_WORD.match(text, end)
    if following is None:
        return False
    word = following[1].rstrip(".")
    if word in _NO_NOUN:  # something else is wrong there
        return False
    if word[:2].isupper() and text[start:end].lower() == ("an" if word[0] in "AEFHILMNORSX" else "a"):
        return False  # an MIT licence, a UK site: right when the letters are spelt
    if text[start:end].isupper() and text[start - 1 : start] not in ("", " ", "\n"):
        return False
    return not (
        re.search(r"[\d_./+#]", word)
        or _EITHER_ARTICLE.match(word)
        or (text[start:end] == "A" and start > 0 and text[start - 2 : start - 1].islower())
    )


def _comma(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 12) : start], text[end : end + 12]
    mark = text[start:end]
    if mark.startswith((" ", "\t")):
        return bool(re.search(r"[A-Za-z)]\Z", before)) and bool(re.match(r"\s|\Z|[a-z]", after))
    return bool(re.search(r"(?:^|\s)[A-Za-z]{2,}\Z", before)) and bool(re.match(r"[a-z]{2,}[ .,;:!?\n]", after))


def _ellipsis(text: str, start: int, end: int) -> bool:
    if end - start < 4:  # two dots are a doubled full stop, which a rule of our own reports
        return False
    return (
        bool(re.search(r"[A-Za-z]\Z", text[:start][-1:]))
        and bool(re.match(r"\s|\Z", text[end : end + 1]))
        and "/" not in text[max(0, start - 2) : end + 2]
    )


_NOT_VERBS = frozenset("is are in and or to of the a an as at th from on by does".split())
_AFTER_I = re.compile(r"(?:['’](?:m|ve|ll|d)\b| ([a-z']{2,20})\b)")


def _pronoun_i(text: str, start: int, end: int) -> bool:
    """Not the `i` of a loop or a formula: a word that can be its verb has to follow, and prose to stand before it."""
    after = _AFTER_I.match(text, end)
    if after is None or not re.search(r"(?:^|[a-z,.;!?]{2} |\n)\Z", text[max(0, start - 3) : start]):
        return False
    before = text[max(0, start - 12) : start].split()
    if before and before[-1] in {"for", "index", "variable", "let", "mut", "element", "number", "case", "of"}:
        return False
    return after[1] is None or after[1] not in _NOT_VERBS


def _before_a_noun(text: str, start: int, end: int) -> bool:
    return bool(re.match(r" [a-z]{3,}", text[end : end + 5])) and not re.match(
        r" (?:and|or|but|with|when|if|the|for|because|very)\b", text[end : end + 9]
    )


_PREPOSITIONS = frozenset("on about at for with of to into".split())  # `interested by` is in the dictionaries


def _wrong_preposition(text: str, start: int, end: int) -> bool:
    return text[start:end].lower() in _PREPOSITIONS


def _possessive(text: str, start: int, end: int) -> bool:
    """Not `means it's time` nor `..., it's everyone`: after a comma or before such a word it is `it is`."""
    if re.search(
        r"(?:[,;:.!?(—–-]|\b(?:means|think|because|when|if|and|but|that|so))\s*\Z", text[max(0, start - 12) : start]
    ):
        return False
    return not re.match(r"\s(?:time|everyone|people|all|what|who|just|change|up)\b", text[end : end + 10])


_AFTER_IT_IS = re.compile(
    r"\s(?:an?|the|not|been|going|just|also|worth|likely|important|possible|impossible|hard|easy|good|great|okay|nice|clear"
    r"|because|still|always|never|too|so|very|really|quite|that|what|where|why|how)\b"
)


def _contraction(text: str, start: int, end: int) -> bool:
    return _AFTER_IT_IS.match(text, end) is not None


_WHO_THEN = re.compile(r"\b(?:the|an?|this|that|each|every|our|your|their|his|her) [a-z]+(?:er|or)\s\Z")
_WHAT_THEN = re.compile(
    r"\s(?!(?:this|its|his|hers|ours|yours|theirs|others|us|as|previous\w*|various)\b)[a-z]+(?:s|ed)\b"
)


def _comparison(text: str, start: int, end: int) -> bool:
    """Not `the attacker then publishes`: a person whose noun ends like a comparison, and the verb."""
    return not (_WHO_THEN.search(text, max(0, start - 40), start) and _WHAT_THEN.match(text, end))


def _there(text: str, start: int, end: int) -> bool:
    """Not `their By-Products`: a name that follows is what they have."""
    return not re.match(r"\s[A-Z]", text[end : end + 2])


def _two_modals(text: str, start: int, end: int) -> bool:
    """Not `as clear as you can will help`, where one clause ends between the two."""
    return not re.search(r"\bas (?:\w+ ){1,3}\Z", text[max(0, start - 40) : start])


_GUARDS: Mapping[str, Callable[[str, int, int], bool]] = {
    "OutOfDate": _before_a_noun,
    "InterestedIn": _wrong_preposition,
    "ItsContraction": _contraction,
    "ItsPossessive": _possessive,
    "RepeatedWords": _twice,
    "AnA": _article,
    "ThenThan": _comparison,
    "TheirToThere": _there,
    "DoubleModal": _two_modals,
    "CommaFixes": _comma,
    "EllipsisLength": _ellipsis,
    "CapitalizePersonalPronouns": _pronoun_i,
}


def is_true(name: str, text: str, start: int, end: int) -> bool:
    """Whether a finding of Harper's rule `name` on `text[start:end]` is to be believed."""
    guard = _GUARDS.get(name)
    return guard is None or guard(text, start, end)
