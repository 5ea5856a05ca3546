"""The workflow as Mermaid text, which GitHub, GitLab and Prefect's pages draw."""

from __future__ import annotations

import re

from copydesk.diagram import Diagram, DiagramNode, groups, node_facts, node_look
from copydesk.palette import LIGHT
from copydesk.visible import visible

_KEPT = re.compile(r"[^A-Za-z0-9 .,%·–_+-]")


def mermaid_source(diagram: Diagram) -> str:
    """A left-to-right flowchart; the critical path is drawn thick. The same diagram gives the same text."""
    ids = {node.name: f"n{i}" for i, node in enumerate(diagram.nodes)}
    lines = ["flowchart LR"]
    for node in diagram.nodes:
        if node.priority is None:
            lines.append(f"  {_node(ids[node.name], node, diagram)}")
    for number, priority in enumerate(groups(diagram.nodes)):
        shown = quoted(priority)
        lines.append(f'  subgraph g{number}["{shown} priority · queue {shown}"]')
        lines += [f"    {_node(ids[n.name], n, diagram)}" for n in diagram.nodes if n.priority == priority]
        lines.append("  end")
    chain = set(zip(diagram.critical, diagram.critical[1:], strict=False))
    for node in diagram.nodes:
        for dependency in dict.fromkeys(node.depends_on):
            if dependency in ids:
                arrow = "==>" if (dependency, node.name) in chain else "-->"
                lines.append(f"  {ids[dependency]} {arrow} {ids[node.name]}")
    by_look: dict[str, list[str]] = {}
    for node in diagram.nodes:
        by_look.setdefault(node_look(node), []).append(ids[node.name])
    for look, alike in by_look.items():
        fill, line = LIGHT[f"{look}_fill"], LIGHT[f"{look}_line"]
        lines.append(f"  classDef {look} fill:{fill},stroke:{line},color:{LIGHT['ink']}")
        lines.append(f"  class {','.join(alike)} {look}")
    if diagram.critical:
        members = [ids[name] for name in diagram.critical]
        lines += ["  classDef critical stroke-width:3px", f"  class {','.join(members)} critical"]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Text inside a quoted Mermaid label: everything but plain letters, digits and a few signs as a number."""
    return _KEPT.sub(lambda m: f"#{ord(m.group())};", text)


def _node(id_: str, node: DiagramNode, diagram: Diagram) -> str:
    parts = [visible(node.name), *(f for f in node_facts(node, diagram) if f)]
    return f'{id_}["{"<br/>".join(quoted(p) for p in parts)}"]'
