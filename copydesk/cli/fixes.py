"""`copydesk check --fix` and `--diff-only`: safe suggestions, shown as a diff, then applied."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import click

from copydesk.errors import CopydeskError, UsageError
from copydesk.fixing import FixedPost, find_fixes
from copydesk.loading import discover
from copydesk.plan import Plan
from copydesk.session import Session
from copydesk.visible import visible


def fix_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--fix` and `--diff-only`."""
    options = (
        click.option("--fix", is_flag=True, help="Show the safe suggestions as a diff, apply them, then review."),
        click.option("--diff-only", is_flag=True, help="Show what --fix would change and write nothing."),
    )
    for option in reversed(options):
        command = option(command)
    return command


async def fix_posts(session: Session, plan: Plan, paths: Sequence[str], *, write: bool, quiet: bool) -> int:
    """Show what the safe suggestions change, and apply it with `write`; answers how many posts change.

    A diff that is asked for by itself goes to standard output; with `write` that belongs to the report. Raises
    `CopydeskError` when a file could not be written; those before it were.
    """
    fixed = await find_fixes(session, plan, discover(paths, plan))
    stream = sys.stderr if write else sys.stdout
    if not (write and quiet):
        for post in fixed:
            show_diff(post, stream)
    failures = []
    for post in fixed if write else ():
        try:
            post.write()
        except CopydeskError as error:
            failures.append(str(error))
        except OSError as error:
            failures.append(f"{post.path} cannot be written: {error.strerror or error}.")
    done = len(fixed) - len(failures)
    if not quiet:
        click.echo(_said(fixed, done, write=write), err=True)
    if failures:
        raise UsageError("\n".join(failures))
    return len(fixed)


def show_diff(post: FixedPost, stream: TextIO) -> None:
    """The diff as it is for a file or a pipe, so that it can be applied; safe to look at on a terminal."""
    text = post.diff()
    if stream.isatty():
        text = "".join(visible(line, one_line=False) + "\n" for line in text.split("\n")[:-1])
    stream.flush()
    data = text.encode("utf-8", "surrogateescape")
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(text)
    else:  # a line end of `\r\n` is part of what is shown
        buffer.write(data)
        buffer.flush()


def _said(fixed: Sequence[FixedPost], done: int, *, write: bool) -> str:
    count = sum(len(post.checks) for post in fixed)
    suggestions = (
        f"{count} safe suggestion{'s' if count != 1 else ''} in {len(fixed)} post{'s' if len(fixed) != 1 else ''}"
    )
    if not fixed:
        return "There is no safe suggestion to apply."
    return f"{suggestions}; {done} written." if write else f"{suggestions}; nothing was written."
