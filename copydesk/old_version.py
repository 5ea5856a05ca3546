"""What posts were before a change: out of git's history, or out of a diff.

All is asked of git itself. Names come from it NUL-separated, so that no name of a file can be taken for anything else;
nothing of the repository is run.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from copydesk.errors import UsageError
from copydesk.request import BASE

_SECONDS = 300.0  # for one command of git
# What other posts' links look into; of the rest (images, downloads) only the names count.
_TEXTS = frozenset((".md", ".mdx", ".markdown", ".html", ".htm", ".yaml", ".yml", ".toml", ".json", ".txt", ".rst"))
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_LINE_END = re.compile(rb"\r\n|\n|\r")

Lines = tuple[tuple[int, int], ...]  # first and last line, from 1


@dataclass(frozen=True, kw_only=True)
class OldVersion:
    """A blog before a change. Names are relative to the top of the repository, with `/`."""

    name: str  # for people: `main (a1b2c3d)`
    top: Path
    folder: Path  # holds the old files under their old names; removed at the end
    whole: bool  # True: all old files are there; False: only those that the change touches
    changed: Mapping[str, str | None]  # name now -> name then; None: it is new
    differs: bool = True  # False: nothing at all changed, nor was deleted

    def old_file(self, name: str) -> Path | None:
        """The file as it was; None for a new one."""
        then = self.changed.get(name, name)
        file = self.folder / then if then is not None else None
        return file if file is not None and file.is_file() and not file.is_symlink() else None


def top_of(folder: Path) -> Path | None:
    """The top of the git working tree around a folder; None outside of one."""
    try:
        return Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n")).resolve()
    except GitFailed:
        return None


@contextmanager
def before_base(top: Path, base: str, below: Path) -> Iterator[OldVersion]:
    """The files in the working tree at `top` as they were where HEAD left `base`; of the folder `below` only.

    Raises `UsageError` for a base that names no commit.
    """
    if not re.fullmatch(BASE, base) or ".." in base or "@{" in base:
        raise UsageError(f"{base!r} is no branch, tag or commit. Name one, as in `--base main`.")
    try:
        commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}").strip()
    except GitFailed:
        raise UsageError(f"There is no branch, tag or commit {base!r} in {top}. {_how_to_have(top, base)}") from None
    # Without common history, or with too little of it here, the base itself is what can be compared with.
    with contextlib.suppress(GitFailed):
        commit = _git(top, "merge-base", commit, "HEAD").strip()
    inside = below.resolve().relative_to(top).as_posix()
    with tempfile.TemporaryDirectory(prefix="copydesk-base-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary).resolve() / "tree"
        folder.mkdir()
        _export(top, commit, inside, folder, Path(temporary) / "index")
        changed, deleted = _changed_since(top, commit)
        yield OldVersion(
            name=f"{base} ({commit[:7]})",
            top=top,
            folder=folder,
            whole=True,
            changed=changed,
            differs=bool(changed) or deleted,
        )


def _how_to_have(top: Path, base: str) -> str:
    if _git(top, "rev-parse", "--is-shallow-repository").strip() != "true":
        return f"A branch that others have made is fetched with `git fetch origin {base}`; see `git branch --all`."
    # No server can be asked for `HEAD~1`: the history itself is what is missing.
    command = "git fetch --deepen=100" if re.search("[~^]", base) else f"git fetch --depth=100 origin {base}:{base}"
    return (
        f"This clone is shallow: it holds the last commits only. Fetch more first, with `{command}` "
        "(in GitHub's checkout: `fetch-depth: 0`)."
    )


def _changed_since(top: Path, commit: str) -> tuple[dict[str, str | None], bool]:
    """What differs between a commit and the files in the working tree, untracked ones included; if any was deleted."""
    said = _git(
        top, "diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules",
        commit, "--",
    )  # fmt: skip
    parts = iter(said.split("\0"))
    changed: dict[str, str | None] = {}
    deleted = False
    for status in parts:
        if not status:
            break
        name = next(parts)
        if status[0] in "RC":
            changed[next(parts)] = name
        elif status[0] == "D":
            deleted = True
        else:
            changed[name] = None if status[0] == "A" else name
    untracked = _git(top, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    changed.update((name, None) for name in untracked if name and name not in changed)
    return changed, deleted


def _export(top: Path, commit: str, inside: str, folder: Path, index: Path) -> None:
    """Put the files of a commit into a folder: texts as they were, of all others the name alone."""
    only = [] if inside == "." else [f":(literal,top){inside}"]
    environment = {"GIT_INDEX_FILE": str(index), "GIT_LFS_SKIP_SMUDGE": "1"}
    _git(top, "read-tree", commit, environment=environment)
    listed = _git(top, "ls-files", "-z", "--", *only, environment=environment)
    names = [name for name in listed.split("\0") if name]
    texts = [name for name in names if os.path.splitext(name)[1].lower() in _TEXTS]  # noqa: PTH122 - quicker
    _git(
        top, "checkout-index", "--force", "--quiet", "-z", "--stdin", f"--prefix={folder}/",
        environment=environment, given="".join(f"{name}\0" for name in texts),
    )  # fmt: skip
    made: set[Path] = set()
    for name in set(names) - set(texts):
        file = folder / name
        if file.parent not in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            made.add(file.parent)
        if not file.exists():
            file.touch()


@contextmanager
def before_diff(top: Path, diff: Path, files: Sequence[str]) -> Iterator[OldVersion]:
    """What the files (names below `top`) were before a unified diff, as git writes it, was applied.

    Raises `UsageError` for a file that is no diff, or one that does not fit the files as they are.
    """
    if not diff.is_file():
        raise UsageError(f"{diff} is no file. Write one with `git diff main... > {diff.name}`.")
    patch = diff.resolve()
    with tempfile.TemporaryDirectory(prefix="copydesk-diff-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary).resolve()
        strip, pairs = _pairs_of(folder, patch, files) if diff.stat().st_size else ("-p1", [])
        changed = {now: then for now, then in pairs if now in set(files)}
        for name in changed:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((top / name).read_bytes())
        if changed:
            both = [name for pair in changed.items() for name in pair if name]
            # A backslash keeps what would be a wildcard in the name of a file.
            only = ["--include=" + re.sub(r"([\\*?\[])", r"\\\1", name) for name in both]
            try:
                _git(folder, "apply", "--reverse", strip, "--whitespace=nowarn", *only, "--", str(patch), alone=True)
            except GitFailed as error:
                raise UsageError(f"{diff} does not fit the posts as they are now: {error}") from None
        yield OldVersion(
            name=diff.name,
            top=top,
            folder=folder,
            whole=False,
            changed={now: then if then and (folder / then).is_file() else None for now, then in changed.items()},
        )


def _pairs_of(folder: Path, patch: Path, files: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    """How many folders to take off the names of a diff, and for each of its files the name now and the name then."""
    problem = ""
    pairs: list[tuple[str, str]] = []
    for strip in ("-p1", "-p0"):  # with `a/` and `b/`, and without
        try:
            now, then = (_names_of(folder, patch, strip, *direction) for direction in ((), ("--reverse",)))
        except GitFailed as error:
            problem = problem or str(error)
            continue
        if _lists_backwards():
            then.reverse()
        pairs = list(zip(now, then, strict=True))
        if {name for name, _ in pairs} & set(files):
            return strip, pairs
    if problem and not pairs:
        raise UsageError(f"{patch} is no unified diff as git writes it: {problem}")
    return "-p1", []


def _names_of(folder: Path, patch: Path, *options: str) -> list[str]:
    said = _git(folder, "apply", *options, "--numstat", "-z", "--", str(patch), alone=True)
    # Each entry is `added TAB deleted TAB name`.
    return [entry.split("\t", 2)[2] for entry in said.split("\0") if entry.count("\t") >= 2]


@functools.cache
def _lists_backwards() -> bool:
    """Whether this git lists the files of a reversed diff from the last to the first, as newer ones do."""
    with tempfile.TemporaryDirectory(prefix="copydesk-order-") as temporary:
        patch = Path(temporary) / "patch"
        patch.write_text("".join(f"--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-a\n+b\n" for name in "12"))
        return _names_of(Path(temporary), patch, "--reverse") == ["2", "1"]


def changed_lines(old: Path, new: bytes) -> Lines:
    """The lines of `new` that are not in `old`, as copydesk counts lines. A deletion counts for the line before it."""
    with tempfile.TemporaryDirectory(prefix="copydesk-lines-") as temporary:
        folder = Path(temporary)
        (folder / "old").write_bytes(old.read_bytes())
        (folder / "new").write_bytes(new)
        command = ["diff", "--no-index", "--no-ext-diff", "--no-textconv", "--text", "--unified=0", "old", "new"]
        # 1: there are differences.
        said = _git_bytes(folder, *command, alone=True, fine=(0, 1))
    # Of a diff without context only the heads of its hunks begin with @@.
    hunks = [(int(match[1]), int(match[2] or 1)) for match in _HUNK.finditer(said)]
    starts = [0, *(match.end() for match in re.finditer(rb"\n", new))]
    ours = [0, *(match.end() for match in _LINE_END.finditer(new))]

    def our_line(git_line: int) -> int:
        """git ends lines at `\\n` alone; copydesk at a bare `\\r` too."""
        return bisect_left(ours, starts[git_line - 1]) + 1 if git_line <= len(starts) else len(ours) + 1

    return tuple(
        (our_line(max(1, at)), our_line(at + count) - 1 if count else our_line(max(1, at))) for at, count in hunks
    )


# --- git ------------------------------------------------------------------------------------------------------------


class GitFailed(Exception):
    """git said no; what it said."""


def _git(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    given: str = "",
    alone: bool = False,
) -> str:
    said = _git_bytes(folder, *arguments, environment=environment, given=given, alone=alone)
    return said.decode("utf-8", "surrogateescape")


def _git_bytes(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    given: str = "",
    alone: bool = False,
    fine: Sequence[int] = (0,),
) -> bytes:
    """Run git; `alone` keeps it from looking for a repository. Raises `GitFailed`, and `UsageError` without git."""
    # What git was told by a hook that calls us is about another index.
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= {"LC_ALL": "C.UTF-8", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **(environment or {})}
    if alone:
        env["GIT_CEILING_DIRECTORIES"] = str(folder.parent)
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]
    try:
        done = subprocess.run(
            [*command, *arguments], cwd=folder, env=env, input=given.encode("utf-8", "surrogateescape"),
            capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise UsageError("There is no git here, and it is needed to see what changed. Install it.") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"git {arguments[0]} took longer than {_SECONDS:g} s in {folder}.") from None
    if done.returncode not in fine:
        raise GitFailed(done.stderr.decode("utf-8", "replace").strip()[-500:])
    return done.stdout
