"""Upkeep of the record: close what died, delete what is old."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from prefect import flow

from copydesk.prefect_engine import PrefectEngine, configured
from copydesk.reconcile import reconcile
from copydesk.remote_prefect import forget_old
from copydesk.retention import clean_up
from copydesk.stores import open_store


@flow(name="upkeep", result_serializer="json", log_prints=True)
async def upkeep(older_than: str | None = None) -> dict[str, Any]:
    """Close the records of runs that died without a word and delete what is too old; answers how many.

    Args:
        older_than: Age from which records are deleted, as in `30d`; left empty, COPYDESK_RETENTION, else 30 days.
    """
    # A store and Prefect's client here both block.
    done = await asyncio.to_thread(_upkeep, older_than)
    return done | {"artifacts": await forget_old()}


def _upkeep(older_than: str | None) -> dict[str, Any]:
    store = open_store()
    try:
        outcome = reconcile(store, PrefectEngine() if configured() else None)
        deleted = clean_up(store, older_than)
    finally:
        store.close()
    print(f"closed {len(outcome.closed)}, filled in {len(outcome.filled)}, {outcome.alive} active; deleted {deleted}")
    return {"closed": len(outcome.closed), "filled": len(outcome.filled), "deleted": asdict(deleted)}
