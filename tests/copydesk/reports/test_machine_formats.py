"""The formats that other tools read, each checked by its own schema or by the rules that its reader keeps."""

from __future__ import annotations

import json
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import ValidationError, validate
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifSchema

from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import Material, render, sarif
from copydesk.reports.github import LEVEL_LIMIT, command
from tests.copydesk.reports.format_schemas import CHECKSTYLE, GITLAB, JUNIT, RDF_DIAGNOSTIC, RDF_RESULT, check_xml
from tests.copydesk.reports.sample_reports import PAYLOADS, hostile_post


def with_findings(count: int, severity: Severity = Severity.ERROR) -> ReviewReport:
    findings = tuple(
        Finding(check="a.b", severity=severity, message=f"number {n}", line=n + 1, match="x", end_column=2)
        for n in range(count)
    )
    post = PostReview(
        path="a.md", content_hash="", verdict=Verdict.CHANGES_REQUESTED, score=1, findings=findings, incomplete=("seo",)
    )
    return ReviewReport(verdict=Verdict.CHANGES_REQUESTED, posts=(post,))


# --- SARIF ------------------------------------------------------------------------------------------------------------


def sarif_of(report: ReviewReport, material: Material | None = None) -> dict[str, Any]:
    text = render(report, "sarif", material)
    SarifSchema.model_validate_json(text)
    run: dict[str, Any] = json.loads(text)["runs"][0]
    return run


def test_sarif_points_at_the_exact_place(report: ReviewReport, material: Material) -> None:
    run = sarif_of(report, material)
    assert run["columnKind"] == "unicodeCodePoints"
    result = run["results"][1]
    assert result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "posts/hello.md"
    assert place["region"] == {
        "startLine": 7, "startColumn": 17, "endLine": 7, "endColumn": 22, "snippet": {"text": "#gone"},
    }  # fmt: skip
    assert result["partialFingerprints"] == {"copydesk/v1": "e" * 32}
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "links.broken_anchor"
    assert rule["fullDescription"]["text"] == "The reader lands at the top of the page."


def test_sarif_marks_suppressed_findings_and_offers_fixes(report: ReviewReport) -> None:
    results = sarif_of(report)["results"]
    assert [r.get("suppressions") for r in results] == [
        None,
        None,
        [{"kind": "inSource", "justification": "suppressed, by the text"}],
    ]
    assert not any("baselineState" in r for r in results)
    change = results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["insertedContent"] == {"text": "have"}
    assert change["deletedRegion"] == {"startLine": 5, "startColumn": 4, "endLine": 5, "endColumn": 7}
    assert results[2]["fixes"][0]["description"]["text"] == "Remove it."


def test_sarif_tells_new_findings_from_those_of_the_baseline(report: ReviewReport) -> None:
    post = report.posts[1]
    known = replace(post.findings[0], suppressed=True, suppression="baseline")
    report = replace(report, posts=(replace(post, findings=(known, *post.findings[1:])),))
    results = sarif_of(report)["results"]
    assert [r["baselineState"] for r in results] == ["unchanged", "new", "new"]
    assert results[0]["suppressions"][0]["kind"] == "external"


def test_sarif_says_what_could_not_finish(report: ReviewReport) -> None:
    post = replace(report.posts[1], incomplete=("links", "seo"), verdict=Verdict.INCOMPLETE)
    (invocation,) = sarif_of(ReviewReport(verdict=Verdict.INCOMPLETE, posts=(post,)))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "links, seo" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_stays_under_the_limits_of_an_upload(monkeypatch: pytest.MonkeyPatch, report: ReviewReport) -> None:
    monkeypatch.setattr(sarif, "RESULTS_LIMIT", 2)
    run = sarif_of(report)
    assert [r["ruleId"] for r in run["results"]] == ["grammar.agreement", "links.broken_anchor"]
    note = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert note.startswith("1 finding left out")
    monkeypatch.setattr(sarif, "UPLOAD_LIMIT", 1500)
    assert len(sarif_of(with_findings(60))["results"]) < 60


@pytest.mark.parametrize("limit", [0, 1, 7, 20, 40, 59, 60, 61])
def test_sarif_keeps_the_gravest_findings_in_their_order(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    chance = random.Random(7)
    found = [
        Finding(
            check=f"style.rule{chance.randrange(12)}",
            severity=chance.choice(list(Severity)),
            message=str(number),
            suppressed=(suppressed := chance.random() < 0.4),
            suppression=chance.choice(("text", "text", "baseline")) if suppressed else "",
        )
        for number in range(60)
    ]
    posts = tuple(
        PostReview(path=f"{n}.md", content_hash="", verdict=Verdict.REJECT, score=1, findings=tuple(found[n : n + 6]))
        for n in range(0, 60, 6)
    )
    monkeypatch.setattr(sarif, "RESULTS_LIMIT", limit)
    run = sarif_of(ReviewReport(verdict=Verdict.REJECT, posts=posts))
    gravest = sorted(found, key=lambda f: (f.suppressed, -f.severity.rank, int(f.message)))[:limit]
    kept = sorted(gravest, key=lambda f: int(f.message))
    assert [result["message"]["text"] for result in run["results"]] == [f.message for f in kept]
    assert any("baselineState" in result for result in run["results"]) is any(f.suppression == "baseline" for f in kept)
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "note"}
    rules = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in run["tool"]["driver"]["rules"]}
    assert list(rules) == sorted({f.check for f in kept})
    for check, level in rules.items():
        assert level == levels[max((f.severity for f in kept if f.check == check), key=lambda s: s.rank)]


