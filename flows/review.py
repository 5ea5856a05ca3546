"""The review flow: load, then the steps as their dependencies and priorities say, then the final review."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from prefect import allow_failure, flow, tags
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext, TagsContext
from prefect.runtime import flow_run as current_flow_run
from prefect.states import Cancelled, Completed, Failed

from copydesk import approval, deciding
from copydesk import session as sessions
from copydesk.artifacts import ProgressArtifact, publish
from copydesk.batch import CONCLUSION, TIME_IS_UP, Batch, Stopped, with_retries
from copydesk.comparing import compare
from copydesk.engine import begin_record, heard, read_secret, watched
from copydesk.monitor import RunRecorder
from copydesk.outcome import RunEnd, completed, mean_score
from copydesk.plan import Plan, PlannedStep
from copydesk.prefect_engine import attempt_of, record_state
from copydesk.redaction import redact
from copydesk.remote_prefect import send_step
from copydesk.report import RunInfo, StepTime, Verdict
from copydesk.request import ReviewRequest
from copydesk.retry import delays, prefect_options
from copydesk.session import report_of
from copydesk.signals import on_signal
from copydesk.source import Source, open_source
from copydesk.states import RunState, StepState
from copydesk.turns import in_turns
from tasks.external_links import external_links
from tasks.final_review import final_review
from tasks.grammar import grammar
from tasks.house_rules import house_rules
from tasks.hunspell import hunspell
from tasks.links import links
from tasks.load import load
from tasks.own_step import own_step
from tasks.seo import seo
from tasks.site_checks import site_checks
from tasks.spelling import spelling
from tasks.structure import structure
from tasks.style import style

log = logging.getLogger("copydesk.flow")

TASKS = {
    task.name: task
    for task in (
        *(load, structure, grammar, spelling, style, links, seo),
        *(house_rules, hunspell, site_checks, external_links),
    )
}


def run_name() -> str:
    """What the run is called in Prefect: what it reviews."""
    given = current_flow_run.parameters
    asked = given.get("request") or {}
    request = asked.model_dump() if isinstance(asked, ReviewRequest) else asked
    paths = request.get("paths") or ["."]
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    ref = given.get("ref") or request.get("ref")
    at = f" at {ref}" if ref else f" of {request['repository']}" if request.get("repository") else ""
    return redact(f"review {paths[0]}{more}{at}")[:200]


@flow(
    name="review",
    flow_run_name=run_name,
    result_serializer="json",
    # What only they see: a process that was killed, a run that a worker cancelled.
    on_crashed=[record_state],
    on_cancellation=[record_state],
    on_failure=[record_state],
)
async def review(request: ReviewRequest, ref: str | None = None, base: str | None = None) -> State[Any]:
    """Review posts. The run's state says the verdict; the report is in its artifacts.

    Args:
        request: Which posts to review, and how.
        ref: Branch, tag or commit, in place of the request's; for a command line, as in `--param ref=main`.
        base: What it is compared with, in place of the request's; for a command line.
    """
    request = request.at(ref, base)
    with contextlib.ExitStack() as stack:
        session = sessions.current() if sessions.is_open() else stack.enter_context(sessions.open_session())
        if session.source is None:
            session.source = stack.enter_context(open_source(request, await read_secret(request.credentials)))
        session.remote = send_step
        return await _review(session, session.source, request)


async def _review(session: sessions.Session, source: Source, request: ReviewRequest) -> State[Any]:
    context = FlowRunContext.get()
    assert context is not None
    assert context.flow_run is not None
    plan = source.plan(request)
    files = await compare(
        session, plan, source.posts(request, plan), base=request.base, diff=request.diff, baseline=request.baseline
    )
    # One decision on all posts: they are one batch then.
    asks = plan.approval is not None and request.approval
    started, clock = datetime.now(UTC), time.monotonic()
    steps: tuple[StepTime, ...] = ()
    batch: Batch | None = None
    if not files:
        end = _nothing_changed(begin_record(session, plan, request, context.flow_run, 0), session.compared_with)
    elif len(files) > plan.config.workflow.batch_size and not asks:
        with _stoppable(session):
            end = await _in_batches(request, plan, files, context.flow_run)
        steps = session.step_times()
    else:
        batch = session.new_batch(
            str(context.flow_run.id),
            plan,
            source.read(files, plan),
            begin_record(session, plan, request, context.flow_run, len(files)),
            request.context,
        )
        with _stoppable(session):
            end = await _one_batch(session, batch, context.flow_run, asks=asks)
        steps = tuple(batch.times.values())
    session.run = RunInfo(
        id=str(context.flow_run.id),
        attempt=attempt_of(context.flow_run),
        state=end.state.value,
        workflow=plan.config.workflow.name,
        priority=request.priority.value,
        started_at=started.isoformat(timespec="milliseconds"),
        duration_seconds=round(time.monotonic() - clock, 3),
        steps=steps,
    )
    if session.batch_of in ("", session.run.id):
        session.over_at = time.monotonic()
    decision = batch.decision if batch is not None else None
    await publish(report_of(session.run, session.reviews.in_order(files), decision), plan)
    if end.state is RunState.SUSPENDED and batch is not None and session.question is not None:
        suspended: State[Any] = await deciding.suspend(session.question, context.flow_run, batch.recorder)
        return suspended
    return final_state(end, gate=request.gate)


def _stoppable(session: sessions.Session) -> contextlib.AbstractContextManager[None]:
    """Where the process is ours a signal cancels the run; its batches leave that to it."""
    ours = session.signals and not session.batch_of
    return on_signal(session.stop) if ours else contextlib.nullcontext()


def _nothing_changed(recorder: RunRecorder, base: str) -> RunEnd:
    """The end of a run that was asked for the posts changed since a base, when there are none."""
    end = RunEnd(state=RunState.COMPLETED, message=f"no post changed since {base}", verdict=Verdict.APPROVE)
    recorder.finish(end.state, verdict=end.verdict, reviewed=0)
    return end


async def _one_batch(session: sessions.Session, batch: Batch, flow_run: FlowRun, *, asks: bool) -> RunEnd:
    """Review the posts of one batch, and record how it ended whatever happens."""
    end = RunEnd(state=RunState.CANCELLED, message="stopped from outside")
    try:
        async with watched(batch):
            with TagsContext():  # the tags of the run are its own: see `attempt_step`
                end = await _run_steps(session, batch, flow_run, asks=asks)
    except Exception as error:
        end = RunEnd(state=RunState.FAILED, message=f"{type(error).__name__}: {error}")
        raise
    finally:
        session.take(batch)
        if end.state is not RunState.SUSPENDED:  # that is recorded once Prefect has taken it
            batch.recorder.finish(
                end.state,
                verdict=end.verdict,
                score=mean_score(batch.reviews) if batch.reviews else None,
                reviewed=len(batch.reviews),
                error=None if end.state is RunState.COMPLETED else end.message,
            )
    return end


async def _run_steps(session: sessions.Session, batch: Batch, flow_run: FlowRun, *, asks: bool) -> RunEnd:
    states: dict[str, State[Any]] = {}

    async def attempt(planned: PlannedStep) -> None:
        task = TASKS.get(planned.name) if planned.step.name == planned.name else None
        configured = (task or own_step).with_options(
            name=planned.name,
            description=planned.description,
            **prefect_options(planned.retry),
        )
        arguments = {"batch": batch.id} if task else {"batch": batch.id, "name": planned.name}
        after = planned.depends_on or ((batch.plan.load.name,) if states else ())
        edges = [allow_failure(states[name]) for name in after if name in states]
        try:
            state: State[Any] = await configured(**arguments, wait_for=edges, return_state=True)  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - Prefect's own: its server went away under a task
            return await without_prefect(planned, error)
        # Prefect draws an edge to whatever returned an equal value: what a step answered is taken out of its state.
        states[planned.name] = state.model_copy(update={"data": True}) if state.is_completed() else state
        if state.is_cancelled():
            raise Stopped(f"stopped: {batch.stop_reason}")
        if not state.is_completed():
            fault: Exception = await state.result(raise_on_failure=False)  # type: ignore[misc]
            await without_prefect(planned, fault)
        return None

    async def without_prefect(planned: PlannedStep, error: Exception) -> None:
        """Raise what the step failed with; a step that Prefect could not begin is done without it."""
        done = batch.times.get(planned.name)
        if done is None:
            # A review goes on when nobody answers.
            log.warning(
                "Prefect cannot record the step %s: %s", planned.name, redact(f"{type(error).__name__}: {error}")
            )
            await with_retries(partial(batch.attempt, planned), delays(planned.retry))
        elif done.state != StepState.COMPLETED.value:
            raise error

    failures = await batch.run(attempt)
    if batch.stop.is_set():
        timed_out = batch.stop_reason == TIME_IS_UP
        state = RunState.FAILED if timed_out else RunState.CANCELLED
        return RunEnd(state=state, message=batch.stop_reason, name="TimedOut" if timed_out else None)
    if batch.plan.approval is not None and not await _decided(
        session, batch, flow_run, asks=asks, failed=bool(failures)
    ):
        return RunEnd(state=RunState.SUSPENDED, message=approval.WAITS)
    try:
        await final_review(batch.id, wait_for=[allow_failure(state) for state in states.values()])
    except Exception as error:
        if batch.times.get(CONCLUSION) is not None:
            raise
        log.warning("Prefect cannot record the final review: %s", redact(f"{type(error).__name__}: {error}"))
        batch.conclude()
    if failures:
        return RunEnd(state=RunState.FAILED, message="; ".join(failures))
    return completed(batch.reviews)


async def _decided(session: sessions.Session, batch: Batch, flow_run: FlowRun, *, asks: bool, failed: bool) -> bool:
    """Whether an editor has decided on the posts, or nobody is asked."""
    question = batch.question()
    if not asks or failed or approval.incomplete(question.reviews):
        batch.ask_nobody(approval.NOTHING_TO_DECIDE if asks else approval.SWITCHED_OFF)
        return True
    found = await deciding.find_decision(question, session.given, flow_run)
    if found is None:
        session.question = question
        batch.wait(question)
        return False
    session.decision = found
    batch.decide(found)
    return True


async def _in_batches(request: ReviewRequest, plan: Plan, files: Sequence[str], flow_run: FlowRun) -> RunEnd:
    """Review more posts than a batch holds: a flow run a batch, each begun when the one before keeps children busy."""
    session = sessions.current()
    recorder = begin_record(session, plan, request, flow_run, len(files))
    size = plan.config.workflow.batch_size
    progress = ProgressArtifact(str(flow_run.id))
    whole, session.batch_of = session.batch_of, str(flow_run.id)
    ends: list[RunState] = []
    end = RunEnd(state=RunState.CANCELLED, message="stopped from outside")

    async def one(part: ReviewRequest) -> tuple[ReviewRequest, State[Any]]:
        with tags(f"run-priority:{request.priority.value}"):
            return part, await review(part, return_state=True)

    def parts() -> Iterator[Callable[[], Awaitable[tuple[ReviewRequest, State[Any]]]]]:
        for start in range(0, len(files), size):
            if session.cancelled:
                return
            yield partial(one, request.model_copy(update={"paths": list(files[start : start + size]), "gate": False}))

    try:
        reviewed = 0
        async with (
            heard(str(flow_run.id), session.cancel),
            contextlib.aclosing(in_turns(parts())) as batches,
        ):
            await progress.show(0.0, f"0 of {len(files)} posts reviewed")
            async for part, state in batches:
                run = str(state.state_details.flow_run_id)
                recorder.event("batch", run=run, posts=len(part.paths), state=state.name)
                if state.is_cancelled():
                    session.cancel(state.message or "a batch was cancelled")
                ends.append(RunState.COMPLETED if state.is_completed() else RunState.FAILED)
                reviewed += len(part.paths)
                await progress.show(reviewed / len(files), f"{reviewed} of {len(files)} posts reviewed")
        if session.cancelled:
            end = RunEnd(state=RunState.CANCELLED, message=session.cancelled)
            return end
        end = completed(session.reviews.in_order(files))
        failed = ends.count(RunState.FAILED)
        if failed:
            end = RunEnd(state=RunState.FAILED, message=f"{failed} of {len(ends)} batches failed")
    finally:
        session.batch_of = whole
        if not session.signal:  # what was cancelled is this run: a session may have others to do
            session.cancelled = ""
        own = session.reviews.in_order(files)
        recorder.finish(
            end.state, verdict=end.verdict, score=mean_score(own), reviewed=len(own),
            error=None if end.state is RunState.COMPLETED else end.message,
        )  # fmt: skip
    return end


def final_state(end: RunEnd, *, gate: bool) -> State[Any]:
    """Prefect's final state: the table of outcomes."""
    if end.state is RunState.CANCELLED:
        return Cancelled(message=end.message)
    make = Completed if end.state is RunState.COMPLETED and (end.passes_gate or not gate) else Failed
    return make(message=end.message, name=end.name) if end.name else make(message=end.message)
