"""The flow on a real server: what Prefect shows of a run, and how runs end."""

from __future__ import annotations

import asyncio
import json

import pytest

from copydesk.cache import ResultCache
from copydesk.outcome import RunEnd, completed
from copydesk.report import PostReview, Verdict
from copydesk.reports import render
from copydesk.sandbox import close_shared_pool
from copydesk.sandbox_start import TemplateStarter
from copydesk.settings import settings
from copydesk.states import RunState

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_steps")]

BUILT_IN = {"load", "structure", "grammar", "spelling", "style", "links", "seo", "final_review"}
GOOD = "---\ntitle: Tide tables\n---\n\n## The plan\n\nWe print the tide tables on one page, and people find them.\n"


def test_a_review_is_recorded_step_by_step_and_says_what_check_says(copydesk, blog, api, on_server, record):
    posts = blog(posts={"good": GOOD, "bad": "# Teh post\n\n[nowhere](missing.md) TODO\n"})
    review = copydesk("review", posts, "--format", "json", "--priority", "high")
    check = copydesk("check", posts, "--format", "json")
    assert (review.returncode, check.returncode) == (1, 1)
    assert (review.stderr, check.stderr) == ("", "")
    report, plain = json.loads(review.stdout), json.loads(check.stdout)
    run = report["run"]
    # Byte for byte but for `run`.
    assert review.stdout == check.stdout.replace(
        '"run": null', '"run": ' + json.dumps(run, indent=2).replace("\n", "\n  ")
    )
    assert report["posts"] == plain["posts"]

    tasks = api.task_runs(run["id"])
    assert {task["name"].rpartition("-")[0] for task in tasks} == BUILT_IN
    assert len(tasks) == 8
    assert {task["state"]["type"] for task in tasks} == {"COMPLETED"}
    assert tasks[0]["name"].startswith("load")
    assert tasks[-1]["name"].startswith("final_review")
    tags = {task["name"].rpartition("-")[0]: task["tags"] for task in tasks}
    assert "step-priority:critical" in tags["load"]
    assert all(any(tag.startswith("step-priority:") for tag in tags[name]) for name in BUILT_IN - {"final_review"})
    flow_run = api.flow_run(run["id"])
    assert "run-priority:high" in flow_run["tags"]
    assert (flow_run["state"]["type"], flow_run["state"]["name"]) == ("COMPLETED", "ChangesRequested")
    assert flow_run["name"] == f"review {posts}"
    edges = api.edges(run["id"])
    assert edges.pop("final_review") == BUILT_IN - {"final_review"}
    assert edges.pop("load") == set()
    assert edges == {name: {"load"} for name in BUILT_IN - {"load", "final_review"}}

    assert [(r.run_id, r.state, r.verdict, r.priority) for r in record.runs()] == [
        (run["id"], "completed", "changes_requested", "high")
    ]
    assert {row.state for row in record.steps().values()} == {"completed"}
    assert {name for name, _ in record.steps()} == BUILT_IN


async def test_a_review_of_what_is_known_costs_its_task_runs_and_no_check(blog, review_here, api, monkeypatch):
    posts = blog(posts={f"p{n}": GOOD.replace("one page", f"page {n}") for n in range(3)})
    await review_here(posts)
    close_shared_pool()

    def start(_):
        pytest.fail("a child process was started")

    monkeypatch.setattr(TemplateStarter, "start", start)
    state, session = await review_here(posts)
    assert state.is_completed()
    assert len(api.task_runs(session.run.id)) == 8
    assert {time.step: time.cached for time in session.run.steps} == dict.fromkeys(BUILT_IN, 3) | {"final_review": 0}


async def test_the_arrows_are_those_of_the_file(blog, step, review_here, api):
    posts = blog(
        step("first"),
        step("second", depends_on="[first]"),
        step("third", depends_on="[first, second]", priority="low"),
        step("alone"),
    )
    state, session = await review_here(posts)
    assert state.is_completed()
    edges = api.edges(session.run.id)
    assert edges.pop("final_review") == {"load", "first", "second", "third", "alone"}
    assert edges == {
        "load": set(),
        "first": {"load"},
        "second": {"first"},
        "third": {"first", "second"},
        "alone": {"load"},
    }
    third = next(task for task in api.task_runs(session.run.id) if task["name"].startswith("third"))
    assert third["tags"] == ["step-priority:low"]


