"""Events on disk while the store is away: JSON lines, one file a writing process, replayed by whoever comes next."""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from copydesk.events import Event, Kind

BATCH = 50


class Spool:
    """The events that one store has not got yet.

    Each process appends to a file of its own and holds a lock on it as long as it lives; a file whose lock is free is
    complete, and is replayed and deleted by one process. Applying an event twice does no harm, so a replay that dies
    half-way loses nothing.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder / hashlib.blake2b(address.encode("utf-8", "replace"), digest_size=8).hexdigest()
        self._lock = threading.Lock()
        self._file: int | None = None
        self._size = 0

    def append(self, events: Sequence[Event]) -> int:
        """How many of the events are on disk now: all, or none when the disk refuses. Heartbeats are not kept."""
        kept = [event for event in events if event.kind is not Kind.RUN_HEARTBEAT]
        data = "".join(event.to_line() + "\n" for event in kept).encode("ascii")
        if not data:
            return 0
        with self._lock:
            try:
                file = self._own()
                written = 0
                while written < len(data):
                    written += os.write(file, data[written:])
            except OSError:
                if self._file is not None:
                    os.ftruncate(self._file, self._size)  # half a line would spoil the next one
                return 0
            self._size += len(data)
        return len(kept)

    def _own(self) -> int:
        while self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self.folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl"
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            # Somebody who replays may have seen the file before it was locked, and deleted it since.
            if _locked(file) and os.fstat(file).st_nlink:
                self._file, self._size = file, 0
            else:
                os.close(file)
        return self._file

    def release(self) -> None:
        """Let others (and `replay`) have what this process wrote."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def waiting(self) -> bool:
        """True when there is a file to replay, whoever wrote it."""
        return any(self._paths())

    def _paths(self) -> Iterator[Path]:
        try:
            yield from sorted(self.folder.glob("*.jsonl"))
        except OSError:
            return

    def replay(self, apply: Callable[[Sequence[Event]], None]) -> int:
        """Hand over every complete file, then delete it; returns the number of events. What `apply` raises passes."""
        self.release()
        count = 0
        for path in self._paths():
            try:
                file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue  # replayed by somebody else
            try:
                if not _locked(file) or not os.fstat(file).st_nlink:
                    continue
                for batch in _batches(file):
                    apply(batch)
                    count += len(batch)
                path.unlink(missing_ok=True)
            finally:
                os.close(file)
        return count


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _batches(file: int) -> Iterator[list[Event]]:
    batch: list[Event] = []
    with os.fdopen(os.dup(file), encoding="ascii", errors="replace") as lines:
        for line in lines:
            try:
                batch.append(Event.from_line(line))
            except ValueError:
                continue  # the last line of a process that was killed while writing it
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
