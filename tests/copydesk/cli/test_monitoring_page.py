"""`docs/monitoring.md` shows what the commands print: every block is run again here.

To write the page anew: `REGENERATE_DOCS=1 python -m pytest tests/copydesk/cli/test_monitoring_page.py`.
"""

import importlib
import os
import random
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from copydesk.events import Authority, Event, Kind, make_event, utc
from copydesk.stores import open_store

PAGE = Path(__file__).parents[3] / "docs" / "monitoring.md"
BLOCK = re.compile(r"(?P<head>```console\n\$ copydesk (?P<command>[^\n]*)\n)(?P<output>.*?)(?P<tail>```)", re.S)
STEPS = {"load": 0.2, "structure": 0.4, "grammar": 6.0, "spelling": 1.1, "links": 0.9, "seo": 0.3, "final_review": 0.1}
FIRST = datetime(2026, 11, 10, 6, tzinfo=UTC)


def nightly(number: int, chance: random.Random) -> list[Event]:
    """A run a night; the links become slow on the tenth; one fails, one is lost, one is cancelled."""
    run = f"{random.Random(number).getrandbits(128):032x}"
    name = f"{run[:8]}-{run[8:12]}-4{run[13:16]}-8{run[17:20]}-{run[20:]}"
    start = FIRST + timedelta(days=number)
    events: list[Event] = []
    clock = [start]

    def tell(kind: Kind, *parts: object, final: bool = False, **data: Any) -> None:
        clock[0] += timedelta(milliseconds=1)
        events.append(
            make_event(
                kind, (name, 1), *parts, source="page", authority=Authority.OWN if final else Authority.PASSING,
                microseconds=int(clock[0].timestamp() * 1e6), data=data,
            )
        )  # fmt: skip

    state = {4: "failed", 6: "lost", 8: "cancelled"}.get(number, "completed")
    priority = "low" if number % 3 else "high"
    wait = round(chance.uniform(1, 20) * (1 if priority == "high" else 4), 2)
    begun = {"started_at": utc(start), "queue_seconds": wait, "lateness_seconds": wait}
    tell(
        Kind.RUN_OPENED, "o", workflow="blog-review", priority=priority, queue=priority, posts=40,
        created_at=utc(start - timedelta(seconds=wait)), metadata={"owner": "docs-team"},
    )  # fmt: skip
    tell(Kind.RUN_STATE, 1, state="running", **begun)
    total = 0.0
    for position, (step, usual) in enumerate(STEPS.items()):
        tell(Kind.STEP_OPENED, step, step=step, step_attempt=1, position=position, priority="medium")
        seconds = round(usual * chance.lognormvariate(0, 0.15) * (2.6 if step == "links" and number >= 9 else 1), 3)
        base = {"step": step, "started_at": utc(clock[0]), "workflow": "blog-review", "queue_seconds": 0.012}
        if step == "links" and number == 12:
            tell(
                Kind.STEP_STATE, step, 1, step_attempt=1, state="retrying", run_seconds=0.75, delay_seconds=2.0,
                error="the site index was being written", **base,
            )  # fmt: skip
            clock[0] += timedelta(seconds=2.75)
            tell(Kind.STEP_OPENED, step, 2, step=step, step_attempt=2, position=position, priority="medium")
            base["step_attempt"] = 2
        lost = state == "lost" and step == "grammar"
        clock[0] += timedelta(seconds=seconds)
        tell(
            Kind.STEP_STATE, step, 2, final=True, ended_at=utc(clock[0]), run_seconds=None if lost else seconds,
            state="lost" if lost else "completed", posts=40, cached=31, findings=3 * position,
            **{"step_attempt": 1, **base},
        )  # fmt: skip
        total += seconds
        if lost:
            break
    for path, score in [("posts/release-notes.md", 71.0 + number), ("posts/welcome.md", 96.5)]:
        tell(
            Kind.POST_REVIEWED, path, path=path, workflow="blog-review", reviewed_at=utc(clock[0]), score=score,
            verdict="approve" if score >= 80 else "changes_requested", errors=int(score < 80), warnings=2,
            suggestions=5, seconds=round(total / 40, 3), content_hash=f"{number if score < 90 else 0:08x}c0ffee",
        )  # fmt: skip
    own = state in ("completed", "failed")
    tell(
        Kind.RUN_STATE, 3, final=True, state=state, ended_at=utc(clock[0]), reviewed=40 if own else None,
        run_seconds=None if state == "lost" else round(total, 3), score=84.0 if state == "completed" else None,
        verdict="changes_requested" if state == "completed" else None,
        error={"failed": "grammar: out of memory", "lost": "its process is gone"}.get(state), **begun,
    )  # fmt: skip
    return events


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store that the page tells of: thirteen nights."""
    url = f"sqlite:///{tmp_path}/page.db"
    chance = random.Random(2026)
    store = open_store(url)
    for number in range(13):
        store.apply(nightly(number, chance))
    store.close()
    monkeypatch.setenv("COPYDESK_STORE", url)
    return url


def output(line: str) -> str:
    """What a command prints, and its exit code when it is not 0."""
    name, *arguments = shlex.split(line)
    command = importlib.import_module(f"copydesk.cli.{name}").command
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    text = "\n".join(row.rstrip() for row in result.output.splitlines())
    # A blank line at each end of a table says nothing on a page.
    text = re.sub(r"\n{2,}", "\n\n", text).strip("\n") + "\n"
    return text + (f"exit code {result.return_value}\n" if result.return_value else "")


def test_the_page_shows_what_the_commands_print(url: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(BLOCK.findall(page)) >= 8
    # A cleanup's answer depends on the day; what is deleted is the same on every day from now on.
    written = BLOCK.sub(lambda found: found["head"] + output(found["command"]) + found["tail"], page)
    if os.environ.get("REGENERATE_DOCS"):
        PAGE.write_text(written, encoding="utf-8")
    else:
        assert page == written, "the page is behind: REGENERATE_DOCS=1 writes it anew"


def test_every_option_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ("stats", "runs", "show", "reconcile", "cleanup"):
        command = importlib.import_module(f"copydesk.cli.{name}").command
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or option in page, f"{name} {option}"
