"""The house style of a team: rules in Vale's YAML format, without Vale.

Runs where the workflow lists it, with `with: {folder: styles}`; `copydesk.house_style` reads the files once, and the
options hold the rules. Findings are named `house_rules.<style>_<rule>`.
"""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from copydesk.checks.house_capitals import capital_words
from copydesk.house_patterns import bracketed, compile_pattern, joined, literal_of, tokens_pattern
from copydesk.house_scopes import Unit, units
from copydesk.prose import OBJECT
from copydesk.report import Finding, Severity
from copydesk.rules import Example, Rule
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.post import Post

__all__ = ["RULES", "STEP", "check", "rules"]

STEP = Step(
    name="house_rules",
    version="2",
    description="A team's own style: rules in Vale's YAML format from a folder.",
    check="copydesk.checks.house_rules:check",
    rules="copydesk.checks.house_rules:rules",
    prepare="copydesk.house_style:prepare",
    # A rule whose pattern does not come to an end is stopped after a second; several may be as bad in one post.
    post_timeout_seconds=30.0,
)

_SLOW = {"styles/Team/Slow.yml": "extends: existence\nmessage: Slow.\nraw: ['(?:a|aa|a+)+$']\n"}

RULES = (
    Rule(
        id="house_rules.slow_rule",
        severity=Severity.WARNING,
        summary="A rule of the house style whose pattern takes too long on this post.",
        reason="What the rule would have found is not known, and every review waits for it.",
        source="Catastrophic backtracking: patterns in patterns that match the same text in many ways.",
        flagged=(Example(text="a" * 60 + "!\n", files=_SLOW, options={"folder": "styles"}),),
        passes=(Example(text="aaa\n", files=_SLOW, options={"folder": "styles"}),),
    ),
)


