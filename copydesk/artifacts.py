"""What the Prefect UI shows of a run: one page with verdict, picture, durations and findings, and a table of steps.

One Markdown page shows best there; an image of its own prints its address across the page. Lists in that interface
show whole seconds only, so that the table holds the real durations.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from copydesk.drawing import CannotDraw, draw
from copydesk.plan import Plan
from copydesk.prefect_engine import configured
from copydesk.redaction import redact
from copydesk.report import ReviewReport, StepTime
from copydesk.reports import Material
from copydesk.reports.markdown import artifact_markdown
from copydesk.reports.wording import report_summary
from copydesk.run_pictures import report_diagram
from copydesk.visible import visible

log = logging.getLogger("copydesk.artifacts")

PAGE_KEY, TABLE_KEY, PROGRESS_KEY = "review", "step-durations", "review-progress"
_SECONDS = 20.0  # a server that takes longer gets no page; the run does not wait for it
_MOST_STEPS_DRAWN = 60


async def publish(report: ReviewReport, plan: Plan) -> None:
    """Leave the page and the table with the flow run of the report. Never raises and never waits long."""
    if report.run is None or not configured():
        return  # nobody can look at an embedded server: it ends with the review
    try:
        async with asyncio.timeout(_SECONDS):
            page = await asyncio.to_thread(page_of, report, plan)
            summary = report_summary(report)
            await create(report.run.id, "markdown", page, key=PAGE_KEY, description=summary)
            await create(
                report.run.id, "table", table_of(report.run.steps), key=TABLE_KEY,
                description="What each step took, in seconds.",
            )  # fmt: skip
    except Exception as error:  # noqa: BLE001 - the review is done and recorded; its page is only for looking at
        log.warning("the artifacts were not made: %s", redact(f"{type(error).__name__}: {error}"))


def page_of(report: ReviewReport, plan: Plan) -> str:
    """The page as Markdown; the picture is left out when it cannot be drawn."""
    diagram = report_diagram(plan, report)
    try:
        svg = draw(diagram, "svg").decode() if len(diagram.nodes) <= _MOST_STEPS_DRAWN else None
    except CannotDraw as error:
        log.info("the page has no picture: %s", error)
        svg = None
    return artifact_markdown(report, Material(diagram_svg=svg, explanation=diagram.explanation))


def table_of(steps: Sequence[StepTime]) -> list[dict[str, Any]]:
    """A row a step; Prefect shows the cells as plain text."""
    return [
        {
            "step": visible(step.step),
            "state": visible(step.state),
            "run (s)": round(step.run_seconds, 3),
            "waited (s)": round(step.queue_seconds, 3),
            "attempts": step.attempts,
            "from cache": step.cached,
        }
        for step in steps
    ]


class ProgressArtifact:
    """How far a flow run is, in the Prefect UI. Only for looking at: a server that does not take it costs nothing."""

    def __init__(self, run_id: str, key: str = PROGRESS_KEY) -> None:
        self._run_id, self._key = run_id, key
        self._artifact: UUID | None = None
        self._shown = ""

    async def show(self, share: float, text: str) -> None:
        """Show the share that is done, 0 to 1, with one line of words. Never raises."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.actions import ArtifactUpdate

        if text == self._shown or not configured():
            return
        percent = round(100.0 * share, 1)
        try:
            if self._artifact is None:
                self._artifact = await create(self._run_id, "progress", percent, key=self._key, description=text)
            else:
                async with get_client() as client:
                    await client.update_artifact(self._artifact, ArtifactUpdate(data=percent, description=text))
            self._shown = text
        except Exception as error:  # noqa: BLE001 - the work goes on, seen or not
            log.debug("the progress is not shown: %s", redact(str(error)))


async def create(run_id: str, kind: str, data: Any, *, key: str | None = None, description: str | None = None) -> UUID:
    """Make an artifact of a flow run; answers its id. Raises what Prefect's client raises."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import ArtifactCreate

    # A list or a mapping is stored as text, as Prefect's own functions do.
    text = data if isinstance(data, str) else json.dumps(data)
    async with get_client() as client:
        made = await client.create_artifact(
            ArtifactCreate(key=key, type=kind, data=text, description=description, flow_run_id=UUID(run_id))
        )
    return made.id
