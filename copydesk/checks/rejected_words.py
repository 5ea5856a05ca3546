"""Words that the team has said are wrong here: `checks.rejected` of the workflow file, and its file of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from copydesk.report import Finding, Severity

if TYPE_CHECKING:
    from copydesk.post import Post

CHECK = "spelling.rejected_word"


def rejected_words(post: Post, rejected: Mapping[str, str]) -> Iterator[Finding]:
    """A finding on each rejected word of the prose. One written in small letters is meant in any case."""
    if not rejected:
        return
    pattern = _pattern(tuple(rejected))
    small = {word: better for word, better in rejected.items() if word == word.lower()}
    for segment in post.segments:
        for match in pattern.finditer(segment.text):
            written = match[0]
            better = rejected.get(written, small.get(written.lower(), ""))
            if better and written[0].isupper() and written not in rejected:
                better = better[0].upper() + better[1:]
            if written == better:
                continue
            span = segment.to_source(*match.span())
            message = f"'{better}' is the word here, not '{written}'." if better else f"'{written}' is not used here."
            yield post.finding(CHECK, Severity.WARNING, span.start, span.end, message, (better,) if better else ())


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted((word for word in words if word.strip()), key=len, reverse=True)
    forms = [re.escape(word) if word != word.lower() else f"(?i:{re.escape(word)})" for word in longest_first]
    # Without words nothing matches.
    return re.compile(rf"(?<![\w-])(?:{'|'.join(forms)})(?![\w-])" if forms else r"(?!)")
