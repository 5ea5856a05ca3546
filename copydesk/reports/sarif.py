"""SARIF 2.1.0, for code scanning: what GitHub, Azure DevOps and editors read."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import copydesk
from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import Material
from copydesk.reports.wording import VERDICTS, plural, stable_fingerprint, suppression_words
from copydesk.rules import Rule
from copydesk.visible import visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

# GitHub, "SARIF support for code scanning": a run with more results, or an upload that is larger, is refused.
RESULTS_LIMIT = 25_000
UPLOAD_LIMIT = 10_000_000  # bytes after gzip
_SNIPPET_LIMIT = 300  # characters of the matched text
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "note"}


def sarif_report(report: ReviewReport, material: Material | None = None) -> str:
    """The report as SARIF. Suppressed findings are there, marked as suppressed.

    Stays under GitHub's limits by leaving out the mildest findings; a notification says how many.
    """
    material = material or Material()
    found = [(post, finding) for post in report.posts for finding in post.findings]
    kept = _mildest_last(found, RESULTS_LIMIT)
    while True:
        text = json.dumps(_log(report, kept, len(found) - len(kept), material), indent=1) + "\n"
        # What is below the limit before it is packed is so afterwards.
        if len(text) < UPLOAD_LIMIT or len(gzip.compress(text.encode(), 6)) < UPLOAD_LIMIT or not kept:
            return text
        kept = _mildest_last(kept, len(kept) // 2)


def _mildest_last(found: list[tuple[PostReview, Finding]], most: int) -> list[tuple[PostReview, Finding]]:
    if len(found) <= most:
        return found
    order = sorted(range(len(found)), key=lambda i: (found[i][1].suppressed, -found[i][1].severity.rank, i))
    return [found[i] for i in sorted(order[:most])]


def _log(
    report: ReviewReport, found: list[tuple[PostReview, Finding]], left_out: int, material: Material
) -> dict[str, Any]:
    severities: dict[str, Severity] = {}
    for _, finding in found:
        before = severities.get(finding.check, finding.severity)
        severities[finding.check] = max(before, finding.severity, key=lambda s: s.rank)
    checks = sorted(severities)
    places = {check: index for index, check in enumerate(checks)}
    # Once it stands on one result, it has to stand on all.
    with_baseline = any(f.suppression == "baseline" for _, f in found) or any(p.fixed for p in report.posts)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "copydesk",
                        "semanticVersion": copydesk.__version__,
                        "rules": [_rule(check, severities[check], material.rules.get(check)) for check in checks],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": report.verdict is not Verdict.INCOMPLETE,
                        "toolExecutionNotifications": _notifications(report.posts, left_out),
                    }
                ],
                "results": [_result(post, finding, places, with_baseline) for post, finding in found],
                "properties": {"verdict": report.verdict.value, "verdictText": VERDICTS[report.verdict]},
            }
        ],
    }


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


def _notifications(posts: Iterable[PostReview], left_out: int) -> list[dict[str, Any]]:
    notes = [
        {
            "level": "error",
            "message": {"text": f"Could not finish for this post: {visible(', '.join(post.incomplete))}."},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(post.path)}}}],
        }
        for post in posts
        if post.incomplete
    ]
    if left_out:
        text = f"{plural(left_out, 'finding')} left out to stay under the limits of an upload, the mildest first."
        notes.append({"level": "warning", "message": {"text": text}})
    return notes


def uri(path: str) -> str:
    """A path as SARIF wants it: relative and percent-encoded, or `file://` for an absolute one."""
    encoded = quote(path.replace("\\", "/") if "\\" in path and "/" not in path else path, errors="surrogatepass")
    return f"file://{encoded}" if encoded.startswith("/") else encoded.removeprefix("./")
