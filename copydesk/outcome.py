"""How a run ends: the table of verdicts, states and exit codes, in one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict, worst
from copydesk.states import RunState

OK, FINDINGS, BAD_USAGE, UNFINISHED, NO_ENGINE = 0, 1, 2, 3, 4
SIGNAL_CODES = {"SIGINT": 130, "SIGTERM": 143}
FAIL_ON = ("error", "warning", "suggestion", "never")

# What Prefect's state is called; an approval keeps Prefect's own name.
STATE_NAMES = {
    Verdict.CHANGES_REQUESTED: "ChangesRequested",
    Verdict.REJECT: "Rejected",
    Verdict.INCOMPLETE: "Incomplete",
}
WORDS = {
    Verdict.APPROVE: "approved",
    Verdict.CHANGES_REQUESTED: "changes requested",
    Verdict.REJECT: "rejected",
    Verdict.INCOMPLETE: "incomplete",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """The end of a run."""

    state: RunState
    message: str
    name: str | None = None  # of Prefect's state; None: Prefect's own
    verdict: Verdict | None = None

    @property
    def passes_gate(self) -> bool:
        """Whether a build may go on: every post was approved."""
        return self.state is RunState.COMPLETED and self.verdict is Verdict.APPROVE


def completed(reviews: Iterable[PostReview]) -> RunEnd:
    """The end of a run that reviewed all its posts."""
    counts, mean = _totals(reviews)
    verdict = worst(counts)
    return RunEnd(state=RunState.COMPLETED, message=_said(counts, mean), name=STATE_NAMES.get(verdict), verdict=verdict)


def summary(reviews: Iterable[PostReview]) -> str:
    """One line for people: `12 posts: 9 approved, 3 changes requested; mean score 91.4`."""
    return _said(*_totals(reviews))


def mean_score(reviews: Iterable[PostReview]) -> float:
    """The mean of the scores, 0 to 100; 0 for no post."""
    return _totals(reviews)[1]


def _totals(reviews: Iterable[PostReview]) -> tuple[Counter[Verdict], float]:
    """How many posts have which verdict, and their mean score, in one pass: each review may have to be loaded."""
    counts: Counter[Verdict] = Counter()
    score = 0.0
    for review in reviews:
        counts[review.verdict] += 1
        score += review.score
    return counts, round(score / counts.total(), 2) if counts else 0.0


def _said(counts: Counter[Verdict], mean: float) -> str:
    if not counts:
        return "no posts"
    parts = ", ".join(f"{counts[verdict]} {WORDS[verdict]}" for verdict in Verdict if counts[verdict])
    return f"{counts.total()} post{'s' if counts.total() != 1 else ''}: {parts}; mean score {mean:.1f}"


def exit_code(report: ReviewReport, fail_on: str | None, *, state: str = "completed", signal: str = "") -> int:
    """The exit code of `review` and `check`. `fail_on` (one of `FAIL_ON`) takes the verdict's place as the measure."""
    if signal:
        return SIGNAL_CODES.get(signal, UNFINISHED)
    if state != RunState.COMPLETED.value or report.verdict is Verdict.INCOMPLETE:
        return UNFINISHED
    if fail_on is None:
        return OK if report.verdict is Verdict.APPROVE else FINDINGS
    if fail_on == "never":
        return OK
    return FINDINGS if any(_counts(f, Severity(fail_on)) for post in report.posts for f in post.findings) else OK


def _counts(finding: Finding, least: Severity) -> bool:
    return not finding.suppressed and finding.severity.rank >= least.rank
