"""The commands about the record: stats, runs, show, reconcile, cleanup."""

import importlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from copydesk.errors import UsageError
from copydesk.events import Kind, utc
from copydesk.stores import open_store
from copydesk.stores.base import StoreAway
from tests.copydesk.cli.sample_records import story, tell

NOW = datetime.now(UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/store.db"
    store = open_store(url)
    for number in range(12):
        store.apply(story(f"aaaa-{number:02}", NOW - timedelta(days=3, hours=number), 1.0 + number / 100))
    for number in range(8):
        store.apply(story(f"bbbb-{number:02}", NOW - timedelta(hours=1 + number), 3.0 + number / 100, "failed"))
    store.apply(story("old", NOW - timedelta(days=60), 1.0))
    store.apply(story("\x1b[31mred\n", NOW - timedelta(days=2), 1.0, path="bad\x1b[2J\n[b]name[/b].md"))
    store.close()
    return url


def run(name: str, *arguments: str, url: str | None) -> Result:
    command = importlib.import_module(f"copydesk.cli.{name}").command
    place = ["--store", url] if url else []
    result = CliRunner().invoke(command, [*arguments, *place], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def data(name: str, *arguments: str, url: str) -> Any:
    return json.loads(run(name, *arguments, "--format", "json", url=url).output)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("stats", []), ("stats", ["--by", "run"]), ("stats", ["--by", "queue"]), ("stats", ["--by", "post"]),
        ("stats", ["--since", "2d", "--workflow", "blog"]), ("stats", ["--against", "7d"]),
        ("runs", ["--limit", "100"]),
        ("show", ["latest"]), ("show", ["\x1b[31mred\n"]), ("show", ["bad\x1b[2J\n[b]name[/b].md"]),
        ("reconcile", ["--without-prefect"]), ("cleanup", ["--dry-run"]),
    ],
)  # fmt: skip
def test_nothing_in_the_record_steers_the_terminal(name: str, arguments: list[str], url: str) -> None:
    output = run(name, *arguments, url=url).output
    assert output.strip()
    assert "\x1b" not in output
    assert not any(line.startswith("[b]name") for line in output.splitlines())


def test_runs(url: str) -> None:
    runs = data("runs", "--limit", "100", url=url)
    assert len(runs) == 22
    assert [one["started_at"] for one in runs] == sorted((one["started_at"] for one in runs), reverse=True)
    for name in ("id", "attempt", "state", "workflow", "priority", "started_at", "duration_seconds"):
        assert name in runs[0]
    assert {one["state"] for one in data("runs", "--state", "failed", url=url)} == {"failed"}
    assert len(data("runs", "--since", "24h", url=url)) == 8
    assert data("runs", "--queue", "low", url=url) == []
    assert "No runs." in run("runs", "--queue", "low", url=url).output


def test_stats(url: str) -> None:
    answer = data("stats", "--since", "10d", url=url)
    assert answer["runs"]["total"] == 21
    assert answer["runs"]["success_rate"] == pytest.approx(13 / 21)
    assert answer["steps"]["links"]["run_seconds"]["count"] == 21
    assert list(data("stats", "--by", "queue", url=url)["queues"]) == ["high"]
    assert data("stats", "--by", "post", url=url)["posts"]["posts/a.md"]["reviews"] == 21
    assert "copydesk_runs_active 0.0" in run("stats", "--format", "prometheus", url=url).output


def test_stats_against_the_past(url: str) -> None:
    slower = run("stats", "--against", "7d", url=url)
    assert slower.return_value == 1
    assert "slower" in slower.output
    assert run("stats", "--against", "7d", "--factor", "5", url=url).return_value == 0
    assert run("stats", "--against", "1h", url=url).return_value == 0, "nothing to compare with"
    (step,) = data("stats", "--against", "7d", url=url)["steps"]
    assert (step["name"], step["slower"]) == ("links", True)


