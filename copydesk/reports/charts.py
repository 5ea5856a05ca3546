"""The small pictures inside the HTML report: bars and a line, as SVG with attributes only."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from copydesk.palette import LIGHT
from copydesk.reports.wording import number, seconds


def bar(value: float, most: float, scale: float, role: str) -> Markup:
    """A bar of `value` in a track of `most`, both against `scale` (the longest track of the chart)."""
    width = 120.0
    track = width * min(max(most, value, 0) / scale, 1) if scale > 0 else 0
    filled = width * min(max(value, 0) / scale, 1) if scale > 0 else 0
    return Markup(
        '<svg class="bar" viewBox="0 0 120 8" width="120" height="8" aria-hidden="true" focusable="false">'
        '<rect x="0" y="1" width="{:.1f}" height="6" rx="3" fill="{}"/>'
        '<rect x="0" y="1" width="{:.1f}" height="6" rx="3" fill="{}"/></svg>'
    ).format(track, LIGHT["track"], filled, LIGHT[role])


def trend(scores: Sequence[float]) -> Markup:
    """The scores of a post, oldest first, the last one marked. Empty below two."""
    if len(scores) < 2:
        return Markup("")
    width, height, pad = 160.0, 36.0, 4.0
    step = (width - 2 * pad) / (len(scores) - 1)
    # Zoomed in on the scores that there are, but never so far that a change of a point looks like a cliff.
    low, high = max(min(scores) - 8, 0), min(max(scores) + 8, 100)
    points = [
        (pad + i * step, pad + (height - 2 * pad) * (high - s) / max(high - low, 1)) for i, s in enumerate(scores)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    said = "Scores of the last reviews: " + ", ".join(number(s) for s in scores)
    return Markup(
        '<svg class="trend" viewBox="0 0 160 36" width="160" height="36" role="img" aria-label="{}">'
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8" stroke-linejoin="round"/>'
        '<circle cx="{:.1f}" cy="{:.1f}" r="3.2" fill="{}"/></svg>'
    ).format(said, line, LIGHT["share"], x, y, LIGHT["share"])


def ring(score: float, role: str) -> Markup:
    """A score of 0 to 100 as a ring around its number."""
    length = 2 * 3.14159265 * 42
    filled = length * min(max(score, 0), 100) / 100
    shown = number(score)
    return Markup(
        '<svg class="ring" viewBox="0 0 100 100" width="104" height="104" role="img" aria-label="Score {} of 100">'
        '<circle cx="50" cy="50" r="42" fill="none" stroke="{}" stroke-width="8"/>'
        '<circle cx="50" cy="50" r="42" fill="none" stroke="{}" stroke-width="8" stroke-linecap="butt" '
        'stroke-dasharray="{:.2f} {:.2f}" transform="rotate(-90 50 50)"/>'
        '<text x="50" y="51" text-anchor="middle" font-size="25" font-weight="700" fill="{}">{}</text>'
        '<text x="50" y="67" text-anchor="middle" font-size="11" fill="{}">of 100</text></svg>'
    ).format(shown, LIGHT["track"], LIGHT[role], filled, length, LIGHT["ink"], shown, LIGHT["muted"])


def durations(values: Sequence[float | None]) -> Markup:
    """Columns of durations, oldest first, from zero; a window without a value is left open. Empty without any."""
    known = [v for v in values if v is not None]
    if not known or max(known) <= 0:
        return Markup("")
    width, height = 120.0, 26.0
    step = width / len(values)
    parts = [
        Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1" fill="{}"/>').format(
            i * step + 1, height - tall, step - 2, tall, LIGHT["share"]
        )
        for i, value in enumerate(values)
        if value is not None
        for tall in [max(height * value / max(known), 1.5)]
    ]
    said = "p95 over time: " + ", ".join("none" if v is None else seconds(v) for v in values)
    return (
        Markup(
            '<svg class="durations" viewBox="0 0 120 26" width="120" height="26" role="img" aria-label="{}">'
        ).format(said)
        + Markup("").join(parts)
        + Markup("</svg>")
    )


def stacked(parts: Sequence[tuple[int, str, str]]) -> Markup:
    """Shares of a whole side by side: (count, role of its colour, words). Empty for nothing."""
    total = sum(count for count, _, _ in parts)
    if not total:
        return Markup("")
    shapes, left = [], 0.0
    for count, role, words in parts:
        if count:
            width = 600.0 * count / total
            shapes.append(
                Markup(
                    '<rect x="{:.1f}" y="0" width="{:.1f}" height="14" fill="{}"><title>{} {}</title></rect>'
                ).format(left, max(width - 2, 1), LIGHT[role], count, words)
            )
            left += width
    said = ", ".join(f"{count} {words}" for count, _, words in parts if count)
    return (
        Markup(
            '<svg class="stacked" viewBox="0 0 600 14" width="600" height="14" preserveAspectRatio="none" role="img" '
            'aria-label="{}">'
        ).format(said)
        + Markup("").join(shapes)
        + Markup("</svg>")
    )


def score_line(days: Sequence[tuple[str, float, int]]) -> Markup:
    """The mean score by day (day, score, posts) between 0 and 100. Empty below two days."""
    if len(days) < 2:
        return Markup("")
    width, height, left, top, bottom = 720.0, 190.0, 34.0, 10.0, 24.0
    step = (width - left - 12) / (len(days) - 1)

    def y(score: float) -> float:
        return top + (height - top - bottom) * (1 - min(max(score, 0), 100) / 100)

    parts = []
    for level in (0, 20, 40, 60, 80, 100):
        parts.append(
            Markup('<line x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}" stroke="{}"/>').format(
                left, y(level), width - 8, y(level), LIGHT["track"]
            )
        )
        parts.append(
            Markup('<text x="{}" y="{:.1f}" font-size="11" text-anchor="end" fill="{}">{}</text>').format(
                left - 8, y(level) + 4, LIGHT["muted"], level
            )
        )
    points = [(left + i * step, y(score)) for i, (_, score, _) in enumerate(days)]
    parts.append(
        Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round"/>').format(
            " ".join(f"{x:.1f},{at:.1f}" for x, at in points), LIGHT["share"]
        )
    )
    for (x, at), (day, score, posts) in zip(points, days, strict=True):
        parts.append(
            Markup(
                '<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="{}"><title>{}: {} over {} posts</title></circle>'
            ).format(x, at, LIGHT["share"], day, number(score), posts)
        )
    for index, anchor in ((0, "start"), (len(days) - 1, "end")):
        parts.append(
            Markup('<text x="{:.1f}" y="{:.1f}" font-size="11" text-anchor="{}" fill="{}">{}</text>').format(
                points[index][0], height - 5, anchor, LIGHT["muted"], days[index][0]
            )
        )
    said = f"Mean score by day, from {number(days[0][1])} on {days[0][0]} to {number(days[-1][1])} on {days[-1][0]}"
    return (
        Markup(
            '<svg class="score-line" viewBox="0 0 720 190" width="720" height="190" role="img" aria-label="{}">'
        ).format(said)
        + Markup("").join(parts)
        + Markup("</svg>")
    )
