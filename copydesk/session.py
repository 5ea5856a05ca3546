"""What the flow runs of one process share: children, cache, and what the reviews answered.

The command line opens a session round the flow, to see progress and to have the reviews; under a worker the flow opens
its own. It travels in a context variable, since Prefect records a flow's parameters and only JSON belongs there.
"""

from __future__ import annotations

import contextlib
import contextvars
import itertools
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from copydesk.approval import Question
from copydesk.batch import Batch
from copydesk.cache import ResultCache
from copydesk.execute import Progress, Remote, Review
from copydesk.monitor import RunRecorder, WorkflowMonitor
from copydesk.plain_review import review_of
from copydesk.plan import Plan
from copydesk.report import Decision, PostReview, ReviewReport, RunInfo, StepTime, worst
from copydesk.sandbox import Pool, shared_pool
from copydesk.scoring import Comparison
from copydesk.settings import settings
from copydesk.shelf import Shelf
from copydesk.site import Site
from copydesk.source import Source
from copydesk.source_post import SourcePost


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
    reviews: Shelf[PostReview] = field(default_factory=lambda: Shelf(review_of))  # by path, of the batches taken so far
    flow_runs: list[str] = field(default_factory=list)  # of the batches
    task_runs: int = 0  # that Prefect should have recorded for them
    sources: Shelf[str] = field(default_factory=Shelf)  # path -> text, for reports that quote the post
    keep_sources: bool = False
    batch_of: str = ""  # the flow run whose batches the runs are
    run: RunInfo | None = None  # of the outermost flow run
    given: Decision | None = None  # an editor's decision that came with the command
    question: Question | None = None  # that waits for an editor: the run is suspended
    decision: Decision | None = None  # an editor's, on the posts of this run
    cancelled: str = ""  # why no more is wanted of this session
    over_at: float | None = None  # monotonic; when the outermost flow run had done all but its last state in Prefect
    source: Source | None = None  # where its posts come from
    remote: Remote | None = None  # carries out steps with `runs_on: queue`
    comparisons: tuple[Comparison, ...] | None = None  # None: nothing was said yet of what is known
    compared_with: str = ""  # a base or a diff; empty when everything counts
    posts_root: Path | None = None  # without a workflow file: where all posts are, of which a batch has some
    _times: dict[str, StepTime] = field(default_factory=dict)
    _shown: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)  # step -> batch -> posts done, in all
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
            progress=self._progress_of(batch_id),
            folder=folder,
            remote=self.remote,
            comparisons=self.comparisons or (),
        )
        batch = Batch(id=batch_id, review=review, recorder=recorder)
        if self.cancelled:  # between two batches
            batch.cancel(self.cancelled)
        self.batches[batch_id] = batch
        return batch

    def _progress_of(self, batch_id: str) -> Progress | None:
        """Tells how far a step is in all batches so far: two at work would contradict each other."""
        progress = self.progress
        if progress is None:
            return None

        def show(step: str, done: int, total: int) -> None:
            parts = self._shown.setdefault(step, {})
            parts[batch_id] = done, total
            progress(step, sum(part[0] for part in parts.values()), sum(part[1] for part in parts.values()))

        return show

    def side_batch(self, plan: Plan, posts: Sequence[SourcePost], folder: str, posts_root: Path | None) -> Batch:
        """A batch that is neither recorded nor reported, on a site of its own; the caller removes it from `batches`."""
        number = next(n for n in itertools.count() if f"side-{n}" not in self.batches)
        review = Review(
            plan=plan,
            posts=posts,
            pool=self.pool,
            cache=self.cache,
            site=_make_site(*_roots(plan, [os.path.join(folder, post.path) for post in posts], posts_root), plan),  # noqa: PTH118
            folder=folder,
        )
        recorder = WorkflowMonitor(None, enabled=False).start_run(run_id="side", workflow="side", priority="high")
        batch = Batch(id=f"side-{number}", review=review, recorder=recorder)
        self.batches[batch.id] = batch
        return batch

    def _site(self, plan: Plan, files: Sequence[str]) -> Site:
        """The files around the posts; one for all batches of a blog, since it remembers what it looked up."""
        key = _roots(plan, files, self.posts_root)
        if key not in self._sites:
            self._sites[key] = _make_site(*key, plan)
        return self._sites[key]

    def step_times(self) -> tuple[StepTime, ...]:
        """What each step cost so far, over all batches taken."""
        return tuple(self._times.values())

    def report(self) -> ReviewReport:
        """What all batches taken so far answered, by path. Its posts stay readable when the session is over."""
        return report_of(self.run, self.reviews.in_order(), self.decision)

    def take(self, batch: Batch) -> None:
        """Keep what a batch answered and let the rest of it go."""
        for review in batch.reviews:
            self.reviews.put(review.path, review)
        if self.cache is not None:
            self.cache.remember(review.content_hash for review in batch.reviews)
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
            for post in batch.review.posts:
                self.sources.put(post.path, post.text)
        self.flow_runs.append(batch.id)
        self.task_runs += sum(time.attempts > 0 for time in batch.times.values())  # what was skipped has none
        self.batches.pop(batch.id, None)

    def stop(self, signal: str) -> None:
        """End because of a signal, named as in `SIGINT`; the first one counts."""
        self.signal = self.signal or signal
        self.cancel(f"stopped by {signal}")

    def cancel(self, reason: str) -> None:
        """Ask all runs of this session to end, also those that begin later; the first reason counts."""
        self.cancelled = self.cancelled or reason
        for batch in self.batches.values():
            batch.cancel(reason)


def _roots(plan: Plan, files: Sequence[str], posts_root: Path | None) -> tuple[Path, Path | None]:
    """The folders of the posts and of what the site copies as it is."""
    settings_of = plan.config.posts
    if settings_of.root:
        root = plan.folder / settings_of.root
    elif plan.file:
        root = plan.folder
    else:
        root = posts_root or folder_of(files)
    return root, plan.folder / settings_of.site_root if settings_of.site_root else None


def folder_of(files: Sequence[str]) -> Path:
    """The folder that holds all of the files, or what generators call `content` above it: links lead there too."""
    folder = Path(os.path.commonpath([Path(file).absolute().parent for file in files]))
    for above in (folder, *folder.parents):
        if above.name == "content":
            return above
        if (above / ".git").exists() or above == Path.home():  # what lies above is no part of this blog
            break
    return folder


def _make_site(posts_root: Path, site_root: Path | None, plan: Plan) -> Site:
    return Site(posts_root, site_root, plan.folder if plan.file else None)


def report_of(run: RunInfo | None, reviews: Sequence[PostReview], decision: Decision | None = None) -> ReviewReport:
    """A report of some reviews, which are in the order of their paths."""
    verdict = worst(review.verdict for review in reviews)
    return ReviewReport(run=run, verdict=verdict, posts=reviews, decision=decision)


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


def _tidy_up(store: str | None) -> None:
    """Close what died on this host, so that nobody takes it for a run that is still going on."""
    from copydesk.prefect_engine import PrefectEngine, configured
    from copydesk.reconcile import reconcile_own_host

    reconcile_own_host(store, PrefectEngine() if configured() else None)


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
    if monitored:
        # In a thread of its own that nobody waits for: the store, or Prefect, may be slow.
        threading.Thread(target=_tidy_up, args=(store,), name="copydesk-reconcile", daemon=True).start()
    token = _current.set(session)
    try:
        yield session
    finally:
        _current.reset(token)
        monitor.close(timeout=2.0)
        if session.cache is not None:
            session.cache.trim()
            session.cache.close()
