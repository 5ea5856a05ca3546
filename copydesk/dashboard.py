"""The blog at a glance, from the store: a folder of files that any web server or CI artifact can show."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from copydesk.events import parse_time, utc
from copydesk.report import Severity, Verdict
from copydesk.stores.base import Day, FindingRow, GroupStats, PostRow, Run, RunQuery, StatsQuery, Store

WINDOWS = 10  # points of a step's line: the period is cut into so many
RUNS_READ = 200  # latest runs that are searched for the newest review of each post
RUNS_WITHOUT_NEWS = 10  # ... unless so many in a row held no post that was not seen yet
HISTORIES_READ = 500  # posts whose earlier reviews are read, the worst first: one query each
HISTORY_LENGTH = 12
WORST_CHECKS = 15
FAILURES_SHOWN = 20

_FAILED_STEPS = ("failed", "timed_out", "lost")
_FAILED_RUNS = ("failed", "lost", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """A post as it was last reviewed."""

    path: str
    verdict: Verdict
    score: float
    errors: int
    warnings: int
    suggestions: int
    reviewed_at: str
    scores: tuple[float, ...] = ()  # of its last reviews, oldest first, this one last


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """A check over the newest reviews of all posts."""

    check: str
    severity: Severity
    findings: int
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step over the period. Times are seconds."""

    step: str
    attempts: int
    retries: int
    failures: int
    p50: float | None
    p95: float | None
    p99: float | None
    queue_p95: float | None
    p95_over_time: tuple[float | None, ...]  # one a window, oldest first; None: it did not run


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """A queue over the period: how long runs waited in it, in seconds."""

    queue: str
    runs: int
    p50: float | None
    p95: float | None
    longest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureLine:
    """A run that did not complete."""

    run_id: str
    state: str
    workflow: str
    started_at: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Everything that the dashboard shows."""

    made_at: str  # aware UTC
    days: int
    runs: int
    completed: int
    success_rate: float | None  # completed of those that have ended
    posts: tuple[PostLine, ...]  # worst verdict first, then lowest score
    trend: tuple[Day, ...]  # by day
    checks: tuple[CheckLine, ...]
    steps: tuple[StepLine, ...]
    queues: tuple[QueueLine, ...]
    failures: tuple[FailureLine, ...]  # newest first


def read_dashboard(store: Store, *, days: int = 30, now: datetime | None = None) -> Dashboard:
    """Ask an open store for everything at once. Raises what the store raises.

    A post is shown as its newest review among the latest `RUNS_READ` runs says; a post that was not reviewed in any of
    these is not shown.
    """
    end = now or datetime.now(UTC)
    start = end - timedelta(days=days)
    since = utc(start)
    latest, findings = _latest_reviews(store)
    stats = store.stats(StatsQuery(since=since, by="step"))
    queues = store.stats(StatsQuery(since=since, by="queue")).groups
    ended = sum(stats.runs.states.get(s, 0) for s in ("completed", *_FAILED_RUNS))
    completed = stats.runs.states.get("completed", 0)
    return Dashboard(
        made_at=utc(end),
        days=days,
        runs=sum(stats.runs.states.values()),
        completed=completed,
        success_rate=completed / ended if ended else None,
        posts=_with_histories(store, sorted(latest, key=lambda p: (-p.verdict.rank, p.score, p.path))),
        trend=stats.trend,
        checks=_worst_checks(findings),
        steps=_steps(store, stats.steps, start, end),
        queues=tuple(_queue(g) for g in queues),
        failures=tuple(_failure(r) for r in store.runs(_failed(since))),
    )


def dashboard_files(store: Store, *, days: int = 30, refresh_seconds: int | None = None) -> dict[str, str]:
    """The dashboard as texts by file name: `index.html` and `dashboard.json`.

    `refresh_seconds` makes the page reload itself. Raises what the store raises.
    """
    from copydesk.reports.dashboard_page import dashboard_page

    dashboard = read_dashboard(store, days=days)
    return {
        "index.html": dashboard_page(dashboard, refresh_seconds=refresh_seconds),
        "dashboard.json": json.dumps(asdict(dashboard), indent=1) + "\n",
    }


def write_dashboard(store: Store, folder: Path, *, days: int = 30) -> list[Path]:
    """Write the files into a folder, which is made if need be; the files written, the page first.

    Raises what the store raises, and OSError.
    """
    files = dashboard_files(store, days=days)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        # A reader never meets half a file.
        unfinished = folder / f".{name}.new"
        unfinished.write_text(text, "utf-8", newline="\n")
        unfinished.replace(folder / name)
    return [folder / name for name in files]


def _failed(since: str) -> RunQuery:
    return RunQuery(states=_FAILED_RUNS, since=since, limit=FAILURES_SHOWN)


def _latest_reviews(store: Store) -> tuple[list[PostLine], list[FindingRow]]:
    newest: dict[str, PostRow] = {}
    nothing_new = 0
    for run in store.runs(RunQuery(limit=RUNS_READ)):
        record = store.run(run.run_id, run.attempt, findings=False)
        before = len(newest)
        for row in record.posts if record else ():
            known = newest.get(row.path)
            if row.verdict is not None and (known is None or _when(row) > _when(known)):
                newest[row.path] = row
        nothing_new = 0 if len(newest) > before else nothing_new + 1
        if nothing_new >= RUNS_WITHOUT_NEWS:
            break
    findings: list[FindingRow] = []
    for run_id, attempt in dict.fromkeys((row.run_id, row.attempt) for row in newest.values()):
        record = store.run(run_id, attempt)
        for finding in record.findings if record else ():
            holder = newest.get(finding.path)
            if holder and (holder.run_id, holder.attempt) == (run_id, attempt) and not finding.suppressed:
                findings.append(finding)
    return [_post(row) for row in newest.values()], findings


def _when(row: PostRow) -> str:
    return row.reviewed_at or ""


def _post(row: PostRow) -> PostLine:
    known = row.verdict if row.verdict in set(Verdict) else Verdict.INCOMPLETE
    return PostLine(
        path=row.path,
        verdict=Verdict(known),
        score=row.score or 0.0,
        errors=row.errors or 0,
        warnings=row.warnings or 0,
        suggestions=row.suggestions or 0,
        reviewed_at=row.reviewed_at or "",
        scores=(row.score or 0.0,),
    )


def _with_histories(store: Store, posts: Sequence[PostLine]) -> tuple[PostLine, ...]:
    shown = []
    for index, post in enumerate(posts):
        if index < HISTORIES_READ:
            earlier = [row.score for row in store.post_history(post.path, HISTORY_LENGTH) if row.score is not None]
            post = replace(post, scores=tuple(reversed(earlier)) or post.scores)
        shown.append(post)
    return tuple(shown)


def _worst_checks(findings: Iterable[FindingRow]) -> tuple[CheckLine, ...]:
    count: Counter[str] = Counter()
    posts: dict[str, set[str]] = {}
    severity: dict[str, Severity] = {}
    for finding in findings:
        check = finding.check or "unknown"
        count[check] += 1
        posts.setdefault(check, set()).add(finding.path)
        told = Severity(finding.severity) if finding.severity in set(Severity) else Severity.SUGGESTION
        severity[check] = max(severity.get(check, told), told, key=lambda s: s.rank)
    order = sorted(count, key=lambda c: (-severity[c].rank, -len(posts[c]), -count[c], c))
    return tuple(
        CheckLine(check=c, severity=severity[c], findings=count[c], posts=len(posts[c])) for c in order[:WORST_CHECKS]
    )


def _steps(store: Store, groups: Sequence[GroupStats], start: datetime, end: datetime) -> tuple[StepLine, ...]:
    width = (end - start) / WINDOWS
    edges = [utc(start + i * width) for i in range(WINDOWS)] + [utc(end + timedelta(milliseconds=1))]
    over_time: list[dict[str, float | None]] = []
    for since, until in pairwise(edges):
        window = store.stats(StatsQuery(since=since, until=until, by="step"))
        over_time.append({g.name: g.run_seconds.p95 for g in window.steps})
    return tuple(
        StepLine(
            step=g.name,
            attempts=g.attempts,
            retries=g.retries,
            failures=sum(g.states.get(s, 0) for s in _FAILED_STEPS),
            p50=g.run_seconds.p50,
            p95=g.run_seconds.p95,
            p99=g.run_seconds.p99,
            queue_p95=g.queue_seconds.p95,
            p95_over_time=tuple(window.get(g.name) for window in over_time),
        )
        for g in sorted(groups, key=lambda g: (-(g.run_seconds.p95 or 0.0), g.name))
    )


def _queue(group: GroupStats) -> QueueLine:
    waits = group.queue_seconds
    return QueueLine(queue=group.name, runs=sum(group.states.values()), p50=waits.p50, p95=waits.p95, longest=waits.max)


def _failure(run: Run) -> FailureLine:
    return FailureLine(
        run_id=run.run_id,
        state=run.state or "",
        workflow=run.workflow or "",
        started_at=run.started_at or run.created_at or "",
        error=run.error or "",
    )


def moment(at: str) -> str:
    """`2026-03-01 08:00` of an ISO time; the text itself when it is none."""
    try:
        return parse_time(at).astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return at
