"""Only what a change did: findings on its lines, and those elsewhere that were not there before it.

The posts are reviewed as they were, too: the changed ones by every step, all others by the steps that look at the
whole site, since only these can say something new of a post that stayed the same (a link to a heading that is gone).
Both reviews share the cache of results, so that a post costs once what it costs.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.direct import review_batch
from copydesk.errors import UsageError
from copydesk.loading import key_of, read_all
from copydesk.old_version import Lines, OldVersion, before_base, before_diff, changed_lines, top_of
from copydesk.plan import Plan, PlannedStep
from copydesk.report import Finding, PostReview
from copydesk.scoring import content_of
from copydesk.session import folder_of
from copydesk.source_post import SourcePost
from copydesk.steps import load_object

if TYPE_CHECKING:
    from copydesk.session import Session

OUTSIDE = "unchanged"  # the value of `Finding.suppression`


@dataclass(frozen=True, kw_only=True)
class PostBefore:
    """A post before the change."""

    lines: Lines = ()  # that the change touched; of a post that stayed the same none
    found: Counter[str] = field(default_factory=Counter)  # what was found then, by content
    steps: frozenset[str] = frozenset()  # that could say what they found then


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a change did to the posts; a post that is not in `posts` is new as a whole."""

    name: str  # what it is compared with
    posts: Mapping[str, PostBefore]  # path now -> what was before

    def mark(
        self, path: str, findings: tuple[Finding, ...], finished: Collection[str]
    ) -> tuple[tuple[Finding, ...], int]:
        """The findings of a post, suppressed where they are not of the change; nothing counts as fixed."""
        before = self.posts.get(path)
        if before is None:
            return findings, 0
        known = Counter(before.found)
        marked = []
        for finding in findings:
            content = content_of(finding)
            if finding.suppressed or _touches(finding, before.lines):
                marked.append(finding)
            # Of a step that cannot be compared only the changed lines count.
            elif known[content] > 0 or finding.step not in before.steps:
                known[content] -= 1
                marked.append(replace(finding, suppressed=True, suppression=OUTSIDE))
            else:
                marked.append(finding)
        return tuple(marked), 0


def _touches(finding: Finding, lines: Lines) -> bool:
    # A finding on the post as a whole stands in line 1 without being about it.
    return bool(finding.match) and any(first <= finding.end_line and finding.line <= last for first, last in lines)


async def find_change(
    session: Session, plan: Plan, files: Sequence[str], *, base: str | None = None, diff: str | None = None
) -> tuple[list[str], Change]:
    """What changed since `base` (a branch, tag or commit) or by a `diff` (a file), and the posts that it concerns.

    Raises `UsageError` for a base or a diff that cannot be used, and for posts that lie in no git repository.
    """
    if not files:
        return [], Change(name=base or diff or "", posts={})
    ground = _ground(session.source.folder if session.source else "", plan, files, needs_git=base is not None)
    session.posts_root = ground.around
    with ExitStack() as stack:
        if base is not None:
            old = stack.enter_context(before_base(ground.top, base, ground.blog))
        else:
            assert diff is not None
            old = stack.enter_context(before_diff(ground.top, Path(diff), list(ground.names.values())))
        return await _compared(session, plan, ground, old)


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """Where the posts are."""

    paths: Mapping[str, Path]  # post -> its file
    names: Mapping[str, str]  # post -> its name below `top`
    around: Path  # the folder of all posts
    top: Path  # of the repository
    blog: Path  # the folder of the workflow file, or that of the posts
    blog_inside: str  # the same below `top`
    around_inside: str  # `around` below `top`


def _ground(folder: str, plan: Plan, files: Sequence[str], *, needs_git: bool) -> _Ground:
    paths = {file: Path(os.path.abspath(Path(folder, file))) for file in files}  # noqa: PTH100 - as named
    around = folder_of([str(path) for path in paths.values()])
    top = top_of(around)
    if top is None and needs_git:
        raise UsageError(f"{around} is in no git repository, so there is no version to compare with.")
    top = top or Path.cwd().resolve()
    names = {}
    for file, path in paths.items():
        real = path.parent.resolve() / path.name
        if not real.is_relative_to(top):
            raise UsageError(f"{file} lies outside of {top}, where the change is.")
        names[file] = real.relative_to(top).as_posix()
    blog = plan.folder if plan.file and around.is_relative_to(plan.folder) else around
    if not blog.resolve().is_relative_to(top):  # the repository is a part of the blog
        blog = around
    return _Ground(
        paths=paths,
        names=names,
        around=around,
        top=top,
        blog=blog,
        blog_inside=blog.resolve().relative_to(top).as_posix(),
        around_inside=around.resolve().relative_to(top).as_posix(),
    )


