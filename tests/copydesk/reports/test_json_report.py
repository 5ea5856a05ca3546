"""The JSON report: what the contract names, the same bytes each time, and a schema that it obeys."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from copydesk.report import ReviewReport, Verdict
from copydesk.reports import FORMATS, render, renderer
from copydesk.reports.json_report import read_report, report_data, report_schema
from copydesk.reports.json_stream import streamed


def checked(text: str) -> Any:
    data = json.loads(text)
    jsonschema.Draft202012Validator(report_schema()).validate(data)
    return data


def test_it_has_the_fields_of_the_contract(report: ReviewReport) -> None:
    data = checked(render(report, "json"))
    assert data["schema_version"] == 1
    assert {"id", "attempt", "state", "workflow", "priority", "started_at", "duration_seconds"} <= set(data["run"])
    post = data["posts"][1]
    assert {"path", "content_hash", "verdict", "score", "score_breakdown", "measures", "incomplete", "findings"} <= set(
        post
    )
    named = "check severity message line column end_line end_column match suggestions fingerprint suppressed"
    assert list(post["findings"][0])[:11] == named.split()
    assert [f["suppressed"] for f in post["findings"]] == [False, False, True]


def test_a_report_without_a_run_says_null(report: ReviewReport) -> None:
    assert checked(render(replace(report, run=None), "json"))["run"] is None


def test_an_empty_report_is_valid() -> None:
    assert checked(render(ReviewReport(verdict=Verdict.APPROVE), "json"))["posts"] == []


def test_the_order_of_mappings_does_not_show(report: ReviewReport) -> None:
    post = report.posts[1]
    turned = replace(post, measures=dict(reversed(post.measures.items())))
    assert render(replace(report, posts=(report.posts[0], turned)), "json") == render(report, "json")


def test_endless_measures_are_left_out(report: ReviewReport) -> None:
    post = replace(report.posts[0], measures={"a": math.inf, "b": math.nan, "c": 1.5})
    assert checked(render(replace(report, posts=(post,)), "json"))["posts"][0]["measures"] == {"c": 1.5}


def test_it_comes_back_as_it_was(report: ReviewReport) -> None:
    assert read_report(render(report, "json")) == report


def test_in_pieces_it_is_the_same_text(report: ReviewReport, hostile_report: ReviewReport) -> None:
    for given in (report, replace(report, run=None), hostile_report, ReviewReport(verdict=Verdict.APPROVE)):
        assert render(given, "json") == json.dumps(report_data(given), indent=2, allow_nan=False) + "\n"


@pytest.mark.parametrize("indent", [1, 2])
@pytest.mark.parametrize(
    "value",
    [[], {}, "one\ntwo", 1.5, None, [[]], [{}], {"a": []}, {"a": {}}, [1, [2, [3]]], {"é\n": {"b": [{"c": "\n"}]}}],
)
def test_any_value_in_pieces_is_the_same_text(value: Any, indent: int) -> None:
    assert "".join(streamed(value, indent)) == json.dumps(value, indent=indent)
    for items in ([], [value], [value, value]):
        shown = "".join(streamed({"a": [iter(items)], "b": iter(items)}, indent))
        assert shown == json.dumps({"a": [items], "b": items}, indent=indent)


def test_a_list_in_pieces_is_made_while_it_is_written() -> None:
    made: list[int] = []
    pieces = streamed((made.append(n) or n for n in range(5)), 1)
    assert next(pieces) == "[\n "
    assert next(pieces) == "0"
    assert made == [0]
    with pytest.raises(ValueError, match="JSON"):
        list(streamed(iter([math.inf]), 1))


def test_hostile_texts_survive_unchanged_and_steer_nothing(hostile_report: ReviewReport) -> None:
    text = render(hostile_report, "json")
    assert text.isascii()
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    data = checked(text)
    assert [p["findings"][0]["match"] for p in data["posts"]] == [p.findings[0].match for p in hostile_report.posts]


def test_the_schema_refuses_what_is_not_in_the_contract(report: ReviewReport) -> None:
    data = json.loads(render(report, "json"))
    data["posts"][0]["extra"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, report_schema())
    del data["posts"][0]["extra"], data["posts"][0]["score"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, report_schema())


def test_every_format_renders_an_empty_and_a_hostile_report(hostile_report: ReviewReport) -> None:
    for name in FORMATS:
        for report in (ReviewReport(verdict=Verdict.APPROVE), hostile_report):
            text = render(report, name)
            text.encode()
            assert text == render(report, name)
            assert not text or text.endswith("\n")


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="sarif"):
        renderer("pdf")
