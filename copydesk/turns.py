"""Batches that follow each other closely: the next begins while the one before still keeps the children busy.

Between two batches the children would have nothing to do: the last posts of one are never done at the same moment, and
its reviews are put together here. So a batch begins once the one before it is half done. Children read its posts at
once, since all its steps wait for that, and turn to the steps only when the older batch leaves them idle: that one is
not held up.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Turn:
    """The place of a batch among those of a run."""

    number: int = 0  # children do what is of a lower number first, whatever its priority; `load` counts one lower
    half_done: asyncio.Event = field(default_factory=asyncio.Event)  # set: the next batch may begin


_turn: contextvars.ContextVar[Turn | None] = contextvars.ContextVar("copydesk_turn", default=None)


def own_turn() -> Turn:
    """The turn of the batch that this code works on."""
    return _turn.get() or Turn()


async def in_turns(works: Iterable[Callable[[], Awaitable[T]]]) -> AsyncGenerator[T, None]:
    """Do the works, two at once at most, and answer what they answer in their order.

    The next is asked for when the one before is half done, and the one before that was answered. What a work raises
    passes; then, or when the caller has had enough (close the generator), the others are cancelled and waited for.
    """
    before: asyncio.Future[T] | None = None
    working: asyncio.Future[T] | None = None
    try:
        for number, work in enumerate(works):
            turn = Turn(number)
            token = _turn.set(turn)
            try:
                working = asyncio.ensure_future(work())
            finally:
                _turn.reset(token)
            if before is not None:
                yield await before
                before = None  # its answer is the caller's alone
            await _half_done(turn, working)
            before = working
            if before.done():  # the next has nothing to run beside: its turn comes when this one is told
                yield await before
                before = None
        if before is not None:
            yield await before
    finally:
        left = {each for each in (before, working) if each is not None}
        for each in left:
            each.cancel()
        if left:
            await asyncio.wait(left)
        for each in left:
            if not each.cancelled():
                each.exception()  # asked for, or asyncio complains of it on standard error


async def _half_done(turn: Turn, working: asyncio.Future[T]) -> None:
    waiting = asyncio.ensure_future(turn.half_done.wait())
    try:
        either: set[asyncio.Future[Any]] = {waiting, working}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
