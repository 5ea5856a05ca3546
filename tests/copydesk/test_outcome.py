"""The table of outcomes: verdict, state of the run, Prefect's state, exit code."""

from __future__ import annotations

import pytest

from copydesk.outcome import completed, exit_code, mean_score, summary
from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.states import RunState

A, C, R, I = Verdict.APPROVE, Verdict.CHANGES_REQUESTED, Verdict.REJECT, Verdict.INCOMPLETE  # noqa: E741


def review(verdict, score=90.0, *findings):
    return PostReview(path=f"{verdict}.md", content_hash="", verdict=verdict, score=score, findings=findings)


def report(verdict, *findings):
    return ReviewReport(verdict=verdict, posts=(review(verdict, 90.0, *findings),))


def finding(severity, suppressed=False):
    return Finding(check="seo.x", severity=severity, message="m", suppressed=suppressed)


@pytest.mark.parametrize(
    ("verdicts", "verdict", "name", "gate", "code"),
    [
        ([A, A], A, None, True, 0),
        ([A, C], C, "ChangesRequested", False, 1),
        ([C, R, A], R, "Rejected", False, 1),
        ([R, I, A], I, "Incomplete", False, 3),
    ],
)
def test_the_worst_post_decides(verdicts, verdict, name, gate, code):
    end = completed([review(v) for v in verdicts])
    assert (end.state, end.verdict, end.name, end.passes_gate) == (RunState.COMPLETED, verdict, name, gate)
    assert exit_code(ReviewReport(verdict=verdict), None) == code


@pytest.mark.parametrize("verdict", [A, C, R, I])
@pytest.mark.parametrize("state", ["failed", "cancelled", "lost"])
@pytest.mark.parametrize("fail_on", [None, "never", "error"])
def test_a_run_that_did_not_complete_is_three(verdict, state, fail_on):
    assert exit_code(report(verdict), fail_on, state=state) == 3


@pytest.mark.parametrize(("signal", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 3)])
def test_a_signal_says_so_whatever_was_found(signal, code):
    assert exit_code(report(A), "never", state="cancelled", signal=signal) == code


@pytest.mark.parametrize(
    ("fail_on", "found", "code"),
    [
        ("error", Severity.ERROR, 1),
        ("error", Severity.WARNING, 0),
        ("warning", Severity.ERROR, 1),
        ("warning", Severity.WARNING, 1),
        ("warning", Severity.SUGGESTION, 0),
        ("suggestion", Severity.SUGGESTION, 1),
        ("never", Severity.ERROR, 0),
    ],
)
@pytest.mark.parametrize("verdict", [A, C, R])
def test_fail_on_takes_the_place_of_the_verdict(fail_on, found, code, verdict):
    assert exit_code(report(verdict, finding(found)), fail_on) == code


def test_fail_on_passes_over_what_is_suppressed():
    assert exit_code(report(A, finding(Severity.ERROR, suppressed=True)), "suggestion") == 0


@pytest.mark.parametrize("fail_on", ["error", "warning", "suggestion", "never"])
def test_incomplete_is_never_measured_away(fail_on):
    assert exit_code(report(I), fail_on) == 3


def test_the_summary_counts_verdicts_from_best_to_worst():
    assert summary([review(A, 100), review(A, 90), review(C, 50)]) == (
        "3 posts: 2 approved, 1 changes requested; mean score 80.0"
    )
    assert summary([review(I, 10)]) == "1 post: 1 incomplete; mean score 10.0"
    assert mean_score([]) == 0.0
