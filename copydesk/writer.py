"""The one thread a process that talks to the store, so that the review never waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from copydesk.errors import CopydeskError
from copydesk.events import Event, Kind
from copydesk.redaction import redact
from copydesk.spool import Spool
from copydesk.stores.base import Store, StoreAway

BATCH = 100  # events a transaction: short, since eight processes may write at once
GATHER_SECONDS = 0.1  # how long a batch waits to fill up
QUEUE_LIMIT = 10_000  # beyond it events go to the spool at once: memory stays bounded
RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # between attempts to reach a store that is away
_LOG = logging.getLogger("copydesk.monitor")


class Writer(threading.Thread):
    """Takes events, writes them in batches, spools them while the store is away. No method raises."""

    def __init__(
        self,
        make: Callable[[], Store],
        spool: Spool,
        *,
        heartbeats: Callable[[], Sequence[Event]] = tuple,
        heartbeat_seconds: float = 10.0,
    ) -> None:
        super().__init__(name="copydesk-monitor", daemon=True)
        self._make = make
        self._spool = spool
        self._heartbeats = heartbeats
        self._heartbeat_seconds = heartbeat_seconds
        self._changed = threading.Condition()
        self._waiting: deque[Event] = deque()
        self._in_flight: list[Event] = []
        self._urgent = False
        self._stopping = False
        self._store: Store | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._leftovers = True  # a spool of an earlier process may be there
        self.spooled = 0  # since the store was last in order
        self.dropped = 0
        self.trouble: str | None = None  # why the store is not in order

    # -- for the other threads ----------------------------------------------------------------------------------------

    def put(self, event: Event) -> None:
        """Take an event; never blocks on the store."""
        with self._changed:
            if len(self._waiting) < QUEUE_LIMIT and not self._stopping:
                self._waiting.append(event)
                if len(self._waiting) in (1, BATCH):
                    self._changed.notify_all()
                return
        self._keep([event], None if self._stopping else "more events than the store takes")

    def flush(self, timeout: float) -> bool:
        """Wait until every event is in the store or on disk, `timeout` seconds at most; says whether that is so."""
        with self._changed:
            self._urgent = True
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: not self._waiting and not self._in_flight, timeout)
            self._urgent = False
        return done

    def close(self, timeout: float) -> bool:
        """Flush, put on disk what is left over then, and stop. True when nothing was dropped."""
        if not self.flush(timeout):
            with self._changed:
                rest = [*self._in_flight, *self._waiting]  # what is in flight may arrive twice: that does no harm
                self._waiting.clear()
            self._keep(rest, "the store is slow")
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if not self._in_flight and threading.current_thread() is not self:
            self.join(max(0.2, timeout))  # only for closing the store
        return not self.dropped

    # -- the thread ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        beat_at = time.monotonic() + self._heartbeat_seconds
        while True:
            batch = self._next(beat_at)
            if batch is None:
                break
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + self._heartbeat_seconds
                batch += self._heartbeats()
            try:
                self._deliver(batch)
            except Exception as error:  # noqa: BLE001 - nothing may end this thread but its owner
                self._fail(error)
                self._keep(batch)
            with self._changed:
                self._in_flight = []
                self._changed.notify_all()
        if self._store is not None:
            self._store.close()
        self._spool.release()

    def _next(self, until: float) -> list[Event] | None:
        """The next batch, empty when it is time for something else, None at the end."""
        with self._changed:
            if not self._waiting and not self._stopping:
                due = min(until, self._retry_at) if self.spooled or self._leftovers or self.trouble else until
                self._changed.wait(max(0.01, due - time.monotonic()))
            if self._waiting and not self._urgent and not self._stopping:
                self._changed.wait_for(
                    lambda: len(self._waiting) >= BATCH or self._urgent or self._stopping, GATHER_SECONDS
                )
            self._in_flight = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            return None if self._stopping and not self._in_flight else list(self._in_flight)

    def _deliver(self, batch: list[Event]) -> None:
        if time.monotonic() < self._retry_at:
            self._keep(batch)
            return
        try:
            store = self._connected()
            if batch:
                self._apply(store, batch)
        except CopydeskError as error:
            self._fail(error)
            self._keep(batch)
            return
        self._failures = 0
        if self.spooled or self._leftovers or self.trouble:
            self._replay(store)

    def _connected(self) -> Store:
        if self._store is None:
            store = self._make()
            store.open()
            self._store = store
            for warning in store.warnings:
                _LOG.warning("%s", warning)
        return self._store

    def _apply(self, store: Store, batch: Sequence[Event]) -> None:
        try:
            store.apply(batch)
        except CopydeskError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of a store costs one event, not the rest
            if len(batch) == 1:
                # Something that no store takes: it must not hold up all that follows.
                self.dropped += 1
                _LOG.warning("an event was not recorded (%s): %s", batch[0].kind, redact(str(error)), exc_info=True)
                return
            for event in batch:
                self._apply(store, [event])

    def _replay(self, store: Store) -> None:
        try:
            count = self._spool.replay(lambda events: self._apply(store, events))
        except CopydeskError as error:
            self._fail(error)
            return
        if count:
            _LOG.info("%d events kept on disk while the store was away are in it now", count)
        self.spooled, self._leftovers, self.trouble = 0, False, None

    def _fail(self, error: Exception) -> None:
        message = redact(str(error)) or type(error).__name__
        if self.trouble is None:
            _LOG.warning("monitoring is degraded: %s", message)
        self.trouble = message
        if self._store is not None:
            self._store.close()
            self._store = None
        # What trying again does not mend (a newer schema, a wrong address) is tried again rarely.
        passing = isinstance(error, StoreAway)
        delay = RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)] if passing else RETRY_SECONDS[-1]
        self._failures += 1
        self._retry_at = time.monotonic() + delay

    def _keep(self, events: Sequence[Event], reason: str | None = None) -> None:
        if not events:
            return
        if reason and self.trouble is None:
            self.trouble = reason
        kept = self._spool.append(events)
        lost = 0 if kept else sum(event.kind is not Kind.RUN_HEARTBEAT for event in events)
        with self._changed:
            self.spooled += kept
            self.dropped += lost
