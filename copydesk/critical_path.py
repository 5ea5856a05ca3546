"""Which steps the length of a run hung on, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from copydesk.reports.wording import seconds
from copydesk.visible import visible


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The chain of dependent steps that took longest."""

    steps: tuple[str, ...]
    seconds: float


def critical_path(depends_on: Mapping[str, Sequence[str]], took: Mapping[str, float]) -> CriticalPath:
    """The longest chain by seconds; a step without a time counts as none. Among equals, the chain named first.

    Raises graphlib.CycleError for steps that wait for each other.
    """
    reached: dict[str, float] = {}
    before: dict[str, str | None] = {}
    order = TopologicalSorter({name: [d for d in ds if d in depends_on] for name, ds in depends_on.items()})
    end: str | None = None
    for name in order.static_order():
        known = [d for d in depends_on[name] if d in depends_on]
        latest = max(known, key=lambda d: reached[d], default=None)
        before[name] = latest
        reached[name] = (reached[latest] if latest is not None else 0.0) + max(took.get(name, 0.0), 0.0)
        # What ends a chain at no cost of its own still belongs to it.
        if end is None or reached[name] >= reached[end]:
            end = name
    length = reached[end] if end is not None else 0.0
    chain: list[str] = []
    while end is not None:
        chain.append(end)
        end = before[end]
    return CriticalPath(tuple(reversed(chain)), length)


def explain(
    depends_on: Mapping[str, Sequence[str]],
    took: Mapping[str, float],
    total_seconds: float,
    *,
    going_on: bool = False,
) -> str:
    """The step that the run waited for most, its share, and how long the run would have taken without it.

    The estimate takes nothing but that step off the longest chain: steps that ran beside it keep their times. While
    the run is going on there is none. Empty when no step has a time.
    """
    path = critical_path(depends_on, took)
    if path.seconds <= 0 or total_seconds <= 0:
        return ""
    heaviest = max(path.steps, key=lambda n: took.get(n, 0.0))
    share = min(round(100 * took[heaviest] / total_seconds), 100)
    if going_on:
        return f"{visible(heaviest)} has taken {share} % of the run so far."
    without = critical_path(depends_on, {**took, heaviest: 0.0}).seconds
    rest = max(total_seconds - (path.seconds - without), without, 0.0)
    return (
        f"{visible(heaviest)} took {share} % of the run; without it the review would have taken about {seconds(rest)}."
    )
