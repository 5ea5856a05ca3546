"""The first step: find the posts, read each once, and look at what it is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.checks.load import load_findings, texts_of
from copydesk.post import Post
from copydesk.priority import Priority
from copydesk.reading import find_posts, read_post
from copydesk.report import Finding, StepResult
from copydesk.source_post import SourcePost
from copydesk.step import Step, StepContext
from copydesk.suppressions import read_instructions

if TYPE_CHECKING:  # children import this module for `check`
    from copydesk.plan import Plan

_MOST_KEYS, _LONGEST_VALUE = 50, 100  # of front matter that is kept with the result

STEP = Step(
    name="load",
    version="3",
    description="Reads every post once: text, front matter, language.",
    check="copydesk.loading:check",
    rules="copydesk.checks.load_rules:RULES",
    priority=Priority.CRITICAL,
    chunk_posts=32,
)


def check(post: Post, context: StepContext) -> StepResult:
    """What the post is, for the steps after it and for the final review; `words` as a measure.

    Outputs: `language`, `title`, `suppressions` (see `copydesk.suppressions`) and `front`, the short plain values of
    the front matter as texts, by which a post's type may be told.
    """
    title = post.field("title", context.keys) or post.title
    outputs: dict[str, object] = {"language": post.language, "title": title.value if title else ""}
    suppressions, _ = read_instructions(post)
    if suppressions:
        outputs["suppressions"] = suppressions
    if front := dict(_plain_values(post)):
        outputs["front"] = front
    findings = load_findings(post, context.options.get("types", ()))
    return StepResult(findings=tuple(findings), outputs=outputs, measures={"words": post.words})


def _plain_values(post: Post) -> Iterator[tuple[str, list[str]]]:
    for key, value in list(post.front.data.items())[:_MOST_KEYS]:
        if key == "copydesk" and isinstance(value, dict):
            key, value = "copydesk.type", value.get("type")
        texts = texts_of(value)
        if texts and all(len(text) <= _LONGEST_VALUE for text in texts):
            yield key, texts


def discover(paths: Sequence[str], plan: Plan) -> list[str]:
    """The files to review, sorted. Raises `UsageError` for a path that does not exist, `NoPostsError` for no post."""
    posts = plan.config.posts
    return find_posts(paths, posts.include, posts.exclude, plan.folder / posts.root if posts.root else None)


def read_all(files: Sequence[str], plan: Plan) -> tuple[SourcePost, ...]:
    """Read the files; what cannot be read is a post with a finding."""
    folder = Path(os.path.commonpath([Path(file).absolute().parent for file in files]))
    # What was asked for is read; a link that leads out of its blog is not, since a report quotes what it speaks of.
    return tuple(_read(file, plan.folder if _in_blog(file, plan) else folder, plan) for file in files)


def _read(file: str, root: Path, plan: Plan) -> SourcePost:
    data = read_post(file, root)
    post = Post.from_bytes(file, b"", [data]) if isinstance(data, Finding) else Post.from_bytes(file, data)
    return SourcePost(
        path=file,
        key=key_of(file, plan),
        text=post.text,
        content_hash=post.content_hash,
        findings=post.problems,
        unread=isinstance(data, Finding),
    )


def key_of(file: str, plan: Plan) -> str:
    """The post's place in its blog: below the folder of the workflow file, else the last two parts of its path."""
    absolute = Path(file).absolute()
    if _in_blog(file, plan):
        return absolute.relative_to(plan.folder).as_posix()
    return "/".join(absolute.parts[-2:])


def _in_blog(file: str, plan: Plan) -> bool:
    return plan.file is not None and Path(file).absolute().is_relative_to(plan.folder)
