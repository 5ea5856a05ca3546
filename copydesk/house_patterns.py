"""The patterns of house styles: written for Go's regexp2 (.NET's dialect), run by the package `regex`.

Look-behind of any length, Unicode classes and flags in the middle of a pattern (`(?i)`) work as Vale's users know them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import regex

_MAX_LENGTH = 200_000
_MAX_EXPANSION = 50_000
"""`regex` writes counted repetitions out: `((a{999}){999}){999}` would take all memory."""

_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]")
# Escapes and counts, as a whole: their letters and digits stand for something else.
_NO_LITERAL = re.compile(
    r"\\(?:x[0-9A-Fa-f]{2}|x\{[^}]*\}|u[0-9A-Fa-f]{4}|[pP](?:\{[^}]*\}|.)|k<[^>]*>|c.|\d{1,3}|.)|\{[\d,]*\}", re.DOTALL
)
_VERBOSE = re.compile(r"\(\?[a-z]*x")
_REPEATS = tuple("?*+{")
_NAMED = re.compile(r"\\k<(\w{1,60})>")
_COUNT = re.compile(r"\{(\d*)(?:,(\d*))?\}")


class BadPattern(ValueError):
    """A pattern that cannot be compiled, with the reason."""


@functools.lru_cache(maxsize=4_096)
def compile_pattern(pattern: str, ignore_case: bool = False) -> Any:
    """The compiled pattern, for `finditer(text, timeout=seconds)`; raises `BadPattern`."""
    if len(pattern) > _MAX_LENGTH:
        raise BadPattern(f"it has over {_MAX_LENGTH:,} characters")
    if _written_out(pattern) > _MAX_EXPANSION:
        raise BadPattern("its repetitions are too many")
    flags = regex.VERSION1 | regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0)
    try:
        # Without full case folding (`ß` for `ss`): .NET has none, and it doubles the time.
        return regex.compile("(?-f)" + _translated(pattern), flags)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise BadPattern(str(error) or type(error).__name__) from None


def joined(rule: Mapping[str, Any]) -> str:
    """The one pattern of a rule of the kinds existence and substitution; a swap's key is the group `swapN`."""
    if rule["kind"] == "substitution":
        tokens = "|".join(f"(?P<swap{n}>{key})" for n, key in enumerate(rule["swap"]))
        return tokens_pattern(tokens, rule)
    raw = "".join(rule.get("raw", ()))
    if not rule.get("tokens"):
        return raw
    tokens = tokens_pattern("|".join(bracketed(token) for token in rule["tokens"]), rule)
    return tokens + raw if rule.get("append") else raw + tokens


@functools.lru_cache(maxsize=20_000)
def literal_of(token: str) -> str:
    """A text in small letters that stands in everything the token matches; empty when none is certain."""
    if _VERBOSE.search(token):  # spaces stand for nothing
        return ""
    runs, run, depth, position = [""], "", 0, 0
    while position < len(token):
        character = token[position]
        if character == "|" and not depth:
            return ""
        passed = _NO_LITERAL.match(token, position)
        if passed:
            position = passed.end() - 1
        elif character == "[":
            end = _CLASS.match(token, position)
            position = end.end() - 1 if end else len(token)
        elif character in "()":
            depth += 1 if character == "(" else -1
        if (
            not depth
            and (character.isalnum() or character in " '-")
            and token[position + 1 : position + 2] not in _REPEATS
        ):
            run += character
        else:
            runs, run = [*runs, run], ""
        position += 1
    return max([*runs, run], key=len).lower()


def tokens_pattern(tokens: str, rule: Mapping[str, Any]) -> str:
    """Alternatives as whole words, or as they are for `nonword`."""
    return f"(?:{tokens})" if rule.get("nonword") else rf"\b(?:{tokens})\b"


def bracketed(token: str) -> str:
    """A token as a group of its own: a flag inside of it ends with it."""
    return f"(?:{token})"


def _written_out(pattern: str) -> int:
    """How many characters a pattern has with its counted repetitions written out; a bound from above."""
    sums = [0]  # of the groups that are open
    last = 0  # of the part that a count would repeat
    position = 0
    while position < len(pattern):
        character = pattern[position]
        step, count = 1, _COUNT.match(pattern, position) if character == "{" else None
        if count:
            step = len(count[0])
            times = max((min(int(n[:9]), 10**9) if len(n) < 10 else 10**9 for n in count.groups() if n), default=1)
            sums[-1] += last * max(0, times - 1)
            last *= max(1, times)
        elif character == "(":
            sums.append(0)
            last = 0
        elif character == ")" and len(sums) > 1:
            last = sums.pop() + 1
            sums[-1] += last
        else:
            step = 2 if character == "\\" else 1
            last = 1
            sums[-1] += 1
        position += step
    return sum(sums)


def _translated(pattern: str) -> str:
    """What means something else to `regex`: inside brackets, `[` and doubled `&&`, `||`, `--`, `~~` are plain in Go."""
    out: list[str] = []
    inside = False
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            named = _NAMED.match(pattern, position) if not inside else None
            out.append(f"(?P={named[1]})" if named else pattern[position : position + 2])
            position += len(named[0]) if named else 2
            continue
        if not inside and character == "[":
            inside = True
            out.append(character)
            position += 1
            if pattern[position : position + 1] == "^":
                out.append("^")
                position += 1
            if pattern[position : position + 1] == "]":  # first in brackets, it is a character
                out.append("\\]")
                position += 1
            continue
        if inside and character == "[" and pattern[position + 1 : position + 2] == ":":
            end = pattern.find(":]", position)
            if end > 0:
                out.append(pattern[position : end + 2])
                position = end + 2
                continue
        if inside and character == "]":
            inside = False
        elif inside and (character == "[" or (character in "&|~-" and pattern[position - 1] == character)):
            out.append("\\")
        out.append(character)
        position += 1
    return "".join(out)
