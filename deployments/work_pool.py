"""What a Prefect server needs before anything is deployed: pools, queues at their ranks, limits, a watch.

Make the queues first: a deployment that names a missing queue creates it behind all others, and nobody is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from copydesk.errors import CopydeskError
from copydesk.workflow import Priority

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import WorkQueue
    from prefect.events.schemas.automations import AutomationCore

REVIEWS, STEPS = "copydesk", "copydesk-steps"
POOLS = {
    REVIEWS: "Runs of the review flow: queues by priority.",
    STEPS: "Steps with `runs_on: queue`: queues by priority.",
}
QUEUES = {priority.value: priority.rank for priority in Priority}

# Runs at once over all workers of a pool. Each worker's own `--limit` is what bounds a machine.
DEFAULT_LIMIT = 16

WATCH = "copydesk: a run is silent"
CLOSE = "copydesk: silent runs have crashed"
SILENT = "Silent"  # the name of the state between the two
TAG = "copydesk"  # every deployment of ours carries it, its runs and their heartbeats inherit it
HEARTBEAT_SECONDS = 30  # Prefect's shortest; the deployments set it
SILENT_SECONDS = 120  # three heartbeats missed, and a busy machine's delay


class SetupFailed(CopydeskError):
    """The server did not take what it was told."""


async def set_up(client: PrefectClient, *, limit: int | None = None, silent_seconds: int = SILENT_SECONDS) -> list[str]:
    """Create or repair everything that `verify` looks at; answers what was changed, in words. Safe to repeat.

    `limit` is for runs at once in each pool; without it a pool keeps the limit that it has, and a new one gets
    `DEFAULT_LIMIT`. Raises `SetupFailed` when something is still wrong afterwards.
    """
    changes: list[str] = []
    for pool, description in POOLS.items():
        changes += await _set_up_pool(client, pool, description, limit)
        changes += await _set_up_queues(client, pool)
    changes += await _set_up_automations(client, silent_seconds)
    problems = await verify(client, silent_seconds=silent_seconds)
    if problems:
        raise SetupFailed("Prefect did not take the set-up:\n" + "\n".join(problems))
    return changes


async def verify(client: PrefectClient, *, silent_seconds: int | None = None) -> list[str]:
    """What is missing or wrong on the server, a sentence each with what to do; empty when all is well."""
    problems: list[str] = []
    mend = "run `copydesk setup`"
    for pool in POOLS:
        found = await _pool(client, pool)
        if found is None:
            problems.append(f"there is no work pool {pool}: {mend}.")
            continue
        if found.type != "process":
            problems.append(f"the work pool {pool} is of type {found.type}, not process: delete it, then {mend}.")
        if found.is_paused:
            problems.append(f"the work pool {pool} is paused: nothing in it starts until you resume it.")
        if found.concurrency_limit is None or found.concurrency_limit < 1:
            problems.append(f"the work pool {pool} has no usable concurrency limit: {mend}.")
        queues = await client.read_work_queues(work_pool_name=pool)
        problems += [f"{problem}: {mend}." for problem in _rank_problems(pool, queues)]
        problems += [
            f"the queue {pool}/{queue.name} is paused: resume it, or its runs wait for ever."
            for queue in queues
            if queue.is_paused and queue.name in QUEUES
        ]
    for name in (WATCH, CLOSE):
        found_by_name = await client.read_automations_by_name(name)
        if len(found_by_name) != 1:
            count = "no automation" if not found_by_name else f"{len(found_by_name)} automations"
            problems.append(f"there is {count} '{name}': {mend}.")
        elif not found_by_name[0].enabled:
            problems.append(f"the automation '{name}' is switched off: runs whose worker died keep their slot.")
        elif not _same(found_by_name[0], _wanted(name, silent_seconds or _silence_of(found_by_name[0]))):
            problems.append(f"the automation '{name}' was changed: {mend}.")
    return problems


def heartbeat_automations(silent_seconds: int = SILENT_SECONDS) -> tuple[AutomationCore, AutomationCore]:
    """The watch that finds runs that were seen alive and have then been silent for so long, and what closes them.

    Events alone cannot tell a dead run from a suspended one: a heartbeat that was sent before the run suspended itself
    may arrive after the word of it, and begins another wait. So the watch only proposes a state that Prefect grants to
    runs which are running at that moment and to no others (`HandlePausingFlows`, of type PAUSED): one that is
    suspended, over, waiting for a retry or being cancelled stays as it is. What was granted is closed by the second.

    For the watch any change of state counts as a word: a run's final state is often named after its verdict, so that a
    list of Prefect's own names would miss it. A retry and a start are signs of life that more must follow, so that a
    run which dies before its second heartbeat is found as well.
    """
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification

    match = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})
    # Only our own: a server is often shared.
    ours = ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"})
    watch = AutomationCore(
        name=WATCH,
        description=f"A run without a sign of life has lost its worker. '{CLOSE}' does the rest.",
        enabled=True,
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match=match,
            match_related=ours,
            after={"prefect.flow-run.heartbeat", "prefect.flow-run.Running", "prefect.flow-run.Retrying"},
            expect={"prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
            threshold=1,
            within=timedelta(seconds=silent_seconds),
        ),
        actions=[
            ChangeFlowRunState(
                name=SILENT, state=StateType.PAUSED, message=f"No sign of life for {silent_seconds} seconds."
            )
        ],
    )
    close = AutomationCore(
        name=CLOSE,
        description="A run that was found silent while it was running becomes Crashed and frees its slot.",
        enabled=True,
        trigger=EventTrigger(
            posture=Posture.Reactive,
            match=match,
            match_related=ours,
            expect={f"prefect.flow-run.{SILENT}"},
            for_each={"prefect.resource.id"},
            threshold=1,
            within=timedelta(0),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED, message="No sign of life any more: its worker or its machine is gone."
            )
        ],
    )
    return watch, close


def _rank_problems(pool: str, queues: Sequence[WorkQueue]) -> list[str]:
    ranks = {queue.name: queue.priority for queue in queues}
    problems = []
    for name, rank in QUEUES.items():
        if name not in ranks:
            problems.append(f"there is no queue {pool}/{name}")
        elif ranks[name] != rank:
            problems.append(f"the queue {pool}/{name} has rank {ranks[name]} instead of {rank}")
    before = [name for name, rank in ranks.items() if name not in QUEUES and rank <= len(QUEUES)]
    return problems + [f"the queue {pool}/{name} is not behind {', '.join(QUEUES)}" for name in before]


async def _pool(client: PrefectClient, name: str) -> Any:
    from prefect.exceptions import ObjectNotFound

    try:
        return await client.read_work_pool(name)
    except ObjectNotFound:
        return None


async def _set_up_pool(client: PrefectClient, name: str, description: str, limit: int | None) -> list[str]:
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.workers.process import ProcessWorker

    found = await _pool(client, name)
    if found is None:
        await client.create_work_pool(
            WorkPoolCreate(
                name=name,
                type="process",
                description=description,
                base_job_template=ProcessWorker.get_default_base_job_template(),
                concurrency_limit=limit or DEFAULT_LIMIT,
            )
        )
        return [f"made the work pool {name}, at most {limit or DEFAULT_LIMIT} runs at once"]
    wanted = limit or found.concurrency_limit or DEFAULT_LIMIT
    if found.concurrency_limit == wanted:
        return []
    await client.update_work_pool(name, WorkPoolUpdate(concurrency_limit=wanted))
    return [f"work pool {name}: at most {wanted} runs at once, was {found.concurrency_limit or 'without limit'}"]


async def _set_up_queues(client: PrefectClient, pool: str) -> list[str]:
    changes: list[str] = []
    before = {queue.name: queue for queue in await client.read_work_queues(work_pool_name=pool)}
    for name, rank in QUEUES.items():
        if name not in before:
            await client.create_work_queue(name=name, work_pool_name=pool, priority=rank)
            changes.append(f"made the queue {pool}/{name} at rank {rank}")
    # A rank that is given moves others: one after the other, from the first, until all stand.
    for name, rank in QUEUES.items():
        queue = next(q for q in await client.read_work_queues(work_pool_name=pool) if q.name == name)
        if queue.priority != rank:
            await client.update_work_queue(queue.id, priority=rank)
            if name in before:
                changes.append(f"queue {pool}/{name}: rank {rank}, was {before[name].priority}")
    # Prefect moves others out of the way of a new queue, but not always out of that of a changed one.
    queues = await client.read_work_queues(work_pool_name=pool)
    behind = max(queue.priority for queue in queues)
    for queue in queues:
        if queue.name not in QUEUES and queue.priority <= len(QUEUES):
            behind += 1
            await client.update_work_queue(queue.id, priority=max(behind, len(QUEUES) + 1))
            changes.append(f"queue {pool}/{queue.name}: behind the others, was {queue.priority}")
    return changes


async def _set_up_automations(client: PrefectClient, silent_seconds: int) -> list[str]:
    changes: list[str] = []
    # What closes comes first: what the watch finds must not wait for it.
    for wanted in reversed(heartbeat_automations(silent_seconds)):
        found = await client.read_automations_by_name(wanted.name)
        if len(found) == 1 and found[0].enabled and _same(found[0], wanted):
            continue
        for automation in found:
            await client.delete_automation(automation.id)
        await client.create_automation(wanted)
        changes.append(f"{'repaired' if found else 'made'} the automation '{wanted.name}'")
    return changes


def _wanted(name: str, silent_seconds: int) -> AutomationCore:
    watch, close = heartbeat_automations(silent_seconds)
    return watch if name == WATCH else close


def _silence_of(automation: Any) -> int:
    within = getattr(automation.trigger, "within", None)
    return int(within.total_seconds()) if within else SILENT_SECONDS


def _same(automation: AutomationCore, wanted: AutomationCore) -> bool:
    """Whether both act on the same events in the same way; the server adds ids and defaults of its own."""
    return _essence(automation) == _essence(wanted)


def _essence(automation: AutomationCore) -> dict[str, Any]:
    trigger = automation.trigger.model_dump(mode="json", exclude={"id"})
    for name in ("after", "expect", "for_each"):
        trigger[name] = sorted(trigger.get(name) or ())
    actions = [action.model_dump(mode="json") for action in automation.actions]
    return {"trigger": trigger, "actions": actions}
