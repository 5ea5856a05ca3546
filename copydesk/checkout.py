"""Posts from a git repository: one commit in a temporary folder, and which of its files changed since another.

The commit may come from anybody who opened a pull request. Nothing of it is executed: no hooks, no submodules, no
filters, and the workflow file that counts is that of the base.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from copydesk.errors import CopydeskError, RetriableError
from copydesk.redaction import MASK, redact
from copydesk.workflow import FILE_NAME

# What posts are measured by: always that of the base, never that of the change.
MEASURES = frozenset({FILE_NAME, "copydesk-baseline.json", "copydesk-calibration.yaml"})

GIT_SECONDS = 600.0  # for one command of git: a large blog over a slow line
# How much history is fetched to find where a branch left its base; 0: all of it.
DEPTHS = (50, 500, 0)

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_BEFORE = re.compile(r"([^~^]+)((?:[~^]\d*)+)")  # `HEAD~1`, `main^`: no server knows these, only who has the history


class CheckoutFailed(CopydeskError):
    """The posts could not be had from the repository."""


class RepositoryAway(CheckoutFailed, RetriableError):
    """The repository cannot be reached now."""

    retriable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """One commit of a repository on disk."""

    folder: Path  # removed at the end
    commit: str
    changed: frozenset[str] | None  # paths with `/`, relative to the folder; None: everything counts


@contextmanager
def checkout(repository: str, ref: str | None, base: str | None, token: str | None = None) -> Iterator[Checkout]:
    """Have a commit of `repository` in a temporary folder, as shallow as possible.

    `ref` and `base` are branches, tags or commits, checked by `ReviewRequest`; None is the default branch, and no
    base. With a base, `changed` holds what was added or changed between the point where `ref` left it and `ref`,
    and every workflow file is that of this point: a pull request cannot change the rules it is measured by.
    The token is sent to the repository's own host only and stands in no argument, address, log or error.

    Raises `CheckoutFailed`, in words without the token.
    """
    with tempfile.TemporaryDirectory(prefix="copydesk-posts-", ignore_cleanup_errors=True) as temporary:
        git = _Git(Path(temporary), repository, token)
        git.run("init", "--quiet", "--initial-branch=copydesk-posts")
        commit = git.fetch(ref or "HEAD", "ref", depth=1)
        changed = None
        if base is not None:
            start = git.common_ancestor(commit, base, ref or "HEAD")
            names = git.run("diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", start, commit)
            changed = frozenset(name for name in names.split("\0") if name)
        git.run("checkout", "--quiet", "--detach", "--force", commit)
        if base is not None:
            git.take_workflow_files(start)
        yield Checkout(folder=Path(temporary), commit=commit, changed=changed)


class _Git:
    def __init__(self, folder: Path, repository: str, token: str | None) -> None:
        self._folder = folder
        # A relative folder is meant from where the run works.
        self._repository = os.path.abspath(repository) if repository.startswith(".") else repository  # noqa: PTH100
        self._token = token
        self._environment = _environment(self._repository, token)

    def run(self, *arguments: str) -> str:
        command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", *arguments]
        try:
            done = subprocess.run(
                command, cwd=self._folder, env=self._environment, capture_output=True, timeout=GIT_SECONDS,
                stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            raise CheckoutFailed("There is no git here. Install it on the worker.") from None
        except subprocess.TimeoutExpired:
            raise RepositoryAway(
                f"git {arguments[0]} took longer than {GIT_SECONDS:g} s with {self._shown(self._repository)}."
            ) from None
        if done.returncode:
            said = self._shown(done.stderr.decode("utf-8", "replace").strip())
            raise CheckoutFailed(f"git {arguments[0]} failed for {self._shown(self._repository)}: {said[-1_000:]}")
        return done.stdout.decode("utf-8", "surrogateescape")

    def fetch(self, ref: str, name: str, depth: int) -> str:
        """Fetch a ref from the repository; answers its commit."""
        deep = [f"--depth={depth}"] if depth else ["--unshallow"] if self._is_shallow() else []
        target = f"refs/copydesk/{name}"
        try:
            self.run("fetch", "--quiet", "--no-tags", *deep, "--", self._repository, f"+{ref}:{target}")
        except CheckoutFailed:
            if not _COMMIT.fullmatch(ref):
                raise
            # Not every server gives out a commit by its name: look for it in all branches.
            deep = ["--unshallow"] if self._is_shallow() else []
            branches = "+refs/heads/*:refs/copydesk/all/*"
            self.run("fetch", "--quiet", "--no-tags", *deep, "--", self._repository, branches)
            self.run("update-ref", target, f"{ref}^{{commit}}")
        return self.run("rev-parse", "--verify", f"{target}^{{commit}}").strip()

    def common_ancestor(self, commit: str, base: str, ref: str) -> str:
        """The commit at which `ref` left `base`; fetches as much history as it takes."""
        before = _BEFORE.fullmatch(base)
        if before is not None:
            return self._commit_before(ref if before[1] in ("HEAD", "@") else before[1], before[2], base, commit)
        for depth in DEPTHS:
            start = self.fetch(base, "base", depth)
            self.fetch(ref, "ref", depth)
            try:
                return self.run("merge-base", start, commit).strip()
            except CheckoutFailed:
                continue
        raise CheckoutFailed(
            f"{ref} and {base} have no common history in {self._shown(self._repository)}, "
            "so it cannot be told which posts changed."
        )

    def _commit_before(self, start: str, back: str, base: str, commit: str) -> str:
        """Where `commit` left a base such as `main~3`; HEAD is what is reviewed, as it is in a clone of one's own."""
        problem = f"there is no commit {base}: the history of {start} does not reach that far back"
        for depth in DEPTHS:
            self.fetch(start, "base", depth)
            self.fetch(commit, "ref", depth)
            try:
                named = self.run("rev-parse", "--verify", "--quiet", f"refs/copydesk/base{back}^{{commit}}").strip()
                problem = f"{base} and {commit[:12]} have no common history"
                ancestor = self.run("merge-base", named, commit).strip()
            except CheckoutFailed:
                continue
            self.run("update-ref", "refs/copydesk/base", named)
            return ancestor
        raise CheckoutFailed(f"In {self._shown(self._repository)} {problem}.")

    def take_workflow_files(self, start: str) -> None:
        """Put the workflow files of a commit, and what lies beside them, in the place of those that are there."""
        for file in self._folder.rglob("copydesk*"):
            if (
                file.name in MEASURES
                and ".git" not in file.relative_to(self._folder).parts
                and (file.is_symlink() or not file.is_dir())
            ):
                file.unlink()
        names = self.run("ls-tree", "-r", "-z", "--name-only", start).split("\0")
        own = [name for name in names if name.rpartition("/")[2] in MEASURES]
        for name in own:
            parent = (self._folder / name).parent
            # A folder that the commit made a link, or a file, is left alone: nothing is written through it.
            if parent.is_dir() and parent.resolve() == self._folder.resolve() / Path(name).parent:
                self.run("checkout", "--quiet", start, "--", f":(literal){name}")

    def _is_shallow(self) -> bool:
        return self.run("rev-parse", "--is-shallow-repository").strip() == "true"

    def _shown(self, text: str) -> str:
        text = redact(text)
        return text.replace(self._token, MASK) if self._token else text


def _environment(repository: str, token: str | None) -> Mapping[str, str]:
    """What git runs in: nobody is asked for anything, nothing is traced, and the token goes to one host only."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "LC_ALL": "C.UTF-8",
    }
    address = urlsplit(repository)
    if token and address.scheme == "https":
        header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.https://{address.netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {header}",
        }
    return environment
