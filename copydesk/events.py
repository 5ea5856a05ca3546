"""What the monitor writes down: one `Event` for each thing that happened, and the rows that follow from it.

A row of the store is split into *groups* of fields. Every event writes whole groups, and a group keeps what the event
with the highest `seq` said. So the record depends on the set of events only: twice the same events, or the same events
in another order, give the same record. `seq` grows within a process by a monotonic clock; its top bits are the
`Authority` of who speaks, so that a late word of the run itself overrules what was concluded about it in its absence.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum
from typing import Any

TEXT_LIMIT = 2048  # characters kept of a text in the store: a message, an error
DEPTH_LIMIT = 20  # nesting kept of a free mapping (MongoDB itself stops at 100)
FINDINGS_LIMIT = 1000  # findings kept a step and post; a document of 16 MB or 10^6 rows serve nobody
_INT64 = 2**63


class Kind(StrEnum):
    """What an event is about."""

    RUN_OPENED = "run.opened"
    RUN_STATE = "run.state"
    RUN_HEARTBEAT = "run.heartbeat"  # who holds the run, and since when we know it
    STEP_OPENED = "step.opened"
    STEP_STATE = "step.state"
    POST_REVIEWED = "post.reviewed"
    FINDINGS = "findings"  # a number of findings of one post
    NOTE = "note"  # anything else worth a line in the history


# The others are rows already: keeping them as events too would double the store for nothing.
KEPT = frozenset({Kind.RUN_OPENED, Kind.RUN_STATE, Kind.STEP_STATE, Kind.NOTE})


class Authority(IntEnum):
    """Whose word stands when two speak of the same thing; the later word stands among equals."""

    PASSING = 0  # the run itself, on its way
    PRESUMED = 1  # `reconcile`: the process is gone
    ENGINE = 2  # Prefect says so (a hook in another process, or its API)
    OWN = 3  # the run itself, on its end


class Table(StrEnum):
    """The tables (collections) of a store, but for `events`."""

    RUNS = "runs"
    STEPS = "step_runs"
    POSTS = "post_reviews"
    FINDINGS = "findings"


KEYS: Mapping[Table, tuple[str, ...]] = {
    Table.RUNS: ("run_id", "attempt"),
    Table.STEPS: ("run_id", "attempt", "step", "step_attempt"),
    Table.POSTS: ("run_id", "attempt", "path"),
    Table.FINDINGS: ("run_id", "attempt", "path", "number"),
}

# Fields by group. `*_at` and `expected_start` are times, `*_seconds` floats; the names in JSON hold JSON-like values.
GROUPS: Mapping[Table, Mapping[str, tuple[str, ...]]] = {
    Table.RUNS: {
        "info": ("workflow", "priority", "queue", "deployment", "created_at", "expected_start", "posts", "metadata"),
        "start": ("started_at", "queue_seconds", "lateness_seconds"),
        "state": ("state", "ended_at", "run_seconds", "verdict", "score", "reviewed", "error"),
        "lease": ("heartbeat_at", "host", "boot_id", "pid", "process_start"),
    },
    Table.STEPS: {
        "info": ("priority", "position"),
        "start": ("workflow", "started_at", "queue_seconds"),
        "state": ("state", "ended_at", "run_seconds", "posts", "cached", "findings", "error", "delay_seconds"),
    },
    Table.POSTS: {
        "review": (
            "workflow", "reviewed_at", "content_hash", "verdict", "score", "language", "seconds", "errors", "warnings",
            "suggestions", "score_breakdown", "verdict_reasons", "measures", "milliseconds", "incomplete", "skipped",
            "type", "fixed",
        )
    },
    Table.FINDINGS: {
        "finding": (
            "check", "severity", "line", "column", "end_line", "end_column", "message", "match", "suggestions",
            "fingerprint", "suppressed", "suppression",
        )
    },
}  # fmt: skip

JSON_FIELDS = frozenset(
    {"metadata", "score_breakdown", "verdict_reasons", "measures", "milliseconds", "incomplete", "skipped"}
    | {"suggestions"}
)
TIME_FIELDS = frozenset({"created_at", "expected_start", "started_at", "ended_at", "heartbeat_at", "reviewed_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one attempt of one run. JSON-like throughout."""

    id: str  # the same occurrence has the same id, however often it is told
    run_id: str
    attempt: int
    seq: int
    at: str  # aware UTC, ISO 8601 to the millisecond
    kind: Kind
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_line(self) -> str:
        """One line of JSON, without the line end."""
        return json.dumps(
            [self.id, self.run_id, self.attempt, self.seq, self.at, self.kind, self.data], separators=(",", ":")
        )

    @classmethod
    def from_line(cls, line: str) -> Event:
        """The event of a line; ValueError for a torn or foreign one."""
        match json.loads(line):
            case [str(id_), str(run_id), int(attempt), int(seq), str(at), str(kind), dict(data)]:
                return cls(id=id_, run_id=run_id, attempt=attempt, seq=seq, at=at, kind=Kind(kind), data=data)
        raise ValueError("not an event")

    @property
    def order(self) -> tuple[int, str]:
        """Sorts the events of a run as they happened: by the time in `seq`, whoever speaks."""
        return self.seq & ((1 << 61) - 1), self.id

    @property
    def final(self) -> bool:
        """True for the last word on a run: what must survive the loss of power."""
        return self.kind is Kind.RUN_STATE and self.data.get("ended_at") is not None


