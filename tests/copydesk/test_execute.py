"""Steps over posts in real child processes: every post gets a result, whatever happens to another."""

from __future__ import annotations

import asyncio
import gc
import random
from pathlib import Path

import pytest

from copydesk.cache import ResultCache
from copydesk.direct import review_directly
from copydesk.errors import RetriableError, StepTimeout
from copydesk.execute import Review
from copydesk.loading import discover, read_all
from copydesk.plain_review import review_of
from copydesk.plan import make_plan
from copydesk.report import StepStatus
from copydesk.reports import FORMATS, Material, render
from copydesk.sandbox import Pool, shared_pool
from copydesk.session import open_session
from copydesk.shelf import IN_MEMORY, Shelf
from copydesk.site import Site
from copydesk.turns import Turn
from copydesk.workflow import parse_workflow

pytestmark = pytest.mark.usefixtures("own_steps")


@pytest.fixture
def pool():
    return shared_pool(2)


@pytest.fixture
def blog(tmp_path):
    """Write posts by name; answers the folder."""
    folder = tmp_path / "posts"
    folder.mkdir()

    def write(**posts):
        for name, text in posts.items():
            (folder / f"{name}.md").write_text(text, "utf-8")
        return folder

    return write


@pytest.fixture
def review(tmp_path, pool):
    """A review of a folder with steps as YAML lines; the cache is one for all reviews of a test."""

    def make(folder, *steps, cache=True, progress=None, run=None, pool=pool):
        lines = "".join(f"    - {step}\n" for step in steps)
        plan = make_plan(parse_workflow(f"workflow:\n  steps:\n{lines}"))
        return Review(
            plan=plan,
            posts=read_all(discover([str(folder)], plan), plan),
            pool=pool,
            cache=ResultCache(tmp_path / "results") if cache else None,
            site=Site(folder, None, None),
            run_context=run or {},
            progress=progress,
        )

    return make


def act(name="act", uses="act", options="{}", **more):
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    return f'{{name: {name}, uses: "team_checks:{uses}", with: {options}{extra}}}'


async def run(review, *names):
    outcomes = []
    for name in names or [step.name for step in review.plan.steps]:
        outcomes.append(await review.run_step(review.plan.step(name)))
    return outcomes[-1]


def statuses(review, step="act"):
    return {Path(path).stem: result.status.value for path, result in review.results[step].items()}


def calls(log):
    return sorted(line.split()[0] for line in log.read_text().splitlines()) if log.exists() else []


async def test_every_post_gets_a_result(blog, review):
    reviewed = review(blog(a="one", b="two", c=""), act())
    outcome = await run(reviewed)
    assert (outcome.posts, outcome.computed, outcome.cached, outcome.findings) == (3, 3, 0, 3)
    assert statuses(reviewed) == {"a": "done", "b": "done", "c": "done"}
    assert all(result.milliseconds > 0 for result in reviewed.results["act"].values())


# --- the cache --------------------------------------------------------------------------------------------------------


async def test_what_is_cached_is_not_computed_again(blog, review, tmp_path):
    folder, options = blog(a="one", b="two"), f"{{log: '{tmp_path / 'log'}'}}"
    await run(review(folder, act(options=options)))
    again = review(folder, act(options=options))
    outcome = await run(again)
    assert (outcome.cached, outcome.computed) == (2, 0)
    assert calls(tmp_path / "log") == ["posts/a.md", "posts/b.md"]
    assert await run(review(folder, act(options=options), cache=False))
    assert len(calls(tmp_path / "log")) == 4


async def test_only_what_changed_is_computed(blog, review, tmp_path):
    options = f"{{log: '{tmp_path / 'log'}'}}"
    await run(review(blog(a="one", b="two"), act(options=options)))
    outcome = await run(review(blog(b="three"), act(options=options)))
    assert (outcome.cached, outcome.computed) == (1, 1)
    assert calls(tmp_path / "log") == ["posts/a.md", "posts/b.md", "posts/b.md"]


@pytest.mark.parametrize("changed", ["{x: 2}", "{x: 1, y: 1}", "{}"])
async def test_other_options_are_another_result(blog, review, changed):
    folder = blog(a="one")
    await run(review(folder, act(options="{x: 1}")))
    assert (await run(review(folder, act(options=changed)))).cached == 0


async def test_settings_that_change_no_result_keep_the_cache(blog, review):
    folder = blog(a="one")
    await run(review(folder, act()))
    again = review(folder, act(priority="critical", timeout_seconds=77, required="true", retry="{max_retries: 1}"))
    assert (await run(again)).cached == 1


