"""How steps are ordered, tried again and given up: what the words of the workflow file mean."""

from __future__ import annotations

from copydesk.graph import DependencyGraph
from copydesk.retry import delays, is_retriable
from copydesk.schedule import run_schedule
from copydesk.workflow import Priority, RetryPolicy


async def test_a_step_starts_when_its_dependencies_are_done_the_most_urgent_first():
    """Among the ready steps the priority decides, then the order of the file."""
    graph = DependencyGraph({"style": (), "links": (), "grammar": ("links",), "seo": ()})
    urgent = {"style": Priority.LOW, "links": Priority.HIGH, "grammar": Priority.CRITICAL, "seo": Priority.LOW}
    started = []

    async def start(name):
        started.append(name)

    await run_schedule(graph, start, 1, rank=lambda name: urgent[name].rank)
    assert started == ["links", "grammar", "style", "seo"]


def test_delays_grow_up_to_their_limit():
    """The formula: min(base_delay * backoff_multiplier ** n, max_delay)."""
    policy = RetryPolicy(max_retries=7, base_delay=1, backoff_multiplier=2, max_delay=60)
    assert delays(policy) == [2, 4, 8, 16, 32, 60, 60]
    assert delays(RetryPolicy(max_retries=0)) == []


def test_only_faults_that_may_pass_are_tried_again():
    """No connection, no answer in time: again. Bad input: never. An error's own word counts first."""

    class Busy(Exception):
        retriable = True

    assert is_retriable(ConnectionError())
    assert is_retriable(TimeoutError())
    assert is_retriable(Busy())
    assert not is_retriable(ValueError())


async def test_what_depends_on_a_failed_step_is_skipped_and_the_rest_goes_on():
    """That is how a step with `required: true` fails: its branch ends, the others do not."""
    graph = DependencyGraph({"gate": (), "after": ("gate",), "last": ("after",), "aside": ()})

    async def start(name):
        if name == "gate":
            raise ValueError("broken")
        return name

    schedule = await run_schedule(graph, start, 2)
    assert dict(schedule.results) == {"aside": "aside"}
    assert dict(schedule.skipped) == {"after": "gate", "last": "gate"}
