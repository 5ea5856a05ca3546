"""What the pool of child processes costs: starts, jobs, and how soon a slot is free after a death.

    python benchmarks/pool.py

Milliseconds, median (least to most) of ROUNDS. "Slot free" is the time from the death, or from the deadline, to the
first result of the next job in a pool of one child.
"""

from __future__ import annotations

import ctypes
import itertools
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from copydesk.sandbox import DEFAULT_PRELOAD, Pool

ROUNDS = 15
DEADLINE = 0.2


def nothing(item: Any, shared: Any) -> Any:
    return item


def spin(item: Any, shared: Any) -> None:
    sum(itertools.repeat(0))  # type: ignore[arg-type]  # never ends


def segfault(item: Any, shared: Any) -> None:
    ctypes.string_at(0)


def lint(item: str, shared: Any) -> int:
    from harper import Linter

    return len(Linter().lint(item))


def measure(name: str, run: Callable[[], float], rounds: int = ROUNDS) -> None:
    times = sorted(run() * 1000 for _ in range(rounds))
    print(f"{name:58} {statistics.median(times):9.3f}  ({times[0]:.3f} to {times[-1]:.3f})", flush=True)


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def first_result(preload: tuple[str, ...], function: str) -> float:
    started = time.perf_counter()
    with Pool(1, preload=preload) as pool:
        pool.submit(function, ["This is an test."], item_seconds=60).result()
        return time.perf_counter() - started


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    measure("first result of a new pool, nothing preloaded", lambda: first_result((), "pool:nothing"))
    measure(
        "first result of a new pool, checks and harper preloaded",
        lambda: first_result(DEFAULT_PRELOAD, "pool:nothing"),
        5,
    )
    measure("first grammar result, nothing preloaded", lambda: first_result((), "pool:lint"), 5)
    measure("first grammar result, harper preloaded", lambda: first_result(DEFAULT_PRELOAD, "pool:lint"), 5)

    with Pool(2) as pool:
        pool.submit("pool:nothing", [0]).result()
        measure(
            "one job of one item, there and back", lambda: timed(lambda: pool.submit("pool:nothing", [0]).result()), 200
        )
        measure(
            "an item in a job of 500 posts of 20 KB",
            lambda: timed(lambda: pool.submit("pool:nothing", ["x" * 20_000] * 500).result()) / 500,
        )
        started = time.perf_counter()
        for job in [pool.submit("pool:nothing", [n]) for n in range(2_000)]:
            job.result()
        print(f"{'a job of one item, 2,000 at once':58} {(time.perf_counter() - started) / 2:9.3f}")

    for name, preload in (("nothing preloaded", ()), ("harper preloaded", DEFAULT_PRELOAD)):
        with Pool(1, preload=preload) as pool:
            pool.submit("pool:lint", ["text"], item_seconds=60).result()

            def after(function: str, deadline: float, wait: float, then: str) -> float:
                dead = pool.submit(function, [0], item_seconds=deadline)
                next_ = pool.submit(then, ["This is an test."], item_seconds=60)
                started = time.perf_counter()
                next_.result()
                dead.result()
                return time.perf_counter() - started - wait

            measure(
                f"slot free after a deadline, GIL held, {name}",
                lambda: after("pool:spin", DEADLINE, DEADLINE, "pool:nothing"),
            )
            measure(f"slot free after a segfault, {name}", lambda: after("pool:segfault", 60, 0, "pool:nothing"))
            measure(
                f"next grammar result after a deadline, {name}",
                lambda: after("pool:spin", DEADLINE, DEADLINE, "pool:lint"),
                5,
            )


if __name__ == "__main__":
    main()
