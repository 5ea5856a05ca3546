"""The first step: find the posts, read each once, and look at what it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from copydesk.checks.load import load_findings
from copydesk.execute import SourcePost
from copydesk.plan import Plan
from copydesk.post import Post
from copydesk.reading import find_posts, read_post
from copydesk.report import StepResult
from copydesk.step import Step, StepContext
from copydesk.workflow import Priority

STEP = Step(
    name="load",
    version="1",
    description="Reads every post once: text, front matter, language.",
    check="copydesk.loading:check",
    rules="copydesk.checks.load_rules:RULES",
    priority=Priority.CRITICAL,
)


def check(post: Post, context: StepContext) -> StepResult:
    """What the post is, for the steps after it: `language` and `title` as outputs, `words` as a measure."""
    title = post.field("title", context.keys) or post.title
    return StepResult(
        findings=tuple(load_findings(post)),
        outputs={"language": post.language, "title": title.value if title else ""},
        measures={"words": post.words},
    )


def discover(paths: Sequence[str], plan: Plan) -> list[Path]:
    """The files to review, sorted. Raises `UsageError` for a path that does not exist, `NoPostsError` for no post."""
    posts = plan.config.posts
    root = plan.folder / posts.root if posts.root else None
    return find_posts([Path(p) for p in paths], posts.include, posts.exclude, root)


def read_all(files: Sequence[Path], plan: Plan) -> tuple[SourcePost, ...]:
    """Read the files; what cannot be read is a post with a finding."""
    return tuple(_read(file, plan) for file in files)


def _read(file: Path, plan: Plan) -> SourcePost:
    data, problems = read_post(file)
    post = Post.from_bytes(str(file), data, problems)
    return SourcePost(
        path=post.path,
        key=_key(file, plan),
        text=post.text,
        content_hash=post.content_hash,
        findings=post.problems,
    )


def _key(file: Path, plan: Plan) -> str:
    """The post's place in its blog: below the folder of the workflow file, else the last two parts of its path."""
    absolute = Path(file).absolute()
    if plan.file is not None and absolute.is_relative_to(plan.folder):
        return absolute.relative_to(plan.folder).as_posix()
    return "/".join(absolute.parts[-2:])
