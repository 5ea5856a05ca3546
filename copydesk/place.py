"""Where a finding will stand, kept as JSON between a step's `check` and its `resolve`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from copydesk.report import Finding, Severity

if TYPE_CHECKING:
    from copydesk.post import Post

Place = tuple[int, int, int, int, str]
"""Line and column of the beginning and of the end, then the text between. Read back from JSON it is a list."""


def place_in(post: Post, start: int, end: int) -> Place:
    """The place of `post.text[start:end]`."""
    return (*post.locate(start), *post.locate(end), post.text[start:end])


def finding_at(
    place: Sequence[Any], check: str, severity: Severity, message: str, suggestions: Sequence[str] = ()
) -> Finding:
    """A finding at a place that was kept."""
    line, column, end_line, end_column, match = place
    return Finding(
        check=check,
        severity=severity,
        message=message,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        match=match,
        suggestions=tuple(suggestions),
    )


def shortened(text: str) -> str:
    """A text of the post as a message quotes it: 80 characters at the most."""
    return text if len(text) <= 80 else text[:77] + "..."
