"""What a deployment costs and promises: a Prefect server, workers as processes, runs in queues.

    python benchmarks/deployed.py [--only post,sharing,queues] [--rounds 5] [--posts FOLDER] [--waiting 100]

Everything is its own: a server on a free port of the loopback with its home in a temporary folder, the pools and
queues of `copydesk setup`, deployments made from prefect.yaml, workers. All of it ends with the script. Prints JSON.

post: seconds of `prefect deployment run --watch` for one new post, beside a flow that does nothing, on the same worker.
The two take turns; the ratio is that of one round's two runs. The command starts Prefect's command line and lingers for
late events after the end, which is the same for both; `until_ended` leaves that out: from the run's creation to its
final state, by the server's clock.

sharing: posts a minute with one and with two workers of one slot and one child process each, over the same folder, with
a cache and a record of its own for each measurement: from the submission of `review-all` to its end. `sent` is how many
batches the other worker took. The posts are made up unless `--posts` names a folder.

queues: runs that do nothing, of mixed priority, under one worker with one slot; a quarter of them is submitted while it
works. A violation is a run that was taken (Pending) while one of a higher queue had been waiting for GRACE seconds:
less than that, it can have come while the worker's question was on its way.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

ROOT = Path(__file__).parent.parent
POOL = "copydesk"
QUEUES = ("critical", "high", "medium", "low")  # the most urgent first
FINAL = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]

# Workers ask every 10 seconds by default: waiting for that would be most of what is measured.
QUERY_SECONDS = 0.5
GRACE = 2.0
SEED = 20260504  # the same posts and the same order of submissions every time

START_PATIENCE, COMMAND_PATIENCE, RUN_PATIENCE = 180.0, 300.0, 600.0
POST_PATIENCE, WAITING_PATIENCE = 10.0, 30.0  # more for each post of a folder, for each run in the queues

_PR_SET_CHILD_SUBREAPER = 36

NOOP = '''"""A flow that does nothing but leave a trace."""

import os

from prefect import flow
from prefect.runtime import flow_run


@flow(name="noop")
def noop() -> None:
    # One short write at the end of the file: whole, whoever else writes.
    file = os.open(os.environ["BENCHMARK_TRACE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{flow_run.id}\\n".encode())
    os.close(file)
'''

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


class Site:
    """A server with what is deployed on it, and the workers of the moment."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}/api"
        self.trace = folder / "trace"
        # Nothing of the caller's own Prefect or copydesk comes in.
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "COPYDESK_"))}
        self.env |= {
            # Runs are started as `python`: that of this environment, also where it is not activated.
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
            "PYTHONPATH": str(ROOT),
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": self.url,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500,504",
            "PREFECT_WORKER_QUERY_SECONDS": str(QUERY_SECONDS),
            "BENCHMARK_TRACE": str(self.trace),
            "DO_NOT_TRACK": "1",
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }
        self.env |= self.fresh("start")
        self._client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._workers = 0
        self.server: subprocess.Popen[bytes] | None = None

    def fresh(self, name: str) -> dict[str, str]:
        """A cache and a record that nobody has used yet."""
        return {
            "COPYDESK_STORE": f"sqlite:///{self.folder / f'{name}.db'}",
            "COPYDESK_CACHE_DIR": str(self.folder / f"cache-{name}"),
        }

    def start(self) -> None:
        """Start the server, make its pools and queues, deploy."""
        python = [sys.executable, "-m"]
        self.server = server = self._background(
            "server", [*python, "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        )

        def healthy() -> bool:
            if server.poll() is not None:
                raise RuntimeError("the Prefect server did not start")
            with contextlib.suppress(httpx.HTTPError):
                return self._client.get("/health").is_success
            return False

        until(healthy, "the server", START_PATIENCE)
        self.call([*python, "copydesk", "setup"])
        self._write_deployments()
        self.call([*python, "prefect", "--no-prompt", "deploy", "--all"])

    def _write_deployments(self) -> None:
        """The real deployments without their schedules, and one that does nothing for each queue."""
        real = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
        # A blog in batches sends them to the deployment of their priority.
        wanted = {"nightly", *(f"review-{queue}" for queue in QUEUES)}
        chosen = {entry["name"]: entry for entry in real["deployments"] if entry["name"] in wanted}
        for entry in chosen.values():
            entry.pop("schedules", None)
            # Two measurements follow each other faster than the server gives back such a slot.
            entry.pop("concurrency_limit", None)
        variables = chosen["review-high"]["work_pool"]["job_variables"]
        nothing = [
            {
                "name": queue,
                "entrypoint": "noop.py:noop",
                "work_pool": {"name": POOL, "work_queue_name": queue, "job_variables": variables},
            }
            for queue in QUEUES
        ]
        document = {"name": "copydesk-benchmark", "deployments": [*chosen.values(), *nothing]}
        (self.folder / "prefect.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        (self.folder / "noop.py").write_text(NOOP, encoding="utf-8")
        # Runs work in the folder from which they were deployed.
        shutil.copytree(ROOT / "flows", self.folder / "flows", ignore=shutil.ignore_patterns("__pycache__"))

    def call(self, command: Sequence[str], *, env: Mapping[str, str] | None = None) -> float:
        """Run a command to its end; answers the seconds it took. Raises `RuntimeError` when it fails."""
        started = time.perf_counter()
        done = subprocess.run(
            command, cwd=self.folder, env=self.env | dict(env or {}), capture_output=True, text=True,
            timeout=COMMAND_PATIENCE, check=False, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[2:6])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return time.perf_counter() - started

    def _background(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> Any:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=self.env | dict(env or {}), stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    @contextmanager
    def workers(self, count: int = 1, *, limit: int = 1, env: Mapping[str, str] | None = None) -> Iterator[None]:
        """Workers that have reported to the server; ended with what they run."""
        names = [f"worker-{self._workers + number}" for number in range(count)]
        self._workers += count
        started = []
        try:
            for name in names:
                command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--name", name]
                started.append(self._background(name, [*command, "--limit", str(limit)], env))

            def reported() -> bool:
                known = self.api("POST", f"/work_pools/{POOL}/workers/filter", {})
                return set(names) <= {worker["name"] for worker in known}

            until(reported, "the workers", START_PATIENCE)
            yield
        finally:
            for process in started:
                end_tree(process.pid)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server, again while SQLite is busy. Raises `httpx.HTTPError` for an answer that is no success."""
        for wait in (0.5, 1, 2, 4, 8, 16):
            with contextlib.suppress(httpx.TransportError):
                answer = self._client.request(method, path, json=body)
                if answer.status_code not in (500, 503):
                    break
            time.sleep(wait)
        else:
            answer = self._client.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def submit(self, deployment: str, parameters: Mapping[str, Any] | None = None) -> str:
        """Make a run of `flow/deployment`; answers its id."""
        found = self.api("GET", f"/deployments/name/{deployment}")
        # Asked again after no answer, it is still the same run.
        key = uuid.uuid4().hex
        body = {"parameters": dict(parameters or {}), "state": {"type": "SCHEDULED"}, "idempotency_key": key}
        return str(self.api("POST", f"/deployments/{found['id']}/create_flow_run", body)["id"])

    def runs(self, **filters: Any) -> list[dict[str, Any]]:
        """All flow runs by Prefect's filters."""
        found: list[dict[str, Any]] = []
        while True:
            body = {"flow_runs": filters, "limit": 200, "offset": len(found), "sort": "ID_DESC"}
            page = self.api("POST", "/flow_runs/filter", body)
            found += page
            if len(page) < 200:
                return found

    def logs(self) -> str:
        """The ends of what was said last, for a failure's message."""
        files = sorted(self.folder.glob("*.log"), key=lambda file: file.stat().st_mtime)[-3:]
        code = self.server.poll() if self.server else None
        server = "" if code is None else f"\nthe server has ended with {code}"
        return "\n".join(f"--- {f.name}\n{f.read_text(errors='replace')[-2000:]}" for f in files) + server


def until(happened: Callable[[], bool], what: str, seconds: float) -> None:
    """Wait for a fact. Raises `RuntimeError` when it has not come about in time."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds:g} s for {what}")
        time.sleep(0.3)


def end_tree(pid: int) -> None:
    """Kill a process with all below it."""
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in tree:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(tree, timeout=10)


def end_everything() -> None:
    """Kill all that this process has started, also what its children have left behind."""
    for _ in range(20):
        left = psutil.Process().children(recursive=True)
        if not left:
            return
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=1)


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


def queues(site: Site, waiting: int) -> dict[str, Any]:
    """Runs of mixed priority under one worker with one slot."""
    chance = random.Random(SEED)
    order = [QUEUES[number % len(QUEUES)] for number in range(waiting)]
    chance.shuffle(order)
    first, late = order[: waiting - waiting // 4], order[waiting - waiting // 4 :]
    site.trace.unlink(missing_ok=True)
    queue_of = {site.submit(f"noop/{queue}"): queue for queue in first}
    started = time.monotonic()
    with site.workers(limit=1):

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
        "submitted_while_it_worked": len(late),
        "seconds": round(seconds, 1),
        "violations": sum(waited >= GRACE for waited in overtaken),
        "closer_than_grace": sum(waited < GRACE for waited in overtaken),
        "states": dict(Counter(run["state_type"] for run in runs)),
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
    answer: dict[str, Any] = {"cpus": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        site = Site(Path(name).resolve())
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
                answer["queues"] = queues(site, arguments.waiting)
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        except Exception as error:
            so_far = json.dumps(answer, indent=2)
            raise SystemExit(f"{site.logs()}\n\n{type(error).__name__}: {error}\nmeasured so far: {so_far}") from error
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # the end is not to be interrupted
            end_everything()
    print(json.dumps(answer | {"load_after": round(os.getloadavg()[0], 1)}, indent=2))


if __name__ == "__main__":
    main()
