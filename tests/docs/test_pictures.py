"""The pictures of `docs/pictures.md`, drawn again from the recorded run and compared.

`WRITE_PICTURES=1 python -m pytest tests/docs` writes them anew; look at them before they are committed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copydesk.dashboard import CheckLine, Dashboard, FailureLine, PostLine, QueueLine, StepLine
from copydesk.diagram import Diagram, DiagramNode, StepFacts, StepHistory
from copydesk.dot import dot_source
from copydesk.drawing import Program, run_program, tidy_svg
from copydesk.events import parse_time, utc
from copydesk.mermaid import mermaid_source
from copydesk.report import Severity, StepTime, Verdict
from copydesk.reports import render
from copydesk.reports.dashboard_page import dashboard_page
from copydesk.run_pictures import record_timeline
from copydesk.stores.base import Day, Run, RunRecord, StepRun
from copydesk.timeline import timeline_svg
from tests.copydesk.reports.sample_reports import make_material, make_report

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WRITE = os.environ.get("WRITE_PICTURES") == "1"
RECORDED: dict[str, Any] = json.loads((FOLDER / "recorded-run.json").read_text("utf-8"))


def recorded_run() -> RunRecord:
    run = Run(**RECORDED["run"])
    began = parse_time(run.started_at or "")
    steps = []
    for row in RECORDED["step_runs"]:
        start = utc(began + timedelta(seconds=row["start"]))
        values = {name: value for name, value in row.items() if name != "start"}
        steps.append(StepRun(run_id=run.run_id, attempt=1, started_at=start, **values))
    return RunRecord(run=run, steps=tuple(steps))


def step_facts() -> dict[str, StepFacts]:
    runs: dict[str, StepFacts] = {}
    for row in recorded_run().steps:
        before = runs.get(row.step)
        runs[row.step] = StepFacts(
            state=row.state or "pending",
            run_seconds=(row.run_seconds or 0.0) + (before.run_seconds or 0.0 if before else 0.0),
            queue_seconds=before.queue_seconds if before else row.queue_seconds,
            attempts=row.step_attempt,
            findings=row.findings,
        )
    return runs


def diagram(kind: str) -> Diagram:
    runs = step_facts()
    nodes = tuple(
        DiagramNode(
            name=name,
            depends_on=tuple(step["depends_on"]),
            priority=step.get("priority"),
            retries=step.get("retries", ""),
            timeout_seconds=step.get("timeout_seconds"),
            required=step.get("required", False),
            run=runs.get(name) if kind == "run" else None,
            history=StepHistory(**step["history"]) if kind == "history" else None,
        )
        for name, step in RECORDED["plan"].items()
    )
    subtitle = {
        "plan": "as planned",
        "run": "run 0190f3c2 · completed · 12 posts · 5.2 s",
        "history": "the last 30 days, 84 runs; p95 against the 30 days before",
    }[kind]
    total = RECORDED["run"]["run_seconds"] if kind == "run" else None
    return Diagram(title="quayside-blog", subtitle=subtitle, nodes=nodes, total_seconds=total)


def same(name: str, text: str) -> None:
    file = FOLDER / name
    if WRITE:
        file.write_text(text, "utf-8", newline="\n")
    assert file.read_text("utf-8") == text, f"{name} is out of date: WRITE_PICTURES=1 writes it anew"


def wheel() -> Program:
    found = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent)) or shutil.which("graphviz-pure")
    assert found, "the wheel graphviz-pure is a dependency of copydesk"
    return Program(found, system=False)


@pytest.mark.parametrize("kind", ["plan", "run", "history"])
def test_the_sources_are_as_published(kind: str) -> None:
    same(f"{kind}.dot", dot_source(diagram(kind)))
    same(f"{kind}.mmd", mermaid_source(diagram(kind)))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["plan", "run", "history"])
def test_the_diagrams_are_as_published(kind: str, theme: Any) -> None:
    """Texts and colours, not places: another release of Graphviz may move a box by a hair."""
    drawn = diagram(kind)
    svg = tidy_svg(run_program(wheel(), dot_source(drawn, theme), "svg").decode(), drawn)
    file = FOLDER / f"{kind}-{theme}.svg"
    if WRITE:
        file.write_text(svg, "utf-8", newline="\n")

    def seen(text: str) -> list[tuple[str, str, str]]:
        shapes = ET.fromstring(text).iter()
        return sorted((e.tag, e.text or "", f"{e.get('fill')} {e.get('stroke')}") for e in shapes)

    assert seen(file.read_text("utf-8")) == seen(svg)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_timeline_is_as_published(theme: Any) -> None:
    same(f"timeline-{theme}.svg", timeline_svg(record_timeline(recorded_run()), theme))


def test_the_report_is_as_published() -> None:
    """The recorded run over two small posts, with the pictures as they are published."""
    run, report = RECORDED["run"], make_report()
    assert report.run is not None
    info = replace(
        report.run,
        id=run["run_id"],
        workflow=run["workflow"],
        started_at=run["started_at"],
        duration_seconds=run["run_seconds"],
        steps=tuple(
            StepTime(
                step=name, state=facts.state, run_seconds=facts.run_seconds or 0.0,
                queue_seconds=facts.queue_seconds or 0.0, attempts=facts.attempts,
            )
            for name, facts in step_facts().items()
        ),
    )  # fmt: skip
    material = replace(
        make_material(),
        diagram_svg=(FOLDER / "run-light.svg").read_text("utf-8"),
        timeline_svg=(FOLDER / "timeline-light.svg").read_text("utf-8"),
    )
    same("report.html", render(replace(report, run=info), "html", material))


def test_the_dashboard_is_as_published() -> None:
    same("dashboard.html", dashboard_page(dashboard()))


def dashboard() -> Dashboard:
    kept: dict[str, Any] = RECORDED["dashboard"]
    return Dashboard(
        **{
            **kept,
            "posts": tuple(
                PostLine(**{**p, "verdict": Verdict(p["verdict"]), "scores": tuple(p["scores"])}) for p in kept["posts"]
            ),
            "trend": tuple(Day(**d) for d in kept["trend"]),
            "checks": tuple(CheckLine(**{**c, "severity": Severity(c["severity"])}) for c in kept["checks"]),
            "steps": tuple(StepLine(**{**s, "p95_over_time": tuple(s["p95_over_time"])}) for s in kept["steps"]),
            "queues": tuple(QueueLine(**q) for q in kept["queues"]),
            "failures": tuple(FailureLine(**f) for f in kept["failures"]),
        }
    )


def test_the_page_shows_every_picture_and_no_other() -> None:
    page = (FOLDER.parent / "pictures.md").read_text("utf-8")
    named = set(re.findall(r"pictures/([\w.-]+)", page))
    assert named == {f.name for f in FOLDER.iterdir()}
