"""A run as time went by."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from copydesk.palette import DARK, LIGHT
from copydesk.reports.html_report import safe_svg
from copydesk.timeline import Attempt, Timeline, describe, timeline_svg
from copydesk.visible import visible
from tests.copydesk.reports.sample_reports import PAYLOADS

RUN = Timeline(
    title="blog-review",
    subtitle="run 0190",
    total_seconds=4.0,
    attempts=(
        Attempt(step="load", ready=0, start=0, end=0.2),
        Attempt(step="grammar", ready=0.2, start=0.2, end=1.0, state="failed", delay=0.5),
        Attempt(step="links", ready=0.2, start=0.2, end=3.0),
        Attempt(step="grammar", number=2, ready=1.5, start=1.5, end=2.5),
        Attempt(step="seo", ready=0.2, start=2.5, end=3.5, state="timed_out"),
        Attempt(step="style", ready=0.2, start=3.5, state="running"),
        Attempt(step="spelling", state="skipped"),
    ),
)
SVG = "{http://www.w3.org/2000/svg}"


def titles(timeline: Timeline) -> list[str]:
    return [t.text or "" for t in ET.fromstring(timeline_svg(timeline)).iter(f"{SVG}title")]


def texts(timeline: Timeline) -> list[str]:
    return [t.text or "" for t in ET.fromstring(timeline_svg(timeline)).iter(f"{SVG}text")]


def test_there_is_a_lane_for_each_slot_that_was_used() -> None:
    assert [t for t in texts(RUN) if t.startswith("slot")] == ["slot 1", "slot 2"]


def test_bars_waits_retries_and_delays_are_drawn() -> None:
    told = titles(RUN)
    assert "grammar, failed, 800 ms" in told
    assert "grammar, attempt 2, completed, 1.0 s" in told
    assert "grammar: next attempt after 500 ms" in told
    assert "seo waited 2.3 s" in told
    assert "style, running, 500 ms" in told
    assert not [t for t in told if "spelling" in t]


def test_bars_of_a_lane_never_overlap() -> None:
    many = Timeline(
        title="t",
        total_seconds=20.0,
        attempts=tuple(Attempt(step=f"s{i}", start=i * 0.3, end=i * 0.3 + 1 + i % 4) for i in range(50)),
    )
    lanes: dict[str, list[tuple[float, float]]] = {}
    for bar in ET.fromstring(timeline_svg(many)).iter(f"{SVG}g"):
        if (rect := bar.find(f"{SVG}rect")) is not None:
            left = float(rect.get("x", ""))
            lanes.setdefault(rect.get("y", ""), []).append((left, left + float(rect.get("width", ""))))
    assert sum(map(len, lanes.values())) == 50
    for bars in lanes.values():
        assert all(before[1] <= after[0] + 2 for before, after in zip(sorted(bars), sorted(bars)[1:], strict=False))


def test_a_bar_without_room_beside_it_has_its_name_below() -> None:
    tight = Timeline(
        title="t",
        total_seconds=20.0,
        attempts=tuple(
            Attempt(step=f"step_{i}", number=1 + i % 2, start=a, end=b)
            for i, (a, b) in enumerate([(0, 0.4), (0.4, 20)])
        ),
    )
    svg = ET.fromstring(timeline_svg(tight))
    named = {t.text: float(t.get("y", "")) for t in svg.iter(f"{SVG}text")}
    assert "step_1, attempt 2 · 19.6 s" in named
    assert named["step_0"] > named["step_1, attempt 2 · 19.6 s"]
    alone = ET.fromstring(timeline_svg(replace(tight, attempts=tight.attempts[:1])))
    assert float(alone.get("height", "")) < float(svg.get("height", "")), "room below only where a name stands there"


@pytest.mark.parametrize("count", [3, 8, 40])
def test_every_bar_has_its_name(count: int) -> None:
    attempts = tuple(Attempt(step=f"step_{i}", start=i * 0.3, end=i * 0.3 + 0.3 + i % 5) for i in range(count))
    svg = ET.fromstring(timeline_svg(Timeline(title="t", total_seconds=count * 0.3 + 5, attempts=attempts)))
    written = " ".join(t.text or "" for t in svg.iter(f"{SVG}text")) + " "
    assert [a.step for a in attempts if f"{a.step} " not in written] == []


def test_lanes_are_no_more_than_the_slots() -> None:
    attempts = tuple(Attempt(step=f"s{i}", start=0.0, end=1.0) for i in range(5))
    assert len([t for t in texts(Timeline(title="t", total_seconds=1, attempts=attempts, slots=2)) if "slot" in t]) == 3


def test_the_picture_is_told_in_words() -> None:
    assert describe(RUN).startswith("load from 0 ms, 200 ms long; grammar from 200 ms, 800 ms long, failed;")
    assert "spelling skipped" in describe(RUN)
    assert describe(Timeline(title="t", total_seconds=0, attempts=())) == "Nothing has run."


def test_an_empty_run_draws() -> None:
    assert ET.fromstring(timeline_svg(Timeline(title="t", total_seconds=0, attempts=()))).get("role") == "img"


def test_themes_use_their_own_colours() -> None:
    for theme, palette in (("light", LIGHT), ("dark", DARK)):
        used = set(re.findall(r"#[0-9a-f]{6}", timeline_svg(RUN, theme)))  # type: ignore[arg-type]
        assert used <= set(palette.values())


@pytest.mark.parametrize("name", PAYLOADS)
def test_hostile_texts_are_texts(name: str) -> None:
    payload = PAYLOADS[name]
    attempt = Attempt(step=payload, state=payload, ready=0.0, start=0.5, end=0.9, delay=0.1)
    svg = ET.fromstring(timeline_svg(Timeline(title=payload, subtitle=payload, total_seconds=1, attempts=(attempt,))))
    assert {e.tag.removeprefix(SVG) for e in svg.iter()} <= {"svg", "g", "title", "rect", "line", "text"}
    assert visible(payload) in [e.text or "" for e in svg.iter(f"{SVG}text")]


def test_it_survives_the_pages_own_filter_whole() -> None:
    svg = timeline_svg(RUN)
    kept = safe_svg(svg)
    assert kept is not None
    assert len(list(ET.fromstring(kept).iter())) == len(list(ET.fromstring(svg).iter()))
