"""A run as time went by: one lane a slot, with what ran in it, what waited for it, retries and their delays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from copydesk.lettering import fit, text_points
from copydesk.palette import Theme, colors, known_state
from copydesk.reports.wording import seconds
from copydesk.visible import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of one step. Times are seconds since the run began."""

    step: str
    number: int = 1
    state: str = "completed"
    ready: float | None = None  # when it could have started; None: unknown
    start: float | None = None  # None: it has not started
    end: float | None = None  # None: it is still running
    delay: float = 0.0  # from its end to its next attempt, on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything that one picture shows."""

    title: str
    attempts: tuple[Attempt, ...]
    total_seconds: float  # of the run, or until now
    subtitle: str = ""
    slots: int | None = None  # how many steps may run at once; None: as many as did


@dataclass(frozen=True, slots=True)
class _Strip:
    """A waiting part or a delay, below the bars of its lane."""

    start: float
    end: float
    kind: str  # `wait` or `delay`
    words: str


@dataclass
class _Lane:
    bars: list[tuple[float, float, Attempt]]  # start, end
    strips: list[list[_Strip]]  # in rows, so that two that overlap are both seen

    @property
    def free_from(self) -> float:
        return max((end for _, end, _ in self.bars), default=0.0)


_WIDTH, _LEFT, _RIGHT = 960.0, 64.0, 16.0
_BAR, _CAPTION, _STRIP, _GAP = 26.0, 12.0, 6.0, 12.0
_FONTS = "Helvetica, Arial, 'Liberation Sans', sans-serif"


def timeline_svg(timeline: Timeline, theme: Theme = "light") -> str:
    """The picture as SVG: shapes and texts with attributes only, so that it stands under a strict policy.

    The same timeline gives the same text. Lanes are dealt out by time: each attempt takes the lane that has been free
    longest, which is how slots are given to steps.
    """
    color = colors(theme)
    total = max([timeline.total_seconds, *(a.end or a.start or 0.0 for a in timeline.attempts), 1e-9])
    lanes = _lanes(timeline.attempts, total, timeline.slots)
    top = 30.0 + (20.0 if timeline.subtitle else 0.0) + 38.0

    def x(at: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(max(at, 0.0), total) / total

    bars = [_placed(lane, x) for lane in lanes]
    heights = [
        _BAR + (_CAPTION if any(b.below for b in row) else 0.0) + _STRIP * len(lane.strips) + _GAP
        for lane, row in zip(lanes, bars, strict=True)
    ]
    bottom = top + sum(heights)
    height = bottom + 58.0
    parts = [_rect(0, 0, _WIDTH, height, fill=color["paper"])]
    parts.append(_words(20, 30, visible(timeline.title), 16, color["ink"], bold=True))
    if timeline.subtitle:
        parts.append(_words(20, 50, visible(timeline.subtitle), 11, color["muted"]))
    parts += _axis(total, x, top, bottom, color)
    y = top
    for number, (lane, row, tall) in enumerate(zip(lanes, bars, heights, strict=True), start=1):
        parts.append(_words(20, y + _BAR / 2 + 4, f"slot {number}", 11, color["muted"]))
        strips_at = y + tall - _GAP - _STRIP * len(lane.strips) + 2
        for below, strips in enumerate(lane.strips):
            parts += [_strip(s, x, strips_at + below * _STRIP, color) for s in strips]
        parts += [_bar(b, y, color) for b in row]
        y += tall
    parts += _legend(bottom + 40, color)
    said = f"{visible(timeline.title)}. {describe(timeline)}"
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {:.0f} {:.0f}" width="{:.0f}" height="{:.0f}" role="img" '
        'class="copydesk-picture" aria-label="{}" font-family="{}">\n'
    ).format(_WIDTH, height, _WIDTH, height, said, _FONTS)
    return str(head + Markup("\n").join(parts) + Markup("\n</svg>\n"))


def describe(timeline: Timeline) -> str:
    """The picture in words, by start: for who does not see it."""
    told = []
    for a in _in_order(timeline.attempts):
        if a.start is None:
            told.append(f"{visible(a.step)} {visible(a.state.replace('_', ' '))}")
            continue
        took = f"{seconds(a.end - a.start)} long" if a.end is not None else "still going"
        state = "" if a.state == "completed" else f", {visible(a.state.replace('_', ' '))}"
        told.append(f"{_name(a)} from {seconds(a.start)}, {took}{state}")
    return "; ".join(told) + "." if told else "Nothing has run."


def _in_order(attempts: Iterable[Attempt]) -> list[Attempt]:
    return sorted(attempts, key=lambda a: (math.inf if a.start is None else a.start, a.step, a.number))


