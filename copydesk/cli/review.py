"""`copydesk review`: a review as a recorded Prefect flow."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from copydesk.approval import Question
from copydesk.cli.comparison import comparison_options, say_comparison
from copydesk.cli.deciding import ask_editor, can_ask, how_to_decide
from copydesk.cli.material import QUOTING, material_for
from copydesk.cli.record import opened
from copydesk.cli.reporting import config_option, progress_bars, publish, report_options
from copydesk.control import start_again
from copydesk.engine import embedded_server_turn, exit_within, prepare_environment, require_api, settle_records
from copydesk.errors import CopydeskError, UsageError
from copydesk.loading import discover
from copydesk.outcome import UNFINISHED, exit_code
from copydesk.plan import Plan, load_plan, with_external
from copydesk.report import Decision, ReviewReport
from copydesk.reports import Material
from copydesk.request import ReviewRequest
from copydesk.session import Session, open_session
from copydesk.states import RunState
from copydesk.visible import visible
from copydesk.workflow import Priority

# Prefect drains its queues when a process ends, for minutes when its server is gone (7 s an event were seen).
EXIT_SECONDS = 15.0
LATE_SECONDS = 20.0  # so long may Prefect take for its record of a review that is done; the report comes then


@click.command(name="review")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@config_option
@click.option(
    "--priority",
    type=click.Choice(Priority, case_sensitive=False),
    default="medium",
    show_default=True,
    help="How urgent.",
)
@click.option("--context", multiple=True, metavar="KEY=VALUE", help="For your own steps; may be given again.")
@click.option("--store", metavar="URL", help="Where the monitor records: sqlite:///… or mongodb://…")
@click.option("--cache/--no-cache", default=True, help="Answer unchanged posts from the cache.", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@click.option("--external", is_flag=True, help="Look up the links to other sites too, on the network.")
@comparison_options
@report_options
def command(
    paths: tuple[str, ...],
    config: Path | None,
    priority: Priority,
    context: tuple[str, ...],
    store: str | None,
    cache: bool,
    quiet: bool,
    external: bool,
    base: str | None,
    diff: Path | None,
    baseline: str | None,
    format_: str,
    output: Path | None,
    fail_on: str | None,
) -> int:
    """Review posts as a Prefect flow: recorded, retried, resumable.

    Runs on the server that PREFECT_API_URL names, else on Prefect's embedded one.
    """
    prepare_environment(quiet=True)
    plan = load_plan(config, *map(Path, paths))
    if external:
        plan = with_external(plan)
    discover(paths, plan)  # what is wrong with the paths is said before a server is started
    try:
        request = ReviewRequest(
            paths=list(paths),
            config=str(config) if config else None,
            priority=priority,
            context=_pairs(context),
            base=base,
            diff=str(diff) if diff else None,
            baseline=baseline,
            external=external,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = f"--{first['loc'][0]}: " if first["loc"] else ""
        raise UsageError(f"{where}{first['msg'].removeprefix('Value error, ')}.") from None
    how = Options(store=store, cache=cache, quiet=quiet, format_=format_, output=output, fail_on=fail_on)
    return recorded(lambda: _new_run(request), plan, how)


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a recorded review is run and told, as the command line says."""

    store: str | None
    cache: bool
    quiet: bool
    format_: str
    output: Path | None
    fail_on: str | None


def recorded(start: Callable[[], Awaitable[Any]], plan: Plan, how: Options, given: Decision | None = None) -> int:
    """Run the flow that `start` starts to its end, whatever that is; publish the report; answer the exit code.

    A run that is suspended for an editor goes on here when there is a terminal to ask on. `given` is a decision that
    came with the command. Raises `EngineUnreachable` when no review can take place.
    """
    while True:
        run_id, waits, finish = _recorded_once(start, plan, how, given)
        given = ask_editor(waits.reviews, waits.content) if waits is not None else None
        if given is None:
            return finish()
        start = partial(_again, run_id)


async def _again(run_id: str) -> Any:
    flow_run, request = await start_again(run_id)
    assert request is not None  # a run of a command has no deployment
    return await go_on(flow_run, request)


