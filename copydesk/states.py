"""The states of runs and of step runs, and the moves that are legal: the only place that knows them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from copydesk.errors import CopydeskError


class RunState(StrEnum):
    """Where a run is."""

    PENDING = "pending"
    RUNNING = "running"
    SUSPENDED = "suspended"  # waits for a human; no process, no heartbeat
    COMPLETED = "completed"  # whatever the verdict
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"  # died without a word; no duration

    @property
    def final(self) -> bool:
        """True when the run has ended. A resume takes `failed`, `cancelled` and `lost` to `running` all the same."""
        return self in _RUN_FINAL

    @property
    def next(self) -> frozenset[RunState]:
        """The states that may follow."""
        return RUN_MOVES[self]


class StepState(StrEnum):
    """Where one step is in one attempt of a run."""

    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"  # waits for its next try
    COMPLETED = "completed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"  # a required step before it failed
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def final(self) -> bool:
        """True when nothing follows in this attempt of the run."""
        return not STEP_MOVES[self]

    @property
    def next(self) -> frozenset[StepState]:
        """The states that may follow."""
        return STEP_MOVES[self]


_RUN_FINAL = frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED, RunState.LOST})

RUN_MOVES: Mapping[RunState, frozenset[RunState]] = MappingProxyType(
    {
        RunState.PENDING: frozenset({RunState.RUNNING}),
        RunState.RUNNING: frozenset({RunState.SUSPENDED}) | _RUN_FINAL,
        RunState.SUSPENDED: frozenset({RunState.RUNNING, RunState.CANCELLED}),
        RunState.COMPLETED: frozenset(),
        # A resume: the attempt grows by one.
        RunState.FAILED: frozenset({RunState.RUNNING}),
        RunState.CANCELLED: frozenset({RunState.RUNNING}),
        RunState.LOST: frozenset({RunState.RUNNING}),
    }
)

STEP_MOVES: Mapping[StepState, frozenset[StepState]] = MappingProxyType(
    {
        StepState.PENDING: frozenset({StepState.RUNNING, StepState.SKIPPED, StepState.CANCELLED}),
        StepState.RUNNING: frozenset(
            {
                StepState.COMPLETED,
                StepState.FAILED,
                StepState.TIMED_OUT,
                StepState.RETRYING,
                StepState.CANCELLED,
                StepState.LOST,
            }
        ),
        StepState.RETRYING: frozenset({StepState.RUNNING, StepState.CANCELLED, StepState.LOST}),
        StepState.COMPLETED: frozenset(),
        StepState.FAILED: frozenset(),
        StepState.TIMED_OUT: frozenset(),
        StepState.SKIPPED: frozenset(),
        StepState.CANCELLED: frozenset(),
        StepState.LOST: frozenset(),
    }
)

State = TypeVar("State", RunState, StepState)


class IllegalTransition(CopydeskError):
    """A state cannot follow another."""

    def __init__(self, old: StrEnum, new: StrEnum) -> None:
        super().__init__(f"a {'run' if isinstance(old, RunState) else 'step'} cannot go from {old} to {new}")
        self.old = old
        self.new = new


def transition(old: State, new: State) -> State:
    """`new`, when it may follow `old`; raises IllegalTransition otherwise, also when nothing would change."""
    # The type as well: a run's `running` equals a step's, since both are strings.
    if type(new) is not type(old) or new not in old.next:
        raise IllegalTransition(old, new)
    return new
