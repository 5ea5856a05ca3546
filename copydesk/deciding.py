"""How an editor's decision is asked for and comes back: in Prefect, or with a command. Prefect is imported inside.

Under a deployment the run is suspended in Prefect, with the findings in the form that resumes it: no process waits, and
the next worker that is free goes on. Without one there is nobody to start the run again by itself: it ends suspended,
and `copydesk resume` goes on with it.
"""

from __future__ import annotations

import functools
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID, uuid4

from copydesk import approval
from copydesk.approval import Question
from copydesk.events import utc
from copydesk.redaction import redact
from copydesk.report import Decision, Verdict
from copydesk.reports.question import question_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copydesk.monitor import RunRecorder

log = logging.getLogger("copydesk.approval")

_MOST_INPUTS = 200  # decisions on one run: more than anybody takes


@functools.cache
def form() -> Any:
    """The form in the Prefect UI, a class of Prefect's `RunInput`."""
    from prefect.input import RunInput
    from pydantic import Field

    class Approval(RunInput):
        """An editor's decision."""

        decision: Literal["approve", "changes_requested", "reject"] = Field(
            title="Decision", description="The verdict on all posts of this run."
        )
        reason: str = Field(
            "",
            title="Reason",
            max_length=approval.REASON_LIMIT,
            description="For the author and the record; may stay empty.",
        )

    return Approval


def answer(decision: Decision) -> dict[str, str]:
    """A decision as the form gives it."""
    return {"decision": decision.verdict.value, "reason": decision.reason}


def make_decision(verdict: Verdict, reason: str, content: str) -> Decision:
    """A decision of this moment; the reason is cut at its limit, and holds no secret."""
    return Decision(
        verdict=verdict,
        reason=redact(reason.strip()[: approval.REASON_LIMIT]),
        decided_at=utc(datetime.now(UTC)),
        content=content,
    )


async def find_decision(question: Question, given: Decision | None, flow_run: Any) -> Decision | None:
    """The decision that was made on exactly these posts: with the command, or in Prefect; None without one."""
    if given is not None and given.content == question.content:
        return given
    if flow_run.deployment_id is None:
        return None
    from prefect.client.orchestration import get_client

    prefix = f"suspended-{_key(question)}"
    async with get_client() as client:
        inputs = await client.filter_flow_run_input(
            flow_run_id=flow_run.id, key_prefix=prefix, limit=_MOST_INPUTS, exclude_keys=set()
        )
    answers = [one for one in inputs if one.key.endswith("-response")]
    for one in sorted(answers, key=lambda i: i.created or datetime.min.replace(tzinfo=UTC), reverse=True):
        found = _read(json.loads(one.value), one.created, question.content)
        if found is not None:
            return found
    return None


def _read(value: Mapping[str, Any], at: datetime | None, content: str) -> Decision | None:
    """A decision from what the form sent. The server checked it, but its check can be got round."""
    try:
        verdict = Verdict(str(value.get("decision")))
    except ValueError:
        return None
    if verdict is Verdict.INCOMPLETE:
        return None
    decision = make_decision(verdict, str(value.get("reason") or ""), content)
    return decision if at is None else replace(decision, decided_at=utc(at))


def _key(question: Question) -> str:
    return f"{approval.STEP}-{question.content}"


async def suspend(question: Question, flow_run: Any, recorder: RunRecorder) -> Any:
    """Suspend the flow run until an editor decides.

    Under a deployment this raises Prefect's `Pause`, on which the process ends. Otherwise it answers the state in which
    the flow ends.
    """
    from prefect.exceptions import Pause
    from prefect.flow_runs import asuspend_flow_run
    from prefect.states import Paused

    if flow_run.deployment_id is None:
        recorder.suspended()
        return Paused(name="Suspended", message=approval.WAITS)
    # Prefect asks with a key only once in a run, which may be suspended on the same posts again: cancelled, then run.
    asked = form().with_initial_data(description=question_markdown(question))
    try:
        return await asuspend_flow_run(wait_for_input=asked, key=f"{_key(question)}-{uuid4().hex[:8]}")
    except Pause:
        recorder.suspended()
        raise


async def resume_deployed(run_id: str, decision: Decision) -> str:
    """Hand a decision to a suspended run of a deployment, as the form does; answers what is wrong, or nothing."""
    from prefect.exceptions import NotPausedError, ObjectNotFound
    from prefect.flow_runs import aresume_flow_run

    try:
        await aresume_flow_run(UUID(run_id), run_input=answer(decision))
    except NotPausedError:
        return "Prefect says that it is not suspended any more"
    except ObjectNotFound:
        return "Prefect does not know it; set PREFECT_API_URL to the server that ran it"
    except RuntimeError as error:
        return redact(str(error))
    return ""
