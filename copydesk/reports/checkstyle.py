"""Checkstyle's XML, which Jenkins and many other services read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator

from copydesk.report import PostReview, ReviewReport, Severity
from copydesk.reports import Material
from copydesk.reports.wording import open_findings
from copydesk.visible import visible

_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "info"}


def checkstyle_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The open findings by file; files without findings are listed too, as Checkstyle does."""
    return document(ET.Element("checkstyle", version="8.0"), map(inner_text, map(_file, report.posts)))


def _file(post: PostReview) -> ET.Element:
    file = ET.Element("file", name=visible(post.path))
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
    return file


def inner_text(child: ET.Element) -> str:
    """What stands directly inside a document's root, indented, for `document`."""
    ET.indent(child, " ", level=1)
    return f"\n {ET.tostring(child, encoding='unicode')}"


def document(root: ET.Element, inner: Iterable[str]) -> Iterator[str]:
    """An XML document in pieces, with its declaration: the texts are inside of `root`, which is empty itself."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    empty = ET.tostring(root, encoding="unicode")  # `<name … />`
    opening = empty.removesuffix(" />") + ">"
    opened = False
    for text in inner:
        yield text if opened else opening + text
        opened = True
    yield f"\n</{root.tag}>\n" if opened else f"{empty}\n"
