"""From the workflow file to what will run: every step with its settings filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from copydesk.graph import DependencyGraph
from copydesk.step import Step, StepContext
from copydesk.steps import BUILTIN, RESERVED, find_step
from copydesk.workflow import (
    Priority,
    RetryPolicy,
    StepConfig,
    WorkflowConfig,
    find_workflow,
    load_workflow,
    posts_folders,
)


@dataclass(frozen=True, kw_only=True)
class PlannedStep:
    """A step as it will run in this workflow. Times are seconds."""

    name: str
    step: Step
    order: int  # place in the file
    description: str
    depends_on: tuple[str, ...]
    priority: Priority
    timeout_seconds: float
    post_timeout_seconds: float
    retry: RetryPolicy
    options: Mapping[str, Any] = field(default_factory=dict)
    runs_on: Literal["process", "queue"] = "process"
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run of a workflow does."""

    config: WorkflowConfig
    file: Path | None  # None: the built-in workflow
    load: PlannedStep  # before all others
    steps: tuple[PlannedStep, ...]  # in the order of the file

    @cached_property
    def graph(self) -> DependencyGraph:
        """The dependencies between the steps."""
        return DependencyGraph((step.name, step.depends_on) for step in self.steps)

    @property
    def folder(self) -> Path:
        """What paths in the workflow file are relative to: its folder, or the working directory without one."""
        return self.file.parent if self.file else Path.cwd()

    def step(self, name: str) -> PlannedStep:
        """A step by name; raises `KeyError`."""
        for step in (self.load, *self.steps):
            if step.name == name:
                return step
        raise KeyError(name)

    def context(self, step: PlannedStep, run: Mapping[str, Any] | None = None) -> StepContext:
        """What the step may read, but for the outputs of other steps."""
        return StepContext(
            options=step.options,
            vocabulary=self.config.checks.vocabulary,
            thresholds={c: t for c, t in self.config.checks.thresholds.items() if c.partition(".")[0] == step.name},
            keys={key: list(aliases) for key, aliases in self.config.posts.keys.items()},
            run=run or {},
        )


def make_plan(config: WorkflowConfig, file: Path | None = None, posts: Sequence[Path] = ()) -> Plan:
    """Fill in what the workflow leaves out; raises `UnusableStep` for a step that cannot be used.

    No code is loaded from below the folders `posts`.
    """
    listed = config.workflow.steps
    if listed is None:
        listed = tuple(StepConfig(name=name) for name in BUILTIN)
    running = [s for s in listed if s.enabled and s.name not in RESERVED]
    names = {s.name for s in running}
    load = next((s for s in listed if s.name == "load"), StepConfig(name="load"))
    return Plan(
        config=config,
        file=file,
        load=replace(_planned(load, -1, set(), config.workflow.retry, posts), required=True),
        steps=tuple(_planned(s, order, names, config.workflow.retry, posts) for order, s in enumerate(running)),
    )


def load_plan(config_file: Path | None, *paths: Path) -> Plan:
    """The plan for posts at `paths`: of the given file, else of the nearest above the first path, else built in.

    Raises `UsageError` for a file that cannot be used.
    """
    file = config_file or find_workflow(paths[0])
    if file is None:
        return make_plan(WorkflowConfig())
    config = load_workflow(file, paths)
    return make_plan(config, file.resolve(), posts_folders(config.posts.root, file, paths))


def _planned(
    config: StepConfig, order: int, running: set[str], default_retry: RetryPolicy, posts: Sequence[Path]
) -> PlannedStep:
    step = find_step(config.name, config.uses, posts)
    retry = step.retry or default_retry
    if config.retry is not None:
        retry = retry.model_copy(update=config.retry.model_dump(exclude_unset=True))
    return PlannedStep(
        name=config.name,
        step=step,
        order=order,
        description=config.description or step.description,
        # What is switched off is as good as done: a dependency on it holds nothing up.
        depends_on=tuple(d for d in dict.fromkeys(config.depends_on) if d in running),
        priority=config.priority or step.priority,
        timeout_seconds=config.timeout_seconds or step.timeout_seconds,
        post_timeout_seconds=config.post_timeout_seconds or step.post_timeout_seconds,
        retry=retry,
        options=config.with_,
        runs_on=config.runs_on,
        required=config.required,
    )
