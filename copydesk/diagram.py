"""What the pictures of a workflow show: its steps as planned, as they ran, and as they have run for weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from copydesk.approval import STEP as APPROVAL
from copydesk.critical_path import critical_path, explain
from copydesk.palette import known_state
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


# --- in words and looks -----------------------------------------------------------------------------------------------

# A step's p95 against its own past: by more than a quarter slower or faster counts as a change.
_CHANGE = 1.25


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
