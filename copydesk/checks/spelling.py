"""The step `spelling`: misspellings that are known as such, never words that a dictionary does not know.

The program `typos` is asked once for all words of a chunk of posts. A full dictionary is right in 9 % of its findings
on technical posts; the list of known misspellings in 79 %.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.checks.outside_program import run_program
from copydesk.checks.rejected_words import rejected_words
from copydesk.checks.spelling_rules import ACCEPTED, MISSPELLED
from copydesk.checks.spelling_rules import RULES as RULES
from copydesk.priority import Priority
from copydesk.report import Finding
from copydesk.source_map import Span
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.post import Post

STEP = Step(
    name="spelling",
    version="2",
    description="Known misspellings in the body, the title and the description.",
    check="copydesk.checks.spelling:check",
    batch=True,
    chunk_posts=64,
    english_only=True,
    rules="copydesk.checks.spelling:RULES",
    priority=Priority.HIGH,
)

_TYPO, _TITLE_TYPO = (
    next(rule for rule in RULES if rule.id == name) for name in ("spelling.typo", "spelling.title_typo")
)

# Lower case only: names and abbreviations are nobody's business. Nothing that touches a path, a flag or an identifier.
_BODY_WORD = re.compile(r"(?<![\w./@#:\\$&%+=~^<-])[a-z]{4,40}(?![\w/@#\\=^(’']|[.:-]\w)")
# At the start of a sentence a capital says nothing.
_FIRST_WORD = re.compile(r"(?:^|(?<=[a-z][.!?] ))[ \t]*([A-Z][a-z]{3,40})(?= [a-z]|, )", re.MULTILINE)
_FIELD_WORD = re.compile(r"(?<![\w./@#:\\$&%+=~^<-])[A-Z]?[a-z]{3,40}(?![\w/@#\\=^(’']|[.:-]\w)")
_HALF_EMPHASISED = re.compile(r"\w[*_]{1,3}\Z")  # the `irectory` of `**d**irectory`
_ANY_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    span: Span
    in_title: bool


def check(posts: Sequence[Post], context: StepContext) -> list[list[Finding]]:
    """For each post its findings, by place.

    The option `locale` (`en-us`, `en-gb`, `en-au`, `en-ca`) asks for one spelling of English; without it all are
    accepted. Raises `ToolMissing` when `typos` cannot be used.
    """
    asked = [_spellings(post) for post in posts]
    wrong = _ask_typos(set().union(*asked), str(context.options.get("locale", "")))
    vocabulary = {word.lower() for word in context.vocabulary}
    return [
        [
            # Nearly every post has no misspelling: only then is a place worth looking for.
            *(_findings(post, wrong, vocabulary, context) if not wrong.keys().isdisjoint(words) else ()),
            *rejected_words(post, context.rejected),
        ]
        for post, words in zip(posts, asked, strict=True)
    ]


def _spellings(post: Post) -> set[str]:
    """The words of a post to ask about, in lower case; where they stand is asked of those that are wrong."""
    fields = (s.text for s in post.segments if s.kind in ("title", "description"))
    found = {word.lower() for text in fields for word in _FIELD_WORD.findall(text) if len(word) >= 4}
    found.update(_BODY_WORD.findall(post.masked))
    found.update(word.lower() for word in _FIRST_WORD.findall(post.masked))
    return found


def _words(post: Post, wrong: Container[str]) -> Iterator[_Word]:
    for segment in post.segments:
        if segment.kind in ("title", "description"):
            for match in _FIELD_WORD.finditer(segment.text):
                if len(match[0]) >= 4 and match[0].lower() in wrong:
                    yield _Word(match[0], segment.to_source(*match.span()), segment.kind == "title")
    for match in _BODY_WORD.finditer(post.masked):
        if match[0] in wrong and not _HALF_EMPHASISED.search(post.text, max(0, match.start() - 4), match.start()):
            yield _Word(match[0], Span(*match.span()), False)
    for match in _FIRST_WORD.finditer(post.masked):
        if match[1].lower() in wrong:
            yield _Word(match[1], Span(*match.span(1)), False)


def _ask_typos(words: Iterable[str], locale: str) -> dict[str, tuple[str, ...]]:
    """Misspelt words with what they should be. One word a line, so that its line says which one it is."""
    asked = sorted(word for word in words if word not in ACCEPTED)
    wrong = {word: MISSPELLED[word] for word in asked if word in MISSPELLED}
    if not asked:
        return wrong
    options = ["--locale", locale] if locale else []
    # 2: there are misspellings. `--isolated`: no `typos.toml` of the folder that the review happens to run in.
    printed = run_program(
        "typos", ["--isolated", "--format", "json", *options, "-"], "\n".join(asked) + "\n", finished=(0, 2)
    )
    for line in printed.splitlines():
        answer = json.loads(line)
        if answer.get("type") == "typo" and answer["typo"] == (word := asked[answer["line_num"] - 1]):
            wrong.setdefault(word, tuple(answer["corrections"]))
    return wrong


def _findings(
    post: Post, wrong: dict[str, tuple[str, ...]], vocabulary: set[str], context: StepContext
) -> Iterator[Finding]:
    suspects = [word for word in _words(post, wrong) if word.text.lower() not in vocabulary]
    if not suspects:
        return
    accepted = _words_of_code(post) | _names(post, context)
    for word in suspects:
        # A word of the title that the body writes with a capital too is a name.
        if word.text.lower() in accepted or (word.text[0].isupper() and _occurs(word, post)):
            continue
        rule = _TITLE_TYPO if word.in_title else _TYPO
        capital = word.text[0].isupper()
        right = tuple(w[:1].upper() + w[1:] if capital else w for w in wrong[word.text.lower()])[:3]
        message = (
            f"'{word.text}' is misspelt: " + " or ".join(f"'{w}'" for w in right) + "."
            if right
            else f"'{word.text}' is misspelt."
        )
        yield post.finding(rule.id, rule.severity, word.span.start, word.span.end, message, right)


def _occurs(word: _Word, post: Post) -> bool:
    """Whether the word stands with its capital at another place of the body."""
    places = (match.start() for match in re.finditer(rf"\b{word.text}\b", post.text))
    return any(place >= post.body.start and place != word.span.start for place in places)


def _words_of_code(post: Post) -> set[str]:
    """What the post uses as code is right as it is, in prose too."""
    contents = [token.content for token in post.tokens if token.type in ("fence", "code_block")]
    contents += [
        child.content for token in post.tokens for child in token.children or () if child.type == "code_inline"
    ]
    return {word.lower() for content in contents for word in _ANY_WORD.findall(content)}


def _names(post: Post, context: StepContext) -> set[str]:
    value = post.value("author", context.keys)
    return {word.lower() for word in _ANY_WORD.findall(json.dumps(value, ensure_ascii=False))} if value else set()
