"""Checkstyle's XML, which Jenkins and many other services read."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from copydesk.report import ReviewReport, Severity
from copydesk.reports import Material
from copydesk.reports.wording import open_findings
from copydesk.visible import visible

_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "info"}


def checkstyle_report(report: ReviewReport, material: Material | None = None) -> str:
    """The open findings by file; files without findings are listed too, as Checkstyle does."""
    root = ET.Element("checkstyle", version="8.0")
    for post in report.posts:
        file = ET.SubElement(root, "file", name=visible(post.path))
        for finding in open_findings(post):
            ET.SubElement(
                file,
                "error",
                line=str(finding.line),
                column=str(finding.column),
                severity=_SEVERITIES[finding.severity],
                message=visible(finding.message),
                source=f"copydesk.{visible(finding.check)}",
            )
    return to_document(root)


def to_document(root: ET.Element) -> str:
    """An XML document as text, indented, with its declaration."""
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
