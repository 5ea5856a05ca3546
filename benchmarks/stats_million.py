"""`copydesk stats` over a million step runs in SQLite: how long the answer takes, and how much memory.

    python benchmarks/stats_million.py [--rows 1000000] [--store sqlite:///kept.db]

Prints JSON. The goal is two seconds for each view.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from copydesk.metrics import collect
from copydesk.stores import open_store
from copydesk.stores.base import StatsQuery

STEPS = ("load", "structure", "grammar", "spelling", "style", "links", "seo", "final_review")
START_MS = 1_790_000_000_000


def fill(path: Path, rows: int) -> None:
    """Rows as the store itself would write them, put in with one statement each."""
    chance = random.Random(7)
    runs = rows // len(STEPS)
    with sqlite3.connect(path) as file:
        file.executemany(
            "INSERT INTO runs (run_id, attempt, workflow, priority, queue, state, started_at, ended_at, queue_seconds,"
            " lateness_seconds, run_seconds, info_seq, state_seq) VALUES (?,1,'blog','high',?,?,?,?,?,?,?,1,1)",
            (
                (
                    f"{number:032x}", chance.choice(["critical", "high", "medium", "low"]),
                    chance.choices(["completed", "failed", "cancelled", "lost"], [95, 3, 1, 1])[0],
                    START_MS + number * 60_000, START_MS + number * 60_000 + 5_000, chance.expovariate(1),
                    chance.expovariate(1), chance.lognormvariate(1, 0.5),
                )
                for number in range(runs)
            ),
        )  # fmt: skip
        file.executemany(
            "INSERT INTO step_runs (run_id, attempt, step, step_attempt, workflow, state, started_at, ended_at,"
            " queue_seconds, run_seconds, posts, state_seq) VALUES (?,1,?,?,'blog',?,?,?,?,?,12,1)",
            (
                (
                    f"{number:032x}", step, 1, chance.choices(["completed", "failed", "timed_out"], [98, 1, 1])[0],
                    START_MS + number * 60_000, START_MS + number * 60_000 + 900, chance.expovariate(10),
                    chance.lognormvariate(index / 4, 0.6),
                )
                for number in range(runs)
                for index, step in enumerate(STEPS)
            ),
        )  # fmt: skip


def main() -> None:
    """Fill a store, ask it, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--store", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.store or Path(folder) / "million.db"
        store = open_store(f"sqlite:///{path}")
        fill(path, arguments.rows)
        seconds: dict[str, float] = {}
        for name, query in {
            "by step": StatsQuery(by="step"),
            "by run": StatsQuery(by="run"),
            "by queue": StatsQuery(by="queue"),
            "by step, last tenth": StatsQuery(by="step", since="2027-03-01T00:00:00+00:00"),
            "by step, one workflow": StatsQuery(by="step", workflow="blog"),
        }.items():
            best = float("inf")
            for _ in range(3):
                began = time.perf_counter()
                collect(store, query)
                best = min(best, time.perf_counter() - began)
            seconds[name] = round(best, 3)
        store.close()
        print(
            json.dumps(
                {
                    "step_runs": arguments.rows,
                    "seconds": seconds,
                    "file_mb": round(path.stat().st_size / 2**20),
                    "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                },
                indent=2,
            )
        )


if __name__ == "__main__":
    main()
