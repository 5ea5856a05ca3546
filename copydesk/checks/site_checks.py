"""A post among the others of its site: what two of them share, and links to what moved or is not there yet.

Runs where the workflow lists it. `check` works out a post's own facts, which are cached by its content; `resolve`
compares them with those of all other posts (`copydesk.site_facts`). Options: `orphans: true` also reports posts that no
other post links to; `today` is the date to compare with, for builds that must give the same answer tomorrow.
"""

from __future__ import annotations

import datetime
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copydesk.errors import UsageError
from copydesk.place import finding_at, place_in, shortened
from copydesk.priority import Priority
from copydesk.report import Finding, Severity, StepResult
from copydesk.rules import Example, Rule
from copydesk.site_facts import SiteFacts, facts_of, normalized, paragraphs, place_of, site_facts
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.post import Post
    from copydesk.site import Site

__all__ = ["RULES", "STEP", "check", "prepare", "resolve"]

STEP = Step(
    name="site_checks",
    version="1",
    description="Titles, addresses and paragraphs that another post has too; links to moved, hidden or later posts.",
    check="copydesk.checks.site_checks:check",
    resolve="copydesk.checks.site_checks:resolve",
    prepare="copydesk.checks.site_checks:prepare",
    rules="copydesk.checks.site_checks:RULES",
    priority=Priority.LOW,
)

_SAID = (
    "When the harbor froze in the winter of that year, the ferries stayed where they were and the town learned to "
    "walk across the ice, with sledges for the mail, a rope along the poles, and a bell at each end that somebody rang "
    "whenever the fog came in from the sea."
)
_NEAR = _SAID.replace("a bell at each end", "one bell at either end")

