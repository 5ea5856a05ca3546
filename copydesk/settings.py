"""Settings of the machine, from environment variables `COPYDESK_…`; those of a blog are in its `copydesk.yaml`."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from copydesk.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set for a machine. No pydantic: this is read before anything else is imported."""

    cache_dir: Path  # folder of the results cache
    cache_max_mb: int  # size that the results cache is kept under, in megabytes
    children: int  # child processes that run the checks
    child_memory_mb: int  # address space of one child, in megabytes


@functools.cache
def settings() -> Settings:
    """The settings, read once a process. Raises `UsageError` for a value that cannot be."""
    folder = os.environ.get("COPYDESK_CACHE_DIR")
    return Settings(
        cache_dir=Path(folder) if folder else Path(platformdirs.user_cache_dir("copydesk", appauthor=False)),
        cache_max_mb=_number("COPYDESK_CACHE_MAX_MB", 512, least=1),
        children=_number("COPYDESK_CHILDREN", max(1, min(4, os.cpu_count() or 1)), least=1, most=64),
        child_memory_mb=_number("COPYDESK_CHILD_MEMORY_MB", 1_500, least=256),
    )


def _number(name: str, default: int, least: int, most: int | None = None) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    limits = f"of at least {least}" if most is None else f"from {least} to {most}"
    try:
        number = int(text)
    except ValueError:
        raise UsageError(f"{name} must be a whole number {limits}, not {text!r}.") from None
    if number < least or (most is not None and number > most):
        raise UsageError(f"{name} must be a whole number {limits}, not {number}.")
    return number
