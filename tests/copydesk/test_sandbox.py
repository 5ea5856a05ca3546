"""The pool of child processes, with real processes that hang, crash and eat memory."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import CancelledError, Future
from pathlib import Path

import psutil
import pytest

from copydesk import sandbox
from copydesk.sandbox import Affinity, ItemStatus, Pool, SandboxError
from copydesk.sandbox_start import SpawnStarter, TemplateStarter

FUNCTIONS = Path(__file__).parent / "sandbox_functions"
ACT = "odd_functions:act"
PATIENCE = 120  # seconds; only against hanging for ever


@pytest.fixture(autouse=True)
def _functions(monkeypatch):
    monkeypatch.syspath_prepend(str(FUNCTIONS))


@pytest.fixture
def pool():
    with Pool(2, memory_mb=600) as pool:
        yield pool


def statuses(future):
    return [result.status.value for result in future.result(PATIENCE)]


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.02)


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_results_come_in_the_order_of_the_items_with_the_shared_value(pool):
    results = pool.submit("odd_functions:echo", [3, "two", None], {"a": [1]}).result(PATIENCE)
    assert [r.value for r in results] == [[3, {"a": [1]}], ["two", {"a": [1]}], [None, {"a": [1]}]]
    assert all(r.status is ItemStatus.DONE and r.milliseconds >= 0 for r in results)


def test_a_job_without_items_is_done_at_once(pool):
    assert pool.submit(ACT, []).result(0) == []


def test_odd_text_arrives_as_it_was(pool):
    text = "\ud800 \x00 \u202e \U0001f600 \r\n" + "x" * 3_000_000
    assert pool.submit(ACT, [text]).result(PATIENCE)[0].value == text


@pytest.mark.parametrize("item", ["sleep", "spin"])
def test_a_hanging_item_costs_one_deadline_and_nothing_else(pool, item):
    results = pool.submit(ACT, ["a", item, "b", "c"], item_seconds=0.4).result(PATIENCE)
    assert [r.status.value for r in results] == ["done", "timed_out", "done", "done"]
    assert "no result after" in results[1].error
    assert statuses(pool.submit(ACT, ["next"])) == ["done"]


@pytest.mark.parametrize(
    ("item", "status", "error"),
    [
        ("segfault", "crashed", "the child process was killed by SIGSEGV"),
        ("exit", "crashed", "the child process ended with exit code 3"),
        ("memory", "out_of_memory", "MemoryError: over the memory limit of a child process"),
        ("raise", "failed", "ValueError: the post is odd"),
        ("sys.exit", "failed", "SystemExit: 4"),
        ("bad error", "failed", "Unprintable"),
        ("set", "failed", "TypeError: Object of type set is not JSON serializable"),
        ("nan", "failed", "ValueError: Out of range float values are not JSON compliant"),
    ],
)
@pytest.mark.parametrize("position", [0, 2, 4])
def test_a_bad_item_is_named_and_the_others_lose_nothing(pool, item, status, error, position):
    items = ["a", "b", "c", "d"]
    items.insert(position, item)
    results = pool.submit(ACT, items, item_seconds=60).result(PATIENCE)
    assert [r.status.value for r in results] == [status if i == position else "done" for i in range(5)]
    assert results[position].error.startswith(error)
    assert [r.value for r in results if r.status is ItemStatus.DONE] == ["a", "b", "c", "d"]


def test_a_value_nested_too_deep_is_a_failure_of_its_item(pool):
    results = pool.submit(ACT, ["a", "deep", "b"]).result(PATIENCE)
    assert [r.status.value for r in results] == ["done", "failed", "done"]
    assert results[1].error.startswith("RecursionError")


def test_errors_that_may_pass_are_marked(pool):
    passing, lasting = pool.submit(ACT, ["unreachable", "raise"]).result(PATIENCE)
    assert (passing.retriable, lasting.retriable) == (True, False)


@pytest.mark.parametrize("function", ["no_such_module:f", "odd_functions:no_such_function", "odd_functions:__doc__"])
def test_a_function_that_cannot_be_had_fails_every_item(pool, function):
    results = pool.submit(function, [1, 2]).result(PATIENCE)
    assert {r.status for r in results} == {ItemStatus.FAILED}
    assert statuses(pool.submit(ACT, ["next"])) == ["done"]


def test_what_is_no_json_is_refused_at_once(pool):
    with pytest.raises(TypeError):
        pool.submit(ACT, [object()])
    with pytest.raises(TypeError):
        pool.submit(ACT, ["a"], {1, 2})


@pytest.mark.parametrize(
    ("item", "status"),
    [("segfault", "crashed"), ("exit", "crashed"), ("memory", "out_of_memory"), ("raise", "failed"), ("set", "failed")],
)
def test_a_batch_is_halved_until_the_item_is_found(pool, tmp_path, item, status):
    items = [*"abcde", item, *"fg"]
    calls = tmp_path / "calls"
    shared = {"calls": str(calls)}
    results = pool.submit("odd_functions:batch", items, shared, batch=True).result(PATIENCE)
    assert [r.status.value for r in results] == ["done"] * 5 + [status] + ["done"] * 2
    sizes = sorted(map(int, calls.read_text().split()), reverse=True)
    if item != "set":  # the others of that batch have their results already
        assert sizes == [8, 4, 4, 2, 2, 1, 1]


def test_a_hanging_batch_is_halved_after_its_time(pool, tmp_path):
    shared = {"calls": str(tmp_path / "calls")}
    results = pool.submit(
        "odd_functions:batch", ["a", "b", "spin", "c"], shared, batch=True, item_seconds=30, job_seconds=0.4
    ).result(PATIENCE)
    assert [r.status.value for r in results] == ["done", "done", "timed_out", "done"]


def test_a_passing_fault_of_a_batch_is_not_halved(pool, tmp_path):
    calls = tmp_path / "calls"
    results = pool.submit("odd_functions:batch", ["a", "unreachable"], {"calls": str(calls)}, batch=True).result(
        PATIENCE
    )
    assert [(r.status.value, r.retriable) for r in results] == [("failed", True)] * 2
    assert calls.read_text() == "2\n"


def test_a_batch_with_too_few_results_fails(pool):
    results = pool.submit("odd_functions:too_few", [1, 2], batch=True).result(PATIENCE)
    assert all(r.status is ItemStatus.FAILED and "0 results for 1 items" in r.error for r in results)


def test_the_time_of_a_whole_job_ends_it(pool):
    items = [0.0, 0.3, 0.3, 0.3, 0.3]
    results = pool.submit("odd_functions:slow_echo", items, item_seconds=60, job_seconds=0.5).result(PATIENCE)
    assert results[0].status is ItemStatus.DONE
    assert results[-1].status is ItemStatus.TIMED_OUT
    assert "0.5 s for the whole job" in results[-1].error


def test_results_are_told_as_they_come():
    with Pool(1) as pool:
        seen = []
        first = threading.Event()

        def listen(index, result):
            seen.append((index, result.status.value))
            first.set()

        future = pool.submit(ACT, ["a", "sleep"], item_seconds=1.0, on_result=listen)
        assert first.wait(PATIENCE)
        assert not future.done()
        future.result(PATIENCE)
        assert seen == [(0, "done"), (1, "timed_out")]


def test_a_listener_that_fails_harms_nothing(pool):
    def listen(index, result):
        raise RuntimeError("listener")

    assert statuses(pool.submit(ACT, ["a", "b"], on_result=listen)) == ["done", "done"]


def test_cancelling_kills_the_running_child_with_its_programs_and_frees_the_slot(tmp_path):
    with Pool(1) as pool:
        future = pool.submit("odd_functions:note_and_wait", ["x"], str(tmp_path), item_seconds=600)
        wait_for(lambda: (tmp_path / "x").exists() and (tmp_path / "x").read_text().count(" "), "the start")
        pids = [int(pid) for pid in (tmp_path / "x").read_text().split()]
        assert all(map(alive, pids))
        assert future.cancel()
        wait_for(lambda: not any(map(alive, pids)), "the end of child and program")
        assert statuses(pool.submit(ACT, ["next"])) == ["done"]


def test_cancelling_a_waiting_job_takes_it_from_the_queue(tmp_path):
    with Pool(1) as pool:
        gate = pool.submit("odd_functions:log", ["gate"], str(tmp_path))
        waiting = pool.submit("odd_functions:log", ["never"], str(tmp_path))
        assert waiting.cancel()
        last = pool.submit("odd_functions:log", ["last"], str(tmp_path))
        (tmp_path / "open").touch()
        gate.result(PATIENCE)
        last.result(PATIENCE)
    assert (tmp_path / "log").read_text() == "gate\nlast\n"


async def test_cancelling_a_coroutine_kills_the_child(tmp_path):
    with Pool(1) as pool:
        future = pool.submit("odd_functions:note_and_wait", ["spin"], str(tmp_path), item_seconds=600)
        task = asyncio.ensure_future(asyncio.wrap_future(future))
        await asyncio.to_thread(
            wait_for, lambda: (tmp_path / "spin").exists() and (tmp_path / "spin").read_text().count(" "), "the start"
        )
        pid = int((tmp_path / "spin").read_text().split()[0])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(wait_for, lambda: not alive(pid), "the end of the child")


def test_the_queue_is_taken_by_priority_then_by_file_then_by_arrival(tmp_path):
    with Pool(1) as pool:
        jobs = [pool.submit("odd_functions:log", ["gate"], str(tmp_path))]
        wait_for((tmp_path / "entered").exists, "the first job")
        orders = {
            "low": (0, 4, 0),
            "high b": (0, 2, 7),
            "medium": (0, 3, 1),
            "critical": (0, 1, 9),
            "high a": (0, 2, 3),
            "high c": (0, 2, 7),
        }
        jobs += [pool.submit("odd_functions:log", [n], str(tmp_path), order=order) for n, order in orders.items()]
        (tmp_path / "open").touch()
        for job in jobs:
            job.result(PATIENCE)
    assert (tmp_path / "log").read_text().splitlines() == [
        "gate", "critical", "high a", "high b", "high c", "medium", "low",
    ]  # fmt: skip


def test_the_rest_of_a_job_keeps_its_place(tmp_path):
    with Pool(1) as pool:
        first = pool.submit("odd_functions:log", ["gate", {"not": "text"}, "rest"], str(tmp_path), order=(0, 1, 0))
        crash = pool.submit(ACT, ["segfault", "pid"], order=(0, 1, 1))
        later = pool.submit("odd_functions:log", ["later"], str(tmp_path), order=(0, 1, 2))
        told = []
        crash.add_done_callback(lambda _: told.append("crash"))
        later.add_done_callback(lambda _: told.append("later"))
        (tmp_path / "open").touch()
        first.result(PATIENCE)
        later.result(PATIENCE)
    assert told == ["crash", "later"]


def test_children_are_used_again(pool):
    pids = {r.value for _ in range(20) for r in pool.submit(ACT, ["pid"]).result(PATIENCE)}
    assert len(pids) <= 2
    assert os.getpid() not in pids


def test_a_hang_in_one_child_does_not_hold_up_the_other(pool):
    hang = pool.submit(ACT, ["spin"], item_seconds=3.0)
    done = 0
    while not hang.done():
        assert statuses(pool.submit(ACT, [done])) == ["done"]
        done += 1
    # A stall would show as a handful; an idle machine does thousands.
    assert done > 50
    assert statuses(hang) == ["timed_out"]


def test_many_small_jobs_from_several_threads(pool):
    futures: list[Future] = []

    def submit(start):
        futures.extend([pool.submit("odd_functions:echo", [n], n % 20) for n in range(start, start + 250)])

    threads = [threading.Thread(target=submit, args=(start,)) for start in (0, 250)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = sorted(future.result(PATIENCE)[0].value for future in futures)
    assert values == [[n, n % 20] for n in range(500)]


def test_children_do_not_import_what_the_parent_has_imported(pool):
    import prefect  # noqa: F401

    modules = pool.submit(ACT, ["modules"]).result(PATIENCE)[0].value
    assert "prefect" not in modules
    assert "pytest" not in modules
    assert "copydesk.sandbox_child" in modules


def test_what_a_check_prints_does_not_reach_standard_output(pool, capfd):
    assert statuses(pool.submit(ACT, ["print"])) == ["done"]
    assert capfd.readouterr().out == ""


def test_ctrl_c_is_left_to_the_parent(pool):
    assert statuses(pool.submit(ACT, ["interrupt", "a"])) == ["done", "done"]


def test_closing_kills_what_runs_and_cancels_what_waits(tmp_path):
    pool = Pool(1)
    running = pool.submit("odd_functions:note_and_wait", ["spin"], str(tmp_path), item_seconds=600)
    waiting = pool.submit(ACT, ["a"])
    wait_for(lambda: (tmp_path / "spin").exists() and (tmp_path / "spin").read_text().count(" "), "the start")
    pids = [int(pid) for pid in (tmp_path / "spin").read_text().split()]
    pool.close()
    for future in (running, waiting):
        with pytest.raises(CancelledError):
            future.result(0)
    wait_for(lambda: not any(map(alive, pids)), "the end of child and program")
    with pytest.raises(SandboxError):
        pool.submit(ACT, ["a"])


def test_closing_may_wait_for_what_is_queued():
    pool = Pool(1)
    futures = [pool.submit(ACT, [n]) for n in range(5)]
    pool.close(kill=False)
    assert [future.result(0)[0].value for future in futures] == list(range(5))


@pytest.mark.parametrize("used", [True, False])
def test_closing_twice_is_as_good_as_once(used):
    before = psutil.Process().num_fds()
    pool = Pool(1)
    if used:
        pool.submit(ACT, ["a"]).result(PATIENCE)
    pool.close()
    pool.close()
    assert pool.closed
    assert psutil.Process().num_fds() == before
    with pytest.raises(SandboxError):
        pool.submit(ACT, ["a"])


def test_a_system_without_more_processes_is_said_and_not_waited_for():
    class Refusing:
        def start(self):
            raise OSError("Resource temporarily unavailable")

        def close(self):
            pass

        def forget(self):
            pass

    with Pool(2, start=Refusing()) as pool, pytest.raises(SandboxError, match="Resource temporarily unavailable"):
        pool.submit(ACT, ["a"]).result(PATIENCE)


def test_children_that_die_before_they_are_ready_are_said_and_not_started_for_ever(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Pool(2) as pool, pytest.raises(SandboxError, match="No child process"):
        pool.submit(ACT, ["a"]).result(PATIENCE)


@pytest.mark.parametrize("children", [1, 4])
def test_a_preload_that_ends_its_process_costs_the_preload_only(children):
    with Pool(children, preload=["decimal", "odd_functions:leave"]) as pool:
        results = [pool.submit(ACT, ["modules", "segfault", "a"]) for _ in range(children)]
        assert [statuses(future) for future in results] == [["done", "crashed", "done"]] * children


def test_a_dead_template_is_replaced():
    starter = TemplateStarter(600, [])
    with Pool(1, start=starter) as pool:
        first = pool.submit(ACT, ["pid"]).result(PATIENCE)[0].value
        starter._process.kill()
        starter._process.wait()
        wait_for(lambda: not alive(first), "the end of the orphan")
        assert statuses(pool.submit(ACT, ["a"])) == ["done"]


def test_what_is_preloaded_is_there_in_every_child():
    with Pool(1, preload=["no_such_module", "decimal:getcontext"]) as pool:
        for _ in range(2):
            modules, crash = pool.submit(ACT, ["modules", "segfault"]).result(PATIENCE)
            assert "decimal" in modules.value
            assert crash.status is ItemStatus.CRASHED


@pytest.mark.slow
def test_the_grammar_checker_works_in_children_forked_after_its_set_up(tmp_path):
    (tmp_path / "linting.py").write_text(
        "from harper import Dialect, Linter\n"
        "def lint(item, shared):\n"
        "    return [len(Linter(d).lint(item)) for d in (Dialect.AMERICAN, Dialect.BRITISH)]\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        with Pool(2, preload=["harper:Linter"]) as pool:
            jobs = [pool.submit("linting:lint", [f"This is an test {n}."], item_seconds=60) for n in range(6)]
            found = [job.result(PATIENCE)[0] for job in jobs]
    finally:
        sys.path.remove(str(tmp_path))
    assert [r.value for r in found] == [[1, 1]] * 6


@pytest.mark.slow
def test_spawned_children_do_the_same_without_the_parents_main_module(tmp_path):
    # Where there is no fork. The script would start pools for ever if children imported it.
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import sys
        import prefect
        from copydesk.sandbox import Pool
        from copydesk.sandbox_start import SpawnStarter
        with Pool(2, start=SpawnStarter(600, [])) as pool:
            items = ["a", "segfault", "raise", "spin", "modules"]
            results = pool.submit("odd_functions:act", items, item_seconds=2.0).result(120)
        print([r.status.value for r in results], "prefect" in results[-1].value)
        """)
    )
    paths = os.pathsep.join([str(Path(__file__).parents[2]), str(FUNCTIONS)])
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout == "['done', 'crashed', 'failed', 'timed_out', 'done'] False\n", done.stderr


