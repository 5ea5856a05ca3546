"""The rules of the step `links`, each with posts that must be flagged and posts that must pass."""

from __future__ import annotations

from copydesk.report import Severity
from copydesk.rules import Example, Rule

_COMMONMARK = "CommonMark 0.31, links and link reference definitions"

_DATED_POSTS = {f"2026-04-{day:02}-plan-{day}.md": "# The plan\n" for day in range(1, 13)}

RULES: tuple[Rule, ...] = (
    Rule(
        id="links.empty",
        severity=Severity.ERROR,
        summary="A link without an address or without any text.",
        reason="It leads nowhere, or nobody can see it; screen readers read out the address instead.",
        source="WCAG 2.2, 2.4.4 Link Purpose",
        flagged=("See [the report]().", "See [](https://ferries.example/report) for more.", "A map: ![the pier]()"),
        passes=(
            "See [the report](https://ferries.example/report).",
            "[![the pier](https://ferries.example/pier.png)](https://ferries.example/)",
            "Write `[the report]()` when the address is not known yet.",
            'Jump here: <a id="here"></a>.',
        ),
    ),
    Rule(
        id="links.undefined_reference",
        severity=Severity.ERROR,
        summary="A reference such as `[text][name]` whose name nothing defines.",
        reason="Readers see the brackets and cannot follow the link.",
        source=_COMMONMARK,
        flagged=(Example(text="Read [the tide tables][tides] first.", match="[the tide tables][tides]"),),
        passes=(
            "Read [the tide tables][tides] first.\n\n[tides]: https://ferries.example/tides\n",
            "Read [the tide tables][Tide Tables] first.\n\n[tide  tables]: https://ferries.example/tides\n",
            "Take `[the tide tables][tides]` as an example.",
            "The value is grid[row][column] here.",
            "Two boxes: [ ][x].",
        ),
    ),
    Rule(
        id="links.undefined_footnote",
        severity=Severity.WARNING,
        summary="A footnote mark without its footnote.",
        reason="Readers see the brackets and look for a note that is not there.",
        source="GitHub Flavored Markdown and Pandoc, footnotes",
        flagged=(Example(text="The pier is old.[^age]\n", match="[^age]"),),
        passes=(
            "The pier is old.[^age]\n\n[^age]: It was built in 1902.\n",
            "The pattern `[^a-z]` matches digits.",
            "A set like x[^a] is code.",
        ),
    ),
    Rule(
        id="links.broken_anchor",
        severity=Severity.ERROR,
        summary="A link to a heading or anchor that its page does not have.",
        reason="The reader lands at the top of the page and has to search.",
        source="The anchors that GitHub, Hugo, Jekyll (kramdown), Zola and Docusaurus make of headings",
        flagged=(
            Example(text="Go to [the end](#finish).\n\n## The end\n", match="#finish"),
            Example(
                text="See [the plan](plan.md#costs).",
                files={"plan.md": "# The plan\n\n## Prices\n"},
                match="plan.md#costs",
            ),
        ),
        passes=(
            "Go to [the end](#the-end).\n\n## The end\n",
            "Go to [the news](#what-s-new), [again](#whats-new).\n\n## What's new?\n",
            "Go to [the second](#tides-1).\n\n## Tides\n\n## Tides\n",
            "Go to [the goal](#goal).\n\n## The end {#goal}\n",
            'Go to [the goal](#goal).\n\n<a name="goal"></a>\n',
            "Back to [the top](#top), or to the [note](#fn:1).",
            'Go to [the costs](#costs).\n\n{{< include "costs.html" >}}\n',
            Example(text="See [the plan](plan.md#prices).", files={"plan.md": "# The plan\n\n## Prices\n"}),
        ),
    ),
    Rule(
        id="links.broken_link",
        severity=Severity.ERROR,
        summary="A link to a post or file of the site that does not exist.",
        reason="The reader gets an error page.",
        source="The files of the site; addresses that a generator may make are not judged",
        flagged=(
            Example(text="See [the plan](plan-b.md).", files={"plan.md": "# The plan\n"}, match="plan-b.md"),
            Example(
                text='See [the plan]({{< ref "plan-b.md" >}}).',
                files={"plan.md": "# The plan\n"},
                match='{{< ref "plan-b.md" >}}',
            ),
            Example(
                text="See [the plan]({% post_url 2026-05-04-plan-b %}).",
                path="2026-05-05-post.md",
                files={"2026-05-04-plan.md": "# The plan\n"},
            ),
        ),
        passes=(
            Example(text="See [the plan](plan.md).", files={"plan.md": "# The plan\n"}),
            Example(text="See [the plan](./plan.md?plain=1#top).", files={"plan.md": "# The plan\n"}),
            Example(text='See [the plan]({{< ref "plan" >}}).', files={"deep/plan.md": "# The plan\n"}),
            "See [our tags](/tags/ferries/) and [the other page](../other/).",
            "See [the feed](feed.xml) and [the program](run.py).",
            "Write `[the plan](plan-b.md)`.",
        ),
    ),
    Rule(
        id="links.unknown_post",
        severity=Severity.WARNING,
        summary="A dated address (`/2026/05/11/title/`) of a post that the site does not have.",
        reason="The reader gets an error page, unless a redirect that copydesk cannot see catches it.",
        source="The names of the posts, and the slugs and aliases in their front matter; needs ten dated posts",
        flagged=(
            Example(text="See [the plan](/2026/05/11/plan-b/).", files=_DATED_POSTS, match="/2026/05/11/plan-b/"),
            Example(text='See [the plan]({{ "/2026/05/11/plan-b/" | url }}).', files=_DATED_POSTS),
        ),
        passes=(
            Example(text="See [the plan](/2026/05/11/plan-3/).", files=_DATED_POSTS),
            Example(text="See [the plan](/2026/05/12/plan-3/).", files=_DATED_POSTS),
            Example(
                text="See [the plan](/2026/05/11/old-plan/).",
                files={**_DATED_POSTS, "plan.md": "---\naliases: [/2026/05/11/old-plan/]\n---\n"},
            ),
            "See [the plan](/2026/05/11/plan-b/).",
        ),
    ),
    Rule(
        id="links.broken_image",
        severity=Severity.ERROR,
        summary="A picture whose file does not exist.",
        reason="The reader sees a broken frame.",
        source="The files of the site; a site without any picture keeps them elsewhere and is not judged",
        flagged=(
            Example(
                text="![A gull](gull.png)",
                files={"pier.png": "(a picture)"},
                match="gull.png",
            ),
        ),
        passes=(
            Example(text="![A gull](gull.png)", files={"gull.png": "(a picture)"}),
            Example(text="![A gull](gull.webp)", files={"gull.png": "(made from this one)"}),
            "![A gull](gull.png)",
            "![A gull](https://ferries.example/gull.png)",
        ),
    ),
    Rule(
        id="links.path_escape",
        severity=Severity.WARNING,
        summary="A link that climbs out of the site, or a symbolic link that leads out of it.",
        reason="It cannot work once the site is published, and a review must not read what lies outside.",
        source="CWE-22, path traversal",
        flagged=(Example(text="See [the staff list](../../../../../../../../etc/passwd).", match=None),),
        passes=(
            Example(
                text="See [the plan](../notes/plan.md).", path="posts/a.md", files={"notes/plan.md": "# The plan\n"}
            ),
            "See [the start page](../).",
        ),
    ),
    Rule(
        id="links.malformed_url",
        severity=Severity.ERROR,
        summary="An address with a slip that makes it a path: `http//`, `htps://`, `www.` or `name@host` alone.",
        reason="Browsers look for such a page on your own site.",
        source="RFC 3986, 3.1 and 4.2",
        flagged=(
            Example(text="See [it](https//ferries.example).", match="https//ferries.example"),
            "See [it](htps://ferries.example).",
            "See [it](https:/ferries.example/a).",
            "See [it](https://https://ferries.example).",
            "See [it](www.ferries.example/a).",
            "See [it](ferries.com/a).",
            "Write to [us](crew@ferries.example).",
        ),
        passes=(
            "See [it](https://ferries.example) or [this](//ferries.example/a).",
            "Write to [us](mailto:crew@ferries.example), call [us](tel:+123) or [join](irc://ferries.example).",
            "See [the archive](https://archive.example/web/https://ferries.example/).",
            "See ![it](pier@2x.png), [the notes](notes@1.md), [the file](https.md) and [the protocol](http-notes/).",
        ),
    ),
    Rule(
        id="links.local_address",
        severity=Severity.WARNING,
        summary="A link to `localhost`, to a file or to a folder of the author's computer.",
        reason="It works for nobody else.",
        source="RFC 6761, 6.3",
        flagged=(
            Example(text="See [the draft](http://localhost:4000/draft/).", match="http://localhost:4000/draft/"),
            "See [the draft](file:///tmp/draft.html).",
        ),
        passes=(
            "Open [http://localhost:4000](http://localhost:4000) in your browser.",
            "Open `http://localhost:4000/`.",
            "See [the draft](https://localhost.example/) of [our users](/users/ines/) and [homes](/home/ines/).",
        ),
    ),
    Rule(
        id="links.insecure_http",
        severity=Severity.SUGGESTION,
        summary="Links that are not encrypted (http); one finding a post.",
        reason="Anybody on the way can read and change what is loaded, and browsers warn of it.",
        source="RFC 9325; W3C TAG, Securing the Web",
        flagged=(Example(text="See [it](http://ferries.example/).", match="http://ferries.example/"),),
        passes=(
            "See [it](https://ferries.example/).",
            "Open [localhost:80](http://localhost:80/).",
            "The board is at <http://board.localhost/>.",
            "No link.",
        ),
    ),
)
