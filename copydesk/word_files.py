"""A team's own words from files: those that are right and those that are wrong, one a line."""

from __future__ import annotations

from pathlib import Path

from copydesk.errors import UsageError

_MOST_BYTES = 2_000_000


def read_accepted(folder: Path, name: str) -> tuple[str, ...]:
    """The words of a file `name` in `folder`; raises `UsageError` when it cannot be read."""
    return tuple(_lines(folder / name))


def read_rejected(folder: Path, name: str) -> dict[str, str]:
    """Words with the better ones, from lines `word -> better`, or `word` alone; raises `UsageError`."""
    pairs = (line.partition("->") for line in _lines(folder / name))
    return {word.strip(): better.strip() for word, _, better in pairs if word.strip()}


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path} is larger than {_MOST_BYTES:,} bytes: that is no list of words.")
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read: {reason}.") from None
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]
