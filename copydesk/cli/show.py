"""`copydesk show`: one run with its steps, posts and events; or one post through all its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from copydesk.cli.record import (
    cell,
    format_option,
    moment,
    opened,
    print_json,
    print_table,
    seconds,
    store_option,
)
from copydesk.cli.runs import as_json
from copydesk.errors import UsageError
from copydesk.find_run import find_run
from copydesk.stored_report import stored_decision
from copydesk.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.stores.base import PostRow, RunRecord


@click.command("show")
@click.argument("what", metavar="RUN|POST")
@click.option("--attempt", type=click.IntRange(1), help="Which attempt of the run; by default the latest.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Reviews of a post to show."
)
@store_option
@format_option()
def command(what: str, attempt: int | None, limit: int, store: str | None, format_: str) -> int:
    """Show a run (its id, the beginning of it, or `latest`), or the history of a post (its path)."""
    record, history = None, []
    with opened(store) as opened_store:
        try:
            record = find_run(opened_store, what, findings=True)
        except UsageError:
            history = opened_store.post_history(what, limit)
            if not history:
                raise
        if record is not None and attempt is not None:
            record = opened_store.run(record.run.run_id, attempt)
            if record is None:
                raise UsageError(f"'{what}' has no attempt {attempt}.")
    if record is not None:
        print_json(_record_json(record)) if format_ == "json" else _show_run(record)
    else:
        print_json([_post_json(row) for row in history]) if format_ == "json" else _show_post(what, history)
    return 0


def _record_json(record: RunRecord) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "run": as_json(record.run),
        "decision": None if (decision := stored_decision(record)) is None else asdict(decision),
        "steps": [asdict(step) for step in record.steps],
        "posts": [_post_json(post) for post in record.posts],
        "findings": [asdict(finding) for finding in record.findings],
        "events": [{"at": event.at, "kind": event.kind, **event.data} for event in record.events],
    }


def _post_json(row: PostRow) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(row),
        "measures": {measure["name"]: measure["value"] for measure in row.measures},
        "milliseconds": {spent["step"]: spent["value"] for spent in row.milliseconds},
        "skipped": {skipped["step"]: skipped["reason"] for skipped in row.skipped},
    }


def _show_run(record: RunRecord) -> None:
    run = record.run
    facts = [
        ("state", run.state),
        ("verdict", run.verdict),
        *_decision(record),
        ("score", run.score),
        ("workflow", run.workflow),
        ("priority, queue", f"{cell(run.priority)}, {cell(run.queue)}"),
        ("started (UTC)", moment(run.started_at)),
        ("ended (UTC)", moment(run.ended_at)),
        ("queue time", seconds(run.queue_seconds)),
        ("late by", seconds(run.lateness_seconds)),
        ("run time", seconds(run.run_seconds)),
        ("posts", run.posts),
        *([("error", run.error)] if run.error else []),
        *((f"metadata {name}", value) for name, value in (run.metadata or {}).items()),
    ]
    print_table(f"Run {run.run_id}, attempt {run.attempt}", ["", ""], facts)
    print_table(
        "Steps",
        ["step", "attempt", "state", "error", "posts", "cached", "findings", "queued", "took"],
        [
            (
                step.step, step.step_attempt, step.state, step.error or "", step.posts, step.cached, step.findings,
                seconds(step.queue_seconds), seconds(step.run_seconds),
            )
            for step in record.steps
        ],
        numbers=5,
    )  # fmt: skip
    if record.posts:
        print_table(
            "Posts",
            ["post", "verdict", "score", "errors", "warnings", "suggestions", "took"],
            [
                (
                    post.path, post.verdict, post.score, post.errors, post.warnings, post.suggestions,
                    seconds(post.seconds),
                )
                for post in record.posts
            ],
            numbers=5,
        )  # fmt: skip
    print_table(
        "Events", ["at (UTC)", "event", "what"],
        [(event.at[11:23], event.kind, _told(dict(event.data))) for event in record.events],
    )  # fmt: skip


def _decision(record: RunRecord) -> list[tuple[str, object]]:
    decision = stored_decision(record)
    if decision is None:
        return [("decision", "waits for an editor")] if record.run.state == "suspended" else []
    return [("decision", f"{decision.verdict.value}: {decision.reason}" if decision.reason else decision.verdict.value)]


def _told(data: dict[str, Any]) -> str:
    if "note" in data:
        details = ", ".join(f"{name} {cell(value)}" for name, value in (data.get("details") or {}).items())
        return f"{data['note']}: {details}" if details else str(data["note"])
    step = f"{data['step']} (attempt {data['step_attempt']}): " if "step" in data else ""
    error = f" ({data['error']})" if data.get("error") else ""
    return f"{step}{data.get('state') or 'recorded'}{error}"


def _show_post(path: str, history: Sequence[PostRow]) -> None:
    print_table(
        f"Post {visible(path)}",
        ["reviewed (UTC)", "run", "verdict", "content", "score", "errors", "warnings", "suggestions"],
        [
            (
                moment(row.reviewed_at), row.run_id[:8], row.verdict, (row.content_hash or "")[:8], row.score,
                row.errors, row.warnings, row.suggestions,
            )
            for row in history
        ],
        numbers=4,
    )  # fmt: skip
