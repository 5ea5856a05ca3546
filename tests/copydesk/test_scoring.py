"""From findings to a score with its reasons and a verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.report import Finding, Severity, StepResult, StepStatus, Verdict
from copydesk.scoring import CAPS, REJECTING, review_post, settle
from copydesk.workflow import Checks, VerdictRules, WorkflowConfig

E, W, S = Severity.ERROR, Severity.WARNING, Severity.SUGGESTION


def finding(check="links.x", severity=W, line=1, match="word", message="m", column=1, **more):
    more.setdefault("end_column", column + len(match))
    return Finding(
        check=check, severity=severity, message=message, line=line, column=column, end_line=line, match=match, **more
    )


def review(*findings, words=500.0, config=None, **results):
    load = StepResult(measures={"words": words}, outputs={"language": "en"})
    steps = {"load": load}
    for found in findings:
        before = steps.get(found.step, StepResult())
        steps[found.step] = replace(before, findings=(*before.findings, found))
    return review_post("p.md", "hash", steps | results, config or WorkflowConfig())


def points(result):
    return {p.category: p.points for p in result.score_breakdown}


def many(count, severity, check="links.x"):
    return [finding(check, severity, line=n, match=f"w{n}", column=len(check)) for n in range(1, count + 1)]


def test_nothing_found_is_a_hundred_and_an_approval():
    result = review()
    assert (result.score, result.verdict, result.score_breakdown, result.verdict_reasons) == (
        100.0,
        Verdict.APPROVE,
        (),
        (),
    )
    assert (result.language, result.measures) == ("en", {"words": 500.0})


def test_an_error_costs_its_points_however_long_the_post_is():
    assert points(review(*many(1, E))) == points(review(*many(1, E), words=5000)) == {"links": 12.0}


def test_warnings_and_suggestions_count_for_their_density():
    assert points(review(*many(2, W))) == {"links": 6.0}
    assert points(review(*many(2, W), words=1000)) == {"links": 3.0}
    assert points(review(*many(4, S))) == {"links": 2.0}
    # A short post is not worse for being short.
    assert points(review(*many(2, W), words=20)) == {"links": 6.0}


@pytest.mark.parametrize("step", [*CAPS, "house_style"])
def test_no_category_costs_more_than_its_cap(step):
    result = review(*many(60, E, f"{step}.x"))
    [penalty] = result.score_breakdown
    assert penalty.points == penalty.cap == CAPS.get(step, 20.0)
    assert penalty.findings == 60
    assert penalty.reason == "60 errors in 500 words, capped"


def test_suggestions_alone_never_cost_the_verdict_of_a_category():
    assert points(review(*many(500, S))) == {"links": 6.0}
    assert review(*many(500, S)).verdict is Verdict.APPROVE


def test_the_breakdown_adds_up_to_the_score_and_says_why():
    result = review(*many(1, E), *many(2, W, "seo.x"), *many(1, S, "spelling.x"))
    assert result.score == round(100 - sum(p.points for p in result.score_breakdown), 1)
    assert [p.reason for p in result.score_breakdown] == [
        "1 error in 500 words",
        "2 warnings in 500 words",
        "1 suggestion in 500 words",
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from([E, W, S]), st.sampled_from([*CAPS, "own"]), st.integers(1, 9)),
        max_size=40,
    ),
    st.floats(0, 1e5),
)
def test_a_score_is_between_nought_and_a_hundred_and_more_findings_are_never_better(found, words):
    findings = [finding(f"{step}.x", s, line=n, match=f"w{n}") for n, (s, step, _) in enumerate(found, 1)]
    scores = [review(*findings[:count], words=words).score for count in range(len(findings) + 1)]
    assert all(0 <= score <= 100 for score in scores)
    assert scores == sorted(scores, reverse=True)


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_an_error_requests_changes_whatever_the_score():
    result = review(*many(1, E))
    assert (result.score, result.verdict, result.verdict_reasons) == (88.0, Verdict.CHANGES_REQUESTED, ("1 error",))


def test_a_low_score_requests_changes_and_the_team_sets_how_low():
    findings = [*many(9, W), *many(9, W, "grammar.x")]
    result = review(*findings)
    assert result.verdict is Verdict.CHANGES_REQUESTED
    assert result.verdict_reasons == (f"the score {result.score:g} is below 80",)
    lenient = WorkflowConfig(verdict=VerdictRules(approve_at=30))
    assert review(*findings, config=lenient).verdict is Verdict.APPROVE


@pytest.mark.parametrize("check", sorted(REJECTING))
def test_what_cannot_be_published_is_rejected(check):
    result = review(finding(check, E))
    assert result.verdict is Verdict.REJECT
    assert f"{check} rejects a post" in result.verdict_reasons
    # The team has the last word on what an error is.
    softer = WorkflowConfig(checks=Checks(severity={check: "warning"}))
    assert review(finding(check, E), config=softer).verdict is Verdict.APPROVE


@pytest.mark.parametrize("status", [StepStatus.FAILED, StepStatus.TIMED_OUT])
def test_a_step_that_could_not_finish_is_never_an_approval(status):
    result = review(grammar=StepResult(status=status, reason="it crashed"))
    assert (result.verdict, result.incomplete) == (Verdict.INCOMPLETE, ("grammar",))
    assert result.verdict_reasons == ("grammar could not finish",)
    # Not even when the team silences the finding that says so.
    silent = WorkflowConfig(checks=Checks(severity={"grammar.failed": "off"}), verdict=VerdictRules(approve_at=0))
    assert review(grammar=StepResult(status=status), config=silent).verdict is Verdict.INCOMPLETE


def test_incomplete_goes_before_reject():
    result = review(finding("load.empty_body", E), grammar=StepResult(status=StepStatus.FAILED))
    assert result.verdict is Verdict.INCOMPLETE


def test_a_step_that_does_not_apply_is_named_and_costs_nothing():
    result = review(grammar=StepResult(status=StepStatus.SKIPPED, reason="the post is in Japanese"))
    assert (result.verdict, result.skipped) == (Verdict.APPROVE, {"grammar": "the post is in Japanese"})


def test_what_is_suppressed_counts_for_nothing_but_stays():
    result = review(finding("load.empty_body", E, suppressed=True))
    assert (result.score, result.verdict, len(result.findings)) == (100.0, Verdict.APPROVE, 1)


# --- what counts ------------------------------------------------------------------------------------------------------


def test_the_team_changes_severities_and_silences_checks():
    found = [finding("links.x"), finding("links.y", line=2), finding("links.z", line=3)]
    kept = settle(found, {"links.x": "error", "links.y": "off"})
    assert [(f.check, f.severity) for f in kept] == [("links.x", E), ("links.z", W)]


def test_a_check_that_is_off_by_default_can_be_switched_on():
    found = [finding("links.x")]
    assert settle(found, {}, frozenset({"links.x"})) == ()
    assert [f.severity for f in settle(found, {"links.x": "suggestion"}, frozenset({"links.x"}))] == [S]


def test_two_steps_that_mean_the_same_words_are_heard_once_the_more_severe_first():
    [kept] = settle([finding("spelling.x", W), finding("grammar.y", E)], {})
    assert kept.check == "grammar.y"


def test_one_step_may_say_two_things_of_the_same_words():
    assert len(settle([finding("links.x"), finding("links.y")], {})) == 2


def test_the_same_finding_twice_is_one():
    assert len(settle([finding(), finding()], {})) == 1


def test_findings_about_the_whole_post_are_not_doubles_of_each_other():
    whole = [finding("seo.x", match="", end_column=1), finding("links.y", match="", end_column=1)]
    assert len(settle(whole, {})) == 2


def test_findings_are_ordered_by_place():
    found = [finding(line=3, match="c"), finding(line=1, column=9, match="b"), finding(line=1, column=2, match="a")]
    assert [f.match for f in settle(found, {})] == ["a", "b", "c"]


def test_fingerprints_stay_when_lines_move_and_when_blanks_change():
    before = settle([finding(line=4), finding("seo.y", line=9, match="two words")], {})
    after = settle([finding(line=40), finding("seo.y", line=90, match="two\n  words")], {})
    assert [f.fingerprint for f in before] == [f.fingerprint for f in after]
    assert len({f.fingerprint for f in before}) == 2


def test_the_same_words_at_several_places_have_fingerprints_of_their_own():
    found = settle([finding(line=n) for n in (1, 5, 9)], {})
    assert len({f.fingerprint for f in found}) == 3


@given(st.permutations(many(3, W) + many(3, E, "seo.y") + many(2, S, "style.z")))
def test_the_order_of_the_steps_changes_nothing(found):
    assert settle(found, {}) == settle(sorted(found, key=lambda f: f.check), {})


def test_odd_texts_have_fingerprints_too():
    assert settle([finding(match="\ud800\0")], {})[0].fingerprint
