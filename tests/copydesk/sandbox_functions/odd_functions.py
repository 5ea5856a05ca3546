"""What children are made to do in the tests of the pool: imported there by name, never by the tests."""

import ctypes
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def echo(item, shared):
    return [item, shared]


def act(item, shared):
    match item:
        case "sleep":
            time.sleep(600)
        case "spin":
            sum(itertools.repeat(0))  # a loop in C that holds the GIL and never looks at signals
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(3)
        case "sys.exit":
            sys.exit(4)
        case "memory":
            return len([bytearray(64 * 1024 * 1024) for _ in range(1000)])
        case "raise":
            raise ValueError("the post is odd")
        case "unreachable":
            raise ConnectionError("nobody there")
        case "bad error":
            raise Unprintable
        case "set":
            return {1, 2}
        case "nan":
            return float("nan")
        case "deep":
            value = []
            for _ in range(100_000):
                value = [value]
            return value
        case "print":
            print("debug text")
            os.write(1, b"more of it\n")
        case "pid":
            return os.getpid()
        case "modules":
            return sorted(sys.modules)
        case "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
    return item


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def batch(items, shared):
    with Path(shared["calls"]).open("a") as file:
        file.write(f"{len(items)}\n")
    return [act(item, shared) for item in items]


def leave():
    os._exit(9)


def too_few(items, shared):
    return items[:-1]


def note_and_wait(item, shared):
    """Write the child's process id and that of a program it started, then hang."""
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(shared, item).write_text(f"{os.getpid()} {program.pid}")
    if item == "spin":
        act("spin", None)
    time.sleep(600)


def log(item, shared):
    """Append the item to a file; the first waits until it may go on."""
    if item == "gate":
        Path(shared, "entered").touch()
        while not Path(shared, "open").exists():
            time.sleep(0.01)
    with Path(shared, "log").open("a") as file:
        file.write(f"{item}\n")
    return item


def slow_echo(item, shared):
    time.sleep(item)
    return item


def pid_after(item, shared):
    """Wait `item` seconds, then say who was asked."""
    time.sleep(item)
    return os.getpid()


def libraries(item: object, shared: object) -> str:
    """The files that this process has mapped."""
    return Path("/proc/self/maps").read_text("utf-8")


def libraries_of_a_program(item: object, shared: object) -> str:
    """The same of a program that it starts."""
    return subprocess.run(["cat", "/proc/self/maps"], capture_output=True, text=True, check=True).stdout
