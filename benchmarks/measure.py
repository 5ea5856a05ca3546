"""Measure a command with everything that it starts: wall and CPU seconds, peak memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_ROOT = Path(__file__).parent.parent
# pip compiles what it installs. Where the environment forbids that, each start would be measured with its compiling.
_COMPILED = Path(tempfile.gettempdir()) / "copydesk-benchmarks-compiled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a command cost."""

    wall: float
    cpu: float
    peak_mb: float  # proportional set size of all its processes together, at its highest
    exit_code: int


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Cost:
    """Run a command to its end. Processes that it leaves behind are waited for as well: they belong to its cost."""
    # Orphans become children of this process, so that their CPU time is counted (Linux).
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others = {process.pid for process in psutil.Process().children()}  # a server that the script started, say
    before, started = _cpu_of_children(), time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        env=_environment() | dict(env or {}),
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = _Peak(process.pid)
    exit_code = process.wait()
    wall = time.perf_counter() - started
    while left := {process.pid for process in psutil.Process().children()} - others:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    return Cost(
        wall=round(wall, 2),
        cpu=round(_cpu_of_children() - before, 2),
        peak_mb=round(peak.end(), 1),
        exit_code=exit_code,
    )


def warm_up() -> None:
    """Have Python compile the modules that `check` needs, before anything is measured."""
    command: list[str | Path] = [sys.executable, "-m", "copydesk", "check", "--no-cache", _ROOT / "examples/posts"]
    run(command, {"PYTHONPATH": str(_ROOT)})


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {"PYTHONPYCACHEPREFIX": str(_COMPILED)}


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Peak(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._peak = 0.0
        self.start()

    def run(self) -> None:
        while not self._over.wait(0.5):
            total = 0
            try:
                for process in [self._root, *self._root.children(recursive=True)]:
                    total += process.memory_full_info().pss
            except psutil.Error:
                continue  # a process ended meanwhile
            self._peak = max(self._peak, total / 1e6)

    def end(self) -> float:
        self._over.set()
        self.join()
        return self._peak
