"""The shelf: values by path, in memory while they are few, in a file that nobody else sees when they are many."""

from __future__ import annotations

import gc
import math
import resource
import tempfile
import threading
import tracemalloc
import warnings
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from copydesk.plain_review import review_of
from copydesk.report import Finding, PostReview, Severity, Verdict
from copydesk.session import report_of
from copydesk.shelf import Shelf
from tests.copydesk.reports.sample_reports import make_hostile_report, make_report

SMALL, LARGE = 0, 1_000_000  # values in memory: everything lies on disk, or nothing


def shelf_of(*paths: str, in_memory: int = LARGE) -> Shelf[str]:
    shelf: Shelf[str] = Shelf(in_memory=in_memory)
    for path in paths:
        shelf.put(path, f"text of {path}")
    return shelf


def files_of_this_process() -> set[str]:
    return {str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()}


@pytest.mark.parametrize("in_memory", [SMALL, LARGE])
def test_values_come_in_the_order_of_their_paths(in_memory: int) -> None:
    shelf = shelf_of("c", "a", "B", "ä", "a/b", in_memory=in_memory)
    assert list(shelf) == ["B", "a", "a/b", "c", "ä"]
    assert list(shelf.in_order()) == [f"text of {path}" for path in sorted(shelf)]
    assert list(shelf.values()) == list(shelf.in_order())
    assert list(shelf.in_order(["c", "B", "c", "none"])) == ["text of B", "text of c"]
    assert (len(shelf), shelf["c"], "c" in shelf, "none" in shelf) == (5, "text of c", True, False)
    assert shelf.get("none") is None


@pytest.mark.parametrize("in_memory", [SMALL, LARGE])
def test_a_later_value_takes_the_place_of_the_earlier(in_memory: int) -> None:
    shelf = shelf_of("a", "b", in_memory=in_memory)
    before = shelf.in_order()
    shelf.put("a", "a much longer text than the one before")
    shelf.put("c", "new")
    assert list(shelf.in_order()) == ["a much longer text than the one before", "text of b", "new"]
    assert list(before) == ["text of a", "text of b"]  # a report stays what it was


@pytest.mark.parametrize("in_memory", [SMALL, LARGE])
def test_its_values_are_a_sequence(in_memory: int) -> None:
    row = shelf_of(*"dbcae", in_memory=in_memory).in_order()
    assert isinstance(row, Sequence)
    assert (len(row), row[0], row[-1]) == (5, "text of a", "text of e")
    assert isinstance(row[1:], Sequence)
    assert list(row[1:3]) == ["text of b", "text of c"]
    assert list(row[::-2]) == ["text of e", "text of c", "text of a"]
    assert not row[5:]
    assert ("text of c" in row, row.index("text of c")) == (True, 2)
    with pytest.raises(IndexError):
        row[5]


@pytest.mark.parametrize("in_memory", [SMALL, LARGE])
def test_rows_are_equal_to_sequences_of_the_same_values(in_memory: int) -> None:
    row = shelf_of("a", "b", in_memory=in_memory).in_order()
    assert row == shelf_of("b", "a").in_order()
    assert row == ("text of a", "text of b")
    assert row != shelf_of("a").in_order()
    assert row != ("text of a", "text of c")
    assert row != 2


def test_few_values_are_not_made_anew() -> None:
    shelf: Shelf[list[int]] = Shelf(in_memory=2)
    first, second = [1], [2]
    shelf.put("a", first)
    shelf.put("b", second)
    assert shelf["a"] is first
    row = shelf.in_order()
    shelf.put("c", [3])  # now all of them lie in the file
    assert shelf["a"] == first
    assert shelf["a"] is not first
    assert row[1] is second
    assert list(shelf.in_order()) == [[1], [2], [3]]


def test_what_cannot_be_kept_leaves_the_shelf_as_it_was() -> None:
    shelf: Shelf[object] = Shelf(in_memory=SMALL)
    shelf.put("a", 1)
    with pytest.raises(TypeError):
        shelf.put("a", threading.Lock())
    assert dict(shelf) == {"a": 1}
    with pytest.raises(KeyError):
        shelf["b"]


