"""Workflows to draw."""

from __future__ import annotations

from dataclasses import replace

from copydesk.diagram import Diagram, DiagramNode, StepFacts, StepHistory

STEPS = {
    "structure": ("high", ("load",)),
    "grammar": ("medium", ("load",)),
    "spelling": ("medium", ("load",)),
    "links": ("low", ("structure",)),
}
RUNS = {
    "load": StepFacts(state="completed", run_seconds=0.1),
    "structure": StepFacts(state="completed", run_seconds=0.3, queue_seconds=0.05, findings=2),
    "grammar": StepFacts(state="failed", run_seconds=1.0, attempts=3, error="ToolMissing: no checker"),
    "spelling": StepFacts(state="timed_out", run_seconds=0.8),
    "links": StepFacts(state="completed", run_seconds=2.6, findings=12, cached=4),
    "final_review": StepFacts(state="pending"),
}
HISTORY = {
    "load": StepHistory(runs=30, p50=0.1, p95=0.2),
    "structure": StepHistory(runs=30, p50=0.5, p95=1.0, past_p95=1.0),
    "grammar": StepHistory(runs=30, p50=0.5, p95=3.0, past_p95=1.5),
    "links": StepHistory(runs=30, p50=0.5, p95=1.0, past_p95=4.0),
}


def planned() -> Diagram:
    """Six steps in three groups."""
    nodes = [DiagramNode(name="load")]
    nodes += [
        DiagramNode(name=n, depends_on=d, priority=p, retries="3 retries after 2–8 s", timeout_seconds=300)
        for n, (p, d) in STEPS.items()
    ]
    nodes[1] = replace(nodes[1], required=True)
    nodes.append(DiagramNode(name="final_review", depends_on=("grammar", "spelling", "links")))
    return Diagram(title="blog-review", nodes=tuple(nodes))


def as_ran() -> Diagram:
    """The same six after a run in which two failed."""
    nodes = tuple(replace(n, run=RUNS.get(n.name)) for n in planned().nodes)
    return Diagram(title="blog-review", subtitle="run 0190", nodes=nodes, total_seconds=4.0)


def over_weeks() -> Diagram:
    """The same six against their own past."""
    nodes = tuple(replace(n, history=HISTORY.get(n.name)) for n in planned().nodes)
    return Diagram(title="blog-review", nodes=nodes)


def of_size(count: int) -> Diagram:
    """`count` steps in layers of ten, each waiting for three of the layer before."""
    nodes = []
    for i in range(count):
        before = range(10 * (i // 10 - 1), 10 * (i // 10))
        dependencies = tuple(f"step_{before[(i * k) % 10]}" for k in (1, 3, 7)) if i >= 10 else ()
        run = StepFacts(state="completed", run_seconds=0.1 + i % 7, queue_seconds=0.1)
        priority = ("high", "medium", "low")[i % 3]
        nodes.append(DiagramNode(name=f"step_{i}", depends_on=dependencies, priority=priority, run=run))
    return Diagram(title=f"{count} steps", nodes=tuple(nodes), total_seconds=60.0)


def hostile(payload: str) -> Diagram:
    """A diagram in which every text is the payload."""
    run = StepFacts(state=payload, run_seconds=1.0, queue_seconds=0.1, attempts=2, error=payload)
    first = DiagramNode(name=f"a{payload}", priority=payload, retries=payload, run=run)
    second = DiagramNode(name=f"b{payload}", depends_on=(first.name,), priority="low", retries=payload)
    return Diagram(title=payload, subtitle=payload, nodes=(first, second), total_seconds=2.0)
