"""The graph of a workflow's steps: what is wrong with it, and its order."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

from copydesk.errors import UsageError


class GraphError(UsageError):
    """The steps do not make a graph that can be run."""


class DuplicateStep(GraphError):
    """Two steps have one name."""


class UnknownStep(GraphError):
    """A step waits for one that there is not."""


class CycleError(GraphError):
    """Steps wait for each other; `path` begins and ends with the same step."""

    def __init__(self, path: Sequence[str]) -> None:
        super().__init__(f"the steps wait for each other: {' -> '.join(path)}")
        self.path = tuple(path)


def find_cycle(edges: Mapping[str, Iterable[str]]) -> list[str] | None:
    """A cycle as the path `a -> b -> a`, each step followed by one that it depends on; None without one.

    `edges` gives each step's dependencies; those that are no key of it are passed over.
    """
    finished: set[str] = set()
    for root in edges:
        path: list[str] = []
        on_path: set[str] = set()
        # Iterative, since a chain of steps may be longer than Python's stack.
        pending = [(root, False)]
        while pending:
            name, leaving = pending.pop()
            if leaving:
                path.pop()
                on_path.discard(name)
                finished.add(name)
            elif name in on_path:
                return [*path[path.index(name) :], name]
            elif name not in finished and name in edges:
                path.append(name)
                on_path.add(name)
                pending.append((name, True))
                pending.extend((dependency, False) for dependency in reversed(list(edges[name])))
    return None


class DependencyGraph:
    """Steps and what each waits for, as a mapping or as pairs. Immutable; `names` keeps the order given.

    Raises DuplicateStep, UnknownStep or CycleError.
    """

    def __init__(self, steps: Mapping[str, Iterable[str]] | Iterable[tuple[str, Iterable[str]]]) -> None:
        dependencies: dict[str, tuple[str, ...]] = {}
        for name, depends_on in steps.items() if isinstance(steps, Mapping) else steps:
            if name in dependencies:
                raise DuplicateStep(f"there are two steps named '{name}'")
            dependencies[name] = tuple(dict.fromkeys(depends_on))
        for name, depends_on in dependencies.items():
            for dependency in depends_on:
                if dependency not in dependencies:
                    raise UnknownStep(f"'{name}' depends on '{dependency}', and there is no such step")
        cycle = find_cycle(dependencies)
        if cycle:
            raise CycleError(cycle)
        self._dependencies = dependencies
        self._dependents: dict[str, tuple[str, ...]] = {
            name: tuple(other for other, depends_on in dependencies.items() if name in depends_on)
            for name in dependencies
        }

    @property
    def names(self) -> tuple[str, ...]:
        """All steps, as in the file."""
        return tuple(self._dependencies)

    def dependencies(self, name: str) -> tuple[str, ...]:
        """What `name` waits for, directly."""
        return self._dependencies[name]

    def dependents(self, name: str) -> tuple[str, ...]:
        """What waits for `name`, directly."""
        return self._dependents[name]

    def descendants(self, name: str) -> tuple[str, ...]:
        """What waits for `name`, directly or not, as in the file."""
        found: set[str] = set()
        pending = [name]
        while pending:
            for dependent in self._dependents[pending.pop()]:
                if dependent not in found:
                    found.add(dependent)
                    pending.append(dependent)
        return tuple(n for n in self._dependencies if n in found)

    def ready(self, done: Iterable[str]) -> tuple[str, ...]:
        """The steps outside `done` of which every dependency is in it, as in the file."""
        finished = set(done)
        return tuple(n for n, d in self._dependencies.items() if n not in finished and finished.issuperset(d))

    def topological_order(self) -> tuple[str, ...]:
        """All steps, each after its dependencies; the order of the file where that leaves a choice."""
        waiting = {name: len(depends_on) for name, depends_on in self._dependencies.items()}
        position = {name: index for index, name in enumerate(self._dependencies)}
        free = [position[name] for name, count in waiting.items() if count == 0]
        heapq.heapify(free)
        names = self.names
        order: list[str] = []
        while free:
            name = names[heapq.heappop(free)]
            order.append(name)
            for dependent in self._dependents[name]:
                waiting[dependent] -= 1
                if waiting[dependent] == 0:
                    heapq.heappush(free, position[dependent])
        return tuple(order)
