"""The words and numbers that several formats share, so that a verdict reads the same everywhere."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from copydesk.report import Finding, PostReview, ReviewReport, Severity, StepTime, Verdict

VERDICTS = {
    Verdict.APPROVE: "approved",
    Verdict.CHANGES_REQUESTED: "changes requested",
    Verdict.REJECT: "rejected",
    Verdict.INCOMPLETE: "incomplete",
}

# A mark beside each colour, so that nothing is said by colour alone.
VERDICT_MARKS = {
    Verdict.APPROVE: "✓",
    Verdict.CHANGES_REQUESTED: "✎",
    Verdict.REJECT: "✕",
    Verdict.INCOMPLETE: "?",
}
SEVERITY_MARKS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.SUGGESTION: "i"}


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 post`, `3 posts`, `2,300 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float, digits: int = 1) -> str:
    """A number without needless zeros: `88`, `87.5`; never `-0`."""
    shown = f"{value:.{digits}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def seconds(value: float) -> str:
    """A duration for people: `0 ms`, `43 ms`, `4.1 s`, `2 min 5 s`, `1 h 3 min`."""
    if value < 0.9995:
        return f"{max(value, 0) * 1000:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def open_findings(post: PostReview) -> list[Finding]:
    """The findings of a post that nobody suppressed."""
    return [f for f in post.findings if not f.suppressed]


def count_by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings of each severity, the worst first; every severity is there."""
    counted = Counter(f.severity for f in findings)
    return {severity: counted[severity] for severity in reversed(Severity)}


def severity_summary(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning`; `no findings` for none."""
    return severity_words(count_by_severity(findings))


def severity_words(counted: Mapping[Severity, int]) -> str:
    """What `severity_summary` says, of findings that are counted already."""
    return ", ".join(plural(counted[s], s.value) for s in reversed(Severity) if counted[s]) or "no findings"


def report_summary(report: ReviewReport) -> str:
    """One sentence that says how the posts fared: `2 of 10 posts approved, 7 changes requested, 1 incomplete.`"""
    return verdict_words(Counter(p.verdict for p in report.posts))


def verdict_words(counted: Counter[Verdict]) -> str:
    """What `report_summary` says, of posts that are counted already."""
    count = counted.total()
    if not count:
        return "No posts were reviewed."
    if len(counted) == 1:
        (only,) = counted
        return f"{'1 post reviewed' if count == 1 else f'All {count:,} posts'}: {VERDICTS[only]}."
    parts = [f"{counted[v]:,} {VERDICTS[v]}" for v in Verdict if counted[v]]
    return f"{count:,} posts: {', '.join(parts)}."


def reasons(post: PostReview) -> tuple[str, ...]:
    """Why the post has its verdict; made up from its findings where the review itself gives none."""
    if post.verdict_reasons:
        return post.verdict_reasons
    if post.verdict is Verdict.INCOMPLETE and post.incomplete:
        return (f"{', '.join(post.incomplete)} could not finish for this post.",)
    return ()


def skipped_steps(post: PostReview) -> list[tuple[str, str]]:
    """The steps that were skipped, those with one reason together: (`grammar, style`, reason)."""
    by_reason: dict[str, list[str]] = {}
    for step, reason in sorted(post.skipped.items()):
        by_reason.setdefault(reason, []).append(step)
    return [(", ".join(steps), reason) for reason, steps in by_reason.items()]


_SUPPRESSIONS = {"text": "by the text", "baseline": "known from the baseline", "unchanged": "outside the change"}


def suppression_words(finding: Finding) -> str:
    """`suppressed, known from the baseline`; empty for an open finding."""
    if not finding.suppressed:
        return ""
    why = _SUPPRESSIONS.get(finding.suppression, "")
    return f"suppressed, {why}" if why else "suppressed"


def hidden_summary(post: PostReview) -> str:
    """`3 findings suppressed (2 known from the baseline, 1 by the text), 1 fixed since the baseline`; maybe empty."""
    hidden = [f for f in post.findings if f.suppressed]
    parts = []
    if hidden:
        counted = Counter(_SUPPRESSIONS[f.suppression] for f in hidden if f.suppression in _SUPPRESSIONS)
        why = ", ".join(f"{count} {words}" for words, count in sorted(counted.items()))
        parts.append(f"{plural(len(hidden), 'finding')} suppressed" + (f" ({why})" if why else ""))
    if post.fixed:
        parts.append(f"{post.fixed:,} fixed since the baseline")
    return ", ".join(parts)


def slowest(steps: Sequence[StepTime], count: int = 3) -> list[StepTime]:
    """The steps that ran longest, longest first; equal ones by name."""
    return sorted(steps, key=lambda s: (-s.run_seconds, s.step))[:count]


def stable_fingerprint(post: PostReview, finding: Finding) -> str:
    """The finding's own fingerprint; one of check, path and match for a finding that has none."""
    if finding.fingerprint:
        return finding.fingerprint
    parts = "\0".join((finding.check, post.path, finding.match))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
