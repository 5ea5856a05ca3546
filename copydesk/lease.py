"""Who holds a run: a process, named so that another process can tell whether it still lives."""

from __future__ import annotations

import functools
import os
import socket
from dataclasses import dataclass
from pathlib import Path

HEARTBEAT_SECONDS = 10.0
EXPIRED_SECONDS = 60.0  # six missed heartbeats: a busy machine misses one or two


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process on a machine since a boot. The start time tells it from a later process with the same number."""

    host: str
    boot_id: str
    pid: int
    process_start: int | None  # clock ticks since the boot: no change of the clock moves it

    def alive(self) -> bool | None:
        """Whether the process lives; None when that cannot be told from here: another host."""
        if self.host != socket.gethostname():
            return None
        if self.boot_id != boot_id():
            return False
        if not Path("/proc/self/stat").exists():
            return _answers(self.pid)
        return process_start(self.pid) is not None and process_start(self.pid) == self.process_start


def owner() -> Owner:
    """This process."""
    pid = os.getpid()
    return Owner(host=socket.gethostname(), boot_id=boot_id(), pid=pid, process_start=process_start(pid))


@functools.cache
def boot_id() -> str:
    """What Linux calls this boot; empty where there is no such name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def process_start(pid: int) -> int | None:
    """When a process of this host started; None when there is none, or only a dead one that nobody has waited for."""
    try:
        # The name, in parentheses, may hold blanks and parentheses itself (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
