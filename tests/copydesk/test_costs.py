"""What a review costs, in counts that are the same on every machine: parses, processes, statements."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from copydesk.cache import ResultCache
from copydesk.direct import review_directly
from copydesk.plan import Plan, make_plan
from copydesk.report import ReviewReport
from copydesk.sandbox import close_shared_pool
from copydesk.sandbox_start import ForkedChild, TemplateStarter
from copydesk.session import open_session
from copydesk.settings import settings
from copydesk.workflow import parse_workflow

STEPS = ("first", "second", "third")
COUNTING = """
import os
from copydesk import run_check
from copydesk.report import StepResult

def parses(post, context):
    return StepResult(outputs={"child": os.getpid(), "parsed": run_check._posts(224).cache_info().misses})
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[int], Path]:
    """Make a folder with so many posts."""

    def make(posts: int) -> Path:
        folder = tmp_path / f"posts-{posts}"
        folder.mkdir()
        for number in range(posts):
            (folder / f"{number:03}.md").write_text(f"---\ntitle: Post {number}\n---\n\nThis is post {number}.\n")
        return folder

    return make


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Three steps of different ranks that say which child they ran in and how many posts it has parsed."""
    monkeypatch.setenv("COPYDESK_CHILDREN", "2")
    settings.cache_clear()
    close_shared_pool()  # with children that have met nothing
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "counting_steps.py").write_text(COUNTING)
    monkeypatch.syspath_prepend(str(modules))
    ranks = zip(STEPS, ("high", "medium", "low"), strict=True)
    lines = "".join(f'    - {{name: {n}, uses: "counting_steps:parses", priority: {rank}}}\n' for n, rank in ranks)
    return make_plan(parse_workflow(f"workflow:\n  batch_size: 40\n  steps:\n{lines}"))


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every start of a child."""
    started: list[int] = []
    start = TemplateStarter.start

    def counted(self: TemplateStarter) -> ForkedChild:
        started.append(1)
        return start(self)

    monkeypatch.setattr(TemplateStarter, "start", counted)
    return started


def check(plan: Plan, folder: Path) -> tuple[ReviewReport, list[dict[str, object]]]:
    """The report, and what the steps put out."""
    outputs: list[dict[str, object]] = []
    with open_session(monitored=False) as session:
        take = session.take

        def taking(batch) -> None:  # type: ignore[no-untyped-def]
            for name in STEPS:
                outputs.extend(dict(result.outputs) for result in batch.review.results[name].values())
            take(batch)

        session.take = taking  # type: ignore[method-assign]
        return asyncio.run(review_directly(session, plan, [str(folder)])), outputs


def test_a_post_is_parsed_in_one_child_for_all_its_steps(plan: Plan, write: Callable[[int], Path]) -> None:
    posts = 120  # three batches
    _, outputs = check(plan, write(posts))
    assert len(outputs) == posts * len(STEPS)
    parsed: dict[object, int] = {}
    for output in outputs:
        child, count = output["child"], output["parsed"]
        assert isinstance(count, int)
        parsed[child] = max(parsed.get(child, 0), count)
    # A child that is held up on a busy machine has some of its posts taken over; twice as many would be no grouping.
    assert posts <= sum(parsed.values()) <= posts * 1.4


def test_a_review_starts_as_many_children_as_it_may_use(
    plan: Plan, write: Callable[[int], Path], starts: list[int]
) -> None:
    folder = write(30)
    check(plan, folder)
    assert len(starts) == 2
    check(plan, folder)
    assert len(starts) == 2


def test_what_is_cached_starts_nothing_and_asks_once_a_step(
    plan: Plan, write: Callable[[int], Path], starts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = {count: write(count) for count in (3, 30)}
    for folder in folders.values():
        check(plan, folder)
    close_shared_pool()
    starts.clear()
    said: list[str] = []
    opening = ResultCache._open

    def traced(cache: ResultCache) -> sqlite3.Connection:
        connection = opening(cache)
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr(ResultCache, "_open", traced)
    counts = {}
    for count, folder in folders.items():
        said.clear()
        _, outputs = check(plan, folder)
        assert len(outputs) == count * len(STEPS)
        counts[count] = sum(statement.startswith("SELECT key") for statement in said)
        assert not any("INTO results" in statement for statement in said)
    assert counts == {3: 1 + len(STEPS), 30: 1 + len(STEPS)}  # `load` and each step: one, however many posts
    assert starts == []


def test_a_child_imports_nothing_that_checks_do_without(tmp_path: Path, untraced: dict[str, str]) -> None:
    (tmp_path / "child_modules.py").write_text(
        "import sys\nfrom copydesk.report import StepResult\n"
        "def loaded(post, context):\n    return StepResult(outputs={'modules': sorted(sys.modules)})\n"
    )
    code = f"""
import json, sys
sys.path.insert(0, {str(tmp_path)!r})
from copydesk.sandbox import shared_pool
shared = {{"check": "child_modules:loaded", "context": {{"vocabulary": []}}, "keep": 1}}
item = {{"path": "a.md", "text": "It rains.", "outputs": {{}}}}
answer = shared_pool(1).submit("copydesk.run_check:check_post", [item], shared).result(60)[0]
print(json.dumps(answer.value["outputs"]["modules"]))
"""
    done = subprocess.run([sys.executable, "-c", code], env=untraced, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "harper" in loaded
    # Each takes longer to import than a short post to check; asyncio and click belong to the command line.
    assert not loaded & {"pydantic", "asyncio", "click", "rich", "httpx", "sqlite3", "prefect", "motor"}


def test_the_help_imports_next_to_nothing(untraced: dict[str, str]) -> None:
    code = """
import contextlib, io, json, sys
before = set(sys.modules)
from copydesk.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(["--help"])
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    done = subprocess.run([sys.executable, "-c", code], env=untraced, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"pydantic", "asyncio", "harper", "yaml", "markdown_it", "sqlite3", "prefect", "copydesk.post"}
    # Most are of click and of the standard library.
    assert sum(name.split(".")[0] == "copydesk" for name in loaded) <= 12


OPENING = """
import json, sys
folder, opened = sys.argv[1], []
own = folder.rpartition("/")[0]  # posts, report and cache

def hear(event, given):
    if event == "open" and not isinstance(given[0], int):  # a number is a pipe that is open already
        opened.append(str(given[0]))

sys.addaudithook(hear)
from copydesk.cli import main
try:
    main(["check", folder, "--quiet", "--format", "json", "--output", folder + ".json", "--fail-on", "never"])
finally:
    # Modules are compiled by whoever comes first, and what the system tells is under the number of a process.
    others = [n for n in opened if not n.endswith((".py", ".pyc")) and not n.startswith(("/proc/", own))]
    print(json.dumps({"posts": [name for name in opened if name.startswith(folder + "/")], "others": sorted(others)}))
"""


def test_the_parent_opens_each_post_once_and_nothing_else_for_it(
    write: Callable[[int], Path], untraced: dict[str, str], tmp_path: Path
) -> None:
    def opened(posts: int, turn: str) -> dict[str, object]:
        env = untraced | {"COPYDESK_CACHE_DIR": str(tmp_path / f"cache-{posts}")}
        command = [sys.executable, "-c", OPENING, str(folders[posts])]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (turn, done.stderr)
        answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
        return answer

    folders = {count: write(count) for count in (4, 44)}
    for turn in ("first", "again"):
        few, many = opened(4, turn), opened(44, turn)
        assert sorted(many["posts"]) == sorted(map(str, folders[44].iterdir()))  # type: ignore[call-overload]
        assert few["others"] == many["others"], turn
