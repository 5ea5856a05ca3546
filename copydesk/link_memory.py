"""What the network said of external links, for some days: in one SQLite file beside the results cache.

It may vanish or fail at any time without changing what a link is; looking up takes longer then.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from copydesk.link_lookup import Answer, Outcome

log = logging.getLogger("copydesk.external_links")

_DAY = 86_400.0
# What is wrong may be mended soon, and an unknown may become known: both are asked again the next day.
_LONGEST = {Outcome.GONE: _DAY, Outcome.NO_HOST: _DAY, Outcome.BAD_CERTIFICATE: _DAY, Outcome.CANNOT_TELL: _DAY}
_NOT_KEPT = frozenset({Outcome.NO_ANSWER, Outcome.REFUSED})
_FORGOTTEN = 90 * _DAY


class LinkMemory:
    """Answers by address, with their age."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "external-links-1.sqlite"

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS answers (url TEXT PRIMARY KEY, asked REAL NOT NULL,"
                " outcome TEXT NOT NULL, reason TEXT NOT NULL, moved_to TEXT NOT NULL) WITHOUT ROWID"
            )
            yield connection

    def recall(self, urls: Iterable[str], max_age_seconds: float) -> dict[str, Answer]:
        """What is known of `urls` and not too old."""
        now = time.time()
        found: dict[str, Answer] = {}
        try:
            with self._open() as connection:
                for url in urls:
                    row = connection.execute(
                        "SELECT asked, outcome, reason, moved_to FROM answers WHERE url = ?", (url,)
                    ).fetchone()
                    # A time to come is a clock that was set back: not to be trusted either.
                    if row and 0 <= now - row[0] <= min(
                        max_age_seconds, _LONGEST.get(Outcome(row[1]), max_age_seconds)
                    ):
                        found[url] = Answer(Outcome(row[1]), row[2], row[3])
        except (sqlite3.Error, OSError, ValueError) as error:
            log.warning("answers about links are not remembered: %s", error)
        return found

    def remember(self, answers: Mapping[str, Answer]) -> None:
        """Keep what is worth keeping; faults that pass are asked about again."""
        now = time.time()
        rows = [
            (u, now, a.outcome.value, a.reason, a.moved_to) for u, a in answers.items() if a.outcome not in _NOT_KEPT
        ]
        if not rows:
            return
        try:
            with self._open() as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", rows)
                connection.execute("DELETE FROM answers WHERE asked < ?", (now - _FORGOTTEN,))
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            log.warning("answers about links are not remembered: %s", error)

    def count(self) -> int:
        """How many answers are kept. Raises `sqlite3.Error` or `OSError` for a file that cannot be read."""
        return self._total("SELECT count(*) FROM answers")

    def clear(self) -> int:
        """Forget all answers; how many there were. Raises as `count` does."""
        return self._total("DELETE FROM answers")

    def _total(self, statement: str) -> int:
        if not self.path.exists():
            return 0
        with self._open() as connection:
            cursor = connection.execute(statement)
            row = cursor.fetchone()
            return int(row[0]) if row else cursor.rowcount
