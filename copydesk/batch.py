"""One batch of posts on its way through the steps: what runs, what it took, and whether it was asked to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from copydesk import approval
from copydesk.errors import CopydeskError
from copydesk.execute import Review, StepOutcome
from copydesk.logs import log_context
from copydesk.monitor import RunRecorder
from copydesk.plan import Plan, PlannedStep
from copydesk.report import Decision, PostReview, StepStatus, StepTime
from copydesk.retry import delays, is_retriable
from copydesk.schedule import run_schedule
from copydesk.states import StepState

T = TypeVar("T")

TIME_IS_UP = "the workflow's time was up"
_GRACE_SECONDS = 1.0  # after a stop, for an attempt to end itself: its children are killed within milliseconds

CONCLUSION = "final_review"  # after all steps by itself


class Stopped(CopydeskError):
    """The run was asked to stop."""


@dataclass(kw_only=True)
class Batch:
    """The state of one run in this process. Used from one event loop."""

    id: str  # Prefect's flow-run id, or one of our own without Prefect
    review: Review
    recorder: RunRecorder
    reviews: tuple[PostReview, ...] = ()  # after the final review
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    stop_reason: str = ""
    times: dict[str, StepTime] = field(default_factory=dict)
    decision: Decision | None = None  # of an editor, on all posts
    not_asked: str = approval.NOBODY_TO_ASK  # why there is none, where the workflow asks for one
    _began: float = field(default_factory=time.monotonic)
    _ends: dict[str, float] = field(default_factory=dict)  # step -> when it ended, whatever its state
    # Steps between two attempts, or before the first -> the attempt whose record is open, and the one that is next.
    _between: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The workflow of this run."""
        return self.review.plan

    def cancel(self, reason: str) -> None:
        """Ask the batch to end; the first reason counts. Children at work are killed."""
        self.stop_reason = self.stop_reason or reason
        self.stop.set()

    def announce(self) -> None:
        """Record which steps are planned, in their order."""
        for planned in (self.plan.load, *self.plan.steps):
            self.recorder.step_pending(planned.name, priority=planned.priority.value)
        if self.plan.approval is not None:
            self.recorder.step_pending(approval.STEP, priority=self.plan.approval.priority)
        self.recorder.step_pending(CONCLUSION)

    async def run(self, attempt: Callable[[PlannedStep], Awaitable[Any]]) -> list[str]:
        """Run `load`, then the steps as their dependencies and priorities say; answers why the run failed, if it did.

        `attempt` runs a step with its retries and raises what is left then. A step that fails for good leaves the
        reviews incomplete; one that is `required` fails the run, and what depends on it is skipped. After a stop the
        answer is empty: look at `stop`.
        """
        self.announce()
        load = self.plan.load
        try:
            await self.run_one(load, attempt)
        except Stopped:
            for name in (*(planned.name for planned in self.plan.steps), *self._last()):
                self._never_begun(name)
            return []
        except Exception as error:  # noqa: BLE001 - without its posts there is nothing to review: the run says why
            for planned in self.plan.steps:
                self._skip(planned, load.name)
            return [_failure(load.name, error)]

        async def start(name: str) -> None:
            await self.run_one(self.plan.step(name), attempt)

        schedule = await run_schedule(
            self.plan.graph,
            start,
            self.plan.config.workflow.max_concurrent_tasks,
            rank=lambda name: self.plan.step(name).priority.rank,
            # What a stopped step holds up is not skipped: it is stopped as well, in its own turn.
            blocks=lambda name, outcome: isinstance(outcome, Exception) and not isinstance(outcome, Stopped),
            on_skip=lambda name, failed: self._skip(self.plan.step(name), failed),
        )
        if self.stop.is_set():
            for name in self._last():
                self._never_begun(name)
            return []
        return [_failure(name, error) for name, error in schedule.errors.items()]

    async def run_one(self, planned: PlannedStep, attempt: Callable[[PlannedStep], Awaitable[Any]]) -> None:
        """Run a step with its retries; raises only `Stopped`, and what a required step failed with."""
        if self.stop.is_set():
            self._never_begun(planned.name)
            raise Stopped(f"stopped: {self.stop_reason}")
        self._between[planned.name] = (1, 1)
        try:
            # The grace lets an attempt end by itself. What waits to try again is cut short.
            await self._unless_stopped(attempt(planned), grace=_GRACE_SECONDS)
        except Stopped:
            if planned.name in self._between:
                number, _ = self._between.pop(planned.name)
                self.recorder.step_finished(planned.name, number, StepState.CANCELLED, error=self.stop_reason)
            raise
        except Exception as error:
            status = StepStatus.TIMED_OUT if isinstance(error, TimeoutError) else StepStatus.FAILED
            if planned.name in self._between:  # Prefect failed, not the step: it was not called
                _, number = self._between.pop(planned.name)
                self.recorder.step_started(planned.name, number)
                self.recorder.step_finished(planned.name, number, StepState(status.value), error=str(error))
            self.review.give_up(planned, str(error) or type(error).__name__, status)
            if planned.required:
                raise

    async def attempt(self, planned: PlannedStep, attempt: int) -> StepOutcome:
        """Run a step once and record it. Raises what `Review.run_step` raises, and `Stopped`."""
        started = time.monotonic()
        queued = None
        if attempt == 1:
            queued = started - max(
                (self._ends[d] for d in planned.depends_on if d in self._ends), default=self._free_at()
            )
        self._between.pop(planned.name, None)
        self.recorder.step_started(planned.name, attempt, queue_seconds=queued)
        before = self.times.get(planned.name)
        time_before = before.run_seconds if before else 0.0
        state, outcome, problem = StepState.COMPLETED, None, None
        try:
            with log_context(run=self.id, step=planned.name):
                outcome = await self._unless_stopped(self.review.run_step(planned))
            return outcome
        except (Stopped, asyncio.CancelledError) as error:
            state, problem = StepState.CANCELLED, str(error) or "cancelled"
            raise
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            if is_retriable(error) and attempt <= planned.retry.max_retries:
                state = StepState.RETRYING
            else:
                state = StepState.TIMED_OUT if isinstance(error, TimeoutError) else StepState.FAILED
            raise
        finally:
            self._ends[planned.name] = time.monotonic()
            seconds = self._ends[planned.name] - started
            self.times[planned.name] = StepTime(
                step=planned.name,
                run_seconds=round(time_before + seconds, 6),
                queue_seconds=round(queued if queued is not None else before.queue_seconds if before else 0.0, 6),
                attempts=attempt,
                state=state.value,
                cached=outcome.cached if outcome else 0,
            )
            if state is StepState.RETRYING:
                self._between[planned.name] = (attempt, attempt + 1)
                delay = delays(planned.retry)[attempt - 1]
                self.recorder.step_retrying(planned.name, attempt, problem, delay)
            else:
                self.recorder.step_finished(
                    planned.name,
                    attempt,
                    state,
                    posts=outcome.posts if outcome else 0,
                    cached=outcome.cached if outcome else 0,
                    findings=outcome.findings if outcome else 0,
                    error=problem,
                    run_seconds=seconds,
                )

    def _last(self) -> tuple[str, ...]:
        """What comes after all steps."""
        return (CONCLUSION,) if self.plan.approval is None else (approval.STEP, CONCLUSION)

    def question(self) -> approval.Question:
        """What an editor is asked once all steps are done."""
        return approval.Question(workflow=self.plan.config.workflow.name, reviews=self.review.reviews())

    def decide(self, decision: Decision) -> None:
        """Take an editor's decision: it is the verdict on every post. Record it."""
        self.decision = decision
        self.recorder.step_started(approval.STEP)
        self.recorder.event(
            approval.STEP,
            decision=decision.verdict.value,
            reason=decision.reason,
            decided_at=decision.decided_at,
            content=decision.content,
        )
        # The step itself takes no time: a human's hours are no duration of ours.
        self.recorder.step_finished(
            approval.STEP, 1, StepState.COMPLETED, posts=len(self.review.posts), run_seconds=0.0
        )
        self.times[approval.STEP] = StepTime(step=approval.STEP, run_seconds=0.0)

    def ask_nobody(self, why: str) -> None:
        """Leave the step out: the findings alone decide."""
        self.not_asked = why
        self.recorder.step_finished(approval.STEP, 1, StepState.SKIPPED, error=why)
        self.times[approval.STEP] = StepTime(
            step=approval.STEP, run_seconds=0.0, attempts=0, state=StepState.SKIPPED.value
        )

    def wait(self, question: approval.Question) -> None:
        """Give every post the review that it has while the editor's decision is missing, and record what is asked."""
        self.reviews = tuple(map(approval.undecided, question.reviews))
        self.recorder.event(approval.STEP, asked=question.verdict.value, content=question.content)
        for review in self.reviews:
            self.recorder.post_reviewed(review, self.milliseconds(review.path))

    def _never_begun(self, name: str) -> None:
        self.recorder.step_finished(name, 1, StepState.CANCELLED, error=self.stop_reason)

    def _free_at(self) -> float:
        """When a step without dependencies could have started: after `load`."""
        return self._ends.get(self.plan.load.name, self._began)

    def _skip(self, planned: PlannedStep, failed: str) -> None:
        reason = f"the step {failed} failed, and this one depends on it"
        self.review.give_up(planned, reason)
        self.recorder.step_finished(planned.name, 1, StepState.SKIPPED, error=reason)
        self.times[planned.name] = StepTime(step=planned.name, run_seconds=0, attempts=0, state=StepState.SKIPPED.value)

    def conclude(self) -> None:
        """Give every post its review."""
        started = time.monotonic()
        self.recorder.step_started(CONCLUSION)
        self.reviews = tuple(map(self._settled, self.review.reviews()))
        for review in self.reviews:
            self.recorder.post_reviewed(review, self.milliseconds(review.path))
        seconds = time.monotonic() - started
        self.times[CONCLUSION] = StepTime(step=CONCLUSION, run_seconds=round(seconds, 6))
        self.recorder.step_finished(CONCLUSION, 1, StepState.COMPLETED, posts=len(self.reviews), run_seconds=seconds)

    def _settled(self, review: PostReview) -> PostReview:
        if self.plan.approval is None:
            return review
        if self.decision is not None:
            return approval.decided(review, self.decision)
        return approval.left_out(review, self.not_asked)

    def milliseconds(self, path: str) -> dict[str, float]:
        """What each step cost for a post; what came from the cache is told as it was measured then."""
        return {step: r[path].milliseconds for step, r in self.review.results.items() if path in r}

    async def _unless_stopped(self, work: Awaitable[T], grace: float = 0.0) -> T:
        """What `work` answers; `Stopped` when the batch is stopped and `work` does not end within `grace` seconds."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done() and grace:
                await asyncio.wait({working}, timeout=grace)
            if working.done():
                return working.result()
            raise Stopped(f"stopped: {self.stop_reason}")
        finally:
            stopping.cancel()
            if not working.done():
                working.cancel()
                # Until the children of this step are gone.
                await asyncio.wait({working})
                if not working.cancelled():
                    working.exception()  # asked for, or asyncio complains of it on standard error


def _failure(step: str, error: Exception) -> str:
    return f"{step}: {str(error) or type(error).__name__}"


async def with_retries(attempt: Callable[[int], Awaitable[T]], waits: list[float]) -> T:
    """Try until it succeeds, an error is not worth another attempt, or the waits (seconds) are used up."""
    for number, delay in enumerate(waits, start=1):
        try:
            return await attempt(number)
        except Exception as error:
            if not is_retriable(error):
                raise
            await asyncio.sleep(delay)
    return await attempt(len(waits) + 1)
