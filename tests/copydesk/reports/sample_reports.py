"""Reports to render: a plain one, and one in which every text is hostile."""

from __future__ import annotations

from copydesk.report import Finding, Penalty, PostReview, ReviewReport, RunInfo, Severity, StepTime, Verdict
from copydesk.reports import Material, TrendPoint
from copydesk.rules import Rule

POST_TEXT = "---\ntitle: Hello\n---\n\nWe has a plan.\n\nSee the [guide](#gone) for more.\n"

# Every text that a post, a name or an error could carry into a report; each is followed into every format.
PAYLOADS = {
    "script": "<script>window.pwned=1</script>",
    "close_script": "</script><script>window.pwned=1</script>",
    "close_style": "</style><script>window.pwned=1</script>",
    "image": "<img src=x onerror=window.pwned=1>",
    "remote_image": '"><img src=http://192.0.2.1/leak.png>',
    "attribute": '" onmouseover="window.pwned=1" autofocus onfocus="window.pwned=1',
    "single_quote": "' onmouseover='window.pwned=1",
    "svg": "<svg/onload=window.pwned=1>",
    "iframe": "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "base": '<base href="http://192.0.2.1/">',
    "meta": '<meta http-equiv="refresh" content="0;url=http://192.0.2.1/">',
    "link": "[click](javascript:window.pwned=1)",
    "markdown_image": "![x](http://192.0.2.1/leak.png)",
    "autolink": "<http://192.0.2.1/> http://192.0.2.1/leak www.example.invalid",
    "template": "{{ 7*7 }}{% raw %}${7*7}",
    "comment": "<!-- --><script>window.pwned=1</script><!-->",
    "cdata": "]]><script>window.pwned=1</script><![CDATA[",
    "entity": "&lt;script&gt;window.pwned=1&lt;/script&gt; &#x3c;b&#x3e;",
    "pipes": "a | b \\| c `|` ```\n# heading\n| x | y |",
    "escape": "\x1b[2J\x1b]8;;http://192.0.2.1\x07link\x1b]8;;\x07\x9b31m",
    "bidi": "\u202eevil\u2066\u200f\u2069",
    "null": "a\x00b\ud800c\uffff",
    "workflow_command": "x\n::error file=a.md::gotcha\r\n::stop-commands::tok%0A%0D",
    "mention": "@everyone fixes #1, closes owner/repo#2 a@example.invalid",
    "line_separators": "one\u2028two\u2029three\x85four\x0bfive\x0csix",
    "dot_html": "<<table><tr><td><img src='/etc/passwd'/></td></tr></table>>",
    "dot_escapes": "\\N \\G \\L \\n \\l trailing\\",
    "dot_quote": '"]; n0 [URL="javascript:alert(1)"]; x [label="',
    "mermaid": 'end\n click n0 "javascript:alert(1)" %% #quot; ;',
    "long": "x" * 3_000,
    "empty": "",
}


def make_report() -> ReviewReport:
    """Two posts: one with faults of each severity and one suppressed, one approved."""
    faulty = PostReview(
        path="posts/hello.md",
        content_hash="a" * 64,
        verdict=Verdict.CHANGES_REQUESTED,
        score=71.5,
        score_breakdown=(
            Penalty(category="grammar", points=8.5, cap=25, findings=1, reason="1 finding in 100 words"),
            Penalty(category="links", points=20, cap=20, findings=2, reason="2 findings, capped at 20"),
            Penalty(category="style", points=0, cap=10, findings=0, reason="nothing found"),
        ),
        verdict_reasons=("1 error: links.broken_anchor",),
        measures={"words": 120, "reading_ease": 61.25},
        language="en",
        skipped={"spelling": "no dictionary for this language"},
        findings=(
            Finding(
                check="grammar.agreement",
                severity=Severity.WARNING,
                message="“We has” does not agree.",
                line=5,
                column=4,
                end_line=5,
                end_column=7,
                match="has",
                suggestions=("have",),
                fingerprint="f" * 32,
            ),
            Finding(
                check="links.broken_anchor",
                severity=Severity.ERROR,
                message="No heading gives the anchor #gone.",
                line=7,
                column=17,
                end_line=7,
                end_column=22,
                match="#gone",
                fingerprint="e" * 32,
            ),
            Finding(
                check="style.wordy",
                severity=Severity.SUGGESTION,
                message="“for more” says little.",
                line=7,
                column=24,
                end_line=7,
                end_column=32,
                match="for more",
                suggestions=("",),
                fingerprint="d" * 32,
                suppressed=True,
                suppression="text",
            ),
        ),
    )
    good = PostReview(path="posts/good.md", content_hash="b" * 64, verdict=Verdict.APPROVE, score=100, language="en")
    run = RunInfo(
        id="0190-run",
        attempt=1,
        state="completed",
        workflow="blog-review",
        priority="medium",
        started_at="2026-03-01T08:00:00Z",
        duration_seconds=4.25,
        steps=(
            StepTime(step="structure", run_seconds=0.25),
            StepTime(step="grammar", run_seconds=1.5, queue_seconds=0.2, attempts=2),
            StepTime(step="links", run_seconds=2.6),
            StepTime(step="spelling", run_seconds=0.9),
        ),
    )
    return ReviewReport(run=run, verdict=Verdict.CHANGES_REQUESTED, posts=(good, faulty))


