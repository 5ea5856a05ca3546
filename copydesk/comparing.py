"""What a review compares its findings with: a baseline, and the version before a change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from copydesk.baseline import find_baseline, read_baseline
from copydesk.change import find_change
from copydesk.errors import UsageError
from copydesk.plan import Plan
from copydesk.scoring import Comparison
from copydesk.session import Session, folder_of

NONE = "none"  # in place of a baseline's name: there shall be none


async def compare(
    session: Session,
    plan: Plan,
    files: Sequence[str],
    *,
    base: str | None = None,
    diff: str | None = None,
    baseline: str | None = None,
) -> list[str]:
    """Prepare the session's comparisons, once a run; answers which of the posts are to be reviewed.

    `baseline` is a file, `none`, or None for the one beside the workflow file. Raises `UsageError` for what cannot be
    compared with.
    """
    if session.comparisons is not None:
        return list(files)
    comparisons: list[Comparison] = []
    folder = session.source.folder if session.source else ""
    if files:
        session.posts_root = session.posts_root or folder_of([os.path.join(folder, file) for file in files])  # noqa: PTH118
    known = None
    if baseline is None:
        # Without a workflow file the folder is the working one: not that of posts from elsewhere.
        known = find_baseline(plan.folder) if plan.file or not folder else None
    elif baseline != NONE:
        known = read_baseline(Path(folder, baseline), plan.folder)
    if known is not None:
        comparisons.append(replace(known, posts_folder=folder))
    chosen = list(files)
    if base is not None or diff is not None:
        if base is not None and diff is not None:
            raise UsageError("Give --base or --diff, not both.")
        # A fetched commit has a name of its own there.
        fetched = session.source is not None and session.source.git is not None
        chosen, change = await find_change(
            session, plan, files, base="refs/copydesk/base" if fetched and base else base, diff=diff
        )
        comparisons.append(change)
        session.compared_with = base or change.name
    session.comparisons = tuple(comparisons)
    return chosen
