"""The memory of child processes over many reviews: what a child keeps of the posts it has met is bounded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from copydesk.direct import review_directly
from copydesk.plan import make_plan
from copydesk.sandbox import close_shared_pool
from copydesk.session import open_session
from copydesk.settings import settings
from copydesk.workflow import parse_workflow
from tests.faults.conftest import LONG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]

REVIEWS = 500 if LONG else 200
POSTS = 4  # a review; two children have met as many posts as they keep after 112 of them
FULL = 120
WORDS = ("ferry", "harbour", "pilot", "tide", "lamp", "rope", "engine", "storm", "waits", "leaves", "breaks", "early")


def _write(folder: Path, chance: random.Random) -> None:
    for number in range(POSTS):
        sentences = (
            f"The {one} of the {two} is in the {three} and it {four} to the {five} when the {six} {seven}."
            for one, two, three, four, five, six, seven in (chance.choices(WORDS, k=7) for _ in range(80))
        )
        (folder / f"{number}.md").write_text(f"---\ntitle: Log\n---\n\n# The log\n\n{' '.join(sentences)}\n")


def _megabytes(processes: list[psutil.Process]) -> float:
    return sum(process.memory_full_info().uss for process in processes) / 1e6


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """For posts; reviews have two children that have met nothing, and a cache of their own."""
    monkeypatch.setenv("COPYDESK_CHILDREN", "2")
    monkeypatch.setenv("COPYDESK_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    close_shared_pool()
    (tmp_path / "posts").mkdir()
    yield tmp_path / "posts"
    close_shared_pool()
    settings.cache_clear()


def test_the_children_of_many_reviews_keep_their_size(folder: Path, tell: Any) -> None:
    """However many reviews a process does, its children stay as large as they are once they know 224 posts each."""
    plan = make_plan(parse_workflow("workflow:\n  name: log\n"))
    chance = random.Random(5)
    sizes: dict[int, float] = {}
    children: set[int] = set()
    others = {process.pid for process in psutil.Process().children(recursive=True)}  # servers of other tests
    for number in range(1, REVIEWS + 1):
        _write(folder, chance)
        with open_session(monitored=False) as session:
            report = asyncio.run(review_directly(session, plan, [str(folder)]))
        assert [post.skipped for post in report.posts] == [{}] * POSTS  # every step has something to say of English
        if number in (FULL, REVIEWS):
            ours = [process for process in psutil.Process().children(recursive=True) if process.pid not in others]
            children |= {process.pid for process in ours}
            sizes[number] = _megabytes(ours)
    # Two children, what they are forked from and what waits for that one's end.
    assert len(children) == 4, "the same processes all the time"
    # Without a bound on the posts that a child keeps it was 16 MB after 30 reviews more.
    assert sizes[REVIEWS] < sizes[FULL] + 10
    tell(reviews=REVIEWS, **{f"megabytes_after_{number}": round(size) for number, size in sizes.items()})
