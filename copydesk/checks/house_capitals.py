"""Title case, sentence case and the like, for the rules `capitalization` of a house style."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from copydesk.prose import OBJECT

_TOKEN = re.compile(r"[^\s\u2013\u2014/()\[\]\"“”‘]+")
_EDGES = ".,:;!?'’*_"
# Articles, conjunctions and prepositions that both books write small inside a title; AP writes those of four letters
# and more large, Chicago all prepositions small.
_SMALL = frozenset("a an and as at but by for if in nor of off on or per so than the to up via vs yet".split())  # noqa: SIM905
_SMALL_IN_CHICAGO = _SMALL | {"about", "above", "after", "between", "from", "into", "over", "through", "under", "with"}
_MOST = 0.8  # share of the words that must fit; Vale's default, since names are not known


def capital_words(text: str, rule: Mapping[str, Any], excepted: Callable[[int, int], bool]) -> bool:
    """Whether a text is written as `match` says (`$title`, `$sentence`, `$lower`, `$upper`).

    `excepted` says of a range of the text whether it is right as it is. Raises `KeyError` for another `match`.
    """
    tokens = [(m.group(), m.start()) for m in _TOKEN.finditer(text)]
    words = [(t.strip(_EDGES), start + len(t) - len(t.lstrip(_EDGES))) for t, start in tokens]
    words = [(w, start) for w, start in words if any(c.isalpha() for c in w) and OBJECT not in w]
    if not words:
        return True
    indicators = tuple(rule.get("indicators", ()))
    small = _SMALL_IN_CHICAGO if rule.get("style") == "Chicago" else _SMALL
    threshold = float(rule.get("threshold", _MOST))
    fitting = 0
    for index, (word, start) in enumerate(words):
        before = text[:start].rstrip()
        first = index == 0
        begins = first or before.endswith(indicators or ("\0",))
        fits = _FITS[rule["match"]](word, begins, begins or index == len(words) - 1, small)
        fits = fits or excepted(start, start + len(word))
        if first and not fits:
            return False
        fitting += fits
    needed = 1.0 if rule["match"] in ("$lower", "$upper") else threshold
    return fitting / len(words) >= needed


def _title(word: str, begins: bool, outer: bool, small: frozenset[str]) -> bool:
    if word.lower() in small:
        return word[0].isupper() if outer else True
    return not word[0].islower() or _is_name(word)


def _sentence(word: str, begins: bool, outer: bool, small: frozenset[str]) -> bool:
    head = word.split("-")[0] or word
    if _is_name(head) or word == word.upper():
        return True
    return not head[0].islower() if begins else head == head.lower() or head == "I" or head.startswith("I'")


def _is_name(word: str) -> bool:
    """Names such as GitHub, iPhone or v2 are written as they are."""
    return any(c.isupper() for c in word[1:]) or any(c.isdigit() for c in word)


_FITS: dict[str, Callable[[str, bool, bool, frozenset[str]], bool]] = {
    "$title": _title,
    "$sentence": _sentence,
    "$lower": lambda word, begins, outer, small: word == word.lower(),
    "$upper": lambda word, begins, outer, small: word == word.upper(),
}
