"""Measures of a text: syllables, Flesch reading ease, passive sentences, reading time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from copydesk.checks.style_words import ADJECTIVES, PARTICIPLES

WORDS_PER_MINUTE = 238
"""How fast adults read English silently (Brysbaert 2019, a meta-analysis of 190 studies)."""

_VOWELS = re.compile(r"[aeiouy]+")
# Vowels beside each other that are spoken apart: mater-i-al, var-i-ous, cl-i-ent, sit-u-ation ...
_TWO_IN_A_ROW = re.compile(
    r"(?<![ctgs])ia|(?<![ctgsxl])io(?!n)|(?<![ctsg])(?<!fr)ie(?=[nt])|scien|ciet|(?<![qg])ua(?!r)|[^gq]uou|iu"
    r"|eo(?![unp])|idea|area|creat|react|poe[mt]|ying$|being$"
)
_SILENT_ED = re.compile(r"(?:[^aeiouytdl]|[aeiouy]l)ed$")
_SILENT_ES = re.compile(r"(?:[^aeiouycgsxzhl]|[aeiouy]l|[^cs]h)es$")
_FINAL_E = re.compile(r"[^aeiouyl]e$|[aeiouy]le$")
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "am", "isn't", "aren't", "wasn't", "weren't"})
_BETWEEN = frozenset(
    {"not", "also", "still", "then", "now", "often", "always", "never", "already", "only", "just", "all"}
)


def flesch_reading_ease(sentences: int, words: int, syllables: float) -> float:
    """Flesch's formula (1948): 60 to 70 is plain English, higher is easier. 0 for an empty text."""
    if not sentences or not words:
        return 0.0
    return 206.835 - 1.015 * words / sentences - 84.6 * syllables / words


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """About how many syllables an English word has; at least one."""
    word = word.lower().replace("’", "'").partition("'")[0]
    if not word:
        return 1
    if "-" in word:
        return sum(syllables(part) for part in word.split("-") if part)
    count = len(_VOWELS.findall(word)) + len(_TWO_IN_A_ROW.findall(word))
    if len(word) > 3 and (_SILENT_ED.search(word) or _SILENT_ES.search(word) or _FINAL_E.search(word)):
        count -= 1
    if word.endswith(("sm", "thm")):
        count += 1
    return max(1, count)


def passive(words: Sequence[str]) -> tuple[int, int] | None:
    """The first form of `to be` with a past participle: indices of both words; None for an active sentence."""
    lowered = " ".join(words).lower().replace("’", "'").split(" ")
    if _BE.isdisjoint(lowered):
        return None
    for index, word in enumerate(lowered):
        if word not in _BE:
            continue
        for after in range(index + 1, min(index + 4, len(words))):
            candidate = lowered[after]
            if candidate in PARTICIPLES or (
                candidate.endswith("ed") and len(candidate) > 4 and not candidate.endswith("eed")
            ):
                if candidate in ADJECTIVES:
                    break
                return index, after
            if not (candidate in _BETWEEN or candidate.endswith("ly") or candidate == "being"):
                break
    return None
