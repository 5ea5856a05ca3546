"""Limits from the blog itself: what is measured, what is written, and what findings then say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from copydesk.calibration import (
    FILE_NAME,
    HIGH,
    Calibration,
    Spread,
    calibrate,
    everything,
    find_calibration,
    value_of,
    written,
)
from copydesk.checks import seo, style
from copydesk.cli import cli
from copydesk.errors import UsageError
from copydesk.plan import load_plan
from copydesk.post import Post
from copydesk.report import Finding, Severity, StepResult
from copydesk.scoring import content_of
from copydesk.step import StepContext


def text(number: int) -> str:
    """A post whose longest sentence has 10 + `number` words, in a section of twelve sentences."""
    short = "The ferry leaves at nine and the crew is on board. " * 11
    long = " ".join(["word"] * (8 + number))
    return (
        f"---\ntitle: {'T' * (20 + number)}\ndescription: {'d' * (100 + number)}\n---\n\n"
        f"{short}\nThe {long} end.\n\nIt was written by the crew.\n"
    )


def results(number):
    post = Post.from_text("p.md", text(number))
    context = StepContext(thresholds=everything())
    return {"style": style.check(post, context), "seo": seo.check(post, context)}


def test_every_measured_check_says_its_number_first():
    steps = results(30)
    found = {f.check: value_of(f) for result in steps.values() for f in result.findings if f.check in HIGH}
    long = {f.check: f for f in steps["style"].findings if "38 " in f.match or "40" in f.message}
    assert set(found) >= set(HIGH) - {"seo.description_short"}
    assert found["seo.title_length"] == 50
    assert found["seo.description_long"] == 130
    assert "style.long_sentence" in long
    assert set(HIGH) <= {*style.LIMITS, *seo.LIMITS}


def test_limits_are_the_5th_and_the_95th_percentile():
    found = calibrate(results(n) for n in range(100))
    assert found.posts == 100
    assert found.limits["style.long_sentence"] == pytest.approx(10 + 94, abs=1)
    assert found.limits["seo.title_length"] == pytest.approx(20 + 94, abs=1)
    assert found.limits["seo.description_short"] == pytest.approx(104, abs=1)
    assert found.limits["seo.description_long"] == pytest.approx(194, abs=1)
    flagged = sum(value > found.limits["seo.title_length"] for value in range(20, 120))
    assert flagged <= 5


def test_few_posts_are_no_distribution():
    with pytest.raises(UsageError, match="at least 20 posts; here are 19"):
        calibrate(results(n) for n in range(19))


def test_the_file_is_read_back_and_the_workflow_file_counts_more(tmp_path):
    found = calibrate(results(n) for n in range(25))
    (tmp_path / FILE_NAME).write_text(written(found))
    assert find_calibration(tmp_path) == found
    assert yaml.safe_load(written(found))["posts"] == 25
    (tmp_path / "copydesk.yaml").write_text("checks: {thresholds: {seo.title_length: 33}}\n")
    plan = load_plan(None, tmp_path)
    assert plan.config.checks.thresholds["seo.title_length"] == 33
    assert plan.config.checks.thresholds["style.long_sentence"] == found.limits["style.long_sentence"]
    assert plan.context(plan.step("style")).thresholds["style.long_sentence"] == found.limits["style.long_sentence"]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "version: 2\nposts: 3\nchecks: {}\n", "version: 1\nposts: 3\nchecks: {a: 1}\n", "a: [", "\x00"],
)
def test_a_file_that_is_none_is_bad_usage(tmp_path, content):
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(UsageError, match=FILE_NAME):
        find_calibration(tmp_path)


def finding(check, message):
    return Finding(check=check, severity=Severity.SUGGESTION, message=message)


@pytest.mark.parametrize(
    ("check", "value", "said"),
    [
        ("seo.title_length", 96, "95 of 100 posts have less; the median is 50."),
        ("seo.title_length", 60, "the median is 50."),
        ("seo.short_post", 3, "95 of 100 posts have more; the median is 50."),
        ("seo.short_post", 60, "the median is 50."),
    ],
)
def test_a_finding_says_where_the_post_stands(check, value, said):
    spread = Spread(limit=1, posts=100, percentiles={5: 5, 50: 50, 95: 95})
    calibration = Calibration(version=1, posts=100, checks={check: spread})
    before = finding(check, f"It has {value} of them.")
    after = calibration.placed(before)
    assert after.message == f"{before.message} On this blog, {said}"
    assert content_of(after) == content_of(before)
    other = finding("links.empty", "3 links")
    assert calibration.placed(other) is other


@pytest.mark.parametrize("said", [("1,234 words", 1234), ("12.5 %", 12.5), ("-3 is", -3), ("none", None)])
def test_the_first_number_of_a_message(said):
    assert value_of(finding("a.b", said[0])) == said[1]


def test_the_command_writes_beside_the_workflow_file_and_leaves_it_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for number in range(20):
        Path(f"{number}.md").write_text(text(number))
    with pytest.raises(UsageError, match="copydesk init"):
        cli.main(["calibrate", ".", "-q"], standalone_mode=False)
    Path("copydesk.yaml").write_text("# mine\nchecks:\n  severity: {}\n")
    before = Path("copydesk.yaml").read_text()
    cli.main(["calibrate", ".", "-q", "--dry-run"], standalone_mode=False)
    assert not Path(FILE_NAME).exists()
    cli.main(["calibrate", ".", "-q"], standalone_mode=False)
    assert Path("copydesk.yaml").read_text() == before
    found = find_calibration(tmp_path)
    assert found is not None
    assert found.limits["style.long_sentence"] == pytest.approx(28, abs=1)
    assert "style.long_sentence" in capsys.readouterr().out


def test_no_results_for_a_post_of_another_language():
    empty = {"style": StepResult(), "seo": StepResult()}
    found = calibrate([*(results(n) for n in range(20)), *[empty] * 5])
    assert (found.posts, found.checks["seo.title_length"].posts) == (25, 20)
