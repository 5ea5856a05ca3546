"""A review from plain values, as JSON gives them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from copydesk.report import Finding, Penalty, PostReview, Severity, Verdict


def review_of(values: Mapping[str, Any]) -> PostReview:
    """The review whose fields these are: equal to the one that they come from, down to whole and broken numbers.

    The values are our own; raises TypeError, KeyError or ValueError for others.
    """
    return PostReview(
        **{
            **values,
            "verdict": Verdict(values["verdict"]),
            "score_breakdown": tuple(Penalty(**penalty) for penalty in values["score_breakdown"]),
            "verdict_reasons": tuple(values["verdict_reasons"]),
            "incomplete": tuple(values["incomplete"]),
            "findings": tuple(map(_finding, values["findings"])),
        }
    )


def _finding(values: Mapping[str, Any]) -> Finding:
    return Finding(**{**values, "severity": Severity(values["severity"]), "suggestions": tuple(values["suggestions"])})
