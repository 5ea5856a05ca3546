"""Numbers about runs: what they count, and when something is called slower."""

from dataclasses import asdict

import numpy
import pytest
from prometheus_client.parser import text_string_to_metric_families

from copydesk.errors import UsageError
from copydesk.metrics import compare, exposition, shaped, success_rate
from copydesk.stores.base import Day, GroupStats, Stats, StatsQuery, Summary
from copydesk.stores.ranks import summarise
from copydesk.time_spans import parse_since, parse_span

SECONDS = Summary(count=4, mean=2.0, p50=1.5, p90=3.0, p95=3.5, p99=3.9, max=4.0)


def stats(**more: object) -> Stats:
    runs = GroupStats(
        name="", states={"completed": 3, "lost": 1, "running": 2}, attempts=6, run_seconds=SECONDS, posts=40,
        score=88.5, verdicts={"approve": 30, "reject": 10},
    )  # fmt: skip
    step = GroupStats(
        name='od"d\nstep', states={"completed": 8, "timed_out": 2, "retrying": 2}, attempts=12, retries=3,
        run_seconds=SECONDS,
    )  # fmt: skip
    return Stats(runs=runs, steps=(step,), trend=(Day(day="2026-11-22", posts=40, score=88.5),))


def test_the_shape_of_the_contract() -> None:
    answer = shaped(stats(), active_now=2, query=StatsQuery())
    runs, step = answer["runs"], answer["steps"]['od"d\nstep']
    for name in ("total", "active", "completed", "failed", "cancelled", "lost", "success_rate"):
        assert name in runs
    for group in (runs, step):
        for metric in ("run_seconds", "queue_seconds"):
            assert set(group[metric]) == {"count", "mean", "p50", "p90", "p95", "p99", "max"}
    assert (runs["total"], runs["active"], runs["completed"], runs["failed"]) == (6, 2, 3, 0)
    assert runs["success_rate"] == 0.75
    assert runs["posts_per_second"] == 5.0
    assert runs["steps_per_run"] == 1.5
    assert (step["attempts"], step["retries"], step["timeouts"]) == (12, 3, 2)


def test_success_rate_has_all_that_ended_below_the_line() -> None:
    assert success_rate({}) is None
    assert success_rate({"running": 3}) is None
    assert success_rate({"completed": 1, "failed": 1, "cancelled": 1, "lost": 1, "running": 9}) == 0.25


def test_prometheus_reads_the_exposition() -> None:
    text = exposition(shaped(stats(), active_now=2, query=StatsQuery()))
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["copydesk_runs", (("state", "completed"),)] == 3
    assert found["copydesk_runs_active", ()] == 2
    assert found["copydesk_run_success_ratio", ()] == 0.75
    assert found["copydesk_run_seconds", (("quantile", "0.95"),)] == 3.5
    assert found["copydesk_step_run_seconds", (("quantile", "1"), ("step", 'od"d\nstep'))] == 4.0
    assert found["copydesk_step_timeouts", (("step", 'od"d\nstep'),)] == 2
    assert found["copydesk_posts", (("verdict", "reject"),)] == 10


def test_an_empty_store_is_exposed_too() -> None:
    answer = shaped(Stats(runs=GroupStats(name="")), active_now=0, query=StatsQuery())
    assert answer["runs"]["success_rate"] is None
    assert "copydesk_runs_active 0.0" in exposition(answer)


def summary(values: "numpy.ndarray") -> Summary:
    ordered = sorted(values.tolist())

    def read(descending: bool, skip: int) -> list[float]:
        return (ordered[::-1] if descending else ordered)[skip : skip + 2]

    return summarise(len(ordered), sum(ordered) / len(ordered), ordered[-1], read)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 99, 100, 101, 1000])
def test_ranks(size: int) -> None:
    values = numpy.random.default_rng(size).exponential(3, size)
    expected = numpy.percentile(values, [50, 90, 95, 99])
    got = asdict(summary(values))
    assert [got[name] for name in ("p50", "p90", "p95", "p99")] == pytest.approx(expected.tolist())


@pytest.mark.parametrize(
    ("factor", "spread", "count", "slower"),
    [
        (2.0, 0.1, 30, True),
        (1.0, 0.1, 30, False),
        (1.4, 0.1, 30, False),  # below the factor
        (2.0, 0.1, 6, True),
        (1.6, 3.0, 6, False),  # within the noise of an uneven step
    ],
)
def test_slower_than_its_history(factor: float, spread: float, count: int, slower: bool) -> None:
    chance = numpy.random.default_rng(11)
    past = summary(chance.lognormal(0, spread, 200))
    now = summary(chance.lognormal(0, spread, count) * factor)
    (found,) = compare([("links", now)], {"links": past}, 1.5)
    assert found.slower is slower


def test_the_same_distribution_is_rarely_called_slower() -> None:
    chance = numpy.random.default_rng(5)
    wrong = 0
    for _ in range(400):
        past = summary(chance.lognormal(0, 0.5, 100))
        now = summary(chance.lognormal(0, 0.5, 20))
        wrong += compare([("links", now)], {"links": past}, 1.01)[0].slower
    assert wrong <= 4


def test_too_few_runs_are_not_compared() -> None:
    few = summary(numpy.array([1.0, 1.0, 1.0, 1.0]))
    many = summary(numpy.ones(10))
    assert compare([("a", few), ("b", many)], {"a": many}, 1.5) == []
    zero = summary(numpy.zeros(10))
    assert [one.slower for one in compare([("a", zero)], {"a": zero}, 1.5)] == [False]


def test_spans() -> None:
    from datetime import UTC, datetime, timedelta

    assert parse_span("1.5h") == timedelta(minutes=90)
    assert [parse_span(text).total_seconds() for text in ("90s", "30m", "24H", "7d", "2w")] == [
        90, 1800, 86_400, 604_800, 1_209_600,
    ]  # fmt: skip
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert parse_since("1d", now) == "2026-11-21T00:00:00.000+00:00"
    assert parse_since("2026-11-01", now) == "2026-11-01T00:00:00.000+00:00"
    assert parse_since("2026-11-01T02:00:00+02:00", now) == "2026-11-01T00:00:00.000+00:00"
    assert parse_since("999999w", now).startswith("1970-")
    for text in ("", "soon", "7", "-7d", "0d", "7 years", "७d"):
        with pytest.raises(UsageError):
            parse_span(text)