def _recorded_once(
    start: Callable[[], Awaitable[Any]], plan: Plan, how: Options, given: Decision | None
) -> tuple[str, Question | None, Callable[[], int]]:
    """The run, the question to ask on this terminal, and what publishes the report and answers the exit code.

    Without a question that is done already.
    """
    with (
        embedded_server_turn(lambda: click.echo("Another review uses the embedded server: waiting for it.", err=True)),
        progress_bars(how.quiet) as progress,
        open_session(
            store=how.store,
            use_cache=how.cache,
            progress=progress,
            signals=True,
            keep_sources=how.format_ in QUOTING,
        ) as session,
    ):
        session.given = given

        def finish(problem: str) -> int:
            report = session.report()
            code = UNFINISHED
            if session.run is not None:
                code = exit_code(report, how.fail_on, state=session.run.state, signal=session.signal)
            session.monitor.flush()
            if report.posts or session.compared_with:
                publish(report, how.format_, how.output, _material(session, plan, report, how))
            say_comparison(session, report, quiet=how.quiet)
            if problem:
                click.echo(f"copydesk: {visible(problem)}", err=True)
            if session.monitor.degraded:
                click.echo(session.monitor.degraded, err=True)
            return code

        problem = asyncio.run(_to_the_end(session, start, finish))
        run_id = session.run.id if session.run is not None else ""
        if session.question is not None and can_ask():
            session.monitor.flush()
            asyncio.run(settle_records(session.flow_runs, session.task_runs))
            return run_id, session.question, partial(finish, problem)
        code = finish(problem)
        # With LATE_SECONDS no more than thirty after the last step, when Prefect is gone.
        exit_within(10 if problem else EXIT_SECONDS + 10, code)
        asyncio.run(settle_records(session.flow_runs, session.task_runs))
    return run_id, None, lambda: code


def _material(session: Session, plan: Plan, report: ReviewReport, how: Options) -> Material:
    """What the report shows beside the review; without the record when the store is away."""
    if how.format_ == "html" and report.run is not None:
        with contextlib.suppress(CopydeskError), opened(how.store) as known:
            record = known.run(report.run.id, findings=False)
            return material_for(plan, report, how.format_, sources=session.sources, store=known, record=record)
    return material_for(plan, report, how.format_, sources=session.sources)


async def _to_the_end(session: Session, start: Callable[[], Awaitable[Any]], finish: Callable[[str], int]) -> str:
    """What went wrong, if anything did. A review that is over, but for a Prefect that does not answer, ends here."""
    await require_api()
    work = asyncio.ensure_future(start())
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=0.5)
            late = session.over_at is not None and time.monotonic() - session.over_at > LATE_SECONDS
            if late and not work.done():
                exit_within(EXIT_SECONDS, UNFINISHED)  # should writing the report hang as well
                code = await asyncio.to_thread(finish, "Prefect did not take the end of this review in time.")
                sys.stdout.flush()
                os._exit(code)  # a cancelled flow would ask Prefect again
        state = await work
    except CopydeskError:
        raise
    except Exception as error:  # noqa: BLE001 - Prefect gave up; the review may be complete all the same
        return f"Prefect's record of this review is not complete: {type(error).__name__}: {error}"
    if session.run is not None and session.question is not None:
        return how_to_decide(session.run.id)
    if session.run is None or session.run.state != RunState.COMPLETED.value:
        return f"the review ended {state.name}: {state.message}"
    return ""


async def _new_run(request: ReviewRequest) -> Any:
    from prefect import tags

    from flows.review import review

    with tags(f"run-priority:{request.priority.value}"):
        return await review(request, return_state=True)


async def go_on(flow_run: Any, request: ReviewRequest) -> Any:
    """Run the flow as the next start of a flow run that there is; answers its state."""
    from prefect.flow_engine import run_flow_async

    from flows.review import review

    # `prefect flow-run retry --entrypoint` never awaits an async flow in 3.8.8, so the engine is called directly.
    return await run_flow_async(flow=review, flow_run=flow_run, parameters={"request": request}, return_type="state")


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise UsageError(f"--context takes KEY=VALUE, not {text!r}.")
        pairs[key] = value
    return pairs
