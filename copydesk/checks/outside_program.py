"""Running a checker that is a program of its own: once for many posts, everything through its standard input."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from copydesk.errors import ToolMissing


@cache
def find_program(name: str) -> str:
    """The path of a program: beside this Python, where pip puts it, else on PATH.

    Raises `ToolMissing` with what to do.
    """
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside) or shutil.which(name)
    if found is None:
        raise ToolMissing(f"the program '{name}' is missing; install it with: python -m pip install {name}")
    return found


def run_program(name: str, arguments: Sequence[str], given: str, *, finished: Sequence[int] = (0,)) -> str:
    """What a program prints for `given` on its standard input.

    `finished` are its exit codes after a proper run. Raises `ToolMissing` when it cannot be started or ends otherwise.
    """
    # Settings in the environment (RUMDL_..., TYPOS_...) would make the same post get other findings elsewhere.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RUMDL_", "TYPOS_"))}
    try:
        result = subprocess.run(
            [find_program(name), *arguments],
            input=given.encode("utf-8", "replace"),
            capture_output=True,
            check=False,
            env=environment,
        )
    except OSError as error:
        raise ToolMissing(f"the program '{name}' cannot be started: {error}; reinstall it with pip") from None
    if result.returncode not in finished:
        said = result.stderr.decode("utf-8", "replace").strip()[-500:] or "nothing on standard error"
        raise ToolMissing(f"the program '{name}' ended with code {result.returncode}: {said}")
    return result.stdout.decode("utf-8", "replace")
