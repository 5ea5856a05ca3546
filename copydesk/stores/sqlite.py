"""The embedded store: one SQLite file, written by many processes at once."""

# ruff: noqa: S608 - the statements are put together from this module's own words; values are always bound

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from copydesk.errors import StoreError
from copydesk.events import (
    GROUPS,
    JSON_FIELDS,
    KEPT,
    KEYS,
    TIME_FIELDS,
    Event,
    Kind,
    Table,
    merged,
    to_storable,
)
from copydesk.stores import schema
from copydesk.stores.base import (
    ENDED,
    SCHEMA_VERSION,
    Deleted,
    FindingRow,
    PostRow,
    Run,
    RunQuery,
    RunRecord,
    Stats,
    StatsQuery,
    StepRun,
    Store,
    StoreAway,
    StoreNewer,
    step_order,
)
from copydesk.stores.sqlite_stats import Statistics

BUSY_SECONDS = 30.0  # SQLite's busy handler is no queue: of eight writers one may wait for seconds
DELETE_ROWS = 5_000  # a transaction of a clean-up: some 50 ms, so that writers are not held up
_Row = TypeVar("_Row", Run, StepRun, PostRow, FindingRow)


def _encoded(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in TIME_FIELDS:
        return schema.to_ms(value)
    return json.dumps(value, separators=(",", ":")) if name in JSON_FIELDS else value


def _upsert(table: Table, group: str) -> str:
    names = (*KEYS[table], *GROUPS[table][group], f"{group}_seq")
    updates = ", ".join(f'"{name}"=excluded."{name}"' for name in names[len(KEYS[table]) :])
    return (
        f"INSERT INTO {table} ({schema.quoted(names)}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT ({schema.quoted(KEYS[table])}) DO UPDATE SET {updates}"
        f' WHERE coalesce({table}."{group}_seq", -1) < excluded."{group}_seq"'
    )


_UPSERTS = {(table, group): _upsert(table, group) for table in Table for group in GROUPS[table]}


class SqliteStore(Store):
    """WAL and `synchronous=NORMAL`: no commit is lost when a process dies, the last ones may be when the power goes."""

    def __init__(self, path: str | Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = Path(path)
        self.address = f"sqlite:///{self.path}"
        self.busy_seconds = busy_seconds
        self._connection: sqlite3.Connection | None = None

    # -- opening ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        if self._connection is not None:
            return
        with self._errors():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = sqlite3.connect(self.path, timeout=self.busy_seconds, isolation_level=None)
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        self._check()  # before anything is written: another program's file stays as it is
        mode = self._db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode == "wal":
            self._db.execute("PRAGMA synchronous=NORMAL")
        else:
            # A file system without shared memory (NFS, SMB): slower, and each commit waits for the disk.
            self._db.execute("PRAGMA synchronous=FULL")
            self.warnings = (
                f"{self.address}: the file system allows no write-ahead log (journal mode {mode}); "
                "a local disk is faster and safer",
            )
        if self._version() == SCHEMA_VERSION:
            return
        with self._transaction():
            version = self._check()  # again, now that no other process can be creating or migrating it
            if version == 0:
                for statement in schema.CREATE:
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
            for step in range(version or SCHEMA_VERSION, SCHEMA_VERSION):
                for statement in schema.MIGRATIONS[step]:
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def _check(self) -> int:
        version = self._version()
        owner = self._db.execute("PRAGMA application_id").fetchone()[0]
        empty = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if owner != schema.APPLICATION_ID and not empty:
            raise StoreError(f"{self.address}: a database of another program; choose another file with --store")
        if version > SCHEMA_VERSION:
            raise StoreNewer(
                f"{self.address}: written by a newer copydesk (schema {version}, this one knows {SCHEMA_VERSION}); "
                "upgrade copydesk or choose another file with --store"
            )
        return version

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError(f"{self.address}: not open")
        return self._connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise StoreAway(f"{self.address}: {error}") from error
        except sqlite3.Error as error:
            raise StoreError(f"{self.address}: {error}") from error

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """All or nothing. IMMEDIATE since a transaction that reads first and writes later fails at once when busy."""
        with self._errors():
            self._db.execute(begin)
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    self._db.execute("ROLLBACK")
                raise

    # -- writing ------------------------------------------------------------------------------------------------------

    def apply(self, events: Sequence[Event]) -> None:
        rows: dict[tuple[Table, str], list[tuple[Any, ...]]] = {}
        for change in merged(events):
            values = tuple(_encoded(name, value) for name, value in change.values.items())
            rows.setdefault((change.table, change.group), []).append((*change.key, *values, change.seq))
        kept = [
            (e.id, e.run_id, e.attempt, e.seq, schema.to_ms(e.at), e.kind, json.dumps(e.data, separators=(",", ":")))
            for e in events
            if e.kind in KEPT
        ]
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", kept)
            for place, values_of in rows.items():
                db.executemany(_UPSERTS[place], values_of)

    def delete_older(self, before: str, *, limit: int, dry_run: bool = False) -> Deleted:
        old = f"state IN ({', '.join('?' * len(ENDED))}) AND ended_at < ?"
        arguments = (*ENDED, schema.to_ms(before))
        if dry_run:
            return self._count_older(old, arguments)
        with self._errors():
            runs = self._db.execute(
                f"SELECT run_id, attempt FROM runs WHERE {old} ORDER BY ended_at LIMIT ?", (*arguments, limit)
            ).fetchall()
        deleted = Deleted()
        for run_id, attempt in runs:
            counts = {
                table: self._delete_children(table, run_id, attempt)
                for table in ("findings", "post_reviews", "step_runs", "events")
            }
            with self._transaction() as db:
                own = db.execute(
                    f"DELETE FROM runs WHERE run_id=? AND attempt=? AND {old}", (run_id, attempt, *arguments)
                ).rowcount
            deleted += Deleted(runs=own, **counts)
        return deleted

    def _delete_children(self, table: str, run_id: str, attempt: int) -> int:
        key = "id" if table == "events" else "rowid"
        total = 0
        while True:
            with self._transaction() as db:
                count = db.execute(
                    f"DELETE FROM {table} WHERE {key} IN"
                    f" (SELECT {key} FROM {table} WHERE run_id=? AND attempt=? LIMIT ?)",
                    (run_id, attempt, DELETE_ROWS),
                ).rowcount
            total += count
            if count < DELETE_ROWS:
                return total

    def _count_older(self, old: str, arguments: tuple[Any, ...]) -> Deleted:
        with self._transaction("BEGIN") as db:
            counts = {
                table: db.execute(
                    f"SELECT count(*) FROM runs JOIN {table} AS t USING (run_id, attempt)"
                    f" WHERE {old.replace('state', 'runs.state').replace('ended_at', 'runs.ended_at')}",
                    arguments,
                ).fetchone()[0]
                for table in ("findings", "post_reviews", "step_runs", "events")
            }
            runs = db.execute(f"SELECT count(*) FROM runs WHERE {old}", arguments).fetchone()[0]
        return Deleted(runs=runs, **counts)

    # -- reading ------------------------------------------------------------------------------------------------------

    def _rows(self, kind: type[_Row], table: Table, rest: str, arguments: Sequence[Any]) -> list[_Row]:
        names = [field.name for field in fields(kind)]
        sql = f"SELECT {schema.quoted(names)} FROM {table} {rest}"
        return [kind(**self._decoded(names, row)) for row in self._db.execute(sql, arguments)]

    @staticmethod
    def _decoded(names: list[str], row: Sequence[Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in zip(names, row, strict=True):
            if name in JSON_FIELDS and isinstance(value, str):
                values[name] = json.loads(value)
            elif value is not None:
                values[name] = schema.from_ms(value) if name in TIME_FIELDS else value
        if "suppressed" in values:
            values["suppressed"] = bool(values["suppressed"])
        return values

    def runs(self, query: RunQuery) -> list[Run]:
        where, arguments = ["1"], list[Any]()
        if query.states:
            where.append(f"state IN ({', '.join('?' * len(query.states))})")
            arguments += query.states
        for name in ("workflow", "queue", "host"):
            if (value := getattr(query, name)) is not None:
                where.append(f"{name} = ?")
                arguments.append(to_storable(value))
        if query.prefix is not None:
            where.append("substr(run_id, 1, ?) = ?")
            prefix = to_storable(query.prefix)
            arguments += [len(prefix), prefix]
        for sign, time in ((">=", query.since), ("<", query.until)):
            if time is not None:
                where.append(f"{schema.RUN_TIME} {sign} ?")
                arguments.append(schema.to_ms(time))
        rest = f"WHERE {' AND '.join(where)} ORDER BY {schema.RUN_TIME} DESC, run_id, attempt DESC LIMIT ?"
        with self._errors():
            return self._rows(Run, Table.RUNS, rest, [*arguments, query.limit])

    def run(self, run_id: str, attempt: int | None = None, *, findings: bool = True) -> RunRecord | None:
        with self._transaction("BEGIN") as db:
            which = "run_id = ? AND (attempt = ? OR ? IS NULL) ORDER BY attempt DESC LIMIT 1"
            runs = self._rows(Run, Table.RUNS, f"WHERE {which}", (to_storable(run_id), attempt, attempt))
            if not runs:
                return None
            key = (run_id, runs[0].attempt)
            its = "WHERE run_id = ? AND attempt = ? ORDER BY"
            return RunRecord(
                run=runs[0],
                steps=tuple(sorted(self._rows(StepRun, Table.STEPS, f"{its} 1", key), key=step_order)),
                posts=tuple(self._rows(PostRow, Table.POSTS, f"{its} path", key)),
                findings=tuple(self._rows(FindingRow, Table.FINDINGS, f"{its} path, number", key) if findings else ()),
                events=tuple(
                    sorted(
                        (
                            Event(
                                id=row[0], run_id=row[1], attempt=row[2], seq=row[3], at=schema.from_ms(row[4]),
                                kind=Kind(row[5]), data=json.loads(row[6]),
                            )
                            for row in db.execute(f"SELECT * FROM events {its} 1", key)
                        ),
                        key=lambda event: event.order,
                    )
                ),
            )  # fmt: skip

    def post_history(self, path: str, limit: int = 50) -> list[PostRow]:
        rest = "WHERE path = ? ORDER BY reviewed_at DESC, run_id, attempt DESC LIMIT ?"
        with self._errors():
            return self._rows(PostRow, Table.POSTS, rest, (to_storable(path), limit))

    def stats(self, query: StatsQuery) -> Stats:
        with self._transaction("BEGIN") as db:  # one snapshot: counts and ranks belong together
            return Statistics(db, query).answer()
