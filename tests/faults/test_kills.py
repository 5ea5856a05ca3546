"""kill -9 at random points of a review of 40 posts: of its process, of the worker that runs it, and of both."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.deployments.conftest import Deployed, deploy
from tests.faults.conftest import LONG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if LONG else 400)]

POSTS = 40
TRIES = 30 if LONG else 3
CHILDREN = 2
# Begun and not stored: at work in a child, or on its way to the cache, which is written every 50 ms.
AT_WORK = 12


def kept(cache: Path) -> int:
    """How many results of the slow step are stored."""
    with sqlite3.connect(next(cache.glob("*.sqlite"))) as connection:
        count: int = connection.execute("SELECT count(*) FROM results WHERE step = 'slow'").fetchone()[0]
    return count


@pytest.mark.parametrize("seed", range(TRIES))
def test_the_process_of_a_review_is_killed(
    seed: int, blog: Any, prefect_server: Any, wait: Any, told: Any, lives: Any, below: Any, tell: Any
) -> None:
    """After kill -9 `resume` gives the report of an undisturbed run, computes nothing stored again, closes the run."""
    chance = random.Random(seed)
    blog.fill(POSTS, 0.04)
    blog.env |= {"PREFECT_API_URL": prefect_server.url, "COPYDESK_CHILDREN": str(CHILDREN)}
    code, undisturbed, _ = blog.run("check", "posts", "--no-cache", "--format", "json")
    assert code in (0, 1)
    blog.log.unlink()

    process = blog.start("review", "posts", "--quiet")
    number = chance.randrange(1, POSTS)
    wait(lambda: len(blog.begun()) >= number or process.poll() is not None, "the slow step")
    assert process.poll() is None, blog.end(process)
    family = below(process.pid)
    process.kill()
    blog.end(process)
    wait(lambda: not any(lives(pid) for pid in family), "the children to die with their parent")
    before = blog.begun()
    stored = kept(Path(blog.env["COPYDESK_CACHE_DIR"]))

    code, out, err = blog.run("resume", "latest", "--quiet", "--format", "json")
    assert code in (0, 1), err
    assert told(out) == told(undisturbed)
    again = Counter(blog.begun()[len(before) :])
    assert sum(again.values()) == POSTS - stored, "what was stored is not computed again, the rest is, once"
    assert set(again.values()) <= {1}
    lost = len(before) - stored

    run = json.loads(out)["run"]
    assert (run["attempt"], run["state"]) == (2, "completed")
    code, out, _ = blog.run("runs", "--format", "json")
    assert {r["state"] for r in json.loads(out)} <= {"completed", "lost"}, "no run stays running"
    answer = httpx.get(f"{prefect_server.url}/flow_runs/{run['id']}", timeout=60).json()
    assert answer["state_type"] == "COMPLETED"
    assert lost <= AT_WORK
    tell(killed_after=number, begun_again=lost, stored_computed_twice=0)


@pytest.fixture(scope="module")
def with_worker(prefect_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = tmp_path_factory.mktemp("kills")
    deployed = deploy(prefect_server.url, prefect_server.env, folder)
    steps = Path(__file__).parent.parent / "own_steps"
    deployed.env["PYTHONPATH"] = os.pathsep.join((deployed.env["PYTHONPATH"], str(steps)))
    deployed.env["COPYDESK_CHILDREN"] = str(CHILDREN)
    return deployed


@pytest.fixture
def deployed(with_worker: Deployed) -> Iterator[Deployed]:
    yield with_worker
    for worker in with_worker.workers:
        with_worker.stop(worker)
    with_worker.workers.clear()


def flow_process(worker: int) -> list[int]:
    """The processes that run a flow below a worker, without their children."""
    found = []
    for process in psutil.Process(worker).children(recursive=True):
        try:
            if "prefect.engine" in " ".join(process.cmdline()):
                found.append(process.pid)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.mark.parametrize("seed", range(TRIES))
@pytest.mark.parametrize("victim", ["flow", "worker", "both", "worker by SIGTERM"])
def test_a_worker_is_killed(
    victim: str, seed: int, deployed: Deployed, blog: Any, wait: Callable[..., Any], told: Any, lives: Any, tell: Any
) -> None:
    """After kill -9 of worker, flow or both, or a busy worker that is told to stop, as a deployment does it,
    `reconcile` and `resume` bring the run to its end on another worker.
    """
    chance = random.Random(f"{victim}{seed}")
    blog.fill(POSTS, 0.06)
    code, undisturbed, _ = blog.run("check", str(blog.folder / "posts"), "--no-cache", "--format", "json")
    assert code in (0, 1)
    blog.log.unlink()
    worker = deployed.worker()
    run_id = deployed.submit("review/review-high", {"paths": [str(blog.folder / "posts")], "priority": "high"})
    number = chance.randrange(1, POSTS // 2)
    over = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
    wait(lambda: len(blog.begun()) >= number or deployed.run(run_id)["state_type"] in over, "the slow step")
    assert len(blog.begun()) >= number, f"{deployed.run(run_id)['state']}\n{deployed.logs()}"
    flows = flow_process(worker.pid)
    assert flows, deployed.logs()
    family = deployed.processes()
    for pid in flows * (victim in ("flow", "both")) + [worker.pid] * (victim != "flow"):
        os.kill(pid, signal.SIGTERM if victim == "worker by SIGTERM" else signal.SIGKILL)
    if victim != "flow":
        worker.wait(60)
        deployed.workers.remove(worker)
    # A flow whose worker is gone may go on to its end, or die at the next line that it logs into a closed pipe.
    wait(lambda: not any(lives(pid) for pid in flows), "the flow to be gone")
    wait(lambda: not any(lives(pid) for pid in family if pid != worker.pid), "its children to be gone")
    if victim != "flow":
        deployed.worker()
    finished = victim.startswith("worker") and deployed.run(run_id)["state_type"] == "COMPLETED"
    if not finished:
        done = deployed.copydesk("reconcile")
        assert done.returncode == 0, done.stderr
        assert deployed.record(run_id).run.state in ("lost", "failed", "cancelled"), done.stdout
        done = deployed.copydesk("resume", run_id)
        assert done.returncode == 0, done.stderr
    run = deployed.wait(run_id)
    assert run["state_type"] == "COMPLETED", deployed.logs()
    assert deployed.record(run_id).run.state == "completed"
    report = deployed.copydesk("report", run_id, "--format", "json")
    assert told(report.stdout) == told(undisturbed), report.stderr
    counted = Counter(blog.begun())
    assert len(counted) == POSTS
    twice = sum(count - 1 for count in counted.values())
    assert twice <= (0 if finished else AT_WORK)
    tell(killed_after=number, begun_again=twice, lost=0)
