"""What a review answers: findings on exact lines, a review for each post, one report for a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA_VERSION = 1


class Severity(StrEnum):
    """How much a finding matters; ordered `suggestion < warning < error` (Vale's words)."""

    SUGGESTION = "suggestion"  # worth a thought; costs little
    WARNING = "warning"  # most readers would want it mended
    ERROR = "error"  # objectively wrong: a broken link, unreadable front matter

    @property
    def rank(self) -> int:
        """0 for suggestion, 1 for warning, 2 for error."""
        return _RANK[self]


_RANK = {Severity.SUGGESTION: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class Verdict(StrEnum):
    """What becomes of a post, from best to worst."""

    APPROVE = "approve"
    CHANGES_REQUESTED = "changes_requested"  # an error, or a score below the threshold
    REJECT = "reject"  # unreadable front matter, empty body, placeholder text
    INCOMPLETE = "incomplete"  # a step could not finish: nothing is approved silently

    @property
    def rank(self) -> int:
        """0 for approve up to 3 for incomplete; a report's verdict is that of its worst post."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at, at an exact place.

    Lines and columns count from 1, columns in characters (code points) of the line as it is on disk; a byte-order mark
    is no character of the text. Ends are exclusive. Lines end at `\\n`, `\\r\\n` or `\\r` and nothing else. A finding
    about the whole post has an empty `match` and stands at line 1, column 1.
    """

    check: str  # `step.rule`
    severity: Severity
    message: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    match: str = ""
    suggestions: tuple[str, ...] = ()
    fingerprint: str = ""  # stable against moved lines; set when a post's review is put together
    suppressed: bool = False
    suppression: str = (
        ""  # why: `text` (an instruction in the post), `baseline` (known), `unchanged` (not of this change)
    )

    @property
    def step(self) -> str:
        """The step that found it: the first part of the check's id."""
        return self.check.partition(".")[0]


class StepStatus(StrEnum):
    """How a step ended for one post."""

    DONE = "done"
    SKIPPED = "skipped"  # does not apply (another language); the reason says why
    FAILED = "failed"  # raised, crashed or ran out of memory: the review is incomplete
    TIMED_OUT = "timed_out"  # over `post_timeout_seconds`: the review is incomplete


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What one step says of one post. JSON-like throughout, so that it can be cached and sent between processes."""

    findings: tuple[Finding, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)  # for the steps that depend on this one
    measures: Mapping[str, float] = field(default_factory=dict)  # numbers for the report: words, reading ease ...
    status: StepStatus = StepStatus.DONE
    reason: str = ""  # why it was skipped or failed
    milliseconds: float = 0.0

    @property
    def incomplete(self) -> bool:
        """True when the step could not finish for this post."""
        return self.status in (StepStatus.FAILED, StepStatus.TIMED_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """One line of a score's breakdown."""

    category: str  # the step's name
    points: float  # what it costs, after the cap
    cap: float  # the most that this category can cost
    findings: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReview:
    """The review of one post."""

    path: str  # as given on the command line, joined with what was found below it
    content_hash: str  # SHA-256 of the bytes on disk, hexadecimal
    verdict: Verdict
    score: float  # 0 to 100
    score_breakdown: tuple[Penalty, ...] = ()
    verdict_reasons: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    language: str = ""
    incomplete: tuple[str, ...] = ()  # names of the steps that could not finish
    skipped: Mapping[str, str] = field(default_factory=dict)  # step -> why it does not apply
    findings: tuple[Finding, ...] = ()  # by place
    type: str = ""  # the kind of post, where the workflow file tells kinds apart
    fixed: int = 0  # findings of the baseline that are gone


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime:
    """What a step cost in a run, in seconds."""

    step: str
    run_seconds: float
    queue_seconds: float = 0.0
    attempts: int = 1
    state: str = "completed"
    cached: int = 0  # posts answered from the cache


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """Which run made a report; absent from `copydesk check`, which records nothing."""

    id: str
    attempt: int
    state: str
    workflow: str
    priority: str
    started_at: str  # ISO 8601, UTC
    duration_seconds: float
    steps: tuple[StepTime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an editor decided on the posts of a run."""

    verdict: Verdict  # approve, changes_requested or reject
    reason: str = ""  # in the editor's words; may be empty
    decided_at: str = ""  # ISO 8601, UTC
    content: str = ""  # a digest of the posts that the editor saw


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReport:
    """All reviews of a run. The same posts give the same report but for `run`, whatever the order of files."""

    schema_version: int = SCHEMA_VERSION
    run: RunInfo | None = None
    verdict: Verdict
    posts: Sequence[PostReview] = ()  # by path; those of a run are loaded one by one, as they are asked for
    decision: Decision | None = None  # of an editor, where the workflow asks for one


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a report: the worst of its posts; `approve` for none."""
    return max(verdicts, key=lambda v: v.rank, default=Verdict.APPROVE)
