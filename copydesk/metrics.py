"""The numbers of a workflow: how often, how long, how late, how good; and whether it became slower."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from copydesk.stores.base import ACTIVE, GroupStats, RunQuery, Stats, StatsQuery, Store, Summary

SLOWER_FACTOR = 1.5  # a median half as long again is what people notice; below it machines differ among themselves
NOISE = 3.0  # standard errors: a difference that chance makes in one of some 700 comparisons
LEAST_RUNS = 5  # attempts in each window, below which a median says nothing
_COUNTED = ("completed", "failed", "cancelled", "lost")
_TO_90 = 1.2816  # standard deviations from the median to the 90th percentile of a normal distribution
_MEDIAN_ERROR = 1.2533  # how much less sure a median is than a mean: sqrt(pi / 2)


def collect(store: Store, query: StatsQuery) -> dict[str, Any]:
    """The answer of `copydesk stats --format json`; its shape is documented in `docs/monitoring.md`."""
    return shaped(store.stats(query), active_now=len(store.runs(RunQuery(states=ACTIVE, limit=100_000))), query=query)


def shaped(stats: Stats, *, active_now: int, query: StatsQuery) -> dict[str, Any]:
    """A store's answer in the words of the contract."""
    runs = stats.runs
    attempts = sum(runs.states.values())
    first_steps = sum(step.attempts - step.retries for step in stats.steps)
    busy = (runs.run_seconds.mean or 0.0) * runs.run_seconds.count
    answer: dict[str, Any] = {
        "since": query.since,
        "until": query.until,
        "workflow": query.workflow,
        "runs": {
            **_counts(runs),
            "active": active_now,
            **_seconds(runs),
            "lateness_seconds": asdict(runs.lateness_seconds),
            "steps_per_run": first_steps / attempts if attempts and stats.steps else None,
            "posts": runs.posts,
            "posts_per_second": runs.posts / busy if busy and runs.posts else None,
            "verdicts": dict(runs.verdicts),
            "score": runs.score,
        },
        "steps": {
            step.name: {
                **_seconds(step),
                "attempts": step.attempts,
                "retries": step.retries,
                "timeouts": step.states.get("timed_out", 0),
                "failed": step.states.get("failed", 0),
            }
            for step in stats.steps
        },
        "trend": [asdict(day) for day in stats.trend],
    }
    if query.by == "queue":
        answer["queues"] = {
            group.name: {**_counts(group), **_seconds(group), "lateness_seconds": asdict(group.lateness_seconds)}
            for group in stats.groups
        }
    if query.by == "post":
        answer["posts"] = {
            group.name: {
                "reviews": group.posts,
                "score": group.score,
                "verdicts": dict(group.verdicts),
                "run_seconds": asdict(group.run_seconds),
            }
            for group in stats.groups
        }
    return answer


def success_rate(states: Mapping[str, int]) -> float | None:
    """Completed runs among those that have ended: failed, cancelled and lost ones count too, verdicts do not."""
    ended = sum(states.get(state, 0) for state in _COUNTED)
    return states.get("completed", 0) / ended if ended else None


def _counts(group: GroupStats) -> dict[str, Any]:
    return {
        "total": sum(group.states.values()),
        **{state: group.states.get(state, 0) for state in _COUNTED},
        "success_rate": success_rate(group.states),
    }


def _seconds(group: GroupStats) -> dict[str, Any]:
    return {"run_seconds": asdict(group.run_seconds), "queue_seconds": asdict(group.queue_seconds)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowdown:
    """A step, or whole runs, compared with its own past."""

    name: str
    now: float  # median of seconds
    past: float
    ratio: float
    noise: float  # seconds that chance alone may add to the median
    slower: bool


def compare(now: Sequence[tuple[str, Summary]], past: Mapping[str, Summary], factor: float) -> list[Slowdown]:
    """Each that has enough runs in both windows, with whether it became slower.

    Slower is a median at least `factor` times the past one, and further from it than `NOISE` standard errors of the
    difference of two medians. The spread is taken from the median to the 90th percentile, the wider of the two windows:
    durations lean to the right, and a step that is uneven by nature needs more to be called slower.
    """
    found = []
    for name, summary in now:
        before = past.get(name, Summary())
        if min(summary.count, before.count) < LEAST_RUNS:
            continue
        assert summary.p50 is not None
        assert before.p50 is not None
        spread = max((s.p90 or 0.0) - (s.p50 or 0.0) for s in (summary, before)) / _TO_90
        noise = NOISE * _MEDIAN_ERROR * spread * math.sqrt(1 / summary.count + 1 / before.count)
        found.append(
            Slowdown(
                name=name,
                now=summary.p50,
                past=before.p50,
                ratio=summary.p50 / before.p50 if before.p50 else (1.0 if summary.p50 == 0 else math.inf),
                noise=noise,
                slower=summary.p50 >= factor * before.p50 and summary.p50 - before.p50 > noise,
            )
        )
    return found


def exposition(answer: Mapping[str, Any]) -> str:
    """The answer of `collect` in Prometheus's text format: gauges, since a store can also forget."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    runs = answer["runs"]
    states = Gauge("copydesk_runs", "Runs by the state that they ended in.", ["state"], registry=registry)
    for state in _COUNTED:
        states.labels(state).set(runs[state])
    Gauge("copydesk_runs_active", "Runs that have not ended.", registry=registry).set(runs["active"])
    if runs["success_rate"] is not None:
        rate = Gauge("copydesk_run_success_ratio", "Completed runs among those that have ended.", registry=registry)
        rate.set(runs["success_rate"])
    if runs["score"] is not None:
        Gauge("copydesk_post_score", "Mean score of the posts reviewed.", registry=registry).set(runs["score"])
    verdicts = Gauge("copydesk_posts", "Posts reviewed, by verdict.", ["verdict"], registry=registry)
    for verdict, count in runs["verdicts"].items():
        verdicts.labels(verdict).set(count)
    for metric in ("run_seconds", "queue_seconds", "lateness_seconds"):
        _distribution(registry, f"copydesk_run_{metric.removeprefix('run_')}", "Of runs.", [], [([], runs[metric])])
    for metric in ("run_seconds", "queue_seconds"):
        of_steps = [([name], step[metric]) for name, step in answer["steps"].items()]
        _distribution(registry, f"copydesk_step_{metric}", "Of attempts of steps.", ["step"], of_steps)
    for metric in ("attempts", "retries", "timeouts", "failed"):
        gauge = Gauge(f"copydesk_step_{metric}", f"{metric.capitalize()} of steps.", ["step"], registry=registry)
        for name, step in answer["steps"].items():
            gauge.labels(name).set(step[metric])
    return generate_latest(registry).decode()


def _distribution(
    registry: Any, name: str, text: str, labels: list[str], rows: list[tuple[list[str], Mapping[str, Any]]]
) -> None:
    from prometheus_client import Gauge

    quantiles = Gauge(name, f"Percentiles of seconds. {text}", [*labels, "quantile"], registry=registry)
    counts = Gauge(f"{name}_samples", f"How many durations. {text}", labels, registry=registry)
    for values, summary in rows:
        (counts.labels(*values) if values else counts).set(summary["count"])
        for quantile, field in (("0.5", "p50"), ("0.9", "p90"), ("0.95", "p95"), ("0.99", "p99"), ("1", "max")):
            if summary[field] is not None:
                quantiles.labels(*values, quantile).set(summary[field])
