"""How long records are kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from copydesk.events import utc
from copydesk.stores.base import Deleted, Store
from copydesk.time_spans import parse_span

ENVIRONMENT = "COPYDESK_RETENTION"
DEFAULT = "30d"
RUNS_AT_ONCE = 50


def clean_up(store: Store, older_than: str | None = None, *, dry_run: bool = False) -> Deleted:
    """Delete the records of runs that ended longer ago than the span, else `COPYDESK_RETENTION`, else 30 days.

    In batches that end soon, oldest first: others write meanwhile, and an interruption loses nothing. Raises UsageError
    for a span that is none, before anything is deleted.
    """
    span = parse_span(older_than or os.environ.get(ENVIRONMENT) or DEFAULT)
    try:
        before = utc(datetime.now(UTC) - span)
    except OverflowError:  # before the year 1
        return Deleted()
    total = store.delete_older(before, limit=RUNS_AT_ONCE, dry_run=dry_run)
    last = total
    while last.runs and not dry_run:
        last = store.delete_older(before, limit=RUNS_AT_ONCE)
        total += last
    return total
