"""Where the posts of a run come from: files of this machine, or a commit of a git repository."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from copydesk.checkout import Checkout, checkout
from copydesk.errors import NoPostsError, UsageError
from copydesk.loading import discover, read_all
from copydesk.plan import Plan, load_plan, make_plan, with_external
from copydesk.request import ReviewRequest
from copydesk.source_post import SourcePost
from copydesk.workflow import WorkflowConfig, find_workflow


@dataclass(frozen=True, slots=True)
class Source:
    """The posts of a request. Paths are as they are shown in the report: relative to the repository, or as given."""

    git: Checkout | None = None

    @property
    def folder(self) -> str:
        """What the paths are relative to; empty for the working folder."""
        return str(self.git.folder) if self.git else ""

    def plan(self, request: ReviewRequest) -> Plan:
        """What is done with the posts; raises `UsageError` for a workflow file that cannot be used."""
        plan = self._plan(request)
        return with_external(plan) if request.external else plan

    def _plan(self, request: ReviewRequest) -> Plan:
        if self.git is None:
            return load_plan(Path(request.config) if request.config else None, *map(Path, request.paths))
        if request.config:
            return load_plan(Path(self._inside(request.config)), self.git.folder)
        found = find_workflow(Path(self._inside(request.paths[0])))
        # The folder is a temporary one: what lies above it is not this blog's.
        inside = found is not None and found.resolve().is_relative_to(self.git.folder.resolve())
        return load_plan(found, self.git.folder) if inside else make_plan(WorkflowConfig())

    def posts(self, request: ReviewRequest, plan: Plan) -> list[str]:
        """All posts, changed or not, sorted; of a repository with a base there may be none.

        Raises `UsageError` for a path that does not exist or leaves the repository, `NoPostsError` for no post.
        """
        if self.git is None:
            return discover(request.paths, plan)
        try:
            return [
                os.path.relpath(file, self.folder).replace(os.sep, "/")
                for file in discover([self._inside(path) for path in request.paths], plan)
            ]
        except NoPostsError:
            if self.git.changed is None:
                raise
            return []

    def read(self, files: Sequence[str], plan: Plan) -> tuple[SourcePost, ...]:
        """The posts as they are now."""
        if self.git is None:
            return read_all(files, plan)
        posts = read_all([os.path.join(self.folder, file) for file in files], plan)  # noqa: PTH118
        return tuple(replace(post, path=file) for post, file in zip(posts, files, strict=True))

    def _inside(self, path: str) -> str:
        assert self.git is not None
        real = (self.git.folder / path).resolve()
        if not real.is_relative_to(self.git.folder.resolve()):
            raise UsageError(f"{path!r} leads out of the repository.")
        if not real.exists():
            raise UsageError(f"{path!r} does not exist in the repository at {self.git.commit[:12]}.")
        return str(real)


@contextmanager
def open_source(request: ReviewRequest, token: str | None = None) -> Iterator[Source]:
    """The posts of a request, there until the end. Raises `CheckoutFailed` when a repository does not give them."""
    if request.repository is None:
        yield Source()
        return
    with checkout(request.repository, request.ref, request.base, token) as git:
        yield Source(git)
