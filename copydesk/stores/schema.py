"""The tables of the SQLite store, made from the fields of `copydesk.events`, and how an older file is brought up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from copydesk.events import GROUPS, JSON_FIELDS, KEYS, TIME_FIELDS, Table, parse_time, utc

APPLICATION_ID = 0x636F7079  # "copy": tells our files from those of other programs

RUN_TIME = "coalesce(started_at, ended_at, created_at)"  # when a run was, for windows and order
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(text: str) -> int:
    """Milliseconds since 1970 of an ISO time."""
    return (parse_time(text) - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> str:
    """The ISO time of milliseconds since 1970."""
    return utc(_EPOCH + timedelta(milliseconds=milliseconds))


def quoted(names: Iterable[str]) -> str:
    """Column names for SQL: `column` and `match` are words of SQL too."""
    return ", ".join(f'"{name}"' for name in names)


def _column(name: str) -> str:
    if name in TIME_FIELDS:
        return f'"{name}" INTEGER'  # milliseconds since 1970: small, and compared as numbers
    if name in JSON_FIELDS:
        return f'"{name}" TEXT'
    return f'"{name}"'  # as given: SQLite changes no value without a declared type


def _table(table: Table) -> str:
    fields = [_column(name) for name in KEYS[table]]
    for group, names in GROUPS[table].items():
        fields += [_column(name) for name in names] + [f'"{group}_seq" INTEGER']
    return f"CREATE TABLE {table} ({', '.join(fields)}, UNIQUE ({quoted(KEYS[table])}))"


CREATE = (
    *(_table(table) for table in Table),
    "CREATE TABLE events (id TEXT PRIMARY KEY, run_id TEXT, attempt INTEGER, seq INTEGER, at INTEGER, kind TEXT,"
    " data TEXT) WITHOUT ROWID",
    "CREATE INDEX events_run ON events (run_id, attempt, seq)",
    f"CREATE INDEX runs_time ON runs ({RUN_TIME})",
    "CREATE INDEX runs_state ON runs (state, ended_at, started_at, created_at, workflow, queue, attempt)",
    "CREATE INDEX posts_path ON post_reviews (path, reviewed_at)",
    "CREATE INDEX posts_time ON post_reviews (reviewed_at, workflow, score, verdict)",
    # Percentiles walk these in order and never touch the table: all that a statistic filters by is in them.
    *(
        f"CREATE INDEX runs_{metric} ON runs ({metric}, started_at, ended_at, created_at, workflow, queue)"
        f" WHERE {metric} IS NOT NULL"
        for metric in ("run_seconds", "queue_seconds", "lateness_seconds")
    ),
    "CREATE INDEX steps_run_seconds ON step_runs (step, run_seconds, started_at, workflow)"
    " WHERE run_seconds IS NOT NULL",
    "CREATE INDEX steps_queue_seconds ON step_runs (step, queue_seconds, started_at, workflow)"
    " WHERE queue_seconds IS NOT NULL",
    "CREATE INDEX steps_state ON step_runs (step, state, step_attempt, started_at, workflow)",
)

# version -> statements that lead to the next one
MIGRATIONS: dict[int, tuple[str, ...]] = {
    # Of version 0.1.0: a report made again from the store was not the one that was printed.
    1: (
        'ALTER TABLE post_reviews ADD COLUMN "type"',
        'ALTER TABLE post_reviews ADD COLUMN "fixed"',
        'ALTER TABLE findings ADD COLUMN "suppression"',
    ),
}
