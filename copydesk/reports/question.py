"""What an editor reads before deciding: the verdict of the findings, their counts and the worst of them."""

from __future__ import annotations

import os

from copydesk.approval import Question
from copydesk.report import Finding, PostReview, ReviewReport, Severity
from copydesk.reports.markdown import code, inline
from copydesk.reports.wording import (
    SEVERITY_MARKS,
    VERDICT_MARKS,
    VERDICTS,
    number,
    open_findings,
    plural,
    report_summary,
    severity_summary,
)

WORST = 10  # findings in the form: it is a small box
POSTS = 10
_LONGEST_PATH = 50


def question_markdown(question: Question) -> str:
    """The description in Prefect's form. Nothing from a post is markup in it."""
    report = ReviewReport(verdict=question.verdict, posts=question.reviews)
    found = [finding for review in question.reviews for finding in open_findings(review)]
    lines = [
        f"### {VERDICT_MARKS[question.verdict]} The findings say: {VERDICTS[question.verdict]}",
        "",
        f"{inline(report_summary(report))} {severity_summary(found).capitalize()}.",
        "",
    ]
    # Lists, since the form is narrow: a table would hide what stands to the right of a path.
    folder = _folder(question)
    worst_first = sorted(question.reviews, key=lambda r: (-r.verdict.rank, r.score, r.path))
    lines += [
        f"- {code(_short(review.path, folder))}: {VERDICTS[review.verdict]}, {number(review.score)}, "
        f"{severity_summary(open_findings(review))}"
        for review in worst_first[:POSTS]
    ]
    if (more := len(worst_first) - POSTS) > 0:
        lines += ["", f"… and {plural(more, 'post')} more."]
    shown = worst_findings(question)
    if shown:
        lines += ["", "The worst:", ""]
        lines += [
            f"- {SEVERITY_MARKS[finding.severity]} {finding.severity.value} "
            f"{code(f'{_short(review.path, folder)}:{finding.line}')} {inline(finding.message[:200])}"
            for review, finding in shown
        ]
        if (more := len(found) - len(shown)) > 0:
            lines += ["", f"… and {plural(more, 'finding')} more, on the run's page under Artifacts."]
    return "\n".join(lines) + "\n"


def worst_findings(question: Question) -> list[tuple[PostReview, Finding]]:
    """The gravest findings of all posts, errors first, then by post and place."""
    order = list(Severity)
    found = [(review, finding) for review in question.reviews for finding in open_findings(review)]
    return sorted(found, key=lambda pair: (-order.index(pair[1].severity), pair[0].path, pair[1].line))[:WORST]


def _folder(question: Question) -> str:
    """What the paths of all posts begin with, up to a slash."""
    try:
        common = os.path.commonpath([review.path.rpartition("/")[0] for review in question.reviews])
    except ValueError:  # some begin at the root and others do not
        return ""
    return f"{common}/" if common else ""


def _short(path: str, folder: str) -> str:
    path = path.removeprefix(folder)
    return path if len(path) <= _LONGEST_PATH else f"…{path[1 - _LONGEST_PATH :]}"
