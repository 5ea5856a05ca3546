"""What the pool of `copydesk.sandbox` is asked and what it answers: jobs, their parts, results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from copydesk.errors import StepError

Order = tuple[int, int, int]  # turn of the batch, rank of the priority, place in the file: the least goes first
OnResult = Callable[[int, "ItemResult"], object]


class Affinity(NamedTuple):
    """Items of which a child keeps something from job to job, and of which larger whole they are a part."""

    group: str  # the same items in each job
    batch: str = ""
    share: int = 1_000_000  # groups of the batch that one child should have while another can take them


class SandboxError(StepError):
    """No child process can be started."""


class ItemStatus(StrEnum):
    """What became of one item."""

    DONE = "done"
    FAILED = "failed"  # the function raised, or returned what JSON cannot hold
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """The result of one item."""

    status: ItemStatus
    value: Any = None  # JSON, when done
    error: str = ""  # "Type: message" or a sentence, when not
    milliseconds: float = 0.0
    retriable: bool = False  # the function raised an error that deserves another attempt


@dataclass(eq=False, slots=True, kw_only=True)
class Job:
    """A function over items, with the results so far."""

    function: str
    items: list[str]  # encoded
    key: str
    shared: str  # encoded
    order: Order
    item_seconds: float
    job_seconds: float | None
    batch: bool
    on_result: OnResult | None
    on_start: Callable[[], object] | None = None
    affinity: Affinity | None = None  # jobs of equal turn and rank go to the child that has had the same group before
    future: Future[list[ItemResult]] = field(default_factory=Future)
    results: list[ItemResult | None] = field(default_factory=list)
    missing: int = 0
    ends: float | None = None  # when the job's own time is up, from its first start

    @classmethod
    def of(cls, items: Sequence[Any], shared: Any, **settings: Any) -> Job:
        """A job with its values encoded; raises TypeError or ValueError when they are no JSON."""
        encoded = json.dumps(shared)
        return cls(
            items=[json.dumps(item) for item in items],
            key=hashlib.sha256(encoded.encode()).hexdigest()[:16],
            shared=encoded,
            results=[None] * len(items),
            missing=len(items),
            **settings,
        )


@dataclass(eq=False, slots=True)
class Part:
    """What one child gets of a job: the whole, the rest after a death, or half of a batch."""

    job: Job
    indexes: list[int]
    arrival: int
    lost_starts: int = 0  # deaths before the function was reached: not the items' fault the first time

    def open(self) -> list[int]:
        """The items without a result."""
        return [i for i in self.indexes if self.job.results[i] is None]

    def frame(self, *, path: list[str] | None, with_shared: bool) -> bytes:
        """The job as the child reads it; `path` and the shared value only when the child has them not."""
        job = self.job
        fields = [
            f'"function":{json.dumps(job.function)}',
            f'"batch":{json.dumps(job.batch)}',
            f'"key":"{job.key}"',
            f'"items":[{",".join(job.items[i] for i in self.indexes)}]',
        ]
        if path is not None:
            fields.append(f'"path":{json.dumps(path)}')
        if with_shared:
            fields.append(f'"shared":{job.shared}')
        return f"{{{','.join(fields)}}}".encode()
