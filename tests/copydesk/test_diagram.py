"""The DOT and Mermaid sources: what is drawn, said twice where colour says it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from copydesk.diagram import Diagram, DiagramNode, StepFacts, plan_nodes, retries_in_words
from copydesk.dot import dot_source
from copydesk.lettering import fit, text_points
from copydesk.mermaid import mermaid_source, quoted
from copydesk.palette import ROLES, STEP_STATES
from copydesk.plan import Plan, PlannedStep
from copydesk.step import Step
from copydesk.workflow import Priority, RetryPolicy, WorkflowConfig
from tests.copydesk.reports.sample_reports import PAYLOADS
from tests.copydesk.sample_diagrams import as_ran, hostile, of_size, over_weeks, planned


def node_lines(source: str) -> dict[str, str]:
    return {m[1]: m[0] for m in re.finditer(r"^\t+(n\d+) \[label=.*$", source, re.MULTILINE)}


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_plan_groups_steps_by_priority_and_names_the_queue() -> None:
    source = dot_source(planned())
    groups = re.findall(r"<B>(\w+)</B>&#160;priority · queue (\w+)", source)
    assert groups == [("high", "high"), ("medium", "medium"), ("low", "low")]
    assert "3 retries after 2–8 s · limit 5 min · required" in node_lines(source)["n1"]
    assert re.findall(r"n\d+ -> n\d+", source) == [
        "n0 -> n1", "n0 -> n2", "n0 -> n3", "n1 -> n4", "n2 -> n5", "n3 -> n5", "n4 -> n5",
    ]  # fmt: skip


def test_the_run_says_state_times_attempts_share_and_findings() -> None:
    lines = node_lines(dot_source(as_ran()))
    assert "completed · 65 % of the run · 12 findings" in lines["n4"]
    assert "4 from cache" in lines["n4"]
    assert "2.6 s" in lines["n4"]
    assert "failed · 25 % of the run" in lines["n2"]
    assert "3 attempts" in lines["n2"]
    assert "timed out" in lines["n3"]


def test_the_critical_path_is_thick_and_explained() -> None:
    diagram = as_ran()
    assert diagram.critical[:3] == ("load", "structure", "links")
    source = dot_source(diagram)
    thick = re.findall(r"(n\d+ -> n\d+) \[.*penwidth=3.2", source)
    assert thick == ["n0 -> n1", "n1 -> n4", "n4 -> n5"]
    assert "links took 65 % of the run; without it the review would have taken about 2.1 s." in source


def test_each_state_has_an_outline_of_its_own() -> None:
    looks = set()
    for state in STEP_STATES:
        node = DiagramNode(name="a", priority="low", run=StepFacts(state=state))
        line = node_lines(dot_source(Diagram(title="t", nodes=(node,))))["n0"]
        assert state.replace("_", " ") in line
        looks.add(tuple(re.findall(r"(?:shape|style|peripheries|penwidth)=\S+", line.rpartition("TABLE>>")[2])))
    assert len(looks) == len(STEP_STATES)


def test_an_unknown_state_draws_too() -> None:
    node = DiagramNode(name="a", run=StepFacts(state="levitating"))
    assert "levitating" in dot_source(Diagram(title="t", nodes=(node,)))


def test_history_compares_with_the_past_in_words() -> None:
    lines = node_lines(dot_source(over_weeks()))
    assert "no past to compare with" in lines["n0"]
    assert "as usual: +0 %" in lines["n1"]
    assert "slower: +100 % against 1.5 s" in lines["n2"]
    assert "faster: -75 % against 4.0 s" in lines["n4"]
    assert "p50 500 ms · p95 3.0 s · 30 runs" in lines["n2"]


def test_themes_differ_in_colours_only() -> None:
    light, dark = (re.sub(r"#[0-9a-f]{6}", "#", dot_source(as_ran(), theme)) for theme in ("light", "dark"))
    assert light == dark
    assert dot_source(as_ran(), "light") != dot_source(as_ran(), "dark")


def test_a_colour_of_the_light_theme_has_one_role() -> None:
    light = [pair[0] for pair in ROLES.values()]
    assert len(set(light)) == len(light)


@pytest.mark.parametrize("theme", [0, 1])
def test_texts_and_outlines_stand_out(theme: int) -> None:
    color = {role: pair[theme] for role, pair in ROLES.items()}
    for state in (*STEP_STATES, "planned"):
        fill = color[f"{state}_fill"]
        assert contrast(color["ink"], fill) >= 7
        assert contrast(color["muted"], fill) >= 4.5
        assert contrast(color[f"{state}_line"], fill) >= 3.5
    for surface in ("paper", "panel"):
        assert contrast(color["muted"], color[surface]) >= 4.5
    assert contrast(color["edge"], color["paper"]) >= 3


def test_a_long_chain_runs_downwards() -> None:
    chain = tuple(DiagramNode(name=f"s{i}", depends_on=(f"s{i - 1}",) if i else ()) for i in range(12))
    assert "rankdir=TB" in dot_source(Diagram(title="t", nodes=chain))
    assert "rankdir=LR" in dot_source(planned())


def test_the_same_diagram_gives_the_same_text() -> None:
    assert dot_source(of_size(40)) == dot_source(of_size(40))


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_text_adds_no_attribute_and_no_node(name: str) -> None:
    source = dot_source(hostile(PAYLOADS[name]))
    tame = dot_source(hostile("tame"))
    assert source.count("\n") == tame.count("\n")
    without_labels = re.sub(r"label=<<.*?>>", "", re.sub(r"label=<<TABLE.*?</TABLE>>", "", source))
    assert not re.search(r"(?i)url|href|src|tooltip|image", without_labels)
    tags = set(re.findall(r"<(/?\w+)", source.replace("<<", "<")))
    assert tags <= {"TABLE", "/TABLE", "TR", "/TR", "TD", "/TD", "FONT", "/FONT", "B", "/B"}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_text_stays_inside_its_mermaid_label(name: str) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9 .,%·–_+-]|#\d+;)*", quoted(PAYLOADS[name]))
    text = mermaid_source(hostile(PAYLOADS[name]))
    assert text.count("\n") == mermaid_source(hostile("tame")).count("\n")


def test_mermaid_shows_groups_states_and_the_critical_path() -> None:
    text = mermaid_source(as_ran())
    assert text.startswith("flowchart LR\n")
    assert 'subgraph g0["high priority · queue high"]' in text
    assert "n1 ==> n4" in text
    assert "n0 --> n2" in text
    assert re.search(r"class n2 failed", text)


def test_a_name_that_is_too_long_keeps_both_ends() -> None:
    shown = fit("a" * 50 + "b" * 50, 120, 13)
    assert text_points(shown, 13) <= 120
    assert re.fullmatch("a+…b+", shown)
    assert fit("short", 120, 13) == "short"
    assert fit("x", 0, 13) == "…"


def test_retries_in_words() -> None:
    assert retries_in_words(RetryPolicy(max_retries=0)) == "no retry"
    assert retries_in_words(RetryPolicy(max_retries=1)) == "1 retry after 2 s"
    assert retries_in_words(RetryPolicy()) == "3 retries after 2–8 s"
    assert retries_in_words(RetryPolicy(max_retries=9, max_delay=5)) == "9 retries after 2–5 s"


def test_load_comes_before_all_and_the_final_review_after_all() -> None:
    def planned_step(name: str, *depends_on: str, **settings: Any) -> PlannedStep:
        step = Step(name=name, version="1", description="", check="json:dumps")
        settings = {"priority": Priority.LOW, "retry": RetryPolicy(), "timeout_seconds": 60.0} | settings
        return PlannedStep(
            name=name, step=step, order=0, description="", depends_on=depends_on, post_timeout_seconds=1.0, **settings
        )

    steps = (
        planned_step("one"),
        planned_step("two", "one", priority=Priority.HIGH, required=True, runs_on="queue"),
    )
    plan = Plan(config=WorkflowConfig(), file=None, load=planned_step("load", required=True), steps=steps)
    nodes = {n.name: n for n in plan_nodes(plan, {"one": StepFacts(state="running")})}
    assert list(nodes) == ["load", "one", "two", "final_review"]
    assert nodes["one"].depends_on == ("load",)
    assert nodes["final_review"].depends_on == ("two",)
    assert (nodes["two"].priority, nodes["two"].required, nodes["two"].sent_to_queue) == ("high", True, True)
    assert nodes["one"].run == StepFacts(state="running")
    assert "pool copydesk-steps" in dot_source(Diagram(title="t", nodes=tuple(nodes.values())))


def test_a_dependency_that_is_not_drawn_is_no_edge() -> None:
    diagram = replace(planned(), nodes=(DiagramNode(name="a", depends_on=("gone",)),))
    assert "->" not in dot_source(diagram)
