"""JUnit's XML: a suite for each post, so that every CI service can show a review as tests."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import Material
from copydesk.reports.checkstyle import document, inner_text
from copydesk.reports.pieces import Spool
from copydesk.reports.wording import VERDICTS, number, reasons
from copydesk.visible import visible


def junit_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """A test `verdict` for each post and one for each check that found something there.

    The verdict fails unless the post is approved, and is an error when the review is incomplete. A check fails for an
    error; milder findings are told in the output of a test that passes; suppressed ones are skipped tests.
    """
    root = ET.Element("testsuites", name="copydesk")
    totals: Counter[str] = Counter()
    suites = Spool(inner_text(_suite(post, totals)) for post in report.posts)  # the totals stand before them
    for name in ("tests", "failures", "errors"):
        root.set(name, str(totals[name]))
    with closing(suites):
        yield from document(root, suites.text())


def _suite(post: PostReview, totals: Counter[str]) -> ET.Element:
    """The suite of a post; what is in it is added to the totals."""
    suite = ET.Element("testsuite", name=visible(post.path))
    _verdict(suite, post)
    by_check: dict[str, list[Finding]] = {}
    for finding in post.findings:
        by_check.setdefault(finding.check, []).append(finding)
    for check, findings in by_check.items():
        _check(suite, post, check, findings)
    counts = {
        "tests": len(suite),
        "failures": len(suite.findall("testcase/failure")),
        "errors": len(suite.findall("testcase/error")),
        "skipped": len(suite.findall("testcase/skipped")),
    }
    for name, count in counts.items():
        suite.set(name, str(count))
    totals.update(counts)
    return suite


def _verdict(suite: ET.Element, post: PostReview) -> None:
    case = ET.SubElement(suite, "testcase", classname=visible(post.path), name="verdict")
    if post.verdict is Verdict.APPROVE:
        return
    kind = "error" if post.verdict is Verdict.INCOMPLETE else "failure"
    said = f"{VERDICTS[post.verdict]}, score {number(post.score)}"
    problem = ET.SubElement(case, kind, type=post.verdict.value, message=said)
    problem.text = "\n".join(visible(reason) for reason in reasons(post))


def _check(suite: ET.Element, post: PostReview, check: str, findings: list[Finding]) -> None:
    case = ET.SubElement(suite, "testcase", classname=visible(post.path), name=visible(check))
    open_ = [f for f in findings if not f.suppressed]
    errors = [f for f in open_ if f.severity is Severity.ERROR]
    if not open_:
        ET.SubElement(case, "skipped", message="suppressed")
    if errors:
        failure = ET.SubElement(case, "failure", type=Severity.ERROR.value, message=visible(errors[0].message))
        failure.text = "\n".join(_line(post, f) for f in errors)
    if milder := [f for f in open_ if f.severity is not Severity.ERROR]:
        ET.SubElement(case, "system-out").text = "\n".join(_line(post, f) for f in milder)


def _line(post: PostReview, finding: Finding) -> str:
    return visible(f"{post.path}:{finding.line}:{finding.column}: {finding.severity.value}: {finding.message}")
