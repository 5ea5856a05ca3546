"""The findings that a blog had when it began with copydesk: known, and no reason to fail.

`copydesk-baseline.json` counts them by post, check and content, not by line: text may move around them. It lies beside
the workflow file and is found there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from copydesk.errors import UsageError
from copydesk.report import Finding, PostReview
from copydesk.scoring import content_of

FILE_NAME = "copydesk-baseline.json"
KNOWN = "baseline"  # the value of `Finding.suppression`

_VERSION = 1
_MOST_BYTES = 200_000_000


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Known findings. Paths are relative to `folder`, that of the workflow file."""

    folder: Path
    posts: Mapping[str, Mapping[str, int]]  # path -> "check digest" -> how many
    posts_folder: str = ""  # what the paths of the run's posts are relative to; empty: the working folder

    def joined(self, others: Mapping[str, Mapping[str, int]]) -> Baseline:
        """This baseline, with the entries of other posts."""
        return replace(self, posts=dict(sorted(({**others, **self.posts}).items())))

    def mark(
        self, path: str, findings: tuple[Finding, ...], finished: Collection[str]
    ) -> tuple[tuple[Finding, ...], int]:
        """The findings of a post, the known ones suppressed, and how many known ones are gone."""
        known = Counter(self.posts.get(place_of(path, self.folder, self.posts_folder), {}))
        marked = []
        for finding in findings:
            name = entry_of(finding)
            if known[name] > 0:
                known[name] -= 1
                if not finding.suppressed:
                    finding = replace(finding, suppressed=True, suppression=KNOWN)
            marked.append(finding)
        gone = sum(count for name, count in known.items() if name.partition(".")[0] in finished)
        return tuple(marked), gone


def entry_of(finding: Finding) -> str:
    """A finding's name in the file: its check and a digest of what it is about."""
    digest = hashlib.sha256(content_of(finding).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{finding.check} {digest}"


def place_of(path: str, folder: Path, posts_folder: str = "") -> str:
    """A post's path relative to a folder, with `/`."""
    absolute = os.path.abspath(os.path.join(posts_folder, path))  # noqa: PTH100, PTH118 - `resolve` follows links
    return os.path.relpath(absolute, folder).replace(os.sep, "/")


def baseline_of(reviews: Iterable[PostReview], folder: Path) -> Baseline:
    """What the reviews found, but for what the posts suppress themselves and for steps that could not finish."""
    posts = {}
    for review in reviews:
        unfinished = {f"{step}.{how}" for step in review.incomplete for how in ("failed", "timeout")}
        counted = Counter(
            entry_of(f) for f in review.findings if f.check not in unfinished and f.suppression in ("", KNOWN)
        )
        if counted:
            posts[place_of(review.path, folder)] = dict(sorted(counted.items()))
    return Baseline(folder=folder, posts=dict(sorted(posts.items())))


def written(baseline: Baseline) -> str:
    """The text of the file: sorted, an entry a line, so that a difference between two of them can be read."""
    return json.dumps({"version": _VERSION, "posts": baseline.posts}, indent=1, ensure_ascii=True) + "\n"


def read_baseline(file: Path, folder: Path) -> Baseline:
    """The baseline in a file, for the blog in `folder`; raises `UsageError` when it cannot be used."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{file} is larger than {_MOST_BYTES:,} bytes: that is no baseline.")
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise UsageError(f"{file} cannot be read: {reason}. `copydesk baseline` writes a new one.") from None
    posts = data.get("posts") if isinstance(data, dict) and data.get("version") == _VERSION else None
    if not isinstance(posts, dict) or not all(
        isinstance(entries, dict) and all(isinstance(n, int) and n > 0 for n in entries.values())
        for entries in posts.values()
    ):
        raise UsageError(f"{file} is no baseline that this copydesk knows. `copydesk baseline` writes a new one.")
    return Baseline(folder=folder, posts=posts)


def find_baseline(folder: Path) -> Baseline | None:
    """The baseline beside the workflow file; None without one."""
    file = folder / FILE_NAME
    return read_baseline(file, folder) if file.is_file() else None
