"""How far the review of a blog is, and what came of it. Prefect is imported inside the functions."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from copydesk.artifacts import ProgressArtifact, create
from copydesk.blog import BatchPlan
from copydesk.errors import StoreError
from copydesk.outcome import STATE_NAMES, WORDS, RunEnd
from copydesk.redaction import redact
from copydesk.report import PostReview, Verdict, worst
from copydesk.reports.markdown import code, inline
from copydesk.reports.wording import VERDICT_MARKS, number, plural, seconds
from copydesk.states import RunState
from copydesk.stored_report import with_batches
from copydesk.stores.base import RunQuery, Store

log = logging.getLogger("copydesk.blog")

SUMMARY_KEY = "review-all"
_WORST_SHOWN = 100
FALL_POINTS = 1.0  # of the mean score; a post that is new or gone moves that of a large blog by less
_LOOK_BACK = 500  # runs among which the deployment's last one is looked for
_VERDICTS = {name: verdict for verdict, name in STATE_NAMES.items()} | {"Completed": Verdict.APPROVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEnd:
    """How one try of a batch ended."""

    batch: BatchPlan
    run_id: str
    state: str  # the name of Prefect's state
    completed: bool
    message: str
    seconds: float
    here: bool  # reviewed by the run that shares the batches out
    again: bool  # it is tried once more

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its posts; what did not finish is incomplete."""
        return _VERDICTS.get(self.state, Verdict.INCOMPLETE) if self.completed else Verdict.INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A post as the summary shows it."""

    path: str
    verdict: Verdict
    score: float
    errors: int
    warnings: int
    suggestions: int


@dataclass
class BlogProgress:
    """All batches of one run."""

    batches: Sequence[BatchPlan]
    ends: list[BatchEnd] = field(default_factory=list)  # in the order in which they ended
    _running: set[int] = field(default_factory=set)
    _lines: dict[str, _Line] = field(default_factory=dict)
    _artifact: ProgressArtifact | None = None

    def begin(self, batch: BatchPlan) -> None:
        """A worker has begun a batch."""
        self._running.add(batch.number)

    def ended(self, end: BatchEnd) -> None:
        """A try of a batch has ended."""
        self._running.discard(end.batch.number)
        self.ends.append(end)

    @property
    def final(self) -> list[BatchEnd]:
        """The last try of every batch that is done for good."""
        return [end for end in self.ends if not end.again]

    @property
    def reviewed(self) -> int:
        """How many posts have a review."""
        return sum(len(end.batch.paths) for end in self.final if end.completed)

    def end(self) -> RunEnd:
        """The end of the whole run."""
        failed = [end for end in self.final if not end.completed]
        posts = sum(len(batch.paths) for batch in self.batches)
        if failed:
            message = f"{len(failed)} of {plural(len(self.batches), 'batch', 'batches')} failed: {failed[0].message}"
            return RunEnd(state=RunState.FAILED, message=message)
        verdict = worst([end.verdict for end in self.final])
        message = f"{plural(posts, 'post')} in {plural(len(self.batches), 'batch', 'batches')}: {WORDS[verdict]}"
        return RunEnd(state=RunState.COMPLETED, message=message, name=STATE_NAMES.get(verdict), verdict=verdict)

    def collect(self, store: Store | None, own: Iterable[PostReview]) -> float | None:
        """Read back what the other workers' batches answered; the mean score of all posts that are known here."""
        for end in self.ends:
            if end.here or store is None:
                continue
            try:
                record = store.run(end.run_id, findings=False)
                parts = list(with_batches(store, record, findings=False)) if record else []
            except StoreError as error:
                log.warning("the reviews of a batch cannot be read back: %s", error)
                continue
            for row in chain.from_iterable(part.posts for part in parts):
                self._lines[row.path] = _Line(
                    path=row.path, verdict=Verdict(row.verdict or Verdict.INCOMPLETE), score=row.score or 0.0,
                    errors=row.errors or 0, warnings=row.warnings or 0, suggestions=row.suggestions or 0,
                )  # fmt: skip
        for review in own:
            counts = Counter(f.severity.value for f in review.findings if not f.suppressed)
            self._lines[review.path] = _Line(
                path=review.path, verdict=review.verdict, score=review.score,
                errors=counts["error"], warnings=counts["warning"], suggestions=counts["suggestion"],
            )  # fmt: skip
        scores = [line.score for line in self._lines.values()]
        return round(sum(scores) / len(scores), 2) if scores else None

    def text(self) -> str:
        """One line: `3 of 12 batches done, 2 running, 1 tried again`."""
        parts = [f"{len(self.final)} of {plural(len(self.batches), 'batch', 'batches')} done"]
        if self._running:
            parts.append(f"{len(self._running)} running")
        again = sum(end.again for end in self.ends)
        if again:
            parts.append(f"{again} tried again")
        return ", ".join(parts)

    async def show(self, run_id: str, key: str) -> None:
        """Keep the progress artifact up to date; a server that does not take it costs nothing."""
        if self._artifact is None:
            self._artifact = ProgressArtifact(run_id, key)
        await self._artifact.show(len(self.final) / max(1, len(self.batches)), self.text())

    def page(self, message: str) -> str:
        """The summary as Markdown."""
        lines = sorted(self._lines.values(), key=lambda line: (-line.verdict.rank, line.score, line.path))
        counts = Counter(line.verdict for line in lines)
        parts = [f"## {inline(message)}", ""]
        if lines:
            told = ", ".join(f"{counts[v]} {WORDS[v]}" for v in Verdict if counts[v])
            mean = sum(line.score for line in lines) / len(lines)
            parts += [f"{plural(len(lines), 'post')}: {told}; mean score {number(mean)}.", ""]
        if self.reviewed > len(lines):
            parts += [
                f"The reviews of {plural(self.reviewed - len(lines), 'post')} are not in the store of this worker: "
                "let all workers use the same `COPYDESK_STORE`.",
                "",
            ]
        parts += [
            "| batch | posts | kind | queue | where | ended | run |",
            "| ---: | ---: | --- | --- | --- | --- | ---: |",
        ]
        for end in sorted(self.ends, key=lambda e: e.batch.number):
            state = inline(end.state) + (", tried again" if end.again else "")
            where = "here" if end.here else "another run"
            parts.append(
                f"| {end.batch.number} | {len(end.batch.paths)} | {end.batch.kind} | {end.batch.priority.value} "
                f"| {where} | {state} | {seconds(end.seconds)} |"
            )
        needy = [line for line in lines if line.verdict is not Verdict.APPROVE]
        if needy:
            parts += [
                "",
                "### Posts to look at",
                "",
                "| post | verdict | score | findings |",
                "| --- | --- | ---: | --- |",
            ]
            for line in needy[:_WORST_SHOWN]:
                found = f"{line.errors} / {line.warnings} / {line.suggestions}"
                parts.append(
                    f"| {code(line.path, in_table=True)} | {VERDICT_MARKS[line.verdict]} {WORDS[line.verdict]} "
                    f"| {number(line.score)} | {found} |"
                )
            parts += ["", "Findings: errors / warnings / suggestions."]
            if len(needy) > _WORST_SHOWN:
                parts.append(f"… and {plural(len(needy) - _WORST_SHOWN, 'post')} more.")
        return "\n".join(parts) + "\n"


