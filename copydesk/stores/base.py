"""The port that every store fulfils, and the rows that it answers with.

Rows are JSON-like: times are ISO 8601 texts in UTC to the millisecond, durations seconds as floats from a monotonic
clock, `None` what is not known.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from copydesk.errors import StoreError
from copydesk.events import Event

SCHEMA_VERSION = 2

# The states after which a run's record may be deleted, and after which nobody waits for it.
ENDED = ("completed", "failed", "cancelled", "lost")
ACTIVE = ("pending", "running", "suspended")


class StoreAway(StoreError):
    """The store cannot be reached, is full or too slow; the same call may succeed later."""

    retriable = True


class StoreNewer(StoreError):
    """The store was written by a newer copydesk; nothing was read or changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt of one run."""

    run_id: str
    attempt: int
    state: str | None = None
    workflow: str | None = None
    priority: str | None = None
    queue: str | None = None
    deployment: str | None = None
    created_at: str | None = None
    expected_start: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    queue_seconds: float | None = None  # from when it was due, or made if later, to its start
    lateness_seconds: float | None = None  # from its scheduled start to its start
    run_seconds: float | None = None  # None for a lost run: nobody knows
    verdict: str | None = None
    score: float | None = None  # mean of its posts
    posts: int | None = None
    reviewed: int | None = None
    error: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    heartbeat_at: str | None = None
    host: str | None = None
    boot_id: str | None = None
    pid: int | None = None
    process_start: int | None = None  # clock ticks since the boot


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRun:
    """One attempt of one step."""

    run_id: str
    attempt: int
    step: str
    step_attempt: int
    state: str | None = None
    priority: str | None = None
    position: int | None = None  # in the workflow file
    workflow: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    queue_seconds: float | None = None  # from ready to started
    run_seconds: float | None = None
    posts: int | None = None
    cached: int | None = None
    findings: int | None = None
    error: str | None = None
    delay_seconds: float | None = None  # before the next attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """The review of one post in one run, without its findings."""

    run_id: str
    attempt: int
    path: str
    workflow: str | None = None
    reviewed_at: str | None = None
    content_hash: str | None = None
    verdict: str | None = None
    score: float | None = None
    language: str | None = None
    seconds: float | None = None  # of all steps together
    errors: int | None = None
    warnings: int | None = None
    suggestions: int | None = None
    score_breakdown: Sequence[Mapping[str, Any]] = ()
    verdict_reasons: Sequence[str] = ()
    measures: Sequence[Mapping[str, Any]] = ()  # [{"name": ..., "value": ...}]: names are values, never keys
    milliseconds: Sequence[Mapping[str, Any]] = ()  # [{"step": ..., "value": ...}]
    incomplete: Sequence[str] = ()
    skipped: Sequence[Mapping[str, Any]] = ()  # [{"step": ..., "reason": ...}]
    type: str | None = None  # the kind of post; None in records of before 0.2.0
    fixed: int | None = None  # findings of the baseline that are gone; None as above


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding of one post in one run."""

    run_id: str
    attempt: int
    path: str
    number: int  # its place among the post's findings
    check: str | None = None
    severity: str | None = None
    message: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    match: str | None = None
    suggestions: Sequence[str] = ()
    fingerprint: str | None = None
    suppressed: bool | None = None
    suppression: str | None = None  # why; None in records of before 0.2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Everything that is kept of one attempt of one run."""

    run: Run
    steps: tuple[StepRun, ...] = ()  # by position, name, attempt
    posts: tuple[PostRow, ...] = ()  # by path
    findings: tuple[FindingRow, ...] = ()  # by path, number
    events: tuple[Event, ...] = ()  # by `Event.order`, so that a changed clock reorders nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs; everything given must hold. Times are ISO texts in UTC."""

    states: tuple[str, ...] = ()
    workflow: str | None = None
    queue: str | None = None
    host: str | None = None
    prefix: str | None = None  # of the run's id
    since: str | None = None  # started, or made when never started, at this time or later
    until: str | None = None  # ... and before this time
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsQuery:
    """What to summarise: everything that started in `since <= t < until`."""

    since: str | None = None
    until: str | None = None
    workflow: str | None = None
    by: str = "step"  # step, run, queue or post


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A distribution of seconds. Percentiles interpolate linearly between ranks, as numpy's default does."""

    count: int = 0
    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStats:
    """What a store counts about one group of rows: all runs, one queue, one step or one post."""

    name: str
    states: Mapping[str, int] = field(default_factory=dict)  # rows by their state
    attempts: int = 0
    retries: int = 0  # attempts after the first
    run_seconds: Summary = field(default_factory=Summary)
    queue_seconds: Summary = field(default_factory=Summary)
    lateness_seconds: Summary = field(default_factory=Summary)
    posts: int = 0
    score: float | None = None  # mean
    verdicts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The posts reviewed on one day (UTC)."""

    day: str  # 2026-11-22
    posts: int
    score: float  # mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """A store's answer to a `StatsQuery`."""

    runs: GroupStats
    steps: tuple[GroupStats, ...] = ()  # by name; for `by="step"`
    groups: tuple[GroupStats, ...] = ()  # by name; for `by="queue"` and `by="post"`
    trend: tuple[Day, ...] = ()  # by day


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """How many rows were deleted (or would be)."""

    runs: int = 0
    step_runs: int = 0
    post_reviews: int = 0
    findings: int = 0
    events: int = 0

    def __add__(self, other: Deleted) -> Deleted:
        return Deleted(
            runs=self.runs + other.runs,
            step_runs=self.step_runs + other.step_runs,
            post_reviews=self.post_reviews + other.post_reviews,
            findings=self.findings + other.findings,
            events=self.events + other.events,
        )


