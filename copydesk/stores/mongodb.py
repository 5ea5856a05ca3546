"""The shared store: MongoDB through motor, or through pymongo's own asyncio client; no other module knows a driver.

Motor is past its end of life (`docs/decisions/0004-motor.md`), so that the driver can be chosen: `?driver=pymongo` in
the address, or `COPYDESK_MONGO_DRIVER`; `auto` takes motor where it is installed. Of all that is used here, only
`aggregate` and `close` differ between the two.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import bson.errors
import pymongo
import pymongo.errors
from pymongo import IndexModel, InsertOne, UpdateOne, WriteConcern

from copydesk.errors import StoreError, UsageError
from copydesk.events import (
    JSON_FIELDS,
    KEPT,
    KEYS,
    TIME_FIELDS,
    Change,
    Event,
    Kind,
    Table,
    event_id,
    merged,
    parse_time,
    to_storable,
    utc,
)
from copydesk.redaction import redact
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
from copydesk.stores.mongodb_stats import RUN_TIME, Statistics, window

DRIVER_ENVIRONMENT = "COPYDESK_MONGO_DRIVER"
DRIVERS = ("auto", "motor", "pymongo")
DATABASE = "copydesk"  # when the address names none
EVENTS_KEPT_SECONDS = 90 * 86_400  # the server itself deletes older events; rows stay until `copydesk cleanup`
# A driver's own defaults wait for half a minute an operation. These bound a call with all its retries.
REACH_SECONDS = 2.0  # to find the server and ask it for the schema
CALL_SECONDS = 10.0
STATS_SECONDS = 60.0  # a statistic over millions of rows may take its time: no review waits for it
OPTIONS: Mapping[str, Any] = {"connectTimeoutMS": 2_000, "maxPoolSize": 4, "appname": "copydesk"}
_DELETE_ROWS = 5_000
_DUPLICATE = 11_000
_PASSING = frozenset({14_031, 39, 91, 189, 10_107, 11_600, 11_602, 13_435, 13_436})  # disk full, stepping down, closing
_CHILDREN = ("findings", "post_reviews", "step_runs", "events")
_AS_TEXT = frozenset({"metadata"})  # the user's own keys, with dots and dollars: a text, so that they stay values
_Row = TypeVar("_Row", Run, StepRun, PostRow, FindingRow)
_Answer = TypeVar("_Answer")


def _indexes() -> dict[str, list[IndexModel]]:
    run = IndexModel([("run_id", 1), ("attempt", 1)])
    return {
        "runs": [run, IndexModel([("started_at", -1)]), IndexModel([("state", 1), ("ended_at", 1)])],
        "step_runs": [
            run,
            # As in the SQLite store: a percentile walks the index and nothing else.
            IndexModel([("step", 1), ("run_seconds", 1), ("started_at", 1), ("workflow", 1)]),
            IndexModel([("step", 1), ("queue_seconds", 1), ("started_at", 1), ("workflow", 1)]),
        ],
        "post_reviews": [
            run,
            IndexModel([("path", 1), ("reviewed_at", -1)]),
            IndexModel([("reviewed_at", 1), ("workflow", 1)]),
        ],
        "findings": [run],
        "events": [run, IndexModel([("at", 1)], expireAfterSeconds=EVENTS_KEPT_SECONDS)],
    }


def _encoded(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in TIME_FIELDS:
        return parse_time(value)
    return json.dumps(value) if name in _AS_TEXT else value


def _decoded(kind: type[_Row], document: Mapping[str, Any]) -> _Row:
    values: dict[str, Any] = {}
    for field in fields(kind):
        value = document.get(field.name)
        if value is None:
            continue
        if field.name in TIME_FIELDS:
            value = utc(value)
        elif field.name in _AS_TEXT:
            value = json.loads(value)
        elif field.name in JSON_FIELDS and not isinstance(value, list) and kind is not PostRow:
            value = list(value)
        values[field.name] = value
    return kind(**values)


class MongoStore(Store):
    """Rows are documents with deterministic `_id`s; each write is an upsert guarded by the group's `seq`.

    `apply` waits for the journal: without, a server that was killed lost the last 50 ms of what it had acknowledged.
    The last word on a run waits for a majority of a replica set too.
    """

    def __init__(self, url: str) -> None:
        self.address = redact(url)
        head, mark, query = url.partition("?")
        options = parse_qsl(query, keep_blank_values=True)
        own = [value for name, value in options if name.lower() == "driver"]
        self.driver = (own or [os.environ.get(DRIVER_ENVIRONMENT) or "auto"])[-1]
        if self.driver not in DRIVERS:
            raise UsageError(f"{self.address}: no driver of that name; choose one of {', '.join(DRIVERS)}")
        rest = [(name, value) for name, value in options if name.lower() != "driver"]
        self._url = head + (mark + urlencode(rest) if rest else "")
        given = {name.lower() for name, _ in rest}
        self._options = {name: value for name, value in OPTIONS.items() if name.lower() not in given}
        self._runner: asyncio.Runner | None = None
        self._client: Any = None
        self._db: Any = None

    # -- opening ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        if self._client is not None:
            return
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            raise StoreError(f"{self.address}: open the store in a thread without a running event loop")
        self._runner = asyncio.Runner()
        try:
            self._client, self._db = self._connected()
            self._run(self._prepare(self._run(self._version(), REACH_SECONDS)))
        except BaseException:
            self.close()
            raise

    def _connected(self) -> tuple[Any, Any]:
        assert self._runner is not None
        try:
            make = _driver(self.driver, self._runner.get_loop())
            client = make(self._url, tz_aware=True, uuidRepresentation="standard", **self._options)
            return client, client.get_default_database(DATABASE)
        except (pymongo.errors.PyMongoError, ValueError, TypeError):
            # The driver's message may quote a piece of the password: neither it nor its cause is passed on.
            raise UsageError(
                f"{self.address}: not an address of MongoDB; use mongodb://user:password@host:27017/database with "
                "@ : / in user or password written as %40 %3A %2F"
            ) from None

    async def _version(self) -> int:
        meta = await self._db.meta.find_one({"_id": "schema"})
        return int(meta["version"]) if meta else 0

    async def _prepare(self, version: int) -> None:
        if version > SCHEMA_VERSION:
            raise StoreNewer(
                f"{self.address}: written by a newer copydesk (schema {version}, this one knows {SCHEMA_VERSION}); "
                "upgrade copydesk or choose another store with --store"
            )
        if version == SCHEMA_VERSION:
            return
        for name, indexes in _indexes().items():
            await self._db[name].create_indexes(indexes)
        for step in range(version or SCHEMA_VERSION, SCHEMA_VERSION):
            await MIGRATIONS[step](self._db)
        await self._db.meta.update_one({"_id": "schema"}, {"$max": {"version": SCHEMA_VERSION}}, upsert=True)

    def close(self) -> None:
        client, self._client, self._db = self._client, None, None
        runner, self._runner = self._runner, None
        if runner is None:
            return
        with suppress(Exception):
            runner.run(_closed(client))
        runner.close()

    def _run(self, work: Coroutine[Any, Any, _Answer], seconds: float = CALL_SECONDS) -> _Answer:
        async def bounded() -> _Answer:
            with pymongo.timeout(seconds):
                return await work

        if self._runner is None:
            work.close()
            raise StoreError(f"{self.address}: not open")
        with self._errors():
            return self._runner.run(bounded())

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Errors of ours in place of the driver's, which may show what an address held."""
        try:
            yield
        except (bson.errors.BSONError, pymongo.errors.DocumentTooLarge, OverflowError) as error:
            raise ValueError(f"not storable: {redact(str(error))[:500]}") from None
        except (pymongo.errors.ConnectionFailure, pymongo.errors.ExecutionTimeout, TimeoutError) as error:
            raise StoreAway(f"{self.address}: {_short(error)}") from None
        except pymongo.errors.OperationFailure as error:
            away = error.timeout or error.code in _PASSING or isinstance(error, pymongo.errors.WTimeoutError)
            raise (StoreAway if away else StoreError)(f"{self.address}: {_short(error)}") from None
        except pymongo.errors.PyMongoError as error:
            raise (StoreAway if error.timeout else StoreError)(f"{self.address}: {_short(error)}") from None

    # -- writing ------------------------------------------------------------------------------------------------------

    def apply(self, events: Sequence[Event]) -> None:
        self._run(self._apply(events))

    async def _apply(self, events: Sequence[Event]) -> None:
        final = any(event.final for event in events)
        durable = WriteConcern(w="majority" if final else 1, j=True)
        kept = [
            {
                "_id": event.id, "run_id": event.run_id, "attempt": event.attempt, "seq": event.seq,
                "at": parse_time(event.at), "kind": event.kind.value, "data": json.dumps(event.data),
            }
            for event in events
            if event.kind in KEPT
        ]  # fmt: skip
        changes: dict[Table, list[Change]] = {}
        for change in merged(events):
            changes.setdefault(change.table, []).append(change)
        # A run's own row last: whoever sees that it has ended sees all of it.
        work = [(table.value, changes[table]) for table in (Table.FINDINGS, Table.POSTS, Table.STEPS, Table.RUNS)
                if table in changes]  # fmt: skip
        if kept:
            work.insert(-1 if Table.RUNS in changes else len(work), ("events", []))
        for number, (name, its) in enumerate(work, 1):
            # The journal is written in order: when the last write is in it, those before it are.
            concern = durable if number == len(work) else WriteConcern(w=1)
            collection = self._db[name].with_options(write_concern=concern)
            if name == "events":
                await _ignoring_duplicates(collection, [InsertOne(document) for document in kept])
            else:
                await self._write(collection, its)

    async def _write(self, collection: Any, changes: Sequence[Change]) -> None:
        single = changes[0].table in (Table.POSTS, Table.FINDINGS)  # one group only: a plain insert is cheaper
        first = [_insert(change) if single else _update(change, upsert=True) for change in changes]
        refused = await _ignoring_duplicates(collection, first)
        if refused:
            # The row is there: either with newer content, or made by another writer this very moment.
            await _ignoring_duplicates(collection, [_update(changes[index], upsert=False) for index in refused])

    def delete_older(self, before: str, *, limit: int, dry_run: bool = False) -> Deleted:
        return self._run(self._delete_older(parse_time(before), limit, dry_run), STATS_SECONDS)

    async def _delete_older(self, before: datetime, limit: int, dry_run: bool) -> Deleted:
        old = {"state": {"$in": list(ENDED)}, "ended_at": {"$lt": before}}
        cursor = self._db.runs.find(old, {"run_id": 1, "attempt": 1}).sort("ended_at", 1)
        total = Deleted()
        async for run in cursor if dry_run else cursor.limit(limit):
            key = {"run_id": {"$eq": run["run_id"]}, "attempt": {"$eq": run["attempt"]}}
            if dry_run:
                counts = {name: await self._db[name].count_documents(key) for name in _CHILDREN}
                total += Deleted(runs=1, **counts)
                continue
            counts = {name: await self._delete_children(name, key) for name in _CHILDREN}
            own = await self._db.runs.delete_one({"_id": run["_id"], **old})
            total += Deleted(runs=own.deleted_count, **counts)
        return total

    async def _delete_children(self, name: str, key: Mapping[str, Any]) -> int:
        total = 0
        while True:
            ids = [row["_id"] async for row in self._db[name].find(key, {"_id": 1}).limit(_DELETE_ROWS)]
            if ids:
                total += (await self._db[name].delete_many({"_id": {"$in": ids}})).deleted_count
            if len(ids) < _DELETE_ROWS:
                return total

    # -- reading ------------------------------------------------------------------------------------------------------

    def runs(self, query: RunQuery) -> list[Run]:
        match: dict[str, Any] = {}
        if query.states:
            match["state"] = {"$in": [str(state) for state in query.states]}
        for name in ("workflow", "queue", "host"):
            if (value := getattr(query, name)) is not None:
                match[name] = {"$eq": to_storable(str(value))}
        if query.prefix is not None:
            prefix = to_storable(str(query.prefix))
            match["run_id"] = {"$gte": prefix, "$lt": prefix + "\uffff"}
        pipeline: list[dict[str, Any]] = [
            {"$match": match},
            {"$addFields": {"time": RUN_TIME}},
            {"$match": window("time", query.since, query.until)},
            {"$sort": {"time": -1, "run_id": 1, "attempt": -1}},
            {"$limit": query.limit},
        ]
        return [_decoded(Run, row) for row in self._run(self._aggregate("runs", pipeline))]

    def run(self, run_id: str, attempt: int | None = None, *, findings: bool = True) -> RunRecord | None:
        return self._run(self._record(to_storable(str(run_id)), attempt, findings))

    async def _record(self, run_id: str, attempt: int | None, findings: bool) -> RunRecord | None:
        which: dict[str, Any] = {"run_id": {"$eq": run_id}}
        if attempt is not None:
            which["attempt"] = {"$eq": attempt}
        document = await self._db.runs.find_one(which, sort=[("attempt", -1)])
        if document is None:
            return None
        key = {"run_id": {"$eq": run_id}, "attempt": {"$eq": document["attempt"]}}

        async def rows(name: str, kind: type[_Row], *order: str) -> list[_Row]:
            cursor = self._db[name].find(key)
            cursor = cursor.sort([(field, 1) for field in order]) if order else cursor
            return [_decoded(kind, row) async for row in cursor]

        events = [
            Event(
                id=row["_id"], run_id=row["run_id"], attempt=row["attempt"], seq=row["seq"], at=utc(row["at"]),
                kind=Kind(row["kind"]), data=json.loads(row["data"]),
            )
            async for row in self._db.events.find(key)
        ]  # fmt: skip
        return RunRecord(
            run=_decoded(Run, document),
            steps=tuple(sorted(await rows("step_runs", StepRun), key=step_order)),
            posts=tuple(await rows("post_reviews", PostRow, "path")),
            findings=tuple(await rows("findings", FindingRow, "path", "number") if findings else ()),
            events=tuple(sorted(events, key=lambda event: event.order)),
        )

    def post_history(self, path: str, limit: int = 50) -> list[PostRow]:
        async def read() -> list[PostRow]:
            cursor = self._db.post_reviews.find({"path": {"$eq": to_storable(path)}})
            cursor = cursor.sort([("reviewed_at", -1), ("run_id", 1), ("attempt", -1)]).limit(limit)
            return [_decoded(PostRow, row) async for row in cursor]

        return self._run(read())

    async def _aggregate(self, name: str, pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
        cursor = self._db[name].aggregate(pipeline, allowDiskUse=True)
        if inspect.isawaitable(cursor):  # pymongo's own client; motor gives the cursor at once
            cursor = await cursor
        return [row async for row in cursor]

    # -- statistics ---------------------------------------------------------------------------------------------------

    def stats(self, query: StatsQuery) -> Stats:
        return self._run(Statistics(self._aggregate, query).answer(), STATS_SECONDS)


async def _nothing(database: Any) -> None:
    """Fields that were added: documents of before have none of them, and are read as they are."""


# version -> what leads to the next one
MIGRATIONS: dict[int, Callable[[Any], Coroutine[Any, Any, None]]] = {1: _nothing}


def _driver(name: str, loop: asyncio.AbstractEventLoop) -> Callable[..., Any]:
    if name in ("auto", "motor"):
        try:
            from motor.motor_asyncio import AsyncIOMotorClient
        except ImportError:
            if name == "motor":
                raise StoreError("motor is not installed; install it or choose ?driver=pymongo") from None
        else:
            return lambda url, **options: AsyncIOMotorClient(url, io_loop=loop, **options)
    return pymongo.AsyncMongoClient


async def _closed(client: Any) -> None:
    if client is not None and inspect.isawaitable(closing := client.close()):
        await closing


def _id(change: Change) -> str:
    return event_id(*change.key)


def _values(change: Change) -> dict[str, Any]:
    values = {name: _encoded(name, value) for name, value in change.values.items()}
    return {**values, f"{change.group}_seq": change.seq}


def _insert(change: Change) -> InsertOne[dict[str, Any]]:
    return InsertOne({"_id": _id(change), **_key(change), **_values(change)})


def _update(change: Change, *, upsert: bool) -> UpdateOne:
    seq = f"{change.group}_seq"
    # Older, or not there yet. As `$or` of the two, the test server looked through the whole collection.
    older = {"_id": _id(change), seq: {"$not": {"$gte": change.seq}}}
    update: dict[str, Any] = {"$set": _values(change)}
    if upsert:
        update["$setOnInsert"] = _key(change)
    return UpdateOne(older, update, upsert=upsert)


def _key(change: Change) -> dict[str, Any]:
    return dict(zip(KEYS[change.table], change.key, strict=True))


async def _ignoring_duplicates(collection: Any, operations: Sequence[Any]) -> list[int]:
    """Write in any order; the places of the operations that were refused since the `_id` is there already."""
    try:
        await collection.bulk_write(operations, ordered=False)
    except pymongo.errors.BulkWriteError as error:
        refused = error.details.get("writeErrors", [])
        other = [failure for failure in refused if failure.get("code") != _DUPLICATE]
        concern = error.details.get("writeConcernErrors", [])
        if other or concern:
            first = (other or concern)[0]
            raise pymongo.errors.OperationFailure(str(first.get("errmsg", "refused")), first.get("code")) from None
        return [failure["index"] for failure in refused]
    return []


def _short(error: Exception) -> str:
    """The driver's message without the state of the whole topology behind it."""
    return redact(str(error)).partition(", Timeout:")[0].partition(" (configured timeouts")[0][:500]
