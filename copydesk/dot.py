"""The workflow in the DOT language, for Graphviz.

Node identifiers are `n0`, `n1`, …; what comes from names and errors is text in a label and nothing else: no addresses,
no images, no tooltips. The geometry is fixed here (sizes of nodes, places of texts), so that every Graphviz gives the
same look whatever fonts it measures with.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise

import graphviz

from copydesk.diagram import Diagram, DiagramNode, groups, node_facts, node_look
from copydesk.lettering import fit, text_points
from copydesk.palette import Theme, colors
from copydesk.reports.wording import seconds
from copydesk.visible import visible

FONT = "Helvetica"  # the one whose metrics every Graphviz knows
_POINTS = 72.0
_NARROW, _WIDE, _PAD = 186.0, 300.0, 13.0  # points: width of a node, least and most; space beside its text
_NAME_SIZE, _FACT_SIZE = 13.0, 10.0
_TALL = 6  # a chain longer than this runs downwards, so that the picture stays about as wide as a page

# Shape and outline say the state without colour; the word stands in the node too.
_SHAPES: dict[str, dict[str, str]] = {
    "planned": {"shape": "box", "style": "rounded,filled"},
    "completed": {"shape": "box", "style": "rounded,filled"},
    "failed": {"shape": "box", "style": "filled,diagonals", "penwidth": "2"},
    "timed_out": {"shape": "box", "style": "filled,dashed", "penwidth": "2"},
    "running": {"shape": "box", "style": "rounded,filled", "peripheries": "2"},
    "retrying": {"shape": "box", "style": "rounded,filled,dashed", "peripheries": "2"},
    "skipped": {"shape": "box", "style": "rounded,filled,dashed"},
    "cancelled": {"shape": "note", "style": "filled"},
    "lost": {"shape": "box", "style": "filled,dotted", "penwidth": "2"},
    "pending": {"shape": "box", "style": "rounded,filled,dotted"},
}


def dot_source(diagram: Diagram, theme: Theme = "light") -> str:
    """The picture in the DOT language; the same diagram gives the same text."""
    color = colors(theme)
    ids = {node.name: f"n{i}" for i, node in enumerate(diagram.nodes)}
    as_run = any(n.run is not None or n.history is not None for n in diagram.nodes)
    size = _Size.of(diagram, rows=3 if as_run else 2)
    depth = _depths(diagram.nodes)
    downwards = max(depth.values(), default=0) >= _TALL
    graph = graphviz.Digraph("copydesk")
    graph.attr(
        rankdir="TB" if downwards else "LR",
        bgcolor=color["paper"],
        fontname=FONT,
        fontcolor=color["ink"],
        fontsize="10",
        labelloc="t",
        labeljust="l",
        label=_title_label(diagram, color),
        nodesep="0.2",
        ranksep="0.85",
        newrank="true",  # a step stands after what it waits for, in whatever groups the two are
        pad="0.2",
        # Beyond this many steps the exact placing of lines costs seconds and shows little.
        splines="polyline" if len(diagram.nodes) > 60 else "spline",
    )
    if len(diagram.nodes) > 60:
        graph.attr(nslimit="2", nslimit1="2", mclimit="0.5")
    graph.attr("node", fontname=FONT, fontcolor=color["ink"], fixedsize="true", width=size.width, height=size.height)
    # Lines leave at one side and arrive at the other, so that none crosses the name of a group.
    sides = {"tailport": "s", "headport": "n"} if downwards else {"tailport": "e", "headport": "w"}
    graph.attr("edge", color=color["edge"], arrowsize="0.6", penwidth="1.1", **sides)
    for node in diagram.nodes:
        if node.priority is None:
            _draw_node(graph, ids[node.name], node, diagram, size, color)
    for number, priority in enumerate(groups(diagram.nodes)):
        with graph.subgraph(name=f"cluster_{number}") as group:
            group.attr(
                label=_group_label(priority, diagram.nodes, color),
                style="rounded,filled",
                color=color["panel_edge"],
                fillcolor=color["panel"],
                fontcolor=color["muted"],
                margin="12",
            )
            for node in diagram.nodes:
                if node.priority == priority:
                    _draw_node(group, ids[node.name], node, diagram, size, color)
    chain = set(pairwise(diagram.critical))
    for node in diagram.nodes:
        for dependency in dict.fromkeys(node.depends_on):
            if dependency not in ids:
                continue
            look: dict[str, str] = {}
            if depth[node.name] == depth[dependency] + 1:
                look["weight"] = "8"  # a step stands as early as it could start, not as late as it might
            if (dependency, node.name) in chain:
                look |= {"color": color["critical"], "penwidth": "3.2", "arrowsize": "0.75"}
            graph.edge(ids[dependency], ids[node.name], **look)
    source: str = graph.source
    return source


@dataclass(frozen=True, slots=True)
class _Size:
    """Size of every node, in inches as DOT wants it."""

    width: str
    height: str
    text_points: float  # room for text

    @classmethod
    def of(cls, diagram: Diagram, rows: int) -> _Size:
        beside = 54.0 if rows == 3 else 0.0  # room for the run time beside the name
        names = [text_points(visible(n.name), _NAME_SIZE, bold=True) + beside for n in diagram.nodes]
        facts = [text_points(f, _FACT_SIZE) for n in diagram.nodes for f in node_facts(n, diagram)]
        text = min(max([_NARROW - 2 * _PAD, *names, *facts]), _WIDE)
        height = 26 + 14 * (rows - 1) + (7 if rows == 3 else 0)
        return cls(f"{(text + 2 * _PAD) / _POINTS:.3f}", f"{height / _POINTS:.3f}", text)


def _draw_node(
    graph: graphviz.Digraph, id_: str, node: DiagramNode, diagram: Diagram, size: _Size, color: Mapping[str, str]
) -> None:
    look = node_look(node)
    attributes = dict(_SHAPES[look])
    attributes["fillcolor"], attributes["color"] = color[f"{look}_fill"], color[f"{look}_line"]
    if node.name in diagram.critical:
        attributes["penwidth"] = "3.2"
    graph.node(id_, label=_node_label(node, diagram, size, color, look), **attributes)


def _node_label(node: DiagramNode, diagram: Diagram, size: _Size, color: Mapping[str, str], look: str) -> str:
    aside = ""
    if node.run is not None and node.run.run_seconds is not None:
        aside = seconds(node.run.run_seconds)
    elif node.history is not None:
        aside = seconds(node.history.p95)
    aside_width = text_points(aside, 11.0, bold=True) + 6 if aside else 0.0
    name = fit(visible(node.name), size.text_points - aside_width, _NAME_SIZE, bold=True)
    # Widths are given for both cells: left to itself, each Graphviz shares out the room in its own way.
    cells = (
        f'<TD ALIGN="LEFT" WIDTH="{size.text_points - aside_width:.0f}">'
        f'<FONT POINT-SIZE="{_NAME_SIZE:g}"><B>{_text(name)}</B></FONT></TD>'
    )
    if aside:
        cells += (
            f'<TD ALIGN="RIGHT" WIDTH="{aside_width:.0f}">'
            f'<FONT POINT-SIZE="11" COLOR="{color[f"{look}_line"]}"><B>{_text(aside)}</B></FONT></TD>'
        )
    span = ' COLSPAN="2"' if aside else ""
    rows = [f"<TR>{cells}</TR>"]
    for fact in node_facts(node, diagram):
        shown = _text(fit(fact, size.text_points, _FACT_SIZE))
        rows.append(
            f'<TR><TD{span} ALIGN="LEFT">'
            f'<FONT POINT-SIZE="{_FACT_SIZE:g}" COLOR="{color["muted"]}">{shown}</FONT></TD></TR>'
        )
    if node.run is not None and diagram.total_seconds and node.run.run_seconds is not None:
        rows.append(f"<TR><TD{span}>{_share_bar(node.run.run_seconds / diagram.total_seconds, size, color)}</TD></TR>")
    return (
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1" WIDTH="{size.text_points:.0f}">'
        f"{''.join(rows)}</TABLE>>"
    )


def _share_bar(share: float, size: _Size, color: Mapping[str, str]) -> str:
    whole = int(size.text_points) - 4
    filled = round(whole * min(max(share, 0.0), 1.0))
    cells = ""
    for width, role in ((filled, "share"), (whole - filled, "track")):
        if width > 0:
            cells += f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="3" BGCOLOR="{color[role]}"></TD>'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cells}</TR></TABLE>'


def _group_label(priority: str, nodes: Sequence[DiagramNode], color: Mapping[str, str]) -> str:
    shown = _text(visible(priority))
    pool = " · pool copydesk-steps" if any(n.sent_to_queue for n in nodes if n.priority == priority) else ""
    return f'<<FONT POINT-SIZE="10"><B>{shown}</B>&#160;priority · queue {shown}{pool}</FONT>>'


def _title_label(diagram: Diagram, color: Mapping[str, str]) -> str:
    lines = [f'<FONT POINT-SIZE="16"><B>{_text(fit(visible(diagram.title), 480, 16, bold=True))}</B></FONT>']
    for line in (diagram.subtitle, diagram.explanation):
        if line:
            lines.append(f'<FONT POINT-SIZE="11" COLOR="{color["muted"]}">{_text(fit(visible(line), 760, 11))}</FONT>')
    rows = "".join(f'<TR><TD ALIGN="LEFT">{line}</TD></TR>' for line in lines)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>>'


def _text(text: str) -> str:
    """Text inside an HTML-like label. Graphviz expands `\\N` and the like there too, after it has read the entities."""
    return html.escape(str(graphviz.escape(visible(text)))) or " "  # an empty <B></B> is a syntax error


def _depths(nodes: Sequence[DiagramNode]) -> dict[str, int]:
    """How many steps must have been before each."""
    edges = {n.name: list(n.depends_on) for n in nodes}
    depths: dict[str, int] = {}
    for name in TopologicalSorter(edges).static_order():
        depths[name] = max((depths[d] + 1 for d in edges.get(name, ()) if d in edges), default=0)
    return depths