def test_sarif_of_texts_that_look_like_links_is_plain() -> None:
    run = sarif_of(ReviewReport(verdict=Verdict.REJECT, posts=(hostile_post(PAYLOADS["link"]),)))
    assert run["results"][0]["message"]["text"] == r"\[click\](javascript:window.pwned=1)"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("posts/a b.md", "posts/a%20b.md"),
        ("./posts/ä.md", "posts/%C3%A4.md"),
        ("/srv/a#b?.md", "file:///srv/a%23b%3F.md"),
        ("a:b.md", "a%3Ab.md"),
    ],
)
def test_sarif_encodes_paths(path: str, uri: str) -> None:
    assert sarif.uri(path) == uri


# --- reviewdog --------------------------------------------------------------------------------------------------------


def test_rdjson_counts_columns_in_bytes() -> None:
    text = "ä🎉 wrong word\n"
    finding = Finding(
        check="a.b", severity=Severity.WARNING, message="m", line=1, column=4, end_line=1, end_column=9, match="wrong",
        suggestions=("right", ""),
    )  # fmt: skip
    post = PostReview(path="a.md", content_hash="", verdict=Verdict.APPROVE, score=90, findings=(finding,))
    report = ReviewReport(verdict=Verdict.APPROVE, posts=(post,))
    (diagnostic,) = json.loads(render(report, "rdjson", Material(sources={"a.md": text})))["diagnostics"]
    place = {"start": {"line": 1, "column": 8}, "end": {"line": 1, "column": 13}}
    assert text.encode()[7:12] == b"wrong"
    assert diagnostic == {
        "message": "m",
        "location": {"path": "a.md", "range": place},
        "severity": "WARNING",
        "code": {"value": "a.b"},
        "suggestions": [{"range": place, "text": "right"}, {"range": place, "text": ""}],
    }


def test_rdjson_without_the_text_stands_on_the_line(report: ReviewReport) -> None:
    found = json.loads(render(report, "rdjson"))["diagnostics"]
    assert [d["location"]["range"] for d in found] == [{"start": {"line": 5}}, {"start": {"line": 7}}]
    assert not any("suggestions" in d for d in found)


def test_rdjsonl_is_one_diagnostic_a_line(report: ReviewReport, hostile_report: ReviewReport) -> None:
    whole = json.loads(render(report, "rdjson"))["diagnostics"]
    lines = [json.loads(line) for line in render(report, "rdjsonl").splitlines()]
    assert [{k: v for k, v in d.items() if k != "source"} for d in lines] == whole
    assert len(render(hostile_report, "rdjsonl").splitlines()) == len(hostile_report.posts)


# --- GitHub -----------------------------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:]*,?)+)::(.*)")


def test_github_annotations_name_file_line_and_check(report: ReviewReport) -> None:
    lines = render(report, "github").splitlines()
    assert lines[0] == (
        "::error file=posts/hello.md,line=7,endLine=7,col=17,endColumn=22,title=links.broken_anchor::"
        "No heading gives the anchor #gone."
    )
    assert lines[1].startswith("::warning file=posts/hello.md,line=5")
    assert lines[1].endswith("Perhaps: have.")
    assert lines[2] == "copydesk: changes requested. 2 posts: 1 approved, 1 changes requested."


@pytest.mark.parametrize("count", [LEVEL_LIMIT, LEVEL_LIMIT + 1, 500])
def test_github_gets_ten_of_a_level_and_the_number_of_the_others(count: int) -> None:
    lines = render(with_findings(count), "github").splitlines()[:-1]
    assert len(lines) == LEVEL_LIMIT
    if count > LEVEL_LIMIT:
        assert f"{count - LEVEL_LIMIT + 1} more errors: see the job's summary" in lines[-1]


@pytest.mark.parametrize("name", PAYLOADS)
def test_github_sees_one_command_a_finding_whatever_it_says(name: str) -> None:
    report = ReviewReport(verdict=Verdict.REJECT, posts=(hostile_post(PAYLOADS[name]),))
    lines = re.split(r"[\r\n\v\f\x85\u2028\u2029]", render(report, "github"))
    assert [bool(line.startswith("::")) for line in lines] == [True, False, False]
    assert COMMAND.fullmatch(lines[0])
    assert not re.search("[\x00-\x1f\x7f-\x9f]", lines[0])


def test_github_escapes_as_the_runner_reads() -> None:
    assert command("error", "50% a:b, c", file="a,b:c%.md") == "::error file=a%2Cb%3Ac%25.md::50%25 a:b, c"


# --- GitLab -----------------------------------------------------------------------------------------------------------


