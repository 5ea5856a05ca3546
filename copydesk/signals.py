"""Ctrl-C and SIGTERM while a review works: it is cancelled in good order instead of dying."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def on_signal(stop: Callable[[str], None]) -> Iterator[None]:
    """Inside, SIGINT and SIGTERM call `stop` in the running loop with their name instead of ending the process.

    On Windows and outside of the main thread nothing changes: there is no such handling of signals in a loop.
    """
    loop = asyncio.get_running_loop()
    handled: list[signal.Signals] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop, number.name)
            handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