async def test_a_flaky_step_is_tried_again_with_the_delays_of_its_policy(
    blog, step, review_here, api, record, tmp_path
):
    options = f"{{calls: '{tmp_path / 'calls'}', failures: 2, log: '{tmp_path / 'log'}'}}"
    policy = "{max_retries: 3, base_delay: 0.05, backoff_multiplier: 3, jitter: 0}"
    posts = blog(step("flaky", "flaky", options, retry=policy), step("other"))
    state, session = await review_here(posts)
    assert state.is_completed()
    [flaky] = [task for task in api.task_runs(session.run.id) if task["name"].startswith("flaky")]
    assert flaky["run_count"] == 3
    assert flaky["empirical_policy"]["retries"] == 3
    assert flaky["empirical_policy"]["retry_delay"] == pytest.approx([0.15, 0.45, 1.35])
    rows = record.steps()
    assert [rows["flaky", n].state for n in (1, 2, 3)] == ["retrying", "retrying", "completed"]
    assert [rows["flaky", n].delay_seconds for n in (1, 2)] == pytest.approx([0.15, 0.45])
    assert "ConnectionError: nobody there" in rows["flaky", 1].error
    assert len((tmp_path / "log").read_text().splitlines()) == 6
    assert session.report().verdict is Verdict.APPROVE


async def test_after_the_last_attempt_the_error_is_kept_and_the_review_is_incomplete(
    blog, step, review_here, api, record, tmp_path
):
    options = f"{{calls: '{tmp_path / 'calls'}', failures: 99}}"
    posts = blog(step("flaky", "flaky", options, retry="{max_retries: 1, base_delay: 0.01}"), step("other"))
    state, session = await review_here(posts)
    assert (state.type.value, state.name) == ("COMPLETED", "Incomplete")
    tasks = {task["name"].rpartition("-")[0]: task for task in api.task_runs(session.run.id)}
    assert (tasks["flaky"]["state"]["type"], tasks["flaky"]["run_count"]) == ("FAILED", 2)
    assert tasks["other"]["state"]["type"] == "COMPLETED"
    rows = record.steps()
    assert [(rows["flaky", n].state, "nobody there" in rows["flaky", n].error) for n in (1, 2)] == [
        ("retrying", True),
        ("failed", True),
    ]
    assert {post.incomplete for post in session.reviews.values()} == {("flaky",)}


async def test_bad_input_is_not_tried_again(blog, step, review_here, api):
    posts = blog(step("act", "act", retry="{max_retries: 3, base_delay: 0.01}"), posts={"a": "RAISE", "b": "fine"})
    state, session = await review_here(posts)
    assert state.name == "Incomplete"
    [act] = [task for task in api.task_runs(session.run.id) if task["name"].startswith("act")]
    # The step itself came to its end: only one post could not be judged.
    assert (act["state"]["type"], act["run_count"]) == ("COMPLETED", 1)
    assert {post.path.rpartition("/")[2]: post.verdict.value for post in session.reviews.values()} == {
        "a.md": "incomplete",
        "b.md": "approve",
    }


async def test_a_required_step_that_fails_fails_the_run_and_skips_what_depends_on_it(
    blog, step, review_here, api, record, tmp_path
):
    options = f"{{calls: '{tmp_path / 'calls'}', failures: 99}}"
    posts = blog(
        step("gate", "flaky", options, required="true", retry="{max_retries: 0}"),
        step("after", depends_on="[gate]"),
        step("last", depends_on="[after]"),
        step("aside"),
    )
    state, session = await review_here(posts)
    assert (state.type.value, state.name) == ("FAILED", "Failed")
    assert "gate: " in state.message
    assert "nobody there" in state.message
    names = {task["name"].rpartition("-")[0] for task in api.task_runs(session.run.id)}
    assert names == {"load", "gate", "aside", "final_review"}
    [run] = record.runs()
    assert (run.state, run.verdict, "nobody there" in run.error) == ("failed", None, True)
    rows = {name: row for (name, _), row in record.steps().items()}
    assert {name: row.state for name, row in rows.items()} == {
        "load": "completed",
        "gate": "failed",
        "after": "skipped",
        "last": "skipped",
        "aside": "completed",
        "final_review": "completed",
    }
    assert rows["last"].error == "the step gate failed, and this one depends on it"
    assert {post.incomplete for post in session.reviews.values()} == {("gate", "after", "last")}


async def test_a_step_that_is_over_its_time_is_timed_out(blog, step, review_here, record):
    posts = blog(
        step("act", "act", timeout_seconds=1, post_timeout_seconds=600, retry="{max_retries: 1, base_delay: 0.01}"),
        posts={"a": "SLEEP", "b": "fine"},
    )
    state, session = await review_here(posts)
    assert state.name == "Incomplete"
    rows = record.steps()
    assert [rows["act", n].state for n in (1, 2)] == ["retrying", "timed_out"]
    found = {post.path.rpartition("/")[2]: [f.check for f in post.findings] for post in session.reviews.values()}
    assert found == {"a.md": ["act.timeout"], "b.md": ["act.seen"]}


