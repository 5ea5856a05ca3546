"""What records one attempt of one run: each call becomes an event for the monitor's writer. None of them raises."""

from __future__ import annotations

import functools
import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from copydesk.events import (
    FINDINGS_LIMIT,
    GROUPS,
    Authority,
    Event,
    Kind,
    Table,
    make_event,
    parse_time,
    to_storable,
    utc,
)
from copydesk.lease import owner
from copydesk.redaction import redact
from copydesk.report import Finding, PostReview, Severity
from copydesk.states import IllegalTransition, RunState, State, StepState, transition

if TYPE_CHECKING:
    from copydesk.monitor import WorkflowMonitor

MAPPING_LIMIT = 200_000  # characters of JSON of a free mapping: a document of MongoDB ends at 16 MB
FINDINGS_AN_EVENT = 100
_FINDING_FIELDS = GROUPS[Table.FINDINGS]["finding"]
_LOG = logging.getLogger("copydesk.monitor")
_P = ParamSpec("_P")


def _guarded(
    method: Callable[Concatenate[RunRecorder, _P], None],
) -> Callable[Concatenate[RunRecorder, _P], None]:
    """A fault of the monitor is logged and costs the review nothing."""

    @functools.wraps(method)
    def guarded(self: RunRecorder, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        if not self.monitor.enabled:
            return
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001
            _LOG.warning("not recorded (%s): %s", method.__name__, redact(str(error)), exc_info=True)

    return cast("Callable[Concatenate[RunRecorder, _P], None]", guarded)


class RunRecorder:
    """Records one attempt of one run. Safe from any thread."""

    def __init__(self, monitor: WorkflowMonitor, run_id: str, attempt: int, workflow: str | None) -> None:
        self.monitor = monitor
        self.key = (run_id, attempt)
        self.workflow = workflow
        self.state = RunState.PENDING
        self._source = _source()
        self._counts: dict[str, int] = {}
        self._steps: dict[tuple[str, int], StepState] = {}
        self._times: dict[tuple[str, int, str], float] = {}
        self._positions: dict[str, int] = {}
        self._started: dict[str, Any] = {}
        self._began = monitor.clock.monotonic()
        self._lock = threading.Lock()

    # -- the run ------------------------------------------------------------------------------------------------------

    @_guarded
    def open(
        self,
        *,
        priority: str,
        queue: str | None,
        deployment: str | None,
        created: datetime | None,
        expected_start: datetime | None,
        posts: int,
        metadata: Mapping[str, Any],
    ) -> None:
        now = self.monitor.clock.microseconds()
        made = parse_time(utc(created)).timestamp() if created else None
        scheduled = parse_time(utc(expected_start)).timestamp() if expected_start else None
        due = max((moment for moment in (made, scheduled) if moment is not None), default=None)
        self._put(
            Kind.RUN_OPENED, "opened",
            workflow=self.workflow, priority=priority, queue=queue, deployment=deployment, posts=posts,
            created_at=utc(created) if created else _iso(now),
            expected_start=utc(expected_start) if expected_start else None, metadata=_bounded(metadata),
        )  # fmt: skip
        self._started = {
            "started_at": _iso(now),
            "queue_seconds": None if due is None else max(0.0, now / 1e6 - due),
            "lateness_seconds": None if scheduled is None else max(0.0, now / 1e6 - scheduled),
        }
        self._move(RunState.RUNNING)
        self.monitor.put(self.heartbeat())
        self.monitor.hold(self)

    @_guarded
    def suspended(self) -> None:
        """The run waits for a human: it has no process and no heartbeat now, and is alive."""
        if self._move(RunState.SUSPENDED):
            self.monitor.release(self)

    @_guarded
    def resumed(self) -> None:
        """The same process goes on with a suspended run."""
        if self._move(RunState.RUNNING):
            self.monitor.hold(self)

    @_guarded
    def finish(
        self,
        state: str,
        *,
        verdict: str | None = None,
        score: float | None = None,
        reviewed: int | None = None,
        error: str | None = None,
        run_seconds: float | None = None,
    ) -> None:
        """The run's own last word: completed, failed or cancelled. A second one is refused and logged."""
        seconds = self.monitor.clock.monotonic() - self._began if run_seconds is None else run_seconds
        if self._move(
            RunState(state), ended=True, run_seconds=seconds, verdict=verdict, score=score, reviewed=reviewed,
            error=_clean(error),
        ):  # fmt: skip
            self.monitor.release(self)

    @_guarded
    def engine_state(self, state: str, error: str | None) -> None:
        ended = RunState(state).final
        self._put(
            Kind.RUN_STATE, state, source="engine", authority=Authority.ENGINE if ended else Authority.PASSING,
            state=state, ended_at=_iso(self.monitor.clock.microseconds()) if ended else None, error=_clean(error),
        )  # fmt: skip

    @_guarded
    def event(self, kind: str, /, **details: Any) -> None:
        """A line for the history that changes no state."""
        self._put(Kind.NOTE, kind, note=kind, details=_bounded(details))

    # -- its steps ----------------------------------------------------------------------------------------------------

    @_guarded
    def step_pending(self, step: str, *, priority: str | None = None, position: int | None = None) -> None:
        """A step is planned; its place among the steps, by default in the order of these calls."""
        with self._lock:
            self._positions.setdefault(step, len(self._positions) if position is None else position)
        self._opened(step, 1, priority)
        self._step_move(step, 1, StepState.PENDING)

    @_guarded
    def step_ready(self, step: str) -> None:
        """All that a step depends on is done: from here on it waits for its turn."""
        self._times[step, 1, "ready"] = self.monitor.clock.monotonic()

    @_guarded
    def step_started(
        self, step: str, attempt: int = 1, *, priority: str | None = None, queue_seconds: float | None = None
    ) -> None:
        """An attempt of a step has begun. Its wait counts from `step_ready`, or `step_retrying`, unless it is given."""
        now = self.monitor.clock.monotonic()
        self._times[step, attempt, "began"] = now
        if queue_seconds is None and (ready := self._times.get((step, attempt, "ready"))) is not None:
            queue_seconds = max(0.0, now - ready)
        if (step, attempt) not in self._steps:
            self._opened(step, attempt, priority)
        self._step_move(step, attempt, StepState.RUNNING, queue_seconds=queue_seconds)

    @_guarded
    def step_retrying(self, step: str, attempt: int, error: str | None = None, delay: float | None = None) -> None:
        """An attempt went wrong in passing; the next one follows after `delay` seconds."""
        seconds = self._seconds(step, attempt, None)
        self._times[step, attempt + 1, "ready"] = self.monitor.clock.monotonic() + (delay or 0.0)
        self._step_move(
            step, attempt, StepState.RETRYING, run_seconds=seconds, error=_clean(error), delay_seconds=delay
        )

    @_guarded
    def step_finished(
        self,
        step: str,
        attempt: int,
        state: str,
        *,
        posts: int = 0,
        cached: int = 0,
        findings: int = 0,
        error: str | None = None,
        queue_seconds: float | None = None,
        run_seconds: float | None = None,
    ) -> None:
        """An attempt of a step has ended, in this state. Without `run_seconds`, it began with `step_started`."""
        new = StepState(state)
        seconds = None if new in (StepState.SKIPPED, StepState.LOST) else self._seconds(step, attempt, run_seconds)
        self._step_move(
            step, attempt, new, run_seconds=seconds, queue_seconds=queue_seconds,
            posts=posts, cached=cached, findings=findings, error=_clean(error),
        )  # fmt: skip

    def _seconds(self, step: str, attempt: int, given: float | None) -> float | None:
        began = self._times.get((step, attempt, "began"))
        if given is not None or began is None:
            return given
        return max(0.0, self.monitor.clock.monotonic() - began)

    def _opened(self, step: str, attempt: int, priority: str | None) -> None:
        self._put(
            Kind.STEP_OPENED, step, attempt,
            step=step, step_attempt=attempt, priority=priority, position=self._positions.get(step),
        )  # fmt: skip

    def _step_move(self, step: str, attempt: int, new: StepState, **values: Any) -> None:
        with self._lock:
            old = self._steps.get((step, attempt))
            if old is not None or new is not StepState.PENDING:
                # A later attempt of a step starts where its retrying ended.
                before = old or (StepState.PENDING if attempt == 1 else StepState.RETRYING)
                if not _legal(before, new, f"step {step}, attempt {attempt}"):
                    return
            self._steps[step, attempt] = new
        now = _iso(self.monitor.clock.microseconds())
        start = self._started_of(step, attempt, new, values.pop("queue_seconds", None), now)
        ended = new.final
        self._put(
            Kind.STEP_STATE, step, attempt, new, authority=Authority.OWN if ended else Authority.PASSING,
            step=step, step_attempt=attempt, state=new.value, ended_at=now if ended else None, **start, **values,
        )  # fmt: skip

    def _started_of(
        self, step: str, attempt: int, new: StepState, queue_seconds: float | None, now: str
    ) -> dict[str, Any]:
        """The group "start", repeated with the end: whichever of the two arrives, the row is whole."""
        place = f"{step}/{attempt}"
        if new is StepState.RUNNING:
            self._started[place] = {"started_at": now, "queue_seconds": queue_seconds, "workflow": self.workflow}
        start: dict[str, Any] = dict(self._started.get(place, {}))
        if start and queue_seconds is not None:
            start["queue_seconds"] = queue_seconds
        return start

    # -- its posts ----------------------------------------------------------------------------------------------------

    @_guarded
    def post_reviewed(self, review: PostReview, milliseconds: Mapping[str, float] | None = None) -> None:
        """Record the review of a post with its findings; `milliseconds` is what each step took for it."""
        spent = milliseconds or {}
        severities = [finding.severity for finding in review.findings if not finding.suppressed]
        self._put(
            Kind.POST_REVIEWED, review.path,
            path=review.path, workflow=self.workflow, reviewed_at=_iso(self.monitor.clock.microseconds()),
            content_hash=review.content_hash, verdict=review.verdict.value, score=review.score,
            language=review.language, seconds=sum(spent.values()) / 1000 if spent else None,
            errors=severities.count(Severity.ERROR), warnings=severities.count(Severity.WARNING),
            suggestions=severities.count(Severity.SUGGESTION),
            score_breakdown=[asdict(penalty) for penalty in review.score_breakdown],
            verdict_reasons=list(review.verdict_reasons), incomplete=list(review.incomplete),
            measures=[{"name": name, "value": value} for name, value in review.measures.items()],
            milliseconds=[{"step": step, "value": value} for step, value in spent.items()],
            skipped=[{"step": step, "reason": reason} for step, reason in review.skipped.items()],
            type=review.type, fixed=review.fixed,
        )  # fmt: skip
        self._findings(review.path, review.findings)

    @_guarded
    def findings(self, path: str, findings: Iterable[Finding]) -> None:
        """Record all findings of a post, in their order (`post_reviewed` does so by itself)."""
        self._findings(path, findings)

    def _findings(self, path: str, findings: Iterable[Finding]) -> None:
        counts: dict[str, int] = {}
        rows: list[dict[str, Any]] = []

        def keep(finding: Finding) -> None:
            # Not `asdict`: it copies deeply, and there may be thousands.
            rows.append({name: getattr(finding, name) for name in _FINDING_FIELDS} | {"number": len(rows)})

        for finding in findings:
            counts[finding.step] = counts.get(finding.step, 0) + 1
            if counts[finding.step] <= FINDINGS_LIMIT:
                keep(finding)
        for step, count in counts.items():
            if count > FINDINGS_LIMIT:
                message = f"{count - FINDINGS_LIMIT} more findings of {step} are not stored"
                keep(Finding(check=f"{step}.more", severity=Severity.SUGGESTION, message=message))
        for start in range(0, len(rows), FINDINGS_AN_EVENT):
            self._put(Kind.FINDINGS, path, start, path=path, findings=rows[start : start + FINDINGS_AN_EVENT])

    # -- events -------------------------------------------------------------------------------------------------------

    def heartbeat(self) -> Event:
        """That this process holds the run."""
        now = self.monitor.clock.microseconds()
        return self._made(Kind.RUN_HEARTBEAT, ("beat", now), Authority.PASSING, now, self._source, {
            "heartbeat_at": _iso(now), **asdict(owner()),
        })  # fmt: skip

    def _move(self, new: RunState, *, ended: bool = False, **values: Any) -> bool:
        with self._lock:
            if not _legal(self.state, new, f"run {self.key[0]}"):
                return False
            self.state = new
            count = self._counts[new.value] = self._counts.get(new.value, 0) + 1
        ended_at = _iso(self.monitor.clock.microseconds()) if ended else None
        run = {name: self._started.get(name) for name in ("started_at", "queue_seconds", "lateness_seconds")}
        self._put(
            Kind.RUN_STATE, new, count, authority=Authority.OWN if ended else Authority.PASSING,
            state=new.value, ended_at=ended_at, **run, **values,
        )  # fmt: skip
        return True

    def _put(
        self,
        kind: Kind,
        *parts: object,
        source: str | None = None,
        authority: Authority = Authority.PASSING,
        **data: Any,
    ) -> None:
        now = self.monitor.clock.microseconds()
        if kind is Kind.NOTE:
            parts = (*parts, now)
        self.monitor.put(self._made(kind, parts, authority, now, source or self._source, data))

    def _made(
        self, kind: Kind, parts: tuple[object, ...], authority: Authority, now: int, source: str, data: dict[str, Any]
    ) -> Event:
        return make_event(
            kind, self.key, *parts, source=source, authority=authority, microseconds=now, data=data
        )  # fmt: skip


def _legal(old: State, new: State, what: str) -> bool:
    try:
        transition(old, new)
    except IllegalTransition as error:
        _LOG.warning("refused for %s: %s", what, error)
        return False
    return True


def _bounded(mapping: Mapping[str, Any]) -> Any:
    storable = to_storable(mapping)
    size = len(json.dumps(storable))
    return storable if size <= MAPPING_LIMIT else {"omitted": f"{size} characters of JSON"}


def _clean(error: str | None) -> str | None:
    return None if error is None else redact(str(error))


def _iso(microseconds: int) -> str:
    return utc(datetime.fromtimestamp(microseconds / 1e6, UTC))


def _source() -> str:
    me = owner()
    return f"{me.host}/{me.boot_id}/{me.pid}/{me.process_start}"
