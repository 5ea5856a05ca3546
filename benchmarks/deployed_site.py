"""A Prefect server with what is deployed on it, and workers as processes, for the scripts that measure deployments."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

ROOT = Path(__file__).parent.parent
POOL = "copydesk"
QUEUES = ("critical", "high", "medium", "low")  # the most urgent first

# Workers ask every 10 seconds by default: waiting for that would be most of what is measured.
QUERY_SECONDS = 0.5
START_PATIENCE, COMMAND_PATIENCE = 180.0, 300.0

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


class Share:
    """A share of the processor for a process and all that it starts, as if on a small machine of its own.

    Linux's first version of control groups, as root. Raises `OSError` where it cannot be had.
    """

    _PERIOD = 20_000  # microseconds: short, or a share is used up in long runs with long waits between them

    def __init__(self, name: str, cpus: float) -> None:
        self._folder = Path("/sys/fs/cgroup/cpu") / f"copydesk-{os.getpid()}-{name}"
        self._folder.mkdir()
        (self._folder / "cpu.cfs_period_us").write_text(str(self._PERIOD))
        (self._folder / "cpu.cfs_quota_us").write_text(str(round(cpus * self._PERIOD)))

    def join(self) -> None:
        """Put this process into it: to be called in a child before it becomes the program."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))

    def end(self) -> None:
        """Give it back; its processes are over."""
        with contextlib.suppress(OSError):
            self._folder.rmdir()


class Site:
    """A server with what is deployed on it, and the workers of the moment.

    `database` is an address of PostgreSQL for Prefect, an empty one; without it the server has SQLite.
    With `server_cpus` and `worker_cpus` the server and each worker have that much of a processor for themselves.
    """

    def __init__(
        self,
        folder: Path,
        database: str | None = None,
        server_cpus: float | None = None,
        worker_cpus: float | None = None,
    ) -> None:
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
        if database:
            self.env["PREFECT_API_DATABASE_CONNECTION_URL"] = database
        self.env |= self.fresh("start")
        self._client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._workers = 0
        self._server_cpus, self._worker_cpus = server_cpus, worker_cpus
        self._shares: list[Share] = []
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
            "server",
            [*python, "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)],
            cpus=self._server_cpus,
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

    def _background(
        self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None, cpus: float | None = None
    ) -> Any:
        share = None
        if cpus is not None:
            share = Share(name, cpus)
            self._shares.append(share)
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=self.env | dict(env or {}), stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=share and share.join,
            )  # fmt: skip

    def end_shares(self) -> None:
        """Give back all shares of the processor, after everything has ended."""
        for share in self._shares:
            share.end()

    @contextmanager
    def workers(self, count: int = 1, *, limit: int = 1, env: Mapping[str, str] | None = None) -> Iterator[None]:
        """Workers that have reported to the server; ended with what they run."""
        names = [f"worker-{self._workers + number}" for number in range(count)]
        self._workers += count
        started = []
        try:
            for name in names:
                command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--name", name]
                started.append(self._background(name, [*command, "--limit", str(limit)], env, self._worker_cpus))

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
