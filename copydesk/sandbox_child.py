"""What runs inside the processes of `copydesk.sandbox`: the template that they are forked from, and the child's loop.

Nothing of the parent is imported here, and nothing but JSON comes in or goes out. Frames of the parent are objects (a
job), frames of a child are lists that begin with their kind:

    ["ready", pid]                             once, when it can take jobs
    ["started"]                                the job is read, its function imported: deadlines run from here
    ["done", position, milliseconds, value]    one for each item
    ["failed", position or null, milliseconds, error, retriable, traceback]      null: the whole batch
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from copydesk.allocator import end_preloading
from copydesk.retry import is_retriable

OUT_OF_MEMORY = 77  # exit code of a child that met its memory limit
SHARED_KEPT = 8  # values that a child remembers; the parent counts along
EXIT_STATUS = struct.Struct("!i")
_ERROR_LENGTH = 2_000  # a message may quote a whole post

_functions: dict[str, Callable[..., Any]] = {}


def resolve(name: str) -> Callable[..., Any]:
    """The function that `module:function` names. Raises what the import raises, AttributeError or TypeError."""
    if name not in _functions:
        module, _, attribute = name.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if not callable(found):
            raise TypeError(f"{name} is not a function")
        _functions[name] = found
    return _functions[name]


def serve(control: socket.socket, memory_mb: int, preload: Sequence[str]) -> None:
    """Be the template: load what is dear once, then fork a child for every pair of descriptors that arrives.

    A forked child shares the template's memory and is ready in milliseconds. When the parent is gone, however it died,
    `control` ends: then the children and what they started are killed, hanging or not.
    """
    end_preloading()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to handle
    warnings.simplefilter("ignore", DeprecationWarning)  # Python warns about forks beside the idle threads of a library
    if preload:
        _load_apart(control, preload)
    gc.collect()
    gc.freeze()  # the collector of a child would copy the shared pages by touching them
    woken, waker = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler of any kind is needed for the wake-up below
    signal.set_wakeup_fd(waker)
    status_of: dict[int, int] = {}
    while True:
        sources: list[Any] = [control, woken]
        ready, _, _ = select.select(sources, [], [])
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
            _reap(status_of)
        if control in ready:
            message, descriptors, _, _ = socket.recv_fds(control, 1, 2)
            if not message:
                for pid in status_of:
                    with contextlib.suppress(OSError):
                        os.killpg(pid, signal.SIGKILL)
                os._exit(0)
            connection, status = descriptors
            try:
                pid = os.fork()
            except OSError:  # too many processes; the parent sees its end closed and tries again
                os.close(connection)
                os.close(status)
                continue
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                for descriptor in (woken, waker, status, *status_of.values()):
                    os.close(descriptor)
                try:
                    os.setsid()  # a group of its own, so that the programs which it starts can be killed with it
                    _die_with_parent()
                    run(Connection(connection), memory_mb)
                finally:
                    os._exit(1)
            os.close(connection)
            status_of[pid] = status


def _load_apart(control: socket.socket, preload: Sequence[str]) -> None:
    """Load in a process forked for it, which goes on as the template; this one waits for its end.

    A broken library may end the process that imports it. Then this one goes on as the template, with nothing loaded:
    children meet the fault when they need the library, and then there is an item to report it on.
    """
    loaded, telling = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(loaded)
        _die_with_parent()
        _load(preload)
        os.write(telling, b"1")
        os.close(telling)
        return
    os.close(telling)
    done = os.read(loaded, 1)
    os.close(loaded)
    if done:
        control.close()  # the parent tells the end of the template by the end of this socket
    _, status = os.waitpid(pid, 0)
    if done:
        os._exit(0 if status == 0 else 1)


def _load(preload: Sequence[str]) -> None:
    """Call the functions in threads, while this one imports the modules: compiled code lets others run meanwhile."""

    def load(name: str) -> None:
        # A child meets the same error again when it needs the module, and then it has an item to report it on.
        with contextlib.suppress(Exception):
            resolve(name)() if ":" in name else importlib.import_module(name)

    calls = [threading.Thread(target=load, args=(name,)) for name in preload if ":" in name]
    for call in calls:
        call.start()
    for name in preload:
        if ":" not in name:
            load(name)
    for call in calls:
        call.join()


def _reap(status_of: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        descriptor = status_of.pop(pid, None)
        if descriptor is not None:
            with contextlib.suppress(OSError):  # the parent has stopped waiting for it
                os.write(descriptor, EXIT_STATUS.pack(os.waitstatus_to_exitcode(status)))
            os.close(descriptor)


def _die_with_parent() -> None:
    # For the case that parent and template are killed together; only Linux has it.
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            pr_set_pdeathsig = 1
            ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _limit(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:
        return
    size = memory_mb * 1024 * 1024
    with contextlib.suppress(OSError, ValueError):  # macOS refuses it at times
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _silence() -> None:
    # Checkers print debug text; on the parent's standard output it would end up in a JSON report.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def run(connection: Connection, memory_mb: int) -> None:
    """Be a child: take jobs until the parent hangs up. Does not return."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _silence()
    _limit(memory_mb)
    gc.set_threshold(50_000, 20, 100)  # a child keeps parsed posts: to look through them often costs a tenth of parsing
    code = 0
    try:
        _send(connection, ["ready", os.getpid()])
        shared: dict[str, Any] = {}
        while True:
            _work(connection, json.loads(connection.recv_bytes()), shared)
    except MemoryError:
        code = OUT_OF_MEMORY
    except (EOFError, OSError):
        pass  # the parent hung up
    finally:
        os._exit(code)  # no clean-up: threads of a checker must not hold a process that nobody needs