async def test_the_time_of_the_workflow_ends_the_run(blog, step, review_here, record):
    posts = blog(
        step("hang", "act", post_timeout_seconds=600),
        step("after", depends_on="[hang]"),
        workflow="  timeout_seconds: 3\n",
        posts={"a": "SLEEP"},
    )
    state, _ = await review_here(posts)
    assert (state.type.value, state.name) == ("FAILED", "TimedOut")
    assert state.message == "the workflow's time was up"
    [run] = record.runs()
    assert (run.state, run.error) == ("failed", "the workflow's time was up")
    # A machine that is slow may not have come to the step by then: `load` is whatever it was.
    ends = {name: row.state for (name, _), row in record.steps().items()}
    assert ends.pop("load") in ("completed", "cancelled")
    assert ends == {"hang": "cancelled", "after": "cancelled", "final_review": "cancelled"}


async def test_more_posts_than_a_batch_are_several_runs(blog, step, review_here, record):
    posts = blog(step("first"), workflow="  batch_size: 2\n", posts={f"p{n}": f"post {n}" for n in range(5)})
    state, session = await review_here(posts)
    assert state.is_completed()
    assert [post.path.rpartition("/")[2] for post in session.report().posts] == [f"p{n}.md" for n in range(5)]
    runs = record.runs()
    assert sorted(run.reviewed for run in runs) == [1, 2, 2, 5]
    assert {run.state for run in runs} == {"completed"}


async def test_what_is_wrong_with_the_request_fails_the_run_and_says_why(blog, step, on_server):
    from copydesk.request import ReviewRequest
    from flows.review import review

    posts = blog("{name: grammer}")
    state = await review(ReviewRequest(paths=[str(posts)]), return_state=True)
    assert state.is_failed()
    assert "Did you mean 'grammar'?" in state.message
    state = await review(ReviewRequest(paths=[str(posts / "missing.md")]), return_state=True)
    assert state.is_failed()


async def test_many_runs_at_once_in_one_process_do_not_disturb_each_other(blog, step, review_here, api, record):
    posts = blog(
        step("words", "count"), step("tell", "tell", depends_on="[words]"), posts={f"p{n}": "x " * n for n in range(6)}
    )
    ended = await asyncio.gather(*(asyncio.ensure_future(review_here(posts)) for _ in range(4)))
    reports = []
    for state, session in ended:
        assert state.is_completed()
        assert len(api.task_runs(session.run.id)) == 4
        reports.append(json.loads(render(session.report(), "json"))["posts"])
    assert len({session.run.id for _, session in ended}) == 4
    assert all(report == reports[0] for report in reports)
    assert len(reports[0]) == 6
    assert ResultCache(settings().cache_dir).status().by_step == {"load": 6, "words": 6, "tell": 6}
    assert [run.state for run in record.runs()] == ["completed"] * 4


# --- the gate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "plain", "gated"),
    [
        (Verdict.APPROVE, ("COMPLETED", "Completed"), ("COMPLETED", "Completed")),
        (Verdict.CHANGES_REQUESTED, ("COMPLETED", "ChangesRequested"), ("FAILED", "ChangesRequested")),
        (Verdict.REJECT, ("COMPLETED", "Rejected"), ("FAILED", "Rejected")),
        (Verdict.INCOMPLETE, ("COMPLETED", "Incomplete"), ("FAILED", "Incomplete")),
    ],
)
def test_the_gate_fails_what_is_not_approved_and_names_it(verdict, plain, gated):
    from flows.review import final_state

    end = completed([PostReview(path="p.md", content_hash="", verdict=verdict, score=50)])
    for gate, expected in ((False, plain), (True, gated)):
        state = final_state(end, gate=gate)
        assert (state.type.value, state.name) == expected
        assert state.message == end.message


@pytest.mark.parametrize("gate", [False, True])
def test_what_did_not_complete_is_the_same_with_and_without_the_gate(gate):
    from flows.review import final_state

    timed_out = final_state(RunEnd(state=RunState.FAILED, message="m", name="TimedOut"), gate=gate)
    assert (timed_out.type.value, timed_out.name) == ("FAILED", "TimedOut")
    assert final_state(RunEnd(state=RunState.FAILED, message="m"), gate=gate).name == "Failed"
    cancelled = final_state(RunEnd(state=RunState.CANCELLED, message="m"), gate=gate)
    assert (cancelled.type.value, cancelled.name) == ("CANCELLED", "Cancelled")