def test_spawned_children_are_halved_too(tmp_path):
    with Pool(1, start=SpawnStarter(600, [])) as pool:
        shared = {"calls": str(tmp_path / "calls")}
        assert statuses(pool.submit("odd_functions:batch", ["a", "exit", "b"], shared, batch=True)) == [
            "done",
            "crashed",
            "done",
        ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_good_bad_and_cancelled_jobs(seed, tmp_path):
    choose = random.Random(seed)
    expected = {"exit": "crashed", "segfault": "crashed", "raise": "failed", "set": "failed", "sleep": "timed_out"}
    shared = {"calls": str(tmp_path / "calls")}
    with Pool(3, memory_mb=600) as pool:
        jobs = []
        for _ in range(60):
            items = [choose.choice([*expected, *"abcdefghij", *"klmnopqrst"]) for _ in range(choose.randint(1, 9))]
            batch = choose.random() < 0.3
            if batch:  # a hang costs each half its time anew
                items = [item for item in items if item != "sleep"] or ["a"]
            future = pool.submit(
                "odd_functions:batch" if batch else ACT,
                items,
                shared,
                batch=batch,
                item_seconds=30 if batch else 0.5,
                order=(0, choose.randint(1, 4), 0),
            )
            jobs.append((items, future))
        for _, future in choose.sample(jobs, 10):
            future.cancel()
        kept = [(items, future) for items, future in jobs if not future.cancelled()]
        for items, future in kept:
            assert statuses(future) == [expected.get(item, "done") for item in items]
    assert len(kept) >= 50


def test_a_job_can_be_cancelled_while_the_pool_finishes(tmp_path):
    pool = Pool(1)
    future = pool.submit(ACT, ["sleep"], item_seconds=600)
    closing = threading.Thread(target=pool.close, args=(False,))
    closing.start()
    wait_for(lambda: pool.closed, "closing")
    assert future.cancel()
    closing.join(PATIENCE)
    assert not closing.is_alive()


PARENT = """
import os, sys, time
sys.path[:0] = {paths!r}
from copydesk.sandbox import Pool
pool = Pool(3)
pool.submit("odd_functions:act", ["pid"]).result()
pool.submit("odd_functions:note_and_wait", ["spin"], {folder!r}, item_seconds=600)
pool.submit("odd_functions:note_and_wait", ["wait"], {folder!r}, item_seconds=600)
pool.prepare(3)
time.sleep(600)
"""


@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
def test_nothing_outlives_a_parent_that_is_killed(tmp_path, group):
    paths = [str(FUNCTIONS), str(Path(__file__).parents[2])]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(paths=paths, folder=str(tmp_path))], start_new_session=True
    )
    try:
        notes = [tmp_path / "spin", tmp_path / "wait"]
        wait_for(lambda: all(note.exists() and note.read_text().count(" ") for note in notes), "the start")
        # Template, three children (one of them idle) and two programs.
        wait_for(lambda: len(psutil.Process(parent.pid).children(recursive=True)) >= 6, "all processes")
        family = [process.pid for process in psutil.Process(parent.pid).children(recursive=True)]
    finally:
        (os.killpg if group else os.kill)(parent.pid, signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not any(map(alive, family)), "the end of the whole family")


