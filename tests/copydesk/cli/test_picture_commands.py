"""`copydesk graph` and `copydesk timeline`: what they draw of a recorded run, and what they refuse."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copydesk.cli import graph, main
from copydesk.events import Kind, utc
from copydesk.stores import open_store
from tests.copydesk.cli.sample_records import story, tell

NOW = datetime.now(UTC)
RUN = "0190f3c2-run"
SVG = "{http://www.w3.org/2000/svg}"

WORKFLOW = """\
workflow:
  name: blog
  steps:
    - {name: structure, priority: high, required: true}
    - {name: links, priority: low, depends_on: [structure]}
"""

Answer = tuple[int, str, str]
Command = Callable[..., Answer]


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    folder = tmp_path / "blog"
    folder.mkdir()
    (folder / "copydesk.yaml").write_text(WORKFLOW)
    return folder


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def copydesk_here(url: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """The command line in this process: exit code, standard output, standard error."""
    monkeypatch.setenv("COPYDESK_STORE", url)

    def call(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out.decode("utf-8", "replace"), err.decode()

    return call


def record(url: str, *events: Any) -> None:
    store = open_store(url)
    store.apply(list(events))
    store.close()


def step(run: str, name: str, attempt: int, at: datetime, seconds: float | None, state: str, **data: Any) -> list[Any]:
    """A step's attempt that began at `at`; without seconds it is still under way."""
    ended = {"ended_at": utc(at + timedelta(seconds=seconds)), "run_seconds": seconds} if seconds is not None else {}
    return [
        tell(Kind.STEP_OPENED, run, at, name, attempt, step=name, step_attempt=attempt, position=0),
        tell(Kind.STEP_STATE, run, at, name, attempt, step=name, step_attempt=attempt, state=state, workflow="blog",
             started_at=utc(at), queue_seconds=0.05, final=seconds is not None, **ended, **data),
    ]  # fmt: skip


def beginning(run: str, at: datetime) -> list[Any]:
    return [
        tell(Kind.RUN_OPENED, run, at, workflow="blog", priority="high", queue="high", created_at=utc(at), posts=3),
        tell(Kind.RUN_STATE, run, at, 1, state="running", started_at=utc(at)),
    ]


def ending(run: str, at: datetime, seconds: float, state: str = "completed") -> Any:
    end = at + timedelta(seconds=seconds)
    return tell(
        Kind.RUN_STATE, run, end, 2, state=state, started_at=utc(at), ended_at=utc(end), run_seconds=seconds, final=True
    )


@pytest.fixture
def recorded(url: str) -> None:
    """A run in which `links` failed at first, and took longest."""
    at = NOW - timedelta(hours=1)
    record(
        url,
        *beginning(RUN, at),
        *step(RUN, "load", 1, at, 0.2, "completed"),
        *step(RUN, "structure", 1, at + timedelta(seconds=0.3), 0.5, "completed", findings=3),
        *step(RUN, "links", 1, at + timedelta(seconds=0.9), 1.0, "failed", delay_seconds=2.0, error="TimeoutError"),
        *step(RUN, "links", 2, at + timedelta(seconds=4), 3.0, "completed", findings=12),
        ending(RUN, at, 8.0),
    )


def shown(svg: str) -> str:
    return " ".join(e.text or "" for e in ET.fromstring(svg).iter(f"{SVG}text"))


# --- the workflow as planned ------------------------------------------------------------------------------------------


def test_the_plan_is_drawn_without_a_store(copydesk_here: Command, blog: Path, tmp_path: Path) -> None:
    code, out, _ = copydesk_here("graph", blog)
    assert code == 0
    for word in ("blog", "structure", "links", "high priority · queue high", "required"):
        assert word in re.sub(r"\s+", " ", shown(out).replace("\xa0", " "))
    assert not (tmp_path / "store.db").exists()


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("plan.svg", b"<svg "),
        ("plan.png", b"\x89PNG"),
        ("plan.dot", b"digraph"),
        ("plan.gv", b"digraph"),
        ("plan.mmd", b"flowchart LR"),
        ("plan.mermaid", b"flowchart LR"),
    ],
)
def test_the_ending_of_the_file_names_the_format(
    copydesk_here: Command, blog: Path, tmp_path: Path, name: str, begins: bytes
) -> None:
    """The folder is made, as with `--output` everywhere."""
    assert copydesk_here("graph", blog, "-o", tmp_path / "new" / name) == (0, "", "")
    assert (tmp_path / "new" / name).read_bytes().startswith(begins)
    assert [f.name for f in (tmp_path / "new").iterdir()] == [name]


