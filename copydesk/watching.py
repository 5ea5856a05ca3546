"""See which posts were saved, by looking at their times: works on every file system, network folders among them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from copydesk.errors import NoPostsError, UsageError
from copydesk.loading import discover
from copydesk.plan import Plan

LOOK_SECONDS = 0.04  # between two looks at some files
_LIST_SECONDS = 2.0  # between two searches of the folders for new posts
_SHARE = 20  # looking may take this part of the time: many posts are looked at less often

Stamp = tuple[int, int, int]  # time of the last change, size, number of the file


class Watch:
    """The posts at some paths and the workflow file, as they were at the last look."""

    def __init__(self, paths: Sequence[str], plan: Plan) -> None:
        """Raises what `discover` raises."""
        self.plan = plan
        self.files = discover(paths, plan)
        self.root = Path(os.path.commonpath([Path(file).absolute().parent for file in self.files]))
        self.pause = LOOK_SECONDS  # seconds until the next look is due
        self._paths = paths
        self._stamps = {file: _stamp(file) for file in self.files}
        self._workflow = _stamp(plan.file) if plan.file else None
        self._listed = time.monotonic()

    def changed(self) -> list[str]:
        """The posts that were saved or are new since the last call, sorted.

        What is gone is forgotten. A file of no bytes is left for the next look: an editor is about to fill it.
        """
        began = time.monotonic()
        if began - self._listed >= max(_LIST_SECONDS, _SHARE * self.pause):
            self._list()
        found = []
        for file in self.files:
            stamp = _stamp(file)
            if stamp is not None and stamp[1] and stamp != self._stamps.get(file):
                self._stamps[file] = stamp
                found.append(file)
        self.pause = max(LOOK_SECONDS, _SHARE * (time.monotonic() - began))
        return found

    def workflow_changed(self) -> bool:
        """Whether the workflow file was saved since the watch began: then everything is to be reviewed anew."""
        return self.plan.file is not None and _stamp(self.plan.file) not in (self._workflow, None)

    def _list(self) -> None:
        try:
            self.files = discover(self._paths, self.plan)
        except (NoPostsError, UsageError):  # all are gone for the moment
            self.files = [file for file in self.files if Path(file).exists()]
        self._listed = time.monotonic()


def _stamp(file: str | Path) -> Stamp | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - called for every post many times a second
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
