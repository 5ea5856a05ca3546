"""The blog in `examples/` shows what it promises: good posts without findings, and bad ones with many kinds of them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from copydesk.checks import links, seo, style
from copydesk.post import Post
from copydesk.report import StepResult
from copydesk.site import Site
from copydesk.step import StepContext

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD = {
    "2026-05-11-crew-chat.md",
    "es/como-medimos-las-mareas.md",
    "how-we-halved-timetable-errors.md",
    "lessons-from-a-storm.md",
    "notes/radio-calls.md",
    "timetable-widget.mdx",
    "winter-timetable/index.md",
}


@pytest.fixture(scope="module")
def found() -> dict[str, set[str]]:
    """Checks that have something to say, by post."""
    root = EXAMPLES / "posts"
    site = Site(root, EXAMPLES / "static", EXAMPLES)
    context = StepContext()
    checks: dict[str, set[str]] = defaultdict(set)
    linked: dict[str, StepResult] = {}
    for path in sorted((*root.rglob("*.md"), *root.rglob("*.mdx"))):
        name = path.relative_to(root).as_posix()
        post = Post.from_bytes(name, path.read_bytes())
        linked[str(path)] = links.check(post, context)
        results = [linked[str(path)], seo.check(post, context), *([style.check(post, context)] * post.is_english)]
        checks[name] = {finding.check for result in results for finding in result.findings}
    for name, findings in links.resolve(linked, site, context).items():
        checks[Path(name).relative_to(root).as_posix()] |= {finding.check for finding in findings}
    return checks


def test_there_are_eight_to_twelve_posts(found: dict[str, set[str]]) -> None:
    assert 8 <= len(found) <= 12


@pytest.mark.parametrize("name", sorted(GOOD))
def test_good_posts_have_no_findings(found: dict[str, set[str]], name: str) -> None:
    assert found[name] == set()


def test_the_checklist_shows_every_way_in_which_a_link_breaks(found: dict[str, set[str]]) -> None:
    shown = found["notes/link-checklist.md"] | found["everything-at-once.md"]
    # A dated address is judged only where a site has ten dated posts.
    assert {rule.id for rule in links.RULES} - shown == {"links.unknown_post"}


def test_most_rules_of_style_and_front_matter_are_shown(found: dict[str, set[str]]) -> None:
    shown = set().union(*found.values())
    rules = {rule.id for rule in (*seo.RULES, *style.RULES)}
    assert len(rules & shown) >= 0.6 * len(rules)
