"""Pictures of a run, from its report and from the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from copydesk.dot import dot_source
from copydesk.events import parse_time
from copydesk.plan import Plan, PlannedStep
from copydesk.run_pictures import history_diagram, record_diagram, record_timeline, report_diagram, run_seconds
from copydesk.step import Step
from copydesk.stores.base import GroupStats, Run, RunRecord, Stats, StepRun, Summary
from copydesk.timeline import timeline_svg
from copydesk.workflow import Priority, RetryPolicy, WorkflowConfig
from tests.copydesk.reports.sample_reports import make_report

START = "2026-03-01T08:00:00.000+00:00"


def step(name: str, *depends_on: str) -> PlannedStep:
    return PlannedStep(
        name=name,
        step=Step(name=name, version="1", description="", check="json:dumps"),
        order=0,
        description="",
        depends_on=depends_on,
        priority=Priority.MEDIUM,
        timeout_seconds=60,
        post_timeout_seconds=5,
        retry=RetryPolicy(),
    )


@pytest.fixture
def plan() -> Plan:
    steps = (step("structure"), step("grammar"), step("links", "structure"))
    return Plan(config=WorkflowConfig(), file=None, load=step("load"), steps=steps)


def row(name: str, attempt: int = 1, start: float | None = None, **values: Any) -> StepRun:
    at = (parse_time(START) + timedelta(seconds=start)).isoformat() if start is not None else None
    return StepRun(run_id="r1", attempt=1, step=name, step_attempt=attempt, started_at=at, **values)


def record(**run: Any) -> RunRecord:
    known: dict[str, Any] = {
        "run_id": "r1",
        "attempt": 1,
        "state": "completed",
        "workflow": "blog",
        "started_at": START,
    }
    steps = (
        row("load", start=0, run_seconds=0.2, state="completed", queue_seconds=0.0),
        row("structure", start=0.25, run_seconds=0.5, state="completed", queue_seconds=0.05, findings=3),
        row("grammar", start=0.25, run_seconds=1.0, state="retrying", queue_seconds=0.05, delay_seconds=2.0),
        row("grammar", 2, start=3.3, run_seconds=0.7, state="failed", queue_seconds=0.05, error="ToolMissing: gone"),
        row("links", start=0.8, state="running", queue_seconds=0.05),
        row("retired", state="pending"),
    )
    return RunRecord(run=Run(**known | run), steps=steps)


def test_a_report_draws_the_run_that_made_it(plan: Plan) -> None:
    diagram = report_diagram(plan, make_report())
    nodes = {n.name: n for n in diagram.nodes}
    assert nodes["links"].run is not None
    assert nodes["links"].run.findings == 1
    assert nodes["grammar"].run is not None
    assert nodes["grammar"].run.attempts == 2
    assert nodes["spelling"].run is not None  # ran, and is not in the plan
    assert nodes["load"].run is None
    assert diagram.critical == ("load", "structure", "links", "final_review")
    assert "2 posts · changes requested · 4.2 s" in diagram.subtitle
    assert dot_source(diagram)


def test_a_check_draws_the_plan(plan: Plan) -> None:
    diagram = report_diagram(plan, replace(make_report(), run=None))
    assert all(n.run is None for n in diagram.nodes)


def test_a_record_adds_up_the_attempts_of_a_step(plan: Plan) -> None:
    nodes = {n.name: n for n in record_diagram(plan, record(run_seconds=5.0, posts=12)).nodes}
    grammar = nodes["grammar"].run
    assert grammar is not None
    assert (grammar.state, grammar.attempts, grammar.run_seconds) == ("failed", 2, 1.7)
    assert grammar.error == "ToolMissing: gone"
    assert nodes["retired"].run is not None


def test_a_run_that_is_going_on_draws_up_to_now(plan: Plan) -> None:
    now = parse_time(START) + timedelta(seconds=4)
    diagram = record_diagram(plan, record(state="running"), now)
    assert diagram.total_seconds == 4.0
    links = next(n.run for n in diagram.nodes if n.name == "links")
    assert links is not None
    assert links.run_seconds == pytest.approx(3.2)


def test_a_record_gives_a_timeline_with_waits_retries_and_delays() -> None:
    timeline = record_timeline(record(run_seconds=5.0))
    by_place = {(a.step, a.number): a for a in timeline.attempts}
    assert by_place["grammar", 1].delay == 2.0
    assert by_place["grammar", 2].start == pytest.approx(3.3)
    assert by_place["grammar", 2].ready == pytest.approx(3.25)
    assert by_place["grammar", 2].end == pytest.approx(4.0)
    assert by_place["links", 1].end is None
    assert by_place["retired", 1].start is None
    assert "grammar: next attempt after 2.0 s" in timeline_svg(timeline)


def test_nobody_knows_how_long_a_lost_run_took() -> None:
    assert run_seconds(record(state="lost", ended_at=START), None) is None
    assert run_seconds(record(started_at=None), None) is None
    assert record_timeline(record(started_at=None)).total_seconds == 0.0


def test_history_sets_each_step_against_its_own_past(plan: Plan) -> None:
    def stats(**p95: float) -> Stats:
        steps = tuple(
            GroupStats(name=n, run_seconds=Summary(count=9, mean=v, p50=v / 2, p90=v, p95=v, p99=v, max=v))
            for n, v in p95.items()
        )
        return Stats(runs=GroupStats(name="run", run_seconds=Summary(count=9)), steps=steps)

    diagram = history_diagram(plan, stats(grammar=3.0, links=1.0), stats(grammar=1.5), "the last 30 days")
    history = {n.name: n.history for n in diagram.nodes}
    assert history["grammar"] is not None
    assert history["grammar"].past_p95 == 1.5
    assert history["links"] is not None
    assert history["links"].past_p95 is None
    assert history["structure"] is None
    assert diagram.subtitle == "the last 30 days, 9 runs; p95 against the time before"
    assert "slower: +100 %" in dot_source(diagram)
