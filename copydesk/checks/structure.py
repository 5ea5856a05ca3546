"""The step `structure`: headings, lists, tables, images, fences and leftovers, with rumdl and checks of our own."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from copydesk.checks.outside_program import run_program
from copydesk.checks.structure_rules import RULES as RULES
from copydesk.checks.structure_rules import RUMDL_RULES
from copydesk.priority import Priority
from copydesk.report import Finding
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.post import Post

STEP = Step(
    name="structure",
    version="2",
    description="Headings, lists, tables, code blocks, alternative texts, placeholders and merge conflicts.",
    check="copydesk.checks.structure:check",
    batch=True,
    chunk_posts=64,
    rules="copydesk.checks.structure:RULES",
    priority=Priority.CRITICAL,
)

_SEVERITY = {rule.id: rule.severity for rule in RULES}
_SUMMARY = {rule.id: rule.summary.replace("`", "'") for rule in RULES}

# `--isolated`: neither a `.rumdl.toml` of the posts nor one of the folder that the review runs in has a say.
_ARGUMENTS = (
    "check", "--stdin-batch", "--isolated", "--no-cache", "--output-format", "json", "--fail-on", "never",
    "--enable", ",".join(RUMDL_RULES), "--config", "MD024.siblings-only = true",
)  # fmt: skip

_NOT_LINE_END = re.compile(r"[^\n]")


def check(posts: Sequence[Post], context: StepContext) -> list[list[Finding]]:
    """For each post its findings, by place. Raises `ToolMissing` when rumdl cannot be used."""
    found: list[list[Finding]] = [[] for _ in posts]
    for mdx in (False, True):
        numbers = [number for number, post in enumerate(posts) if post.mdx == mdx]
        for number, finding in _by_rumdl(posts, numbers, mdx):
            found[number].append(finding)
    for number, post in enumerate(posts):
        # A blog that uses level 1 for its sections knows it after the first.
        titles = [n for n, finding in enumerate(found[number]) if finding.check == "structure.several_titles"]
        later = set(titles[1:])
        found[number] = [finding for n, finding in enumerate(found[number]) if n not in later]
        found[number] += (*_placeholders(post), *_images(post))
        found[number].sort(key=lambda f: (f.line, f.column, f.check))
    return found


def _by_rumdl(posts: Sequence[Post], numbers: list[int], mdx: bool) -> Iterator[tuple[int, Finding]]:
    if not numbers:
        return
    given = "".join(f"{number}.md\0{_for_rumdl(posts[number])}\0" for number in numbers)
    for answer in json.loads(run_program("rumdl", (*_ARGUMENTS, "--flavor", "mdx" if mdx else "standard"), given)):
        number = int(answer["file"].partition(".")[0])
        finding = _finding(posts[number], answer)
        if finding is not None:
            yield number, finding


def _for_rumdl(post: Post) -> str:
    """The text with the same lines and columns; front matter and what the site's own templates make is no Markdown.

    Comments stay: in them writers switch rules off.
    """
    text = post.flat.replace("\0", " ")
    ranges = [(post.front.span.start, post.front.span.end)]
    ranges += [(r.start, r.end) for r in post.regions if r.kind in ("liquid", "shortcode", "raw")]
    parts: list[str] = []
    position = 0
    for start, end in ranges:
        if start >= position:
            alone = not text[text.rfind("\n", 0, start) + 1 : start].strip() and not _rest_of_line(text, end).strip()
            # Within a line it stands for some text: without any, a link would be empty.
            parts += (text[position:start], _NOT_LINE_END.sub(" " if alone else "x", text[start:end]))
            position = end
    return "".join((*parts, text[position:]))


def _rest_of_line(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start : len(text) if end < 0 else end]


def _finding(post: Post, answer: dict[str, Any]) -> Finding | None:
    name = f"structure.{RUMDL_RULES[answer['rule']]}"
    # rumdl's lines end at "\n" alone, and so do the lines of `flat`.
    line = answer["line"] - 1
    if line >= len(post.line_starts):
        return None
    start = post.line_starts[line] + answer["column"] - 1
    reported = _rest_of_line(post.flat, start)
    if name == "structure.empty_section" and not _is_empty_section(post, start):
        return None
    if name == "structure.heading_without_space" and not _is_heading(post, line, reported):
        return None
    if name == "structure.invisible_character":
        reported = reported[:1]
    if name == "structure.bare_url":
        if _DEFINED.search(post.flat, max(0, start - 200), start):
            return None
        match = re.match(r"[^\s<>\[\]`|]+", reported)
        reported = match[0].rstrip(".,;:!?)*_") if match else reported
    end = start + (len(reported.rstrip()) or 1)
    return post.finding(name, _SEVERITY[name], start, end, _SUMMARY[name])


def _is_heading(post: Post, line: int, reported: str) -> bool:
    """False for the number of an issue, and for a hashtag that a line of a paragraph happens to begin with."""
    hashes = post.flat[post.line_starts[line] :].lstrip(" \t>")
    if hashes.startswith("##"):
        return True
    before = post.flat[post.line_starts[line - 1] : post.line_starts[line]].strip(" \t>\n") if line else ""
    return not before and not re.match(r"#?\d", hashes)


_DEFINED = re.compile(r"\]:[ \t]*\n?[ \t]*\Z")  # the address of a reference, which may stand on a line of its own


def _is_empty_section(post: Post, start: int) -> bool:
    """False where a subsection follows, or something that only the site's templates turn into text."""
    first = bisect_right(post.headings, start, key=lambda heading: heading.span.end)
    headings = post.headings[first : first + 2]
    if len(headings) < 2:
        return True
    between = post.flat[headings[0].span.end : headings[1].span.start]
    return headings[1].level <= headings[0].level and not between.strip("#=- \t\n")


