"""The dashboard as one HTML page; the same walls as the report's (`html_report`)."""

from __future__ import annotations

from collections import Counter

from copydesk.dashboard import Dashboard, moment
from copydesk.report import Verdict
from copydesk.reports import charts
from copydesk.reports.html_report import VERDICT_ROLES, page_frame, page_template
from copydesk.reports.wording import SEVERITY_MARKS, VERDICT_MARKS, VERDICTS, seconds


def dashboard_page(dashboard: Dashboard, *, refresh_seconds: int | None = None) -> str:
    """The page; `refresh_seconds` makes it reload itself."""
    counted = Counter(p.verdict for p in dashboard.posts)
    scores = [p.score for p in dashboard.posts]
    most = max((c.findings for c in dashboard.checks), default=0)
    page: str = page_template("dashboard.html.j2").render(
        **page_frame("dashboard.js"),
        refresh=refresh_seconds,
        board=dashboard,
        made=moment(dashboard.made_at),
        mean=sum(scores) / len(scores) if scores else None,
        verdicts=[
            (v.value, VERDICT_MARKS[v], VERDICTS[v], counted[v]) for v in reversed(Verdict) if counted[v] or v.rank == 0
        ],
        share=charts.stacked([(counted[v], VERDICT_ROLES[v], VERDICTS[v]) for v in Verdict]),
        score_line=charts.score_line([(d.day, d.score, d.posts) for d in dashboard.trend]),
        posts=[
            (
                p,
                VERDICT_MARKS[p.verdict],
                VERDICTS[p.verdict],
                charts.trend(p.scores),
                moment(p.reviewed_at),
            )
            for p in dashboard.posts
        ],
        checks=[(c, SEVERITY_MARKS[c.severity], charts.bar(c.findings, 0, most, "share")) for c in dashboard.checks],
        steps=[(s, charts.durations(s.p95_over_time)) for s in dashboard.steps],
        longest=lambda value: "–" if value is None else seconds(value),
        moment=moment,
    )
    return page
