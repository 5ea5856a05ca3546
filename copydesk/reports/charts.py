"""The small pictures inside the HTML report: bars and a line, as SVG with attributes only."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from copydesk.palette import LIGHT
from copydesk.reports.wording import number


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
