"""What a page says of all posts before it shows the first, from one pass over them that keeps none."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from copydesk.report import Finding, PostReview, Severity, Verdict

Place = tuple[int, float, str, int]  # how bad its verdict is, score, path, index in the report: the lowest comes first


@dataclass(slots=True, kw_only=True)
class CheckSurvey:
    """What one check found in all posts, without what is suppressed."""

    first: Place  # of its posts on the page
    finding: Finding  # the first one of that post
    severity: Severity  # the gravest
    findings: int = 0
    posts: int = 0


@dataclass(slots=True, kw_only=True)
class UnfinishedStep:
    """A step that could not finish for some posts."""

    first: tuple[Place, int]  # of them on the page, and where the step stands among those that the post names
    posts: int = 0


class Survey:
    """All posts of a report: their order on a page (the worst verdict first, then the lowest score) and their sums."""

    def __init__(self, posts: Iterable[PostReview]) -> None:
        self.verdicts: Counter[Verdict] = Counter()
        self.severities: Counter[Severity] = Counter()  # of open findings
        self.suppressed = 0
        self.steps: set[str] = set()
        self.names: set[str] = set()  # of all checks that found something, suppressed or not
        self.checks: dict[str, CheckSurvey] = {}
        self.unfinished: dict[str, UnfinishedStep] = {}
        self._places: list[Place] = []
        for index, post in enumerate(posts):
            place = (-post.verdict.rank, post.score, post.path, index)
            self._places.append(place)
            self.verdicts[post.verdict] += 1
            self._take_findings(post, place)
            for number, step in enumerate(post.incomplete):
                entry = self.unfinished.setdefault(step, UnfinishedStep(first=(place, number)))
                entry.first = min(entry.first, (place, number))
                entry.posts += 1
        self._places.sort()

    def _take_findings(self, post: PostReview, place: Place) -> None:
        seen: set[str] = set()
        for finding in post.findings:
            self.steps.add(finding.step)
            self.names.add(finding.check)
            if finding.suppressed:
                self.suppressed += 1
                continue
            self.severities[finding.severity] += 1
            check = self.checks.get(finding.check)
            if check is None:
                check = CheckSurvey(first=place, finding=finding, severity=finding.severity)
                self.checks[finding.check] = check
            if place < check.first:
                check.first, check.finding = place, finding
            check.severity = max(check.severity, finding.severity, key=lambda s: s.rank)
            check.findings += 1
            if finding.check not in seen:
                seen.add(finding.check)
                check.posts += 1

    @property
    def order(self) -> list[int]:
        """The indexes of the posts in the report, as the page shows them."""
        return [index for *_, index in self._places]

    def position(self, place: Place) -> int:
        """Where a post stands on the page, from 0."""
        return bisect_left(self._places, place)
