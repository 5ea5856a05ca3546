"""A YAML file with the line of everything in it, so that a mistake can be shown where it stands."""

from __future__ import annotations

import difflib
import functools
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from copydesk.errors import Problem, WorkflowError

Location = Sequence[str | int]


@functools.cache
def _loader() -> type[Any]:
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # A date stays the text that it is: what a step is given has to be JSON.
    resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in base.yaml_implicit_resolvers.items()
    }
    return type("Loader", (base,), {"yaml_implicit_resolvers": resolvers})


# pydantic's kinds of errors -> what to do.
_ADVICE = {
    "greater_than": "Give a number greater than {gt:g}.",
    "greater_than_equal": "Give {ge:g} or more.",
    "less_than": "Give a number less than {lt:g}.",
    "less_than_equal": "Give {le:g} or less.",
    "finite_number": "Give a number.",
    "int_parsing": "Give a whole number.",
    "int_type": "Give a whole number.",
    "int_from_float": "Give a whole number.",
    "float_parsing": "Give a number.",
    "float_type": "Give a number.",
    "bool_parsing": "Give true or false.",
    "bool_type": "Give true or false.",
    "string_type": "Give a text, in quotes if it looks like a number.",
    "tuple_type": "Give a list, as in [a, b].",
    "dict_type": "Give a mapping, as in {{key: value}}.",
    "model_type": "Give a mapping, as in {{key: value}}.",
    "too_short": "List at least one.",
}
_PATTERNS = {
    "name": "A name has lower-case letters, digits and _, and begins with a letter.",
    "uses": "Name a function as package.module:function.",
}


@dataclass(frozen=True)
class ConfigDocument:
    """The data of a YAML mapping with the places of its keys and values."""

    file: str
    data: dict[str, Any]
    problems: list[Problem]  # keys given twice
    _lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, file: str) -> ConfigDocument:
        """Read a mapping; raises `WorkflowError` with the line where the text is no YAML or no mapping."""
        try:
            node = yaml.compose(text, Loader=_loader())
            data = _loader()(text).get_single_data()  # as yaml.load does, of which the unsafe forms are banned
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            advice = "Check the indentation and quote values that contain ': ' or '#'."
            raise _refused(file, mark.line + 1 if mark else 1, f"this is not YAML: {error.problem}.", advice) from None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise _refused(file, 1, f"this cannot be read as YAML: {reason}.") from None
        if data is None:
            return cls(file, {}, [])
        if not isinstance(data, dict):
            raise _refused(file, 1, "a mapping is expected at the top.", "Begin with `workflow:`.")
        document = cls(file, data, [])
        document._index(node, ())
        return document

    def _index(self, node: Any, location: tuple[str | int, ...]) -> None:
        self._lines.setdefault(location, node.start_mark.line + 1)
        if len(location) > 20:
            return
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                inner = (*location, str(key.value))
                self._lines[inner] = key.start_mark.line + 1
                if key.value in seen:
                    message = "this key is given twice; only the last one would count."
                    self.problems.append(self.problem(inner, message, "Remove one of them."))
                seen.add(key.value)
                self._index(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._index(value, (*location, index))

    def line(self, *location: str | int) -> int:
        """The line of the nearest thing that exists at or above `location`, counted from 1."""
        for end in range(len(location), -1, -1):
            if tuple(location[:end]) in self._lines:
                return self._lines[tuple(location[:end])]
        return 1

    def problem(self, location: Location, message: str, advice: str = "") -> Problem:
        """A problem at a place of this file."""
        return Problem(
            file=self.file, line=self.line(*location), field=dotted(location), message=message, advice=advice
        )

    def explain(self, error: ValidationError, model: type[BaseModel]) -> list[Problem]:
        """One problem for each of pydantic's errors, in the words of somebody who edits the file."""
        problems = []
        for detail in error.errors():
            location = [part for part in detail["loc"] if part != "[key]"]
            kind, context = detail["type"], detail.get("ctx", {})
            advice = ""
            if kind == "too_short" and detail["input"]:
                continue  # pydantic counts what is right; what is wrong with the others is told
            if kind == "extra_forbidden":
                name = str(location[-1])
                known = _fields_at(model, location[:-1])
                message = "this key is unknown."
                advice = self.suggest(name, known) or (f"Known here: {', '.join(known)}." if known else "Remove it.")
            elif kind == "missing":
                message = "this key is missing."
                advice = "Add it."
            elif kind == "enum" or kind == "literal_error":
                message = f"{detail['input']!r} is not allowed here; it must be {context.get('expected')}."
                allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
                advice = self.suggest(str(detail["input"]), allowed)
            else:
                message = f"{detail['input']!r:.80} is not allowed here."
                if kind == "string_pattern_mismatch":
                    # What has no advice of its own is the id of a check.
                    kept = "name" if location[0] == "types" and len(location) == 2 else str(location[-1])
                    advice = _PATTERNS.get(kept, "A check is named step.rule, as in links.broken_anchor.")
                else:
                    said = f"{detail['msg'].replace('Input', 'It')}."
                    advice = _ADVICE[kind].format(**context) if kind in _ADVICE else said
            problems.append(self.problem(location, message, advice))
        return problems

    @staticmethod
    def suggest(name: str, known: Iterable[str]) -> str:
        """`Did you mean ...?` for a near miss, else an empty text."""
        close = difflib.get_close_matches(name, list(known), n=1)
        return f"Did you mean '{close[0]}'?" if close else ""


def _refused(file: str, line: int, message: str, advice: str = "") -> WorkflowError:
    return WorkflowError([Problem(file=file, line=line, field="(file)", message=message, advice=advice)])


def dotted(location: Location) -> str:
    """`("steps", 2, "name")` as `steps[2].name`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(file)"


def _fields_at(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that the model knows at a place; empty where the place holds no model."""
    current: Any = model
    by_name = False  # the next part is a name that the file gives, as in `types.essay`
    for part in location:
        if isinstance(part, int) or by_name:
            by_name = False
            continue
        if not (isinstance(current, type) and issubclass(current, BaseModel)):
            return []
        info = next((f for n, f in current.model_fields.items() if part in (n, f.alias)), None)
        current = _model_in(info.annotation) if info else None
        by_name = info is not None and typing.get_origin(info.annotation) is dict
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [info.alias or name for name, info in current.model_fields.items()]
    return []


def _model_in(annotation: Any) -> Any:
    """The model inside `Model | None`, `tuple[Model, ...]` and the like."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    for argument in typing.get_args(annotation):
        found = _model_in(argument)
        if found:
            return found
    return None