def step_order(step: StepRun) -> tuple[float, str, int]:
    """By place in the workflow, then name, then attempt."""
    return (float("inf") if step.position is None else step.position, step.step, step.step_attempt)


class Store(ABC):
    """Where records live. A store belongs to the thread and the process that opened it.

    Every method raises `StoreAway` when the store cannot be reached, within ten seconds for MongoDB and half a minute
    for a busy SQLite file, and `StoreError` for what trying again does not mend. Names, paths and texts are values
    only: no content of a post or a name of a step reaches a query as an operator or a field.
    """

    address: str  # without the password: fit for every log
    warnings: tuple[str, ...] = ()  # after `open`: what an administrator should know

    @abstractmethod
    def open(self) -> None:
        """Connect; create what is missing; migrate an older schema. Raises `StoreNewer` for a newer one."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything. Twice is harmless."""

    @abstractmethod
    def apply(self, events: Sequence[Event]) -> None:
        """Write events and the rows that follow from them.

        Idempotent and independent of order: the record after any sequence of calls is that of the set of all their
        events. When it returns, the events survive the death of this process, and of a MongoDB server; the last word on
        a run (`Event.final`) survives the loss of a minority of a replica set. When it raises, any part may have been
        written, and the same call mends that. An event that no store can take raises ValueError.
        """

    @abstractmethod
    def runs(self, query: RunQuery) -> list[Run]:
        """Runs that match, newest start first, at most `query.limit`."""

    @abstractmethod
    def run(self, run_id: str, attempt: int | None = None, *, findings: bool = True) -> RunRecord | None:
        """The record of an attempt, by default the latest; None for an unknown run."""

    @abstractmethod
    def post_history(self, path: str, limit: int = 50) -> list[PostRow]:
        """The reviews of the post of exactly this path, newest first."""

    @abstractmethod
    def stats(self, query: StatsQuery) -> Stats:
        """Counts and distributions, computed where the rows are: memory does not grow with them."""

    @abstractmethod
    def delete_older(self, before: str, *, limit: int, dry_run: bool = False) -> Deleted:
        """Delete the records of up to `limit` runs that ended before a time, the oldest first, in short transactions.

        Never touches a run that has not ended. With `dry_run`, counts all such runs, whatever `limit`, and deletes
        nothing. A call that was interrupted leaves the run's own row, so that the next one finishes the work.
        """
