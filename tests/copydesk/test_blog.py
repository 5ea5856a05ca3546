"""A blog as batches, and what their ends add up to."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from copydesk.blog import BatchPlan, BlogRequest, plan_batches
from copydesk.blog_progress import BatchEnd, BlogProgress
from copydesk.report import Finding, PostReview, Severity, Verdict
from copydesk.states import RunState
from copydesk.workflow import Priority


@given(
    count=st.integers(0, 60),
    changed=st.sets(st.integers(0, 59)),
    urgent=st.sets(st.integers(0, 59)),
    size=st.integers(1, 25),
)
def test_every_post_is_in_one_batch_and_what_matters_most_comes_first(
    count: int, changed: set[int], urgent: set[int], size: int
) -> None:
    files = [f"posts/{number}.md" for number in range(count)]
    request = BlogRequest(urgent=[f"**/{number}.md" for number in urgent], priority=Priority.LOW)
    batches = plan_batches(request, files, frozenset(f"posts/{n}.md" for n in changed), size)
    assert sorted(path for batch in batches for path in batch.paths) == sorted(files)
    assert all(1 <= len(batch.paths) <= size for batch in batches)
    for kind in ("urgent", "changed", "unchanged"):
        sizes = [len(batch.paths) for batch in batches if batch.kind == kind]
        assert len(sizes) == math.ceil(sum(sizes) / size), "no more batches than needed"
        assert max(sizes, default=0) - min(sizes, default=0) <= 1, "workers that share them end together"
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    kinds = ["urgent", "changed", "unchanged"]
    assert [kinds.index(batch.kind) for batch in batches] == sorted(kinds.index(batch.kind) for batch in batches)
    assert {batch.priority for batch in batches if batch.kind == "urgent"} <= {Priority.HIGH}
    assert {batch.priority for batch in batches if batch.kind != "urgent"} <= {Priority.LOW}


def test_urgent_posts_of_a_critical_run_stay_critical() -> None:
    request = BlogRequest(urgent=["**"], priority=Priority.CRITICAL)
    assert plan_batches(request, ["a.md"], frozenset(), 1)[0].priority is Priority.CRITICAL


def test_a_batch_of_no_posts_is_refused() -> None:
    with pytest.raises(ValidationError, match="batch_size"):
        BlogRequest(batch_size=0)


BATCHES = tuple(BatchPlan(number=n, paths=(f"{n}.md",), priority=Priority.LOW, kind="changed") for n in (1, 2))


def ended(number: int, state: str = "Completed", **more: object) -> BatchEnd:
    end = BatchEnd(
        batch=BATCHES[number - 1], run_id=f"run-{number}", state=state, completed=True, message="said",
        seconds=1.0, here=True, again=False,
    )  # fmt: skip
    return replace(end, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("states", "name", "verdict"),
    [
        (["Completed", "Completed"], None, Verdict.APPROVE),
        (["Completed", "ChangesRequested"], "ChangesRequested", Verdict.CHANGES_REQUESTED),
        (["Rejected", "ChangesRequested"], "Rejected", Verdict.REJECT),
        (["Rejected", "Incomplete"], "Incomplete", Verdict.INCOMPLETE),
        # Nothing is approved for a state that nobody knows.
        (["Completed", "Surprise"], "Incomplete", Verdict.INCOMPLETE),
    ],
)
def test_the_worst_batch_is_the_verdict(states: list[str], name: str | None, verdict: Verdict) -> None:
    progress = BlogProgress(BATCHES)
    for number, state in enumerate(states, start=1):
        progress.ended(ended(number, state))
    end = progress.end()
    assert (end.state, end.name, end.verdict) == (RunState.COMPLETED, name, verdict)


def test_a_batch_that_was_tried_again_counts_by_its_last_try() -> None:
    progress = BlogProgress(BATCHES)
    progress.ended(ended(1, "Crashed", completed=False, again=True))
    progress.ended(ended(2))
    assert progress.text() == "1 of 2 batches done, 1 tried again"
    progress.ended(ended(1))
    assert progress.end().verdict is Verdict.APPROVE
    assert progress.reviewed == 2


def test_a_batch_that_failed_for_good_fails_the_run_with_its_message() -> None:
    progress = BlogProgress(BATCHES)
    progress.ended(ended(1))
    progress.ended(ended(2, "Failed", completed=False, message="no room"))
    end = progress.end()
    assert (end.state, end.passes_gate) == (RunState.FAILED, False)
    assert "1 of 2 batches failed: no room" in end.message


def test_nothing_from_a_post_s_name_is_markup_in_the_summary() -> None:
    progress = BlogProgress(BATCHES)
    progress.ended(ended(1, "Rejected"))
    finding = Finding(check="structure.x", severity=Severity.ERROR, message="m")
    name = "a|b`<img src=x onerror=alert(1)>\n# c.md"
    review = PostReview(path=name, content_hash="0", verdict=Verdict.REJECT, score=10, findings=(finding,))
    assert progress.collect(None, [review]) == 10
    (row,) = [line for line in progress.page("<b>1 post</b>").splitlines() if "onerror" in line]
    assert row.startswith("| ``")
    assert row.count(" | ") == 3
    assert "<b>" not in progress.page("<b>1 post</b>")