def announce_fall(store: Store | None, flow_run: Any, score: float | None) -> None:
    """Emit the event `copydesk.score-fell` when the deployment's run before had a mean score at least a point higher.

    An automation can tell people. Never raises.
    """
    if store is None or score is None or flow_run.deployment_id is None:
        return
    from prefect.events import emit_event

    try:
        before = [
            run
            for run in store.runs(RunQuery(states=(RunState.COMPLETED.value,), limit=_LOOK_BACK))
            if run.deployment == str(flow_run.deployment_id) and run.run_id != str(flow_run.id)
        ]
        if before and before[0].score is not None and before[0].score - score >= FALL_POINTS:
            emit_event(
                "copydesk.score-fell",
                resource={
                    "prefect.resource.id": f"prefect.flow-run.{flow_run.id}",
                    "prefect.resource.name": flow_run.name,
                },
                payload={"score": score, "before": before[0].score},
            )
    except Exception as error:  # noqa: BLE001 - the review is done; nobody is told of its score, no more
        log.warning("whether the score has fallen cannot be told: %s", redact(f"{type(error).__name__}: {error}"))


async def publish_summary(run_id: str, progress: BlogProgress, message: str) -> None:
    """Leave the summary with the flow run. Never raises."""
    try:
        async with asyncio.timeout(20):
            await create(run_id, "markdown", progress.page(message), key=SUMMARY_KEY, description=message)
    except Exception as error:  # noqa: BLE001 - the reviews are recorded; the page is only for looking at
        log.warning("the summary was not made: %s", redact(f"{type(error).__name__}: {error}"))
