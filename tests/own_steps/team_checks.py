"""A team's own steps, as the tests use them: they write down what they do, and misbehave on demand."""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import time
from pathlib import Path

from copydesk.report import Finding, Severity, StepResult
from copydesk.step import Step


def house_style(post, context):
    """Words that this team does not want."""
    for word in context.options["forbidden"]:
        for found in re.finditer(rf"\b{re.escape(word)}\b", post.text):
            yield post.finding("house_style.word", Severity.WARNING, *found.span(), f"We do not say '{word}'.")


def note(post, context):
    """Write to the file `log` that a post was begun, take `seconds`, and find nothing."""
    _log(context, post)
    time.sleep(float(context.options.get("seconds", 0)))
    return []


def count(post, context):
    """Hand the number of words on."""
    _log(context, post)
    return StepResult(outputs={"count": len(post.text.split())}, measures={"counted": len(post.text.split())})


def tell(post, context):
    """Say what the steps before and the run handed on."""
    known = {"outputs": {k: dict(v) for k, v in context.outputs.items()}, "run": dict(context.run)}
    return [Finding(check="tell.known", severity=Severity.SUGGESTION, message=repr(known))]


def act(post, context):
    """Do what the post says."""
    _log(context, post)
    for word in post.text.split():
        match word:
            case "SLEEP":
                time.sleep(600)
            case "SPIN":
                sum(itertools.repeat(0))
            case "SEGFAULT":
                ctypes.string_at(0)
            case "MEMORY":
                return len([bytearray(64 * 1024 * 1024) for _ in range(1000)])
            case "RAISE":
                raise ValueError("the post is odd")
            case "PASSING":
                _fail_at_first(post, context)
    return [Finding(check="act.seen", severity=Severity.SUGGESTION, message="seen")]


def flaky(post, context):
    """Be unreachable for the first `failures` calls of each post."""
    _log(context, post)
    _fail_at_first(post, context)
    return []


def act_on_all(posts, context):
    """`act` for a whole batch."""
    return [act(post, context) for post in posts]


def broken_resolve(results, site, context):
    """Ask a site that cannot be asked."""
    raise ValueError("the site cannot be asked")


def _log(context, post):
    if "log" in context.options:
        with Path(context.options["log"]).open("a") as file:
            file.write(f"{post.path} {os.getpid()}\n")


def _fail_at_first(post, context):
    calls = Path(context.options["calls"]) / post.path.replace("/", "-")
    calls.parent.mkdir(exist_ok=True)
    with calls.open("a") as file:
        file.write(".")
    if calls.stat().st_size <= context.options["failures"]:
        raise ConnectionError("nobody there")


def _step(name, check, **settings):
    return Step(
        name=name, version="1", description=f"A step of the tests: {check}.", check=f"team_checks:{check}", **settings
    )


BATCH = _step("act", "act_on_all", batch=True)
ENGLISH = _step("act", "act", english_only=True)
RESOLVING = _step("act", "act", resolve="team_checks:broken_resolve")
CHUNKED = _step("act", "act", chunk_posts=4)
NO_CHECK = _step("act", "no_such_function")
RULELESS = _step("act", "act", rules="no_such_module:RULES")
not_callable = 3


def one_argument(post):
    return []


async def asynchronous(post, context):
    return []