def test_a_named_format_comes_before_the_ending(copydesk_here: Command, blog: Path, tmp_path: Path) -> None:
    assert copydesk_here("graph", blog, "--format", "dot", "-o", tmp_path / "plan.txt")[0] == 0
    assert (tmp_path / "plan.txt").read_text().startswith("digraph")


def test_the_theme_is_taken(copydesk_here: Command, blog: Path) -> None:
    light, dark = (copydesk_here("graph", blog, "--format", "dot", "--theme", t)[1] for t in ("light", "dark"))
    assert "#14171c" in dark
    assert "#14171c" not in light


@pytest.mark.needs_program
def test_pdf_comes_from_the_systems_graphviz(copydesk_here: Command, blog: Path, tmp_path: Path) -> None:
    assert copydesk_here("graph", blog, "-o", tmp_path / "plan.pdf")[0] == 0
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")


# --- a run ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("run", ["latest", RUN, RUN[:8]])
def test_a_run_is_drawn_as_it_went(copydesk_here: Command, blog: Path, tmp_path: Path, run: str) -> None:
    file = tmp_path / "run.svg"
    code, out, _ = copydesk_here("graph", blog, "--run", run, "-o", file)
    assert (code, out) == (
        0,
        "links took 50 % of the run; without it the review would have taken about 4.0 s.\n",
    )
    words = shown(file.read_text("utf-8"))
    for word in ("completed · 50 % of the run · 12 findings", "2 attempts", "3 posts", "8.0 s"):
        assert word in words


@pytest.mark.usefixtures("recorded")
def test_the_picture_alone_stands_on_standard_output(copydesk_here: Command, blog: Path) -> None:
    code, out, err = copydesk_here("graph", blog, "--run", "latest", "--format", "mermaid")
    assert (code, err) == (0, "")
    assert out.startswith("flowchart LR\n")
    assert "took" not in out.splitlines()[-1]


@pytest.mark.usefixtures("recorded")
def test_the_timeline_shows_attempts_waits_and_delays(copydesk_here: Command, tmp_path: Path) -> None:
    code, out, _ = copydesk_here("timeline", "--run", RUN)
    assert code == 0
    titles = [t.text or "" for t in ET.fromstring(out).iter(f"{SVG}title")]
    assert "links, failed, 1.0 s" in titles
    assert "links, attempt 2, completed, 3.0 s" in titles
    assert "links: next attempt after 2.0 s" in titles
    assert copydesk_here("timeline", "-o", tmp_path / "a" / "timeline.svg") == (0, "", "")
    assert (tmp_path / "a" / "timeline.svg").read_text("utf-8") == out
    assert copydesk_here("timeline", "--theme", "dark")[1] != out


def test_a_run_is_drawn_while_it_goes_on(copydesk_here: Command, blog: Path, url: str) -> None:
    at = datetime.now(UTC) - timedelta(seconds=30)
    record(url, *beginning(RUN, at), *step(RUN, "structure", 1, at, None, "running"))
    for command in (("graph", blog, "--run", "latest"), ("timeline",)):
        code, out, _ = copydesk_here(*command)
        assert code == 0
        assert re.search(r"running · (3 posts · )?3\d\.\d s", shown(out))
        assert "would have" not in out


# --- watching ---------------------------------------------------------------------------------------------------------


