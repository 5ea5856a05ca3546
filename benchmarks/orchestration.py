"""What our orchestration costs over a bare asynchronous Prefect flow: the same task runs, the same arrows, one server.

    python benchmarks/orchestration.py [--rounds 30] [--wide-rounds 5] [--wide 200]

Prints JSON. "ours" is the review flow's own code with steps that do nothing (no child processes, no cache): scheduler,
states, the poller that sees a cancellation, and the monitor's record in SQLite. "bare" is the least that gives Prefect
the same task runs with the same `wait_for`. The two take turns, the order changes every round, and the server is idle
before each. A ratio is that of one round's two runs; the medians of the ratios are the figures to look at, since single
runs differ by more than what is measured. `least` to `most` is the middle half of the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

IDLE_CPU, IDLE_SECONDS, IDLE_PATIENCE = 0.06, 0.4, 30.0


@contextmanager
def server(home: Path) -> Iterator[int]:
    """A Prefect server in a process of its own; answers its process id. The environment points to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ |= {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "COPYDESK_STORE": f"sqlite:///{home / 'monitor.db'}",
        "COPYDESK_CACHE_DIR": str(home / "cache"),
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5):
                    break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit("the Prefect server did not start") from None
                time.sleep(0.2)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_idle(pid: int) -> bool:
    """Wait until the server has nothing left to do; False when it never came to rest."""
    import psutil

    tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    def used() -> float:
        return sum(sum(p.cpu_times()[:2]) for p in tree if p.is_running())

    deadline = time.monotonic() + IDLE_PATIENCE
    while time.monotonic() < deadline:
        before = used()
        time.sleep(IDLE_SECONDS)
        if used() - before <= IDLE_CPU:
            return True
    return False


def nothing(post: Any, context: Any) -> list[Any]:
    """A step that is listed and never called."""
    return []


def flows(names: list[str], session: Any) -> dict[str, Callable[[], Awaitable[Any]]]:
    """The two flows over steps of these names, between a first and a last one."""
    from prefect import allow_failure, flow, task
    from prefect.context import FlowRunContext

    import flows.review as review
    from copydesk.execute import Review, StepOutcome
    from copydesk.plan import PlannedStep, make_plan
    from copydesk.report import StepResult
    from copydesk.request import ReviewRequest
    from copydesk.source_post import SourcePost
    from copydesk.workflow import parse_workflow

    @task(name="bare", result_serializer="json")
    async def bare_step(batch: str) -> dict[str, int]:
        return {"posts": 1}

    @flow(name="bare", result_serializer="json")
    async def bare() -> None:
        first = await bare_step.with_options(name="load")("x", return_state=True)
        states = await asyncio.gather(
            *(
                # Without tags: with them Prefect waits for leave to begin, for seconds on SQLite.
                bare_step.with_options(name=name)("x", wait_for=[allow_failure(first)], return_state=True)
                for name in names
            )
        )
        await bare_step.with_options(name="final_review")(
            "x", wait_for=[allow_failure(state) for state in (first, *states)], return_state=True
        )

    lines = "".join(f'    - {{name: {name}, uses: "orchestration:nothing"}}\n' for name in names)
    plan = make_plan(parse_workflow(f"workflow:\n  steps:\n{lines}"))
    post = SourcePost(path="p.md", key="p.md", text="Words.", content_hash="0")

    class Idle(Review):
        async def run_step(self, planned: PlannedStep) -> StepOutcome:
            self.results[planned.name] = {post.path: StepResult()}
            return self._outcome(planned.name, 0, 1)

    @flow(name="ours", result_serializer="json")
    async def ours() -> None:
        context = FlowRunContext.get()
        assert context is not None
        assert context.flow_run is not None
        recorder = review.begin_record(session, plan, ReviewRequest(), context.flow_run, 1)
        batch = session.new_batch(str(context.flow_run.id), plan, [post], recorder)
        batch.review = Idle(plan=plan, posts=[post], pool=session.pool, cache=None, site=batch.review.site)
        await review._one_batch(session, batch, context.flow_run, asks=False)

    return {"ours": ours, "bare": bare}


async def compare(names: list[str], session: Any, rounds: int, pid: int) -> dict[str, Any]:
    """Walls and CPU of the client in milliseconds, and the ratios of ours to bare."""
    both = flows(names, session)
    for run in both.values():
        await run()  # imports, connections
    wall: dict[str, list[float]] = {name: [] for name in both}
    cpu: dict[str, list[float]] = {name: [] for name in both}
    restless = 0
    for number in range(rounds):
        for name in sorted(both, reverse=bool(number % 2)):
            restless += not await asyncio.to_thread(wait_until_idle, pid)
            started, used = time.perf_counter(), time.process_time()
            await both[name]()
            wall[name].append((time.perf_counter() - started) * 1000)
            cpu[name].append((time.process_time() - used) * 1000)
    return {
        "task_runs": len(names) + 2,
        "rounds": rounds,
        "server_not_idle_before": restless,
        "wall": _ratios(wall),
        "client_cpu": _ratios(cpu),
        "wall_ms_a_step": {name: round(statistics.median(wall[name]) / (len(names) + 2), 2) for name in both},
    }


def _ratios(measured: dict[str, list[float]]) -> dict[str, Any]:
    ratios = sorted(ours / bare for ours, bare in zip(measured["ours"], measured["bare"], strict=True))
    quarter = len(ratios) // 4
    return {
        "ours_ms": round(statistics.median(measured["ours"]), 1),
        "bare_ms": round(statistics.median(measured["bare"]), 1),
        "median_of_paired_ratios": round(statistics.median(ratios), 3),
        "least": round(ratios[quarter], 3),
        "most": round(ratios[-1 - quarter], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30, help="alternations with 8 task runs")
    parser.add_argument("--wide-rounds", type=int, default=5, help="alternations with many steps; 0 for none")
    parser.add_argument("--wide", type=int, default=200, help="how many steps these are")
    arguments = parser.parse_args()
    folder = Path(__file__).parent
    sys.path[:0] = [str(folder.parent), str(folder)]
    with tempfile.TemporaryDirectory() as home, server(Path(home)) as pid:
        import flows.review  # noqa: F401 - the first import of Prefect in a running event loop complains of its plugins
        from copydesk.session import open_session

        async def measure() -> dict[str, Any]:
            with open_session(use_cache=False) as session:
                answer = {"eight": await compare([f"step{n}" for n in range(6)], session, arguments.rounds, pid)}
                if arguments.wide_rounds:
                    names = [f"step{n}" for n in range(arguments.wide)]
                    answer["wide"] = await compare(names, session, arguments.wide_rounds, pid)
                return answer

        print(json.dumps(asyncio.run(measure()), indent=2))


if __name__ == "__main__":
    main()
