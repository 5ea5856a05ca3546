"""What holds for one post: by its folder, its front matter and its title."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from copydesk.direct import review_directly
from copydesk.errors import UsageError, WorkflowError
from copydesk.loading import check
from copydesk.plan import load_plan, make_plan
from copydesk.post import Post
from copydesk.post_rules import rules_for
from copydesk.report import Severity, StepResult
from copydesk.scoring import review_post
from copydesk.session import open_session
from copydesk.step import StepContext
from copydesk.workflow import parse_workflow

CONFIG = """
checks:
  severity: {seo.slug: warning, style.passive: "off"}
  thresholds: {seo.title_length: 60}
  overrides:
    - paths: drafts/**
      severity: {seo.draft: off}
      thresholds: {seo.title_length: 90}
    - paths: [drafts/loud/**]
      thresholds: {seo.title_length: 30}
types:
  release_notes:
    paths: releases/**
    title: [Release *, "* released"]
    weights: {grammar: 2, style: 0}
    required: [title, version]
    words: {min: 40, max: 900}
    severity: {style.passive: suggestion}
    approve_at: 60
  essay:
    front_matter: {category: [Essay, opinion], draft: false}
    thresholds: {style.long_sentence: 90}
"""


def outputs(text):
    return check(Post.from_text("p.md", text), StepContext()).outputs


def rules(key="posts/a.md", text="---\ntitle: T\n---\nBody.\n", config=CONFIG):
    return rules_for(parse_workflow(config), key, outputs(text))


def test_without_anything_the_workflow_holds():
    found = rules()
    assert (found.type, found.thresholds, found.approve_at) == ("", {"seo.title_length": 60}, 80)
    assert found.severity == {"seo.slug": "warning", "style.passive": "off"}


def test_by_folder_and_the_later_one_wins():
    assert rules("drafts/a.md").thresholds == {"seo.title_length": 90}
    assert rules("drafts/a.md").severity["seo.draft"] == "off"
    assert rules("drafts/loud/a.md").thresholds == {"seo.title_length": 30}
    assert rules("other/drafts/a.md").thresholds == {"seo.title_length": 60}


@pytest.mark.parametrize(
    ("key", "front", "expected"),
    [
        ("releases/1.md", "title: T", "release_notes"),
        ("a.md", "title: release 2.1", "release_notes"),
        ("a.md", "title: Version 3 Released", "release_notes"),
        ("a.md", "title: Unreleased thoughts", ""),
        ("a.md", "title: T\ncategory: essay\ndraft: false", "essay"),
        ("a.md", "title: T\ncategory: [news, Opinion]\ndraft: false", "essay"),
        ("a.md", "title: T\ncategory: essay\ndraft: true", ""),
        ("a.md", "title: T\ncategory: essay", ""),
        ("releases/1.md", "title: T\ncopydesk: {type: essay}", "essay"),
        ("a.md", "title: T\ncopydesk: {type: nothing}", ""),
    ],
)
def test_types_by_folder_front_matter_title_and_name(key, front, expected):
    assert rules(key, f"---\n{front}\n---\nBody.\n").type == expected


def test_a_type_has_its_own_measure():
    found = rules("releases/1.md")
    assert found.thresholds == {"seo.title_length": 60, "seo.short_post": 40, "seo.long_post": 900}
    assert (found.severity["style.passive"], found.approve_at, found.required) == (
        "suggestion",
        60,
        ("title", "version"),
    )
    plan = make_plan(parse_workflow(CONFIG))
    assert plan.context(plan.step("seo"), None, found).options == {"required": ["title", "version"]}
    assert plan.context(plan.step("style"), None, found).options == {}
    assert plan.context(plan.step("style"), None, found).thresholds == {}


def test_weights_change_what_findings_cost():
    post = Post.from_text("p.md", "---\ntitle: Release 1\n---\nBody\n")
    found = post.finding("grammar.the", Severity.ERROR, 0, 1, "m")
    results = {
        "load": check(post, StepContext()),
        "grammar": StepResult(findings=(found,)),
        "style": StepResult(findings=(post.finding("style.cliche", Severity.WARNING, 2, 3, "m"),)),
    }
    review = review_post("p.md", "hash", results, parse_workflow(CONFIG))
    assert {p.category: (p.points, p.cap) for p in review.score_breakdown} == {"grammar": (24.0, 50.0), "style": (0, 0)}
    assert (review.type, review.score) == ("release_notes", 76.0)
    assert "weighted 2" in review.score_breakdown[0].reason


@pytest.mark.parametrize(
    ("text", "field", "advice"),
    [
        (
            "checks:\n  overrides:\n    - {paths: a, severity: {seo.slgu: off}}\n",
            "checks.overrides[0].severity.seo.slgu",
            "seo.slug",
        ),
        ("checks:\n  overrides:\n    - {severity: {seo.slug: off}}\n", "checks.overrides[0].paths", "Add it"),
        ("types:\n  a: {thresholds: {seo.slug: 3}}\n", "types.a.thresholds.seo.slug", ""),
        ("types:\n  a: {weigths: {seo: 3}}\n", "types.a.weigths", "weights"),
        ("types:\n  Bad name: {}\n", "types.Bad name", "lower-case"),
        ("checks:\n  vocabulary_file: nowhere.txt\n", "checks.vocabulary_file", ""),
    ],
)
def test_mistakes_are_told_at_their_place(text, field, advice):
    with pytest.raises(WorkflowError) as caught:
        parse_workflow(text)
    [problem] = caught.value.problems
    assert problem.field == field
    assert advice in problem.advice


def test_words_from_files(tmp_path):
    (tmp_path / "words.txt").write_text("# names\nkubectl\n\nOliveira # a person\n")
    (tmp_path / "wrong.txt").write_text("utilise -> use\nsynergy\n")
    file = tmp_path / "copydesk.yaml"
    text = "checks: {vocabulary: [mine], vocabulary_file: words.txt, rejected: {foo: bar}, rejected_file: wrong.txt}\n"
    plan = make_plan(parse_workflow(text, str(file)), file)
    assert plan.vocabulary == ("mine", "kubectl", "Oliveira")
    assert plan.rejected == {"utilise": "use", "synergy": "", "foo": "bar"}
    assert plan.context(plan.step("style")).vocabulary == plan.vocabulary
    assert plan.context(plan.step("style")).rejected == {}
    assert plan.context(plan.step("spelling")).rejected == plan.rejected
    (tmp_path / "words.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UsageError, match="UTF-8"):
        parse_workflow(text, str(file))


def test_a_type_that_the_workflow_has_not_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "copydesk.yaml").write_text(
        "types: {essay: {paths: ['essays/**']}}\nworkflow: {steps: [{name: links}]}\n"
    )
    for name in ("essay", "novel"):
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: A novel\ncopydesk: {{type: {name}}}\n---\nThe text.\n")
    with open_session(use_cache=False, monitored=False) as session:
        plan = load_plan(tmp_path / "copydesk.yaml")
        report = asyncio.run(review_directly(session, plan, [str(tmp_path)]))
    found = {Path(post.path).stem: [(f.check, f.line, f.match) for f in post.findings] for post in report.posts}
    assert found == {"essay": [], "novel": [("load.unknown_type", 3, "novel")]}