async def _compared(session: Session, plan: Plan, ground: _Ground, old: OldVersion) -> tuple[list[str], Change]:
    paths, names = ground.paths, ground.names
    comparable = tuple(step for step in plan.steps if not _asks_the_network(step))
    changed = [file for file in paths if names[file] in old.changed]
    before: dict[str, PostBefore] = {}
    edited = [file for file in changed if old.old_file(names[file]) is not None]
    reviews = await _review_old(session, plan, comparable, edited, ground, old)
    for file in edited:
        then = old.old_file(names[file])
        assert then is not None
        lines = await asyncio.to_thread(changed_lines, then, paths[file].read_bytes())
        before[file] = replace(_post_before(reviews[file], comparable), lines=lines)
    affected = []
    everywhere = tuple(step for step in comparable if step.step.resolve is not None)
    same = [file for file in paths if file not in changed and old.old_file(names[file]) is not None]
    if old.whole and everywhere and same and old.differs:
        then_found = await _review_old(session, plan, everywhere, same, ground, old)
        folder = session.source.folder if session.source else ""
        posts = read_all([str(paths[file]) for file in same], plan)
        now_found = await _review(
            session,
            replace(plan, steps=everywhere),
            [replace(p, path=f) for p, f in zip(posts, same, strict=True)],
            folder,
            ground.around,
        )
        for file in same:
            before[file] = _post_before(then_found[file], everywhere)
            now = _post_before(now_found[file], everywhere)
            if now.found - before[file].found:
                affected.append(file)
    files = sorted([*changed, *affected])
    return files, Change(name=old.name, posts={file: before[file] for file in files if file in before})


def _asks_the_network(step: PlannedStep) -> bool:
    return step.step.resolve is not None and inspect.iscoroutinefunction(load_object(step.step.resolve))


def _post_before(review: PostReview, steps: Sequence[PlannedStep]) -> PostBefore:
    found = Counter(content_of(finding) for finding in review.findings if not finding.suppressed)
    return PostBefore(found=found, steps=frozenset({"load", *(step.name for step in steps)} - set(review.incomplete)))


async def _review_old(
    session: Session,
    plan: Plan,
    steps: tuple[PlannedStep, ...],
    files: Sequence[str],
    ground: _Ground,
    old: OldVersion,
) -> dict[str, PostReview]:
    """The reviews of the posts as they were, by their paths now."""
    if not files:
        return {}
    paths, names = ground.paths, ground.names
    then = {file: old.old_file(names[file]) for file in files}
    posts = []
    for file, read in zip(files, read_all([str(then[file]) for file in files], plan), strict=True):
        place = old.top / (old.changed.get(names[file]) or names[file])
        posts.append(
            replace(read, path=str(then[file]) if old.whole else str(paths[file]), key=key_of(str(place), plan))
        )
    workflow_file, root = plan.file, ground.around
    if old.whole:
        root = old.folder / ground.around_inside
        workflow_file = old.folder / ground.blog_inside / workflow_file.name if workflow_file is not None else None
    reviews = await _review(session, replace(plan, file=workflow_file, steps=steps), posts, "", root)
    return {now: reviews[post.path] for now, post in zip(files, posts, strict=True)}


async def _review(
    session: Session, plan: Plan, posts: Sequence[SourcePost], folder: str, posts_root: Path
) -> dict[str, PostReview]:
    """Reviews by path, neither recorded nor kept."""
    found: dict[str, PostReview] = {}
    size = plan.config.workflow.batch_size
    for start in range(0, len(posts), size):
        batch = session.side_batch(plan, posts[start : start + size], folder, posts_root)
        try:
            await review_batch(batch)
        finally:
            session.batches.pop(batch.id, None)
        found.update((review.path, review) for review in batch.reviews)
    return found