def _work(connection: Connection, job: dict[str, Any], shared: dict[str, Any]) -> None:
    if "path" in job:
        sys.path[:] = job["path"]
    if "shared" in job:
        shared[job["key"]] = job["shared"]
        if len(shared) > SHARED_KEPT:
            del shared[next(iter(shared))]
    context = shared[job["key"]]
    items: list[Any] = job["items"]
    started = time.perf_counter()
    try:
        function = resolve(job["function"])
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - an import may raise anything
        for position in range(len(items)):
            _fail(connection, position, started, error)
        return
    _send(connection, ["started"])
    if not job["batch"]:
        for position, item in enumerate(items):
            _one(connection, position, functools.partial(function, item, context))
        return
    started = time.perf_counter()
    try:
        values = list(function(items, context))
        if len(values) != len(items):
            raise ValueError(f"{job['function']} returned {len(values)} results for {len(items)} items")
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - as may a check
        _fail(connection, None, started, error)
        return
    share = (time.perf_counter() - started) / len(items)
    for position, value in enumerate(values):
        _one(connection, position, functools.partial(_same, value), share)


def _same(value: Any) -> Any:
    return value


def _one(connection: Connection, position: int, make: Callable[[], Any], seconds: float | None = None) -> None:
    started = time.perf_counter()
    try:
        value = make()
        elapsed = time.perf_counter() - started if seconds is None else seconds
        frame = json.dumps(["done", position, elapsed * 1000, value], allow_nan=False, separators=(",", ":")).encode()
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - sys.exit() too: only the parent decides when a child ends
        _fail(connection, position, started, error)
    else:
        connection.send_bytes(frame)


def _fail(connection: Connection, position: int | None, started: float, error: BaseException) -> None:
    try:
        text = f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
    except Exception:  # noqa: BLE001 - its __str__ is foreign code
        text = type(error).__name__
    trace = "".join(traceback.format_exception(error))[-10 * _ERROR_LENGTH :]
    milliseconds = (time.perf_counter() - started) * 1000
    _send(connection, ["failed", position, milliseconds, text, is_retriable(error), trace])


def _send(connection: Connection, frame: list[Any]) -> None:
    connection.send_bytes(json.dumps(frame, separators=(",", ":")).encode())