RULES = (
    Rule(
        id="site_checks.duplicate_title",
        severity=Severity.WARNING,
        summary="Another post of the same language has this title.",
        reason="Readers and search engines cannot tell the two apart in a list.",
        source="Google Search Central: unique titles for every page",
        flagged=(
            Example(
                text="---\ntitle: On Ice\n---\n\nNew.\n",
                files={"old.md": "---\ntitle: on  ice\n---\n\nOld.\n"},
                match="On Ice",
            ),
        ),
        passes=(
            Example(text="---\ntitle: On Ice\n---\n\nNew.\n", files={"old.md": "---\ntitle: On Snow\n---\n"}),
            Example(text="---\ntitle: On Ice\n---\n\nNew.\n", files={"post.fr.md": "---\ntitle: On Ice\n---\n"}),
        ),
    ),
    Rule(
        id="site_checks.duplicate_description",
        severity=Severity.SUGGESTION,
        summary="Another post of the same language has this description.",
        reason="The description is what tells a post from its neighbours in search results.",
        source="Google Search Central: unique descriptions",
        flagged=(
            Example(
                text="---\ntitle: A\ndescription: About ice.\n---\n",
                files={"old.md": "---\ntitle: B\ndescription: About ice.\n---\n"},
                match="About ice.",
            ),
        ),
        passes=(
            Example(text="---\ndescription: About ice.\n---\n", files={"old.md": "---\ntitle: About ice.\n---\n"}),
        ),
    ),
    Rule(
        id="site_checks.duplicate_address",
        severity=Severity.WARNING,
        summary="Two posts get the same address: the same permalink, or the same name or slug in one folder.",
        reason="Generators keep one of the two, and nobody is told which.",
        source="Hugo, Jekyll and Eleventy write both pages to one file",
        flagged=(
            Example(text="---\nslug: ice\n---\nA\n", path="blog/a.md", files={"blog/b.md": "---\nslug: Ice\n---\nB\n"}),
            Example(text="A\n", path="blog/ice.md", files={"blog/ice/index.md": "B\n"}),
            Example(text="---\nurl: /ice/\n---\nA\n", path="a.md", files={"b.md": "---\npermalink: /ice\n---\nB\n"}),
        ),
        passes=(
            Example(text="A\n", path="blog/ice.md", files={"notes/ice.md": "B\n", "blog/ice.fr.md": "C\n"}),
            Example(text="A\n", path="2024-01-01-ice.md", files={"2025-01-01-ice.md": "B\n"}),
        ),
    ),
    Rule(
        id="site_checks.same_paragraph",
        severity=Severity.SUGGESTION,
        summary=f"A paragraph of {40} words or more that an older post has too, with hardly a word changed.",
        reason="Readers who know the old post feel cheated; a link to it says the same and stays right.",
        source="Shingles of five words (Broder 1997), seven in ten the same; what over four posts share is a formula",
        flagged=(
            Example(text=f"# New\n\n{_NEAR}\n", files={"old.md": f"# Old\n\nWords.\n\n{_SAID}\n"}),
            Example(text=f"# New\n\n{_SAID}\n", path="2025-01-01-b.md", files={"2024-01-01-a.md": _SAID}),
        ),
        passes=(
            Example(text=f"# New\n\n{_SAID}\n", files={"old.md": "# Old\n\nOther words.\n"}),
            Example(text=f"# New\n\n> {_SAID}\n", files={"old.md": _SAID}),
            Example(text=f"# New\n\n{_SAID}\n", path="2024-01-01-a.md", files={"2025-01-01-b.md": _SAID}),
            Example(text=f"# New\n\n{_SAID}\n", files={f"old-{n}.md": _SAID for n in range(6)}),
        ),
    ),
    Rule(
        id="site_checks.moved_link",
        severity=Severity.SUGGESTION,
        summary="A link to the old address of a post that names it as its alias.",
        reason="The link works by a redirect only, which is slower and lost when the site moves.",
        source="`aliases` (Hugo) and `redirect_from` (Jekyll) of the site's own posts",
        flagged=(
            Example(
                text="[Ice](/old-ice/)\n",
                files={"ice.md": "---\naliases: [/old-ice]\nurl: /ice/\n---\n"},
                match="/old-ice/",
            ),
        ),
        passes=(Example(text="[Ice](/ice/)\n", files={"ice.md": "---\naliases: [/old-ice]\nurl: /ice/\n---\n"}),),
    ),
    Rule(
        id="site_checks.linked_draft",
        severity=Severity.WARNING,
        summary="A link to a post of this site that is a draft.",
        reason="Drafts are not published: readers get an error.",
        source="`draft: true`, `published: false`",
        flagged=(Example(text="[Ice](ice.md)\n", files={"ice.md": "---\ndraft: true\n---\nIce.\n"}, match="ice.md"),),
        passes=(
            Example(text="[Ice](ice.md)\n", files={"ice.md": "---\ndraft: false\n---\nIce.\n"}),
            Example(text="---\ndraft: true\n---\n[Ice](ice.md)\n", files={"ice.md": "---\ndraft: true\n---\nIce.\n"}),
        ),
    ),
    Rule(
        id="site_checks.linked_later_post",
        severity=Severity.WARNING,
        summary="A link to a post of this site that comes out later than this one.",
        reason="Until that day readers get an error.",
        source="The dates of both posts; generators leave future posts out",
        flagged=(
            Example(
                text="---\ndate: 2030-01-02\n---\n[Ice](ice.md)\n",
                files={"ice.md": "---\ndate: 2030-02-01\n---\nIce.\n"},
                options={"today": "2030-01-01"},
            ),
        ),
        passes=(
            Example(
                text="---\ndate: 2030-03-01\n---\n[Ice](ice.md)\n",
                files={"ice.md": "---\ndate: 2030-02-01\n---\nIce.\n"},
                options={"today": "2030-01-01"},
            ),
            Example(
                text="[Ice](ice.md)\n",
                files={"ice.md": "---\ndate: 2030-02-01\n---\nIce.\n"},
                options={"today": "2030-02-01"},
            ),
        ),
    ),
    Rule(
        id="site_checks.orphan",
        severity=Severity.SUGGESTION,
        summary="No other post links to this one. Only with the option `orphans: true`.",
        reason="Readers of the other posts never learn that it exists.",
        source="Ahrefs and Yoast call it orphaned content; in a blog most posts are, so it is an option",
        flagged=(Example(text="Alone.\n", files={"old.md": "Words.\n"}, options={"orphans": True}),),
        passes=(
            Example(text="Alone.\n", files={"old.md": "Words.\n"}),
            Example(text="Read.\n", files={"old.md": "[It](post.md)\n"}, options={"orphans": True}),
        ),
    ),
)

_SEVERITY = {rule.id: rule.severity for rule in RULES}
_SAME = 0.7  # share of a paragraph's prints that the other post has
_FORMULA = 4  # a paragraph that more posts share is one on purpose: thanks, a licence, how to upgrade
_MAX_LINKS = 1_000
_MAX_FINDINGS = 20  # of a rule in a post
_SHOWN = 60  # characters of a paragraph that a finding marks


