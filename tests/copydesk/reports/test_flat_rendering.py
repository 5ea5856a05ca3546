"""Rendering takes as much memory for many posts as for few: no format keeps the posts, or its own text."""

from __future__ import annotations

import tracemalloc
import weakref
from collections.abc import Sequence
from dataclasses import replace

import pytest

from copydesk.report import Finding, Penalty, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import FORMATS, Material, markdown, pieces, renderer
from copydesk.reports.pieces import Spool, encoded

FEW, MANY = 50, 1_500
BYTES_A_POST = 500  # more than the place in the order of a page takes, less than half of what any format writes


class _Review(PostReview):
    __slots__ = ("__weakref__",)


class _Made(Sequence[PostReview]):
    """Reviews that are made when they are asked for."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index):
        if not -self.count <= index < self.count:
            raise IndexError(index)
        return _review(index % self.count)


class _Counted(_Made):
    """Counts those that somebody holds."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.held, self.most = 0, 0
        self._references: list[weakref.ref[PostReview]] = []

    def __getitem__(self, index):
        review = super().__getitem__(index)
        self.held += 1
        self.most = max(self.most, self.held)
        self._references.append(weakref.ref(review, self._let_go))
        return review

    def _let_go(self, reference: weakref.ref[PostReview]) -> None:
        self.held -= 1


def _review(number: int) -> PostReview:
    finding = Finding(
        check=f"style.rule{number % 5}",
        severity=list(Severity)[number % 3],
        message="Something is wrong here. " * 12,
        match="recieve",
        end_column=8,
        suggestions=("receive",),
    )
    return _Review(
        path=f"posts/{number:05}.md",
        content_hash="a" * 64,
        verdict=list(Verdict)[number % 4],
        score=number % 100,
        score_breakdown=(Penalty(category="style", points=3, cap=20, findings=3, reason="3 findings"),),
        incomplete=("links",) if number % 4 == 3 else (),
        findings=(
            *(replace(finding, line=line, end_line=line) for line in (3, 5, 7)),
            replace(finding, suppressed=True, suppression="text"),
        ),
    )


def _report(posts: Sequence[PostReview]) -> ReviewReport:
    return ReviewReport(verdict=Verdict.INCOMPLETE, posts=posts)


@pytest.mark.parametrize("name", FORMATS)
def test_few_reviews_are_held_at_a_time(name: str) -> None:
    posts = _Counted(300)
    for _ in renderer(name)(_report(posts), Material()):
        pass
    # A loop has the one before while it makes the next. The worst posts of a table are known only after the last.
    most = 3 + (markdown._TABLE_ROWS if name == "markdown" else 0)
    assert 0 < posts.most <= most
    assert posts.held == 0


@pytest.mark.parametrize("name", FORMATS)
def test_many_posts_take_the_memory_of_few(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_IN_MEMORY", 100_000)  # both take it up

    def peak(count: int) -> tuple[int, int]:
        report = _report(_Made(count))
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        size = sum(map(len, encoded(renderer(name)(report, Material()))))
        return tracemalloc.get_traced_memory()[1] - before, size

    tracemalloc.start()
    try:
        peak(FEW)  # what is loaded and compiled once
        few, _ = peak(FEW)
        many, size = peak(MANY)
    finally:
        tracemalloc.stop()
    assert many - few < BYTES_A_POST * (MANY - FEW)
    if name not in ("markdown", "github"):  # those leave out what is too much
        assert size > 2 * BYTES_A_POST * MANY


def test_pieces_are_joined_to_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_BLOCK", 10)
    blocks = encoded(["four", "é\ud800", "", "eleven", "o", "é" * 30, "x"])
    texts = [block.decode("utf-8", "surrogatepass") for block in blocks]
    assert texts == ["fouré\ud800eleven", "o" + "é" * 30, "x"]


@pytest.mark.parametrize("in_memory", [10, 1_000_000])
def test_a_spooled_text_comes_back_whole_and_again(monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    monkeypatch.setattr(pieces, "_IN_MEMORY", in_memory)
    monkeypatch.setattr(pieces, "_BLOCK", 7)  # characters of more than one byte are cut
    text = "é€𝄞\ud800\r\n\n" * 50
    spool = Spool(iter(text))
    assert "".join(spool.text()) == text
    assert "".join(spool.text()) == text
    assert len(b"".join(spool.data())) == spool.size
    spool.close()
    with pytest.raises(ValueError, match="closed"):
        next(spool.data())
