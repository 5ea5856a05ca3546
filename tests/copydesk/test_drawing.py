"""Real Graphviz: the same look from the system's and the wheel's, hostile labels as text, clear refusals."""

from __future__ import annotations

import os
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from copydesk import drawing
from copydesk.diagram import Diagram
from copydesk.dot import dot_source
from copydesk.drawing import CannotDraw, Program, draw, find_program, run_program, tidy_svg
from copydesk.visible import visible
from tests.copydesk.reports.sample_reports import PAYLOADS
from tests.copydesk.sample_diagrams import as_ran, hostile, of_size, over_weeks, planned

WHEEL = next(
    Program(p, system=False)
    for p in [shutil.which("graphviz-pure", path=str(Path(os.sys.executable).parent)) or shutil.which("graphviz-pure")]
    if p
)


@pytest.fixture
def only_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def svg_of(diagram: Diagram, program: Program = WHEEL) -> ET.Element:
    return ET.fromstring(tidy_svg(run_program(program, dot_source(diagram), "svg").decode(), diagram))


def texts(svg: ET.Element) -> list[str]:
    return [e.text or "" for e in svg.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.usefixtures("only_the_wheel")
def test_the_wheel_draws_where_no_graphviz_is_installed() -> None:
    program = find_program()
    assert program is not None
    assert not program.system
    assert draw(as_ran(), "png").startswith(b"\x89PNG")
    svg = draw(as_ran(), "svg").decode()
    assert "links took 65 %" in svg


@pytest.mark.usefixtures("only_the_wheel")
def test_pdf_with_only_the_wheel_says_what_it_needs() -> None:
    with pytest.raises(CannotDraw, match="system's Graphviz"):
        draw(planned(), "pdf")


def test_without_any_graphviz_the_sources_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "find_program", lambda: None)
    assert draw(planned(), "dot").startswith(b"digraph")
    assert draw(planned(), "mermaid").startswith(b"flowchart")
    with pytest.raises(CannotDraw, match="format dot"):
        draw(planned(), "svg")


def test_the_systems_dot_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "dot"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    program = find_program()
    assert program == Program(str(fake), system=True)
    with pytest.raises(CannotDraw, match="code 3"):
        draw(planned(), "svg")


@pytest.mark.parametrize("diagram", [planned(), as_ran(), over_weeks()], ids=["plan", "run", "history"])
def test_the_svg_is_fit_for_a_page(diagram: Diagram) -> None:
    svg = svg_of(diagram)
    assert svg.get("role") == "img"
    assert svg.get("viewBox")
    assert diagram.title in (svg.get("aria-label") or "")
    tags = {e.tag.partition("}")[2] for e in svg.iter()}
    assert tags <= {"svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text"}
    for element in svg.iter():
        assert not {a for a in element.attrib if "href" in a or a == "style" or a == "id" or a.startswith("on")}
    titles = [t.text for t in svg.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == len(diagram.nodes)
    assert any("after grammar, spelling and links" in (t or "") for t in titles)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_label_draws_as_text(name: str) -> None:
    payload = PAYLOADS[name]
    svg = svg_of(hostile(payload))
    assert {e.tag.partition("}")[2] for e in svg.iter()} <= {"svg", "g", "title", "path", "polygon", "polyline", "text"}
    shown = texts(svg)
    short = visible(payload)
    if len(short) < 30:
        # Graphviz writes runs of spaces as they are, and a title in a label loses none of its characters.
        assert sum(short.strip() in t for t in shown) >= 2
    assert not [t for t in shown if re.search("[\x00-\x08\x0b-\x1f\u202e]", t)]


def test_two_hundred_steps_are_drawn() -> None:
    svg = svg_of(of_size(200))
    assert len([g for g in svg.iter("{http://www.w3.org/2000/svg}g") if g.get("class") == "node"]) == 200


@pytest.mark.needs_program
@pytest.mark.parametrize("diagram", [planned(), as_ran(), over_weeks()], ids=["plan", "run", "history"])
def test_both_programs_give_the_same_look(diagram: Diagram) -> None:
    system = Program(shutil.which("dot") or "dot", system=True)

    def look(program: Program) -> list[tuple[str, str]]:
        svg = svg_of(diagram, program)
        nodes = [g for g in svg.iter("{http://www.w3.org/2000/svg}g") if g.get("class") == "node"]
        return sorted((e.get("fill", ""), e.get("stroke", "")) for g in nodes for e in g if e.get("stroke"))

    assert texts(svg_of(diagram, system)) == texts(svg_of(diagram, WHEEL))
    assert look(system) == look(WHEEL)


@pytest.mark.needs_program
def test_the_systems_graphviz_writes_pdf() -> None:
    assert draw(planned(), "pdf").startswith(b"%PDF")


@pytest.mark.needs_program
@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_label_draws_as_text_with_the_systems_graphviz(name: str) -> None:
    system = Program(shutil.which("dot") or "dot", system=True)
    shown = texts(svg_of(hostile(PAYLOADS[name]), system))
    assert shown == texts(svg_of(hostile(PAYLOADS[name]), WHEEL))
