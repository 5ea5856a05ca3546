"""What a machine must have for a review, one finding for each part: what is missing or unsafe, and what to do."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from copydesk.allocator import preloading


class Health(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"  # works, with a risk that the text names
    PROBLEM = "problem"  # a review would fail or be incomplete


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One part of the machine."""

    part: str
    health: Health
    text: str
    advice: str = ""


Examination = Callable[[], Iterator[Diagnosis]]
Pools = Callable[[], list[str]]


def examine(start: Path, store: str | None = None, pools: Pools | None = None) -> Iterator[Diagnosis]:
    """Look at everything, part by part. Never raises: what an examination raises is its diagnosis.

    `pools` answers what is wrong with the work pools of the server that is configured.
    """
    parts: dict[str, Examination] = {
        "python": _python,
        "packages": _packages,
        "allocator": _allocator,
        "checkers": _checkers,
        "diagrams": _diagrams,
        "workflow": lambda: _workflow(start),
        "cache": _cache,
        "store": lambda: _store(store),
        "prefect": lambda: _prefect(pools),
    }
    for part, look in parts.items():
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001 - a doctor that falls ill helps nobody
            from copydesk.redaction import redact

            yield Diagnosis(part=part, health=Health.PROBLEM, text=redact(f"{type(error).__name__}: {error}"))


def _python() -> Iterator[Diagnosis]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Diagnosis(part="python", health=Health.OK, text=f"Python {version}")
    # A corruption race between two connections and a checkpoint was fixed in 3.51.3 (sqlite.org, "WAL-reset bug").
    old = sqlite3.sqlite_version_info < (3, 51, 3)
    yield Diagnosis(
        part="sqlite",
        health=Health.WARNING if old else Health.OK,
        text=f"SQLite {sqlite3.sqlite_version}",
        advice="Before 3.51.3 a very rare race can corrupt a database in WAL mode: keep a backup of the store."
        if old
        else "",
    )


def _packages() -> Iterator[Diagnosis]:
    from packaging.requirements import Requirement

    try:
        requirements = metadata.requires("copydesk") or []
    except metadata.PackageNotFoundError:
        text = "copydesk runs from a folder: whether its packages fit is not known"
        yield Diagnosis(part="packages", health=Health.OK, text=text)
        return
    wrong = []
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement.name} is {installed}, and {requirement.specifier} is needed")
    yield Diagnosis(
        part="packages",
        health=Health.PROBLEM if wrong else Health.OK,
        text="; ".join(wrong) or "all packages are there, in versions that work together",
        advice="Install with `pip install --no-deps -r requirements.lock`." if wrong else "",
    )


def _allocator() -> Iterator[Diagnosis]:
    if preloading():
        text, advice = "child processes use mimalloc", ""
    elif os.environ.get("LD_PRELOAD"):
        text, advice = "child processes use the one that LD_PRELOAD names, if any", ""
    else:
        text = "child processes use the system's"
        advice = "On Linux the package cmeel-mimalloc (it needs the system's libatomic) makes grammar a tenth faster."
    yield Diagnosis(part="allocator", health=Health.OK, text=text, advice=advice)


def _checkers() -> Iterator[Diagnosis]:
    from copydesk.post import Post
    from copydesk.report import StepResult
    from copydesk.step import StepContext
    from copydesk.steps import BUILTIN, builtin, load_object

    post = Post.from_text("doctor.md", "---\ntitle: Doctor\n---\n\nThis sentence is is here to be checked.\n")
    for name in BUILTIN:
        step = builtin(name)
        try:
            answer = load_object(step.check)([post] if step.batch else post, StepContext())
            if not isinstance(answer, StepResult):
                list(answer)  # a generator has done nothing until it is asked
        except Exception as error:  # noqa: BLE001 - this is what is asked
            text = f"the step {name} does not work: {type(error).__name__}: {error}"
            advice = "Its reviews would be incomplete. Install with `pip install --no-deps -r requirements.lock`."
            yield Diagnosis(part=name, health=Health.PROBLEM, text=text, advice=advice)
        else:
            yield Diagnosis(part=name, health=Health.OK, text=step.description)


def _diagrams() -> Iterator[Diagnosis]:
    from copydesk.drawing import find_program

    program = find_program()
    if program is None:
        advice = "Install Graphviz or the package graphviz-pure; until then diagrams are written as text."
        yield Diagnosis(part="diagrams", health=Health.WARNING, text="there is no `dot`", advice=advice)
    else:
        yield Diagnosis(part="diagrams", health=Health.OK, text=f"drawn by {program.path}")