def test_show_a_run(url: str) -> None:
    shown = data("show", "aaaa-03", url=url)
    assert (shown["run"]["id"], shown["run"]["state"]) == ("aaaa-03", "completed")
    assert [step["step"] for step in shown["steps"]] == ["links"]
    assert shown["posts"][0]["measures"] == {"words": 3.0}
    assert shown["findings"][0]["check"] == "links.x"
    assert [event["kind"] for event in shown["events"]] == ["run.opened", "run.state", "step.state", "run.state"]
    assert data("show", "latest", url=url)["run"]["id"] == "bbbb-00"
    text = run("show", "aaaa-03", url=url).output
    for word in ("links", "posts/a.md", "91.5", "owner", "1.03 s"):
        assert word in text


def test_show_by_the_beginning_of_an_id(url: str) -> None:
    with pytest.raises(UsageError, match="several runs"):
        run("show", "bbbb", url=url)
    assert data("show", "bbbb-07"[:7], url=url)["run"]["id"] == "bbbb-07"
    with pytest.raises(UsageError, match="copydesk runs"):
        run("show", "no such thing", url=url)
    with pytest.raises(UsageError, match="attempt 7"):
        run("show", "bbbb-07", "--attempt", "7", url=url)


def test_show_a_post(url: str) -> None:
    rows = data("show", "posts/a.md", "--limit", "3", url=url)
    assert [row["run_id"] for row in rows] == ["bbbb-00", "bbbb-01", "bbbb-02"]
    assert "c0ffee" in run("show", "posts/a.md", url=url).output


def test_cleanup(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dry = run("cleanup", "--dry-run", url=url).output
    assert dry == "Would delete: 1 runs, 1 step runs, 1 post reviews, 1 findings, 4 events.\n"
    assert len(data("runs", "--limit", "100", url=url)) == 22
    assert run("cleanup", url=url).output == dry.replace("Would delete", "Deleted")
    monkeypatch.setenv("COPYDESK_RETENTION", "2d")
    assert data("cleanup", url=url)["runs"] == 13
    with pytest.raises(UsageError):
        run("cleanup", "--older-than", "0d", url=url)
    assert len(data("runs", "--limit", "100", url=url)) == 8


def test_reconcile_says_what_it_did(url: str) -> None:
    store = open_store(url)
    begun = story("dead", NOW - timedelta(minutes=5), 1.0)[:2]
    import socket

    lease = {"host": socket.gethostname(), "boot_id": "of another boot", "pid": 1, "process_start": 1}
    store.apply([*begun, tell(Kind.RUN_HEARTBEAT, "dead", NOW, heartbeat_at=utc(NOW), **lease)])
    store.close()
    assert data("reconcile", "--without-prefect", "--dry-run", url=url)["closed"][0]["state"] == "lost"
    output = run("reconcile", "--without-prefect", url=url).output
    assert "its process is gone" in output
    assert "Closed 1 runs and 0 steps, filled in 0; 0 are active." in output
    assert data("reconcile", "--without-prefect", url=url)["closed"] == []


def test_a_store_that_is_away_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StoreAway, match=r"folder\.db"):
        run("runs", url=f"sqlite:///{tmp_path}/folder.db")
    with pytest.raises(UsageError):
        run("runs", url="nonsense")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("runs", []),
        ("stats", []),
        ("show", ["latest"]),
        ("cleanup", []),
        ("cancel", ["latest"]),
        ("resume", ["latest"]),
    ],
)
def test_a_mistyped_store_is_said_and_not_made(name: str, arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"misspelt\.db: there is no record"):
        run(name, *arguments, url=f"sqlite:///{tmp_path}/misspelt.db")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    open_store(url).close()
    assert data("runs", url=url) == []
    assert data("stats", url=url)["runs"]["total"] == 0
    assert run("stats", url=url).return_value == 0
    assert "Nothing to compare" in run("stats", "--against", "7d", url=url).output
    with pytest.raises(UsageError):
        run("show", "latest", url=url)
