"""SARIF 2.1.0, for code scanning: what GitHub, Azure DevOps and editors read."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

import copydesk
from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import Material
from copydesk.reports.json_stream import streamed
from copydesk.reports.pieces import Spool
from copydesk.reports.wording import VERDICTS, plural, stable_fingerprint, suppression_words
from copydesk.rules import Rule
from copydesk.visible import visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

# GitHub, "SARIF support for code scanning": a run with more results, or an upload that is larger, is refused.
RESULTS_LIMIT = 25_000
UPLOAD_LIMIT = 10_000_000  # bytes after gzip
_SNIPPET_LIMIT = 300  # characters of the matched text
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "note"}


def sarif_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The report as SARIF. Suppressed findings are there, marked as suppressed.

    Stays under GitHub's limits by leaving out the mildest findings; a notification says how many.
    """
    material = material or Material()
    survey = _Survey(report.posts)
    most = RESULTS_LIMIT
    while True:
        kept = survey.keep(most)
        with closing(Spool(streamed(_log(report, survey, kept, material), indent=1))) as log:
            most = sum(kept.values()) // 2
            # What is below the limit before it is packed is so afterwards.
            if log.size < UPLOAD_LIMIT or _packed_size(log) < UPLOAD_LIMIT or not any(kept.values()):
                yield from log.text()
                yield "\n"
                return


def _packed_size(log: Spool) -> int:
    packing = zlib.compressobj(6, wbits=31)  # 31: gzip
    return sum(len(packing.compress(block)) for block in log.data()) + len(packing.flush())


_Group = tuple[bool, int]  # suppressed and how mild: the lower, the rather is a finding kept


def _group(finding: Finding) -> _Group:
    return finding.suppressed, -finding.severity.rank


class _Survey:
    """What has to be known of all findings before the first is written, from one pass over them that keeps none."""

    def __init__(self, posts: Iterable[PostReview]) -> None:
        self.found: Counter[_Group] = Counter()
        self.fixed = self.incomplete = False
        self._first: dict[tuple[_Group, str], tuple[int, Severity]] = {}  # a check's first finding in its group
        self._first_known: dict[_Group, int] = {}  # the first from the baseline
        for post in posts:
            self.fixed = self.fixed or bool(post.fixed)
            self.incomplete = self.incomplete or bool(post.incomplete)
            for finding in post.findings:
                group = _group(finding)
                self._first.setdefault((group, finding.check), (self.found[group], finding.severity))
                if finding.suppression == "baseline":
                    self._first_known.setdefault(group, self.found[group])
                self.found[group] += 1

    def keep(self, most: int) -> dict[_Group, int]:
        """How many findings of each group are kept, the first ones: the mildest group is the first to lose some."""
        kept = {}
        for group in sorted(self.found):
            kept[group] = min(self.found[group], most)
            most -= kept[group]
        return kept

    def severities(self, kept: Mapping[_Group, int]) -> dict[str, Severity]:
        """The checks of the kept findings by name, each with its gravest severity."""
        severities: dict[str, Severity] = {}
        for (group, check), (number, severity) in self._first.items():
            if number < kept[group]:
                severities[check] = max(severities.get(check, severity), severity, key=lambda s: s.rank)
        return dict(sorted(severities.items()))

    def with_baseline(self, kept: Mapping[_Group, int]) -> bool:
        """Whether the baseline shows in what is kept, or in what is gone."""
        return self.fixed or any(number < kept[group] for group, number in self._first_known.items())


def _log(report: ReviewReport, survey: _Survey, kept: Mapping[_Group, int], material: Material) -> dict[str, Any]:
    severities = survey.severities(kept)
    places = {check: index for index, check in enumerate(severities)}
    # Once it stands on one result, it has to stand on all.
    with_baseline = survey.with_baseline(kept)
    left_out = survey.found.total() - sum(kept.values())
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "copydesk",
                        "semanticVersion": copydesk.__version__,
                        "rules": [_rule(check, s, material.rules.get(check)) for check, s in severities.items()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": report.verdict is not Verdict.INCOMPLETE,
                        "toolExecutionNotifications": _notifications(
                            report.posts if survey.incomplete else (), left_out
                        ),
                    }
                ],
                "results": (_result(post, f, places, with_baseline) for post, f in _first(report.posts, kept)),
                "properties": {"verdict": report.verdict.value, "verdictText": VERDICTS[report.verdict]},
            }
        ],
    }


