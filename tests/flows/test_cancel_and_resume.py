"""Runs that are cancelled, killed or failed, and how they go on: with real processes."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import time
import uuid

import pytest

from copydesk.cache import ResultCache
from copydesk.direct import review_directly
from copydesk.plan import load_plan
from copydesk.reports import render
from copydesk.session import open_session
from copydesk.settings import settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_steps", "on_server")]


def calls(log):
    return log.read_text().splitlines() if log.exists() else []


def cached():
    """How many results are kept."""
    return ResultCache(settings().cache_dir).status().results


def without_run(done):
    report = json.loads(done.stdout)
    return report["run"], report | {"run": None}


def undisturbed(posts):
    """What a review that nothing happens to says of the posts."""
    with open_session(use_cache=False, monitored=False) as session:
        report = asyncio.run(review_directly(session, load_plan(None, posts), [str(posts)]))
    return json.loads(render(report, "json"))


# --- cancel -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hanging(blog, step, begin, wait_until, record, tmp_path):
    """A review whose second step hangs: the command, the id of its run, its posts."""

    def start(**more):
        log = tmp_path / "log"
        posts = blog(
            step("words", "count"),
            step("act", "act", f"{{log: '{log}'}}", post_timeout_seconds=600, depends_on="[words]", **more),
            posts={"a": "SLEEP", "b": "fine"},
        )
        running = begin("review", posts)
        wait_until(lambda: len(calls(log)) == 2, "the step")
        wait_until(lambda: cached() == 5, "the results of what is finished")
        return running, wait_until(record.runs, "the run")[0].run_id, posts

    return start


def by_command(run_id, copydesk, api):
    done = copydesk("cancel", run_id[:8])
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Run {run_id} is cancelled.\n"


def by_api(run_id, copydesk, api):
    api(f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})


@pytest.mark.parametrize("how", [by_command, by_api])
def test_a_run_is_cancelled_and_goes_on(
    how, hanging, copydesk, api, record, wait_until, gone, record_property, tmp_path
):
    running, run_id, posts = hanging()
    children = running.children()
    assert children
    if how is by_api:
        active = copydesk("resume", run_id)
        assert (active.returncode, "has not ended" in active.stderr) == (2, True)
    asked = time.monotonic()
    how(run_id, copydesk, api)
    wait_until(lambda: record.runs()[0].state == "cancelled", "the state")
    record_property("seconds_from_request_to_state", round(time.monotonic() - asked, 2))
    done = running.end()
    assert done.returncode == 3
    assert "cancelled in Prefect" in done.stderr
    assert "Traceback" not in done.stderr
    wait_until(lambda: gone(children), "the end of the children")
    wait_until(lambda: api.flow_run(run_id)["state"]["type"] == "CANCELLED", "Prefect's state")
    states = {name: row.state for (name, _), row in record.steps().items()}
    assert states == {"load": "completed", "words": "completed", "act": "cancelled", "final_review": "cancelled"}
    assert cached() == 5
    if how is by_api:
        again = copydesk("cancel", run_id)
        assert (again.returncode, "Nothing was changed" in again.stdout) == (0, True)
        return
    # What was finished is kept: the resumed run computes what hung, and no more.
    (posts / "a.md").write_text("awake")
    before = len(calls(tmp_path / "log"))
    resumed = copydesk("resume", run_id, "--format", "json")
    assert (resumed.returncode, resumed.stderr) == (0, "")
    assert without_run(resumed)[0]["attempt"] == 2
    assert len(calls(tmp_path / "log")) == before + 1
    assert record.runs()[0].state == "completed"


@pytest.mark.parametrize("whose", ["the run", "a batch"])
def test_a_run_in_batches_ends_when_it_or_one_of_them_is_cancelled(
    whose, blog, step, begin, copydesk, record, wait_until, gone, tmp_path
):
    log = tmp_path / "log"
    posts = blog(
        step("act", "act", f"{{log: '{log}'}}", post_timeout_seconds=600),
        workflow="  batch_size: 1\n",
        posts={f"p{number}": "SLEEP" for number in range(4)},
    )
    running = begin("review", posts)
    wait_until(lambda: calls(log), "the step")
    first = wait_until(lambda: [run for run in record.runs() if run.posts == 1], "the first batch")[0]
    whole = next(run for run in record.runs() if run.posts == 4)
    children = running.children()
    assert copydesk("cancel", (whole if whose == "the run" else first).run_id).returncode == 0
    done = running.end()
    assert done.returncode == 3
    assert "cancelled in Prefect" in done.stderr
    assert "Traceback" not in done.stderr
    wait_until(lambda: gone(children), "the end of the children")
    assert {run.state for run in record.runs()} == {"cancelled"}
    assert len(calls(log)) < 4


def test_a_step_that_waits_to_try_again_is_cancelled_too(blog, step, begin, copydesk, record, wait_until, tmp_path):
    options = f"{{calls: '{tmp_path / 'calls'}', failures: 99}}"
    patient = "{max_retries: 3, base_delay: 3000, max_delay: 3000, jitter: 0}"
    running = begin("review", blog(step("flaky", "flaky", options, retry=patient)))
    wait_until(lambda: record.runs() and record.steps()["flaky", 1].state == "retrying", "the first attempt")
    assert copydesk("cancel", "latest").returncode == 0
    assert running.end().returncode == 3
    assert record.runs()[0].state == "cancelled"
    assert record.steps()["flaky", 1].state == "cancelled"


# --- resume -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("finished", [2, 14])
def test_a_killed_run_goes_on_and_computes_nothing_twice(
    finished, blog, step, begin, copydesk, record, api, wait_until, gone, tmp_path
):
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    posts = blog(
        step("one", "count", f"{{log: '{first}'}}"),
        step("two", "note", f"{{log: '{second}', seconds: 0.2}}", depends_on="[one]"),
        step("three", "tell", depends_on="[two]"),
        posts={f"p{n}": f"post {n}" for n in range(6)},
    )
    running = begin("review", posts, "--format", "json")
    wait_until(lambda: cached() >= finished, "the results")
    children = running.children()
    running.signal(signal.SIGKILL)
    running.end()
    wait_until(lambda: gone(children), "the end of the children")
    run_id = record.runs()[0].run_id
    kept = ResultCache(settings().cache_dir).status().by_step
    begun = {"one": len(calls(first)), "two": len(calls(second))}

    resumed = copydesk("resume", run_id[:8], "--format", "json")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stderr == ""
    run, report = without_run(resumed)
    assert (run["id"], run["attempt"], run["state"]) == (run_id, 2, "completed")
    # Only what was not finished was begun again.
    assert len(calls(first)) - begun["one"] == 6 - kept.get("one", 0)
    assert len(calls(second)) - begun["two"] == 6 - kept.get("two", 0)
    assert kept.get("one", 0) + kept.get("two", 0) + kept.get("load", 0) >= min(finished, 18)

    assert report == undisturbed(posts)
    assert api.flow_run(run_id)["state"]["type"] == "COMPLETED"
    assert {(r.attempt, r.state) for r in record.runs()} >= {(2, "completed")}


def test_a_failed_run_goes_on_after_the_cause_is_gone(blog, step, copydesk, record, tmp_path):
    log = tmp_path / "log"
    options = f"{{calls: '{tmp_path / 'calls'}', failures: 1}}"
    posts = blog(
        step("words", "count", f"{{log: '{log}'}}"),
        step("gate", "flaky", options, required="true", retry="{max_retries: 0}"),
        step("after", depends_on="[gate]"),
    )
    failed = copydesk("review", posts, "--format", "json")
    assert failed.returncode == 3
    run_id = record.runs()[0].run_id
    resumed = copydesk("resume", "latest", "--format", "json")
    assert resumed.returncode == 0, resumed.stderr
    run, report = without_run(resumed)
    assert (run["id"], run["attempt"]) == (run_id, 2)
    assert len(calls(log)) == 2
    assert report == undisturbed(posts)
    done = copydesk("resume", run_id)
    assert (done.returncode, "nothing is left to do" in done.stderr) == (2, True)


def test_only_runs_that_are_known_can_be_resumed_or_cancelled(copydesk):
    unknown = copydesk("resume", str(uuid.uuid4()))
    assert (unknown.returncode, "No run" in unknown.stderr) == (2, True)
    assert copydesk("cancel", "latest").returncode == 2


# --- several at once --------------------------------------------------------------------------------------------------


def test_several_processes_review_the_same_posts_at_once(blog, step, begin, api, record):
    posts = blog(
        step("words", "count"),
        step("tell", "tell", depends_on="[words]"),
        posts={f"p{n}": f"post {n}" for n in range(8)},
    )
    ended = [command.end() for command in [begin("review", posts, "--format", "json") for _ in range(4)]]
    assert [(done.returncode, done.stderr) for done in ended] == [(0, "")] * 4
    runs, reports = zip(*(without_run(done) for done in ended), strict=True)
    assert len({run["id"] for run in runs}) == 4
    assert all(report == reports[0] for report in reports)
    assert cached() == 24
    assert {run.state for run in record.runs()} == {"completed"}
    for run in runs:
        assert {task["state"]["type"] for task in api.task_runs(run["id"])} == {"COMPLETED"}


# --- the embedded server ----------------------------------------------------------------------------------------------


def test_without_a_server_the_record_is_complete_and_a_run_can_be_cancelled(
    blog, step, begin, copydesk, record, wait_until, gone, monkeypatch, tmp_path, prefect_server
):
    monkeypatch.delenv("PREFECT_API_URL")
    home = tmp_path / "prefect-home"
    home.mkdir()
    monkeypatch.setenv("PREFECT_HOME", str(home))
    # A database that is migrated already spares some twenty seconds.
    with sqlite3.connect(prefect_server.home / "prefect.db") as migrated, sqlite3.connect(home / "prefect.db") as own:
        migrated.backup(own)
    log = tmp_path / "log"
    steps = [step("words", "count"), step("act", "act", f"{{log: '{log}'}}", post_timeout_seconds=600)]
    done = copydesk("review", blog(*steps, posts={"a": "fine"}), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    run_id = without_run(done)[0]["id"]
    with sqlite3.connect(home / "prefect.db") as database:
        states = database.execute(
            "SELECT state_type FROM task_run WHERE flow_run_id IN (?, ?)", (run_id, run_id.replace("-", ""))
        ).fetchall()
    assert states == [("COMPLETED",)] * 4

    running = begin("review", blog(*steps, posts={"a": "SLEEP"}))
    wait_until(lambda: len(calls(log)) == 2, "the step")
    children = running.children()
    cancelled = copydesk("cancel", "latest")
    assert (cancelled.returncode, "is cancelled" in cancelled.stdout) == (0, True), cancelled.stderr
    assert running.end().returncode == 143  # nobody else can reach it: it was sent SIGTERM
    wait_until(lambda: gone(children), "the end of the children")
    assert record.runs()[0].state == "cancelled"
