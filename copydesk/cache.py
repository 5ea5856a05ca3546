"""Results by content: what a step said of a text is kept until the text, the step's version or its options change.

A cache may vanish or fail at any time without changing a result: it is only slower then.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from copydesk.early import file_in
from copydesk.report import StepResult

log = logging.getLogger("copydesk.cache")

_GROUP = 500  # keys a statement: SQLite's limit of variables was 999 for long
_TRIM_TO = 0.8  # share of the limit that is left after a trim, so that not every write trims

result_adapter: TypeAdapter[StepResult] = TypeAdapter(StepResult)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStatus:
    """What `copydesk cache` shows."""

    path: str
    results: int
    megabytes: float
    by_step: Mapping[str, int]


class ResultCache:
    """Step results in one SQLite file, shared by all processes of a user. Safe between threads."""

    def __init__(self, folder: Path, max_mb: int = 512) -> None:
        """Nothing is opened until the first use; `max_mb` bounds the stored results."""
        self.path = file_in(folder)
        self._max_bytes = max_mb * 1_000_000
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._broken = False

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._owner != os.getpid():
            # 0700: results quote the posts, drafts among them.
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS results"
                " (key TEXT PRIMARY KEY, step TEXT NOT NULL, used REAL NOT NULL, bytes INTEGER NOT NULL,"
                " value BLOB NOT NULL)"
                " WITHOUT ROWID"
            )
            connection.execute("CREATE INDEX IF NOT EXISTS results_used ON results (used, bytes)")
            connection.execute("CREATE TABLE IF NOT EXISTS texts (hash TEXT PRIMARY KEY) WITHOUT ROWID")
            self._connection, self._owner = connection, os.getpid()
        return self._connection

    def _give_up(self, error: Exception) -> None:
        if not self._broken:
            log.warning("the results cache %s is not used: %s", self.path, error)
        self._broken = True

    def get_many(self, keys: Sequence[str]) -> dict[str, StepResult]:
        """The results that are there, by key."""
        found: dict[str, StepResult] = {}
        unreadable: list[str] = []
        if self._broken or not keys:
            return found
        try:
            with self._lock:
                connection = self._open()
                for start in range(0, len(keys), _GROUP):
                    group = keys[start : start + _GROUP]
                    marks = ",".join("?" * len(group))
                    rows = connection.execute(f"SELECT key, value FROM results WHERE key IN ({marks})", group)  # noqa: S608
                    for key, value in rows:
                        try:
                            found[key] = result_adapter.validate_json(zlib.decompress(value))
                        except (ValueError, zlib.error):
                            unreadable.append(key)
                for key in unreadable:  # damaged, or of another version: computed and kept anew
                    connection.execute("DELETE FROM results WHERE key = ?", (key,))
                self._touch(connection, list(found))
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
        return found

    @staticmethod
    def _touch(connection: sqlite3.Connection, keys: Sequence[str]) -> None:
        """Keep what is used; an hour's precision is enough and spares a write for each look-up."""
        now = time.time()
        for start in range(0, len(keys), _GROUP):
            group = keys[start : start + _GROUP]
            marks = ",".join("?" * len(group))
            stale = f"SELECT 1 FROM results WHERE key IN ({marks}) AND used < ? LIMIT 1"  # noqa: S608
            if connection.execute(stale, (*group, now - 3_600)).fetchone():
                connection.execute(f"UPDATE results SET used = ? WHERE key IN ({marks})", (now, *group))  # noqa: S608

    def put_many(self, results: Iterable[tuple[str, str, StepResult]]) -> None:
        """Keep `(key, step, result)`; what is there already stays as it is."""
        rows: list[tuple[str, str, float, int, bytes]] = []
        for key, step, result in results:
            try:
                value = zlib.compress(result_adapter.dump_json(result), 1)
            except ValueError:  # half of a surrogate pair, out of an escape in a post: JSON in UTF-8 cannot hold it
                continue
            rows.append((key, step, time.time(), len(value), value))
        if self._broken or not rows:
            return
        try:
            with self._lock:
                connection = self._open()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    connection.executemany("INSERT OR IGNORE INTO results VALUES (?, ?, ?, ?, ?)", rows)
                    connection.execute("COMMIT")
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def remember(self, hashes: Iterable[str]) -> None:
        """Note that posts with these contents were reviewed to the end: `copydesk.early` asks for them."""
        if self._broken:
            return
        try:
            with self._lock:
                self._open().executemany("INSERT OR IGNORE INTO texts VALUES (?)", [(text,) for text in hashes])
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def trim(self) -> int:
        """Drop what has not been used for longest until the size is within the limit; answers how many results went."""
        try:
            with self._lock:
                connection = self._open()
                (size,) = connection.execute("SELECT coalesce(sum(bytes), 0) FROM results").fetchone()
                if size <= self._max_bytes:
                    return 0
                excess, last = size - self._max_bytes * _TRIM_TO, 0.0
                for used, count in connection.execute("SELECT used, bytes FROM results ORDER BY used"):
                    last, excess = used, excess - count
                    if excess <= 0:
                        break
                connection.execute("DELETE FROM texts")  # only a hint, and it cannot be told whose results went
                return connection.execute("DELETE FROM results WHERE used <= ?", (last,)).rowcount
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return 0

    def clear(self) -> int:
        """Forget everything; answers how many results went. Raises `sqlite3.Error` or `OSError` when it cannot."""
        with self._lock:
            connection = self._open()
            count = connection.execute("DELETE FROM results").rowcount
            connection.execute("DELETE FROM texts")
            connection.execute("VACUUM")
            return count

    def status(self) -> CacheStatus:
        """How much is kept. Raises `sqlite3.Error` or `OSError` when the file cannot be read."""
        with self._lock:
            rows = (
                self._open()
                .execute("SELECT step, count(*), sum(bytes) FROM results GROUP BY step ORDER BY step")
                .fetchall()
            )
        return CacheStatus(
            path=str(self.path),
            results=sum(row[1] for row in rows),
            megabytes=round(sum(row[2] for row in rows) / 1e6, 1),
            by_step={row[0]: row[1] for row in rows},
        )

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None


def canonical(value: Any) -> str:
    """One text for equal JSON-like values, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
