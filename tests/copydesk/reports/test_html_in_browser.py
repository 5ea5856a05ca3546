"""The HTML report in Chromium: nothing from a post runs or leaves, filters work, axe finds no serious fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from copydesk.dashboard import CheckLine, Dashboard, FailureLine, PostLine, QueueLine, StepLine
from copydesk.diagram import Diagram
from copydesk.drawing import draw
from copydesk.report import ReviewReport, Severity, Verdict
from copydesk.reports import Material, render
from copydesk.reports.dashboard_page import dashboard_page
from copydesk.stores.base import Day
from copydesk.timeline import Attempt, Timeline, timeline_svg
from tests.copydesk.reports.sample_reports import (
    PAYLOADS,
    make_hostile_material,
    make_hostile_report,
    make_material,
    make_report,
)
from tests.copydesk.sample_diagrams import as_ran, hostile

pytestmark = [pytest.mark.needs_program, pytest.mark.slow]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens a page and fails at its end for whatever it asked for, complained of or ran."""
    pages: list[tuple[Page, list[str]]] = []

    def open_page(source: str, **settings: Any) -> Page:
        file = tmp_path / f"report-{len(pages)}.html"
        file.write_text(source, "utf-8", newline="")
        page = browser.new_context(**settings).new_page()
        faults: list[str] = []
        page.on("console", lambda m: faults.append(f"console: {m.text}"))
        page.on("pageerror", lambda e: faults.append(f"error: {e}"))
        page.on("dialog", lambda d: faults.append(f"dialog: {d.message}"))
        page.on("popup", lambda p: faults.append(f"popup: {p.url}"))
        page.on(
            "request",
            lambda r: faults.append(f"request: {r.url}") if r.url not in (file.as_uri(), "data:,") else None,
        )
        page.goto(file.as_uri())
        pages.append((page, faults))
        return page

    yield open_page
    for page, faults in pages:
        assert page.evaluate("window.pwned") is None
        assert page.url.partition("#")[0].endswith(".html")
        page.context.close()
        assert faults == []


def full_material() -> Material:
    diagram: Diagram = as_ran()
    attempts = (Attempt(step="load", start=0, end=1), Attempt(step="links", ready=1, start=1.5, end=4))
    return replace(
        make_material(),
        diagram_svg=draw(diagram, "svg").decode(),
        timeline_svg=timeline_svg(Timeline(title="run", attempts=attempts, total_seconds=4)),
    )


def test_nothing_from_a_post_runs_or_leaves(opened: Any) -> None:
    material = replace(
        make_hostile_material(), diagram_svg=draw(hostile('"><script>window.pwned=1</script>'), "svg").decode()
    )
    page = opened(render(make_hostile_report(), "html", material))
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    # Whatever waits for a touch gets one.
    for kind in ("mouseover", "focus", "click", "pointerdown"):
        page.evaluate(
            "kind => document.querySelectorAll('main *').forEach(e => e.matches('a, summary, button') ||"
            " e.dispatchEvent(new Event(kind, {bubbles: true})))",
            kind,
        )
    page.wait_for_timeout(300)
    assert page.locator("script").count() == 1
    assert page.locator("iframe, object, embed, img, base, form[action]").count() == 0
    assert page.get_by_text("<script>window.pwned=1</script>", exact=True).count() > 0