def prepare(options: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The options, checked; raises `UsageError`."""
    for key, value in options.items():
        if key == "orphans" and isinstance(value, bool):
            continue
        if key == "today" and isinstance(value, str) and _is_date(value):
            continue
        raise UsageError(f"site_checks: {key}: {value!r} cannot be used: `orphans` is true or false, `today` a date.")
    return options


def check(post: Post, context: StepContext) -> StepResult:
    """The facts of a post with their places; whether they are wrong only the other posts can tell."""
    title, description = post.field("title", context.keys), post.field("description", context.keys)
    places = {}
    for name, field in (("title", title), ("description", description)):
        places[name] = place_in(post, field.span.start, field.span.end) if field else (1, 1, 1, 1, "")
    facts = facts_of(post.text, "")
    same = []
    for paragraph in paragraphs(post.text, post.body.start):
        line = post.text[paragraph.start : paragraph.end].splitlines()[0]
        end = paragraph.start + len(line[:_SHOWN].rstrip())
        same.append([list(paragraph.prints), place_in(post, paragraph.start, end)])
    links = [
        [link.destination, place_in(post, link.destination_span.start, link.destination_span.end)]
        for link in post.links[:_MAX_LINKS]
        if not link.is_image and "://" not in link.destination and not link.destination.startswith(("#", "mailto:"))
    ]
    return StepResult(
        outputs={
            "places": places,
            "paragraphs": same,
            "links": links,
            "date": facts["date"],
            "draft": facts["draft"],
        }
    )


def resolve(results: Mapping[str, StepResult], site: Site, context: StepContext) -> dict[str, list[Finding]]:
    """Compare the posts of a run with all posts of the site."""
    facts = site_facts(site)
    today = str(context.options.get("today") or datetime.datetime.now(datetime.UTC).date().isoformat())
    prints = {one for r in results.values() for paragraph, _ in r.outputs.get("paragraphs", ()) for one in paragraph}
    by_print = facts.by_print(prints)
    linked = _linked(facts, site) if context.options.get("orphans") else None
    found = {}
    for path, result in results.items():
        file = os.path.abspath(path)  # noqa: PTH100 - as the site's own list has it
        if file not in facts.posts or "links" not in result.outputs:
            continue
        findings = [
            *_shared(file, result.outputs, facts),
            *_paragraphs(file, result.outputs, facts, by_print),
            *_links(file, result.outputs, facts, site, today),
        ]
        if linked is not None and file not in linked:
            findings.append(
                _at("site_checks.orphan", (1, 1, 1, 1, ""), "No other post of this site links to this one.")
            )
        if findings:
            found[path] = findings
    return found


def _shared(file: str, outputs: Mapping[str, Any], facts: SiteFacts) -> Iterator[Finding]:
    own = facts.posts[file]
    for name, index, said in (
        ("title", facts.by_title, "has this title too"),
        ("description", facts.by_description, "has this description too"),
    ):
        others = [f for f in index.get((own["language"], own[name]), ()) if f != file]
        if others:
            yield _at(f"site_checks.duplicate_{name}", outputs["places"][name], _others(others, facts, said))
    key = own["address"] or own["place"]
    others = [f for f in facts.by_place.get((own["language"], key), ()) if f != file]
    if others:
        yield _at("site_checks.duplicate_address", (1, 1, 1, 1, ""), _others(others, facts, "gets the same address"))


def _paragraphs(
    file: str, outputs: Mapping[str, Any], facts: SiteFacts, by_print: Mapping[int, Sequence[str]]
) -> Iterator[Finding]:
    own = facts.posts[file]
    count = 0
    for prints, place in outputs["paragraphs"]:
        shared: Counter[str] = Counter()
        for one in prints:
            shared.update(f for f in by_print.get(one, ()) if f != file)
        same = sorted(f for f, n in shared.items() if n >= _SAME * len(prints))
        older = [f for f in same if not (own["date"] and facts.posts[f]["date"] > own["date"])]
        older = [f for f in older if facts.posts[f]["language"] == own["language"]]
        if older and len(same) <= _FORMULA and count < _MAX_FINDINGS:
            count += 1
            yield _at("site_checks.same_paragraph", place, _others(older, facts, "says the same in a paragraph"))


def _links(file: str, outputs: Mapping[str, Any], facts: SiteFacts, site: Site, today: str) -> Iterator[Finding]:
    now = max(outputs["date"], today)
    for destination, place in outputs["links"]:
        path = destination.partition("#")[0].partition("?")[0]
        moved = facts.moved.get(normalized(path)) if path.startswith("/") else None
        if moved and moved != file:
            address = facts.posts[moved]["address"]
            message = f"{place_of(moved, facts.root)} has moved away from '{shortened(path)}'."
            yield _at("site_checks.moved_link", place, message, [f"/{address}/"] if address else [])
            continue
        target = site.resolve(destination, file)
        other = facts.posts.get(target.file) if target.outcome == "found" else None
        if other is None or target.file == file or outputs["draft"]:
            continue
        name = place_of(target.file, facts.root)
        if other["draft"]:
            yield _at("site_checks.linked_draft", place, f"{name} is a draft: readers cannot see it.")
        elif other["date"] > now:
            yield _at(
                "site_checks.linked_later_post", place, f"{name} comes out on {other['date']}, later than this post."
            )


def _linked(facts: SiteFacts, site: Site) -> set[str]:
    """The files that another post links to."""
    found = set()
    for file, one in facts.posts.items():
        for destination in one["links"]:
            target = site.resolve(destination, file)
            if target.outcome == "found" and target.file != file:
                found.add(target.file)
    return found


def _others(files: Sequence[str], facts: SiteFacts, said: str) -> str:
    first = place_of(min(files), facts.root)
    if len(files) == 1:
        return f"{first} {said}."
    more = len(files) - 1
    return f"{first} {said}; so it is with {more} more post{'s' if more > 1 else ''}."


def _at(check_id: str, place: Sequence[Any], message: str, suggestions: Sequence[str] = ()) -> Finding:
    return finding_at(place, check_id, _SEVERITY[check_id], message, suggestions)


def _is_date(text: str) -> bool:
    try:
        return bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False
