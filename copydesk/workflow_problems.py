"""What a schema cannot say of a workflow file: steps and what is between them, and the names of checks.

Reads the raw data, so that these mistakes are reported beside those of other kinds.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from copydesk import approval
from copydesk.config_file import ConfigDocument
from copydesk.errors import Problem, UsageError
from copydesk.graph import find_cycle
from copydesk.steps import BUILTIN, OPTIONAL, RESERVED, UnusableStep, builtin, find_step, known_names, rules_of
from copydesk.word_files import read_accepted, read_rejected
from copydesk.workflow import STEP_NAME, USES, StepConfig

_STEPS = ("workflow", "steps")


def problems_of(document: ConfigDocument, posts: Sequence[Path] = ()) -> list[Problem]:
    """All such problems; `posts` are the folders from which no code is loaded."""
    return _step_problems(document, posts) + _check_problems(document) + _word_files(document)


def _step_problems(document: ConfigDocument, posts: Sequence[Path]) -> list[Problem]:
    workflow = document.data.get("workflow")
    if not isinstance(workflow, dict):
        return []
    problems = _no_json(document, ("workflow", "metadata"), workflow.get("metadata"))
    steps = workflow.get("steps")
    if steps is None and "steps" in workflow:
        problems.append(document.problem(_STEPS, "the list is empty.", "List steps, or remove the key."))
    if not isinstance(steps, list):
        return problems
    names: dict[str, int] = {}
    edges: dict[str, list[str]] = {}
    for index, step in enumerate(steps):
        name = step.get("name") if isinstance(step, dict) else None
        if not isinstance(name, str):
            continue
        if name in names:
            first = document.line(*_STEPS, names[name], "name")
            advice = f"The first is in line {first}; rename or remove one."
            problems.append(document.problem((*_STEPS, index, "name"), f"there are two steps named '{name}'.", advice))
            continue
        names[name] = index
        problems += _unusable(document, index, step, posts)
        problems += _no_json(document, (*_STEPS, index, "with"), step.get("with"))
        depends_on = step.get("depends_on")
        edges[name] = [d for d in depends_on if isinstance(d, str)] if isinstance(depends_on, list) else []
        if name == approval.STEP:
            problems += _meaningless(document, index, step)
        elif name in RESERVED and edges[name]:
            message = f"'{name}' has its place by itself: `load` before all steps, `final_review` after all."
            problems.append(document.problem((*_STEPS, index, "depends_on"), message, "Remove the dependencies."))
            edges[name] = []
    problems += _unknown_dependencies(document, names, edges)
    cycle = find_cycle({name: [d for d in ds if d in names] for name, ds in edges.items()})
    if cycle:
        message = f"the steps wait for each other: {' -> '.join(cycle)}."
        where = (*_STEPS, names[cycle[0]], "depends_on")
        problems.append(document.problem(where, message, "Remove one of these dependencies."))
    named = [step for step in steps if isinstance(step, dict) and isinstance(step.get("name"), str)]
    if len(named) == len(steps) > 0 and not any(_runs(step) for step in named):
        problems.append(document.problem(_STEPS, "no step is left to run.", "Enable or list at least one."))
    return problems


def _runs(step: Mapping[str, Any]) -> bool:
    return step["name"] not in RESERVED and step.get("enabled", True) is not False


def _no_json(document: ConfigDocument, where: tuple[str | int, ...], value: Any) -> list[Problem]:
    """What YAML can say and JSON cannot: these values are recorded and sent to other processes."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        advice = "Give texts, numbers, true, false, lists and mappings."
        return [document.problem(where, "there is a value that JSON cannot hold.", advice)]
    return []


def _meaningless(document: ConfigDocument, index: int, step: Mapping[str, Any]) -> list[Problem]:
    """Keys that say how a step is run; at `approval` a human decides."""
    known = {field.alias or name for name, field in StepConfig.model_fields.items()} - {"uses", *approval.ALLOWED_KEYS}
    names = [name for name in step if name in known]
    message = "'approval' waits for an editor: this key means nothing there."
    return [document.problem((*_STEPS, index, name), message, "Remove the key.") for name in names]


