"""House styles: rules in Vale's YAML format, read when a plan is made.

`prepare` turns `with: {folder: styles}` into options that hold the rules themselves, so that results are cached by the
content of the rule files and another machine needs none of them. Everything that cannot be followed is a problem with
its file and line: no rule is left out in silence.

The format is that of Vale 3 (https://vale.sh/docs/styles): `existence`, `substitution`, `occurrence`, `repetition`,
`conditional` and `capitalization`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from copydesk.config_file import ConfigDocument
from copydesk.errors import Problem, UsageError, WorkflowError
from copydesk.house_patterns import BadPattern, bracketed, compile_pattern, joined
from copydesk.house_scopes import SCOPES, unknown_scope
from copydesk.site_index import open_file

_MAX_FILES = 2_000
_MAX_BYTES = 256_000
_NO_STYLES = frozenset({"config", "Vocab"})  # Vale keeps word lists beside the styles
_LEVELS = ("suggestion", "warning", "error")
RESERVED_IDS = frozenset({"house_rules.slow_rule"})

_COMMON = frozenset(
    {"extends", "message", "level", "scope", "link", "limit", "action", "description", "vocab", "ignorecase"}
)
_KEYS = {
    "existence": frozenset({"tokens", "raw", "nonword", "exceptions", "append"}),
    "substitution": frozenset({"swap", "nonword", "exceptions", "capitalize"}),
    "occurrence": frozenset({"token", "max", "min"}),
    "repetition": frozenset({"tokens", "max", "alpha", "exceptions"}),
    "conditional": frozenset({"first", "second", "exceptions"}),
    "capitalization": frozenset({"match", "style", "exceptions", "indicators", "threshold", "prefix"}),
}
_NEEDED = {
    "substitution": ("swap",),
    "occurrence": ("token",),
    "conditional": ("first", "second"),
    "capitalization": ("match",),
}
_BOOLEANS = ("ignorecase", "nonword", "append", "capitalize", "alpha", "vocab")
_NUMBERS = ("limit", "max", "min", "threshold")
_LISTS = ("tokens", "raw", "exceptions", "indicators")
_MATCHES = ("$title", "$sentence", "$lower", "$upper")
_EDITS = ("regex", "replace", "remove", "trim", "trim_left", "trim_right", "truncate", "split")


def prepare(options: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The options of the step with its rules: `rules`, a JSON text. `folder` is that of the workflow file.

    Raises `UsageError` for options that cannot be used and `WorkflowError` with every problem of the rule files.
    """
    unknown = sorted(set(options) - {"folder", "styles", "skip"})
    if unknown or not isinstance(options.get("folder"), str):
        raise UsageError(
            f"house_rules: there is no option {unknown[0]!r}."
            if unknown
            else "house_rules: name the folder of the styles, as in `with: {folder: styles}`."
        )
    for key in ("styles", "skip"):
        if not _is_texts(options.get(key, [])):
            raise UsageError(f"house_rules: `{key}` is a list of names, as in `{key}: [Google]`.")
    rules = read_styles(folder / options["folder"], options.get("styles"), options.get("skip", ()))
    return {**options, "rules": json.dumps(rules, ensure_ascii=False, sort_keys=True)}


