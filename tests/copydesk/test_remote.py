"""A step sent away and its answer: what travels, and what it means when it is back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.plan import PlannedStep, make_plan
from copydesk.remote import VersionsDiffer, read_remote, remote_job, run_job
from copydesk.remote_prefect import pack, unpack
from copydesk.report import StepStatus
from copydesk.sandbox import shared_pool
from copydesk.settings import settings
from copydesk.workflow import parse_workflow


def planned(text: str = "workflow:\n  steps: [{name: structure, runs_on: queue}]\n") -> PlannedStep:
    return make_plan(parse_workflow(text)).steps[0]


def job_for(step: PlannedStep, *texts: str) -> dict[str, Any]:
    plan = make_plan(parse_workflow("workflow:\n  steps: [{name: structure, runs_on: queue}]\n"))
    items = [{"path": f"{number}.md", "text": text, "outputs": {}} for number, text in enumerate(texts)]
    return remote_job(step, plan.context(step), items, [f"key-{number}" for number in range(len(texts))])


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(st.characters()), st.lists))
def test_anything_that_is_json_arrives_as_it_was(value: Any) -> None:
    assert unpack(pack(value)) == json.loads(json.dumps(value))


@pytest.mark.parametrize("text", ["", "no base64 !", "aGVsbG8=", pack("x" * 100)[:-8]])
def test_what_is_no_packed_step_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(text)


async def test_the_answers_are_those_of_the_children_there_in_order() -> None:
    job = json.loads(json.dumps(job_for(planned(), "# Fine\n\nText.\n", "# Fine\n\nTODO\n")))
    answers = await run_job(job, shared_pool(settings().children, settings().child_memory_mb), None)
    results = [read_remote(json.loads(json.dumps(answer))) for answer in answers]
    assert [fault for _, fault in results] == ["", ""]
    assert [result.status for result, _ in results] == [StepStatus.DONE, StepStatus.DONE]
    found = [[finding.check for finding in result.findings] for result, _ in results]
    assert "structure.placeholder" not in found[0]
    assert "structure.placeholder" in found[1]


async def test_another_version_of_the_step_is_refused_in_words_that_help() -> None:
    step = planned()
    job = job_for(replace(step, step=replace(step.step, version="another")), "text")
    with pytest.raises(VersionsDiffer, match="install the same copydesk"):
        await run_job(job, shared_pool(settings().children, settings().child_memory_mb), None)
