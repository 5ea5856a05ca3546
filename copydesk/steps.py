"""Which steps there are: the built-in ones, those that installed packages register, and a team's own functions."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import inspect
import sysconfig
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from copydesk.errors import UsageError
from copydesk.rules import Rule
from copydesk.step import Step

ENTRY_POINT_GROUP = "copydesk.steps"

# In the order in which a report is read; `load` and `final_review` run by themselves around them, `approval` (where the
# workflow lists it) between the others and the final review.
BUILTIN = ("structure", "grammar", "spelling", "style", "links", "seo")
RESERVED = ("load", "approval", "final_review")
# Built in as well, but run only where the workflow lists them (`--external` adds `external_links`).
OPTIONAL = ("house_rules", "hunspell", "site_checks", "external_links")


class UnusableStep(UsageError):
    """A step that the workflow names cannot be used."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message, self.advice = message, advice


@functools.cache
def registered() -> dict[str, str]:
    """Names of the steps that installed packages register (entry points of `copydesk.steps`) with their addresses."""
    return {point.name: point.value for point in entry_points(group=ENTRY_POINT_GROUP)}


def known_names() -> tuple[str, ...]:
    """Every step that a workflow can list without `uses`."""
    return (*BUILTIN, *OPTIONAL, *RESERVED, *sorted(registered()))


def builtin(name: str) -> Step:
    """A built-in step; raises `KeyError` for any other name."""
    if name not in (*BUILTIN, *OPTIONAL, "load"):
        raise KeyError(name)
    step = importlib.import_module("copydesk.loading" if name == "load" else f"copydesk.checks.{name}").STEP
    assert isinstance(step, Step)
    return step


def find_step(name: str, uses: str | None, posts: Sequence[Path] = ()) -> Step:
    """The step that a workflow means by `name` and `uses`.

    Raises `UnusableStep` when it does not exist, cannot be imported, has another signature than `(post, context)`, or
    is code below one of the folders `posts`: what is reviewed is never run, not even imported.
    """
    if not uses and name in (*BUILTIN, *OPTIONAL, "load"):
        return builtin(name)
    address = uses or registered().get(name)
    if address is None:
        raise UnusableStep(
            f"there is no built-in step '{name}'.", 'Name a function with `uses: "package.module:function"`.'
        )
    _refuse_code_among_posts(address, posts)
    target = load_object(address)
    if isinstance(target, Step):
        for inner in filter(None, (target.check, target.resolve, target.rules)):
            _refuse_code_among_posts(inner, posts)
            load_object(inner)
        return target
    if inspect.iscoroutinefunction(target):
        raise UnusableStep(f"'{address}' is asynchronous.", "A step is a plain function: it has a process of its own.")
    if not callable(target):
        raise UnusableStep(f"'{address}' is no function.", "A step is a function `(post, context) -> findings`.")
    try:
        inspect.signature(target).bind("post", "context")
    except TypeError:
        advice = "A step is called with two arguments: `(post, context)`."
        raise UnusableStep(f"'{address}' does not take (post, context).", advice) from None
    description = (inspect.getdoc(target) or "").partition("\n")[0]
    return Step(name=name, version=_source_version(target), description=description, check=address)


def load_object(address: str) -> Any:
    """Import `package.module:name`; raises `UnusableStep` in words that say what to mend."""
    module_name, _, attribute = address.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        advice = "Install the package in the environment of copydesk, or put its folder on PYTHONPATH."
        raise UnusableStep(f"'{address}' cannot be imported: no module named '{error.name}'.", advice) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - importing runs a team's code: whatever it raises, say so
        raise UnusableStep(f"'{address}' cannot be imported: {type(error).__name__}: {error}.") from None
    try:
        return functools.reduce(getattr, attribute.split("."), module)
    except AttributeError:
        from copydesk.config_file import ConfigDocument

        public = [name for name in vars(module) if not name.startswith("_")]
        raise UnusableStep(
            f"module '{module_name}' has no '{attribute}'.", ConfigDocument.suggest(attribute, public)
        ) from None


def _refuse_code_among_posts(address: str, posts: Sequence[Path]) -> None:
    """Raise `UnusableStep` for code below a folder of posts. Looks at each package before it is imported."""
    if not posts:
        return
    # What was installed on purpose may lie there: an environment inside the blog's folder.
    installed = [Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")]
    parts = address.partition(":")[0].split(".")
    for end in range(1, len(parts) + 1):
        module = ".".join(parts[:end])
        try:
            found = importlib.util.find_spec(module)  # imports the packages above it, which were looked at before
        except (Exception, SystemExit):  # noqa: BLE001 - `load_object` meets it again and says it
            return
        if found is None:
            return
        for place in (found.origin, *(found.submodule_search_locations or ())):
            if place is None or not Path(place).exists():  # built into Python
                continue
            for written in (Path(place).absolute(), Path(place).resolve()):  # as named, and where a link leads
                among = next(
                    (f for f in posts if written.is_relative_to(f) or written.is_relative_to(f.resolve())), None
                )
                if among and not any(written.is_relative_to(folder) for folder in installed):
                    raise UnusableStep(
                        f"'{address}' is code among the posts being reviewed ({place}); it was not loaded.",
                        f"Move it out of {among}, or name a folder that holds nothing but posts in `posts.root`.",
                    )


def rules_of(step: Step, options: Mapping[str, Any] | None = None) -> tuple[Rule, ...]:
    """The rules that a step registers; empty for a step without a table of them. With `options`, those of a plan."""
    if step.rules is None:
        return ()
    rules = load_object(step.rules)
    if callable(rules):
        rules = rules(options or {})
    assert isinstance(rules, tuple)
    return rules


def _source_version(target: Any) -> str:
    """A version that changes with the file a team's function is in, so that cached results do not outlive its code."""
    try:
        source = Path(inspect.getfile(target)).read_bytes()
    except (OSError, TypeError):
        source = repr(target).encode()
    return hashlib.sha256(source).hexdigest()[:16]
