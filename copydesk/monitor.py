"""The monitor: what happens in a run, told as it happens, kept by a store, and never in the way of the review.

```python
monitor = WorkflowMonitor(store_url)
run = monitor.start_run(run_id=..., attempt=1, workflow="blog-review", priority="high", queue="high", posts=12)
run.step_started("links", 1)
run.step_finished("links", 1, "completed", posts=12)
run.finish("completed", verdict="approve", score=97.5)
monitor.close()
if monitor.degraded:
    print(monitor.degraded)
```
Nothing here raises, and nothing waits for the store but `flush` and `close`, which take their time limit with them.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from copydesk.events import Event
from copydesk.lease import HEARTBEAT_SECONDS
from copydesk.recorder import RunRecorder
from copydesk.redaction import redact
from copydesk.spool import Spool
from copydesk.stores import data_folder, make_store
from copydesk.writer import Writer

__all__ = ["Clock", "RunRecorder", "WorkflowMonitor"]

FLUSH_SECONDS = 1.5  # with what a slow disk adds, a review is never two seconds later


class Clock:
    """The time of day, asked once, then carried on by the monotonic clock: a changed clock reorders nothing."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._offset = wall() - monotonic()
        self._last = 0
        self._lock = threading.Lock()

    def microseconds(self) -> int:
        """Since 1970; each answer is higher than the one before."""
        with self._lock:
            self._last = max(self._last + 1, int((self.monotonic() + self._offset) * 1e6))
            return self._last


class WorkflowMonitor:
    """Records runs in the store of an address. The writing thread is made when it is first needed, after any fork."""

    def __init__(
        self,
        store_url: str | None = None,
        *,
        enabled: bool = True,
        spool_folder: Path | None = None,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        self.enabled = enabled
        self.clock = clock or Clock()
        self._url = store_url
        self._spool_folder = spool_folder
        self._heartbeat_seconds = heartbeat_seconds
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._held: dict[tuple[str, int], RunRecorder] = {}
        _MONITORS.add(self)

    def start_run(
        self,
        *,
        run_id: str,
        attempt: int = 1,
        workflow: str,
        priority: str,
        queue: str | None = None,
        deployment: str | None = None,
        created: datetime | None = None,
        expected_start: datetime | None = None,
        posts: int = 0,
        metadata: Mapping[str, Any] | None = None,
    ) -> RunRecorder:
        """Record that a run has begun, and give what records the rest of it.

        `expected_start` is when it was due, `created` when it was asked for: the later of the two is when its waiting
        in the queue began. Both come from another machine's clock, so that a wait is never taken as negative.
        """
        run = RunRecorder(self, str(run_id), attempt, workflow)
        run.open(
            priority=priority, queue=queue, deployment=deployment, created=created, expected_start=expected_start,
            posts=posts, metadata=metadata or {},
        )  # fmt: skip
        return run

    def engine_state(self, run_id: str, attempt: int, state: str, *, error: str | None = None) -> None:
        """Record what Prefect says of a run (`cancelled`, `failed` ...), for a hook that runs in another process.

        The run's own last word, if it comes or has come, overrules it.
        """
        run = RunRecorder(self, str(run_id), attempt, None)
        run.engine_state(state, error)

    def flush(self, timeout: float = FLUSH_SECONDS) -> bool:
        """Wait until all is written (to the store, or to disk while it is away), at most so many seconds."""
        writer = self._writer
        return writer is None or not writer.is_alive() or writer.flush(timeout)

    def close(self, timeout: float = FLUSH_SECONDS) -> bool:
        """Flush, and put on disk what the store has not taken by then. True when nothing was lost."""
        with self._lock:
            writer = self._writer
        if writer is None or not writer.is_alive():
            return True
        return writer.close(timeout)

    @property
    def degraded(self) -> str | None:
        """The line to show when records are late or lost; None when all is well."""
        writer = self._writer
        if writer is None or not (writer.trouble or writer.dropped):
            return None
        line = f"monitoring is degraded: {writer.trouble or 'some events could not be recorded'}"
        if writer.spooled:
            line += f"; {writer.spooled} events are kept on disk until the store is back"
        if writer.dropped:
            line += f"; {writer.dropped} events are lost"
        return line

    # -- for the recorder ---------------------------------------------------------------------------------------------

    def put(self, event: Event) -> None:
        """Hand an event to the writing thread."""
        if not self.enabled:
            return
        with self._lock:
            if self._writer is None or not self._writer.is_alive():
                self._writer = self._made()
            writer = self._writer
        writer.put(event)

    def _made(self) -> Writer:
        url = self._url
        folder = self._spool_folder or data_folder() / "spool"
        writer = Writer(
            lambda: make_store(url),
            Spool(folder, make_address(url)),
            heartbeats=self._heartbeats,
            heartbeat_seconds=self._heartbeat_seconds,
        )
        writer.start()
        return writer

    def hold(self, run: RunRecorder) -> None:
        """Send heartbeats for a run from now on."""
        self._held[run.key] = run

    def release(self, run: RunRecorder) -> None:
        """No more heartbeats for a run."""
        self._held.pop(run.key, None)

    def _heartbeats(self) -> list[Event]:
        return [run.heartbeat() for run in list(self._held.values())]

    def forked(self) -> None:
        """In a child after fork: the thread, and the runs it speaks for, stay with the parent."""
        self._writer, self._lock, self._held = None, threading.Lock(), {}
        self.clock = Clock()


def make_address(url: str | None) -> str:
    """What tells one store from another, without its password; the text itself, redacted, when it is no address."""
    try:
        return make_store(url).address
    except Exception:  # noqa: BLE001 - a wrong address degrades the monitoring, no more
        return redact(url or "")


_MONITORS: weakref.WeakSet[WorkflowMonitor] = weakref.WeakSet()


def _after_fork() -> None:
    for monitor in list(_MONITORS):
        monitor.forked()


def _at_exit() -> None:
    for monitor in list(_MONITORS):
        monitor.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
