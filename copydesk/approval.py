"""A human decision on a run: the step `approval`, and what a decision makes of the reviews of its posts.

The step comes after all others and before the final review: whoever decides sees all findings that there are. The
decision is about the posts as they were then: it carries a digest of them, and where they have changed since, it is
asked for again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from copydesk.report import Decision, PostReview, Verdict, worst

STEP = "approval"
DESCRIPTION = "An editor decides."
ALLOWED_KEYS = ("name", "description", "depends_on", "priority", "enabled")  # in the workflow file

# On the command line, after what one does; in the form of Prefect and in every record, as verdicts are called.
CHOICES = {"approve": Verdict.APPROVE, "request_changes": Verdict.CHANGES_REQUESTED, "reject": Verdict.REJECT}
REASON_LIMIT = 2_000  # characters

NOBODY_TO_ASK = "left out: `copydesk check` asks nobody"
SWITCHED_OFF = "left out: this run was started without it"
NOTHING_TO_DECIDE = "left out: the review is incomplete, and nobody can approve that"
WAITS = "an editor has to decide"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an editor is asked: the reviews as the findings alone make them."""

    workflow: str
    reviews: tuple[PostReview, ...]

    @property
    def content(self) -> str:
        """A digest of the posts that the question is about."""
        parts = sorted(f"{review.path}\0{review.content_hash}" for review in self.reviews)
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]

    @property
    def verdict(self) -> Verdict:
        """What the findings alone say."""
        return worst([review.verdict for review in self.reviews])


@dataclass(frozen=True, kw_only=True)
class PlannedApproval:
    """The step as the workflow lists it."""

    description: str = DESCRIPTION
    depends_on: tuple[str, ...] = ()  # it comes after all steps anyway
    priority: str | None = None


def decided(review: PostReview, decision: Decision) -> PostReview:
    """The review under the decision: its verdict is the editor's, its score stays that of the findings."""
    said = f"an editor decided: {decision.verdict.value.replace('_', ' ')}"
    said += f" ({decision.reason})" if decision.reason else ""
    changed = review.verdict is not decision.verdict
    before = (f"the findings alone say: {review.verdict.value.replace('_', ' ')}",) if changed else ()
    return replace(review, verdict=decision.verdict, verdict_reasons=(said, *before, *review.verdict_reasons))


def undecided(review: PostReview) -> PostReview:
    """The review while the decision is missing: incomplete, never a silent approval."""
    return replace(
        review,
        verdict=Verdict.INCOMPLETE,
        incomplete=(*review.incomplete, STEP),
        verdict_reasons=(WAITS, *review.verdict_reasons),
    )


def left_out(review: PostReview, why: str) -> PostReview:
    """The review of a run that asked nobody: the findings decide, and the step is named as skipped."""
    return replace(review, skipped={**review.skipped, STEP: why})


def incomplete(reviews: Sequence[PostReview]) -> bool:
    """Whether a step could not finish for some post: there is nothing to decide then."""
    return any(review.verdict is Verdict.INCOMPLETE for review in reviews)