def test_posts_beside_the_caller_are_never_imported(tmp_path):
    # A blog under review may hold a `json.py`; the caller's working folder is not on the children's path.
    for name in ("json", "socket", "copydesk", "random"):
        (tmp_path / f"{name}.py").write_text("import pathlib; pathlib.Path('imported').touch()\n")
    paths = [str(FUNCTIONS), str(Path(__file__).parents[2])]
    code = f"""
import sys
sys.path[:0] = {paths!r}
from copydesk.sandbox import Pool
with Pool(1) as pool:
    print(pool.submit("odd_functions:act", ["a"]).result()[0].value)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.stdout, done.stderr) == ("a\n", "")
    assert not (tmp_path / "imported").exists()


def test_one_pool_a_process_also_after_a_fork():
    sandbox.close_shared_pool()
    pool = sandbox.shared_pool(1, preload=())
    try:
        assert sandbox.shared_pool() is pool
        assert statuses(pool.submit(ACT, ["a"])) == ["done"]
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                other = sandbox.shared_pool(1, preload=())
                answer = f"{other is pool} {statuses(other.submit(ACT, ['b']))} {pool.closed}"
                other.close()
                os.write(writer, answer.encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as file:
            assert file.read() == "False ['done'] True"
        os.waitpid(pid, 0)
        assert statuses(pool.submit(ACT, ["c"])) == ["done"]
    finally:
        sandbox.close_shared_pool()
    again = sandbox.shared_pool(1, preload=())
    assert again is not pool
    sandbox.close_shared_pool()


def test_an_interpreter_that_ends_closes_its_pool():
    code = f"""
