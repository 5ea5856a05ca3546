"""Running Graphviz: the system's `dot`, else the program of the wheel; and its SVG made fit for a page."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from copydesk.diagram import Diagram, DiagramNode
from copydesk.dot import dot_source
from copydesk.errors import UsageError
from copydesk.mermaid import mermaid_source
from copydesk.palette import Theme
from copydesk.reports.wording import seconds
from copydesk.visible import visible

Format = Literal["svg", "png", "pdf", "dot", "mermaid"]
FORMATS: tuple[Format, ...] = ("svg", "png", "pdf", "dot", "mermaid")
WHEEL_PROGRAM = "graphviz-pure"
_SECONDS = 60.0  # a picture that takes longer helps nobody
# Of Helvetica's widths all three, so that texts stay inside their boxes.
_FONTS = "Helvetica, Arial, 'Liberation Sans', sans-serif"
_SVG = "http://www.w3.org/2000/svg"


class CannotDraw(UsageError):
    """Graphviz is missing, too slow, or cannot write that format: on this machine the picture cannot be had so."""


@dataclass(frozen=True, slots=True)
class Program:
    """The Graphviz that draws."""

    path: str
    system: bool  # False: the wheel's, which writes no PDF


def find_program() -> Program | None:
    """The system's `dot` when it is on PATH, else the wheel's program beside this Python; None without both."""
    if found := shutil.which("dot"):
        return Program(found, system=True)
    folders = [Path(sysconfig.get_path("scripts")), Path(sys.executable).parent]
    for folder in folders:
        if found := shutil.which(WHEEL_PROGRAM, path=str(folder)):
            return Program(found, system=False)
    found = shutil.which(WHEEL_PROGRAM)
    return Program(found, system=False) if found else None


def draw(diagram: Diagram, format: Format, theme: Theme = "light") -> bytes:
    """The diagram in one of `FORMATS`. `dot` and `mermaid` are texts and need no program.

    Raises CannotDraw with what to do, when there is no Graphviz or it cannot write the format.
    """
    if format == "mermaid":
        return mermaid_source(diagram).encode()
    source = dot_source(diagram, theme)
    if format == "dot":
        return source.encode()
    program = find_program()
    if program is None:
        raise CannotDraw(
            "There is no Graphviz here: install the Python package graphviz-pure or the system's package graphviz, "
            "or ask for the format dot and draw it elsewhere."
        )
    if format == "pdf" and not program.system:
        raise CannotDraw(
            "PDF needs the system's Graphviz (the package graphviz, program dot); "
            "the one that comes with copydesk writes svg and png."
        )
    # Twice the screen's own resolution; a picture of hundreds of steps would take seconds to paint that large.
    dpi = 144 if len(diagram.nodes) <= 60 else 72
    drawn = run_program(program, source, format, dpi=dpi)
    return tidy_svg(drawn.decode(), diagram).encode() if format == "svg" else drawn


def run_program(program: Program, source: str, format: str, *, dpi: int = 144) -> bytes:
    """What Graphviz writes for a DOT text. Raises CannotDraw when it fails or takes longer than a minute."""
    command = [program.path, f"-T{format}"] + ([f"-Gdpi={dpi}"] if format == "png" else [])
    try:
        done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise CannotDraw(f"Graphviz did not finish within {_SECONDS:.0f} seconds.") from None
    except OSError as error:
        raise CannotDraw(f"Graphviz cannot be started: {error.strerror or error}.") from None
    if done.returncode != 0 or not done.stdout:
        why = visible(done.stderr.decode("utf-8", "replace").strip())[-500:]
        raise CannotDraw(f"Graphviz ended with code {done.returncode}. {why}".strip())
    return done.stdout


def tidy_svg(svg: str, diagram: Diagram) -> str:
    """Graphviz's SVG for a page: no document type, links or tooltips; scales; says to a screen reader what it shows.

    It holds shapes and texts only, and no inline style, so that it stands under a strict Content-Security-Policy.
    """
    # The document type names a file on the web, and nothing here needs an entity.
    root = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", svg, count=1))  # noqa: S314 - written by Graphviz
    names = {f"n{i}": node for i, node in enumerate(diagram.nodes)}
    width, height = (_points(root.get(side, "")) for side in ("width", "height"))
    root.attrib.pop("height", None)
    root.set("width", f"{width * 4 / 3:.0f}")
    root.set("height", f"{height * 4 / 3:.0f}")
    root.set("role", "img")
    root.set("class", "copydesk-picture")
    root.set("aria-label", f"{visible(diagram.title)}. {describe(diagram)}")
    for element in root.iter():
        for key in [k for k in element.attrib if k.startswith(("{", "on")) or k == "style"]:
            if key != "{http://www.w3.org/XML/1998/namespace}space":
                del element.attrib[key]
        element.attrib.pop("id", None)  # several pictures may share a page
        if element.get("font-family"):
            element.set("font-family", _FONTS)
        if element.get("stroke") == "transparent":
            element.set("stroke", "none")
    for group in root.iter(f"{{{_SVG}}}g"):
        title = group.find(f"{{{_SVG}}}title")
        if title is None:
            continue
        node = names.get(title.text or "")
        if node is None or group.get("class") != "node":
            group.remove(title)
        else:
            title.text = describe_node(node)
    ET.register_namespace("", _SVG)
    text = ET.tostring(root, encoding="unicode")
    return text.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "") + "\n"


def _points(length: str) -> float:
    match = re.match(r"([\d.]+)", length)
    return float(match[1]) if match else 0.0


def describe(diagram: Diagram) -> str:
    """The picture in words, for who does not see it."""
    return " ".join([*(f"{describe_node(n)}." for n in diagram.nodes), diagram.explanation]).strip()


def describe_node(node: DiagramNode) -> str:
    """`links, low priority, failed in 2.6 s: TimeoutError, after structure`."""
    parts = [visible(node.name)]
    if node.priority:
        parts.append(f"{visible(node.priority)} priority")
    if node.run is not None:
        state = visible(node.run.state.replace("_", " "))
        took = f" in {seconds(node.run.run_seconds)}" if node.run.run_seconds is not None else ""
        parts.append(state + took + (f": {visible(node.run.error)}" if node.run.error else ""))
    if node.history is not None:
        parts.append(f"p95 {seconds(node.history.p95)}")
    if node.depends_on:
        parts.append("after " + _listed([visible(d) for d in node.depends_on]))
    return ", ".join(parts)


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:6]) + ([f"{len(names) - 6} more"] if len(names) > 6 else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
