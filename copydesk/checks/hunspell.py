"""Spelling with Hunspell's dictionaries, for any language, where the team names one.

Runs where the workflow lists it, with `with: {dictionaries: {de: dictionaries/de_DE}}`: a path without `.aff` and
`.dic` for each language. Posts in other languages are skipped, and the report says so. Needs `copydesk[hunspell]`.

A dictionary knows neither names nor jargon, so that a word is reported only when it is written small (or in German,
whose nouns are not), is no word of the post's code or authors, and does not stand in the post again and again.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copydesk.errors import ToolMissing, UsageError
from copydesk.report import Finding, Severity, StepResult, StepStatus
from copydesk.rules import Example, Rule
from copydesk.site_index import open_file
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.post import Post

__all__ = ["RULES", "STEP", "check", "prepare"]

STEP = Step(
    name="hunspell",
    version="1",
    description="Spelling with the Hunspell dictionaries that the team names, in any language.",
    check="copydesk.checks.hunspell:check",
    prepare="copydesk.checks.hunspell:prepare",
    rules="copydesk.checks.hunspell:RULES",
    # A dictionary of a language with long words takes a second or two to load, once a child.
    post_timeout_seconds=30.0,
)

_WORDS = {"words.aff": "SET UTF-8\n", "words.dic": "9\nthe\nharbor\nis\nbusy\nit\nfroze\nwe\nsay\nthat\n"}
_EN = {"dictionaries": {"en": "words", "und": "words"}}

RULES = (
    Rule(
        id="hunspell.unknown_word",
        severity=Severity.SUGGESTION,
        summary="A word that the dictionary of the post's language does not have.",
        reason="It may be misspelt. A dictionary knows no names and no jargon: teach it words with `vocabulary`.",
        source="Hunspell, with the dictionary that the team names",
        flagged=(
            Example(text="The harbr is busy.\n", files=_WORDS, options=_EN, match="harbr"),
            Example(text="---\ntitle: The harbor frooze\n---\nIt is.\n", files=_WORDS, options=_EN, match="frooze"),
        ),
        passes=(
            Example(text="The harbor is busy.\n", files=_WORDS, options=_EN),
            Example(text="The Harbr is busy: it is v2, say `harbr`.\n", files=_WORDS, options=_EN),
            Example(text="The `kwop` is busy: we say kwop.\n", files=_WORDS, options=_EN),
            Example(text="The blarg is busy, blarg, we say that blarg is.\n", files=_WORDS, options=_EN),
        ),
    ),
)

_WORD = re.compile(r"(?<![\w@#/.\\-])[^\W\d_]+(?:['’][^\W\d_]+)*(?![\w@/\\]|\.\w)")
_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MIN_LENGTH = 3
_TERM = 3  # what a post says so often it means
_MAX_FINDINGS = 100
_WITH_SUGGESTIONS = 25  # looking for them costs some milliseconds a word
_MAX_BYTES = 50_000_000
_CAPITAL_NOUNS = frozenset({"de", "lb"})


def prepare(options: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The dictionaries with their full paths and the print of their content. Raises `UsageError`."""
    given = options.get("dictionaries")
    if set(options) - {"dictionaries"} or not isinstance(given, dict) or not given:
        raise UsageError("hunspell: name dictionaries, as in `with: {dictionaries: {de: dictionaries/de_DE}}`.")
    if importlib.util.find_spec("hunspell") is None:
        raise UsageError("hunspell: the package chunspell is missing: install copydesk with the extra `hunspell`.")
    found = {}
    for language, name in given.items():
        if not isinstance(name, str) or not re.fullmatch(r"[a-z]{2,3}", str(language)):
            raise UsageError(
                f"hunspell: {language}: give a language as two or three letters and a path, as in `de: de_DE`."
            )
        base = (folder / re.sub(r"\.(?:aff|dic)$", "", name)).resolve()
        digest = hashlib.sha256()
        for ending in (".aff", ".dic"):
            try:
                with open_file(f"{base}{ending}") as stream:
                    data = stream.read(_MAX_BYTES + 1)
            except (OSError, ValueError):
                raise UsageError(f"hunspell: there is no dictionary file {str(base) + ending!r}.") from None
            if len(data) > _MAX_BYTES:
                raise UsageError(f"hunspell: the dictionary {str(base) + ending!r} is too large.")
            digest.update(data)
        found[str(language)] = {"path": str(base), "digest": digest.hexdigest()[:16]}
    return {"dictionaries": found}


def check(post: Post, context: StepContext) -> StepResult:
    """The words that the dictionary does not have, each once. Skipped for a language without one."""
    dictionary = context.options["dictionaries"].get(post.language)
    if dictionary is None:
        known = ", ".join(sorted(context.options["dictionaries"]))
        return StepResult(status=StepStatus.SKIPPED, reason=f"there is a dictionary for {known}, not for this language")
    return StepResult(findings=tuple(_unknown(post, context, _load(dictionary["path"], dictionary["digest"]))))


def _unknown(post: Post, context: StepContext, dictionary: Any) -> Iterator[Finding]:
    places: dict[str, tuple[int, int]] = {}
    counts: Counter[str] = Counter()
    nouns = post.language in _CAPITAL_NOUNS
    for segment in post.segments:
        for match in _WORD.finditer(segment.text):
            word = match[0]
            counts[word.casefold()] += 1
            if len(word) >= _MIN_LENGTH and (word.islower() or (nouns and word[1:].islower())) and word not in places:
                span = segment.to_source(*match.span())
                places[word] = (span.start, span.end)
    accepted = _accepted(post, context)
    count = 0
    for word, (start, end) in sorted(places.items(), key=lambda place: place[1]):
        folded = word.casefold()
        if counts[folded] >= _TERM or folded in accepted or post.text[start:end] != word or _knows(dictionary, word):
            continue
        count += 1
        if count > _MAX_FINDINGS:
            return
        suggestions = _suggestions(dictionary, word) if count <= _WITH_SUGGESTIONS else []
        message = f"The dictionary does not have '{word}'."
        yield post.finding("hunspell.unknown_word", Severity.SUGGESTION, start, end, message, suggestions)


def _accepted(post: Post, context: StepContext) -> set[str]:
    """The team's words, and those of the post's code, addresses and authors."""
    texts = [*context.vocabulary, *(post.text[b.start : b.end] for b in post.blanks if b.start >= post.body.start)]
    author = post.field("author", context.keys)
    texts += [author.value] if author else []
    return {word.casefold() for text in texts for word in _PART.findall(text)}


def _knows(dictionary: Any, word: str) -> bool:
    plain = word.replace("’", "'")
    try:
        return bool(dictionary.spell(plain)) or bool(dictionary.spell(plain.capitalize()))
    except UnicodeEncodeError:  # letters that its encoding does not have: it cannot tell
        return True


def _suggestions(dictionary: Any, word: str) -> list[str]:
    return [str(s) for s in dictionary.suggest(word.replace("’", "'"))[:3]]


@functools.lru_cache(maxsize=4)
def _load(path: str, digest: str) -> Any:
    """A dictionary; `digest` is that of its content. Raises `ToolMissing`."""
    try:
        from hunspell import Hunspell

        return Hunspell(Path(path).name, hunspell_data_dir=str(Path(path).parent), system_encoding="UTF-8")
    except Exception as error:
        raise ToolMissing(f"the dictionary {path} cannot be used: {type(error).__name__}: {error}") from error
