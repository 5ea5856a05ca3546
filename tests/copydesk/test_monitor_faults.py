"""What breaks in earnest: processes that are killed, servers that go, full disks. Real processes throughout."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from copydesk.monitor import WorkflowMonitor
from copydesk.reconcile import reconcile
from copydesk.stores import open_store
from copydesk.stores.base import RunQuery, RunRecord

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]

WRITER = """
import json, sys, time
from pathlib import Path
from copydesk.monitor import WorkflowMonitor
url, spool, name, count, mode = sys.argv[1:6]
monitor = WorkflowMonitor(url, spool_folder=Path(spool), heartbeat_seconds=0.2)
run = monitor.start_run(run_id=name, workflow="blog", priority="low", queue="low")
run.step_pending("links")
run.step_pending("seo")
run.step_started("links")
for number in range(int(count)):
    run.event("note", number=number, text="x" * 200)
    if mode == "acknowledge":
        monitor.flush(30)
        print(number, flush=True)
    elif mode == "steadily":
        time.sleep(0.002)
if mode == "hang":
    monitor.flush(30)
    print("hanging", flush=True)
    time.sleep(600)
run.step_finished("links", 1, "completed")
run.finish("completed", reviewed=1)
kept = monitor.close()
print(json.dumps({"kept": kept, "degraded": monitor.degraded}), flush=True)
"""


def start(url: str, spool: Path, name: str, count: int, mode: str = "plain", **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(spool), name, str(count), mode],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, **more,
    )  # fmt: skip


def answer(process: subprocess.Popen[str], seconds: float = 120) -> dict[str, Any]:
    out, _ = process.communicate(timeout=seconds)
    assert process.returncode == 0
    return dict(json.loads(out.splitlines()[-1]))


def record_of(url: str, name: str) -> RunRecord:
    store = open_store(url)
    record = store.run(name)
    store.close()
    assert record is not None
    return record


def numbers(record: RunRecord) -> list[int]:
    return [event.data["details"]["number"] for event in record.events if event.data.get("note") == "note"]


def replay(url: str, spool: Path) -> None:
    """What the next review does at its start."""
    monitor = WorkflowMonitor(url, spool_folder=spool)
    monitor.start_run(run_id="next", workflow="blog", priority="low").finish("completed")
    assert monitor.close(60)
    deadline = time.monotonic() + 30
    while monitor.degraded and time.monotonic() < deadline:
        time.sleep(0.05)
    assert monitor.degraded is None
    assert list(spool.rglob("*.jsonl")) == []


def test_the_review_is_the_same_whatever_the_store_does(tmp_path: Path) -> None:
    """No store, a good one, one that is away, one that never answers, one that is no store at all."""
    import asyncio

    from copydesk.direct import review_directly
    from copydesk.plan import load_plan
    from copydesk.report import ReviewReport
    from copydesk.session import open_session

    posts = tmp_path / "posts"
    posts.mkdir()
    for number in range(3):
        (posts / f"{number}.md").write_text(f"---\ntitle: Post {number}\n---\n\nThis are wrong. See [it](#nowhere).\n")

    def reviewed(store: str | None) -> tuple[ReviewReport, str | None]:
        plan = load_plan(None, posts)
        with open_session(store=store, use_cache=False, monitored=store is not None) as session:
            report = asyncio.run(review_directly(session, plan, [str(posts)]))
        return report, session.monitor.degraded

    expected, _ = reviewed(None)
    assert len(expected.posts) == 3
    good, said = reviewed(f"sqlite:///{tmp_path}/store.db")
    assert (good, said) == (expected, None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hole = f"mongodb://127.0.0.1:{listener.getsockname()[1]}/x"
        for store in (hole, "mongodb://127.0.0.1:1/x", "nonsense", f"sqlite:///{posts}/0.md/store.db"):
            report, said = reviewed(store)
            assert report == expected
            assert said is not None
            assert said.startswith("monitoring is degraded: ")


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment(seed: int, tmp_path: Path) -> None:
    """What was acknowledged is there, the file is whole, and the run is closed as lost without a duration."""
    url = f"sqlite:///{tmp_path}/store.db"
    process = start(url, tmp_path / "spool", "run", 1000, "acknowledge")
    assert process.stdout is not None
    last = -1
    for _ in range(random.Random(seed).randint(1, 60)):
        last = int(process.stdout.readline())
    process.kill()
    process.wait()
    with sqlite3.connect(tmp_path / "store.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    record = record_of(url, "run")
    assert numbers(record)[: last + 1] == list(range(last + 1))
    assert record.run.state == "running"
    store = open_store(url)
    outcome = reconcile(store, None)
    assert [(run.run_id, run.state) for run in outcome.closed] == [("run", "lost")]
    assert reconcile(store, None).closed == [], "once is enough"
    store.close()
    record = record_of(url, "run")
    assert (record.run.state, record.run.run_seconds) == ("lost", None)
    assert [(step.step, step.state, step.run_seconds) for step in record.steps] == [
        ("links", "lost", None),
        ("seo", "cancelled", None),
    ]


def test_a_living_process_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    process = start(url, tmp_path / "spool", "run", 1, "hang")
    assert process.stdout is not None
    assert process.stdout.readline() == "hanging\n"
    store = open_store(url)
    os.kill(process.pid, signal.SIGSTOP)  # not even a heartbeat
    outcome = reconcile(store, None)
    assert (outcome.closed, outcome.alive) == ([], 1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert [run.state for run in reconcile(store, None).closed] == ["lost"]
    store.close()


def test_a_full_disk(tmp_path: Path) -> None:
    """Neither the store nor the spool can grow: the run ends well, says so, and the store is whole."""
    url = f"sqlite:///{tmp_path}/store.db"
    open_store(url).close()

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    said = answer(start(url, tmp_path / "spool", "run", 3000, preexec_fn=limit))
    assert not said["kept"]
    assert said["degraded"].startswith("monitoring is degraded: ")
    assert "events are lost" in said["degraded"]
    with sqlite3.connect(tmp_path / "store.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    replay(url, tmp_path / "spool")
    found = numbers(record_of(url, "run"))
    assert found == sorted(set(found)), "nothing twice"


def test_a_folder_that_becomes_writable_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/blocked/store.db"
    (tmp_path / "blocked").write_text("in the way")
    said = answer(start(url, tmp_path / "spool", "run", 500))
    assert said["kept"]
    assert "kept on disk" in said["degraded"]
    (tmp_path / "blocked").unlink()
    replay(url, tmp_path / "spool")
    record = record_of(url, "run")
    assert record.run.state == "completed"
    assert numbers(record) == list(range(500))


def test_a_locked_store(tmp_path: Path) -> None:
    """Somebody holds the write lock for longer than the run takes."""
    url = f"sqlite:///{tmp_path}/store.db"
    open_store(url).close()
    holder = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    said = answer(start(url, tmp_path / "spool", "run", 300))
    assert said["kept"]
    assert "slow" in said["degraded"]
    holder.execute("ROLLBACK")
    holder.close()
    replay(url, tmp_path / "spool")
    assert numbers(record_of(url, "run")) == list(range(300))


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_a_port_that_accepts_and_never_answers(driver: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"mongodb://127.0.0.1:{listener.getsockname()[1]}/x?driver={driver}"
        said = answer(start(url, tmp_path / "spool", "run", 300))
    assert said["kept"]
    assert said["degraded"].startswith("monitoring is degraded: ")
    assert len(list((tmp_path / "spool").rglob("*.jsonl"))) == 1


def test_eight_writers_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    processes = [start(url, tmp_path / "spool", f"run-{number}", 400) for number in range(8)]
    answers = [answer(process) for process in processes]
    assert all(said["kept"] for said in answers)
    if any(said["degraded"] for said in answers):  # slower than the flush waits: what is left is on disk
        replay(url, tmp_path / "spool")
    for number in range(8):
        assert numbers(record_of(url, f"run-{number}")) == list(range(400))


def test_cleaning_up_while_others_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    open_store(url).close()
    processes = [start(url, tmp_path / "spool", f"run-{number}", 500, "steadily") for number in range(4)]
    store = open_store(url)
    deleted = 0
    while any(process.poll() is None for process in processes):
        # Everything that has ended is older than the year 2100.
        deleted += store.delete_older("2100-01-01T00:00:00+00:00", limit=2).runs
        for run in store.runs(RunQuery(states=("running",))):
            record = store.run(run.run_id)
            assert record is None or record.run.state != "running" or record.steps
        time.sleep(0.05)
    for process in processes:
        assert answer(process)["kept"]
    deleted += store.delete_older("2100-01-01T00:00:00+00:00", limit=50).runs
    assert deleted >= 4
    assert store.runs(RunQuery()) == []
    store.close()


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_a_mongodb_server_that_is_killed_and_comes_back(driver: str, tmp_path: Path, make_mongo: Any) -> None:
    server = make_mongo()
    server.start()
    url = f"{server.url}/killed?driver={driver}"
    open_store(url).close()
    process = start(url, tmp_path / "spool", "run", 2000, "steadily")
    time.sleep(1.5)
    server.kill()
    time.sleep(1)
    timer = threading.Timer(1.0, server.start)
    timer.start()
    said = answer(process)
    timer.join()
    assert said["kept"]
    replay(url, tmp_path / "spool")
    record = record_of(url, "run")
    assert record.run.state == "completed"
    assert numbers(record) == list(range(2000)), "nothing lost, nothing twice"