async def test_another_context_of_the_run_is_another_result(blog, review):
    folder = blog(a="one")
    await run(review(folder, act(), run={"branch": "a"}))
    assert (await run(review(folder, act(), run={"branch": "b"}))).cached == 0


async def test_a_failure_is_not_cached(blog, review, tmp_path):
    folder, options = blog(a="RAISE"), f"{{log: '{tmp_path / 'log'}'}}"
    for attempts in (1, 2):
        reviewed = review(folder, act(options=options))
        assert (await run(reviewed)).incomplete == 1
        assert len(calls(tmp_path / "log")) == attempts


# --- posts that cost a step -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("RAISE", "failed", "ValueError: the post is odd"),
        ("SEGFAULT", "failed", ""),
        ("MEMORY", "failed", "memory"),
        ("SLEEP", "timed_out", "it took longer than 0.5 s"),
        ("SPIN", "timed_out", "it took longer than 0.5 s"),
    ],
)
@pytest.mark.parametrize("uses", ["act", "BATCH"])
async def test_a_bad_post_costs_that_post_that_step(blog, review, word, status, reason, uses):
    posts = {f"p{n}": "fine" for n in range(6)} | {"bad": f"{word} {uses}"}
    seconds = 0.5 if status == "timed_out" else 60
    with Pool(2, memory_mb=600) as pool:
        reviewed = review(blog(**posts), act(uses=uses, post_timeout_seconds=seconds), pool=pool)
        outcome = await run(reviewed)
    assert outcome.incomplete == 1
    assert statuses(reviewed) == {name: status if name == "bad" else "done" for name in posts}
    bad = next(result for path, result in reviewed.results["act"].items() if path.endswith("bad.md"))
    [finding] = bad.findings
    assert finding.check == ("act.timeout" if status == "timed_out" else "act.failed")
    assert reason in finding.message
    assert "step act could not finish" in finding.message
    assert "incomplete" in finding.message


