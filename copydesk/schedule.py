"""When each step of a run starts: as soon as its dependencies are done and a slot is free, the most urgent first.

Plain asyncio: a flow starts tasks with it, `copydesk check` starts coroutines.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from copydesk.graph import DependencyGraph

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Schedule(Generic[T]):
    """What became of the steps; every step of the graph is in exactly one of the four."""

    results: Mapping[str, T]  # what `start` returned, in the order in which steps ended
    errors: Mapping[str, Exception]  # what `start` raised
    skipped: Mapping[str, str]  # the failed step that this one depended on, directly or not
    cancelled: tuple[str, ...]  # not started, or stopped, because of `stop`


async def run_schedule(
    graph: DependencyGraph,
    start: Callable[[str], Awaitable[T]],
    max_concurrent: int,
    *,
    rank: Callable[[str], int] = lambda name: 0,
    blocks: Callable[[str, T | Exception], bool] = lambda name, outcome: isinstance(outcome, Exception),
    on_skip: Callable[[str, str], None] = lambda name, failed: None,
    stop: asyncio.Event | None = None,
) -> Schedule[T]:
    """Run every step of `graph` by awaiting `start(name)`, at most `max_concurrent` at once.

    Among the ready steps the least `rank` starts first, then the order of the file. A step starts the moment that it
    is ready and a slot is free: there are no rounds. When `blocks(name, outcome)` says so (outcome: what `start`
    returned or raised), what depends on the step, directly or not, is skipped and told to `on_skip(name, failed)`; the
    other branches go on. When `stop` is set nothing more starts and the running steps are cancelled and awaited.

    Cancelling the call cancels the running steps and waits for them. Raises ValueError for `max_concurrent` below 1,
    and what `rank`, `blocks` or `on_skip` raise, after cancelling the running steps.
    """
    if max_concurrent < 1:
        raise ValueError("max_concurrent must be at least 1")
    position = {name: index for index, name in enumerate(graph.names)}
    waiting = {name: len(graph.dependencies(name)) for name in graph.names}
    ready = [(rank(name), position[name], name) for name, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    running: dict[asyncio.Future[T], str] = {}
    results: dict[str, T] = {}
    errors: dict[str, Exception] = {}
    skipped: dict[str, str] = {}
    cancelled: set[str] = set()
    stopped = asyncio.ensure_future(stop.wait()) if stop is not None else None
    try:
        while ready or running:
            if stop is not None and stop.is_set():
                break
            while ready and len(running) < max_concurrent:
                name = heapq.heappop(ready)[2]
                running[asyncio.ensure_future(start(name))] = name
            awaited: set[asyncio.Future[Any]] = {*running, stopped} if stopped is not None else {*running}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            # In the order of the file, so that steps which end at once are told in one order.
            for task in sorted((t for t in running if t.done()), key=lambda t: position[running[t]]):
                name = running.pop(task)
                outcome: T | Exception
                try:
                    outcome = results[name] = task.result()
                except asyncio.CancelledError:
                    # Somebody else stopped this step: nobody will wait for it.
                    cancelled.add(name)
                    cancelled.update(graph.descendants(name))
                    continue
                except Exception as error:  # noqa: BLE001 - the caller gets it
                    outcome = errors[name] = error
                if blocks(name, outcome):
                    for dependent in graph.descendants(name):
                        if dependent not in skipped:
                            skipped[dependent] = name
                            on_skip(dependent, name)
                for dependent in graph.dependents(name):
                    waiting[dependent] -= 1
                    if waiting[dependent] == 0 and dependent not in skipped and dependent not in cancelled:
                        heapq.heappush(ready, (rank(dependent), position[dependent], dependent))
    finally:
        if stopped is not None:
            stopped.cancel()
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
            for task, name in running.items():
                # A step may have ended in the moment of the stop: what is finished is kept.
                with contextlib.suppress(asyncio.CancelledError):
                    try:
                        results[name] = task.result()
                    except Exception as error:  # noqa: BLE001
                        errors[name] = error
    ended = results.keys() | errors.keys() | skipped.keys()
    return Schedule(results, errors, skipped, tuple(name for name in graph.names if name not in ended))
