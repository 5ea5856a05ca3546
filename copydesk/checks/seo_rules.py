"""The rules of the step `seo`, each with posts that must be flagged and posts that must pass."""

from __future__ import annotations

from copydesk.report import Severity
from copydesk.rules import Example, Rule

_BODY = "The ferry leaves at nine. Cars go on board first, and lorries follow them. The crew counts the bikes. " * 20
_DESCRIPTION = (
    "How the ferry is loaded in the morning, why the cars go first, and what the crew does when there are more "
    "lorries than cars on the pier."
)


def _post(front: str, body: str = _BODY) -> str:
    return f"---\n{front}\n---\n\n{body}\n"


_GOOD = _post(f"title: How the ferry is loaded\ndescription: {_DESCRIPTION}\ndate: 2026-03-02")

RULES: tuple[Rule, ...] = (
    Rule(
        id="seo.required_key",
        severity=Severity.ERROR,
        summary="The front matter lacks a key that the site needs: `required` of the step, `title` by default.",
        reason="Without a title, lists, feeds and search results have nothing to show.",
        source="Google Search Central, title links; the team's own list",
        flagged=(
            "The ferry leaves at nine.",
            _post("description: A post without a title"),
            Example(text=_GOOD, options={"required": ["title", "author"]}),
        ),
        passes=(
            _GOOD,
            "# How the ferry is loaded\n\nThe ferry leaves at nine.",
            "---\nlayout: list-of-ferries\n---\n",
            Example(text="The ferry leaves at nine.", path="2026-05-04-how-the-ferry-is-loaded.md"),
            Example(
                text=_post("title: How the ferry is loaded\nauthors: [Ines]"),
                options={"required": ["title", "author"]},
            ),
        ),
    ),
    Rule(
        id="seo.title_length",
        severity=Severity.SUGGESTION,
        summary="A title of more than 70 characters.",
        reason="Search results show about 60 characters and cut the rest.",
        source="Yoast SEO, title width (600 px, about 60 characters); limit: measured",
        flagged=(
            Example(
                text=_post("title: How the ferry is loaded in the morning when there are more lorries than cars here"),
                match="How the ferry is loaded in the morning when there are more lorries than cars here",
            ),
        ),
        passes=(_GOOD, _post("title: How the ferry is loaded in the morning, and why the cars go first")),
    ),
    Rule(
        id="seo.title_shouting",
        severity=Severity.SUGGESTION,
        summary="A title in capitals, or with several exclamation marks.",
        reason="It reads as shouting, and screen readers may spell it out.",
        source="Google Search Central, title links; WCAG technique C30 (text in capitals by style, not by typing)",
        flagged=(_post("title: HOW WE LOAD EVERY FERRY"), _post("title: We load a ferry!!!")),
        passes=(_GOOD, _post("title: HTTP API"), _post("title: Welcome on board!"), _post("title: WCAG 2.2 AND US")),
    ),
    Rule(
        id="seo.description_missing",
        severity=Severity.SUGGESTION,
        summary="No description in the front matter.",
        reason="Search results then show whatever sentence they find.",
        source="Google Search Central, snippets",
        flagged=(_post("title: How the ferry is loaded"),),
        passes=(_GOOD, _post(f"title: How the ferry is loaded\nsummary: {_DESCRIPTION}"), "# No front matter\n\nText."),
    ),
    Rule(
        id="seo.description_short",
        severity=Severity.SUGGESTION,
        summary="A description of fewer than 50 characters.",
        reason="It tells less than the search result has room for.",
        source="Yoast SEO, meta description (120 to 156 characters); limit: measured",
        flagged=(Example(text=_post("title: Ferries\ndescription: About ferries."), match="About ferries."),),
        passes=(
            _GOOD,
            _post("title: Ferries"),
            _post("title: 船\ndescription: 朝のフェリーに車を載せる順番について。", "船です。"),
        ),
    ),
    Rule(
        id="seo.description_long",
        severity=Severity.SUGGESTION,
        summary="A description of more than 320 characters.",
        reason="Search results show about 156 characters; the rest is never seen there.",
        source="Yoast SEO, meta description (120 to 156 characters); limit: measured",
        flagged=(_post(f"title: Ferries\ndescription: {_DESCRIPTION} {_DESCRIPTION} {_DESCRIPTION}"),),
        passes=(_GOOD,),
    ),
    Rule(
        id="seo.description_is_title",
        severity=Severity.SUGGESTION,
        summary="The description repeats the title.",
        reason="The search result says the same thing twice.",
        source="Google Search Central, snippets",
        flagged=(_post("title: How the ferry is loaded\ndescription: How the ferry is loaded."),),
        passes=(_GOOD,),
    ),
    Rule(
        id="seo.duplicate_h1",
        severity=Severity.SUGGESTION,
        summary="The body begins with a heading that repeats the front matter's title.",
        reason="Most themes print the title above the body, so that readers see it twice.",
        source="Hugo and Jekyll themes; HTML Living Standard, 4.3.11 (one heading of the top level)",
        flagged=(
            Example(
                text=_post("title: How the ferry is loaded", "# How the ferry is loaded\n\nText."),
                match="How the ferry is loaded",
            ),
        ),
        passes=(
            _GOOD,
            "# How the ferry is loaded\n\nThe ferry leaves at nine.",
            _post("title: How the ferry is loaded", "# Another heading\n\nText."),
        ),
    ),
    Rule(
        id="seo.slug",
        severity=Severity.WARNING,
        summary="A `slug` with spaces, capitals or characters that addresses have to encode.",
        reason="The address becomes unreadable, or breaks when it is copied.",
        source="Google Search Central, URL structure",
        flagged=(
            Example(text=_post("title: Ferries\nslug: Our Ferry & Crew"), match="Our Ferry & Crew"),
            Example(text=_GOOD, path="our ferry (final).md"),
        ),
        passes=(
            _GOOD,
            _post("title: Ferries\nslug: our-ferry"),
            _post("title: Ferries\nslug: /2026/03/our_ferry.html"),
            _post("title: 船\nslug: 船の話"),
            Example(text=_GOOD, path="Our-Ferry-1.2.0.md"),
            Example(text=_post("title: Ferries\nslug: our-ferry"), path="our ferry.md"),
        ),
    ),
    Rule(
        id="seo.date",
        severity=Severity.WARNING,
        summary="A date that is no date.",
        reason="Generators stop at it, or sort the post to the wrong place.",
        source="ISO 8601; the date formats that Hugo and Jekyll read",
        flagged=(
            Example(text=_post("title: Ferries\ndate: 32 Octember 2026"), match="32 Octember 2026"),
            _post("title: Ferries\ndate: 2026-02-30"),
            _post("title: Ferries\ndate: tomorrow"),
        ),
        passes=(
            _GOOD,
            _post("title: Ferries\ndate: 2016-03-08 13:22:00 -5"),
            _post("title: Ferries\ndate: 2026-03-02T10:00:00+01:00"),
            _post("title: Ferries\ndate: March 8th, 2026"),
            _post("title: Ferries\ndate: 8 March 2026"),
            _post("title: Ferries\ndate: 2026/3/8"),
            _post('title: Ferries\ndate: "{{ .Date }}"'),
            _post("title: Ferries"),
        ),
    ),
    Rule(
        id="seo.future_date",
        severity=Severity.SUGGESTION,
        summary="A date in the future.",
        reason="Hugo and Jekyll leave such a post out until then; good when it is meant.",
        source="Hugo, `buildFuture`; Jekyll, `future`",
        flagged=(Example(text=_post("title: Ferries\ndate: 2999-01-01"), match="2999-01-01"),),
        passes=(_GOOD, _post("title: Ferries")),
    ),
    Rule(
        id="seo.draft",
        severity=Severity.SUGGESTION,
        summary="The post is marked as a draft, or as not published.",
        reason="Generators leave it out; good when it is meant.",
        source="Hugo, `draft`; Jekyll, `published`",
        flagged=(_post("title: Ferries\ndraft: true"), _post("title: Ferries\npublished: false")),
        passes=(_GOOD, _post("title: Ferries\ndraft: false"), _post("title: Ferries\npublished: 2026-01-01")),
    ),
    Rule(
        id="seo.short_post",
        severity=Severity.SUGGESTION,
        summary="A post of fewer than 100 words.",
        reason="Search engines and readers find little in it; a longer note or a link elsewhere may serve them better.",
        source="Yoast SEO, text length (300 words); limit: measured",
        flagged=(_post("title: Ferries", "The ferry leaves at nine."),),
        passes=(_GOOD, _post("title: 船", "船です。"), _post("title: Ferries", "")),
    ),
    Rule(
        id="seo.long_post",
        severity=Severity.SUGGESTION,
        summary="A post of more than 8,000 words.",
        reason="Few readers reach its end; a series is found and read more.",
        source="limit: 34 minutes at 238 words a minute (Brysbaert 2019); types of posts may set their own",
        flagged=(_post("title: Ferries", "The ferry leaves. " * 2_700),),
        passes=(_GOOD, _post("title: Ferries", "The ferry leaves. " * 2_600)),
    ),
)
