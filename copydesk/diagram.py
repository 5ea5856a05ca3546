"""The workflow drawn by Graphviz: as planned, as it ran, and as it has run for weeks.

Node identifiers are `n0`, `n1`, …; what comes from names and errors is text in a label and nothing else: no addresses,
no images, no tooltips. The geometry is fixed here (sizes of nodes, places of texts), so that every Graphviz gives the
same look whatever fonts it measures with.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING

import graphviz

from copydesk.approval import STEP as APPROVAL
from copydesk.critical_path import critical_path, explain
from copydesk.lettering import fit, text_points
from copydesk.palette import Theme, colors, known_state
from copydesk.reports.wording import plural, seconds
from copydesk.visible import visible

if TYPE_CHECKING:
    from copydesk.plan import Plan, PlannedStep
    from copydesk.workflow import RetryPolicy

PRIORITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """How a step ran (or is running). Times are seconds."""

    state: str
    run_seconds: float | None = None
    queue_seconds: float | None = None
    attempts: int = 1
    findings: int | None = None
    cached: int = 0  # posts answered from the cache
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepHistory:
    """How a step has run lately, against how it ran before."""

    runs: int
    p50: float
    p95: float
    past_p95: float | None = None  # of the time before; None without one


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagramNode:
    """One step to draw."""

    name: str
    depends_on: tuple[str, ...] = ()
    priority: str | None = None  # None: by itself before or after all (`load`, `approval`, `final_review`)
    retries: str = ""  # the retry policy in words
    timeout_seconds: float | None = None
    required: bool = False
    sent_to_queue: bool = False  # `runs_on: queue`: runs in the pool `copydesk-steps`
    run: StepFacts | None = None
    history: StepHistory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """Everything that one picture shows."""

    title: str
    nodes: tuple[DiagramNode, ...]
    subtitle: str = ""
    total_seconds: float | None = None  # of the run; shares are of it
    going_on: bool = False  # the run has not ended: its times are those until now
    explanation: str = field(default="", init=False)
    critical: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        edges = {n.name: n.depends_on for n in self.nodes}
        took = {n.name: n.run.run_seconds for n in self.nodes if n.run is not None and n.run.run_seconds is not None}
        path = critical_path(edges, took)
        if path.seconds > 0:
            object.__setattr__(self, "critical", path.steps)
            words = explain(edges, took, self.total_seconds or path.seconds, going_on=self.going_on)
            object.__setattr__(self, "explanation", words)


def plan_nodes(
    plan: Plan, runs: Mapping[str, StepFacts] | None = None, history: Mapping[str, StepHistory] | None = None
) -> tuple[DiagramNode, ...]:
    """The steps of a plan, with `load` before all and `final_review` after all, and what is known of how they ran."""
    runs, history = runs or {}, history or {}
    names = {s.name for s in plan.steps}
    awaited = {d for s in plan.steps for d in s.depends_on}
    first = replace(_node(plan.load, (), runs, history), priority=None)
    steps = [_node(s, tuple(d for d in s.depends_on if d in names) or (first.name,), runs, history) for s in plan.steps]
    ends = tuple(s.name for s in steps if s.name not in awaited) or (first.name,)
    human: tuple[DiagramNode, ...] = ()
    if plan.approval is not None:
        human = (
            DiagramNode(
                name=APPROVAL,
                depends_on=tuple(dict.fromkeys((*ends, *plan.approval.depends_on))),
                retries="an editor decides",
                run=runs.get(APPROVAL),
                history=history.get(APPROVAL),
            ),
        )
        ends = (APPROVAL,)
    last = DiagramNode(
        name="final_review", depends_on=ends, run=runs.get("final_review"), history=history.get("final_review")
    )
    return (first, *steps, *human, last)


def _node(
    step: PlannedStep,
    depends_on: tuple[str, ...],
    runs: Mapping[str, StepFacts],
    history: Mapping[str, StepHistory],
) -> DiagramNode:
    return DiagramNode(
        name=step.name,
        depends_on=depends_on,
        priority=step.priority.value,
        retries=retries_in_words(step.retry),
        timeout_seconds=step.timeout_seconds,
        required=step.required,
        sent_to_queue=step.runs_on == "queue",
        run=runs.get(step.name),
        history=history.get(step.name),
    )


def retries_in_words(policy: RetryPolicy) -> str:
    """`no retry`, `3 retries after 2–8 s`."""
    if policy.max_retries == 0:
        return "no retry"
    delays = [
        min(policy.base_delay * policy.backoff_multiplier**n, policy.max_delay)
        for n in range(1, policy.max_retries + 1)
    ]
    first, last = f"{delays[0]:g}", f"{delays[-1]:g}"
    after = first if first == last else f"{first}–{last}"
    return f"{plural(policy.max_retries, 'retry', 'retries')} after {after} s"


# --- the drawing ------------------------------------------------------------------------------------------------------

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

# A step's p95 against its own past: by more than a quarter slower or faster counts as a change.
_CHANGE = 1.25


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


def node_look(node: DiagramNode) -> str:
    """Which shape and colours a node has: its state, how its p95 changed, or `planned`."""
    if node.run is not None:
        return known_state(node.run.state)
    if node.history is not None:
        past = node.history.past_p95
        if past is None or past <= 0:
            return "skipped"
        if node.history.p95 > past * _CHANGE:
            return "failed"
        return "running" if node.history.p95 < past / _CHANGE else "completed"
    return "planned"


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


def node_facts(node: DiagramNode, diagram: Diagram) -> list[str]:
    """The lines below a node's name; as many for every node of the diagram."""
    if node.run is not None:
        return _run_facts(node.run, diagram.total_seconds)
    if node.history is not None:
        h = node.history
        if h.past_p95 is None or h.past_p95 <= 0:
            against = "no past to compare with"
        else:
            change = round(100 * (h.p95 / h.past_p95 - 1))
            word = "as usual" if 1 / _CHANGE <= h.p95 / h.past_p95 <= _CHANGE else "slower" if change > 0 else "faster"
            against = f"{word}: {change:+d} % against {seconds(h.past_p95)}"
        return [f"p50 {seconds(h.p50)} · p95 {seconds(h.p95)} · {plural(h.runs, 'run')}", against]
    facts = []
    if node.timeout_seconds is not None:
        facts.append(f"limit {seconds(node.timeout_seconds).removesuffix(' 0 s')}")
    if node.required:
        facts.append("required")
    if node.sent_to_queue:
        facts.append("sent to its queue")
    first = node.retries or "after all steps"
    return [first if not facts else f"{first} · {' · '.join(facts)}"]


def _run_facts(run: StepFacts, total: float | None) -> list[str]:
    first = [run.state.replace("_", " ")]
    if run.run_seconds is not None and total:
        first.append(f"{min(round(100 * run.run_seconds / total), 100)} % of the run")
    if run.findings is not None:
        first.append(plural(run.findings, "finding"))
    second = []
    if run.queue_seconds is not None and run.queue_seconds >= 0.0005:
        second.append(f"queued {seconds(run.queue_seconds)}")
    if run.attempts > 1:
        second.append(plural(run.attempts, "attempt"))
    if run.cached:
        second.append(f"{run.cached:,} from cache")
    if run.error:  # last, since it is what is cut where the room ends
        second.append(visible(run.error))
    return [visible(" · ".join(first)), " · ".join(second)]


def groups(nodes: Sequence[DiagramNode]) -> list[str]:
    """The priorities in use, the most urgent first."""
    found = list(dict.fromkeys(n.priority for n in nodes if n.priority is not None))
    return sorted(found, key=lambda p: (PRIORITIES.index(p) if p in PRIORITIES else len(PRIORITIES), p))


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
