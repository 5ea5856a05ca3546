"""Which run somebody means: by id, by the beginning of an id, or `latest`."""

from __future__ import annotations

from copydesk.errors import UsageError
from copydesk.stores.base import Run, RunQuery, RunRecord, Store

LATEST = "latest"
BATCH_OF = "batch_of"  # in the metadata of a run: the run whose batch it is
BATCH_TAG = "batch-of:"  # in Prefect, before the id of that run: a tag of what it has sent to other workers
_SHORTEST = 4  # characters of an id that tell a run from others


def find_run(store: Store, reference: str, *, findings: bool = False) -> RunRecord:
    """The latest attempt of the run that `reference` means.

    Raises `UsageError` when no run, or more than one, is meant.
    """
    if reference == LATEST:
        runs = store.runs(RunQuery(limit=1))
        if not runs:
            raise UsageError(f"No run is recorded in {store.address} yet. `copydesk review PATH` makes one.")
        return _whole(store, runs[0], findings)
    record = store.run(reference, findings=findings)
    if record is not None:
        return record
    ids = sorted({run.run_id for run in store.runs(RunQuery(prefix=reference, limit=10))}) if reference else []
    if len(ids) == 1 and len(reference) >= _SHORTEST:
        return _record(store, ids[0], findings)
    if ids:
        raise UsageError(f"'{reference}' is the beginning of several runs: {', '.join(ids)}. Give more of the id.")
    raise UsageError(f"No run '{reference}' is recorded in {store.address}. `copydesk runs` lists them.")


def _whole(store: Store, run: Run, findings: bool) -> RunRecord:
    """Of a review in batches, which may have batches of their own, people mean the whole."""
    found = run
    while (above := found.metadata.get(BATCH_OF)) and (record := store.run(str(above), findings=False)):
        found = record.run
    return _record(store, found.run_id, findings)


def _record(store: Store, run_id: str, findings: bool) -> RunRecord:
    record = store.run(run_id, findings=findings)
    assert record is not None
    return record
