"""Settings of the machine, from environment variables `COPYDESK_…`; those of a blog are in its `copydesk.yaml`."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set for a machine."""

    model_config = SettingsConfigDict(env_prefix="COPYDESK_", extra="ignore")

    cache_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("copydesk", appauthor=False)),
        description="Folder of the results cache.",
    )
    cache_max_mb: int = Field(512, ge=1, description="Size that the results cache is kept under, in megabytes.")
    children: int = Field(
        default_factory=lambda: max(1, min(4, os.cpu_count() or 1)),
        ge=1,
        le=64,
        description="Child processes that run the checks.",
    )
    child_memory_mb: int = Field(1_500, ge=256, description="Address space of one child, in megabytes.")


@functools.cache
def settings() -> Settings:
    """The settings, read once a process."""
    return Settings()
