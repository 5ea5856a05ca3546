"""What the first review of a machine costs, by how Prefect's server comes to be there, in one run.

    python benchmarks/first_review.py [--rounds 3]

Each round begins with an empty home of Prefect's and reviews examples/posts, without the cache of results:

migrated: the embedded server, which first runs its own migrations on an empty database, as Prefect does by itself.
first: the embedded server with the tables made, as the first `copydesk review` of a machine finds it.
second: the embedded server again.
up: `copydesk up` on an empty home, until the server answers.
beside: a review on that server.

Prints one JSON object: medians, and the median of the ratios of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from measure import Cost, run, warm_up

ROOT = Path(__file__).parent.parent
COPYDESK = [sys.executable, "-m", "copydesk"]
REVIEW = [*COPYDESK, "review", "--no-cache", "--fail-on", "never", "--quiet", ROOT / "examples/posts"]
PAIRS = [("first", "migrated"), ("second", "first"), ("beside", "second")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ.pop("PREFECT_API_URL", None)  # a server that is there already would be used
    warm_up()
    costs: dict[str, list[Cost]] = {}
    starts: list[float] = []
    for number in range(arguments.rounds + 1):  # the first has Python compile Prefect, and does not count
        reviews, up = _round()
        if failed := {name: cost.exit_code for name, cost in reviews.items() if cost.exit_code}:
            raise SystemExit(f"reviews ended with {failed}")
        if number:
            starts.append(up)
            for name, cost in reviews.items():
                costs.setdefault(name, []).append(cost)
    answer = {kind: _middle(costs, kind) for kind in ("wall", "cpu")}
    answer["wall"]["up"] = round(statistics.median(starts), 2)
    print(json.dumps(answer, indent=2))


def _middle(costs: Mapping[str, Sequence[Cost]], kind: str) -> dict[str, float]:
    values = {name: [float(getattr(cost, kind)) for cost in of] for name, of in costs.items()}
    return {name: statistics.median(of) for name, of in values.items()} | {
        f"{upper} / {lower}": round(
            statistics.median(u / v for u, v in zip(values[upper], values[lower], strict=True)), 2
        )
        for upper, lower in PAIRS
    }


def _round() -> tuple[dict[str, Cost], float]:
    """The reviews by name, and the seconds of `copydesk up`."""
    costs: dict[str, Cost] = {}
    with _home() as env:
        # An empty file is a database without tables: the server fills it by its migrations.
        (Path(env["PREFECT_HOME"]) / "prefect.db").touch()
        costs["migrated"] = run(REVIEW, env)
    with _home() as env:
        costs["first"] = run(REVIEW, env)
        costs["second"] = run(REVIEW, env)
    with _home() as env:
        started = time.perf_counter()
        subprocess.run([*COPYDESK, "up"], env=os.environ | env, check=True, stdout=subprocess.DEVNULL)
        up = time.perf_counter() - started
        try:
            costs["beside"] = run(REVIEW, env)
        finally:
            subprocess.run([*COPYDESK, "up", "--stop"], env=os.environ | env, check=True, stdout=subprocess.DEVNULL)
    return costs, up


@contextmanager
def _home() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "prefect")
        home.mkdir()
        yield {
            "PYTHONPATH": str(ROOT),
            "PREFECT_HOME": str(home),
            "COPYDESK_STORE": f"sqlite:///{folder}/store.db",
        }


if __name__ == "__main__":
    main()
