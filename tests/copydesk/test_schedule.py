"""When steps start: the rules of the scheduler, over graphs at random."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.graph import DependencyGraph
from copydesk.schedule import run_schedule


@st.composite
def workflows(draw, max_size=12):
    """Edges (shuffled against their order), a rank for each step, slots, and a seed for who ends first."""
    size = draw(st.integers(0, max_size))
    edges = {
        f"s{i}": sorted(draw(st.sets(st.sampled_from([f"s{j}" for j in range(i)])))) if i else [] for i in range(size)
    }
    edges = {name: edges[name] for name in draw(st.permutations(list(edges)))}
    ranks = {name: draw(st.integers(1, 4)) for name in edges}
    return edges, ranks, draw(st.integers(1, 5)), draw(st.integers(0, 2**16))


class Steps:
    """Steps that end when told to, in an order drawn from a seed; checks the rules at each start."""

    def __init__(self, edges, ranks, slots):
        self.graph = DependencyGraph(edges)
        self.ranks = ranks
        self.slots = slots
        self.started = []
        self.running = {}
        self.ended = []

    def ready(self):
        return {
            n for n in self.graph.names if n not in self.started and set(self.graph.dependencies(n)) <= set(self.ended)
        }

    async def start(self, name):
        # The coroutine runs a moment after the decision, so the decision is checked in `check_starts`.
        self.running[name] = asyncio.get_running_loop().create_future()
        self.started.append(name)
        await self.running[name]
        return name.upper()

    async def drive(self, seed):
        choose = random.Random(seed)
        task = asyncio.ensure_future(run_schedule(self.graph, self.start, self.slots, rank=self.ranks.__getitem__))
        while True:
            ready, already = self.ready(), len(self.started)
            for _ in range(10):  # rounds of the loop: enough for every start that is due
                await asyncio.sleep(0)
            self.check_starts(ready, already)
            if not self.running:
                break
            name = choose.choice(sorted(self.running))
            self.ended.append(name)
            self.running.pop(name).set_result(None)
        return await asyncio.wait_for(task, 60)

    def check_starts(self, ready, already):
        assert len(self.running) <= self.slots
        # No slot idles while a step is ready.
        assert len(self.running) == self.slots or not self.ready()
        # Those which started now were the most urgent of the ready ones, in that order.
        order = sorted(ready, key=lambda n: (self.ranks[n], self.graph.names.index(n)))
        new = self.started[already:]
        assert new == order[: len(new)]


@settings(deadline=None)
@given(workflows())
def test_the_rules_hold_at_each_start(workflow):
    edges, ranks, slots, seed = workflow
    steps = Steps(edges, ranks, slots)
    schedule = asyncio.run(steps.drive(seed))
    assert sorted(steps.started) == sorted(edges)
    assert schedule.results == {name: name.upper() for name in edges}
    assert list(schedule.results) == steps.ended
    assert (schedule.errors, schedule.skipped, schedule.cancelled) == ({}, {}, ())


@settings(deadline=None)
@given(workflows(), st.data())
def test_what_depends_on_a_failure_is_skipped_and_the_rest_goes_on(workflow, data):
    edges, ranks, slots, _ = workflow
    failing = data.draw(st.sets(st.sampled_from(sorted(edges)), max_size=3)) if edges else set()
    graph = DependencyGraph(edges)
    told = {}

    async def run():
        return await run_schedule(
            graph, lambda name: answer(name, failing), slots, rank=ranks.__getitem__, on_skip=told.__setitem__
        )

    schedule = asyncio.run(run())
    assert sorted([*schedule.results, *schedule.errors, *schedule.skipped]) == sorted(edges)
    lost = {n for name in schedule.errors for n in graph.descendants(name)}
    assert set(schedule.skipped) == lost
    assert told == schedule.skipped
    assert all(cause in schedule.errors and n in graph.descendants(cause) for n, cause in told.items())
    assert set(schedule.errors) == failing - lost


async def answer(name, failing):
    await asyncio.sleep(0)
    if name in failing:
        raise RuntimeError(name)
    return name


async def test_a_slow_sibling_does_not_hold_up_a_fast_branch():
    graph = DependencyGraph({"slow": [], "fast": [], "next": ["fast"], "last": ["next", "slow"]})
    last_of_fast = asyncio.Event()

    async def start(name):
        if name == "slow":
            await asyncio.wait_for(last_of_fast.wait(), 60)
        if name == "next":
            last_of_fast.set()
        return name

    schedule = await run_schedule(graph, start, 2)
    assert list(schedule.results) == ["fast", "next", "slow", "last"]


async def test_the_caller_decides_what_blocks():
    graph = DependencyGraph({"a": [], "b": ["a"], "c": [], "d": ["c"]})

    async def start(name):
        if name in ("a", "c"):
            raise ValueError(name)
        return name

    schedule = await run_schedule(graph, start, 4, blocks=lambda name, outcome: name == "a")
    assert set(schedule.errors) == {"a", "c"}
    assert schedule.skipped == {"b": "a"}
    assert schedule.results == {"d": "d"}


async def test_a_result_may_block_as_well():
    schedule = await run_schedule(
        DependencyGraph({"a": [], "b": ["a"]}), lambda name: answer(name, ()), 1, blocks=lambda name, outcome: True
    )
    assert (schedule.results, schedule.skipped) == ({"a": "a"}, {"b": "a"})


async def test_a_stop_ends_what_runs_starts_nothing_more_and_keeps_what_is_finished():
    stop = asyncio.Event()
    cleaned = []

    async def start(name):
        if name == "second":
            stop.set()
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(0)
                cleaned.append(name)
        return name

    graph = DependencyGraph({"first": [], "second": ["first"], "third": ["second"], "fourth": ["first"]})
    schedule = await asyncio.wait_for(run_schedule(graph, start, 1, stop=stop), 60)
    assert schedule.results == {"first": "first"}
    assert schedule.cancelled == ("second", "third", "fourth")
    assert cleaned == ["second"]


async def test_a_stop_before_the_start_starts_nothing():
    stop = asyncio.Event()
    stop.set()
    schedule = await run_schedule(DependencyGraph({"a": []}), lambda name: answer(name, ()), 1, stop=stop)
    assert schedule.cancelled == ("a",)
    assert schedule.results == {}


async def test_cancelling_the_call_waits_for_the_running_steps():
    cleaned = []
    started = asyncio.Event()

    async def start(name):
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)
            cleaned.append(name)

    task = asyncio.ensure_future(run_schedule(DependencyGraph({"a": [], "b": []}), start, 2))
    await started.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(cleaned) == ["a", "b"]


async def test_a_step_that_somebody_else_cancels_takes_its_dependents_with_it():
    async def start(name):
        if name == "a":
            raise asyncio.CancelledError
        return name

    schedule = await run_schedule(DependencyGraph({"a": [], "b": ["a"], "c": []}), start, 2)
    assert schedule.cancelled == ("a", "b")
    assert schedule.results == {"c": "c"}


async def test_a_caller_that_fails_leaves_nothing_running():
    ended = []

    async def start(name):
        try:
            await asyncio.sleep(0 if name == "a" else 3600)
        finally:
            ended.append(name)

    def blocks(name, outcome):
        raise RuntimeError("blocks")

    with pytest.raises(RuntimeError, match="blocks"):
        await run_schedule(DependencyGraph({"a": [], "b": []}), start, 2, blocks=blocks)
    assert sorted(ended) == ["a", "b"]


async def test_no_slots_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        await run_schedule(DependencyGraph({"a": []}), lambda name: answer(name, ()), 0)


async def test_no_steps_are_done_at_once():
    schedule = await run_schedule(DependencyGraph({}), lambda name: answer(name, ()), 1)
    assert schedule.results == {}
