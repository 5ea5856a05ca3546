"""A post as it was read."""

from __future__ import annotations

from dataclasses import dataclass

from copydesk.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePost:
    """A post as it was read: the one text that every step sees, even when the file changes meanwhile."""

    path: str  # as given on the command line, joined with what was found below it
    key: str  # the path inside its blog: what a check may see of the place, the same wherever the blog is checked out
    text: str
    content_hash: str
    findings: tuple[Finding, ...] = ()  # of the reading itself: not UTF-8, too large
    unread: bool = False  # the file could not be read: no step has anything to say