import sys
sys.path[:0] = {[str(FUNCTIONS), str(Path(__file__).parents[2])]!r}
from copydesk.sandbox import shared_pool
shared_pool(1, preload=()).submit("odd_functions:act", ["sleep"], item_seconds=600)
print(shared_pool().submit("odd_functions:act", ["a"]).done())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")


def test_no_descriptor_is_left_behind():
    def run():
        with Pool(2) as pool:
            pool.submit(ACT, ["a", "segfault", "b"]).result(PATIENCE)

    run()
    process = psutil.Process()
    before = process.num_fds()
    for _ in range(3):
        run()
    assert process.num_fds() == before


def test_jobs_of_equal_order_follow_their_affinity() -> None:
    """Two children: what one of them has met stays with it, as long as both have work of the same order."""
    with Pool(children=2) as pool:
        futures = [
            pool.submit("odd_functions:pid_after", [0.05] * 2, order=(0, step, 0), affinity=Affinity(str(group)))
            for step in range(4)
            for group in range(4)
        ]
        pids = [future.result(60)[0].value for future in futures]
    homes = [{pids[step * 4 + group] for step in range(4)} for group in range(4)]
    # Work is stolen when a child would idle, so a group may move once; without affinity nearly all would be mixed.
    assert sum(len(home) == 1 for home in homes) >= 2


