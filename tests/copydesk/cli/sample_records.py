"""Runs as the monitor records them, for the commands that read the record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from copydesk.events import Authority, Kind, make_event, utc


def tell(kind: Kind, run: str, at: datetime, *parts: object, final: bool = False, **data: Any) -> Any:
    """One event of a run's first attempt, as the monitor tells it to the store."""
    return make_event(
        kind, (run, 1), *parts, source="test", authority=Authority.OWN if final else Authority.PASSING,
        microseconds=int(at.timestamp() * 1e6), data=data,
    )  # fmt: skip


def story(run: str, at: datetime, seconds: float, state: str = "completed", path: str = "posts/a.md") -> list[Any]:
    """A run of one step and one post, from its opening to its end."""
    start = {"started_at": utc(at), "queue_seconds": 0.5, "lateness_seconds": 0.25}
    end = at + timedelta(seconds=seconds)
    return [
        tell(Kind.RUN_OPENED, run, at, workflow="blog", priority="high", queue="high", created_at=utc(at), posts=1,
             metadata={"owner": "docs"}),
        tell(Kind.RUN_STATE, run, at, 1, state="running", **start),
        tell(Kind.STEP_OPENED, run, at, step="links", step_attempt=1, position=0),
        tell(Kind.STEP_STATE, run, end, step="links", step_attempt=1, state="completed", ended_at=utc(end),
             run_seconds=seconds, posts=1, workflow="blog", **start, final=True),
        tell(Kind.POST_REVIEWED, run, end, path=path, reviewed_at=utc(end), verdict="approve", score=91.5,
             content_hash="c0ffee", errors=0, warnings=1, suggestions=2, seconds=seconds, workflow="blog",
             measures=[{"name": "words", "value": 3.0}]),
        tell(Kind.FINDINGS, run, end, path=path, findings=[{"number": 0, "check": "links.x", "message": "m"}]),
        tell(Kind.RUN_STATE, run, end + timedelta(milliseconds=1), 2, state=state, ended_at=utc(end),
             run_seconds=seconds, verdict="approve", score=91.5, reviewed=1, final=True, **start),
    ]  # fmt: skip
