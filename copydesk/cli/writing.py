"""Where the commands write: a file at once or standard output."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from copydesk.errors import UsageError


def write_output(data: bytes, output: Path | None) -> None:
    """Write to the file in one step, so that a reader never sees half of it, or to standard output without one.

    Raises `UsageError` when the file cannot be written.
    """
    write_blocks((data,), output)


def write_blocks(blocks: Iterable[bytes], output: Path | None) -> None:
    """As `write_output`, of data that is made while it is written."""
    if output is None:
        sys.stdout.buffer.writelines(blocks)
        sys.stdout.buffer.flush()
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(blocks)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(output)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}.") from None
