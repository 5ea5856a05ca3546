"""From the workflow file to what will run: every step with its settings filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from copydesk.approval import DESCRIPTION, STEP, PlannedApproval
from copydesk.calibration import Calibration, find_calibration
from copydesk.graph import DependencyGraph
from copydesk.post_rules import PostRules
from copydesk.step import Step, StepContext
from copydesk.steps import BUILTIN, RESERVED, find_step, load_object
from copydesk.word_files import read_accepted, read_rejected
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
    vocabulary: tuple[str, ...] = ()  # words that the team accepts, those of its file included
    rejected: Mapping[str, str] = field(default_factory=dict)  # words that it does not, with the better ones
    calibration: Calibration | None = None  # what the posts of this blog have; its limits are in the config
    approval: PlannedApproval | None = None  # after all steps, before the final review: an editor decides

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

    def context(
        self, step: PlannedStep, run: Mapping[str, Any] | None = None, rules: PostRules | None = None
    ) -> StepContext:
        """What the step may read, but for the outputs of other steps; `rules` are those of the post."""
        thresholds = self.config.checks.thresholds if rules is None else rules.thresholds
        options = dict(step.options)
        if step.name == "seo" and rules is not None and rules.required is not None:
            options["required"] = list(rules.required)
        if step.name == "load" and self.config.types:
            options["types"] = list(self.config.types)
        return StepContext(
            options=options,
            vocabulary=self.vocabulary,
            rejected=self.rejected if step.name == "spelling" else {},
            thresholds={c: t for c, t in thresholds.items() if c.partition(".")[0] == step.name},
            keys={key: list(aliases) for key, aliases in self.config.posts.keys.items()},
            run=run or {},
        )


def make_plan(config: WorkflowConfig, file: Path | None = None, posts: Sequence[Path] = ()) -> Plan:
    """Fill in what the workflow leaves out; raises `UsageError` for a step, or a file it names, that cannot be used.

    No code is loaded from below the folders `posts`.
    """
    listed = config.workflow.steps
    if listed is None:
        listed = tuple(StepConfig(name=name) for name in BUILTIN)
    running = [s for s in listed if s.enabled and s.name not in RESERVED]
    names = {s.name for s in running}
    load = next((s for s in listed if s.name == "load"), StepConfig(name="load"))
    checks, folder = config.checks, file.parent if file else Path.cwd()
    calibration = find_calibration(folder) if file else None
    if calibration is not None:
        checks = checks.model_copy(update={"thresholds": {**calibration.limits, **checks.thresholds}})
        config = config.model_copy(update={"checks": checks})
    return Plan(
        config=config,
        file=file,
        load=replace(_planned(load, -1, set(), config.workflow.retry, posts, folder), required=True),
        steps=tuple(_planned(s, order, names, config.workflow.retry, posts, folder) for order, s in enumerate(running)),
        vocabulary=(
            *checks.vocabulary,
            *(read_accepted(folder, checks.vocabulary_file) if checks.vocabulary_file else ()),
        ),
        rejected={**(read_rejected(folder, checks.rejected_file) if checks.rejected_file else {}), **checks.rejected},
        calibration=calibration,
        approval=next((_approval(s, names) for s in listed if s.enabled and s.name == STEP), None),
    )


def _approval(config: StepConfig, running: set[str]) -> PlannedApproval:
    return PlannedApproval(
        description=config.description or DESCRIPTION,
        depends_on=tuple(d for d in dict.fromkeys(config.depends_on) if d in running),
        priority=config.priority.value if config.priority else None,
    )


def with_external(plan: Plan) -> Plan:
    """The plan with the step `external_links`: as the workflow lists it, else with its defaults."""
    name = "external_links"
    if any(step.name == name for step in plan.steps):
        return plan
    listed = next((s for s in plan.config.workflow.steps or () if s.name == name), StepConfig(name=name))
    names = {step.name for step in plan.steps}
    step = _planned(listed, len(plan.steps), names, plan.config.workflow.retry, (), plan.folder)
    return replace(plan, steps=(*plan.steps, step))


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
    config: StepConfig,
    order: int,
    running: set[str],
    default_retry: RetryPolicy,
    posts: Sequence[Path],
    folder: Path,
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
        options=load_object(step.prepare)(config.with_, folder) if step.prepare else config.with_,
        runs_on=config.runs_on,
        required=config.required,
    )