def test_gitlab_has_what_its_documentation_asks_for(report: ReviewReport) -> None:
    issues = json.loads(render(report, "gitlab"))
    assert re.fullmatch("[0-9a-f]{32}", issues[1].pop("fingerprint"))
    assert issues[1] == {
        "description": "No heading gives the anchor #gone.",
        "check_name": "links.broken_anchor",
        "severity": "major",
        "location": {"path": "posts/hello.md", "lines": {"begin": 7, "end": 7}},
    }
    assert [i["severity"] for i in issues] == ["minor", "major"]


def test_gitlab_fingerprints_are_unique_and_stable(hostile_report: ReviewReport) -> None:
    for report in (with_findings(50), hostile_report):
        issues = json.loads(render(report, "gitlab"))
        assert len({i["fingerprint"] for i in issues}) == len(issues) > 0
    one = with_findings(1)
    moved = replace(one, posts=(replace(one.posts[0], path="b.md"), *one.posts))
    prints = [i["fingerprint"] for i in json.loads(render(moved, "gitlab"))]
    assert prints[1] == json.loads(render(one, "gitlab"))[0]["fingerprint"] != prints[0]


# --- XML --------------------------------------------------------------------------------------------------------------


def test_checkstyle_lists_files_and_errors(report: ReviewReport) -> None:
    root = ET.fromstring(render(report, "checkstyle"))
    assert [f.get("name") for f in root] == ["posts/good.md", "posts/hello.md"]
    assert root[1][1].attrib == {
        "line": "7",
        "column": "17",
        "severity": "error",
        "message": "No heading gives the anchor #gone.",
        "source": "copydesk.links.broken_anchor",
    }


def test_junit_counts_what_it_holds(report: ReviewReport) -> None:
    root = ET.fromstring(render(report, "junit"))
    good, faulty = root
    assert good.attrib == {"name": "posts/good.md", "tests": "1", "failures": "0", "errors": "0", "skipped": "0"}
    assert faulty.attrib == {"name": "posts/hello.md", "tests": "4", "failures": "2", "errors": "0", "skipped": "1"}
    assert root.get("tests") == "5"
    cases = {c.get("name"): [e.tag for e in c] for c in faulty}
    assert cases == {
        "verdict": ["failure"],
        "grammar.agreement": ["system-out"],
        "links.broken_anchor": ["failure"],
        "style.wordy": ["skipped"],
    }


def test_junit_calls_an_incomplete_review_an_error(report: ReviewReport) -> None:
    post = replace(report.posts[0], verdict=Verdict.INCOMPLETE, incomplete=("links",))
    root = ET.fromstring(render(ReviewReport(verdict=Verdict.INCOMPLETE, posts=(post,)), "junit"))
    (problem,) = root.findall("testsuite/testcase/error")
    assert problem.text == "links could not finish for this post."


@pytest.mark.parametrize("name", ["sarif", "rdjson", "gitlab", "checkstyle", "junit"])
def test_hostile_texts_keep_every_format_valid(
    name: str, hostile_report: ReviewReport, hostile_material: Material
) -> None:
    text = render(hostile_report, name, hostile_material)
    if name == "sarif":
        run = sarif_of(hostile_report, hostile_material)
        paths = [unquote(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for r in run["results"]]
        assert paths[0] == hostile_report.posts[0].path
    elif name in ("rdjson", "gitlab"):
        found = json.loads(text)
        assert len(found["diagnostics"] if name == "rdjson" else found) == len(hostile_report.posts)
    else:
        tags = {e.tag for e in ET.fromstring(text).iter()}
        known = {"checkstyle", "file", "error", "testsuites", "testsuite", "testcase", "failure", "system-out"}
        assert tags <= known


# --- schemas ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["report", "hostile", "empty", "many"])
def test_every_format_keeps_its_schema(
    which: str, report: ReviewReport, hostile_report: ReviewReport, material: Material, hostile_material: Material
) -> None:
    given, its_material = {
        "report": (report, material),
        "hostile": (hostile_report, hostile_material),
        "empty": (ReviewReport(verdict=Verdict.APPROVE, posts=()), Material()),
        "many": (with_findings(50), Material()),
    }[which]
    sarif_of(given, its_material)
    validate(json.loads(render(given, "rdjson", its_material)), RDF_RESULT)
    for line in render(given, "rdjsonl", its_material).splitlines():
        validate(json.loads(line), RDF_DIAGNOSTIC)
    validate(json.loads(render(given, "gitlab", its_material)), GITLAB)
    check_xml(render(given, "checkstyle", its_material), "checkstyle", CHECKSTYLE)
    check_xml(render(given, "junit", its_material), "testsuites", JUNIT)


def test_the_schemas_refuse_what_is_wrong() -> None:
    with pytest.raises(ValidationError):
        validate({"message": "m", "location": {"path": "a", "range": {"start": {"line": 0}}}}, RDF_DIAGNOSTIC)
    with pytest.raises(ValidationError):
        validate([{"description": "d", "location": {"path": "./a"}}], GITLAB)
    with pytest.raises(AssertionError):
        check_xml('<checkstyle version="5"><error/></checkstyle>', "checkstyle", CHECKSTYLE)
