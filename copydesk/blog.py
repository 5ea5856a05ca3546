"""A whole blog as batches: what is urgent first, then what changed, then the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import Field

from copydesk.errors import StoreError
from copydesk.plan import Plan
from copydesk.reading import glob_pattern
from copydesk.request import ReviewRequest
from copydesk.source import Source
from copydesk.stores.base import Store
from copydesk.workflow import Priority


class BlogRequest(ReviewRequest):
    """A review of many posts, shared by all workers."""

    urgent: list[str] = Field(
        default_factory=list,
        title="Urgent posts",
        description="Patterns of posts that go first, one a line, as in `content/launch/**`.",
    )
    batch_size: int | None = Field(
        None, ge=1, le=10_000, title="Posts a batch", description="Left empty, the workflow file's `batch_size`."
    )
    retries: int = Field(
        1, ge=0, le=5, title="Retries of a batch", description="How often a batch that failed is tried again, alone."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """Posts that are reviewed together."""

    number: int  # 1 for the first
    paths: tuple[str, ...]
    priority: Priority
    kind: str  # urgent, changed or unchanged


def plan_batches(
    request: BlogRequest, files: Sequence[str], changed: frozenset[str], size: int
) -> tuple[BatchPlan, ...]:
    """Every file in one batch of at most `size`: first urgent ones, on the queue high at least; then the changed."""
    patterns = [glob_pattern(pattern) for pattern in request.urgent]
    urgent = [file for file in files if any(pattern.fullmatch(file) for pattern in patterns)]
    others = [file for file in files if file not in frozenset(urgent)]
    groups = (
        ("urgent", urgent, min(request.priority, Priority.HIGH, key=lambda priority: priority.rank)),
        ("changed", [file for file in others if file in changed], request.priority),
        ("unchanged", [file for file in others if file not in changed], request.priority),
    )
    batches: list[BatchPlan] = []
    for kind, members, priority in groups:
        parts = -(-len(members) // size)
        for part in range(parts):  # cut evenly: workers that share them are done at about the same time
            paths = tuple(members[len(members) * part // parts : len(members) * (part + 1) // parts])
            batches.append(BatchPlan(number=len(batches) + 1, paths=paths, priority=priority, kind=kind))
    return tuple(batches)


def changed_since_last(source: Source, plan: Plan, files: Sequence[str], store: Store | None) -> frozenset[str]:
    """The files whose content is not that of their last recorded review; all of them without a store."""
    if store is None:
        return frozenset(files)
    try:
        return frozenset(_changed(source, plan, files, store))
    except StoreError:
        # The order of batches is a convenience: a store that is away costs no review.
        return frozenset(files)


def _changed(source: Source, plan: Plan, files: Sequence[str], store: Store) -> Iterator[str]:
    for start in range(0, len(files), 100):  # read a few at a time: a blog need not fit into memory
        for post in source.read(files[start : start + 100], plan):
            last = store.post_history(post.path, limit=1)
            if not last or last[0].content_hash != post.content_hash:
                yield post.path