def _unusable(document: ConfigDocument, index: int, step: Mapping[str, Any], posts: Sequence[Path]) -> list[Problem]:
    name, uses = step["name"], step.get("uses")
    if name in RESERVED:
        if uses is None:
            return []
        message = f"'{name}' cannot be replaced by another function."
        return [document.problem((*_STEPS, index, "uses"), message, "Give your step a name of its own.")]
    if (name in BUILTIN and uses is None) or not re.fullmatch(STEP_NAME, name):
        return []
    if uses is not None and not (isinstance(uses, str) and re.fullmatch(USES, uses)):
        return []  # the schema says it
    try:
        find_step(name, uses, posts)
    except UnusableStep as error:
        if uses is not None:
            return [document.problem((*_STEPS, index, "uses"), error.message, error.advice)]
        advice = document.suggest(name, known_names()) or error.advice
        return [document.problem((*_STEPS, index, "name"), error.message, advice)]
    return []


def _unknown_dependencies(
    document: ConfigDocument, names: Mapping[str, int], edges: Mapping[str, Sequence[str]]
) -> list[Problem]:
    problems = []
    for name, dependencies in edges.items():
        for position, dependency in enumerate(dependencies):
            where = (*_STEPS, names[name], "depends_on", position)
            if dependency in ("final_review", approval.STEP):
                message = f"'{dependency}' comes after all steps: none can wait for it."
                problems.append(document.problem(where, message, "Remove the dependency."))
            # `load` comes before all by itself, so that depending on it is right, listed or not.
            elif dependency not in names and dependency != "load":
                advice = document.suggest(dependency, names) or "List that step, or remove the dependency."
                problems.append(document.problem(where, f"there is no step '{dependency}'.", advice))
    return problems


def _check_problems(document: ConfigDocument) -> list[Problem]:
    """Names of checks that no built-in step has; a team's own step may name its checks as it likes."""
    problems = []
    for place, chosen in _choices(document):
        if not isinstance(chosen, dict):
            continue
        for check in chosen:
            step = str(check).partition(".")[0]
            # The rules of a house style have the names that its files have.
            if step not in (*BUILTIN, *OPTIONAL, "load") or step == "house_rules":
                continue
            limits = place[-1] == "thresholds"
            known = _with_limits(step) if limits else _with_severity(step)
            if check not in known:
                said = "is no check that has a limit." if limits else "is no check."
                advice = document.suggest(str(check), known) or "`copydesk steps --format json` lists all checks."
                problems.append(document.problem((*place, check), f"'{check}' {said}", advice))
    return problems


def _choices(document: ConfigDocument) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every mapping by check, with its place."""
    checks, types = document.data.get("checks"), document.data.get("types")
    holders: list[tuple[tuple[str | int, ...], Any]] = [(("checks",), checks)]
    overrides = checks.get("overrides") if isinstance(checks, dict) else None
    holders += [
        (("checks", "overrides", i), one) for i, one in enumerate(overrides if isinstance(overrides, list) else ())
    ]
    holders += [(("types", str(name)), one) for name, one in (types.items() if isinstance(types, dict) else ())]
    for place, holder in holders:
        if isinstance(holder, dict):
            yield from (((*place, part), holder.get(part)) for part in ("severity", "thresholds"))


def _word_files(document: ConfigDocument) -> list[Problem]:
    checks = document.data.get("checks")
    problems = []
    for key, read in (("vocabulary_file", read_accepted), ("rejected_file", read_rejected)):
        name = checks.get(key) if isinstance(checks, dict) else None
        if isinstance(name, str):
            try:
                read(Path(document.file).parent, name)
            except UsageError as error:
                problems.append(document.problem(("checks", key), str(error)))
    return problems


def _with_severity(step: str) -> list[str]:
    # The last two are what the engine says when a step does not come to its end.
    return [*(rule.id for rule in rules_of(builtin(step))), f"{step}.failed", f"{step}.timeout"]


def _with_limits(step: str) -> list[str]:
    module = importlib.import_module(builtin(step).check.partition(":")[0])
    return list(getattr(module, "LIMITS", ()))
