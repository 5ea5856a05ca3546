"""The report as JSON, its schema, and the way back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from copydesk.report import ReviewReport
from copydesk.reports import Material
from copydesk.reports.json_stream import streamed


def json_report(report: ReviewReport, material: Material | None = None) -> Iterator[str]:
    """The report as indented ASCII JSON (what is not ASCII is escaped, so that nothing in it can steer a terminal).

    The same report gives the same bytes: fields in the order of their classes, free mappings by key. A measure that is
    no finite number is left out, since JSON has no word for it.
    """
    around = report_data(replace(report, posts=()))
    yield from streamed(around | {"posts": map(_plain, report.posts)}, indent=2)
    yield "\n"


def report_data(report: ReviewReport) -> dict[str, Any]:
    """The report as plain dicts, lists, strings and numbers, as the JSON holds them."""
    data: dict[str, Any] = _plain(report)
    return data


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        kept = {str(k): _plain(v) for k, v in sorted(value.items()) if not _endless(v)}
        return kept
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(v) for v in value]
    return value.value if hasattr(value, "value") else value


def _endless(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter  # takes a tenth of a second to import

    return TypeAdapter(ReviewReport)


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report: every field is always there, and there are no others."""
    schema: dict[str, Any] = _adapter().json_schema(mode="serialization")
    for part in (schema, *schema.get("$defs", {}).values()):
        if part.get("type") == "object" and "properties" in part:
            part["required"] = list(part["properties"])
            part["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "copydesk review report"}


def read_report(text: str | bytes) -> ReviewReport:
    """A report from its own JSON. Raises ValueError when the text is not one."""
    report: ReviewReport = _adapter().validate_json(text)
    return replace(report, posts=tuple(report.posts))  # a tuple, as in a report that was made: they are equal