def _first(posts: Iterable[PostReview], kept: Mapping[_Group, int]) -> Iterator[tuple[PostReview, Finding]]:
    """The kept findings, in the order of the report."""
    left = dict(kept)
    for post in posts:
        for finding in post.findings:
            group = _group(finding)
            if left[group]:
                left[group] -= 1
                yield post, finding


def _rule(check: str, severity: Severity, rule: Rule | None) -> dict[str, Any]:
    step, _, name = check.partition(".")
    summary = visible(rule.summary if rule else check)
    described: dict[str, Any] = {
        "id": visible(check),
        "name": visible("".join(part.capitalize() for part in re.split(r"[_.]", check)) or check),
        "shortDescription": {"text": summary or name or check},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": [visible(step)]},
    }
    if rule is not None:
        described["fullDescription"] = {"text": visible(rule.reason) or summary}
        help_text = f"{visible(rule.reason)}\nSource: {visible(rule.source)}"
        described["help"] = {"text": help_text}
    return described


def _result(post: PostReview, finding: Finding, places: Mapping[str, int], with_baseline: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": visible(finding.check),
        "ruleIndex": places[finding.check],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(post.path)}, "region": _region(finding)}}],
        # Not GitHub's own name: with that one it computes fingerprints by itself.
        "partialFingerprints": {"copydesk/v1": stable_fingerprint(post, finding)},
    }
    if finding.suppressed:
        kind = "inSource" if finding.suppression == "text" else "external"
        result["suppressions"] = [{"kind": kind, "justification": suppression_words(finding)}]
    if with_baseline:
        result["baselineState"] = "unchanged" if finding.suppression == "baseline" else "new"
    if finding.suggestions and finding.match:
        result["fixes"] = [_fix(post, finding, suggestion) for suggestion in finding.suggestions[:3]]
    return result


def _region(finding: Finding) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": finding.line}
    if finding.match:
        region |= {"startColumn": finding.column, "endLine": finding.end_line, "endColumn": finding.end_column}
        if len(finding.match) <= _SNIPPET_LIMIT:
            region["snippet"] = {"text": visible(finding.match, one_line=False)}
    return region


def _fix(post: PostReview, finding: Finding, suggestion: str) -> dict[str, Any]:
    place = {k: v for k, v in _region(finding).items() if k != "snippet"}
    shown = visible(suggestion)
    return {
        "description": {"text": f"Replace by “{shown}”." if shown else "Remove it."},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri(post.path)},
                "replacements": [
                    {"deletedRegion": place, "insertedContent": {"text": visible(suggestion, one_line=False)}}
                ],
            }
        ],
    }


def _message(finding: Finding) -> str:
    """Plain text: what SARIF would take for a link (`[text](target)`) is escaped as the standard says, 3.11.6."""
    shown = visible(finding.message) or visible(finding.check)
    return re.sub(r"([\\\[\]])", r"\\\1", shown) if "](" in shown else shown


def _notifications(posts: Iterable[PostReview], left_out: int) -> Iterator[dict[str, Any]]:
    for post in posts:
        if post.incomplete:
            yield {
                "level": "error",
                "message": {"text": f"Could not finish for this post: {visible(', '.join(post.incomplete))}."},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(post.path)}}}],
            }
    if left_out:
        text = f"{plural(left_out, 'finding')} left out to stay under the limits of an upload, the mildest first."
        yield {"level": "warning", "message": {"text": text}}


def uri(path: str) -> str:
    """A path as SARIF wants it: relative and percent-encoded, or `file://` for an absolute one."""
    encoded = quote(path.replace("\\", "/") if "\\" in path and "/" not in path else path, errors="surrogatepass")
    return f"file://{encoded}" if encoded.startswith("/") else encoded.removeprefix("./")
