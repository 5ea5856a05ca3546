"""The set-up of a server: pools, queues at their ranks, the automation; repaired whatever was changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments import work_pool

pytestmark = pytest.mark.slow


@pytest.fixture
async def client(prefect_server: Any) -> AsyncIterator[PrefectClient]:
    """A client of a server on which nothing of ours is, as far as pools go."""
    with temporary_settings({PREFECT_API_URL: prefect_server.url}):
        async with get_client() as found:
            yield found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Pools and automations of this module's own: the server is shared with tests that have everything deployed."""
    pools = {"setup-test": "Runs.", "setup-test-steps": "Steps."}
    monkeypatch.setattr(work_pool, "POOLS", pools)
    monkeypatch.setattr(work_pool, "WATCH", "setup-test: a run is silent")
    monkeypatch.setattr(work_pool, "CLOSE", "setup-test: silent runs have crashed")
    return "setup-test", "setup-test-steps"


@pytest.fixture(autouse=True)
async def _nothing_there(client: PrefectClient, names: tuple[str, str]) -> None:
    for pool in await client.read_work_pools():
        if pool.name in names:
            await client.delete_work_pool(pool.name)
    for name in (work_pool.WATCH, work_pool.CLOSE):
        for automation in await client.read_automations_by_name(name):
            await client.delete_automation(automation.id)


async def ranks(client: PrefectClient, pool: str) -> dict[str, int]:
    return {queue.name: queue.priority for queue in await client.read_work_queues(work_pool_name=pool)}


EXPECTED = {"critical": 1, "high": 2, "medium": 3, "low": 4, "default": 5}


async def test_it_makes_all_of_it_and_the_second_time_nothing(client: PrefectClient, names: tuple[str, str]) -> None:
    assert len(await work_pool.verify(client)) == 4
    changes = await work_pool.set_up(client)
    assert "made the work pool setup-test, at most 16 runs at once" in changes
    assert [await ranks(client, name) for name in names] == [EXPECTED, EXPECTED]
    assert await work_pool.verify(client) == []
    assert await work_pool.set_up(client) == []


async def test_it_puts_moved_ranks_back_and_keeps_a_limit_that_somebody_chose(client: PrefectClient) -> None:
    await work_pool.set_up(client)
    await client.update_work_pool("setup-test", WorkPoolUpdate(concurrency_limit=3))
    low = next(q for q in await client.read_work_queues(work_pool_name="setup-test") if q.name == "low")
    await client.update_work_queue(low.id, priority=1)
    assert any("setup-test/low has rank 1 instead of 4" in problem for problem in await work_pool.verify(client))
    assert await work_pool.set_up(client) == ["queue setup-test/low: rank 4, was 1"]
    assert await ranks(client, "setup-test") == EXPECTED
    assert (await client.read_work_pool("setup-test")).concurrency_limit == 3


async def test_a_queue_of_somebody_else_comes_behind_ours(client: PrefectClient) -> None:
    await work_pool.set_up(client)
    await client.create_work_queue(name="theirs", work_pool_name="setup-test", priority=2)
    await work_pool.set_up(client)
    found = await ranks(client, "setup-test")
    assert {name: found[name] for name in work_pool.QUEUES} == work_pool.QUEUES
    assert found["theirs"] > 4


async def test_a_pool_that_a_deploy_made_too_early_is_repaired(client: PrefectClient) -> None:
    await work_pool.set_up(client)
    for queue in await client.read_work_queues(work_pool_name="setup-test"):
        if queue.name == "critical":
            await client.delete_work_queue_by_id(queue.id)
    # What `prefect deploy` does with a queue that is not there.
    await client.create_work_queue(name="critical", work_pool_name="setup-test")
    await work_pool.set_up(client)
    assert {n: r for n, r in (await ranks(client, "setup-test")).items() if n in work_pool.QUEUES} == work_pool.QUEUES


async def test_paused_parts_are_told(client: PrefectClient) -> None:
    await work_pool.set_up(client)
    await client.update_work_pool("setup-test", WorkPoolUpdate(is_paused=True))
    high = next(q for q in await client.read_work_queues(work_pool_name="setup-test-steps") if q.name == "high")
    await client.update_work_queue(high.id, is_paused=True)
    problems = " ".join(await work_pool.verify(client))
    assert "work pool setup-test is paused" in problems
    assert "queue setup-test-steps/high is paused" in problems


@pytest.mark.parametrize("which", ["WATCH", "CLOSE"])
async def test_an_automation_that_was_changed_or_switched_off_is_told_and_repaired(
    client: PrefectClient, which: str
) -> None:
    name = getattr(work_pool, which)
    await work_pool.set_up(client)
    found = (await client.read_automations_by_name(name))[0]
    await client.pause_automation(found.id)
    assert any(f"'{name}' is switched off" in problem for problem in await work_pool.verify(client))
    await work_pool.set_up(client)
    (changed,) = [a for a in work_pool.heartbeat_automations() if a.name == name]
    changed.trigger.expect = {"prefect.flow-run.Completed"}  # type: ignore[union-attr]
    for automation in await client.read_automations_by_name(name):
        await client.delete_automation(automation.id)
    await client.create_automation(changed)
    assert any(f"'{name}' was changed" in problem for problem in await work_pool.verify(client))
    assert await work_pool.set_up(client) == [f"repaired the automation '{name}'"]
    assert await work_pool.verify(client) == []


def test_without_a_server_the_command_says_what_to_do(copydesk: Any) -> None:
    done = copydesk("setup", env={"PREFECT_API_URL": ""})
    assert done.returncode == 2
    assert "PREFECT_API_URL" in done.stderr
    assert "Traceback" not in done.stderr
