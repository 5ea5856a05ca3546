"""A batch on its way through the steps: what fails, what is skipped, what a stop stops, and what is recorded of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from copydesk.batch import TIME_IS_UP, Batch, Stopped, with_retries
from copydesk.direct import review_directly
from copydesk.errors import RetriableError, StepTimeout
from copydesk.execute import Review
from copydesk.plan import make_plan
from copydesk.report import Verdict
from copydesk.retry import delays
from copydesk.session import open_session
from copydesk.site import Site
from copydesk.source_post import SourcePost
from copydesk.states import StepState
from copydesk.workflow import parse_workflow

pytestmark = pytest.mark.usefixtures("own_steps")
PATIENCE = 60  # seconds; only against hanging for ever


@dataclass
class Recorder:
    """Remembers what a batch tells the monitor."""

    moves: list = field(default_factory=list)
    errors: dict = field(default_factory=dict)
    delays: list = field(default_factory=list)
    reviewed: list = field(default_factory=list)

    def step_pending(self, step, **_):
        self.moves.append((step, 1, StepState.PENDING))

    def step_started(self, step, attempt=1, **_):
        self.moves.append((step, attempt, StepState.RUNNING))

    def step_retrying(self, step, attempt, error=None, delay=None):
        self.moves.append((step, attempt, StepState.RETRYING))
        self.delays.append(delay)

    def step_finished(self, step, attempt, state, *, error=None, **_):
        self.moves.append((step, attempt, StepState(state)))
        self.errors[step] = error

    def post_reviewed(self, review, milliseconds):
        self.reviewed.append(review.path)

    def ends(self):
        return {(step, attempt): state for step, attempt, state in self.moves if state is not StepState.PENDING}


class Stand(Review):
    """A review whose steps do what a test says, without children."""

    def __init__(self, plan, posts, doings):
        super().__init__(plan=plan, posts=posts, pool=None, cache=None, site=Site(".", None, None))
        self.doings = doings
        self.order = []

    async def run_step(self, planned):
        self.order.append(planned.name)
        doing = self.doings.get(planned.name)
        if isinstance(doing, list):
            doing = doing.pop(0) if doing else None
        if isinstance(doing, Exception):
            raise doing
        if doing == "hang":
            await asyncio.Event().wait()
        self.results[planned.name] = {}
        return self.give_up(planned, "") if doing == "nothing" else self._done(planned)

    def _done(self, planned):
        from copydesk.report import StepResult

        for post in self.posts:
            self.results[planned.name][post.path] = StepResult()
        return self._outcome(planned.name, 0, len(self.posts))


def batch_of(steps, **doings):
    lines = "".join(f'    - {{uses: "team_checks:note", {step}}}\n' for step in steps)
    retry = "{max_retries: 2, base_delay: 0, jitter: 0}"
    plan = make_plan(parse_workflow(f"workflow:\n  retry: {retry}\n  max_concurrent_tasks: 2\n  steps:\n{lines}"))
    posts = [SourcePost(path="p.md", key="p.md", text="x", content_hash="h")]
    recorder = Recorder()
    return Batch(id="1", review=Stand(plan, posts, doings), recorder=recorder), recorder


async def go(batch):
    async def attempt(planned):
        await with_retries(lambda number: batch.attempt(planned, number), delays(planned.retry))

    return await asyncio.wait_for(batch.run(attempt), PATIENCE)


CHAIN = ["name: a", "name: b, depends_on: [a]", "name: c, depends_on: [b]", "name: d"]


async def test_all_steps_run_after_load_and_every_post_is_reviewed():
    batch, recorder = batch_of(CHAIN)
    assert await go(batch) == []
    batch.conclude()
    assert batch.review.order[0] == "load"
    assert set(recorder.ends().values()) == {StepState.COMPLETED}
    assert recorder.moves[:5] == [(name, 1, StepState.PENDING) for name in ("load", "a", "b", "c", "d")]
    assert [review.verdict for review in batch.reviews] == [Verdict.APPROVE]
    assert recorder.reviewed == ["p.md"]
    assert {n: t.state for n, t in batch.times.items()} == dict.fromkeys([*"abcd", "load", "final_review"], "completed")


async def test_a_step_that_fails_leaves_the_rest_going_on_and_the_review_incomplete():
    batch, recorder = batch_of(CHAIN, a=ValueError("broken"))
    assert await go(batch) == []
    batch.conclude()
    assert recorder.ends()["a", 1] is StepState.FAILED
    assert recorder.errors["a"] == "ValueError: broken"
    assert {recorder.ends()[name, 1] for name in "bcd"} == {StepState.COMPLETED}
    [review] = batch.reviews
    assert (review.verdict, review.incomplete) == (Verdict.INCOMPLETE, ("a",))


async def test_a_required_step_that_fails_fails_the_run_and_skips_what_depends_on_it():
    batch, recorder = batch_of(["name: a, required: true", *CHAIN[1:]], a=ValueError("broken"))
    assert await go(batch) == ["a: broken"]
    batch.conclude()
    ends = recorder.ends()
    assert (ends["a", 1], ends["d", 1]) == (StepState.FAILED, StepState.COMPLETED)
    assert (ends["b", 1], ends["c", 1]) == (StepState.SKIPPED, StepState.SKIPPED)
    assert recorder.errors["c"] == "the step a failed, and this one depends on it"
    assert "b" not in batch.review.order
    assert batch.times["c"].state == "skipped"
    [review] = batch.reviews
    assert (review.verdict, review.incomplete) == (Verdict.INCOMPLETE, ("a", "b", "c"))


async def test_without_its_posts_nothing_runs():
    batch, recorder = batch_of(CHAIN, load=ValueError("no disk"))
    assert await go(batch) == ["load: no disk"]
    batch.conclude()
    assert batch.review.order == ["load"]
    assert {recorder.ends()[name, 1] for name in "abcd"} == {StepState.SKIPPED}
    assert [review.verdict for review in batch.reviews] == [Verdict.INCOMPLETE]


async def test_every_attempt_is_recorded_with_its_cause_and_its_delay():
    batch, recorder = batch_of(
        ["name: a, retry: {base_delay: 0.01}"], a=[RetriableError("once"), RetriableError("twice")]
    )
    assert await go(batch) == []
    assert [move for move in recorder.moves if move[0] == "a" and move[2] is not StepState.PENDING] == [
        ("a", 1, StepState.RUNNING),
        ("a", 1, StepState.RETRYING),
        ("a", 2, StepState.RUNNING),
        ("a", 2, StepState.RETRYING),
        ("a", 3, StepState.RUNNING),
        ("a", 3, StepState.COMPLETED),
    ]
    assert recorder.delays == [0.02, 0.04]
    assert batch.times["a"].attempts == 3


async def test_after_the_last_attempt_the_error_stays():
    batch, recorder = batch_of(["name: a"], a=[StepTimeout("slow")] * 3)
    assert await go(batch) == []
    assert [recorder.ends()["a", n] for n in (1, 2, 3)] == [
        StepState.RETRYING,
        StepState.RETRYING,
        StepState.TIMED_OUT,
    ]
    batch.conclude()
    assert [f.check for f in batch.reviews[0].findings] == ["a.timeout"]


async def test_a_fault_that_does_not_pass_is_not_tried_again():
    batch, _ = batch_of(["name: a"], a=[ValueError("bad input"), None])
    await go(batch)
    assert batch.review.order.count("a") == 1


async def test_the_most_urgent_of_the_ready_steps_starts_first():
    batch, _ = batch_of(
        ["name: a, priority: low", "name: b", "name: c, priority: critical", "name: d, priority: high, depends_on: [a]"]
    )
    await go(batch)
    assert batch.review.order == ["load", "c", "b", "a", "d"]


# --- stopping ---------------------------------------------------------------------------------------------------------


async def stopped_while(batch, ready, reason="enough"):
    working = asyncio.ensure_future(go(batch))
    while not ready():
        await asyncio.sleep(0)
    batch.cancel(reason)
    return await asyncio.wait_for(working, PATIENCE)


async def test_a_stop_ends_what_runs_and_starts_nothing_more():
    batch, recorder = batch_of(CHAIN, a="hang", d="hang")
    assert await stopped_while(batch, lambda: len(batch.review.order) == 3) == []
    assert batch.stop.is_set()
    cancelled = {(name, 1): StepState.CANCELLED for name in ("a", "b", "c", "d", "final_review")}
    assert recorder.ends() == {("load", 1): StepState.COMPLETED} | cancelled
    assert "b" not in batch.review.order
    assert set(recorder.errors.values()) == {None, "stopped: enough", "enough"}


async def test_a_stop_keeps_what_is_finished():
    batch, recorder = batch_of(CHAIN, b="hang")
    await stopped_while(batch, lambda: "b" in batch.review.order and "d" in batch.review.order)
    assert {n: recorder.ends()[n, 1] for n in "abcd"} == {
        "a": StepState.COMPLETED,
        "b": StepState.CANCELLED,
        "c": StepState.CANCELLED,
        "d": StepState.COMPLETED,
    }


async def test_a_stop_during_load_cancels_all():
    batch, recorder = batch_of(CHAIN, load="hang")
    assert await stopped_while(batch, lambda: batch.review.order == ["load"]) == []
    assert set(recorder.ends().values()) == {StepState.CANCELLED}
    assert len(recorder.ends()) == 6


async def test_a_stop_reaches_a_step_that_waits_to_try_again():
    batch, recorder = batch_of(["name: a, retry: {base_delay: 9000, max_delay: 9000}"], a=[RetriableError("later")])
    await stopped_while(batch, lambda: recorder.delays)
    assert recorder.delays == [9000]
    assert recorder.ends()["a", 1] is StepState.CANCELLED


async def test_a_stop_before_the_first_attempt_has_begun_closes_the_record():
    batch, recorder = batch_of(["name: a"])
    waiting = []

    async def attempt(planned):
        if planned.name == "a":
            waiting.append(planned.name)
            await asyncio.Event().wait()  # as Prefect does while its server is slow
        await batch.attempt(planned, 1)

    working = asyncio.ensure_future(batch.run(attempt))
    while not waiting:
        await asyncio.sleep(0)
    batch.cancel("enough")
    assert await asyncio.wait_for(working, PATIENCE) == []
    assert recorder.ends()["a", 1] is StepState.CANCELLED


async def test_a_step_that_was_never_called_is_recorded_as_failed():
    batch, recorder = batch_of(["name: a"])

    async def attempt(planned):
        if planned.name == "a":
            raise RuntimeError("Prefect said no")
        await batch.attempt(planned, 1)

    assert await asyncio.wait_for(batch.run(attempt), PATIENCE) == []
    assert [move[2] for move in recorder.moves if move[0] == "a"] == [
        StepState.PENDING,
        StepState.RUNNING,
        StepState.FAILED,
    ]
    batch.conclude()
    assert batch.reviews[0].incomplete == ("a",)


async def test_the_first_reason_of_a_stop_counts():
    batch, _ = batch_of(CHAIN)
    batch.cancel("first")
    batch.cancel("second")
    assert batch.stop_reason == "first"


async def test_the_time_of_a_workflow_holds_without_a_server(tmp_path):
    (tmp_path / "p.md").write_text("SLEEP")
    plan = make_plan(
        parse_workflow(
            "workflow:\n  timeout_seconds: 0.5\n  steps:\n"
            '    - {name: act, uses: "team_checks:act", post_timeout_seconds: 600}\n'
        )
    )
    with open_session(monitored=False) as session, pytest.raises(Stopped, match=TIME_IS_UP):
        await asyncio.wait_for(review_directly(session, plan, [str(tmp_path)]), PATIENCE)


# --- retries ----------------------------------------------------------------------------------------------------------


async def test_retries_wait_as_long_as_they_are_told(monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    attempts = []

    async def attempt(number):
        attempts.append(number)
        raise ConnectionError("nobody there")

    with pytest.raises(ConnectionError):
        await with_retries(attempt, [2, 4, 8])
    assert (attempts, slept) == ([1, 2, 3, 4], [2, 4, 8])
