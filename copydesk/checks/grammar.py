"""The step `grammar`: Harper with the rules that pay their way, and our own patterns for what it does not know."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from copydesk.checks import grammar_marks
from copydesk.checks.grammar_guards import is_true
from copydesk.checks.grammar_harper_rules import HARPER_RULES
from copydesk.checks.grammar_own_rules import OWN_RULES, patterns
from copydesk.checks.grammar_patterns import Matcher
from copydesk.checks.grammar_rules import RULES as RULES
from copydesk.errors import ToolMissing
from copydesk.priority import Priority
from copydesk.report import Finding
from copydesk.source_map import Span
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.post import Post
    from copydesk.prose import Segment

STEP = Step(
    name="grammar",
    version="2",
    description="Grammar of English prose: agreement, articles, verb forms, homophones, punctuation.",
    check="copydesk.checks.grammar:check",
    english_only=True,
    rules="copydesk.checks.grammar:RULES",
    priority=Priority.HIGH,
    chunk_posts=16,
)

# Harper looks at none of these by itself; each is linted as a text of its own.
_APART = frozenset({"title", "description", "alt"})
# Headings and titles are no sentences: they drop articles and verbs, and capitals are their author's.
_HEADLINES = frozenset({"title", "heading", "alt", "table_cell"})
_SENTENCE_RULES = frozenset(
    {
        "sentence_capital",
        "question_mark",
        "missing_comma",
        "missing_word",
        "article",
        "unmatched_bracket",
        "noun_number",
        "punctuation_spacing",
    }
)
# Marks count only where they stand side by side in the file too, with no markup between them.
_AS_WRITTEN = frozenset({"punctuation_spacing", "doubled_punctuation", "sentence_capital", "unmatched_bracket"})
# What is off by default gives way to what is on at the same place.
_OFF = frozenset(rule.id for rule in RULES if not rule.enabled)
_GAP = "\n\n"
_SHOWN = 60  # characters of a text that a message repeats


def check(post: Post, context: StepContext) -> Iterator[Finding]:
    """Findings of grammar in the body, the title, the description and the alt texts, by place.

    Raises `ToolMissing` when harper-py cannot be used.
    """
    accepted = {word.lower() for word in context.vocabulary}
    taken: list[Span] = []
    found: list[Finding] = []
    for finding, span in sorted((*_by_harper(post), *_by_patterns(post)), key=_is_off):
        if finding.match.lower() in accepted or any(
            span.start < other.end and other.start < span.end for other in taken
        ):
            continue
        taken.append(span)
        found.append(finding)
    yield from sorted(found, key=lambda f: (f.line, f.column, f.check))


def _is_off(found: tuple[Finding, Span]) -> bool:
    return found[0].check in _OFF


def _by_harper(post: Post) -> Iterator[tuple[Finding, Span]]:
    body = post.harper
    yield from _lint(post, body.text, body.to_source, "markdown")
    apart = [segment for segment in post.segments if segment.kind in _APART and segment.text.strip()]
    if apart:
        # In one text, a paragraph each: Harper's rules stay within a sentence, and each call has a price.
        starts = [0, *itertools.accumulate(len(segment.text) + len(_GAP) for segment in apart)]

        def to_source(start: int, end: int) -> Span:
            index = bisect_right(starts, start) - 1
            segment, offset = apart[index], starts[index]
            return segment.to_source(start - offset, min(end - offset, len(segment.text)))

        yield from _lint(post, _GAP.join(segment.text for segment in apart), to_source, "plaintext")


def _lint(post: Post, text: str, to_source: Any, language: str) -> Iterator[tuple[Finding, Span]]:
    if not text.strip():
        return
    for name, lints in _linter().organized_lints(text, language=language).items():
        for lint in lints:
            start, end = lint.span.start, lint.span.end
            if not is_true(name, text, start, end):
                continue
            rule = HARPER_RULES[name]
            span = to_source(start, end)
            if not _is_whole(post.text, span, text, start, end):
                continue
            suggestions = tuple(s.replacement_text for s in lint.suggestions if s.replacement_text)[:3]
            message = rule.summary.rstrip(".").replace("`", "'")
            yield (
                post.finding(rule.id, rule.severity, span.start, span.end, _advice(message, suggestions), suggestions),
                span,
            )


_WORD_AFTER = re.compile(r"\s*[^\s]{1,20}")


def _is_whole(source: str, span: Span, text: str, start: int, end: int) -> bool:
    """Whether nothing was deleted from the file within the range or before the next word: `a <code>x</code> is`."""
    if source[span.start : span.end].split() != text[start:end].split():
        return False
    after = _WORD_AFTER.match(text, end)
    return after is None or "".join(source[span.end : span.end + len(after[0]) + 8].split()).startswith(
        "".join(after[0].split())[:4]
    )


def _by_patterns(post: Post) -> Iterator[tuple[Finding, Span]]:
    find = matcher().find
    for segment in post.segments:
        for hit in (*find(segment.text), *grammar_marks.find(segment.text)):
            if (hit.rule in _SENTENCE_RULES and segment.kind in _HEADLINES) or _is_quoted(segment, hit.start, hit.end):
                continue
            span = segment.to_source(hit.start, hit.end)
            if hit.rule in _AS_WRITTEN and post.text[span.start : span.end] != segment.text[hit.start : hit.end]:
                continue
            if hit.rule == "unmatched_bracket" and not _is_unmarked(post, segment):
                continue
            if hit.rule == "sentence_capital" and post.text[span.start - 1 : span.start] not in (" ", "\n"):
                continue
            rule = OWN_RULES[hit.rule]
            message = rule.summary.rstrip(".").replace("`", "'")
            yield (
                post.finding(
                    rule.id, rule.severity, span.start, span.end, _advice(message, hit.replacements), hit.replacements
                ),
                span,
            )


def _advice(message: str, suggestions: tuple[str, ...]) -> str:
    shown = [f"'{s}'" for s in suggestions if len(s) <= _SHOWN][:3]
    return f"{message}: perhaps {' or '.join(shown)}." if shown else f"{message}."


def _is_unmarked(post: Post, segment: Segment) -> bool:
    """Whether the segment is plain text in the file: the other bracket may be part of a link."""
    whole = segment.span
    return post.text[whole.start : whole.end].split() == segment.text.split()


_QUOTED = re.compile(r"[\"“][^\"“”]{1,40}[\"”]|(?<!\w)['‘][^'‘’]{1,40}['’](?!\w)")


def _is_quoted(segment: Segment, start: int, end: int) -> bool:
    """True for words within short quotation marks: somebody else's words, or words spoken of."""
    text = segment.text
    window = max(0, start - 42)
    return any(window + m.start() < start and end < window + m.end() for m in _QUOTED.finditer(text[window : end + 42]))


@cache
def matcher() -> Matcher:
    return Matcher(patterns())


# One a process and none for threads: a Linter is not thread-safe and costs some 130 MB once used.
@cache
def _linter() -> Any:
    try:
        from harper import Linter
    except ImportError as error:
        raise ToolMissing(
            f"harper-py cannot be imported ({error}); install it with: python -m pip install harper-py"
        ) from None
    made = Linter()
    # All others off by name: new rules of a newer Harper are off until they were read by hand.
    made.set_lint_config({name: name in HARPER_RULES for name in made.get_lint_config()})
    return made
