"""Percentiles from a store that can count and can skip: two values a percentile are read, never all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from copydesk.stores.base import Summary

PERCENTILES = (("p50", 0.50), ("p90", 0.90), ("p95", 0.95), ("p99", 0.99))


def summarise(
    count: int, mean: float | None, largest: float | None, read: Callable[[bool, int], Sequence[float]]
) -> Summary:
    """A summary of `count` values of which `read(descending, skip)` gives the two after skipping, in that order.

    Linear interpolation between the two closest ranks (type 7 of Hyndman and Fan, 1996; numpy's default). Read from the
    nearer end: with p50, p90, p95 and p99 a store walks past two thirds of its rows, not past three times all of them.
    """
    if not count:
        return Summary()
    values: dict[str, float] = {}
    for name, share in PERCENTILES:
        rank = (count - 1) * share
        low = math.floor(rank)
        if low + 1 >= count:
            (value,) = read(True, 0)[:1]
        elif low < count // 2:
            below, above = read(False, low)
            value = below + (above - below) * (rank - low)
        else:
            above, below = read(True, count - 2 - low)
            value = below + (above - below) * (rank - low)
        values[name] = value
    return Summary(count=count, mean=mean, max=largest, **values)
