"""A report made again from the monitor's record, for a run that happened elsewhere or long ago."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from copydesk.approval import STEP
from copydesk.plain_review import review_of
from copydesk.report import (
    Decision,
    Finding,
    Penalty,
    PostReview,
    ReviewReport,
    RunInfo,
    Severity,
    StepTime,
    Verdict,
    worst,
)
from copydesk.shelf import Shelf
from copydesk.states import RunState
from copydesk.stores.base import FindingRow, PostRow, RunRecord, StepRun, Store

APPROVAL_NOTE = STEP  # the line of a run's history on an editor's decision: asked for, or made
BATCH_NOTE = "batch"  # the line of a run's history that names the run of one of its batches


def stored_report(store: Store, record: RunRecord) -> ReviewReport:
    """The report of a run, with the posts of its batches when it was cut into some.

    A post that the record holds twice (a batch was tried again) is the one of the later try. A run that did not end
    well may have posts without a review: they are not in it.
    """
    reviews: Shelf[PostReview] = Shelf(review_of)
    for part in with_batches(store, record):
        for post in _posts(part):
            reviews.put(post.path, post)
    posts = reviews.in_order()
    return ReviewReport(
        run=run_info(record),
        verdict=worst(post.verdict for post in posts),
        posts=posts,
        decision=stored_decision(record),
    )


def stored_decision(record: RunRecord) -> Decision | None:
    """What an editor decided on the posts of the run; the last word, None while there is none."""
    made = [details for details in _approval_notes(record) if "decision" in details]
    if not made:
        return None
    return Decision(
        verdict=Verdict(made[-1]["decision"]),
        reason=str(made[-1].get("reason") or ""),
        decided_at=str(made[-1].get("decided_at") or ""),
        content=str(made[-1].get("content") or ""),
    )


def asked_content(record: RunRecord) -> str:
    """The digest of the posts that an editor was asked about last; empty for nobody."""
    asked = [str(details.get("content") or "") for details in _approval_notes(record) if "asked" in details]
    return asked[-1] if asked else ""


def _approval_notes(record: RunRecord) -> Iterator[dict[str, Any]]:
    for event in record.events:
        details = event.data.get("details")
        if event.data.get("note") == APPROVAL_NOTE and isinstance(details, dict):
            yield details


def run_info(record: RunRecord) -> RunInfo:
    """What the record knows of the run itself; a lost run has no duration and shows 0."""
    run = record.run
    return RunInfo(
        id=run.run_id,
        attempt=run.attempt,
        state=run.state or RunState.PENDING.value,
        workflow=run.workflow or "",
        priority=run.priority or "",
        started_at=run.started_at or "",
        duration_seconds=round(run.run_seconds or 0.0, 3),
        steps=tuple(_step_times(record.steps)),
    )


def with_batches(store: Store, record: RunRecord, *, findings: bool = True) -> Iterator[RunRecord]:
    """The record and those of its batches, which may have batches of their own; one after the other.

    A batch that is in another store is left out. Raises `StoreError`.
    """
    yield record
    for event in record.events:
        details = event.data.get("details")
        if event.data.get("note") == BATCH_NOTE and isinstance(details, dict):
            part = store.run(str(details.get("run")), findings=findings)
            if part is not None:
                yield from with_batches(store, part, findings=findings)


def _step_times(rows: tuple[StepRun, ...]) -> Iterator[StepTime]:
    """One time a step: the attempts together, in the state of the last."""
    by_step: dict[str, list[StepRun]] = {}
    for row in rows:
        by_step.setdefault(row.step, []).append(row)
    for step, attempts in by_step.items():
        last = max(attempts, key=lambda row: row.step_attempt)
        yield StepTime(
            step=step,
            run_seconds=round(sum(row.run_seconds or 0.0 for row in attempts), 6),
            queue_seconds=round(sum(row.queue_seconds or 0.0 for row in attempts), 6),
            attempts=last.step_attempt,
            state=last.state or "pending",
            cached=last.cached or 0,
        )


def _posts(record: RunRecord) -> Iterator[PostReview]:
    findings: dict[str, list[Finding]] = {}
    for row in record.findings:
        findings.setdefault(row.path, []).append(_finding(row))
    for post in record.posts:
        yield _post(post, tuple(findings.get(post.path, ())))


def _post(row: PostRow, findings: tuple[Finding, ...]) -> PostReview:
    return PostReview(
        path=row.path,
        content_hash=row.content_hash or "",
        verdict=Verdict(row.verdict or Verdict.INCOMPLETE),
        score=row.score or 0.0,
        score_breakdown=tuple(Penalty(**dict(penalty)) for penalty in row.score_breakdown),
        verdict_reasons=tuple(row.verdict_reasons),
        measures={str(measure["name"]): float(measure["value"]) for measure in row.measures},
        language=row.language or "",
        incomplete=tuple(row.incomplete),
        skipped={str(skip["step"]): str(skip["reason"]) for skip in row.skipped},
        findings=findings,
        type=row.type or "",
        fixed=row.fixed or 0,
    )


def _finding(row: FindingRow) -> Finding:
    return Finding(
        check=row.check or "",
        severity=Severity(row.severity or Severity.SUGGESTION),
        message=row.message or "",
        line=row.line or 1,
        column=row.column or 1,
        end_line=row.end_line or 1,
        end_column=row.end_column or 1,
        match=row.match or "",
        suggestions=tuple(row.suggestions),
        fingerprint=row.fingerprint or "",
        suppressed=bool(row.suppressed),
        suppression=row.suppression or "",
    )
