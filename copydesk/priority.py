"""How urgent a run or a step is. Apart from the workflow file's model, since children need no more of it than this."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """How urgent a run or a step is; each names the work queue of the same name."""

    CRITICAL = "critical"  # rank 1: a post that is about to go out
    HIGH = "high"  # rank 2: a pull request that somebody waits for
    MEDIUM = "medium"  # rank 3: the usual
    LOW = "low"  # rank 4: the nightly review of the whole blog

    @property
    def rank(self) -> int:
        """1 for critical up to 4 for low: the rank of the queue in its work pool."""
        return list(Priority).index(self) + 1