def _lanes(attempts: Sequence[Attempt], total: float, slots: int | None) -> list[_Lane]:
    lanes: list[_Lane] = []
    for attempt in _in_order(attempts):
        if attempt.start is None:
            continue
        start, end = attempt.start, attempt.end if attempt.end is not None else total
        # Clocks are read twice, so that a slot may seem to be taken a moment before it is given back.
        free = [lane for lane in lanes if lane.free_from <= start + 0.002 * total]
        if free:
            lane = min(free, key=lambda lane: lane.free_from)
        elif slots is not None and len(lanes) >= slots:
            lane = min(lanes, key=lambda lane: lane.free_from)
        else:
            lane = _Lane([], [])
            lanes.append(lane)
        lane.bars.append((start, max(end, start), attempt))
        if attempt.ready is not None and start - attempt.ready > 0.0005:
            words = f"{_name(attempt)} waited {seconds(start - attempt.ready)}"
            _add_strip(lane, _Strip(attempt.ready, start, "wait", words))
        if attempt.delay > 0:
            words = f"{_name(attempt)}: next attempt after {seconds(attempt.delay)}"
            _add_strip(lane, _Strip(end, end + attempt.delay, "delay", words))
    return lanes


def _add_strip(lane: _Lane, strip: _Strip) -> None:
    for row in lane.strips:
        if all(s.end <= strip.start or strip.end <= s.start for s in row):
            row.append(strip)
            return
    lane.strips.append([strip])


def _name(attempt: Attempt) -> str:
    return visible(attempt.step) + (f", attempt {attempt.number}" if attempt.number > 1 else "")


# --- where names stand ------------------------------------------------------------------------------------------------

_SIZE, _SMALL = 11.0, 9.5


@dataclass(frozen=True, slots=True)
class _Label:
    """A name at its place."""

    text: str
    at: float
    anchor: str = "start"
    inside: bool = False
    size: float = _SIZE


@dataclass(slots=True)
class _Bar:
    """A bar at its place in the lane, with the name that there is room for."""

    attempt: Attempt
    left: float
    width: float
    took: float
    label: _Label | None = None
    below: bool = False  # the name stands under the bar

    @property
    def marked(self) -> bool:
        """Whether a cross says that it failed."""
        return self.attempt.state == "failed" and self.width > 16


def _placed(lane: _Lane, x: Callable[[float], float]) -> list[_Bar]:
    """The bars of a lane. A name stands in its bar, else beside it, else below: whichever has the room first."""
    spans = sorted(lane.bars, key=lambda b: b[:2])
    bars = [_Bar(a, x(start), max(x(end) - x(start), 2.5), end - start) for start, end, a in spans]
    free_below = _LEFT - 44.0
    for number, bar in enumerate(bars):
        before = bars[number - 1].left + bars[number - 1].width if number else x(0.0)
        after = bars[number + 1].left if number + 1 < len(bars) else _WIDTH - _RIGHT
        bar.label = _label(bar, before, after)
        if bar.label is None:
            short = fit(_short(bar.attempt), 90.0, _SMALL)
            wide = text_points(short, _SMALL)
            at = min(max(bar.left, free_below), _WIDTH - _RIGHT - wide)
            if at - bar.left <= wide / 2:  # further along it would name another bar
                bar.label, bar.below = _Label(short, at, size=_SMALL), True
                free_below = at + wide + 6
    return bars


def _label(bar: _Bar, before: float, after: float) -> _Label | None:
    """The name in the bar or beside it; None where there is no room between `before` and `after`."""
    name, state = _name(bar.attempt), bar.attempt.state
    label = name + ("" if state == "completed" else f" · {visible(state.replace('_', ' '))}")
    inset = 18.0 if bar.marked else 7.0
    for text in (f"{label} · {seconds(bar.took)}", label, _short(bar.attempt)):
        if text_points(text, _SIZE) <= bar.width - inset - 4:
            return _Label(text, bar.left + inset, inside=True)
    for text in (label, _short(bar.attempt)):
        wide = text_points(text, _SIZE)
        if wide <= bar.width - 2 and not bar.marked:
            return _Label(text, bar.left + bar.width / 2, "middle", inside=True)
        if wide <= after - bar.left - bar.width - 10:
            return _Label(text, bar.left + bar.width + 5)
        if wide <= bar.left - before - 40:  # well clear of the bar before, whose name it is not
            return _Label(text, bar.left - 5, "end")
    inside = bar.width - inset - 4
    return _Label(fit(_short(bar.attempt), inside, _SIZE), bar.left + inset, inside=True) if inside > 40 else None


def _short(attempt: Attempt) -> str:
    return visible(attempt.step) + (f" #{attempt.number}" if attempt.number > 1 else "")


# --- shapes -----------------------------------------------------------------------------------------------------------


