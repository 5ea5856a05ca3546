"""What a review step is to copydesk: a function over posts, with how it is run. Prefect tasks wrap these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copydesk.priority import Priority
from copydesk.report import Finding, StepResult

if TYPE_CHECKING:
    from copydesk.post import Post
    from copydesk.site import Site
    from copydesk.workflow import RetryPolicy  # with pydantic, which children do without


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """What a step may read beside the post. JSON-like throughout and read-only: it travels to child processes."""

    options: Mapping[str, Any] = field(default_factory=dict)  # the step's `with`
    vocabulary: tuple[str, ...] = ()  # words that the team accepts
    rejected: Mapping[str, str] = field(
        default_factory=dict
    )  # words that it does not -> the better ones; spelling only
    thresholds: Mapping[str, float] = field(default_factory=dict)  # check id -> the team's own limit
    keys: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # front-matter aliases: description -> [description, excerpt]
    run: Mapping[str, Any] = field(default_factory=dict)  # the run's free context
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # dependency -> its outputs for this post
    last_attempt: bool = False  # for `resolve`: a fault that is raised now ends the step


PostCheck = Callable[["Post", StepContext], "Iterable[Finding] | StepResult"]
BatchCheck = Callable[["Sequence[Post]", StepContext], "Sequence[Iterable[Finding] | StepResult]"]
Extra = Mapping[str, Sequence[Finding]]
# An asynchronous one is for work on the network: it ends with the attempt, and its time is the attempt's.
Resolver = Callable[["Mapping[str, StepResult]", "Site", StepContext], "Extra | Awaitable[Extra]"]
# What a step makes of its `with` when the plan is made, given the folder of the workflow file: files that it names are
# read here, so that their content is part of the cache's key. Raises `UsageError` for what cannot be used.
Prepare = Callable[[Mapping[str, Any], Path], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One review step, as registered.

    `check` and `resolve` are named as `module:function`, so that a child process can import them without anything else.
    """

    name: str
    version: str  # part of the cache key: raise it when the same post may get other findings
    description: str
    check: str  # a PostCheck; with `batch`, a BatchCheck
    batch: bool = False  # the check wants a chunk of posts at once: a tool with one process a batch
    chunk_posts: int = 16  # posts a chunk: what is repeated when a child dies
    english_only: bool = False
    resolve: str | None = None  # runs in this process after the checks, never cached: what needs the whole site
    prepare: str | None = None  # a Prepare: makes the step's options of its `with`, once a plan
    rules: str | None = None  # `module:NAME` of its tuple of Rule, or of a function (options) -> such a tuple
    priority: Priority = Priority.MEDIUM
    retry: RetryPolicy | None = None  # None: the workflow's
    timeout_seconds: float = 300.0
    post_timeout_seconds: float = 10.0
