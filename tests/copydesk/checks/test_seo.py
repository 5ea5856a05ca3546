from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.checks import seo
from copydesk.post import Post
from copydesk.report import Severity
from copydesk.site import Site
from copydesk.step import StepContext

BODY = "\nThe ferry leaves at nine. Cars go on board first, and lorries follow.\n" * 20


def checks(front: str, body: str = BODY, context: StepContext | None = None, path: str = "post.md") -> dict[str, str]:
    post = Post.from_text(path, f"---\n{front}\n---\n{body}")
    return {f.check: f.match for f in seo.check(post, context or StepContext()).findings}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-02", date(2026, 3, 2)),
        ("2026-3-2", date(2026, 3, 2)),
        ("2026/03/02", date(2026, 3, 2)),
        ("2026-03-02T10:00:00Z", date(2026, 3, 2)),
        ("2016-03-08 13:22:00 -5", date(2016, 3, 8)),
        ("02.03.2026", date(2026, 3, 2)),
        ("03/25/2026", date(2026, 3, 25)),
        ("March 2, 2026", date(2026, 3, 2)),
        ("Mon, 2 Mar 2026 10:00:00 +0100", date(2026, 3, 2)),
        ("2nd of March", None),
        ("2026-02-30", None),
        ("32 Octember 2026", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_dates_as_people_write_them(text: str, day: date | None) -> None:
    assert seo.read_date(text) == day


@pytest.mark.parametrize("value", ["2026", "2026-03", "1772409600", "'{{ .Date }}'", "20260302"])
def test_dates_that_a_generator_may_know_are_left_alone(value: str) -> None:
    assert "seo.date" not in checks(f"title: Ferries\ndate: {value}")


def test_the_future_begins_the_day_after_tomorrow() -> None:
    today = datetime.now(UTC).date()
    results = {}
    for name, days in (("past.md", -1), ("tomorrow.md", 1), ("future.md", 3)):
        day = today + timedelta(days=days)
        post = Post.from_text(name, f"---\ntitle: Ferries\ndate: {day}\n---\n{BODY}")
        results[name] = seo.check(post, StepContext())
    findings = seo.resolve(results, Site(Path.cwd()), StepContext())
    assert list(findings) == ["future.md"]
    assert [(f.line, f.column, f.match) for f in findings["future.md"]] == [(3, 7, str(today + timedelta(days=3)))]


def test_the_day_of_the_review_is_no_part_of_what_is_cached() -> None:
    post = Post.from_text("post.md", f"---\ntitle: Ferries\ndate: 2999-01-01\n---\n{BODY}")
    result = seo.check(post, StepContext())
    assert "seo.future_date" not in {f.check for f in result.findings}
    assert json.loads(json.dumps(result.outputs)) == result.outputs


def test_required_keys_are_the_teams_own() -> None:
    context = StepContext(options={"required": ["author", "hero"]}, keys={"hero": ["banner", "hero"]})
    post = Post.from_text("post.md", "---\nbanner: a.png\n---\nText.\n")
    missing = [f for f in seo.check(post, context).findings if f.check == "seo.required_key"]
    assert [f.message.split(":")[0] for f in missing] == ["The post has no author"]
    assert missing[0].severity == Severity.ERROR


def test_a_team_may_call_its_description_otherwise() -> None:
    context = StepContext(keys={"description": ["lede"]})
    text = "How the ferry is loaded in the morning, and why the cars go first and the lorries last."
    assert "seo.description_missing" not in checks(f"title: Ferries\nlede: {text}", context=context)
    assert "seo.description_missing" in checks(f"title: Ferries\ndescription: {text}", context=context)


def test_limits_are_the_teams_own() -> None:
    front = "title: How the ferry is loaded in the morning\ndescription: " + "Why the cars go first. " * 5
    strict = StepContext(
        thresholds={
            "seo.title_length": 20,
            "seo.description_long": 60,
            "seo.short_post": 2_000,
        }
    )
    assert not {"seo.title_length", "seo.description_long", "seo.short_post"} & set(checks(front))
    assert {"seo.title_length", "seo.description_long", "seo.short_post"} <= set(checks(front, context=strict))


def test_a_place_is_inside_the_quotes() -> None:
    post = Post.from_text("post.md", '\ufeff---\r\ntitle: "🚢 WE LOAD EVERY FERRY"\r\n---\r\nText.\r\n')
    (finding,) = [f for f in seo.check(post, StepContext()).findings if f.check == "seo.title_shouting"]
    assert (finding.line, finding.column, finding.match) == (2, 9, "🚢 WE LOAD EVERY FERRY")


def test_toml_counts_as_well() -> None:
    post = Post.from_text("post.md", "+++\ntitle = 'Ferries'\nslug = 'Our Ferry'\ndraft = true\n+++\nText.\n")
    found = {f.check: f.match for f in seo.check(post, StepContext()).findings}
    assert found["seo.slug"] == "Our Ferry"
    assert "true" in found["seo.draft"]


@pytest.mark.parametrize(
    ("path", "flagged"),
    [
        ("posts/our-ferry.md", False),
        ("posts/our ferry/index.md", True),
        ("our posts/ferry.md", False),
        ("posts/2026-05-04-our-ferry.en.md", False),
        ("posts/what?.md", True),
    ],
)
def test_the_file_name_is_the_address_of_a_post_without_a_slug(path: str, flagged: bool) -> None:
    assert ("seo.slug" in checks("title: Ferries", path=path)) is flagged


def test_front_matter_that_cannot_be_read_is_left_to_the_step_that_says_so() -> None:
    post = Post.from_text("post.md", '---\ntitle: "Ferries\ndate: x\n---\n\nText.\n')
    assert post.front.problem is not None
    assert seo.check(post, StepContext()).findings == ()


@given(st.dictionaries(st.sampled_from(["title", "description", "date", "slug", "draft"]), st.text(max_size=40)))
def test_any_front_matter_has_an_answer(front: dict[str, str]) -> None:
    post = Post.from_text("post.md", "---\n" + json.dumps(front) + "\n---\nText.\n")
    for finding in seo.check(post, StepContext()).findings:
        assert finding.check in {rule.id for rule in seo.RULES}
