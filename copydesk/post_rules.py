"""What holds for one post: the workflow's settings, changed by its type and by the folders it is in.

Later wins: the checks of the workflow file, then the type of the post, then the overrides by folder in their order.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from copydesk.reading import glob_pattern
from copydesk.workflow import PostType, WorkflowConfig

_LONGEST_TITLE = 300  # characters of a title that patterns are tried on


@dataclass(frozen=True, kw_only=True)
class PostRules:
    """The settings for one post."""

    type: str = ""  # its name; empty without types, and where none fits
    severity: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)  # by step
    required: tuple[str, ...] | None = None  # front-matter keys; None: as the options of the step say
    approve_at: float = 80.0


def rules_for(config: WorkflowConfig, key: str, outputs: Mapping[str, Any]) -> PostRules:
    """The settings for the post at `key` (its path inside the blog); `outputs` are those of the step `load`."""
    checks, approve_at = config.checks, config.verdict.approve_at
    severity: dict[str, str] = dict(checks.severity)
    thresholds = dict(checks.thresholds)
    name = type_of(config.types, key, outputs)
    kind = config.types.get(name)
    if kind is not None:
        severity |= kind.severity
        limits = {"seo.short_post": kind.words.min, "seo.long_post": kind.words.max}
        thresholds |= {check: float(limit) for check, limit in limits.items() if limit is not None}
        thresholds |= kind.thresholds
        approve_at = approve_at if kind.approve_at is None else kind.approve_at
    for override in checks.overrides:
        if _matches(override.paths, key):
            severity |= override.severity
            thresholds |= override.thresholds
    return PostRules(
        type=name,
        severity=severity,
        thresholds=thresholds,
        weights=kind.weights if kind else {},
        required=kind.required if kind else None,
        approve_at=approve_at,
    )


def type_of(types: Mapping[str, PostType], key: str, outputs: Mapping[str, Any]) -> str:
    """The name of a post's type: the one its front matter names, else the first that fits; empty for none."""
    front: Mapping[str, Sequence[str]] = outputs.get("front") or {}
    named = (front.get("copydesk.type") or [""])[0]
    if named in types:
        return named
    title = str(outputs.get("title", ""))[:_LONGEST_TITLE].casefold()
    return next((name for name, kind in types.items() if _fits(kind, key, front, title)), "")


def _fits(kind: PostType, key: str, front: Mapping[str, Sequence[str]], title: str) -> bool:
    if _matches(kind.paths, key):
        return True
    if kind.front_matter and all(
        {v.casefold() for v in values} & {v.casefold() for v in front.get(name, ())}
        for name, values in kind.front_matter.items()
    ):
        return True
    return any(fnmatch.fnmatchcase(title, pattern.casefold()) for pattern in kind.title)


def _matches(patterns: Sequence[str], key: str) -> bool:
    return any(_pattern(pattern).fullmatch(key) for pattern in patterns)


@functools.cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return glob_pattern(pattern)
