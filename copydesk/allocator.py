"""Another memory allocator for child processes: Harper spends a fifth of its time in the system's.

glibc's `malloc` is slow for the many small pieces that a tagged sentence is made of. What was measured, and what else
was looked at: docs/decisions/0008-allocator-of-the-children.md.
"""

from __future__ import annotations

import os
import site
import sys
from functools import cache
from pathlib import Path

_PRELOAD = "LD_PRELOAD"
# Where the package cmeel-mimalloc has it, below a folder of installed packages: `sys.path` may begin with the posts'.
_LIBRARY = Path("cmeel.prefix", "lib", "libmimalloc.so.3")
# It takes address space in pieces of 1 GiB by itself, two thirds of what a child may have; KiB.
_ARENA = {"MIMALLOC_ARENA_RESERVE": str(64 * 1024)}
_OURS = "COPYDESK_PRELOADED"  # set: the preloading is ours to end


def preloading() -> dict[str, str]:
    """Environment variables that give a process started with them the faster allocator.

    Empty where there is none that works, and where `LD_PRELOAD` is set: then somebody has chosen already. The process
    calls `end_preloading`.
    """
    library = None if os.environ.get(_PRELOAD) else _library()
    return {} if library is None else {_PRELOAD: library, _OURS: "1", **_ARENA}


def end_preloading() -> None:
    """Have programs that this process starts use their own allocator again; this process keeps the one it has."""
    if os.environ.pop(_OURS, None):
        for name in (_PRELOAD, *_ARENA):
            os.environ.pop(name, None)


@cache
def _library() -> str | None:
    if sys.platform != "linux":
        return None
    import ctypes  # takes longer than all of this; no other system needs it

    for folder in site.getsitepackages():
        library = Path(folder, _LIBRARY)
        if library.is_file():
            try:
                # What cannot be loaded (libatomic is missing on small systems) costs a line on standard error at the
                # start of every process.
                ctypes.CDLL(str(library))
            except OSError:
                return None
            return str(library)
    return None
