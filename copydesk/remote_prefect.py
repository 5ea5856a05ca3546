"""Sending a step to a work queue of Prefect and having its results back. Prefect is imported inside the functions.

Posts and results travel as artifacts: both machines talk to the server anyway, parameters end at 512 kB, and results
storage is a folder of one machine (`docs/decisions/` has what was measured). They are deleted once they are read.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from copydesk.artifacts import create
from copydesk.errors import RetriableError, StepError
from copydesk.plan import PlannedStep

log = logging.getLogger("copydesk.remote")

FLOW = "step"
KIND = "copydesk-step"  # type of these artifacts: none that the Prefect UI draws
POLL_SECONDS = 0.5
_GRACE_SECONDS = 10.0  # for the request to end a run that nobody waits for any more
_UNPACKED_LIMIT = 1_000_000_000  # bytes: what a broken or hostile artifact may unpack to


class StepLost(RetriableError):
    """The run that should carry out the step died, or was cancelled by somebody."""


class SentRunFailed(StepError):
    """The run that should carry out the step failed for good."""


async def send_step(planned: PlannedStep, job: dict[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Have a job carried out by a worker of the step's queue; waits for its end. See `copydesk.execute.Remote`.

    Raises `StepLost`, which deserves another attempt, or `SentRunFailed`. When the waiting is cancelled (time is up,
    the run was stopped), the sent run is cancelled too.
    """
    from prefect.client.orchestration import get_client
    from prefect.deployments import arun_deployment
    from prefect.exceptions import ObjectNotFound
    from prefect.runtime import flow_run as current

    queue = planned.priority.value
    deployment = f"{FLOW}/{FLOW}-{queue}"
    artifact = await create(str(current.id), KIND, pack(job))
    try:
        async with get_client() as client:
            try:
                sent = await arun_deployment(
                    deployment,
                    client=client,
                    parameters={"job": str(artifact), "step": planned.name, "posts": len(job["items"])},
                    timeout=0,
                    work_queue_name=queue,
                    as_subflow=False,
                    tags=["copydesk", f"step-priority:{queue}"],
                )
            except ObjectNotFound:
                raise SentRunFailed(
                    f"there is no deployment {deployment}: run `prefect --no-prompt deploy --all`, "
                    f"or leave `runs_on: queue` away from the step {planned.name}."
                ) from None
            try:
                return await _answers(client, sent.id, deployment)
            except asyncio.CancelledError:
                await asyncio.shield(_cancel(sent.id))
                raise
    finally:
        await asyncio.shield(_forget(artifact))


async def _answers(client: Any, run_id: UUID, deployment: str) -> list[dict[str, Any]]:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        state = (await client.read_flow_run(run_id)).state
        if state is None or not state.is_final():
            continue
        if state.is_completed():
            answers: list[dict[str, Any]] = await read_job(state.message)
            await _forget(UUID(state.message))
            return answers
        said = f"the run {run_id} of {deployment} ended {state.name}: {state.message}"
        raise SentRunFailed(said) if state.is_failed() else StepLost(said)


async def read_job(artifact: str) -> Any:
    """What an artifact of this kind holds. Raises `StepLost` when it is gone, ValueError for any other artifact."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterId

    chosen = ArtifactFilter(id=ArtifactFilterId(any_=[UUID(artifact)]))
    async with get_client() as client:
        found = await client.read_artifacts(artifact_filter=chosen, limit=1)
    if not found:
        raise StepLost(f"the artifact {artifact} is gone: the run that it belongs to has ended")
    if found[0].type != KIND:
        raise ValueError(f"the artifact {artifact} is not one of a step")
    return unpack(str(found[0].data))


async def write_answers(run_id: str, answers: Sequence[Mapping[str, Any]]) -> str:
    """Leave answers for the run that waits for them; answers the artifact's id."""
    return str(await create(run_id, KIND, pack(answers)))


async def forget_old(hours: float = 24.0) -> int:
    """Delete artifacts of steps that are older than so many hours: their runs have died. Answers how many went."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterType

    before = datetime.now(UTC) - timedelta(hours=hours)
    chosen = ArtifactFilter(type=ArtifactFilterType(any_=[KIND]))
    async with get_client() as client:
        found = await client.read_artifacts(artifact_filter=chosen, limit=200)
        old = [artifact for artifact in found if artifact.created is not None and artifact.created < before]
        for artifact in old:
            await client.delete_artifact(artifact.id)
    return len(old)


def pack(value: Any) -> str:
    """JSON, compressed, as text: a third of the size of the posts."""
    return base64.b64encode(zlib.compress(json.dumps(value).encode("utf-8", "surrogatepass"), 6)).decode()


def unpack(text: str) -> Any:
    """What was packed. Raises ValueError for anything else, also for more than a gigabyte."""
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(base64.b64decode(text, validate=True), _UNPACKED_LIMIT)
    except zlib.error as error:
        raise ValueError(f"not a packed step: {error}") from None
    if not engine.eof:
        raise ValueError("not a packed step: it is cut short, or larger than a gigabyte")
    return json.loads(data)


async def _cancel(run_id: UUID) -> None:
    """Ask the sent run to end; it may have ended by itself, and the server may be away."""
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelled, Cancelling

    try:
        async with asyncio.timeout(_GRACE_SECONDS), get_client() as client:
            state = (await client.read_flow_run(run_id)).state
            # One that no worker has taken needs none to end it.
            waits = state is not None and state.is_scheduled()
            await client.set_flow_run_state(run_id, Cancelled() if waits else Cancelling())
    except Exception as error:  # noqa: BLE001 - nobody waits for it any more
        log.warning("the run %s of a step could not be cancelled: %s", run_id, error)


async def _forget(artifact: UUID) -> None:
    from prefect.client.orchestration import get_client

    try:
        async with asyncio.timeout(_GRACE_SECONDS), get_client() as client:
            await client.delete_artifact(artifact)
    except Exception as error:  # noqa: BLE001 - what is left over costs space, no more
        log.debug("the artifact %s was not deleted: %s", artifact, error)
