"""The thread that owns the child processes of a pool: hands out jobs, keeps deadlines, clears up after the dead."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import logging
import multiprocessing
import signal
import sys
import threading
import time
from collections import OrderedDict, deque
from concurrent.futures import InvalidStateError
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any

from copydesk.sandbox_child import OUT_OF_MEMORY, SHARED_KEPT
from copydesk.sandbox_jobs import Affinity, ItemResult, ItemStatus, Job, Order, Part, SandboxError
from copydesk.sandbox_start import Child, Starter

logger = logging.getLogger("copydesk.sandbox")

# A child gets so long to become ready and to import a function, before any deadline of an item runs. Far more than the
# slowest import seen (1.3 s, Prefect), since the machine may be loaded.
START_SECONDS = 60.0
_SERVED_KEPT = 16  # affinities a child is remembered for; what it keeps of their items is bounded too
_WORTH_MOVING_MS = 10.0  # an item that costs less is cheaper where it was met: parsing a post takes about as much
_STUCK = 0.5  # seconds that an item may take before others do what waits for the same child
_FAILED_STARTS = 3  # in a row: then the system cannot start children, and waiting jobs are told so


@dataclass(eq=False, slots=True)
class _Worker:
    """A child as the manager sees it."""

    child: Child
    deadline: float | None  # monotonic
    ready: bool = False
    part: Part | None = None
    running: bool = False  # the function has been reached
    since: float = 0.0  # start of the current item, or of the batch
    known: OrderedDict[str, None] = field(default_factory=OrderedDict)  # shared values that the child still has
    path: list[str] = field(default_factory=list)
    served: OrderedDict[Affinity, None] = field(default_factory=OrderedDict)  # affinities of what it has worked on


class Manager:
    """At most `limit` children from `starter`. `post`, `close` and `closed` are for any thread."""

    def __init__(self, limit: int, starter: Starter) -> None:
        self._limit = limit
        self._starter = starter
        self._queue: list[tuple[Order, int, int, Part]] = []
        self._ticket = itertools.count()
        self._workers: list[_Worker] = []
        self._failed_starts = 0  # in a row
        self._start_at = 0.0  # monotonic; no start is tried before
        self._wanted = 0  # children to start ahead of work
        self._pace: dict[str, float] = {}  # milliseconds that an item of such a job took lately
        self._lock = threading.Lock()
        self._inbox: deque[Part | Job | int] = deque()
        self._wake_r, self._wake_w = multiprocessing.Pipe(duplex=False)
        self._woken = False
        self._closing: bool | None = None  # None: open; False: finish what is queued; True: kill
        self._thread: threading.Thread | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing more is taken."""
        return self._closing is not None

    def post(self, message: Part | Job | int) -> None:
        """Take a part of a job, a job that was cancelled, or a number of children to start ahead of work.

        Raises SandboxError when closed.
        """
        with self._lock:
            # A job can still be cancelled while the pool finishes what it has.
            if self._closing or (self._closing is False and not isinstance(message, Job)):
                raise SandboxError("The pool of child processes is closed.")
            self._inbox.append(message)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="copydesk-sandbox", daemon=True)
                self._thread.start()
            self._wake()

    def close(self, kill: bool) -> None:
        """End at once, or after what is queued; waits for it."""
        with self._lock:
            if self._closing is None or kill:
                self._closing = kill
            thread = self._thread
            self._wake()
        if thread is None:
            self._end()
        elif thread is not threading.current_thread():
            thread.join()

    def _wake(self) -> None:
        if not self._woken:
            self._woken = True
            self._wake_w.send_bytes(b"w")

    # The manager's thread: everything below

    def _run(self) -> None:
        try:
            while True:
                self._take_messages()
                if self._closing:
                    return
                self._start_children()
                self._assign()
                if self._closing is False and not self._queue and not self._busy():
                    return
                self._listen()
                self._enforce()
        except BaseException:
            logger.exception("the manager of the child processes failed")
            raise
        finally:
            self._end()

    def _busy(self) -> bool:
        return any(worker.part for worker in self._workers)

    def _take_messages(self) -> None:
        with self._lock:
            messages = list(self._inbox)
            self._inbox.clear()
            if self._woken:
                self._wake_r.recv_bytes()
                self._woken = False
        for message in messages:
            if isinstance(message, Part):
                self._enqueue(message)
            elif isinstance(message, int):
                self._wanted = max(self._wanted, message)
            else:
                self._queue = [entry for entry in self._queue if entry[-1].job is not message]
                heapq.heapify(self._queue)
                for worker in [w for w in self._workers if w.part and w.part.job is message]:
                    self._discard(worker)

    def _enqueue(self, part: Part) -> None:
        heapq.heappush(self._queue, (part.job.order, part.arrival, next(self._ticket), part))

    def _start_children(self) -> None:
        free = sum(1 for worker in self._workers if worker.part is None)
        missing = max(len(self._queue) - free, self._wanted - len(self._workers))
        for _ in range(min(missing, self._limit - len(self._workers))):
            if time.monotonic() < self._start_at:
                return
            try:
                child = self._starter.start()
            except OSError as error:
                self._start_failed(str(error))
                return
            self._workers.append(_Worker(child, deadline=time.monotonic() + START_SECONDS))
        self._wanted = 0

    def _start_failed(self, reason: str) -> None:
        logger.debug("a child process could not be started: %s", reason)
        self._failed_starts += 1
        self._start_at = time.monotonic() + 0.1 * self._failed_starts
        if self._failed_starts >= _FAILED_STARTS and not self._workers:
            self._failed_starts = 0
            self._wanted = 0
            queue, self._queue = self._queue, []
            for part in [entry[-1] for entry in queue]:
                with contextlib.suppress(InvalidStateError):
                    part.job.future.set_exception(SandboxError(f"No child process can be started: {reason}"))

    def _assign(self) -> None:
        for worker in [w for w in self._workers if w.ready and w.part is None]:
            while self._queue:
                part = self._next_for(worker)
                if part is None:
                    break
                if not part.job.future.done():
                    self._hand_over(worker, part)
                    break

    def _next_for(self, worker: _Worker) -> Part | None:
        """The most urgent part that this child should take; None when all that waits is better left to others.

        Among parts of equal turn and rank those of items that it has met go first, then those that nobody has met. What
        another child has met is taken from the end, so that the two meet late, and only where that is worth the
        preparing.
        """
        if self._queue[0][-1].job.affinity is None:
            return heapq.heappop(self._queue)[-1]
        others = [other for other in self._workers if other is not worker]
        owners = {affinity: other for other in others for affinity in other.served}
        now = time.monotonic()

        def stuck(other: _Worker) -> bool:
            return other.part is not None and now - other.since > _STUCK

        def has_its_share(one: _Worker, affinity: Affinity) -> bool:
            return sum(met.batch == affinity.batch for met in one.served) >= affinity.share

        best: tuple[tuple[tuple[int, int], int, Order, int, int], tuple[Order, int, int, Part]] | None = None
        for entry in self._queue:
            order, arrival, ticket, part = entry
            job, sign = part.job, 1
            if job.affinity in worker.served:
                distance = 0
            elif job.affinity is None:
                distance = 1
            elif (owner := owners.get(job.affinity)) is None:
                # Whoever is free first would take most of a batch, and drop each post before the next step needs it.
                # Only where another can take it: that one may have died, or all may have their share.
                if has_its_share(worker, job.affinity) and any(
                    not has_its_share(other, job.affinity) and not stuck(other) for other in others
                ):
                    continue
                distance = 1
            elif self._pace.get(job.key, 0.0) >= _WORTH_MOVING_MS or stuck(owner):
                distance, sign = 2, -1
            else:
                continue
            place = (order[:2], distance, order, sign * arrival, sign * ticket)
            if best is None or place < best[0]:
                best = place, entry
        if best is None:
            return None
        self._queue.remove(best[1])
        heapq.heapify(self._queue)
        return best[1][-1]

    def _hand_over(self, worker: _Worker, part: Part) -> None:
        path = None
        if worker.path != sys.path:  # a folder of the team's own steps may join later
            path = worker.path = list(sys.path)
        new = part.job.key not in worker.known
        if new:
            worker.known[part.job.key] = None
            if len(worker.known) > SHARED_KEPT:
                worker.known.popitem(last=False)
        # What is taken from another child stays that child's: it has met the rest of the group.
        if part.job.affinity is not None and not any(part.job.affinity in other.served for other in self._workers):
            worker.served[part.job.affinity] = None
            if len(worker.served) > _SERVED_KEPT:
                worker.served.popitem(last=False)
        worker.part = part
        worker.running = False
        worker.since = time.monotonic()
        worker.deadline = worker.since + START_SECONDS
        try:
            # The child is reading, so this does not block longer than copying takes.
            worker.child.connection.send_bytes(part.frame(path=path, with_shared=new))
        except OSError:
            self._died(worker)

    def _listen(self) -> None:
        deadlines = [worker.deadline for worker in self._workers if worker.deadline is not None]
        if self._failed_starts and (self._queue or self._wanted) and len(self._workers) < self._limit:
            deadlines.append(self._start_at)
        if self._queue and any(worker.ready and worker.part is None for worker in self._workers):
            now = time.monotonic()
            waits = (worker.since + _STUCK - now for worker in self._workers if worker.part)
            deadlines.append(now + max(0.05, min(waits, default=0.0)))
        timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        sources: list[Any] = [self._wake_r]
        for worker in self._workers:
            sources += (worker.child.connection, worker.child.ended)
        heard = set(wait(sources, timeout))
        for worker in list(self._workers):
            if worker.child.connection in heard or worker.child.ended in heard:
                self._read(worker)

    def _read(self, worker: _Worker) -> None:
        try:
            while worker in self._workers and worker.child.connection.poll():
                self._frame(worker, worker.child.connection.recv_bytes())
        except (EOFError, OSError):
            self._died(worker)
            return
        if worker in self._workers and wait([worker.child.ended], 0):
            self._died(worker)

    def _frame(self, worker: _Worker, data: bytes) -> None:
        now = time.monotonic()
        try:
            frame = json.loads(data)
        except RecursionError:  # nested nearly too deep for the child, and a little more so for us
            assert worker.part is not None
            frame = [
                "failed",
                worker.part.indexes.index(worker.part.open()[0]),
                0.0,
                "RecursionError: too deep",
                False,
                "",
            ]
        kind = frame[0]
        if kind == "ready":
            worker.child.pid = frame[1]
            worker.ready = True
            worker.deadline = None
            self._failed_starts = 0
            return
        part = worker.part
        assert part is not None, f"a child without a job sent {kind}"
        job = part.job
        if kind == "started":
            worker.running = True
            worker.since = now
            if job.on_start is not None and not job.future.done():
                try:
                    job.on_start()
                except Exception:
                    logger.exception("a listener of starts failed")
            if job.job_seconds is not None and job.ends is None:
                job.ends = now + job.job_seconds
        elif kind == "done":
            _, position, milliseconds, value = frame
            result = ItemResult(status=ItemStatus.DONE, value=value, milliseconds=milliseconds)
            self._pace[job.key] = 0.8 * self._pace.get(job.key, milliseconds) + 0.2 * milliseconds
            self._record(job, part.indexes[position], result)
        else:
            _, position, milliseconds, error, retriable, trace = frame
            logger.debug("%s failed in a child process:\n%s", job.function, trace)
            result = ItemResult(status=ItemStatus.FAILED, error=error, milliseconds=milliseconds, retriable=retriable)
            if position is not None:
                self._record(job, part.indexes[position], result)
            else:
                self._batch_failed(part, result, halve=not retriable)
                self._release(worker)
                return
        if not part.open():
            self._release(worker)
        else:
            if not job.batch:
                worker.since = now
            worker.deadline = worker.since + self._allowance(worker, part)

    def _allowance(self, worker: _Worker, part: Part) -> float:
        job = part.job
        if job.batch:
            seconds = job.item_seconds * len(part.indexes)
            return seconds if job.job_seconds is None else min(seconds, job.job_seconds)
        return job.item_seconds if job.ends is None else min(job.item_seconds, job.ends - worker.since)

    def _release(self, worker: _Worker) -> None:
        worker.part = None
        worker.deadline = None

    def _record(self, job: Job, index: int, result: ItemResult) -> None:
        if job.results[index] is not None:
            return
        job.results[index] = result
        job.missing -= 1
        if job.on_result is not None and not job.future.done():
            try:
                job.on_result(index, result)
            except Exception:
                logger.exception("a listener of results failed")
        if job.missing == 0:
            with contextlib.suppress(InvalidStateError):  # cancelled meanwhile
                job.future.set_result([r for r in job.results if r is not None])

    def _enforce(self) -> None:
        now = time.monotonic()
        for worker in [w for w in self._workers if w.deadline is not None and w.deadline <= now]:
            self._read(worker)  # the result may have come in while this thread did not run
            if worker not in self._workers or worker.deadline is None or worker.deadline > now:
                continue
            part, running, since = worker.part, worker.running, worker.since
            self._discard(worker)
            if part is None:
                self._start_failed(f"it was not ready after {START_SECONDS:g} s")
                continue
            job = part.job
            if not running:
                error = f"{job.function} could not be imported in {START_SECONDS:g} s"
                self._blame(part, part.open(), ItemStatus.TIMED_OUT, error, now - since)
            elif job.ends is not None and job.ends <= now and not job.batch:
                error = f"the limit of {job.job_seconds:g} s for the whole job was up"
                self._blame(part, part.open(), ItemStatus.TIMED_OUT, error, now - since)
            else:
                self._culprit(part, ItemStatus.TIMED_OUT, f"no result after {now - since:.3g} s", now - since)

    def _died(self, worker: _Worker) -> None:
        """A child ended by itself, or the system ended it."""
        part, running, since = worker.part, worker.running, worker.since
        worker.child.kill()  # what it started may still run; its exit code is settled
        code = worker.child.exit_code(1.0)
        self._discard(worker)
        if not worker.ready:
            self._start_failed(f"it {_ending(code)}")
            return
        if part is None or part.job.future.done():
            return
        logger.debug("a child process running %s %s", part.job.function, _ending(code))
        if not running:
            part.lost_starts += 1
            if part.lost_starts == 1 and code != OUT_OF_MEMORY:
                self._enqueue(part)
                return
        if code == OUT_OF_MEMORY:
            status, error = ItemStatus.OUT_OF_MEMORY, "MemoryError: over the memory limit of a child process"
        else:
            status, error = ItemStatus.CRASHED, f"the child process {_ending(code)}"
        elapsed = time.monotonic() - since
        if running:
            self._culprit(part, status, error, elapsed)
        else:
            self._halve(part, status, error, elapsed)

    def _culprit(self, part: Part, status: ItemStatus, error: str, seconds: float) -> None:
        if part.job.batch:
            self._halve(part, status, error, seconds)
            return
        first, *rest = part.open()
        self._blame(part, [first], status, error, seconds)
        if rest:
            self._enqueue(Part(part.job, rest, part.arrival))

    def _halve(self, part: Part, status: ItemStatus, error: str, seconds: float) -> None:
        indexes = part.open()
        if len(indexes) == 1:
            self._blame(part, indexes, status, error, seconds)
            return
        middle = len(indexes) // 2
        self._enqueue(Part(part.job, indexes[:middle], part.arrival))
        self._enqueue(Part(part.job, indexes[middle:], part.arrival))

    def _batch_failed(self, part: Part, result: ItemResult, halve: bool) -> None:
        # An error that may pass is nobody's fault: the step is tried again as a whole.
        if halve and len(part.indexes) > 1:
            self._halve(part, result.status, result.error, result.milliseconds / 1000)
        else:
            for index in part.open():
                self._record(part.job, index, result)

    def _blame(self, part: Part, indexes: list[int], status: ItemStatus, error: str, seconds: float) -> None:
        for index in indexes:
            self._record(part.job, index, ItemResult(status=status, error=error, milliseconds=seconds * 1000))

    def _discard(self, worker: _Worker) -> None:
        worker.child.kill()
        worker.child.close()
        self._workers.remove(worker)

    def _end(self) -> None:
        with self._lock:
            self._closing = True
            self._woken = True  # nobody listens any more
            waiting = [message for message in self._inbox if isinstance(message, Part)]
            self._inbox.clear()
        waiting += [entry[-1] for entry in self._queue]
        waiting += [worker.part for worker in self._workers if worker.part]
        self._queue.clear()
        for worker in list(self._workers):
            self._discard(worker)
        self._starter.close()
        for part in waiting:
            part.job.future.cancel()
        self._wake_r.close()
        self._wake_w.close()

    def forget(self) -> None:
        """In a forked process: let go. The children are the other's, and must see its end by ours being closed."""
        self._closing = True
        self._lock = threading.Lock()
        self._thread = None
        self._woken = True
        for worker in self._workers:
            worker.child.close()
        self._workers = []
        self._starter.forget()


def _ending(code: int | None) -> str:
    if code is None:
        return "ended"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
