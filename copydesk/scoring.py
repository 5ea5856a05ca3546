"""The final review: from what the steps found to a score with its reasons and a verdict.

Score: 100 minus the penalties of the categories (a category is a step), never below 0. In a category each error costs
`ERROR_POINTS`; warnings and suggestions cost points for their density, for each `LENGTH_UNIT` words of the post, so
that a long post is not worse for being long. A category costs no more than its cap: no single tool decides alone.
The weights are ours; they were set so that about nine in ten published posts of three blogs pass (docs/decisions).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from copydesk.calibration import NOTE, Calibration
from copydesk.post_rules import PostRules, rules_for
from copydesk.report import Finding, Penalty, PostReview, Severity, StepResult, StepStatus, Verdict
from copydesk.suppressions import obey
from copydesk.workflow import WorkflowConfig

ERROR_POINTS = 12.0
WARNING_POINTS = 3.0
SUGGESTION_POINTS = 0.5
LENGTH_UNIT = 500  # words; the median post has 507 (2,253 published English posts)
CAPS = {"load": 100.0, "structure": 30.0, "grammar": 25.0, "spelling": 25.0, "links": 30.0, "style": 8.0, "seo": 8.0}
CAP_OF_OWN_STEPS = 20.0
# A step with nothing but suggestions is a matter of taste: it may cost a few points, never the verdict alone.
CAP_OF_SUGGESTIONS = 6.0

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

# Explicit rules that reject a post outright: it cannot be published as it is, whatever its score.
REJECTING = frozenset(
    {"load.front_matter_invalid", "load.empty_body", "structure.placeholder", "structure.merge_conflict"}
)


def review_post(
    path: str,
    content_hash: str,
    results: Mapping[str, StepResult],
    config: WorkflowConfig,
    off_by_default: frozenset[str] = frozenset(),
    rules: PostRules | None = None,
    comparisons: Sequence[Comparison] = (),
    calibration: Calibration | None = None,
) -> PostReview:
    """Put the results of all steps for one post together, in the order of `results`.

    `rules` are what holds for this post (by default the workflow's own); `comparisons` say which findings are known,
    the first that knows a finding counts; with a `calibration` findings say where the post stands on its blog.
    """
    outputs = results["load"].outputs if "load" in results else {}
    rules = rules or rules_for(config, path, outputs)
    incomplete = tuple(step for step, result in results.items() if result.incomplete)
    finished = {step for step, result in results.items() if result.status is StepStatus.DONE}
    found = obey(
        (finding for result in results.values() for finding in result.findings),
        outputs.get("suppressions", ()) if config.checks.suppress_in_text else (),
        finished,
        incomplete,
    )
    findings = settle(found, rules.severity, off_by_default)
    fixed = 0
    for comparison in comparisons:
        findings, gone = comparison.mark(path, findings, finished)
        fixed += gone
    if calibration is not None:
        findings = tuple(calibration.placed(finding) for finding in findings)
    measures = {name: value for result in results.values() for name, value in result.measures.items()}
    breakdown = tuple(_penalties(findings, list(results), measures.get("words", 0.0), rules.weights))
    score = round(max(0.0, 100.0 - sum(p.points for p in breakdown)), 1)
    verdict, reasons = _verdict(findings, score, incomplete, rules.approve_at)
    return PostReview(
        path=path,
        content_hash=content_hash,
        verdict=verdict,
        score=score,
        score_breakdown=breakdown,
        verdict_reasons=reasons,
        measures=dict(sorted(measures.items())),
        language=next((r.outputs["language"] for r in results.values() if "language" in r.outputs), ""),
        incomplete=incomplete,
        skipped={step: result.reason for step, result in results.items() if result.status is StepStatus.SKIPPED},
        findings=findings,
        type=rules.type,
        fixed=fixed,
    )


class Comparison(Protocol):
    """What knows findings from before: a baseline, or the version that a change is compared with."""

    def mark(
        self, path: str, findings: tuple[Finding, ...], finished: Collection[str]
    ) -> tuple[tuple[Finding, ...], int]:
        """The findings of the post at `path`, those that are known suppressed, and how many known ones are gone.

        `finished` names the steps that had their say: of the others nothing can be gone.
        """


def settle(
    findings: Iterable[Finding], severities: Mapping[str, str], off_by_default: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """The findings that count, by place: with the team's severities, doubles merged, fingerprints set."""
    kept: list[Finding] = []
    for finding in findings:
        chosen = severities.get(finding.check)
        if chosen == "off" or (chosen is None and finding.check in off_by_default):
            continue
        kept.append(finding if chosen is None else replace(finding, severity=Severity(chosen)))
    kept.sort(key=lambda f: (f.line, f.column, f.end_line, f.end_column, -f.severity.rank, f.check, f.message))
    return tuple(_fingerprinted(_without_doubles(kept)))


def _without_doubles(findings: Sequence[Finding]) -> list[Finding]:
    """Two steps that speak of exactly the same words are heard once: the more severe first."""
    seen: dict[tuple[int, int, int, int, bool], Finding] = {}
    kept = []
    for finding in findings:
        # What the author suppressed does not silence another step.
        place = (finding.line, finding.column, finding.end_line, finding.end_column, finding.suppressed)
        first = seen.get(place)
        if first is not None and finding.match and (first.step != finding.step or first == finding):
            continue
        seen.setdefault(place, finding)
        kept.append(finding)
    return kept


def content_of(finding: Finding) -> str:
    """What a finding is about, wherever it stands: its check and its words.

    Of a finding without words the message tells, but for its numbers: those change with every word of the post.
    """
    message = finding.message.partition(NOTE)[0]
    return f"{finding.check}\0{' '.join(finding.match.split()) or _NUMBER.sub('#', message)}"


def _fingerprinted(findings: Sequence[Finding]) -> Iterable[Finding]:
    """A fingerprint is made of the check, the words and their count, not of the place: it stays when lines move."""
    counts: Counter[str] = Counter()
    for finding in findings:
        text = content_of(finding)
        counts[text] += 1
        digest = hashlib.sha256(f"{text}\0{counts[text]}".encode("utf-8", "surrogatepass")).hexdigest()
        yield replace(finding, fingerprint=digest[:20])


def _penalties(
    findings: Sequence[Finding], steps: Sequence[str], words: float, weights: Mapping[str, float]
) -> Iterable[Penalty]:
    length = max(words, LENGTH_UNIT) / LENGTH_UNIT
    for step in dict.fromkeys([*steps, *(f.step for f in findings)]):
        own = [f for f in findings if f.step == step and not f.suppressed]
        if not own:
            continue
        count = Counter(f.severity for f in own)
        soft = min(count[Severity.SUGGESTION] * SUGGESTION_POINTS / length, CAP_OF_SUGGESTIONS)
        points = count[Severity.ERROR] * ERROR_POINTS + count[Severity.WARNING] * WARNING_POINTS / length + soft
        weight = weights.get(step, 1.0)
        points, cap = points * weight, CAPS.get(step, CAP_OF_OWN_STEPS) * weight
        named = [f"{count[s]} {s}{'s' if count[s] != 1 else ''}" for s in reversed(Severity) if count[s]]
        capped = ", capped" if points > cap else ""
        weighted = f", weighted {weight:g}" if weight != 1 else ""
        yield Penalty(
            category=step,
            points=round(min(points, cap), 1),
            cap=cap,
            findings=len(own),
            reason=f"{', '.join(named)} in {words:.0f} words{weighted}{capped}",
        )


def _verdict(
    findings: Sequence[Finding], score: float, incomplete: Sequence[str], approve_at: float
) -> tuple[Verdict, tuple[str, ...]]:
    live = [f for f in findings if not f.suppressed]
    rejecting = sorted({f.check for f in live if f.check in REJECTING and f.severity is Severity.ERROR})
    errors = sum(f.severity is Severity.ERROR for f in live)
    reasons = [f"{step} could not finish" for step in incomplete]
    reasons += [f"{check} rejects a post" for check in rejecting]
    if errors:
        reasons.append(f"{errors} error{'s' if errors != 1 else ''}")
    if score < approve_at:
        reasons.append(f"the score {score:g} is below {approve_at:g}")
    if incomplete:
        return Verdict.INCOMPLETE, tuple(reasons)
    if rejecting:
        return Verdict.REJECT, tuple(reasons)
    if errors or score < approve_at:
        return Verdict.CHANGES_REQUESTED, tuple(reasons)
    return Verdict.APPROVE, ()
