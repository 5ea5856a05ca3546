"""From a report or a record in the store to the diagram and the timeline of that run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from copydesk.diagram import Diagram, DiagramNode, StepFacts, StepHistory, plan_nodes
from copydesk.events import parse_time
from copydesk.report import ReviewReport
from copydesk.reports.wording import VERDICTS, plural, seconds
from copydesk.states import StepState
from copydesk.stores.base import ACTIVE
from copydesk.timeline import Attempt, Timeline

if TYPE_CHECKING:
    from copydesk.plan import Plan
    from copydesk.stores.base import RunRecord, Stats, StepRun


def report_diagram(plan: Plan, report: ReviewReport) -> Diagram:
    """The run that made a report. A report without a run (`copydesk check`) gives the plan with its findings."""
    found = Counter(f.step for p in report.posts for f in p.findings if not f.suppressed)
    run = report.run
    if run is None:
        return Diagram(title=plan.config.workflow.name, nodes=plan_nodes(plan))
    facts = {
        s.step: StepFacts(
            state=s.state,
            run_seconds=s.run_seconds,
            queue_seconds=s.queue_seconds,
            attempts=s.attempts,
            findings=found[s.step] if s.step not in ("load", "final_review") else None,
            cached=s.cached,
        )
        for s in run.steps
    }
    words = [
        f"run {run.id}",
        plural(len(report.posts), "post"),
        VERDICTS[report.verdict],
        seconds(run.duration_seconds),
    ]
    return Diagram(
        title=run.workflow,
        subtitle=" · ".join(words),
        nodes=_with_strangers(plan_nodes(plan, facts), facts),
        total_seconds=run.duration_seconds,
    )


def record_diagram(plan: Plan, record: RunRecord, now: datetime | None = None) -> Diagram:
    """A run from the store, as far as it has come. `now` (aware) is the time for a run that is still going on."""
    rows: dict[str, list[StepRun]] = {}
    for row in record.steps:
        rows.setdefault(row.step, []).append(row)
    facts = {name: _facts(attempts, now) for name, attempts in rows.items()}
    run, total = record.run, run_seconds(record, now)
    words = [f"run {run.run_id}", run.state or "pending"]
    if run.posts is not None:
        words.append(plural(run.posts, "post"))
    if total is not None:
        words.append(seconds(total))
    return Diagram(
        title=run.workflow or plan.config.workflow.name,
        subtitle=" · ".join(words),
        nodes=_with_strangers(plan_nodes(plan, facts), facts),
        total_seconds=total,
        going_on=run.state in ACTIVE,
    )


def record_timeline(record: RunRecord, now: datetime | None = None, slots: int | None = None) -> Timeline:
    """A run from the store as time went by. Durations are the monotonic ones; only starts come from the clock."""
    run = record.run
    began = parse_time(run.started_at) if run.started_at else None
    attempts = []
    for row in record.steps:
        start = end = ready = None
        if began is not None and row.started_at is not None:
            start = max((parse_time(row.started_at) - began).total_seconds(), 0.0)
            if row.run_seconds is not None:
                end = start + row.run_seconds
            elif row.ended_at is not None:
                end = max((parse_time(row.ended_at) - began).total_seconds(), start)
            if row.queue_seconds is not None:
                ready = max(start - row.queue_seconds, 0.0)
        attempts.append(
            Attempt(
                step=row.step,
                number=row.step_attempt,
                state=row.state or "pending",
                ready=ready,
                start=start,
                end=end,
                delay=row.delay_seconds or 0.0,
            )
        )
    total = run_seconds(record, now) or 0.0
    words = [f"run {run.run_id}", run.state or "pending", seconds(total)]
    return Timeline(
        title=run.workflow or "run",
        subtitle=" · ".join(words),
        attempts=tuple(attempts),
        total_seconds=total,
        slots=slots,
    )


def history_diagram(plan: Plan, lately: Stats, before: Stats, window: str) -> Diagram:
    """The plan with each step's p50 and p95 of `window` (in words) against its own p95 of the time before."""
    past = {g.name: g.run_seconds.p95 for g in before.steps}
    history = {
        g.name: StepHistory(
            runs=g.run_seconds.count, p50=g.run_seconds.p50, p95=g.run_seconds.p95, past_p95=past.get(g.name)
        )
        for g in lately.steps
        if g.run_seconds.p50 is not None and g.run_seconds.p95 is not None
    }
    return Diagram(
        title=plan.config.workflow.name,
        subtitle=f"{window}, {plural(lately.runs.run_seconds.count, 'run')}; p95 against the time before",
        nodes=plan_nodes(plan, history=history),
    )


def run_seconds(record: RunRecord, now: datetime | None) -> float | None:
    """How long the run took, or has taken until `now`; None when nobody knows (it was lost, or never began)."""
    if record.run.run_seconds is not None:
        return record.run.run_seconds
    if record.run.started_at is None:
        return None
    began = parse_time(record.run.started_at)
    if record.run.ended_at is not None:
        ends = [parse_time(s.ended_at) for s in record.steps if s.ended_at]
        return max((max(ends) - began).total_seconds(), 0.0) if ends else None
    return max((now - began).total_seconds(), 0.0) if now is not None else None


def _facts(attempts: Sequence[StepRun], now: datetime | None) -> StepFacts:
    last = max(attempts, key=lambda a: a.step_attempt)
    first = min(attempts, key=lambda a: a.step_attempt)
    took = [_took(a, now) for a in attempts]
    known = [t for t in took if t is not None]
    return StepFacts(
        state=last.state or StepState.PENDING,
        run_seconds=sum(known) if known else None,
        queue_seconds=first.queue_seconds,
        attempts=len(attempts),
        findings=last.findings,
        cached=last.cached or 0,
        error=last.error or "",
    )


def _took(attempt: StepRun, now: datetime | None) -> float | None:
    if attempt.run_seconds is not None:
        return attempt.run_seconds
    if attempt.state == StepState.RUNNING and attempt.started_at and now is not None:
        return max((now - parse_time(attempt.started_at)).total_seconds(), 0.0)
    return None


def _with_strangers(nodes: tuple[DiagramNode, ...], facts: Mapping[str, StepFacts]) -> tuple[DiagramNode, ...]:
    """Steps that ran and are not in the plan any more stand beside it."""
    known = {n.name for n in nodes}
    return nodes + tuple(DiagramNode(name=name, run=run) for name, run in facts.items() if name not in known)
