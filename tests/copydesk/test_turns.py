"""Batches that follow each other: the next begins when the one before is half done, two at once, in order."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing

import pytest

from copydesk.turns import in_turns, own_turn


class Works:
    """Works that are half done and end when they are told to; what happened, in order."""

    def __init__(self, count: int) -> None:
        self.told: list[str] = []
        self.half = [asyncio.Event() for _ in range(count)]
        self.end = [asyncio.Event() for _ in range(count)]
        self.wrong: dict[int, Exception] = {}

    def all(self):
        return (self._one(number) for number in range(len(self.end)))

    def _one(self, number: int):
        self.told.append(f"asked for {number}")

        async def work() -> int:
            turn = own_turn()
            self.told.append(f"begun {number} as {turn.number}")
            try:
                await self.half[number].wait()
                turn.half_done.set()
                await self.end[number].wait()
                if number in self.wrong:
                    raise self.wrong[number]
            except asyncio.CancelledError:
                self.told.append(f"cancelled {number}")
                raise
            return number

        return work

    async def settle(self, *events: asyncio.Event) -> list[str]:
        """What happened since, once nothing more does."""
        for event in events:
            event.set()
        for _ in range(20):
            await asyncio.sleep(0)
        told, self.told = self.told, []
        return told


async def collect(works: Works, answers: list[int]) -> None:
    async with aclosing(in_turns(works.all())) as turns:
        async for answer in turns:
            answers.append(answer)


async def test_the_next_begins_once_the_one_before_is_half_done_and_no_third_beside_the_two():
    works, answers = Works(3), []
    collecting = asyncio.ensure_future(collect(works, answers))
    assert await works.settle() == ["asked for 0", "begun 0 as 0"]
    assert await works.settle(works.half[0]) == ["asked for 1", "begun 1 as 1"]
    assert await works.settle(works.half[1]) == []  # the first is still at work
    assert await works.settle(works.end[0]) == ["asked for 2", "begun 2 as 2"]
    assert answers == [0]
    await works.settle(*works.half, *works.end)
    await collecting
    assert answers == [0, 1, 2]


async def test_what_ends_early_is_answered_in_its_turn():
    works, answers = Works(2), []
    collecting = asyncio.ensure_future(collect(works, answers))
    await works.settle(works.half[0])
    await works.settle(works.half[1], works.end[1])
    assert answers == []
    await works.settle(works.end[0])
    await collecting
    assert answers == [0, 1]


async def test_one_that_ends_before_it_says_half_holds_up_nobody():
    async def answer(number: int) -> int:
        return number

    turns = in_turns(lambda number=number: answer(number) for number in range(4))
    assert [number async for number in turns] == [0, 1, 2, 3]


async def test_a_work_that_fails_ends_the_other_before_it_is_told():
    works, answers = Works(3), []
    works.wrong[0] = ValueError("broken")
    collecting = asyncio.ensure_future(collect(works, answers))
    await works.settle(works.half[0])
    told = await works.settle(works.end[0])
    with pytest.raises(ValueError, match="broken"):
        await collecting
    assert told == ["cancelled 1"]
    assert answers == []


async def test_cancelling_ends_both():
    works, answers = Works(3), []
    collecting = asyncio.ensure_future(collect(works, answers))
    await works.settle(works.half[0], works.half[1])
    collecting.cancel()
    assert sorted(await works.settle()) == ["cancelled 0", "cancelled 1"]
    with pytest.raises(asyncio.CancelledError):
        await collecting


async def test_whoever_has_had_enough_leaves_nothing_at_work():
    works = Works(3)
    works.half[0].set()
    asyncio.get_running_loop().call_later(0.05, works.end[0].set)
    async with aclosing(in_turns(works.all())) as turns:
        async for answer in turns:
            assert answer == 0
            assert (await works.settle())[-1] == "begun 1 as 1"
            break
    assert await works.settle() == ["cancelled 1"]


async def test_code_outside_of_turns_has_the_first_turn_for_itself():
    first, second = own_turn(), own_turn()
    assert (first.number, second.number) == (0, 0)
    first.half_done.set()
    assert not second.half_done.is_set()


async def test_one_that_was_never_half_done_is_answered_before_the_next_begins():
    works = Works(2)

    async def first() -> int:
        return 0

    def all_works():
        yield first
        works.told.append("asked for the second")
        yield works._one(1)

    async with aclosing(in_turns(all_works())) as turns:
        assert await anext(turns) == 0
        assert works.told == []
        works.half[1].set()
        works.end[1].set()
        assert await anext(turns) == 1
    assert works.told == ["asked for the second", "asked for 1", "begun 1 as 1"]


async def test_what_the_other_fails_with_is_no_complaint_of_the_event_loop(caplog):
    stop = asyncio.Event()

    async def work() -> None:
        own_turn().half_done.set()
        await stop.wait()
        raise ValueError("stopped")

    async def collect_all() -> None:
        async for _ in in_turns([work, work]):
            pass

    collecting = asyncio.ensure_future(collect_all())
    for _ in range(10):
        await asyncio.sleep(0)
    stop.set()
    with pytest.raises(ValueError, match="stopped"):
        await collecting
    gc.collect()
    assert "never retrieved" not in caplog.text
