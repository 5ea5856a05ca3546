"""What a deployment costs and promises: a Prefect server, workers as processes, runs in queues.

    python benchmarks/deployed.py [--only post,sharing,queues] [--rounds 5] [--posts FOLDER] [--waiting 100]
        [--slots 1] [--database postgresql+asyncpg://USER@HOST:PORT/NAME] [--server-cpus 0.8 --worker-cpus 0.6]

Everything is its own: a server on a free port of the loopback with its home in a temporary folder, the pools and
queues of `copydesk setup`, deployments made from prefect.yaml, workers. All of it ends with the script. Prints JSON.
Prefect keeps its record in SQLite, or in an empty database of PostgreSQL that `--database` names.

post: seconds of `prefect deployment run --watch` for one new post, beside a flow that does nothing, on the same worker.
The two take turns; the ratio is that of one round's two runs. The command starts Prefect's command line and lingers for
late events after the end, which is the same for both; `until_ended` leaves that out: from the run's creation to its
final state, by the server's clock.

sharing: posts a minute with one and with two workers of one slot and one child process each, over the same folder, with
a cache and a record of its own for each measurement: from the submission of `review-all` to its end. `sent` is how many
batches the other worker took. The posts are made up unless `--posts` names a folder. On one machine server and workers
compete for its processors; `--server-cpus` and `--worker-cpus` give each a share for itself, as on small machines of
their own (Linux, control groups version 1, as root).

queues: runs that do nothing, of mixed priority, under one worker with `--slots` slots; a quarter of them is submitted
while it works. A violation is a run that was taken (Pending) while one of a higher queue had been waiting for GRACE
seconds: less than that, it can have come while the worker's question was on its way.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import random
import re
import signal
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from deployed_site import QUEUES, ROOT, Site, end_everything, until

FINAL = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]
GRACE = 2.0
SEED = 20260504  # the same posts and the same order of submissions every time

RUN_PATIENCE = 600.0
POST_PATIENCE, WAITING_PATIENCE = 10.0, 30.0  # more for each post of a folder, for each run in the queues

_PR_SET_CHILD_SUBREAPER = 36

PEOPLE = ("The harbour master", "Our night crew", "The pilot", "A visitor", "The ferry office", "One of the divers")
DEEDS = ("writes down", "checks", "compares", "repairs", "asks about", "explains", "paints", "counts")
THINGS = (
    "the tide tables",
    "a broken lamp",
    "the mooring lines",
    "the old crane",
    "the log of the week",
    "two engines",
)
TIMES = ("before the first ferry leaves", "when the fog lifts", "after a storm", "at noon", "while the gulls are quiet")


def write_posts(folder: Path, count: int, chance: random.Random) -> None:
    """Posts of some 600 words, no two alike."""
    folder.mkdir(parents=True)
    for number in range(count):
        parts = [
            f"---\ntitle: Week {number} at the harbour office\ndescription: What the crew of the harbour office did in"
            f" week {number}, hour by hour, and what they learnt.\ndate: 2026-05-04\ntags: [harbour]\n---\n"
        ]
        for section in range(6):
            sentences = [
                f"{chance.choice(PEOPLE)} {chance.choice(DEEDS)} {chance.choice(THINGS)} {chance.choice(TIMES)},"
                f" {chance.randrange(2, 9999)} times."
                for _ in range(8)
            ]
            parts.append(f"## Part {section + 1} of week {number}\n\n{' '.join(sentences)}\n")
        (folder / f"week-{number}.md").write_text("\n".join(parts), encoding="utf-8")


def one_post(site: Site, rounds: int) -> dict[str, Any]:
    """A review of one new post, and the flow that does nothing, in turns."""
    chance = random.Random(SEED)
    command: dict[str, list[float]] = {"review": [], "noop": []}
    ended: dict[str, list[float]] = {"review": [], "noop": []}
    verdicts: Counter[str] = Counter()
    with site.workers(limit=2, env=site.fresh("post")):
        for number in range(rounds + 1):  # the first fills the caches of Python and of the system, and does not count
            for name in sorted(command, reverse=bool(number % 2)):
                arguments = ["noop/high"]
                if name == "review":
                    folder = site.folder / f"post-{number}"
                    write_posts(folder, 1, chance)
                    request = {"paths": [str(folder)], "priority": "high"}
                    arguments = ["review/review-high", "--param", f"request={json.dumps(request)}"]
                tag = f"benchmark-{uuid.uuid4().hex}"
                seconds = site.call(
                    [sys.executable, "-m", "prefect", "deployment", "run", *arguments, "--tag", tag, "--watch"]
                )
                (run,) = site.runs(tags={"all_": [tag]})
                if number:
                    command[name].append(seconds)
                    ended[name].append(_moment(run["end_time"]) - _moment(run["created"]))
                    verdicts[run["state_name"]] += name == "review"
    return {
        "rounds": rounds,
        "command": _paired(command, "review", "noop"),
        "until_ended": _paired(ended, "review", "noop"),
        "verdicts": dict(+verdicts),
    }


def sharing(site: Site, posts: Path, batch_size: int, rounds: int) -> dict[str, Any]:
    """One folder by one worker and by two."""
    from copydesk.stores import open_store

    count = sum(1 for file in posts.rglob("*") if re.fullmatch(r"\.(md|mdx|markdown)", file.suffix))
    pace: dict[str, list[float]] = {"one_worker": [], "two_workers": []}
    sent: list[int] = []
    reviewed: set[int] = set()
    for number in range(rounds):
        for name in sorted(pace, reverse=bool(number % 2)):
            fresh = site.fresh(f"{name}-{number}")
            with site.workers(1 if name == "one_worker" else 2, env=fresh | {"COPYDESK_CHILDREN": "1"}):
                request = {"paths": [str(posts)], "batch_size": batch_size, "priority": "low"}
                run_id = site.submit("review-all/nightly", {"request": request})
                patience = RUN_PATIENCE + POST_PATIENCE * count
                until(lambda: _is_final(site, run_id), "review-all", patience)  # noqa: B023 - ends in this turn
                run = site.api("GET", f"/flow_runs/{run_id}")
                if run["state_type"] != "COMPLETED":
                    raise RuntimeError(f"review-all ended {run['state_name']}: {run['state']['message']}")
                batches = site.runs(tags={"all_": [f"batch-of:{run_id}"]})
            store = open_store(fresh["COPYDESK_STORE"])
            try:
                record = store.run(run_id, findings=False)
            finally:
                store.close()
            done = (record.run.reviewed or 0) if record else 0
            reviewed.add(done)
            pace[name].append(60 * done / (_moment(run["end_time"]) - _moment(run["created"])))
            if name == "two_workers":
                sent.append(sum(batch["state_type"] == "COMPLETED" for batch in batches))
    return {"posts": sorted(reviewed), "batch_size": batch_size, "rounds": rounds, "sent": sent} | {
        "posts_a_minute": _paired(pace, "two_workers", "one_worker", digits=1)
    }


def queues(site: Site, waiting: int, slots: int) -> dict[str, Any]:
    """Runs of mixed priority under one worker."""
    chance = random.Random(SEED)
    order = [QUEUES[number % len(QUEUES)] for number in range(waiting)]
    chance.shuffle(order)
    first, late = order[: waiting - waiting // 4], order[waiting - waiting // 4 :]
    site.trace.unlink(missing_ok=True)
    queue_of = {site.submit(f"noop/{queue}"): queue for queue in first}
    started = time.monotonic()
    with site.workers(limit=slots):

        def all_ended() -> bool:
            chosen = {"id": {"any_": list(queue_of)}, "state": {"type": {"any_": FINAL}}}
            ended = site.api("POST", "/flow_runs/count", {"flow_runs": chosen})
            # Spread over the time in which the first ones are worked off.
            while len(queue_of) - len(first) < min(len(late), ended * len(late) // len(first) + 1):
                queue = late[len(queue_of) - len(first)]
                queue_of[site.submit(f"noop/{queue}")] = queue
            return bool(ended == waiting)

        until(all_ended, "the runs in the queues", RUN_PATIENCE + WAITING_PATIENCE * waiting)
        seconds = time.monotonic() - started
    runs = site.runs(id={"any_": list(queue_of)})
    taken = {run["id"]: _taken(site, run["id"]) for run in runs}
    overtaken = _overtaken(runs, queue_of, taken)
    executed = Counter(site.trace.read_text(encoding="utf-8").split())
    waits: dict[str, list[float]] = {queue: [] for queue in QUEUES}
    for run in runs:
        waits[queue_of[run["id"]]].append(taken[run["id"]] - _moment(run["created"]))
    return {
        "runs": waiting,
        "slots": slots,
        "submitted_while_it_worked": len(late),
        "seconds": round(seconds, 1),
        "violations": sum(waited >= GRACE for waited in overtaken),
        "closer_than_grace": sum(waited < GRACE for waited in overtaken),
        "states": dict(Counter(run["state_type"] for run in runs)),
        "failed": [run["state"]["message"] for run in runs if run["state_type"] != "COMPLETED"],
        "executed_once": sum(executed[run_id] == 1 for run_id in queue_of),
        "executed_more_than_once": sum(executed[run_id] > 1 for run_id in queue_of),
        "median_wait_seconds": {queue: _median(values) for queue, values in waits.items()},
        "longest_wait_seconds": {queue: round(max(values), 1) for queue, values in waits.items() if values},
    }


def _overtaken(
    runs: Sequence[Mapping[str, Any]], queue_of: Mapping[str, str], taken: Mapping[str, float]
) -> list[float]:
    """For each run that was taken while more urgent ones waited: how long the first of those had been waiting."""
    found = []
    for run in runs:
        moment = taken[run["id"]]
        urgent = [
            moment - _moment(other["created"])
            for other in runs
            if QUEUES.index(queue_of[other["id"]]) < QUEUES.index(queue_of[run["id"]])
            and _moment(other["created"]) < moment < taken[other["id"]]
        ]
        if urgent:
            found.append(max(urgent))
    return found


def _taken(site: Site, run_id: str) -> float:
    """When a worker first took a run."""
    states = site.api("GET", f"/flow_run_states/?flow_run_id={run_id}")
    return min(_moment(state["timestamp"]) for state in states if state["type"] != "SCHEDULED")


def _is_final(site: Site, run_id: str) -> bool:
    return site.api("GET", f"/flow_runs/{run_id}")["state_type"] in FINAL


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 1) if values else None


def _paired(measured: Mapping[str, Sequence[float]], upper: str, lower: str, digits: int = 2) -> dict[str, Any]:
    ratios = [u / v for u, v in zip(measured[upper], measured[lower], strict=True)]
    return {name: round(statistics.median(values), digits) for name, values in measured.items()} | {
        "median_of_paired_ratios": round(statistics.median(ratios), 3),
        "least": round(min(ratios), 3),
        "most": round(max(ratios), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="post,sharing,queues", help="which of the three to measure")
    parser.add_argument("--rounds", type=int, default=5, help="alternations of one post and nothing")
    parser.add_argument("--posts", type=Path, help="folder to share; without it, one is made up")
    parser.add_argument("--count", type=int, default=120, help="how many posts to make up")
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--sharing-rounds", type=int, default=3, help="alternations of one worker and two")
    parser.add_argument("--waiting", type=int, default=100, help="runs in the queues")
    parser.add_argument("--slots", type=int, default=1, help="runs that the worker of the queues does at once")
    parser.add_argument("--database", help="an empty database of PostgreSQL for Prefect")
    parser.add_argument("--server-cpus", type=float, help="how much of a processor the server has for itself")
    parser.add_argument("--worker-cpus", type=float, help="the same for each worker, with all that it starts")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    if unknown := set(wanted) - {"post", "sharing", "queues"}:
        parser.error(f"--only knows post, sharing and queues, not {', '.join(sorted(unknown))}")
    if min(arguments.rounds, arguments.count, arguments.batch_size, arguments.sharing_rounds) < 1:
        parser.error("rounds, posts and batches are at least one each")
    if arguments.waiting < len(QUEUES):
        parser.error(f"--waiting is at least {len(QUEUES)}: one run for each queue")
    if arguments.posts and not arguments.posts.is_dir():
        parser.error(f"there is no folder {arguments.posts}")
    sys.path.insert(0, str(ROOT))
    if sys.platform == "linux":  # what a killed worker leaves behind becomes a child of this process
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell starts it in the background
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    answer: dict[str, Any] = {
        "cpus": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "database": "PostgreSQL" if arguments.database else "SQLite",
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        site = Site(Path(name).resolve(), arguments.database, arguments.server_cpus, arguments.worker_cpus)
        try:
            site.start()
            if "post" in wanted:
                answer["post"] = one_post(site, arguments.rounds)
            if "sharing" in wanted:
                posts = arguments.posts.resolve() if arguments.posts else site.folder / "posts"
                if not arguments.posts:
                    write_posts(posts, arguments.count, random.Random(SEED))
                answer["sharing"] = sharing(site, posts, arguments.batch_size, arguments.sharing_rounds)
            if "queues" in wanted:
                answer["queues"] = queues(site, arguments.waiting, arguments.slots)
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        except Exception as error:
            so_far = json.dumps(answer, indent=2)
            raise SystemExit(f"{site.logs()}\n\n{type(error).__name__}: {error}\nmeasured so far: {so_far}") from error
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # the end is not to be interrupted
            end_everything()
            site.end_shares()
    print(json.dumps(answer | {"load_after": round(os.getloadavg()[0], 1)}, indent=2))


if __name__ == "__main__":
    main()
