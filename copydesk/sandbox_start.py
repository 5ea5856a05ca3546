"""How the child processes of `copydesk.sandbox` are started: forked from a template, or spawned where there is no fork.

Why a template of our own and not multiprocessing's forkserver: docs/decisions/0003-own-process-pool.md.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Protocol

from copydesk import allocator, sandbox_child
from copydesk.sandbox_child import EXIT_STATUS

# `-P`: the current folder may be the posts' (a `json.py` among them must not be imported). The path is the parent's.
_TEMPLATE = """
import json, socket, sys
descriptor, memory_mb, preload, sys.path[:] = json.loads(sys.argv[1])
from copydesk.sandbox_child import serve
serve(socket.socket(fileno=descriptor), memory_mb, preload)
"""


class Child(Protocol):
    """A started process; `connection` carries frames, `ended` becomes readable when it is dead."""

    connection: Connection
    pid: int | None  # None until it has said that it is ready

    @property
    def ended(self) -> int: ...

    def kill(self) -> None:
        """End it at once, with what it started where the system can. Never raises, never waits."""

    def exit_code(self, seconds: float) -> int | None:
        """Its exit code, negative for a signal; None when it cannot be had within `seconds`."""

    def close(self) -> None:
        """Let go of the descriptors."""


class Starter(Protocol):
    """Starts children. `start` raises OSError when the system refuses."""

    def start(self) -> Child: ...

    def close(self) -> None: ...

    def forget(self) -> None:
        """Let go of everything in a forked process: the children belong to the other one."""


class ForkedChild:
    """A child that the template has forked."""

    def __init__(self, connection: Connection, status: int) -> None:
        self.connection = connection
        self.pid: int | None = None
        self._status = status

    @property
    def ended(self) -> int:
        return self._status

    def kill(self) -> None:
        if self.pid is not None:  # else closing the connection ends it: it has not taken a job
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)

    def exit_code(self, seconds: float) -> int | None:
        if not wait([self._status], seconds):
            return None
        data = os.read(self._status, EXIT_STATUS.size)
        return int(EXIT_STATUS.unpack(data)[0]) if len(data) == EXIT_STATUS.size else None

    def close(self) -> None:
        self.connection.close()
        if self._status >= 0:
            os.close(self._status)
            self._status = -1


class TemplateStarter:
    """Forks children from one template process, which is started with the first child and again should it die."""

    def __init__(self, memory_mb: int, preload: Sequence[str]) -> None:
        self._memory_mb = memory_mb
        self._preload = list(preload)
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> ForkedChild:
        ours, theirs = multiprocessing.Pipe()
        status, status_theirs = os.pipe()
        try:
            try:
                socket.send_fds(self._template(), [b"f"], [theirs.fileno(), status_theirs])
            except (BrokenPipeError, ConnectionResetError):
                self.close()
                socket.send_fds(self._template(), [b"f"], [theirs.fileno(), status_theirs])
        except BaseException:
            ours.close()
            os.close(status)
            raise
        finally:
            theirs.close()
            os.close(status_theirs)
        return ForkedChild(ours, status)

    def _template(self) -> socket.socket:
        if self._control is None:
            ours, theirs = socket.socketpair()
            with theirs:
                arguments = json.dumps([theirs.fileno(), self._memory_mb, self._preload, sys.path])
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _TEMPLATE, arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # a kill of the parent's group leaves it alive to clear up the children
                    env=os.environ | allocator.preloading(),
                )
            self._control = ours
        return self._control

    def close(self) -> None:
        if self._control is not None:
            self._control.close()  # the template ends at this
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(0.5)
            except subprocess.TimeoutExpired:
                self._process.kill()  # it is still loading and has no child
                self._process.wait()
            self._process = None

    def forget(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.returncode = 0  # not ours to wait for
            self._process = None


class SpawnedChild:
    """A child that multiprocessing has spawned."""

    def __init__(self, connection: Connection, process: multiprocessing.process.BaseProcess) -> None:
        self.connection = connection
        self.pid = process.pid
        self._process = process

    @property
    def ended(self) -> int:
        return self._process.sentinel

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()

    def exit_code(self, seconds: float) -> int | None:
        self._process.join(seconds)
        return self._process.exitcode

    def close(self) -> None:
        self.connection.close()


class SpawnStarter:
    """Starts a fresh interpreter for each child: for systems without fork."""

    def __init__(self, memory_mb: int, preload: Sequence[str]) -> None:
        self._memory_mb = memory_mb

    def start(self) -> SpawnedChild:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        with theirs, _hidden_main():
            process = context.Process(target=sandbox_child.run, args=(theirs, self._memory_mb), daemon=True)
            process.start()
        return SpawnedChild(ours, process)

    def close(self) -> None:
        """Nothing is kept between two starts."""

    def forget(self) -> None:
        """Nothing is kept between two starts."""


_main_lock = threading.Lock()


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    # multiprocessing imports the parent's main module in every child: with Prefect in it that costs a second and 60 MB,
    # and it runs a user's script again. The stand-in has the same contents, so other threads notice nothing.
    with _main_lock:
        main = sys.modules["__main__"]
        stand_in = types.ModuleType("__main__")
        stand_in.__dict__.update({k: v for k, v in vars(main).items() if k not in ("__spec__", "__file__")})
        sys.modules["__main__"] = stand_in
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def starter(memory_mb: int, preload: Sequence[str]) -> Starter:
    """The best way of starting children that this system has."""
    if hasattr(os, "fork") and hasattr(socket, "send_fds"):
        return TemplateStarter(memory_mb, preload)
    return SpawnStarter(memory_mb, preload)