def rules(options: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The step's own rule, and those of the team's files when `options` are those of a plan."""
    return (*RULES, *(_described(rule) for rule in _parsed(str(options.get("rules", "[]")))))


def _described(rule: Mapping[str, Any]) -> Rule:
    """A rule of a file for reports that list rules. Its texts are the file's own."""
    said = _VERB.sub("…", rule["message"])
    return Rule(
        id=rule["id"],
        severity=Severity(rule["level"]),
        summary=rule["description"] or said,
        reason=said if rule["description"] else f"The house style has the rule {rule['name']} for it.",
        source=rule["link"] or f"the house style: {rule['name']}",
        flagged=(),
        passes=(),
    )


_RULE_SECONDS = 1.0
_MIN_LITERAL = 2
_MAX_FINDINGS = 200  # of a rule in a post
_VERB = re.compile(r"%(?:\[([12])\])?[sqv]")
_QUOTED = "'\"‘“`*"


def check(post: Post, context: StepContext) -> list[Finding]:
    """What the rules of `context.options["rules"]` find, by place."""
    rules = _parsed(str(context.options["rules"]))
    accepted = frozenset(context.vocabulary)
    cache: dict[str, list[Unit]] = {}
    found: list[Finding] = []
    for rule in rules:
        own: list[Finding] = []
        words = accepted if rule.get("vocab", True) else frozenset()
        run = _Run(post, rule, words, time.monotonic() + _RULE_SECONDS)
        try:
            for finding in _KINDS[rule["kind"]](run, _units_of(post, rule, cache)):
                own.append(finding)
                if len(own) >= (rule.get("limit") or _MAX_FINDINGS):
                    break
        except TimeoutError:
            message = (
                f"The pattern of {rule['name']} takes too long on this post: the rule was not applied to all of it."
            )
            own.append(post.finding("house_rules.slow_rule", Severity.WARNING, 0, 0, message))
        found += own
    return sorted(dict.fromkeys(found), key=lambda f: (f.line, f.column, f.check))


@functools.lru_cache(maxsize=4)
def _parsed(rules: str) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = json.loads(rules)
    return parsed


def _units_of(post: Post, rule: Mapping[str, Any], cache: dict[str, list[Unit]]) -> list[Unit]:
    seen: dict[int, Unit] = {}
    for scope in rule["scope"]:
        if scope not in cache:
            cache[scope] = units(post, scope)
        seen.update((id(unit), unit) for unit in cache[scope])
    return list(seen.values())


class _Run:
    """One rule over one post, with its time."""

    def __init__(self, post: Post, rule: Mapping[str, Any], accepted: frozenset[str], deadline: float) -> None:
        self.post, self.rule, self.accepted, self.deadline = post, rule, accepted, deadline
        exceptions = rule.get("exceptions")
        pattern = tokens_pattern("|".join(map(bracketed, exceptions)), rule) if exceptions else ""
        self._except = self.pattern(pattern) if pattern else None

    def pattern(self, text: str) -> Any:
        return compile_pattern(text, bool(self.rule.get("ignorecase")))

    def matches(self, pattern: Any, text: str) -> Iterator[Any]:
        """The matches that are not empty. Raises `TimeoutError` when the rule's time is over."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        for match in pattern.finditer(text, timeout=left):
            if match[0].strip():
                yield match

    def excepted(self, text: str) -> bool:
        return text in self.accepted or (self._except is not None and any(self.matches(self._except, text)))

    def exceptions_in(self, text: str) -> Callable[[int, int], bool]:
        """Whether a range of a text is an exception, or within one of several words: `Visual Studio Code`."""
        spans = [match.span() for match in self.matches(self._except, text)] if self._except is not None else []
        return lambda start, end: text[start:end] in self.accepted or any(a <= start and end <= b for a, b in spans)

    def finding(
        self, unit: Unit, place: tuple[int, int], words: tuple[str, ...], suggestions: Iterable[str]
    ) -> Finding:
        start, end = place
        text = unit.text[start:end]
        start += len(text) - len(text.lstrip())
        span = unit.to_source(start, max(start, end - (len(text) - len(text.rstrip()))))
        link = f" ({self.rule['link']})" if self.rule.get("link") else ""
        # What is put in place of a match must not swallow code, pictures or the marks of a link.
        given = () if OBJECT in text else tuple(s for s in dict.fromkeys(suggestions) if s != text.strip())
        return self.post.finding(
            self.rule["id"],
            Severity(self.rule["level"]),
            span.start,
            span.end,
            _message(self.rule["message"], words) + link,
            given,
        )


def _message(message: str, words: tuple[str, ...]) -> str:
    """The message with `%s` replaced, by place or by number (`%[2]s`), as Go does it."""
    count = 0

    def fill(match: re.Match[str]) -> str:
        nonlocal count
        index = int(match[1]) - 1 if match[1] else count
        count += not match[1]
        word = words[index] if index < len(words) else ""
        before, after = message[match.start() - 1 : match.start()], message[match.end() : match.end() + 1]
        quoted = bool(before) and before in _QUOTED and bool(after)
        return word.replace("|", f"{after} or {before}" if quoted else " or ")

    return _VERB.sub(fill, message).replace("%%", "%")


# --- the kinds of rules -----------------------------------------------------------------------------------------------


def _existence(run: _Run, texts: list[Unit]) -> Iterator[Finding]:
    pattern = run.pattern(joined(run.rule))
    for unit in _promising(run.rule, run.rule.get("tokens", ()), texts):
        for match in run.matches(pattern, unit.text):
            word = match[0].strip()
            if not run.excepted(word):
                yield run.finding(unit, match.span(), (word,), _suggested(run.rule, word))


def _substitution(run: _Run, texts: list[Unit]) -> Iterator[Finding]:
    pattern = run.pattern(joined(run.rule))
    better = list(run.rule["swap"].values())
    for unit in _promising(run.rule, run.rule["swap"], texts):
        for match in run.matches(pattern, unit.text):
            observed = match[0].strip()
            expected = better[int(match.lastgroup.removeprefix("swap"))] if match.lastgroup else ""
            if run.rule.get("capitalize") and observed[:1].isupper():
                expected = "|".join(e[:1].upper() + e[1:] for e in expected.split("|"))
            choices = [choice for choice in expected.split("|") if choice]
            if _same(run, choices, observed) or run.excepted(observed):
                continue
            action = run.rule["action"]
            # `replace` without words of its own means those of the swap.
            own = action and not (action["name"] == "replace" and not action["params"])
            suggestions = _suggested(run.rule, observed) if own else choices
            yield run.finding(unit, match.span(), (expected, observed), suggestions)


def _promising(rule: Mapping[str, Any], tokens: Iterable[str], texts: list[Unit]) -> Iterable[Unit]:
    """The texts in which one of the patterns may match: most hold not one of their words, and need no search."""
    literals = {literal_of(token) for token in tokens}
    if rule.get("raw") or not literals or any(len(literal) < _MIN_LITERAL for literal in literals):
        return texts
    return (unit for unit in texts if any(literal in unit.lower for literal in literals))


def _same(run: _Run, choices: list[str], observed: str) -> bool:
    """Whether the text is what it should be: a pattern such as `(?i)github` matches `GitHub` too."""
    fold = str.casefold if run.rule.get("ignorecase") and not _has_capital(choices) else str
    return any(fold(choice) == fold(observed) for choice in choices)


def _has_capital(choices: list[str]) -> bool:
    return any(choice != choice.lower() for choice in choices)


def _occurrence(run: _Run, texts: list[Unit]) -> Iterator[Finding]:
    pattern = run.pattern(run.rule["token"])
    most, least = run.rule.get("max"), run.rule.get("min")
    for unit in texts:
        places = [match.span() for match in run.matches(pattern, unit.text)]
        if (most is not None and len(places) > most) or (least is not None and len(places) < least):
            start, end = (places[0][0], places[-1][1]) if places else (0, len(unit.text))
            yield run.finding(unit, (start, end), (str(len(places)),), ())


def _repetition(run: _Run, texts: list[Unit]) -> Iterator[Finding]:
    tokens = run.rule.get("tokens") or [r"[^\s]+"]
    pattern = run.pattern("|".join(map(bracketed, tokens)))
    fold = str.casefold if run.rule.get("ignorecase") else str
    for unit in texts:
        before, start, count = "", 0, 0
        for match in run.matches(pattern, unit.text):
            word = match[0].strip()
            plain = not run.rule.get("alpha") or word.isalpha()
            if plain and OBJECT not in word and fold(word) == fold(before) and not run.excepted(word):
                count += 1
                if count > run.rule.get("max", 0):
                    yield run.finding(unit, (start, match.end()), (word,), [before])
                    count = 0
            else:
                count = 0
            if not count:
                before, start = word, match.start()


def _conditional(run: _Run, texts: list[Unit]) -> Iterator[Finding]:
    first, second = run.pattern(run.rule["first"]), run.pattern(run.rule["second"])
    explained: set[str] = set()
    for unit in texts:
        for match in run.matches(second, unit.text):
            # Without a group the second pattern explains everything; with one, what it holds.
            explained.update(filter(None, match.groups()) if second.groups else ("",))
        for match in run.matches(first, unit.text):
            word = match[0].strip()
            if word not in explained and "" not in explained and not run.excepted(word):
                yield run.finding(unit, match.span(), (word,), ())


def _capitalization(run: _Run, texts: list[Unit]) -> Iterator[Finding]:
    match = run.rule["match"]
    pattern = None if match.startswith("$") else run.pattern(match)
    prefix = run.pattern(run.rule["prefix"]) if run.rule.get("prefix") else None
    for unit in texts:
        start = 0
        if prefix is not None:
            start = next((m.end() for m in run.matches(prefix, unit.text) if m.start() == 0), 0)
        text = unit.text[start:]
        if not text.strip():
            continue
        excepted = run.exceptions_in(text)
        right = capital_words(text, run.rule, excepted) if pattern is None else any(run.matches(pattern, text))
        inner = text.strip()
        begin = text.index(inner)
        if not right and not excepted(begin, begin + len(inner)):
            yield run.finding(unit, (start, len(unit.text)), (text.strip(),), ())


_KINDS: dict[str, Callable[[_Run, list[Unit]], Iterator[Finding]]] = {
    "existence": _existence,
    "substitution": _substitution,
    "occurrence": _occurrence,
    "repetition": _repetition,
    "conditional": _conditional,
    "capitalization": _capitalization,
}


# --- suggestions ------------------------------------------------------------------------------------------------------


def _suggested(rule: Mapping[str, Any], text: str) -> list[str]:
    action = rule.get("action") or {}
    params = action.get("params", [])
    if action.get("name") == "replace":
        return list(params)
    if action.get("name") != "edit":
        return []
    kind, arguments = params[0], [*params[1:], "", ""]
    edits: dict[str, Callable[[], str]] = {
        "remove": lambda: text.replace(arguments[0], ""),
        "replace": lambda: text.replace(arguments[0], arguments[1]),
        "regex": lambda: compile_pattern(arguments[0]).sub(_groups(arguments[1]), text, timeout=0.2),
        "trim": lambda: text.strip(arguments[0]),
        "trim_left": lambda: text.lstrip(arguments[0]),
        "trim_right": lambda: text.rstrip(arguments[0]),
        "truncate": lambda: text.partition(arguments[0])[0] if arguments[0] else text,
        "split": lambda: _part(text, arguments[0], arguments[1]),
    }
    edited = edits[kind]()
    return [edited] if edited and edited != text else []


def _groups(replacement: str) -> str:
    """Go's `$1` as Python's `\\g<1>`."""
    return re.sub(r"\$\{?(\d{1,2})\}?", r"\\g<\1>", replacement.replace("\\", r"\\"))


def _part(text: str, separator: str, index: str) -> str:
    parts = text.split(separator) if separator else [text]
    number = int(index) if index.isdigit() else 0
    return parts[number] if number < len(parts) else ""
