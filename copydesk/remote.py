"""A step of one run, carried out on another machine: the job and its answer, both JSON.

The results are those of the step's own children there: whoever sends a job treats them like its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from copydesk.cache import ResultCache, result_adapter
from copydesk.errors import StepError
from copydesk.in_children import compute, read_answer
from copydesk.plan import PlannedStep
from copydesk.report import StepResult
from copydesk.sandbox import ItemResult, Pool
from copydesk.step import StepContext
from copydesk.steps import BUILTIN, OPTIONAL, find_step
from copydesk.workflow import Priority, RetryPolicy


class VersionsDiffer(StepError):
    """The other machine has another version of the step."""


def remote_job(
    planned: PlannedStep, context: StepContext, items: Sequence[dict[str, Any]], keys: Sequence[str]
) -> dict[str, Any]:
    """Everything that another machine needs to run the step; `keys` are the items' keys in the cache of results."""
    return {
        "step": planned.name,
        "uses": None
        if planned.step.name == planned.name and planned.name in (*BUILTIN, *OPTIONAL)
        else planned.step.check,
        "version": planned.step.version,
        "priority": planned.priority.value,
        "timeout_seconds": planned.timeout_seconds,
        "post_timeout_seconds": planned.post_timeout_seconds,
        "context": asdict(replace(context, outputs={})),
        "items": list(items),
        "keys": list(keys),
    }


async def run_job(job: Mapping[str, Any], pool: Pool, cache: ResultCache | None) -> list[dict[str, Any]]:
    """Run a job here: an answer for each item, in order, for `read_remote`.

    Raises `VersionsDiffer` when this machine has another version of the step, `UnusableStep` when it has none.
    """
    step = find_step(job["step"], job["uses"])
    if step.version != job["version"]:
        raise VersionsDiffer(
            f"This worker has version {step.version} of the step {job['step']}, the run asks for {job['version']}: "
            "install the same copydesk, and the same steps of your own, on all workers."
        )
    planned = PlannedStep(
        name=job["step"],
        step=step,
        order=0,
        description=step.description,
        depends_on=(),
        priority=Priority(job["priority"]),
        timeout_seconds=job["timeout_seconds"],
        post_timeout_seconds=job["post_timeout_seconds"],
        retry=RetryPolicy(max_retries=0),
    )
    found = cache.get_many(job["keys"]) if cache else {}
    answers: list[dict[str, Any] | None] = [_answer(found[key]) if key in found else None for key in job["keys"]]
    waiting = [index for index, answer in enumerate(answers) if answer is None]

    def take(index: int, answer: ItemResult) -> None:
        result, fault = read_answer(planned, answer)
        place = waiting[index]
        answers[place] = _answer(result, fault)
        if cache and not fault and not result.incomplete:
            cache.put_many([(job["keys"][place], planned.name, result)])

    if waiting:
        await compute(pool, planned, StepContext(**job["context"]), [job["items"][i] for i in waiting], take)
    return [answer if answer is not None else _answer(StepResult(), "no answer") for answer in answers]


def read_remote(answer: Mapping[str, Any]) -> tuple[StepResult, str]:
    """The result that an answer means, and the passing fault when the post deserves another attempt."""
    return result_adapter.validate_python(answer["result"]), str(answer["fault"])


def _answer(result: StepResult, fault: str = "") -> dict[str, Any]:
    return {"result": result_adapter.dump_python(result, mode="json"), "fault": fault}