@dataclass(frozen=True, slots=True)
class Change:
    """What an event does to one group of one row: `values` stand if `seq` is higher than the group's own."""

    table: Table
    key: tuple[Any, ...]  # in the order of KEYS[table]
    group: str
    seq: int
    values: Mapping[str, Any]  # one for each field of GROUPS[table][group]


def event_id(*parts: object) -> str:
    """A name made of what happened: 32 hexadecimal digits whatever the parts hold."""
    text = json.dumps([str(part) for part in parts])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def sequence(authority: Authority, microseconds: int, id_: str) -> int:
    """Authority first, then time, then 8 bits of the id so that equal times have an order too. Fits 63 bits."""
    return authority << 61 | (microseconds & (1 << 53) - 1) << 8 | int(id_[:2], 16)


def make_event(
    kind: Kind,
    run: tuple[str, int],
    *parts: object,
    source: str,
    authority: Authority,
    microseconds: int,
    data: Mapping[str, Any],
) -> Event:
    """The event of an occurrence: `parts` and `source` tell it from every other of its run, `source` who speaks."""
    id_ = event_id(*run, kind, source, *parts)
    return Event(
        id=id_,
        run_id=to_storable(run[0]),
        attempt=run[1],
        seq=sequence(authority, microseconds, id_),
        at=utc(datetime.fromtimestamp(microseconds / 1e6, UTC)),
        kind=kind,
        data=to_storable(data),
    )


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC to the millisecond: what both stores keep. A moment without a zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds")


def parse_time(text: str) -> datetime:
    """The aware moment that `utc` wrote."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_storable(value: object, depth: int = 0) -> Any:
    """Anything, as JSON that every store takes: never raises.

    Dates become ISO strings, integers beyond 64 bits and infinities strings, lone surrogates and NUL the replacement
    character, sets lists, other objects their text; keys become strings; texts are cut at `TEXT_LIMIT` characters.
    """
    match value:
        case None | bool():
            return value
        case str():
            text = str(value[: TEXT_LIMIT - 1] + "…" if len(value) > TEXT_LIMIT else value)
            return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        case int():
            return int(value) if -_INT64 <= value < _INT64 else to_storable(hex(value))
        case float():
            return float(value) if math.isfinite(value) else str(value)
        case datetime():
            return utc(value)
        case date():
            return value.isoformat()
    if depth >= DEPTH_LIMIT:
        return "…"
    if isinstance(value, Mapping):
        return {to_storable(str(key)): to_storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_storable(item, depth + 1) for item in value]
    try:
        return to_storable(str(value))
    except Exception:  # noqa: BLE001 - an object whose __str__ raises must not cost the record
        return f"<{type(value).__name__}>"


def _group(table: Table, group: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data.get(name) for name in GROUPS[table][group]}


def changes(event: Event) -> Iterator[Change]:
    """What an event writes: a pure function, the same for every store."""
    run = (event.run_id, event.attempt)
    data = event.data

    def change(table: Table, group: str, *key: object) -> Change:
        return Change(table, run + key, group, event.seq, _group(table, group, data))

    match event.kind:
        case Kind.RUN_OPENED:
            yield change(Table.RUNS, "info")
        case Kind.RUN_STATE:
            if data.get("started_at") is not None:
                yield change(Table.RUNS, "start")
            yield change(Table.RUNS, "state")
        case Kind.RUN_HEARTBEAT:
            yield change(Table.RUNS, "lease")
        case Kind.STEP_OPENED:
            yield change(Table.STEPS, "info", data["step"], data["step_attempt"])
        case Kind.STEP_STATE:
            if data.get("started_at") is not None:
                yield change(Table.STEPS, "start", data["step"], data["step_attempt"])
            yield change(Table.STEPS, "state", data["step"], data["step_attempt"])
        case Kind.POST_REVIEWED:
            yield change(Table.POSTS, "review", data["path"])
        case Kind.FINDINGS:
            for one in data["findings"]:
                key = (*run, data["path"], one["number"])
                yield Change(Table.FINDINGS, key, "finding", event.seq, _group(Table.FINDINGS, "finding", one))
        case Kind.NOTE:
            pass


def merged(events: Iterable[Event]) -> list[Change]:
    """The changes of many events with only the latest of each group: what a store has to write."""
    latest: dict[tuple[Table, tuple[Any, ...], str], Change] = {}
    for event in events:
        for change in changes(event):
            place = (change.table, change.key, change.group)
            known = latest.get(place)
            if known is None or change.seq > known.seq:
                latest[place] = change
    return list(latest.values())
