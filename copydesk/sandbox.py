"""A pool of child processes for checks that may hang, crash or eat memory: killable, limited, used again.

A job is a function with some items. The child says when it starts and streams each result, so the parent knows which
item is being worked on: a deadline is exact for one item, a crash names its culprit at once, and what else is left of
the job goes to a fresh child. A batch job, where the function wants all items at once, is halved until the item is
found.

Threads: one manager thread a pool owns all children; `submit` and `Future.cancel` may be called from any thread and
any event loop (`asyncio.wrap_future`).
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from copydesk.sandbox_jobs import Affinity, ItemResult, ItemStatus, Job, OnResult, Order, Part, SandboxError
from copydesk.sandbox_manager import Manager
from copydesk.sandbox_start import Starter, starter

__all__ = ["Affinity", "ItemResult", "ItemStatus", "Pool", "SandboxError", "close_shared_pool", "shared_pool"]


class Pool:
    """At most `children` processes, each limited to `memory_mb` MB of address space; started when there is work.

    `preload` names what is imported (`module`) or called (`module:function`) once, before children are forked: a
    replacement of a killed child then has it at once.
    """

    def __init__(
        self,
        children: int | None = None,
        memory_mb: int = 1500,
        preload: Sequence[str] = (),
        start: Starter | None = None,
    ) -> None:
        # More than four gain little and each costs the memory of a grammar checker.
        self._limit = max(1, children if children is not None else min(4, os.cpu_count() or 1))
        self._starter = start if start is not None else starter(memory_mb, preload)
        self._manager = Manager(self._limit, self._starter)
        self._arrival = itertools.count()
        _managers.add(self._manager)

    @property
    def closed(self) -> bool:
        """Whether no more jobs are taken."""
        return self._manager.closed

    @property
    def children(self) -> int:
        """How many jobs can run at once."""
        return self._limit

    def submit(
        self,
        function: str,
        items: Sequence[Any],
        shared: Any = None,
        *,
        order: Order = (0, 0, 0),
        item_seconds: float = 10.0,
        job_seconds: float | None = None,
        batch: bool = False,
        on_result: OnResult | None = None,
        on_start: Callable[[], object] | None = None,
        affinity: Affinity | None = None,
    ) -> Future[list[ItemResult]]:
        """Run `function` ("module:function") over `items` in a child; the future holds a result for each, in order.

        The function gets `(item, shared)` and returns a JSON value; with `batch` it gets `(items, shared)` and returns
        a list as long as the items. The least `order` goes first, then the first submitted.

        `item_seconds` limits each item; a batch gets that much for each of its items. `job_seconds` limits the whole
        job from its first start (what has no result then is `timed_out`), or each call of a batch.
        Among jobs of equal turn and rank a child is given those whose `affinity` it has met before: it may have kept
        something.
        `on_result(index, result)` is called in the manager's thread as results come in, and `on_start()` when a child
        begins (again, with what is left, after another died): both must be quick.
        Cancelling the future takes the job from the queue or kills the child that runs it.

        Raises TypeError or ValueError when items or shared are no JSON, SandboxError when the pool is closed. The
        future raises SandboxError when no child can be started; anything that an item does is in its result.
        """
        job = Job.of(
            items,
            shared,
            function=function,
            order=order,
            item_seconds=item_seconds,
            job_seconds=job_seconds,
            batch=batch,
            on_result=on_result,
            on_start=on_start,
            affinity=affinity,
        )
        if not items:
            job.future.set_result([])
            return job.future
        self._manager.post(Part(job, list(range(len(items))), next(self._arrival)))
        # The future stays pending until its result is there, so that it can be cancelled at any time.
        job.future.add_done_callback(lambda future: self._cancelled(job) if future.cancelled() else None)
        return job.future

    def _cancelled(self, job: Job) -> None:
        with contextlib.suppress(SandboxError):
            self._manager.post(job)

    def prepare(self, children: int = 1) -> None:
        """Start children ahead of work, while the caller does something else. Does not wait."""
        self._manager.post(min(children, self._limit))

    def close(self, kill: bool = True) -> None:
        """End the pool: at once (futures are cancelled), or with `kill=False` after what is queued. Waits for it."""
        self._manager.close(kill)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_managers: weakref.WeakSet[Manager] = weakref.WeakSet()
_shared: Pool | None = None
_shared_lock = threading.Lock()

# Building a Linter fills harper's process-wide dictionary (0.6 s, 130 MB); children forked afterwards share it.
DEFAULT_PRELOAD = (
    "harper:Linter",
    "copydesk.run_check:prepare",
    "copydesk.run_check",
    "copydesk.markdown",
    "copydesk.masking",
    "copydesk.prose",
    "copydesk.loading",
    *(f"copydesk.checks.{name}" for name in ("grammar", "structure", "spelling", "style", "links", "seo")),
)


def shared_pool(children: int | None = None, memory_mb: int = 1500, preload: Sequence[str] = DEFAULT_PRELOAD) -> Pool:
    """The pool of this process, made at the first call (whose arguments count) and closed at exit."""
    global _shared
    with _shared_lock:
        if _shared is None or _shared.closed:
            _shared = Pool(children, memory_mb, preload)
        return _shared


def close_shared_pool() -> None:
    """Close the pool of this process, if there is one; the next `shared_pool` makes another."""
    global _shared
    with _shared_lock:
        pool, _shared = _shared, None
    if pool is not None:
        pool.close()


def _after_fork() -> None:
    global _shared, _shared_lock
    _shared_lock = threading.Lock()
    _shared = None
    for manager in list(_managers):
        manager.forget()
    _managers.clear()


atexit.register(close_shared_pool)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