def test_a_child_takes_no_more_of_a_batch_than_its_share() -> None:
    """The second child is busy at first: what is its part waits for it, and each group stays with one child."""
    with Pool(children=2) as pool:
        busy = [pool.submit("odd_functions:pid_after", [0.3, 0.3, 0.3], "a job of another pace")]
        groups = [Affinity(str(number), "batch", share=2) for number in range(4)]
        futures = [
            pool.submit("odd_functions:pid_after", [0.001], order=(1, 0, 0), affinity=groups[number % 4])
            for number in range(8)
        ]
        other = busy[0].result(60)[0].value
        pids = [future.result(60)[0].value for future in futures]
    assert pids[:4] == pids[4:]
    assert sum(pid == other for pid in pids) == 4


def test_one_child_alone_takes_the_whole_batch() -> None:
    with Pool(children=1) as pool:
        groups = [Affinity(str(number), "batch", share=1) for number in range(3)]
        futures = [pool.submit("odd_functions:pid_after", [0.0], affinity=group) for group in groups]
        assert len({future.result(60)[0].value for future in futures}) == 1


@pytest.mark.parametrize(("children", "groups", "share"), [(3, 3, 1), (4, 8, 2)])
def test_what_a_dead_child_leaves_is_done_by_those_that_have_their_share(
    children: int, groups: int, share: int
) -> None:
    with Pool(children) as pool:
        affinities = [Affinity(str(number), "batch", share) for number in range(groups)]
        futures = [pool.submit(ACT, ["sleep 0.2"] * 2, affinity=affinity) for affinity in affinities[:-1]]
        futures.append(pool.submit(ACT, ["segfault", *["a"] * 7], affinity=affinities[-1]))
        results = [future.result(PATIENCE) for future in futures]
    assert [result.status for result in results[-1]][1:] == [ItemStatus.DONE] * 7


def test_more_groups_than_all_shares_are_done() -> None:
    with Pool(2) as pool:
        futures = [pool.submit(ACT, ["a"], affinity=Affinity(str(number), "batch", 1)) for number in range(5)]
        assert [statuses(future) for future in futures] == [["done"]] * 5


def test_the_start_of_a_job_is_told_when_a_child_begins() -> None:
    told: list[str] = []
    with Pool(1) as pool:
        first = pool.submit("odd_functions:slow_echo", [0.2], on_start=lambda: told.append("first"))
        second = pool.submit("odd_functions:slow_echo", [0.0], on_start=lambda: told.append("second"))
        first.add_done_callback(lambda future: told.append("first is done"))
        second.result(PATIENCE)
    assert told == ["first", "first is done", "second"]
