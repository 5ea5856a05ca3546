"""`copydesk stats`: durations as percentiles, success rate, verdicts; and whether something became slower."""

from __future__ import annotations

from typing import Any

import click

from copydesk.cli.record import (
    cell,
    format_option,
    opened,
    percent,
    print_json,
    print_table,
    seconds,
    store_option,
)

_PERCENTILES = ("p50", "p90", "p95", "p99", "max")


@click.command("stats")
@click.option(
    "--since", help="Only what started since: a span (24h, 7d) or a date. Default: everything, or 24h with --against."
)
@click.option("--workflow", help="Only runs of this workflow.")
@click.option("--by", type=click.Choice(["step", "run", "queue", "post"]), default="step", show_default=True,
              help="What to tell apart.")  # fmt: skip
@click.option(
    "--against", metavar="SPAN", help="Compare with the span (7d) before --since; exit 1 when a step became slower."
)
@click.option(
    "--factor",
    type=click.FloatRange(1.0, min_open=True),
    help="How much slower counts, with --against.  [default: 1.5]",
)
@store_option
@format_option("prometheus")
def command(
    since: str | None, workflow: str | None, by: str, against: str | None, factor: float | None,
    store: str | None, format_: str,
) -> int:  # fmt: skip
    """Show how long runs and steps take, how often they succeed, and how good the posts are.

    The success rate is that of runs that have ended: failed, cancelled and lost ones are in the denominator. Verdicts
    are counted apart. Prometheus: write the answer to a file of the node exporter's text file collector.
    """
    from datetime import UTC, datetime

    from copydesk.metrics import collect, exposition
    from copydesk.stores.base import StatsQuery
    from copydesk.time_spans import parse_since

    now = datetime.now(UTC)
    if against:
        return _compared(store, since or "24h", against, workflow, factor, format_)
    query = StatsQuery(since=parse_since(since, now) if since else None, workflow=workflow, by=by)
    with opened(store) as opened_store:
        answer = collect(opened_store, query)
    if format_ == "json":
        print_json(answer)
    elif format_ == "prometheus":
        click.echo(exposition(answer), nl=False)
    else:
        _show(answer, by)
    return 0


def _show(answer: dict[str, Any], by: str) -> None:
    if by == "queue":
        print_table(
            "Queues: run time, then queue time",
            ["queue", "runs", "success", "p50", "p95", "queue p50", "queue p95", "late p95"],
            [
                (
                    name or "(none)", group["total"], percent(group["success_rate"]),
                    *(seconds(group[metric][share]) for metric, share in (
                        ("run_seconds", "p50"), ("run_seconds", "p95"), ("queue_seconds", "p50"),
                        ("queue_seconds", "p95"), ("lateness_seconds", "p95"),
                    )),
                )
                for name, group in answer["queues"].items()
            ],
            numbers=7,
        )  # fmt: skip
        return
    if by == "post":
        print_table(
            "Posts",
            ["post", "verdicts", "reviews", "mean score", "p50", "p95"],
            [
                (
                    name, ", ".join(f"{count} {verdict}" for verdict, count in sorted(group["verdicts"].items())),
                    group["reviews"], group["score"], seconds(group["run_seconds"]["p50"]),
                    seconds(group["run_seconds"]["p95"]),
                )
                for name, group in answer["posts"].items()
            ],
            numbers=4,
        )  # fmt: skip
        return
    runs = answer["runs"]
    facts = [
        ("runs", runs["total"]),
        ("active now", runs["active"]),
        *((state, runs[state]) for state in ("completed", "failed", "cancelled", "lost")),
        ("success rate (completed / ended)", percent(runs["success_rate"])),
        ("posts reviewed", runs["posts"]),
        ("posts a second", runs["posts_per_second"]),
        ("steps a run", runs["steps_per_run"]),
        ("mean score", runs["score"]),
        *((f"verdict {verdict}", count) for verdict, count in sorted(runs["verdicts"].items())),
    ]
    print_table("Runs", ["", "value"], [(name, cell(value)) for name, value in facts], numbers=1)
    rows = [
        _summary(label, runs[name])
        for label, name in (
            ("run time", "run_seconds"), ("queue time", "queue_seconds"), ("lateness", "lateness_seconds"),
        )
    ]  # fmt: skip
    print_table("Durations of runs", ["", "count", "mean", *_PERCENTILES], rows, numbers=7)
    if by == "step":
        print_table(
            "Steps: run time, then queue time",
            ["step", "attempts", "retries", "timeouts", "mean", *_PERCENTILES, "queue p50", "queue p95"],
            [
                (
                    name, step["attempts"], step["retries"], step["timeouts"], *_summary("", step["run_seconds"])[2:],
                    seconds(step["queue_seconds"]["p50"]), seconds(step["queue_seconds"]["p95"]),
                )
                for name, step in answer["steps"].items()
            ],
            numbers=11,
        )  # fmt: skip
    if answer["trend"]:
        print_table(
            "Score by day", ["day", "posts", "mean score"],
            [(day["day"], day["posts"], day["score"]) for day in answer["trend"][-14:]], numbers=2,
        )  # fmt: skip


def _summary(label: str, summary: dict[str, Any]) -> tuple[object, ...]:
    return (label, summary["count"], *(seconds(summary[name]) for name in ("mean", *_PERCENTILES)))


def _compared(
    store: str | None, since: str, against: str, workflow: str | None, factor: float | None, format_: str
) -> int:
    from dataclasses import asdict
    from datetime import UTC, datetime

    from copydesk.events import parse_time, utc
    from copydesk.metrics import SLOWER_FACTOR, compare
    from copydesk.stores.base import StatsQuery
    from copydesk.time_spans import parse_since, parse_span

    start = parse_since(since, datetime.now(UTC))
    before = utc(parse_time(start) - parse_span(against))
    with opened(store) as opened_store:
        now = opened_store.stats(StatsQuery(since=start, workflow=workflow))
        past = opened_store.stats(StatsQuery(since=before, until=start, workflow=workflow))
    found = compare(
        [(step.name, step.run_seconds) for step in now.steps],
        {step.name: step.run_seconds for step in past.steps},
        factor or SLOWER_FACTOR,
    )
    if format_ == "json":
        print_json({"since": start, "against": before, "steps": [asdict(one) for one in found]})
    elif found:
        print_table(
            f"Median run time since {start[:19]}, against the {against} before",
            ["step", "verdict", "now", "before", "ratio", "noise"],
            [
                (
                    one.name, "slower" if one.slower else "as before", seconds(one.now), seconds(one.past),
                    f"{one.ratio:.2f}", seconds(one.noise),
                )
                for one in found
            ],
            numbers=4,
        )  # fmt: skip
    else:
        click.echo("Nothing to compare: no step has five attempts in both spans.")
    return int(any(one.slower for one in found))
