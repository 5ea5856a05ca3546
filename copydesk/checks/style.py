"""How a post reads: long sentences, passive voice, worn phrases. For English posts; nothing here is ever an error.

Measures: `words`, `sentences`, `reading_minutes`, and where the post has ten sentences or more `reading_ease` (Flesch),
`passive_share` and `long_sentence_share` (0 to 1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from copydesk.checks.readability import WORDS_PER_MINUTE, flesch_reading_ease, passive, syllables
from copydesk.checks.style_rules import RULES
from copydesk.checks.style_words import CLICHES, FILLER, INCLUSIVE, INCLUSIVE_PAIR, WEAK, WORDY
from copydesk.report import Finding, StepResult
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.post import Post
    from copydesk.prose import Segment, Sentence

__all__ = ["LIMITS", "RULES", "STEP", "check"]

STEP = Step(
    name="style",
    version="2",
    description="Readability, passive voice, wordy and worn phrases, inclusive words.",
    check="copydesk.checks.style:check",
    rules="copydesk.checks.style:RULES",
    english_only=True,
)

LIMITS = {
    "style.long_sentence": 60,  # words
    "style.long_sentences": 60,  # percent of sentences with over 20 words
    "style.passive": 30,  # percent of sentences
    "style.readability": 30,  # Flesch reading ease
    "style.long_paragraph": 150,  # words
    "style.long_section": 1_000,  # words
    "style.long_heading": 15,  # words
    "style.repeated_start": 4,  # sentences
    "style.weak_words": 5,  # in 1,000 words
}
"""Limits that `thresholds` of the workflow file may replace: 95 of 100 published posts keep within them."""

_SEVERITY = {rule.id: rule.severity for rule in RULES}
_LONG_SENTENCE = 20  # words; Yoast SEO
_ENOUGH_SENTENCES = 10  # a share of fewer says nothing
_MIN_WEAK_WORDS = 5
_TEXT = frozenset({"paragraph", "list_item", "quote", "footnote"})
_WITH_PHRASES = _TEXT | {"title", "description", "heading"}
_BLOCK_TAG = re.compile(r"</?(?:td|th|tr|li|p|div|br)\b", re.IGNORECASE)
_HTML_HEADING = re.compile(r"<(?:h[1-6]|summary)\b", re.IGNORECASE)


def check(post: Post, context: StepContext) -> StepResult:
    """Findings and measures of the prose of an English post."""
    limits = {**LIMITS, **context.thresholds}
    sentences = [(s, s.words) for s in post.sentences]
    sentences = [(s, words) for s, words in sentences if words]
    measures = _measures(post, sentences, sum(passive(words) is not None for _, words in sentences))
    findings = [
        *_of_the_whole(post, measures, limits),
        *_long_sentences(post, sentences, limits["style.long_sentence"]),
        *_long_blocks(post, limits),
        *_repeated_starts(post, sentences, int(limits["style.repeated_start"])),
        *_weak_words(post, sentences, limits["style.weak_words"]),
        *_phrases(post),
    ]
    accepted = {word.casefold() for word in context.vocabulary}
    kept = (f for f in findings if f.match.casefold() not in accepted)
    return StepResult(findings=tuple(sorted(kept, key=lambda f: (f.line, f.column, f.check))), measures=measures)


def _measures(
    post: Post, sentences: Sequence[tuple[Sentence, Sequence[str]]], passive_sentences: int
) -> dict[str, float]:
    measures: dict[str, float] = {
        "words": post.words,
        "sentences": len(sentences),
        "reading_minutes": round(post.words / WORDS_PER_MINUTE, 1),
    }
    if len(sentences) >= _ENOUGH_SENTENCES:
        total = sum(len(ws) for _, ws in sentences)
        # OpenTelemetry and HTTP are names: whoever reads the post knows them, however long they are.
        ordinary = [w for _, ws in sentences for w in ws if w.isalpha() and (w[1:].islower() or len(w) == 1)]
        a_word = sum(map(syllables, ordinary)) / max(1, len(ordinary))
        measures["reading_ease"] = round(flesch_reading_ease(len(sentences), total, a_word * total), 1)
        measures["passive_share"] = round(passive_sentences / len(sentences), 3)
        long = sum(len(ws) > _LONG_SENTENCE for _, ws in sentences)
        measures["long_sentence_share"] = round(long / len(sentences), 3)
    return measures


def _of_the_whole(post: Post, measures: dict[str, float], limits: dict[str, float]) -> Iterator[Finding]:
    if "reading_ease" not in measures:
        return
    share = measures["long_sentence_share"] * 100
    if share > limits["style.long_sentences"]:
        message = f"{share:.0f} % of the sentences have over {_LONG_SENTENCE} words. Cut some of them in two."
        yield _whole(post, "style.long_sentences", message)
    share = measures["passive_share"] * 100
    if share > limits["style.passive"]:
        yield _whole(post, "style.passive", f"{share:.0f} % of the sentences are passive. Say who does what.")
    ease = measures["reading_ease"]
    if ease < limits["style.readability"]:
        message = f"The Flesch reading ease is {ease:.0f} (plain English: 60 to 70). Use shorter words and sentences."
        yield _whole(post, "style.readability", message)


def _long_sentences(post: Post, sentences: Sequence[tuple[Sentence, Sequence[str]]], limit: float) -> Iterator[Finding]:
    for sentence, words in sentences:
        if len(words) > limit and _is_prose(sentence.text, words):
            span = sentence.span
            if _BLOCK_TAG.search(post.text, span.start, span.end):
                continue
            message = f"This sentence has {len(words)} words. Readers follow shorter ones more easily."
            yield post.finding("style.long_sentence", _SEVERITY["style.long_sentence"], span.start, span.end, message)


def _is_prose(text: str, words: Sequence[str]) -> bool:
    """False without a full stop (a list in a line, something not cut right) and for lists of names (thanks to ...)."""
    names = sum(word[0].isupper() for word in words)
    return text.rstrip("\"'”’)*_").endswith((".", "!", "?", ":")) and names < 0.4 * len(words)


def _long_blocks(post: Post, limits: dict[str, float]) -> Iterator[Finding]:
    section: list[Segment] = []
    words = 0
    for segment in (*post.segments, None):
        if segment is None or segment.kind == "heading":
            if words > limits["style.long_section"] and not _HTML_HEADING.search(
                post.text, section[0].span.start, section[-1].span.end
            ):
                span = section[0].span
                message = f"{words} words without a heading. Headings help those who look for one thing."
                yield post.finding("style.long_section", _SEVERITY["style.long_section"], span.start, span.end, message)
            section, words = [], 0
            if segment is not None and len(segment.words) > limits["style.long_heading"]:
                span = segment.span
                message = f"This heading has {len(segment.words)} words."
                yield post.finding("style.long_heading", _SEVERITY["style.long_heading"], span.start, span.end, message)
        elif segment.kind in _TEXT:
            section.append(segment)
            words += len(segment.words)
            if segment.kind == "paragraph" and len(segment.words) > limits["style.long_paragraph"]:
                span = segment.span
                if _BLOCK_TAG.search(post.text, span.start, span.end):
                    continue
                message = f"This paragraph has {len(segment.words)} words. Break it where the thought changes."
                check_id = "style.long_paragraph"
                yield post.finding(check_id, _SEVERITY[check_id], span.start, span.end, message)


def _repeated_starts(post: Post, sentences: Sequence[tuple[Sentence, Sequence[str]]], limit: int) -> Iterator[Finding]:
    paragraphs = (s for s in sentences if s[0].segment.kind == "paragraph")
    for _, group in groupby(paragraphs, key=lambda s: id(s[0].segment)):
        for word, run in groupby(group, key=lambda s: s[1][0].casefold()):
            same = list(run)
            if len(same) < max(2, limit) or not word.isalpha():
                continue
            last, words = same[-1]
            start = last.text.find(words[0])
            span = last.to_source(start, start + len(words[0]))
            message = f"{len(same)} sentences in a row begin with '{words[0]}'."
            yield post.finding("style.repeated_start", _SEVERITY["style.repeated_start"], span.start, span.end, message)


def _weak_words(post: Post, sentences: Sequence[tuple[Sentence, Sequence[str]]], limit: float) -> Iterator[Finding]:
    weak = [(s, w) for s, words in sentences for w in words if w.lower() in WEAK]
    total = sum(len(words) for _, words in sentences)
    if len(weak) < _MIN_WEAK_WORDS or len(weak) * 1_000 / total <= limit:
        return
    sentence, word = weak[0]
    match = re.search(rf"\b{re.escape(word)}\b", sentence.text)
    assert match is not None
    span = sentence.to_source(*match.span())
    names = ", ".join(sorted({w.lower() for _, w in weak}))
    message = f"{len(weak)} words of this post weaken more than they strengthen ({names}). Most can go."
    yield post.finding("style.weak_words", _SEVERITY["style.weak_words"], span.start, span.end, message)


@cache
def _phrase_pattern() -> re.Pattern[str]:
    phrases = sorted({*WORDY, *FILLER, *CLICHES, *INCLUSIVE, *INCLUSIVE_PAIR, "slaves"}, key=len, reverse=True)
    # By their first letters: at most places none fits, which is seen after a few comparisons instead of hundreds.
    by_letter: dict[str, list[str]] = {}
    for phrase in phrases:
        by_letter.setdefault(phrase[0], []).append(re.escape(phrase[1:]))
    choices = (f"{re.escape(letter)}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())
    return re.compile(rf"(?<![\w-])(?:{'|'.join(choices)})(?![\w-])")


def _phrases(post: Post) -> Iterator[Finding]:
    pair: list[tuple[Segment, int, int]] = []
    for segment in post.segments:
        if segment.kind not in _WITH_PHRASES:
            continue
        text = segment.text.lower().replace("’", "'")
        if len(text) != len(segment.text):  # a letter whose lower case is two characters: places would be off
            text = segment.text
        for match in _phrase_pattern().finditer(text):
            phrase = match[0]
            if phrase in INCLUSIVE_PAIR or phrase == "slaves":
                pair.append((segment, *match.span()))
                continue
            if _is_name(segment.text, match.start()):
                continue
            span = segment.to_source(*match.span())
            if "[" not in post.text[span.start : span.end]:  # a link in the middle: nothing to put in its place
                yield _phrase(post, segment, match.start(), match.end(), phrase)
    texts = {segment.text[start:end].lower() for segment, start, end in pair}
    if "master" in texts and texts & {"slave", "slaves"}:
        for segment, start, end in pair:
            if segment.text[start].lower() == "s":
                span = segment.to_source(start, end)
                message = "Say primary and replica, or leader and follower, for master and slave."
                yield post.finding("style.inclusive", _SEVERITY["style.inclusive"], span.start, span.end, message)


def _is_name(text: str, start: int) -> bool:
    """Whether a phrase has capitals inside a sentence, as names and titles do (Deputy Chairman, No Silver Bullet)."""
    before = text[max(0, start - 20) : start].rstrip(" \"'“‘(*_")
    return text[start].isupper() and before[-1:].isalnum()


def _phrase(post: Post, segment: Segment, start: int, end: int, phrase: str) -> Finding:
    span = segment.to_source(start, end)
    written = segment.text[start:end]
    suggestions: list[str] = []
    if phrase in WORDY:
        check_id, short = "style.wordy", WORDY[phrase]
        message = f"'{written}' can go." if not short else f"'{short}' says the same as '{written}'."
        suggestions = [_as_written(short, written)] if short else []
    elif phrase in INCLUSIVE:
        check_id, message = "style.inclusive", f"'{written}' shuts readers out; there are clearer words."
        suggestions = [_as_written(s, written) for s in INCLUSIVE[phrase]]
    elif phrase in CLICHES:
        check_id, message = "style.cliche", f"'{written}' is worn. Say what you mean in your own words."
    else:
        check_id, message = "style.filler", f"'{written}' says nothing, or tells readers how they should feel."
    return post.finding(check_id, _SEVERITY[check_id], span.start, span.end, message, suggestions)


def _as_written(replacement: str, written: str) -> str:
    return replacement[:1].upper() + replacement[1:] if written[:1].isupper() else replacement


def _whole(post: Post, check_id: str, message: str) -> Finding:
    return post.finding(check_id, _SEVERITY[check_id], 0, 0, message)