def read_styles(folder: Path, styles: Sequence[str] | None = None, skip: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rules of the styles below `folder`: a folder each, as Vale has them; files beside them are the style `house`.

    `styles` chooses among the folders, `skip` leaves out rules (`Google.Passive`). Raises `UsageError` and
    `WorkflowError` as `prepare` does.
    """
    if not folder.is_dir():
        raise UsageError(f"house_rules: there is no folder {str(folder)!r}.")
    found = {path.name: path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")}
    chosen = [name for name in found if name not in _NO_STYLES] if styles is None else list(styles)
    missing = [name for name in chosen if name not in found]
    if missing:
        raise UsageError(f"house_rules: there is no style {missing[0]!r} in {folder}. {_suggest(missing[0], found)}")
    files = [("house", file) for file in _rule_files(folder)] if styles is None else []
    files += [(name, file) for name in chosen for file in _rule_files(found[name])]
    if len(files) > _MAX_FILES:
        raise UsageError(f"house_rules: there are over {_MAX_FILES:,} rules below {folder}.")
    known = {f"{style}.{file.stem}" for style, file in files}
    wrong = [name for name in skip if name not in known]
    if wrong:
        raise UsageError(
            f"house_rules: `skip` names {wrong[0]!r}, and there is no such rule. {_suggest(wrong[0], known)}"
        )
    rules: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for style, file in files:
        if f"{style}.{file.stem}" not in skip:
            rule, wrongs = read_rule(file, style)
            problems += wrongs
            rules += [rule] if rule else []
    by_id: dict[str, str] = dict.fromkeys(RESERVED_IDS, "copydesk itself")
    for rule in rules:
        if rule["id"] in by_id:
            message = f"its id {rule['id']} is that of {by_id[rule['id']]}."
            problems.append(Problem(file=rule["file"], line=1, field="", message=message, advice="Rename the file."))
        by_id.setdefault(rule["id"], rule["file"])
    if problems:
        raise WorkflowError(problems)
    if not rules:
        raise UsageError(f"house_rules: there is no rule (*.yml) below {folder}.")
    return [{key: value for key, value in rule.items() if key != "file"} for rule in rules]


def read_rule(file: Path, style: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """A rule as the check wants it, or None with what is wrong with its file."""
    reader = _Reader.of(file)
    rule = reader.rule(style, file.stem) if not reader.problems else None
    return (None if reader.problems else rule), reader.problems


def _rule_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix in (".yml", ".yaml") and not p.name.startswith("."))


def _is_texts(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def _suggest(name: str, known: Any) -> str:
    return ConfigDocument.suggest(name, known)


@dataclass
class _Reader:
    """One rule file: its values as typed (YAML's `no` and `off` are words here), each with its line."""

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, file: Path) -> _Reader:
        reader = cls(str(file))
        try:
            with open_file(str(file)) as stream:
                data = stream.read(_MAX_BYTES + 1)
            if len(data) > _MAX_BYTES:
                reader.say("", f"it is larger than {_MAX_BYTES:,} bytes.")
                return reader
            node = yaml.compose(data.decode("utf-8-sig"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
            value = reader._value(node, set()) if node is not None else None
        except OSError as error:
            reader.say("", f"it cannot be read: {error.strerror or error}.")
        except UnicodeDecodeError:
            reader.say("", "it is not UTF-8 text.")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reader.say("", f"this is not YAML: {error.problem}.", line=mark.line + 1 if mark else 1)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            reader.say("", f"this cannot be read as YAML: {type(error).__name__}.")
        else:
            if isinstance(value, dict):
                reader.data = value
            else:
                reader.say("", "a rule is a mapping, as in `extends: existence`.")
        return reader

    def say(self, where: str, message: str, advice: str = "", line: int | None = None) -> None:
        self.problems.append(
            Problem(file=self.file, line=line or self.lines.get(where, 1), field=where, message=message, advice=advice)
        )

    def _value(self, node: yaml.Node, seen: set[int], path: str = "") -> Any:
        """The data of a node. An alias would be met twice: it could make a small file huge, and no rule needs one."""
        if id(node) in seen:
            raise ValueError("an alias")
        seen.add(id(node))
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            mapping: dict[str, Any] = {}
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise ValueError("a key that is no text")
                inner = f"{path}.{key.value}" if path else str(key.value)
                self.lines[inner] = key.start_mark.line + 1
                if key.value in mapping:
                    self.say(inner, f"'{key.value}' is given twice.")
                mapping[str(key.value)] = self._value(value, seen, inner)
            return mapping
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, seen, f"{path}[{index}]") for index, item in enumerate(node.value)]
        return str(node.value)

    # --- from the data to a rule -------------------------------------------------------------------------------------

    def rule(self, style: str, name: str) -> dict[str, Any]:
        kind = self.data.get("extends")
        if kind not in _KEYS:
            known = f"These kinds are supported: {', '.join(_KEYS)}."
            advice = f"{known} To go without this rule, name it in `skip: [{style}.{name}]`."
            said = (
                "it does not say what it `extends`."
                if kind is None
                else f"rules of the kind '{kind}' are not supported."
            )
            self.say("extends", said, advice)
            return {}
        for key in self.data:
            if key not in _COMMON | _KEYS[kind]:
                advice = (
                    _suggest(key, _COMMON | _KEYS[kind]) or f"Name the rule in `skip: [{style}.{name}]` to go without."
                )
                self.say(key, f"'{key}' is not supported in a rule of the kind {kind}.", advice)
        rule: dict[str, Any] = {"kind": kind, "id": rule_id(style, name), "name": f"{style}.{name}", "file": self.file}
        rule["level"] = self._choice("level", _LEVELS, "warning")
        rule["message"] = self._text("message") or f"{style}.{name}"
        rule["link"] = self._text("link")
        rule["description"] = self._text("description")
        rule |= {key: self._boolean(key) for key in _BOOLEANS if key in self.data}
        rule |= {key: self._number(key) for key in _NUMBERS if key in self.data}
        rule |= {key: self._texts(key) for key in _LISTS if key in self.data}
        rule |= {key: self._text(key) for key in ("token", "first", "second", "match", "prefix") if key in self.data}
        rule["scope"] = self._scope()
        rule["action"] = self._action()
        for key in _NEEDED.get(kind, ()):
            if not self.data.get(key):
                self.say(key, f"a rule of the kind {kind} needs `{key}`.")
        if kind == "existence" and not (rule.get("tokens") or rule.get("raw")):
            self.say("tokens", "a rule of the kind existence needs `tokens` or `raw`.")
        if kind == "occurrence" and "max" not in rule and "min" not in rule:
            self.say("max", "a rule of the kind occurrence needs `max` or `min`.")
        if kind == "substitution":
            rule["swap"] = self._swap()
        if kind == "capitalization":
            if rule.get("match", "").startswith("$") and rule["match"] not in _MATCHES:
                self.say(
                    "match", f"'{rule['match']}' is not supported.", f"These are: {', '.join(_MATCHES)}, or a pattern."
                )
            rule["style"] = self._choice("style", ("AP", "Chicago"), "AP")
        if not self.problems:
            self._try_patterns(rule)
        return rule

    def _try_patterns(self, rule: Mapping[str, Any]) -> None:
        """Compile every pattern once, so that a mistake is told with its line before anything is reviewed."""
        lists = [(key, i, text) for key in ("tokens", "exceptions") for i, text in enumerate(rule.get(key, ()))]
        parts = [(f"{key}[{i}]", bracketed(text)) for key, i, text in lists]
        parts += [(f"swap.{key}", bracketed(key)) for key in rule.get("swap", {})]
        parts += [("raw", "".join(rule["raw"]))] if rule.get("raw") else []
        wholes = [(key, rule[key]) for key in ("token", "first", "second", "prefix") if rule.get(key)]
        wholes += [("exceptions", "|".join(map(bracketed, rule["exceptions"])))] if rule.get("exceptions") else []
        if rule["kind"] == "repetition" and rule.get("tokens"):
            wholes.append(("tokens", "|".join(map(bracketed, rule["tokens"]))))
        if rule["kind"] in ("existence", "substitution"):
            wholes.append(("swap" if rule["kind"] == "substitution" else "tokens", joined(rule)))
        elif rule["kind"] == "capitalization" and not rule["match"].startswith("$"):
            wholes.append(("match", rule["match"]))
        wrong = [(where, reason) for where, text in wholes if (reason := _why_not(text))]
        # Of a list, the entry is named: what is right alone and wrong with others is told of the whole.
        inner = [(where, reason) for where, text in parts if (reason := _why_not(text))] if wrong else []
        for where, reason in inner or wrong:
            self.say(where, f"the pattern cannot be used: {reason}.")

    def _scope(self) -> list[str]:
        given = self.data.get("scope", "text")
        scopes = [given] if isinstance(given, str) else self._texts("scope")
        for scope in scopes:
            wrong = unknown_scope(scope)
            if wrong:
                self.say("scope", f"the scope '{wrong}' is not supported.", f"These are: {', '.join(sorted(SCOPES))}.")
        return scopes

    def _action(self) -> dict[str, Any]:
        given = self.data.get("action")
        if given is None:
            return {}
        name = given.get("name", "") if isinstance(given, dict) else ""
        params = given.get("params", []) if isinstance(given, dict) else []
        params = [params] if isinstance(params, str) else params
        if name == "suggest":  # asks Vale's spelling dictionary
            return {}
        edit = str(params[0]).lower() if params else ""
        edit = {"trimleft": "trim_left", "trimright": "trim_right"}.get(edit, edit)
        if name not in ("replace", "remove", "edit") or not _is_texts(params):
            self.say("action", f"the action '{name}' is not supported.", "These are: replace, remove, edit, suggest.")
        elif name == "edit" and edit not in _EDITS:
            self.say("action.params", f"the edit '{edit}' is not supported.", f"These are: {', '.join(_EDITS)}.")
        return {"name": name, "params": [edit, *params[1:]] if name == "edit" else params}

    def _swap(self) -> dict[str, str]:
        swap = self.data.get("swap", {})
        if not isinstance(swap, dict) or not all(isinstance(value, str) for value in swap.values()):
            self.say("swap", "it is a mapping of patterns to texts, as in `utilize: use`.")
            return {}
        return swap

    def _text(self, key: str) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str):
            self.say(key, "it is a text.")
            return ""
        return value

    def _texts(self, key: str) -> list[str]:
        value = self.data[key]
        if value == "":  # an empty list, as in `exceptions:`
            return []
        if not _is_texts(value):
            self.say(key, "it is a list of texts.")
            return []
        return [text for text in value if text.strip()]

    def _boolean(self, key: str) -> bool:
        value = str(self.data[key]).lower()
        if value not in ("true", "false"):
            self.say(key, "it is true or false.")
        return value == "true"

    def _number(self, key: str) -> float:
        try:
            number = float(self.data[key])
        except (TypeError, ValueError):
            number = -1.0
        if not 0 <= number < 1e9:
            self.say(key, "it is a number, 0 or more.")
            return 0
        return number if key == "threshold" else int(number)

    def _choice(self, key: str, choices: Sequence[str], default: str) -> str:
        value = str(self.data.get(key, default))
        if value not in choices:
            self.say(key, f"'{value}' is none of {', '.join(choices)}.")
            return default
        return value


def _why_not(pattern: str) -> str:
    """Why a pattern cannot be used; empty for one that can."""
    try:
        compile_pattern(pattern)
    except BadPattern as error:
        return str(error)
    return ""


def rule_id(style: str, name: str) -> str:
    """The id of a rule's findings: `house_rules.google_word_list` for `Google/WordList.yml`."""
    return "house_rules." + "_".join(filter(None, (_snake(style), _snake(name))))


def _snake(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