def test_the_policy_stops_what_would_slip_through(browser: Browser, tmp_path: Path) -> None:
    source = render(make_report(), "html")
    broken = source.replace("<main", "<script>window.pwned=1</script><img src=x onerror='window.pwned=2'><main", 1)
    (tmp_path / "broken.html").write_text(broken, "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "broken.html").as_uri())
    page.wait_for_timeout(200)
    assert page.evaluate("window.pwned") is None
    page.close()


def test_filters_work_without_network(opened: Any) -> None:
    page = opened(render(make_report(), "html", full_material()))
    shown = page.locator("#shown")
    assert shown.inner_text() == "2 findings"
    page.locator("label.chip.warning input").uncheck()
    assert shown.inner_text() == "1 of 2 findings"
    assert page.locator(".finding:visible").count() == 1
    assert page.locator("details.post:visible").count() == 1
    page.locator("select[name=step]").select_option("grammar")
    assert shown.inner_text() == "0 of 2 findings"
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("document.getElementById('shown').textContent === '2 findings'")
    page.locator("select[name=check]").select_option("links.broken_anchor")
    assert page.locator(".finding:visible").get_attribute("data-check") == "links.broken_anchor"
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("suppressed").check()
    assert shown.inner_text() == "3 findings"


def test_the_keyboard_reaches_everything(opened: Any) -> None:
    page = opened(render(make_report(), "html", full_material()))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "findings"
    summary = page.locator("details.post summary").first
    summary.focus()
    before = page.locator("details.post").first.evaluate("d => d.open")
    page.keyboard.press("Enter")
    assert page.locator("details.post").first.evaluate("d => d.open") is not before


def test_a_task_opens_its_post(opened: Any) -> None:
    report = make_report()
    posts = tuple(replace(report.posts[1], path=f"posts/{i}.md", score=50 + i) for i in range(6))
    page = opened(render(replace(report, posts=posts), "html"))
    assert page.locator("details[open]").count() == 0
    page.locator(".tasks a").first.click()
    assert page.locator("details[open]").count() == 1
    page.get_by_role("button", name="Open all").click()
    assert page.locator("details[open]").count() == 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_no_serious_fault(opened: Any, scheme: str, width: int) -> None:
    page = opened(
        render(make_report(), "html", full_material()),
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    answer = Axe().run(page).response
    assert "color-contrast" in [p["id"] for p in answer["passes"]]
    serious = [
        (v["id"], v["nodes"][0]["html"])
        for v in answer["violations"]
        if v["impact"] in ("serious", "critical", "moderate")
    ]
    assert serious == []


def test_a_phone_shows_it_without_scrolling_sideways(opened: Any) -> None:
    settings = {"viewport": {"width": 360, "height": 740}, "is_mobile": True}
    for report, material in ((make_report(), full_material()), (make_hostile_report(), make_hostile_material())):
        page = opened(render(report, "html", material), **settings)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_dark_page_darkens_its_pictures(opened: Any) -> None:
    def paper(scheme: str) -> str:
        page = opened(render(make_report(), "html", full_material()), color_scheme=scheme)
        fill: str = page.locator(".picture svg polygon").first.evaluate("e => getComputedStyle(e).fill")
        return fill

    assert paper("light") == "rgb(255, 255, 255)"
    assert paper("dark") == "rgb(20, 23, 28)"


def test_on_paper_every_post_is_open(opened: Any) -> None:
    report = make_report()
    posts = tuple(replace(report.posts[1], path=f"posts/{i}.md") for i in range(6))
    page = opened(render(replace(report, posts=posts), "html"))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details[open]").count() == 6
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_two_hundred_posts_with_thousands_of_findings_open_and_filter(opened: Any) -> None:
    report, material = make_report(), make_material()
    post = report.posts[1]
    text = material.sources[post.path]
    posts = tuple(replace(post, path=f"posts/{i}.md", findings=post.findings * 8) for i in range(200))
    large: ReviewReport = replace(report, posts=posts)
    page = opened(render(large, "html", replace(material, sources={p.path: text for p in posts})))
    assert page.locator("#shown").inner_text() == "3,200 findings"
    page.locator("label.chip.warning input").uncheck()
    assert page.locator("#shown").inner_text() == "1,600 of 3,200 findings"


def make_dashboard(text: str = "") -> Dashboard:
    """A dashboard with a line of everything; `text` stands in every free text."""
    post = PostLine(
        path=f"posts/a{text}.md", verdict=Verdict.REJECT, score=31.5, errors=2, warnings=1, suggestions=0,
        reviewed_at="2026-03-01T08:00:00.000+00:00", scores=(40.0, 31.5),
    )  # fmt: skip
    good = replace(post, path="posts/b.md", verdict=Verdict.APPROVE, score=99.0, errors=0)
    step = StepLine(
        step=f"links{text}", attempts=9, retries=1, failures=1, p50=1.0, p95=2.0, p99=3.0, queue_p95=0.1,
        p95_over_time=(1.0, None, 2.0),
    )  # fmt: skip
    return Dashboard(
        made_at="2026-03-02T08:00:00.000+00:00",
        days=30,
        runs=9,
        completed=8,
        success_rate=8 / 9,
        posts=(post, good),
        trend=(Day(day="2026-03-01", posts=3, score=70.0), Day(day="2026-03-02", posts=3, score=75.0)),
        checks=(CheckLine(check=f"links.x{text}", severity=Severity.ERROR, findings=3, posts=2),),
        steps=(step,),
        queues=(QueueLine(queue=f"high{text}", runs=9, p50=0.1, p95=1.0, longest=2.0),),
        failures=(FailureLine(run_id=text, state="failed", workflow=text, started_at=text, error=text),),
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault_in_the_dashboard(opened: Any, scheme: str) -> None:
    page = opened(dashboard_page(make_dashboard()), color_scheme=scheme)
    answer = Axe().run(page).response
    assert [(v["id"], v["nodes"][0]["html"]) for v in answer["violations"] if v["impact"] != "minor"] == []


def test_the_dashboard_filters_posts(opened: Any) -> None:
    page = opened(dashboard_page(make_dashboard()))
    page.locator("[name=path]").fill("B.md")
    assert page.locator("#shown").inner_text() == "1 of 2 posts"
    assert page.locator("tr[data-verdict]:visible th").inner_text() == "posts/b.md"
    page.locator("[name=verdict]").select_option("reject")
    assert page.locator("#shown").inner_text() == "0 of 2 posts"


def test_nothing_in_the_dashboard_runs_or_leaves(opened: Any) -> None:
    for payload in PAYLOADS.values():
        page = opened(dashboard_page(make_dashboard(payload)), viewport={"width": 360, "height": 740})
        assert page.locator("script").count() == 1
        assert page.locator("img, iframe, base").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