_PLACEHOLDER = re.compile(
    r"^[ \t]*(?:[-*+>#]+[ \t]+)*\**(?P<line>(?:TODO|FIXME|TBD|XXX|TK)\b(?=[:*]|[ \t]*$))"
    r"|(?P<loose>[\[(](?:TODO|FIXME|TBD|TK)(?::[^\])\n]{0,80})?[\])])(?!\()"
    r"|(?P<lorem>\blorem ipsum dolor\b)"
    r"|(?P<insert>\[(?:insert|add|your|placeholder|enter)\b[^\]\[\n]{1,60}\bhere\](?![(\[]))",
    re.MULTILINE | re.IGNORECASE,
)
_IN_PLACEHOLDERS = ("todo", "fixme", "tbd", "xxx", "tk", "lorem ipsum dolor", "here]")  # one of them in each
_EMPTY_TITLE = re.compile(
    r"(?:todo|tbd|fixme|untitled|new post|my (?:first |new )?post title|title|post title)\Z", re.IGNORECASE
)


def _placeholders(post: Post) -> Iterator[Finding]:
    name = "structure.placeholder"
    title = post.field("title")
    if title is not None and _EMPTY_TITLE.match(title.value.strip()):
        yield post.finding(name, _SEVERITY[name], title.span.start, title.span.end, "The title is a placeholder.")
    text = post.masked.casefold()
    for match in _PLACEHOLDER.finditer(post.masked) if any(word in text for word in _IN_PLACEHOLDERS) else ():
        group = match.lastgroup or "line"
        shown = match[group]
        # "Todo" in small letters may be a list's heading or Spanish.
        if group in ("line", "loose") and not shown.strip("[](").startswith(("TODO", "FIXME", "TBD", "XXX", "TK")):
            continue
        yield post.finding(name, _SEVERITY[name], *match.span(group), f"Placeholder text: '{shown}'.")


_POOR_ALT = re.compile(
    r"(?:[\w.%-]+\.(?:png|jpe?g|gif|svg|webp|avif)|image|img|picture|photo|screenshot|alt|alt text|untitled"
    r"|(?:IMG|DSC|Screen ?shot)[-_ ]?\d[\w. -]*)\Z",
    re.IGNORECASE,
)


def _images(post: Post) -> Iterator[Finding]:
    for image in post.images:
        if not image.has_alt:
            name = "image_without_alt"
        elif not image.text.strip() and image.kind != "html":
            name = "image_empty_alt"
        elif _POOR_ALT.match(image.text.strip()):
            name = "image_poor_alt"
        else:
            continue
        check_id = f"structure.{name}"
        yield post.finding(check_id, _SEVERITY[check_id], image.span.start, image.span.end, _SUMMARY[check_id])
