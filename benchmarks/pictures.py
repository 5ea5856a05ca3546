"""How long pictures take to draw, and a large report to open in Chromium.

    python benchmarks/pictures.py [--posts 200] [--findings 25,100]

Prints a line of JSON for each picture (3, 8, 40 and 200 steps, each waiting for three of the layer before), then one
for each report. Opening is the best of three, from the address to the second frame; without Chromium that part is left
out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.report import ReviewReport

ROOT = Path(__file__).parent.parent
_SIZES = (3, 8, 40, 200)
_PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--findings", default="25,100", help="findings a post; several with commas")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    for size in _SIZES:
        _draw(size)
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    for findings in map(int, arguments.findings.split(",")):
        _open(browser, arguments.posts, findings)


def _draw(size: int) -> None:
    from copydesk.drawing import Format, draw, find_program
    from copydesk.timeline import Attempt, Timeline, timeline_svg
    from tests.copydesk.sample_diagrams import of_size

    program = find_program()
    line: dict[str, object] = {"steps": size, "graphviz": "system" if program and program.system else "wheel"}
    formats: tuple[Format, ...] = ("svg", "png")
    for format_ in formats:
        started = time.perf_counter()
        draw(of_size(size), format_)
        line[f"{format_}_seconds"] = round(time.perf_counter() - started, 2)
    attempts = tuple(Attempt(step=f"step_{i}", start=i * 0.3, end=i * 0.3 + 0.3 + i % 5) for i in range(size))
    started = time.perf_counter()
    timeline_svg(Timeline(title="run", attempts=attempts, total_seconds=size * 0.3 + 5))
    print(json.dumps(line | {"timeline_seconds": round(time.perf_counter() - started, 3)}), flush=True)


def _open(browser: str | None, posts: int, findings: int) -> None:
    from copydesk.reports import Material, render

    report, sources = _report(posts, findings)
    page = render(report, "html", Material(sources=sources)).encode()
    line: dict[str, object] = {"posts": posts, "findings": posts * findings, "report_mb": round(len(page) / 1e6, 1)}
    if browser:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "report.html"
            file.write_bytes(page)
            line["opens_seconds"] = round(min(_opening(browser, file) for _ in range(3)), 2)
    print(json.dumps(line), flush=True)


def _opening(browser: str, file: Path) -> float:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = running.new_page(viewport={"width": 1200, "height": 800})
        started = time.perf_counter()
        page.goto(file.as_uri())
        page.evaluate(_PAINTED)
        took = time.perf_counter() - started
        running.close()
    return took


def _report(posts: int, findings: int) -> tuple[ReviewReport, dict[str, str]]:
    """Posts of paragraphs of sixty words, a finding in each."""
    from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict

    line = "The tide gauge at the quay was " + "read again " * 26 + "befor noon."
    text = "\n\n".join([line] * findings)
    start = line.index("befor") + 1
    found = tuple(
        Finding(
            check=("spelling.misspelling", "grammar.article", "style.passive")[number % 3],
            severity=(Severity.ERROR, Severity.WARNING, Severity.SUGGESTION)[number % 3],
            message="'befor' is not in the dictionary.",
            line=2 * number + 1,
            column=start,
            end_line=2 * number + 1,
            end_column=start + 5,
            match="befor",
            suggestions=("before", "beaver"),
        )
        for number in range(findings)
    )
    reviews = tuple(
        PostReview(
            path=f"posts/{number:03}.md",
            content_hash=f"{number:064x}",
            verdict=Verdict.CHANGES_REQUESTED,
            score=50,
            findings=found,
        )
        for number in range(posts)
    )
    report = ReviewReport(run=None, verdict=Verdict.CHANGES_REQUESTED, posts=reviews)
    return report, {review.path: text for review in reviews}


if __name__ == "__main__":
    main()