def test_few_values_touch_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert list(shelf_of("a", "b").in_order()) == ["text of a", "text of b"]


def test_without_room_for_a_file_all_stays_in_memory(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert list(shelf_of("a", "b", in_memory=SMALL).in_order()) == ["text of a", "text of b"]
    assert caplog.messages == ["the folder for temporary files takes no more: No such file or directory"]


def test_a_disk_that_is_full_costs_no_value(caplog: pytest.LogCaptureFixture) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (30, limits[1]))
        shelf = shelf_of("a", "b", "c", "d", in_memory=SMALL)
        assert list(shelf.in_order()) == [f"text of {path}" for path in "abcd"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caplog.messages == ["the folder for temporary files takes no more: File too large"]


def test_the_file_has_no_name_and_goes_with_the_last_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shelf = shelf_of("a", in_memory=SMALL)
    assert [*tmp_path.iterdir()] == []
    row, gone = shelf.in_order(), weakref.ref(shelf)
    del shelf
    assert list(row) == ["text of a"]
    opened = [name for name in files_of_this_process() if name.startswith(str(tmp_path))]
    assert len(opened) == 1
    gc.collect()  # what others left open
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        del row
        gc.collect()
    assert gone() is None
    assert [str(warning.message) for warning in said] == []  # an unclosed file would be told
    assert not [name for name in files_of_this_process() if name.startswith(str(tmp_path))]


def test_threads_read_and_write_side_by_side() -> None:
    shelf: Shelf[str] = Shelf(in_memory=SMALL)
    names = [f"{number:03}" for number in range(200)]
    wrong: list[str] = []

    def write(part: int) -> None:
        for name in names[part::2]:
            shelf.put(name, name * 500)

    def read() -> None:
        for _ in range(10):
            wrong.extend(value[:3] for value in shelf.in_order() if value != value[:3] * 500)

    threads = [threading.Thread(target=write, args=(part,)) for part in (0, 1)]
    threads += [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, len(shelf)) == ([], 200)
    assert [value[:3] for value in shelf.in_order()] == names


def review(number: int) -> PostReview:
    found = (
        Finding(check="style.passive", severity=Severity.WARNING, message=f"“{number}” is too much. " * 9, line=line)
        for line in range(3)
    )
    return PostReview(
        path=f"posts/{number:05}.md",
        content_hash=f"{number:064x}",
        verdict=Verdict.REJECT if number == 7 else Verdict.APPROVE,
        score=90.5,
        measures={"words": 120.0},
        findings=tuple(found),
    )


def test_the_reviews_of_many_posts_take_hardly_any_memory() -> None:
    count = 4_000
    tracemalloc.start()
    try:
        shelf: Shelf[PostReview] = Shelf(review_of, in_memory=10)
        for number in reversed(range(count)):
            shelf.put(f"posts/{number:05}.md", review(number))
        report = report_of(None, shelf.in_order())
        assert report.verdict is Verdict.REJECT
        assert sum(len(post.findings) for post in report.posts) == 3 * count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 500 * count  # a path and a place each; as objects they take four times that
    assert report.posts[7] == review(7)


@pytest.mark.parametrize("in_memory", [SMALL, LARGE])
def test_a_review_comes_back_as_it_was(in_memory: int) -> None:
    shelf: Shelf[PostReview] = Shelf(review_of, in_memory=in_memory)
    odd = replace(
        review(3), path="\ud800\udc00\udcff", score=0.1 + 0.2, measures={"a": math.inf, "b": 10**30, "c": -0.0},
        incomplete=("links",), skipped={"seo": "none"}, fixed=2, type="news", verdict_reasons=("one", "two"),
    )  # fmt: skip
    given = {post.path: post for post in (odd, *make_report().posts, *make_hostile_report().posts)}
    for path, post in given.items():
        shelf.put(path, post)
    for path, post in given.items():
        assert repr(shelf[path]) == repr(post)  # 1 is not 1.0
        assert shelf[path] == post