class Clock:
    """In place of waiting: what happens to the run between two looks, then nothing more may be waited for."""

    def __init__(self, *between: Callable[[], None]) -> None:
        self._between = list(between)

    def sleep(self, seconds: float) -> None:
        assert seconds <= 5
        assert self._between, "it looks on after the run has ended"
        self._between.pop(0)()

    @property
    def done(self) -> bool:
        return not self._between


def test_watching_draws_again_until_the_run_has_ended(
    copydesk_here: Command, blog: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.dot"
    at = datetime.now(UTC) - timedelta(seconds=10)
    drawn: list[str] = []

    def happens(*events: Any) -> Callable[[], None]:
        def tell_the_store() -> None:
            drawn.append(file.read_text("utf-8"))
            record(url, *events)

        return tell_the_store

    record(url, *beginning(RUN, at), *step(RUN, "structure", 1, at, None, "running"))
    clock = Clock(
        happens(),
        # A run that begins meanwhile is `latest` now, and not the one that is watched.
        happens(*story("another", NOW + timedelta(hours=1), 1.0)),
        happens(*step(RUN, "structure", 1, at, 2.0, "completed", findings=4)),
        happens(ending(RUN, at, 9.0, "failed")),
    )
    monkeypatch.setattr(graph, "time", clock)
    code, out, _ = copydesk_here("graph", blog, "--run", "latest", "--watch", "-o", file)
    assert clock.done
    drawn.append(file.read_text("utf-8"))
    assert ["running · " in d for d in drawn] == [True, True, True, True, False]
    assert [f"{RUN} · running" in d for d in drawn] == [True, True, True, True, False]
    assert ["4 findings" in d for d in drawn] == [False, False, False, True, True]
    assert f"{RUN} · failed · 3 posts · 9.0 s" in drawn[-1]
    assert "structure has taken" in drawn[0]
    assert (code, out) == (0, "structure took 22 % of the run; without it the review would have taken about 7.0 s.\n")


def test_watching_a_run_that_has_ended_draws_once(
    copydesk_here: Command, blog: Path, recorded: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "time", Clock())
    assert copydesk_here("graph", blog, "--run", RUN, "--watch", "-o", tmp_path / "run.svg")[0] == 0
    assert (tmp_path / "run.svg").exists()


def test_watching_ends_when_the_run_is_silent(
    copydesk_here: Command, blog: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.now(UTC) - timedelta(minutes=9)
    lease = {"host": "h", "boot_id": "b", "pid": 1, "process_start": 1}
    beat = tell(Kind.RUN_HEARTBEAT, RUN, at, heartbeat_at=utc(at), **lease)
    record(url, *beginning(RUN, at), beat)
    monkeypatch.setattr(graph, "time", Clock())
    code, _, err = copydesk_here("graph", blog, "--run", RUN, "--watch", "-o", tmp_path / "run.svg")
    assert code == 3
    assert "copydesk reconcile" in err


# --- weeks ------------------------------------------------------------------------------------------------------------


def test_history_sets_steps_against_the_time_before(copydesk_here: Command, blog: Path, url: str) -> None:
    for number in range(5):
        record(url, *story(f"old-{number}", NOW - timedelta(days=9, hours=number), 1.0))
        record(url, *story(f"new-{number}", NOW - timedelta(days=2, hours=number), 2.0))
    code, out, _ = copydesk_here("graph", blog, "--history", "7d")
    assert code == 0
    assert "the last 7d, 5 runs; p95 against the time before" in shown(out)
    assert "slower: +100 % against 1.0 s" in shown(out)
    assert "p50 2.0 s · p95 2.0 s · 5 runs" in shown(out)


# --- what cannot be drawn ---------------------------------------------------------------------------------------------

REFUSED = {
    "an unknown run": (["--run", "nobody"], "No run 'nobody' is recorded"),
    "a format that nobody knows": (["--format", "gif"], "'gif' is not one of"),
    "an ending that nobody knows": (["-o", "OUT/plan.gif"], "no picture format is known by this ending"),
    "two pictures at once": (["--run", "latest", "--history", "7d"], "give one of them"),
    "a watch over the plan": (["--watch", "-o", "OUT/plan.svg"], "--watch goes with --run and --output"),
    "a watch into a pipe": (["--watch", "--run", "latest"], "--watch goes with --run and --output"),
    "a span of nothing": (["--history", "0d"], "no span of time"),
    "a span in words": (["--history", "last week"], "no span of time"),
    "a folder as a file": (["-o", "OUT"], "is a directory"),
    "a folder below a file": (["-o", "OUT/file/plan.svg"], "cannot be written"),
    "no such workflow file": (["--config", "OUT/none.yaml"], "cannot read the workflow file"),
    "a store of no known kind": (["--run", "latest", "--store", "mysql://host/x"], "no address of a store"),
}  # fmt: skip


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_drawn_is_said_and_nothing_is_written(
    copydesk_here: Command, blog: Path, tmp_path: Path, case: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "file").write_text("")
    arguments, said = REFUSED[case]
    code, out, err = copydesk_here("graph", blog, *(a.replace("OUT", str(folder)) for a in arguments))
    assert (code, out) == (2, "")
    assert said in err
    assert [f.name for f in folder.iterdir()] == ["file"]


def test_a_place_that_is_not_there_is_not_drawn(copydesk_here: Command, tmp_path: Path) -> None:
    code, out, err = copydesk_here("graph", tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert "does not exist" in err


@pytest.mark.parametrize("command", [("graph", "--run", "latest"), ("timeline",)])
def test_a_store_without_runs_says_how_to_make_one(copydesk_here: Command, command: tuple[str, ...]) -> None:
    code, out, err = copydesk_here(*command)
    assert (code, out) == (2, "")
    assert "No run is recorded" in err
    assert "copydesk review PATH" in err


def test_a_history_without_runs_is_no_picture(copydesk_here: Command, blog: Path, tmp_path: Path) -> None:
    code, _, err = copydesk_here("graph", blog, "--history", "7d", "-o", tmp_path / "history.svg")
    assert code == 2
    assert "No run of 'blog' in the last 7d is recorded" in err
    assert not (tmp_path / "history.svg").exists()


def test_pdf_without_the_systems_graphviz_says_what_is_missing(
    copydesk_here: Command, blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing here"))
    code, _, err = copydesk_here("graph", blog, "-o", tmp_path / "plan.pdf")
    assert code == 2
    assert "system's Graphviz" in err
    assert not (tmp_path / "plan.pdf").exists()


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--run", "nobody"], "No run 'nobody' is recorded"),
        (["-o", "OUT/timeline.png"], "SVG only"),
        (["-o", "OUT/file/timeline.svg"], "cannot be written"),
    ],
)
def test_a_timeline_that_cannot_be_drawn(
    copydesk_here: Command, tmp_path: Path, arguments: list[str], said: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "file").write_text("")
    code, out, err = copydesk_here("timeline", *(a.replace("OUT", str(folder)) for a in arguments))
    assert (code, out) == (2, "")
    assert said in err
    assert [f.name for f in folder.iterdir()] == ["file"]


def test_a_folder_that_may_not_be_written(
    copydesk_here: Command, blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", closed)  # for the superuser every folder is open
    code, _, err = copydesk_here("graph", blog, "-o", tmp_path / "plan.svg")
    assert code == 2
    assert "plan.svg cannot be written: Permission denied" in err
    assert not (tmp_path / "plan.svg").exists()


def test_a_full_disk_leaves_the_old_picture(
    copydesk_here: Command, blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out" / "plan.svg"
    assert copydesk_here("graph", blog, "-o", file)[0] == 0
    before = file.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    code, _, err = copydesk_here("graph", blog, "--theme", "dark", "-o", file)
    assert code == 2
    assert "No space left on device" in err
    assert [(f.name, f.read_bytes()) for f in file.parent.iterdir()] == [("plan.svg", before)]


def test_a_terminal_gets_no_png(copydesk_here: Command, blog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, err = copydesk_here("graph", blog, "--format", "png")
    assert (code, out) == (2, "")
    assert "name a file with --output" in err
