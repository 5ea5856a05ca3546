"""What is wrong with a post as a file: unreadable, not UTF-8, broken front matter, no body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from copydesk.report import Finding, Severity
from copydesk.suppressions import read_instructions

if TYPE_CHECKING:
    from copydesk.post import Post

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\u202d\u202e]")
_OUR_KEY = re.compile(r"""^[ \t"'\[{]{0,8}copydesk\b""", re.MULTILINE)
_TYPE_KEY = re.compile(r"\btype\b")
_NOT_READ = frozenset(["load.unreadable", "load.not_regular_file", "load.path_escape"])


def load_findings(post: Post, types: Sequence[str] = ()) -> list[Finding]:
    """The findings `load.*` of a post, by place; `types` are those of the workflow. Never raises for content."""
    found = list(post.problems)
    if any(finding.check in _NOT_READ for finding in found):
        return found
    front = post.front
    if front.problem is not None:
        message, offset = front.problem
        end = _end_of_line(post.text, offset)
        found.append(post.finding("load.front_matter_invalid", Severity.ERROR, offset, end, message))
    for key, offset in front.duplicates:
        message = f"The key {key!r} is given twice in the front matter; the last one counts."
        end = offset + len(key) if post.text.startswith(key, offset) else _end_of_line(post.text, offset)
        found.append(post.finding("load.front_matter_duplicate_key", Severity.WARNING, offset, end, message))
    named = type_named(post)
    if named and named not in types:
        known = f"has {' and '.join(types)}" if types else "has none"
        message = f"There is no type {named!r} of posts: the workflow file {known}. The type counts for nothing."
        found.append(post.finding("load.unknown_type", Severity.WARNING, *_place_of_type(post, named), message))
    controls = [match.start() for match in _CONTROL.finditer(post.text)]
    if controls:
        names = ", ".join(sorted({f"U+{ord(post.text[offset]):04X}" for offset in controls[:1000]})[:5])
        message = f"{len(controls)} invisible control character{'s' * (len(controls) > 1)} ({names})."
        found.append(post.finding("load.control_character", Severity.WARNING, controls[0], controls[0] + 1, message))
    if _is_empty(post) and not made_by_template(post):
        found.append(post.finding("load.empty_body", Severity.ERROR, 0, 0, "The post has no body."))
    found += read_instructions(post)[1]
    return sorted(found, key=lambda finding: (finding.line, finding.column, finding.check))


def type_named(post: Post) -> str:
    """The type that the front matter names, `copydesk: {type: NAME}`, the first of several; empty for none."""
    ours = post.front.data.get("copydesk")
    return next(iter(texts_of(ours.get("type"))), "") if isinstance(ours, dict) else ""


def texts_of(value: Any) -> list[str]:
    """A value of the front matter, or those of its list, as texts; without what is no single value."""
    values = value if isinstance(value, list) else [value]
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values[:20] if isinstance(v, str | int | float)]


def _place_of_type(post: Post, named: str) -> tuple[int, int]:
    """Where the type stands; the beginning of the post where it is not written as it reads, with an escape, say."""
    position, end = post.front.span.start, post.front.span.end
    for key in (_OUR_KEY, _TYPE_KEY):
        match = key.search(post.text, position, end)
        if match is None:
            return 0, 0
        position = match.end()
    start = post.text.find(named, position, end)
    return (start, start + len(named)) if start >= 0 else (0, 0)


def _end_of_line(text: str, offset: int) -> int:
    match = re.compile(r"[^\r\n]*").match(text, offset)
    return min(match.end() if match else offset, offset + 200)


def made_by_template(post: Post) -> bool:
    """Whether a file only asks for a page: it names a template, and has neither a title nor a text."""
    data = post.front.data
    return bool(data.get("template") or data.get("layout")) and "title" not in data and _is_empty(post)


def _is_empty(post: Post) -> bool:
    """Nothing but space and comments after the front matter."""
    position = post.body.start
    for region in post.regions:
        if region.kind != "comment":
            continue
        if post.text[position : region.start].strip():
            return False
        position = region.end
    return not post.text[position:].strip()
