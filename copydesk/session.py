"""What the flow runs of one process share: children, cache, and what the reviews answered.

The command line opens a session round the flow, to see progress and to have the reviews; under a worker the flow opens
its own. It travels in a context variable, since Prefect records a flow's parameters and only JSON belongs there.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from copydesk.batch import Batch
from copydesk.cache import ResultCache
from copydesk.execute import Progress, Remote, Review, SourcePost
from copydesk.monitor import RunRecorder, WorkflowMonitor
from copydesk.plan import Plan
from copydesk.report import PostReview, ReviewReport, RunInfo, StepTime, worst
from copydesk.sandbox import Pool, shared_pool
from copydesk.settings import settings
from copydesk.site import Site
from copydesk.source import Source


@dataclass(kw_only=True)
class Session:
    """One process's part in reviews."""

    pool: Pool
    cache: ResultCache | None
    monitor: WorkflowMonitor
    progress: Progress | None = None
    signals: bool = False  # Ctrl-C and SIGTERM cancel the run: only where the process is ours
    signal: str = ""  # the signal that did
    batches: dict[str, Batch] = field(default_factory=dict)  # by flow-run id, while they run
    reviews: list[PostReview] = field(default_factory=list)
    flow_runs: list[str] = field(default_factory=list)  # of the batches
    task_runs: int = 0  # that Prefect should have recorded for them
    sources: dict[str, str] = field(default_factory=dict)  # path -> text, for reports that quote the post
    keep_sources: bool = False
    run: RunInfo | None = None  # of the outermost flow run
    source: Source | None = None  # where its posts come from
    remote: Remote | None = None  # carries out steps with `runs_on: queue`
    _times: dict[str, StepTime] = field(default_factory=dict)
    _sites: dict[tuple[Path, Path | None], Site] = field(default_factory=dict)

    def new_batch(
        self,
        batch_id: str,
        plan: Plan,
        posts: Sequence[SourcePost],
        recorder: RunRecorder,
        context: Mapping[str, Any] | None = None,
    ) -> Batch:
        """Begin a batch; `take` ends it."""
        folder = self.source.folder if self.source else ""
        review = Review(
            plan=plan,
            posts=posts,
            pool=self.pool,
            cache=self.cache,
            site=self._site(plan, [os.path.join(folder, post.path) for post in posts]),  # noqa: PTH118
            run_context=context or {},
            progress=self.progress,
            folder=folder,
            remote=self.remote,
        )
        batch = Batch(id=batch_id, review=review, recorder=recorder)
        self.batches[batch_id] = batch
        return batch

    def _site(self, plan: Plan, files: Sequence[str]) -> Site:
        """The files around the posts; one for all batches of a blog, since it remembers what it looked up."""
        settings_of = plan.config.posts
        if settings_of.root:
            posts_root = plan.folder / settings_of.root
        elif plan.file:
            posts_root = plan.folder
        else:
            posts_root = Path(os.path.commonpath([Path(file).absolute().parent for file in files]))
        site_root = plan.folder / settings_of.site_root if settings_of.site_root else None
        key = (posts_root, site_root)
        if key not in self._sites:
            self._sites[key] = Site(posts_root, site_root, plan.folder if plan.file else None)
        return self._sites[key]

    def step_times(self) -> tuple[StepTime, ...]:
        """What each step cost so far, over all batches taken."""
        return tuple(self._times.values())

    def report(self) -> ReviewReport:
        """What all batches taken so far answered, by path."""
        return report_of(self.run, self.reviews)

    def take(self, batch: Batch) -> None:
        """Keep what a batch answered and let the rest of it go."""
        self.reviews.extend(batch.reviews)
        for step, time in batch.times.items():
            before = self._times.get(step)
            self._times[step] = (
                time
                if before is None
                else replace(
                    time,
                    run_seconds=round(before.run_seconds + time.run_seconds, 6),
                    queue_seconds=round(before.queue_seconds + time.queue_seconds, 6),
                    attempts=max(before.attempts, time.attempts),
                    cached=before.cached + time.cached,
                )
            )
        if self.keep_sources:
            self.sources.update((post.path, post.text) for post in batch.review.posts)
        self.flow_runs.append(batch.id)
        self.task_runs += len(batch.times)
        self.batches.pop(batch.id, None)

    def cancel(self, reason: str) -> None:
        """Ask all runs of this session to end; the first reason counts."""
        for batch in self.batches.values():
            batch.cancel(reason)


def report_of(run: RunInfo | None, reviews: Sequence[PostReview]) -> ReviewReport:
    """A report of some reviews, by path."""
    posts = tuple(sorted(reviews, key=lambda review: review.path))
    return ReviewReport(run=run, verdict=worst([review.verdict for review in posts]), posts=posts)


_current: contextvars.ContextVar[Session | None] = contextvars.ContextVar("copydesk_session", default=None)


def current() -> Session:
    """The session that this code runs in; raises `LookupError` outside of one."""
    session = _current.get()
    if session is None:
        raise LookupError("no review session is open")
    return session


def is_open() -> bool:
    """Whether this code runs in a session."""
    return _current.get() is not None


@contextlib.contextmanager
def open_session(
    *,
    store: str | None = None,
    use_cache: bool = True,
    monitored: bool = True,
    progress: Progress | None = None,
    signals: bool = False,
    keep_sources: bool = False,
) -> Iterator[Session]:
    """A session for what is run inside; what the monitor still holds is written at the end, within seconds."""
    machine = settings()
    monitor = WorkflowMonitor(store, enabled=monitored)
    session = Session(
        pool=shared_pool(machine.children, machine.child_memory_mb),
        cache=ResultCache(machine.cache_dir, machine.cache_max_mb) if use_cache else None,
        monitor=monitor,
        progress=progress,
        signals=signals,
        keep_sources=keep_sources,
    )
    token = _current.set(session)
    try:
        yield session
    finally:
        _current.reset(token)
        monitor.close(timeout=2.0)
        if session.cache is not None:
            session.cache.trim()
            session.cache.close()