def _rect(
    x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "none", rx: float = 0, extra: str = ""
) -> Markup:
    return Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{:g}" fill="{}" stroke="{}"{}/>'
    ).format(x, y, max(width, 0), height, rx, fill, stroke, Markup(extra))  # noqa: S704 - attributes of ours


def _words(
    x: float, y: float, text: str, size: float, fill: str, *, bold: bool = False, anchor: str = "start"
) -> Markup:
    weight = Markup(' font-weight="bold"') if bold else ""
    return Markup('<text x="{:.1f}" y="{:.1f}" font-size="{:g}" fill="{}" text-anchor="{}"{}>{}</text>').format(
        x, y, size, fill, anchor, weight, text
    )


# As in the diagram: outline and mark say the state without colour.
_OUTLINES = {
    "timed_out": ' stroke-width="2" stroke-dasharray="6 3"',
    "failed": ' stroke-width="2"',
    "retrying": ' stroke-dasharray="6 3"',
    "skipped": ' stroke-dasharray="4 3"',
    "pending": ' stroke-dasharray="1.5 2.5"',
    "lost": ' stroke-width="2" stroke-dasharray="1.5 2.5"',
}


def _bar(bar: _Bar, y: float, color: Mapping[str, str]) -> Markup:
    state = known_state(bar.attempt.state)
    fill, line = color[f"{state}_fill"], color[f"{state}_line"]
    square = state in ("failed", "timed_out", "lost", "cancelled")
    extra, rx = _OUTLINES.get(state, ""), 0 if square else min(5, bar.width / 2)
    shapes = [_rect(bar.left, y, bar.width, _BAR, fill=fill, stroke=line, rx=rx, extra=extra)]
    if bar.marked:
        shapes.append(
            Markup('<path d="M{:.1f},{:.1f} l8,8 m0,-8 l-8,8" stroke="{}" stroke-width="1.8" fill="none"/>').format(
                bar.left + 5, y + 9, line
            )
        )
    if label := bar.label:
        ink = color["ink"] if label.inside else color["muted"]
        down = _BAR + 10 if bar.below else _BAR / 2 + 4
        shapes.append(_words(label.at, y + down, label.text, label.size, ink, anchor=label.anchor))
    words = visible(bar.attempt.state.replace("_", " "))
    title = Markup("<title>{}</title>").format(f"{_name(bar.attempt)}, {words}, {seconds(bar.took)}")
    return Markup("<g>") + title + Markup("").join(shapes) + Markup("</g>")


def _strip(strip: _Strip, x: Callable[[float], float], y: float, color: Mapping[str, str]) -> Markup:
    left, right = x(strip.start), x(strip.end)
    middle = y + 2
    look = color["delay"] if strip.kind == "delay" else color["wait"]
    dashes = Markup(' stroke-dasharray="3 3"') if strip.kind == "delay" else ""
    return Markup(
        '<g><title>{}</title><line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="3"{}/></g>'
    ).format(strip.words, left, middle, max(right, left + 1.5), middle, look, dashes)


def _axis(
    total: float, x: Callable[[float], float], top: float, bottom: float, color: Mapping[str, str]
) -> list[Markup]:
    step = _tick(total)
    parts = []
    count = math.floor(total / step + 1e-9)
    for i in range(count + 1):
        at = x(i * step)
        parts.append(
            Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}"/>').format(
                at, top - 8, at, bottom, color["track"]
            )
        )
        parts.append(_words(at, top - 13, "0" if i == 0 else _ticked(i * step), 10, color["muted"], anchor="middle"))
    return parts


def _ticked(at: float) -> str:
    return seconds(at).replace(".0 s", " s").removesuffix(" 0 s")


def _tick(total: float) -> float:
    """A round distance that gives five to ten marks."""
    for step in (
        0.001,
        0.002,
        0.005,
        0.01,
        0.02,
        0.05,
        0.1,
        0.2,
        0.5,
        1,
        2,
        5,
        10,
        15,
        30,
        60,
        120,
        300,
        600,
        1800,
        3600,
    ):
        if total / step <= 10:
            return float(step)
    return 3600.0 * math.ceil(total / 36_000)


def _legend(y: float, color: Mapping[str, str]) -> list[Markup]:
    return [
        Markup('<line x1="20" y1="{:.1f}" x2="44" y2="{:.1f}" stroke="{}" stroke-width="3"/>').format(
            y - 4, y - 4, color["wait"]
        ),
        _words(50, y, "waited for a slot", 10, color["muted"]),
        Markup(
            '<line x1="150" y1="{:.1f}" x2="174" y2="{:.1f}" stroke="{}" stroke-width="3" stroke-dasharray="3 3"/>'
        ).format(y - 4, y - 4, color["delay"]),
        _words(180, y, "delay before the next attempt", 10, color["muted"]),
    ]