async def test_an_answer_that_is_no_finding_is_a_failure_that_says_so(blog, review, tmp_path, monkeypatch):
    (tmp_path / "odd_answers.py").write_text(
        "from copydesk.report import StepResult\n"
        "def texts(post, context): return ['a finding?']\n"
        "def nothing(post, context): return None\n"
        "def wrong(post, context): return StepResult(measures={'words': 'many'})\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = blog(a="one")
    for name in ("texts", "nothing", "wrong"):
        reviewed = review(folder, f'{{name: {name}, uses: "odd_answers:{name}"}}')
        outcome = await run(reviewed)
        [result] = reviewed.results[name].values()
        assert outcome.incomplete == 1
        if name == "texts":
            assert "'a finding?' where a Finding was expected" in result.reason
        if name == "nothing":
            assert "answered None instead of findings" in result.reason


async def test_half_a_surrogate_pair_in_an_answer_costs_nothing(blog, review, tmp_path, monkeypatch):
    (tmp_path / "half_a_pair.py").write_text(
        "from copydesk.report import StepResult\n"
        "def step(post, context): return StepResult(outputs={'title': '\\ud800 odd'})\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    reviewed = review(blog(a="one"), '{name: own, uses: "half_a_pair:step"}')
    assert (await run(reviewed)).incomplete == 0
    assert [result.outputs for result in reviewed.results["own"].values()] == [{"title": "? odd"}]


# --- attempts ---------------------------------------------------------------------------------------------------------


async def test_a_passing_fault_is_tried_again_for_that_post_only(blog, review, tmp_path):
    options = f"{{log: '{tmp_path / 'log'}', calls: '{tmp_path / 'calls'}', failures: 1}}"
    reviewed = review(blog(a="fine", b="PASSING", c="fine"), act(options=options))
    with pytest.raises(RetriableError, match="1 posts met a passing fault: ConnectionError: nobody there"):
        await run(reviewed)
    assert statuses(reviewed) == {"a": "done", "c": "done"}
    outcome = await run(reviewed)
    assert (outcome.computed, outcome.posts) == (1, 3)
    assert statuses(reviewed) == {"a": "done", "b": "done", "c": "done"}
    assert calls(tmp_path / "log") == ["posts/a.md", "posts/b.md", "posts/b.md", "posts/c.md"]


async def test_an_attempt_that_is_over_its_time_keeps_what_is_finished(blog, review, tmp_path):
    options = f"{{log: '{tmp_path / 'log'}'}}"
    posts = {f"p{n}": "fine" for n in range(4)}
    step = act(uses="CHUNKED", options=options, timeout_seconds=2, post_timeout_seconds=600)
    reviewed = review(blog(**posts, slow="SLEEP"), step)
    with pytest.raises(StepTimeout, match="act was not done after 2 s: 4 of 5 posts"):
        await run(reviewed)
    assert statuses(reviewed) == dict.fromkeys(posts, "done")
    with pytest.raises(StepTimeout):
        await run(reviewed)
    assert calls(tmp_path / "log") == [*(f"posts/p{n}.md" for n in range(4)), "posts/slow.md", "posts/slow.md"]
    # A later run finds what the attempts before it have finished.
    assert (await run(review(blog(slow="well"), step))).cached == 4


async def test_giving_up_names_the_posts_without_a_result(blog, review):
    reviewed = review(blog(a="fine", slow="SLEEP"), act(timeout_seconds=2, post_timeout_seconds=600))
    with pytest.raises(StepTimeout):
        await run(reviewed)
    outcome = reviewed.give_up(reviewed.plan.step("act"), "it took too long", StepStatus.TIMED_OUT)
    assert outcome.incomplete == 1
    assert statuses(reviewed) == {"a": "done", "slow": "timed_out"}


async def test_what_the_whole_site_did_not_answer_is_incomplete_too(blog, review):
    reviewed = review(blog(a="fine"), act(uses="RESOLVING"))
    with pytest.raises(ValueError, match="the site cannot be asked"):
        await run(reviewed)
    reviewed.give_up(reviewed.plan.step("act"), "the site cannot be asked")
    [result] = reviewed.results["act"].values()
    assert result.incomplete
    assert [finding.check for finding in result.findings] == ["act.seen", "act.failed"]


async def test_cancelling_an_attempt_kills_its_children_and_keeps_what_is_finished(blog, review, tmp_path):
    import psutil

    options = f"{{log: '{tmp_path / 'log'}'}}"
    reviewed = review(blog(a="fine", slow="SLEEP"), act(options=options, post_timeout_seconds=600))
    working = asyncio.ensure_future(run(reviewed))
    while len(calls(tmp_path / "log")) < 2 or not reviewed.results["act"]:
        await asyncio.sleep(0.02)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    pid = next(int(line.split()[1]) for line in (tmp_path / "log").read_text().splitlines() if "slow" in line)
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("the child of a cancelled step is alive")
    assert (await run(review(blog(slow="well"), act(options=options)))).cached == 1


# --- what steps tell each other ---------------------------------------------------------------------------------------


async def test_outputs_reach_the_steps_that_depend_on_them(blog, review):
    folder = blog(a="one two three", b="one")
    steps = (act("words", "count"), act("tell", "tell", depends_on="[words, load]"), act("deaf", "tell"))
    reviewed = review(folder, *steps, run={"branch": "main"})
    await run(reviewed, "load", "words", "tell", "deaf")

    def said(step):
        return {Path(path).stem: result.findings[0].message for path, result in sorted(reviewed.results[step].items())}

    assert said("tell") == {
        "a": "{'outputs': {'words': {'count': 3}}, 'run': {'branch': 'main'}}",
        "b": "{'outputs': {'words': {'count': 1}}, 'run': {'branch': 'main'}}",
    }
    assert said("deaf")["a"] == "{'outputs': {}, 'run': {'branch': 'main'}}"
    # Other outputs are another result: the cached one would be wrong.
    again = review(blog(a="one two three four", b="one"), *steps, run={"branch": "main"})
    await run(again, "load", "words", "tell")
    assert "'count': 4" in next(r.findings[0].message for path, r in again.results["tell"].items() if "a.md" in path)


async def test_posts_in_other_languages_skip_the_english_steps_and_say_so(blog, review):
    japanese = "# 時刻表について\n\n" + "この記事では、連絡船の時刻表の作り方を説明します。" * 8 + "\n"
    reviewed = review(blog(ja=japanese, en="# Hello\n\nThis is a post in plain English words.\n"), act(uses="ENGLISH"))
    await run(reviewed, "load", "act")
    assert statuses(reviewed) == {"ja": "skipped", "en": "done"}
    found = {Path(review.path).stem: review for review in reviewed.reviews()}
    assert found["ja"].skipped == {"act": "the post is in Japanese; this step reads English only"}
    assert found["ja"].incomplete == ()


async def test_progress_is_told_step_by_step(blog, review):
    told = []
    reviewed = review(blog(a="x", b="y"), act(), progress=lambda *args: told.append(args))
    await run(reviewed)
    assert told[0] == ("act", 0, 2)
    assert told[-1] == ("act", 2, 2)


async def test_progress_counts_the_posts_of_all_batches(blog):
    folder = blog(a="x", b="y", c="z")
    plan = make_plan(parse_workflow(f"workflow:\n  batch_size: 2\n  steps:\n    - {act()}\n"))
    told = []
    with open_session(monitored=False, progress=lambda *args: told.append(args)) as session:
        await review_directly(session, plan, [str(folder)])
    of_the_step = [(done, total) for step, done, total in told if step == "act"]
    assert of_the_step == sorted(of_the_step)
    assert of_the_step[-1] == (3, 3)


async def test_the_next_batch_may_begin_when_half_of_the_work_is_done(blog, review):
    folder, steps = blog(a="x", b="y"), (act(), act("words", "count"), act("last"))
    reviewed = review(folder, *steps)
    await run(reviewed, "load")
    assert not reviewed.turn.half_done.is_set()
    await run(reviewed, "act")
    assert reviewed.turn.half_done.is_set()
    again = review(folder, *steps)
    await run(again, "load", "act")
    assert not again.turn.half_done.is_set()  # all from the cache: no child has anything to do


async def test_the_posts_of_the_next_batch_are_read_before_the_last_of_a_batch_are_done(blog, review):
    ended = []

    async def ends(name, reviewed, step):
        await run(reviewed, step)
        ended.append(f"{step} of the {name}")

    folder = blog(**{f"a{number}": "x" for number in range(40)})
    slow = act(uses="note", options="{seconds: 0.02}")
    with Pool(1) as one_child:
        first, second = (review(folder, slow, pool=one_child, cache=False) for _ in range(2))
        second.turn = Turn(1)
        await run(first, "load")
        await asyncio.gather(ends("first", first, "act"), ends("second", second, "load"))
    assert ended == ["load of the second", "act of the first"]


# --- the whole --------------------------------------------------------------------------------------------------------


async def test_the_order_of_the_paths_changes_no_byte_of_the_report(blog, tmp_path):
    folder = blog(**{f"p{n}": f"word number {n} " * n for n in range(9)}, bad="RAISE", odd="SEGFAULT")
    plan = make_plan(
        parse_workflow(f"workflow:\n  steps:\n    - {act('words', 'count')}\n    - {act(depends_on='[words]')}\n")
    )
    paths = [str(path) for path in folder.iterdir()]
    reports = set()
    for seed, use_cache in ((1, False), (2, False), (3, True), (4, True)):
        random.Random(seed).shuffle(paths)
        with open_session(use_cache=use_cache, monitored=False) as session:
            reports.add(render(await review_directly(session, plan, paths), "json"))
    assert len(reports) == 1


async def test_a_report_outlives_its_session_wherever_its_reviews_lie(blog):
    folder = blog(**{f"p{n}": f"word {n}" for n in range(3)})
    plan = make_plan(parse_workflow(f"workflow:\n  steps:\n    - {act()}\n"))
    reports = []
    for in_memory in (IN_MEMORY, 0):  # the second on disk
        with open_session(monitored=False, keep_sources=True) as session:
            session.reviews, session.sources = Shelf(review_of, in_memory=in_memory), Shelf(in_memory=in_memory)
            report = await review_directly(session, plan, [str(folder)])
        material = Material(sources=session.sources)
        del session
        gc.collect()
        reports.append([render(report, name, material) for name in FORMATS])
    assert reports[0] == reports[1]
    assert [Path(post.path).name for post in report.posts] == ["p0.md", "p1.md", "p2.md"]


async def test_many_reviews_at_once_in_one_process_answer_as_one_does(blog):
    folder = blog(**{f"p{n}": f"word {n}" for n in range(6)})
    plan = make_plan(parse_workflow(f"workflow:\n  steps:\n    - {act()}\n    - {act('words', 'count')}\n"))

    async def one():
        with open_session(monitored=False) as session:
            return render(await review_directly(session, plan, [str(folder)]), "json")

    # A session is a context variable: each task has its own.
    reports = await asyncio.gather(*(asyncio.ensure_future(one()) for _ in range(5)))
    assert len(set(reports)) == 1
