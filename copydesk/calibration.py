"""Limits from the blog itself: what 90 of 100 of its posts keep within, and where a post stands among them.

Textbook limits fail good posts (61 % of 2,253 published ones have more long sentences than Yoast allows). The file
`copydesk-calibration.yaml` beside the workflow file holds the blog's own; `copydesk calibrate` writes it. What the
workflow file says of a limit counts more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from copydesk.errors import UsageError
from copydesk.report import Finding, StepResult

FILE_NAME = "copydesk-calibration.yaml"
LEAST_POSTS = 20  # of fewer, one post in twenty is none

# What is measured: True where much is too much (the limit is p95), False where little is (p5).
HIGH: Mapping[str, bool] = {
    "style.long_sentence": True,  # words of the longest sentence
    "style.long_sentences": True,  # percent of sentences over 20 words
    "style.passive": True,  # percent of sentences
    "style.readability": False,  # Flesch reading ease
    "style.long_paragraph": True,  # words of the longest one
    "style.long_section": True,  # words of the longest one
    "seo.title_length": True,  # characters
    "seo.description_short": False,  # characters
    "seo.description_long": True,  # characters
    "seo.short_post": False,  # words
}
_SHOWN = (1, 5, 10, 25, 50, 75, 90, 95, 99)  # percentiles in the file
_FIRST_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")
NOTE = " On this blog, "  # begins what is said of a post's place; not a part of what a finding is about


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spread(_Model):
    """What the posts of a blog have."""

    limit: float = Field(allow_inf_nan=False)
    posts: int = Field(ge=1)  # that could be measured
    percentiles: dict[int, float]


class Calibration(_Model):
    """The content of the file."""

    version: int = Field(ge=1, le=1)
    posts: int = Field(ge=1)
    checks: dict[str, Spread]

    @property
    def limits(self) -> dict[str, float]:
        """Limit by check."""
        return {check: spread.limit for check, spread in self.checks.items()}

    def placed(self, finding: Finding) -> Finding:
        """The finding, with where the post stands among the others; as it is for what was not measured."""
        spread = self.checks.get(finding.check)
        value = value_of(finding) if spread is not None else None
        if spread is None or value is None:
            return finding
        high = HIGH.get(finding.check, True)
        below = spread.percentiles.items()
        passed = [p if high else 100 - p for p, at in below if (value > at if high else value < at)]
        share = max(passed, default=0)
        said = [f"{share} of 100 posts have {'less' if high else 'more'}"] if share > 50 else []
        if 50 in spread.percentiles:
            said.append(f"the median is {spread.percentiles[50]:g}")
        return replace(finding, message=f"{finding.message}{NOTE}{'; '.join(said)}.") if said else finding


def value_of(finding: Finding) -> float | None:
    """What was measured: the first number of the message."""
    match = _FIRST_NUMBER.search(finding.message)
    return float(match[0].replace(",", "")) if match else None


def everything() -> dict[str, float]:
    """Limits that nothing keeps within, so that a check tells what it measures."""
    return {check: -1.0 if high else 1e12 for check, high in HIGH.items()}


def calibrate(results: Iterable[Mapping[str, StepResult]]) -> Calibration:
    """The spread of what the checks measured (with the limits `everything`) over posts, given their results by step.

    Raises `UsageError` for too few posts.
    """
    values: dict[str, list[float]] = {check: [] for check in HIGH}
    posts = 0
    for steps in results:
        posts += 1
        found: dict[str, list[float]] = {}
        for result in steps.values():
            for finding in result.findings:
                value = value_of(finding) if finding.check in HIGH else None
                if value is not None:
                    found.setdefault(finding.check, []).append(value)
        for check, measured in found.items():
            values[check].append(max(measured) if HIGH[check] else min(measured))
    # Of a description only one of the two is said, and it is the same number.
    values["seo.description_short"] = values["seo.description_short"] or values["seo.description_long"]
    if posts < LEAST_POSTS:
        raise UsageError(f"A calibration needs at least {LEAST_POSTS} posts; here are {posts}. The defaults stay.")
    checks = {
        check: _spread(measured, high=HIGH[check]) for check, measured in values.items() if len(measured) >= LEAST_POSTS
    }
    return Calibration(version=1, posts=posts, checks=checks)


def _spread(values: Sequence[float], *, high: bool) -> Spread:
    import statistics

    cuts = statistics.quantiles(values, n=100, method="inclusive")  # cuts[0] is p1
    limit = float(math.ceil(cuts[94]) if high else math.floor(cuts[4]))
    return Spread(limit=limit, posts=len(values), percentiles={p: round(cuts[p - 1], 1) for p in _SHOWN})


def find_calibration(folder: Path) -> Calibration | None:
    """The calibration beside a workflow file; None without one. Raises `UsageError` for one that cannot be used."""
    file = folder / FILE_NAME
    if not file.is_file():
        return None
    import yaml

    try:
        data: Any = yaml.safe_load(file.read_text("utf-8"))
        return Calibration.model_validate(data)
    except (OSError, ValueError, RecursionError, yaml.YAMLError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not what `copydesk calibrate` writes"
        raise UsageError(f"{file} cannot be used: {reason}. Write it anew, or delete it.") from None


def written(calibration: Calibration) -> str:
    """The text of the file."""
    lines = [
        f"# What {calibration.posts} posts of this blog have, by `copydesk calibrate`. Each limit is what 95 of 100",
        "# keep within; `checks.thresholds` of copydesk.yaml counts more. Write this file anew once a year.",
        "version: 1",
        f"posts: {calibration.posts}",
        "checks:" + ("" if calibration.checks else " {}"),
    ]
    for check, spread in calibration.checks.items():
        shown = ", ".join(f"{p}: {value:g}" for p, value in spread.percentiles.items())
        lines.append(f"  {check}:")
        lines += [f"    limit: {spread.limit:g}", f"    posts: {spread.posts}", f"    percentiles: {{{shown}}}"]
    return "\n".join(lines) + "\n"
