"""What readers of the formats ask for, as their documentation says it; stricter, in that nothing else may be there."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 1}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


# reviewdog, Reviewdog Diagnostic Format (proto/rdf/reviewdog.proto)
_POSITION = _object({"line": _COUNT}, column=_COUNT)
_RANGE = _object({"start": _POSITION}, end=_POSITION)
_SOURCE = _object({"name": _TEXT}, url={"type": "string", "format": "uri"})
_SEVERITY = {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]}
RDF_DIAGNOSTIC = _object(
    {"message": {"type": "string"}, "location": _object({"path": _TEXT}, range=_RANGE)},
    severity=_SEVERITY,
    source=_SOURCE,
    code=_object({"value": _TEXT}, url={"type": "string", "format": "uri"}),
    suggestions={"type": "array", "items": _object({"range": _RANGE, "text": {"type": "string"}})},
)
RDF_RESULT = _object({"diagnostics": {"type": "array", "items": RDF_DIAGNOSTIC}}, source=_SOURCE, severity=_SEVERITY)

# GitLab, Code Quality report format
GITLAB = {
    "type": "array",
    "items": _object(
        {
            "description": {"type": "string"},
            "check_name": _TEXT,
            "fingerprint": _TEXT,
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": _object(
                # GitLab refuses a path that begins with ./
                {"path": {"type": "string", "pattern": r"^(?!\./)."}, "lines": _object({"begin": _COUNT}, end=_COUNT)}
            ),
        }
    ),
}

# Element: its children, the attributes that it needs, and those that it may have.
_Elements = dict[str, tuple[set[str], set[str], set[str]]]
# Checkstyle 4.3 and later, as Jenkins' Warnings plug-in and reviewdog read it
CHECKSTYLE: _Elements = {
    "checkstyle": ({"file"}, {"version"}, set()),
    "file": ({"error"}, {"name"}, set()),
    "error": (set(), {"line", "severity", "message"}, {"column", "source"}),
}
# JUnit, as Jenkins' plug-in has it in its schema (junit-10.xsd)
_TIMES = {"time", "timestamp", "skipped", "failures", "errors", "tests"}
JUNIT: _Elements = {
    "testsuites": ({"testsuite"}, set(), {"name", *_TIMES}),
    "testsuite": ({"properties", "testcase", "system-out", "system-err"}, {"name", "tests"}, _TIMES),
    "testcase": ({"skipped", "error", "failure", "system-out"}, {"name"}, {"classname", "file", "line", "time"}),
    "failure": (set(), set(), {"message", "type"}),
    "error": (set(), set(), {"message", "type"}),
    "skipped": (set(), set(), {"message", "type"}),
    "system-out": (set(), set(), set()),
}


def check_xml(text: str, root: str, elements: _Elements) -> ET.Element:
    """The document's root; AssertionError for an element or an attribute that has no place where it stands."""
    top = ET.fromstring(text)
    assert top.tag == root
    for element in top.iter():
        children, needed, allowed = elements[element.tag]
        assert {child.tag for child in element} <= children, element.tag
        assert needed <= set(element.attrib) <= needed | allowed, (element.tag, element.attrib)
        for name in ("line", "column", "tests", "failures", "errors", "skipped"):
            assert element.get(name, "1").isdigit(), (element.tag, name)
    severities = {element.get("severity") for element in top.iter("error")} - {None}
    assert severities <= {"ignore", "info", "warning", "error"}
    return top
