"""Diagram and timeline in Chromium: texts stay inside their boxes with real fonts, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from copydesk.diagram import Diagram
from copydesk.drawing import draw
from copydesk.palette import Theme
from copydesk.timeline import Attempt, Timeline, timeline_svg
from tests.copydesk.sample_diagrams import as_ran, hostile, of_size, over_weeks, planned

pytestmark = [pytest.mark.needs_program, pytest.mark.slow]


OVERFLOWS = """() => [...document.querySelectorAll('g.node')].flatMap(node => {
  const shape = node.querySelector('path, polygon').getBBox();
  return [...node.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()])
    .filter(([words, box]) => words.trim() && (box.x < shape.x - 1 || box.x + box.width > shape.x + shape.width + 1
      || box.y < shape.y - 3 || box.y + box.height > shape.y + shape.height + 3))
    .map(([words]) => words);
})"""


def opened(browser: Browser, tmp_path: Path, svg: str) -> Any:
    (tmp_path / "picture.svg").write_text(svg, "utf-8")
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.goto((tmp_path / "picture.svg").as_uri())
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "diagram",
    [planned(), as_ran(), over_weeks(), of_size(3), of_size(40), of_size(200), hostile("long_name_" * 30)],
    ids=["plan", "run", "history", "3", "40", "200", "long"],
)
def test_texts_stay_inside_their_boxes(browser: Browser, tmp_path: Path, diagram: Diagram, theme: Theme) -> None:
    page = opened(browser, tmp_path, draw(diagram, "svg", theme).decode())
    assert page.locator("g.node").count() == len(diagram.nodes)
    assert page.evaluate(OVERFLOWS) == []
    assert len(page.screenshot()) > 5_000
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_timeline_stays_inside_its_picture(browser: Browser, tmp_path: Path, theme: Theme) -> None:
    attempts = tuple(
        Attempt(step=f"step_{i}", ready=i * 0.2, start=i * 0.3, end=i * 0.3 + 0.05 + (i % 5), state="completed")
        for i in range(40)
    )
    svg = timeline_svg(Timeline(title="run", attempts=attempts, total_seconds=17.0), theme)
    page = opened(browser, tmp_path, svg)
    width = page.evaluate("document.documentElement.viewBox.baseVal.width")
    outside = page.evaluate(
        "width => [...document.querySelectorAll('text, rect, line')].filter(e => {"
        " const b = e.getBBox(); return b.x < 0 || b.x + b.width > width + 1; }).map(e => e.outerHTML)",
        width,
    )
    assert outside == []
    assert len(page.screenshot()) > 5_000
    page.close()
