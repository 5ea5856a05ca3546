"""What the monitor costs, and what the stores take.

    python benchmarks/monitor.py [--mongo mongodb://127.0.0.1:27017/bench] [--posts 500]

- `review`: the CPU time and the wait that recording a review of so many posts adds to the process that reviews.
- `share`: with `--corpus FOLDER`, the CPU time of reviewing it (children included) with and without the monitor.
- `rows`: rows a second that one process writes, by store, in batches of 100 events as the monitor does.
- `eight`: the same from eight processes at once, with the least and the most that one of them got.

Without `--mongo`, a secantusdb server (the tests' own) is started when it is installed; its speed says nothing about
mongod. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from copydesk.events import Authority, Event, Kind, make_event, utc
from copydesk.monitor import WorkflowMonitor
from copydesk.report import Finding, PostReview, Severity, Verdict
from copydesk.stores import open_store
from copydesk.stores.base import StoreAway

STEPS = ("load", "structure", "grammar", "spelling", "style", "links", "seo", "final_review")
BATCH = 100


def reviews(posts: int, findings: int = 20) -> list[PostReview]:
    """Reviews as of ordinary posts."""
    found = tuple(
        Finding(
            check=f"{STEPS[number % 6]}.rule", severity=Severity.WARNING, message="A sentence about it.", line=number
        )
        for number in range(findings)
    )
    return [
        PostReview(
            path=f"posts/{number}.md", content_hash=f"{number:064x}", verdict=Verdict.APPROVE, score=90.0,
            measures={"words": 1200.0, "reading_ease": 60.0}, findings=found,
        )
        for number in range(posts)
    ]  # fmt: skip


def review(url: str, spool: Path, made: list[PostReview]) -> dict[str, float]:
    """What recording adds: CPU seconds of all threads, and what the caller waits."""
    posts = len(made)
    monitor = WorkflowMonitor(url, spool_folder=spool)
    cpu, began = time.process_time(), time.perf_counter()
    run = monitor.start_run(run_id="bench", workflow="blog", priority="high", posts=posts)
    for step in STEPS:
        run.step_pending(step)
    for step in STEPS:
        run.step_started(step)
        run.step_finished(step, 1, "completed", posts=posts)
    for one in made:
        run.post_reviewed(one, dict.fromkeys(STEPS, 1.0))
    run.finish("completed", reviewed=posts)
    told = time.perf_counter() - began
    monitor.close(60)
    return {
        "posts": posts,
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "caller_waits_seconds": round(told, 3),
        "until_all_is_written_seconds": round(time.perf_counter() - began, 3),
    }


def share(url: str, spool: Path, corpus: Path) -> dict[str, float]:
    """The share of a review's CPU time that recording it takes.

    The review (children included, no cache, not recorded) and the recording of what it answered are measured one after
    the other: on a busy machine two whole reviews differ among themselves by more than the monitor costs.
    """
    import asyncio

    import psutil

    from copydesk.direct import review_directly
    from copydesk.plan import load_plan
    from copydesk.session import open_session

    plan = load_plan(None, corpus)
    me = psutil.Process()

    def cpu() -> float:
        return sum(me.cpu_times()[:4]) + sum(sum(c.cpu_times()[:2]) for c in me.children(recursive=True))

    with open_session(store=url, use_cache=False, monitored=False) as session:
        before = cpu()
        report = asyncio.run(review_directly(session, plan, [str(corpus)]))
        reviewing = cpu() - before
    recording = review(url, spool, list(report.posts))["cpu_seconds"]
    return {
        "posts": len(report.posts),
        "findings": sum(len(post.findings) for post in report.posts),
        "cpu_seconds_of_the_review": round(reviewing, 2),
        "cpu_seconds_of_the_monitor": recording,
        "share": round(recording / reviewing, 4),
    }


def events(name: str) -> Iterator[list[Event]]:
    """Batches of step events, for ever."""
    number = 0
    while True:
        batch = []
        for _ in range(BATCH):
            number += 1
            now = int(time.time() * 1e6)
            data = {
                "step": STEPS[number % 8], "step_attempt": number, "state": "completed", "started_at": utc_now(),
                "ended_at": utc_now(), "run_seconds": 1.0, "queue_seconds": 0.1, "workflow": "blog",
            }  # fmt: skip
            batch.append(
                make_event(
                    Kind.STEP_STATE,
                    (name, 1),
                    number,
                    source="bench",
                    authority=Authority.OWN,
                    microseconds=now,
                    data=data,
                )
            )
        yield batch


def utc_now() -> str:
    """The time as the store wants it."""
    from datetime import UTC, datetime

    return utc(datetime.now(UTC))


def write(url: str, name: str, seconds: float) -> int:
    """Rows written in so many seconds: two for each event, one in `step_runs` and one in `events`."""
    store = open_store(url)
    stop, rows = time.monotonic() + seconds, 0
    for batch in events(name):
        try:
            store.apply(batch)
            rows += 2 * len(batch)
        except StoreAway:
            pass  # over its time: the monitor would keep the batch and try again
        if time.monotonic() > stop:
            break
    store.close()
    return rows


def _writer(job: tuple[str, str, float]) -> int:
    return write(*job)


def speed(url: str, seconds: float) -> dict[str, Any]:
    """Rows a second, alone and with seven others."""
    alone = write(url, "alone", seconds) / seconds
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        each = pool.map(_writer, [(url, f"writer-{number}", seconds) for number in range(8)])
    return {
        "rows_a_second_alone": round(alone),
        "rows_a_second_of_eight": round(sum(each) / seconds),
        "least_and_most_of_eight": [round(min(each) / seconds), round(max(each) / seconds)],
    }


@contextmanager
def mongo(url: str | None, folder: Path) -> Iterator[str | None]:
    """The address of a server: the one given, or one of our own."""
    program = shutil.which("secantusd-py", path=str(Path(sys.executable).parent)) or shutil.which("secantusd-py")
    if url or program is None:
        yield url
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [program, "--port", str(port), "--storage-path", str(folder / "mongo"), "--cache-size", "128M"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        for _ in range(300):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"mongodb://127.0.0.1:{port}/bench"
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mongo")
    parser.add_argument("--posts", type=int, default=500)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--seconds", type=float, default=4.0)
    arguments = parser.parse_args()
    answer: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sqlite = f"sqlite:///{folder}/bench.db"
        if arguments.corpus:
            print(json.dumps({"share": share(sqlite, folder / "spool", arguments.corpus)}, indent=2))
            return
        answer["sqlite"] = {
            "review_of_one_post": review(sqlite, folder / "spool", reviews(1)),
            "review": review(sqlite, folder / "spool", reviews(arguments.posts)),
            **speed(sqlite, arguments.seconds),
        }
        with mongo(arguments.mongo, folder) as url:
            if url:
                answer["mongodb"] = {
                    "server": "given" if arguments.mongo else "secantusdb",
                    "review_of_one_post": review(url, folder / "spool", reviews(1)),
                    **speed(url, arguments.seconds),
                }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