def _workflow(start: Path) -> Iterator[Diagnosis]:
    from copydesk.errors import UsageError
    from copydesk.plan import load_plan

    try:
        plan = load_plan(None, start)
    except UsageError as error:
        yield Diagnosis(part="workflow", health=Health.PROBLEM, text=str(error))
    else:
        steps = ", ".join(step.name for step in plan.steps)
        yield Diagnosis(part="workflow", health=Health.OK, text=f"{plan.file or 'built in'}: {steps}")


def _cache() -> Iterator[Diagnosis]:
    from copydesk.settings import settings

    folder = settings().cache_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        text = f"{folder} cannot be written: {error.strerror}"
        advice = "Every review will compute everything anew. Set COPYDESK_CACHE_DIR to a folder of yours."
        yield Diagnosis(part="cache", health=Health.WARNING, text=text, advice=advice)
        return
    readable = os.name == "posix" and folder.stat().st_mode & 0o077
    yield Diagnosis(
        part="cache",
        health=Health.WARNING if readable else Health.OK,
        text=f"{folder}{': other users can read it' if readable else ''}",
        advice=f"It quotes your drafts: `chmod 700 {folder}`." if readable else "",
    )


def _store(url: str | None) -> Iterator[Diagnosis]:
    from copydesk.stores import make_store

    store = make_store(url)
    try:
        store.open()
    finally:
        store.close()
    yield Diagnosis(part="store", health=Health.OK, text=store.address)


def _prefect(pools: Pools | None) -> Iterator[Diagnosis]:
    from copydesk.engine import prepare_environment

    prepare_environment(quiet=True)
    import prefect
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    if not url:
        text = f"Prefect {prefect.__version__}, with its embedded server (PREFECT_API_URL is not set)"
        yield Diagnosis(part="prefect", health=Health.OK, text=text)
        return
    yield from _server(str(url), pools)


def _server(url: str, pools: Pools | None) -> Iterator[Diagnosis]:
    import httpx
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY

    headers = {"Origin": "https://example.invalid"}
    try:
        answer = httpx.get(f"{url}/health", timeout=5, headers=headers)
        answer.raise_for_status()
        open_to_all = httpx.post(f"{url}/flow_runs/count", timeout=5, headers=headers, json={})
    except httpx.HTTPError as error:
        advice = "Start the server or correct PREFECT_API_URL; `copydesk check` needs none."
        yield Diagnosis(part="prefect", health=Health.PROBLEM, text=f"{url} does not answer: {error}", advice=advice)
        return
    yield Diagnosis(part="prefect", health=Health.OK, text=f"the server at {url} answers")
    secured = PREFECT_API_AUTH_STRING.value() or PREFECT_API_KEY.value()
    if open_to_all.is_success and not secured:
        text = "anybody who reaches the server may change runs: it asks for no authentication"
        advice = "Set PREFECT_SERVER_API_AUTH_STRING for the server and PREFECT_API_AUTH_STRING for its clients."
        yield Diagnosis(part="prefect", health=Health.WARNING, text=text, advice=advice)
    if open_to_all.headers.get("access-control-allow-origin") == "*":
        text = "any web page may drive the server from a browser: it allows every origin"
        advice = "Set PREFECT_SERVER_CORS_ALLOWED_ORIGINS to your own, and PREFECT_SERVER_CSRF_PROTECTION_ENABLED=true."
        yield Diagnosis(part="prefect", health=Health.WARNING, text=text, advice=advice)
    if urlsplit(url).hostname in ("0.0.0.0", "::"):  # noqa: S104 - this is what is warned of
        text = "the server listens on all addresses of this machine"
        advice = "Start it with `--host 127.0.0.1`, or behind a proxy that asks who is there."
        yield Diagnosis(part="prefect", health=Health.WARNING, text=text, advice=advice)
    if pools is None:
        return
    problems = pools()
    for problem in problems:
        advice = "`copydesk setup` makes and repairs them; reviews on this machine need none."
        yield Diagnosis(part="work pools", health=Health.WARNING, text=problem, advice=advice)
    if not problems:
        yield Diagnosis(part="work pools", health=Health.OK, text="pools, queues and their ranks are right")