def hostile_post(payload: str, number: int = 0) -> PostReview:
    """A post in which every free text is the payload."""
    finding = Finding(
        check="links.broken_anchor",
        severity=Severity.ERROR,
        message=payload,
        line=2,
        column=3,
        end_line=2,
        end_column=3 + len(payload.split("\n")[0]),
        match=payload,
        suggestions=(payload, ""),
        fingerprint=f"{number:032x}",
    )
    return PostReview(
        path=f"posts/{number}-{payload}.md",
        content_hash="c" * 64,
        verdict=Verdict.INCOMPLETE,
        score=10,
        score_breakdown=(Penalty(category=payload or "links", points=90, cap=90, findings=1, reason=payload),),
        verdict_reasons=(payload,),
        measures={payload or "words": 3},
        language=payload,
        incomplete=(payload or "links",),
        skipped={payload or "seo": payload},
        findings=(finding,),
    )


def make_hostile_report() -> ReviewReport:
    """One post a payload, and a run whose names are hostile too."""
    posts = tuple(hostile_post(payload, n) for n, payload in enumerate(PAYLOADS.values()))
    run = RunInfo(
        id=PAYLOADS["script"],
        attempt=1,
        state="completed",
        workflow=PAYLOADS["attribute"],
        priority=PAYLOADS["image"],
        started_at=PAYLOADS["svg"],
        duration_seconds=1.0,
        steps=tuple(StepTime(step=p, run_seconds=0.1, state=p) for p in PAYLOADS.values()),
    )
    return ReviewReport(run=run, verdict=Verdict.INCOMPLETE, posts=posts)


def make_hostile_material() -> Material:
    """The payloads as texts of posts, earlier reviews and rules."""
    report = make_hostile_report()
    sources = {
        p.path: f"first\nab{payload}\nlast\n" for p, payload in zip(report.posts, PAYLOADS.values(), strict=True)
    }
    trends = {
        p.path: [TrendPoint(at=payload, score=50, verdict=Verdict.REJECT)] * 3
        for p, payload in zip(report.posts, PAYLOADS.values(), strict=True)
    }
    text = " ".join(p for n, p in PAYLOADS.items() if n != "long")
    rule = Rule(
        id="links.broken_anchor", severity=Severity.ERROR, summary=text, reason=text, source=text, flagged=(), passes=()
    )
    return Material(sources=sources, trends=trends, rules={rule.id: rule}, explanation=PAYLOADS["script"])


def make_material() -> Material:
    """Text, rule and earlier reviews for `make_report`."""
    rule = Rule(
        id="links.broken_anchor",
        severity=Severity.ERROR,
        summary="A link to a heading that does not exist.",
        reason="The reader lands at the top of the page.",
        source="HTML Living Standard, navigating to a fragment",
        flagged=(),
        passes=(),
    )
    points = (
        TrendPoint(at="2026-01-01T08:00:00Z", score=50, verdict=Verdict.REJECT),
        TrendPoint(at="2026-02-01T08:00:00Z", score=64, verdict=Verdict.CHANGES_REQUESTED),
    )
    return Material(sources={"posts/hello.md": POST_TEXT}, rules={rule.id: rule}, trends={"posts/hello.md": points})
