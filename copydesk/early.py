"""Start the child processes before the rest of the program is imported: a grammar checker loads for most of a second.

Imports little, since it runs first. It may start children that prove needless, never the reverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_LAYOUT = 1  # a file of another layout is set aside by its name
_MOST_FILES = 16  # that are read ahead


def file_in(folder: Path) -> Path:
    """The file of the results cache in its folder."""
    return folder / f"results-{_LAYOUT}.sqlite"


def start_children(arguments: Sequence[str]) -> None:
    """Start a child for `check` or `review` with ARGUMENTS unless the cache may answer everything. Does not wait."""
    from copydesk.settings import settings

    files = [path for path in map(Path, arguments) if path.suffix.startswith(".m") or path.is_dir()]  # no options
    if "--help" in arguments or "-h" in arguments or not any(file.exists() for file in files):
        return
    machine = settings()
    if "--no-cache" not in arguments and _may_be_cached(file_in(machine.cache_dir), files):
        return
    from copydesk.sandbox import shared_pool

    shared_pool(machine.children, machine.child_memory_mb).prepare()


def _may_be_cached(cache: Path, files: Sequence[Path]) -> bool:
    """False when a named file holds what was never reviewed. What is in a folder, nobody looks at."""
    if not cache.exists():
        return False
    import hashlib
    import sqlite3

    try:
        hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files[:_MOST_FILES] if file.is_file()]
        connection = sqlite3.connect(f"{cache.absolute().as_uri()}?mode=ro", uri=True, timeout=0.1)
        try:
            return all(connection.execute("SELECT 1 FROM texts WHERE hash = ?", (text,)).fetchone() for text in hashes)
        finally:
            connection.close()
    except (OSError, sqlite3.Error):
        return True
