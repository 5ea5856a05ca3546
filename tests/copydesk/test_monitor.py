"""The monitor records truly, and never costs a review anything: not by an error, not by waiting."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copydesk.events import FINDINGS_LIMIT, Event
from copydesk.monitor import Clock, RunRecorder, WorkflowMonitor
from copydesk.report import Finding, Penalty, PostReview, Severity, Verdict
from copydesk.spool import Spool
from copydesk.stores import open_store
from copydesk.stores.base import RunQuery, RunRecord, StoreAway
from copydesk.stores.sqlite import SqliteStore


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def monitor(url: str, tmp_path: Path) -> Iterator[WorkflowMonitor]:
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    yield monitor
    monitor.close()


def record_of(url: str, run_id: str = "run") -> RunRecord:
    store = open_store(url)
    record = store.run(run_id)
    store.close()
    assert record is not None
    return record


def begin(monitor: WorkflowMonitor, run_id: str = "run", **more: Any) -> RunRecorder:
    return monitor.start_run(run_id=run_id, workflow="blog", priority="high", queue="high", **more)


def review(path: str = "a.md", findings: int = 1) -> PostReview:
    return PostReview(
        path=path, content_hash="ff", verdict=Verdict.CHANGES_REQUESTED, score=72.5, language="en",
        score_breakdown=(Penalty(category="links", points=5.0, cap=20.0, findings=1, reason="broken"),),
        measures={"words": 120.0}, skipped={"style": "not English"}, incomplete=("seo",),
        findings=tuple(
            Finding(check="links.broken_anchor", severity=Severity.ERROR, message=f"no {number}", suggestions=("x",))
            for number in range(findings)
        ),
    )  # fmt: skip


def test_a_run_from_begin_to_end(monitor: WorkflowMonitor, url: str) -> None:
    due = datetime.now(UTC) - timedelta(seconds=30)
    run = begin(monitor, attempt=1, expected_start=due, posts=1, metadata={"owner": "docs"})
    run.step_pending("structure", priority="high")
    run.step_pending("links", priority="low")
    run.step_started("structure", 1)
    run.step_finished("structure", 1, "completed", posts=1, cached=1, findings=2)
    run.step_ready("links")
    run.step_started("links", 1)
    run.step_retrying("links", 1, "refused", 0.5)
    run.step_started("links", 2)
    run.step_finished("links", 2, "timed_out", error="too long", run_seconds=4.5, queue_seconds=0.25)
    run.event("warned", what="slow")
    run.post_reviewed(review(), {"links": 12.5, "structure": 7.5})
    run.finish("completed", verdict="changes_requested", score=72.5, reviewed=1)
    assert monitor.close()
    assert monitor.degraded is None
    record = record_of(url)
    assert (record.run.state, record.run.verdict, record.run.metadata) == (
        "completed",
        "changes_requested",
        {"owner": "docs"},
    )
    assert record.run.queue_seconds == record.run.lateness_seconds
    assert record.run.queue_seconds is not None
    assert 30 <= record.run.queue_seconds < 60
    assert record.run.pid == os.getpid()
    steps = [(step.step, step.step_attempt, step.state, step.error) for step in record.steps]
    assert steps == [
        ("structure", 1, "completed", None),
        ("links", 1, "retrying", "refused"),
        ("links", 2, "timed_out", "too long"),
    ]
    assert (record.steps[2].run_seconds, record.steps[2].queue_seconds) == (4.5, 0.25)
    assert record.steps[1].priority == "low"
    assert all(step.run_seconds is not None and step.run_seconds >= 0 for step in record.steps)
    (post,) = record.posts
    assert (post.errors, post.warnings, post.seconds, post.score) == (1, 0, 0.02, 72.5)
    assert post.measures == [{"name": "words", "value": 120.0}]
    assert [finding.message for finding in record.findings] == ["no 0"]
    assert any(event.data.get("note") == "warned" for event in record.events)


def test_illegal_moves_are_refused_and_logged(
    monitor: WorkflowMonitor, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    run = begin(monitor)
    run.step_pending("links")
    run.step_finished("links", 1, "completed")
    run.step_started("links", 1)
    run.finish("cancelled")
    run.finish("completed")
    run.suspended()
    monitor.close()
    record = record_of(url)
    assert record.run.state == "cancelled"
    assert [step.state for step in record.steps] == ["running"]
    assert caplog.text.count("cannot go from") == 3


def test_a_suspended_run_has_no_heartbeat(url: str, tmp_path: Path) -> None:
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool", heartbeat_seconds=0.05)
    run = begin(monitor)
    first = _until(lambda: record_of(url).run.heartbeat_at)
    assert _until(lambda: record_of(url).run.heartbeat_at != first)
    run.suspended()
    monitor.flush(5)
    assert monitor._held == {}
    run.resumed()
    assert monitor._held
    run.finish("completed")
    monitor.close()
    assert record_of(url).run.state == "completed"


def _until(condition: Any, seconds: float = 20) -> Any:
    stop = threading.Event()
    for _ in range(int(seconds / 0.02)):
        try:
            if answer := condition():
                return answer
        except AssertionError:
            pass
        stop.wait(0.02)
    raise AssertionError("did not come true")


def test_durations_survive_a_changed_clock(url: str, tmp_path: Path) -> None:
    wall, ticks = [1_000_000.0], [50.0]
    clock = Clock(wall=lambda: wall[0], monotonic=lambda: ticks[0])
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool", clock=clock)
    run = begin(monitor)
    run.step_started("links")
    ticks[0] += 2.0
    wall[0] -= 3600
    run.step_finished("links", 1, "completed")
    ticks[0] += 1.0
    wall[0] += 7200
    run.finish("completed")
    monitor.close()
    record = record_of(url)
    assert record.run.run_seconds == pytest.approx(3.0)
    assert record.steps[0].run_seconds == pytest.approx(2.0)
    states = [event.data["state"] for event in record.events if "state" in event.data]
    assert states == ["running", "running", "completed", "completed"]
    assert [event.at for event in record.events] == sorted(event.at for event in record.events)


def test_findings_are_capped(monitor: WorkflowMonitor, url: str) -> None:
    run = begin(monitor)
    run.post_reviewed(review(findings=FINDINGS_LIMIT + 7))
    run.finish("completed")
    monitor.close(30)
    record = record_of(url)
    assert len(record.findings) == FINDINGS_LIMIT + 1
    assert record.findings[-1].message == "7 more findings of links are not stored"
    assert record.posts[0].errors == FINDINGS_LIMIT + 7


def test_switched_off_it_does_nothing(url: str, tmp_path: Path) -> None:
    monitor = WorkflowMonitor(url, enabled=False, spool_folder=tmp_path / "spool")
    run = begin(monitor)
    run.step_started("links")
    run.finish("completed")
    assert monitor.flush(1)
    assert monitor.close()
    assert monitor.degraded is None
    assert not (tmp_path / "store.db").exists()


def test_another_process_speaks_of_a_run(monitor: WorkflowMonitor, url: str) -> None:
    run = begin(monitor)
    monitor.engine_state("run", 1, "cancelled", error="by the API")
    monitor.flush(5)
    assert record_of(url).run.state == "cancelled"
    run.finish("completed")
    monitor.close()
    assert record_of(url).run.state == "completed", "the run's own last word stands"


@pytest.mark.parametrize(
    "bad", ["nonsense://x", "sqlite:////proc/nowhere/x.db", "mongodb://u:p/w@h", "mongodb://127.0.0.1:1/x"]
)
def test_a_store_that_cannot_be_opened_degrades(bad: str, tmp_path: Path) -> None:
    monitor = WorkflowMonitor(bad, spool_folder=tmp_path / "spool")
    run = begin(monitor)
    run.finish("completed")
    monitor.close()
    assert monitor.degraded is not None
    assert monitor.degraded.startswith("monitoring is degraded: ")
    assert "events are kept on disk" in monitor.degraded
    assert "p/w" not in monitor.degraded
    assert "\n" not in monitor.degraded


class Away:
    """Makes the SQLite store fail as long as it is `down`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.down = True
        self.apply = SqliteStore.apply
        monkeypatch.setattr(SqliteStore, "apply", lambda store, events: self._apply(store, events))
        monkeypatch.setattr("copydesk.writer.RETRY_SECONDS", (0.02,))

    def _apply(self, store: SqliteStore, events: Any) -> None:
        if self.down:
            raise StoreAway("gone fishing")
        self.apply(store, events)


def test_away_in_the_middle_then_back(
    monitor: WorkflowMonitor, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Away(monkeypatch)
    run = begin(monitor)
    for number in range(250):
        run.event("note", number=number)
    assert monitor.flush(20), "what is on disk is safe"
    assert monitor.degraded is not None
    assert "gone fishing" in monitor.degraded
    away.down = False
    run.event("note", number=250)
    _until(lambda: monitor.degraded is None)
    run.finish("completed")
    monitor.close()
    record = record_of(url)
    numbers = [event.data["details"]["number"] for event in record.events if event.data.get("note") == "note"]
    assert numbers == list(range(251)), "nothing lost, nothing twice, in order"
    assert list((tmp_path / "spool").rglob("*.jsonl")) == []


def test_a_later_process_replays(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Away(monkeypatch)
    first = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    begin(first, "early").finish("completed")
    first.close()
    away.down = False
    second = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    begin(second, "late").finish("completed")
    second.close(20)
    assert record_of(url, "early").run.state == "completed"
    assert record_of(url, "late").run.state == "completed"
    assert list((tmp_path / "spool").rglob("*.jsonl")) == []


def test_a_slow_store_is_not_waited_for(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    apply = SqliteStore.apply

    def slow(store: SqliteStore, events: Any) -> None:
        gate.wait(60)
        apply(store, events)

    monkeypatch.setattr(SqliteStore, "apply", slow)
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    run = begin(monitor)
    run.finish("completed")
    assert not monitor.flush(0.05)
    assert monitor.close(0.05), "nothing is lost: it is on disk"
    assert monitor.degraded is not None
    assert "slow" in monitor.degraded
    gate.set()
    monitor._writer.join(30)  # type: ignore[union-attr]
    monkeypatch.setattr(SqliteStore, "apply", apply)
    again = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    begin(again, "other").finish("completed")
    again.close(20)
    record = record_of(url)
    assert record.run.state == "completed"
    assert len(record.events) == len({event.id for event in record.events}) == 3


def test_one_bad_event_costs_only_itself(
    monitor: WorkflowMonitor, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    apply = SqliteStore.apply

    def refusing(store: SqliteStore, events: list[Event]) -> None:
        if any(event.data.get("note") == "poison" for event in events):
            raise ValueError("cannot be stored")
        apply(store, events)

    monkeypatch.setattr(SqliteStore, "apply", refusing)
    run = begin(monitor)
    for number in range(10):
        run.event("poison" if number == 5 else "fine", number=number)
    run.finish("completed")
    assert not monitor.close(20)
    assert monitor.degraded == "monitoring is degraded: some events could not be recorded; 1 events are lost"
    assert len([event for event in record_of(url).events if event.data.get("note") == "fine"]) == 9


def test_a_fault_of_the_monitor_costs_the_review_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    run = begin(monitor)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("copydesk.recorder.make_event", broken)
    run.step_pending("a")
    run.step_started("a")
    run.step_retrying("a", 1)
    run.step_finished("a", 1, "no such state")
    run.post_reviewed(review())
    run.findings("a.md", [object()])  # type: ignore[list-item]
    run.event("x")
    run.finish("completed")
    monitor.engine_state("run", 1, "no such state")
    monitor.close()
    assert "a bug" in caplog.text


def test_a_full_queue_goes_to_disk(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copydesk.writer.QUEUE_LIMIT", 5)
    gate = threading.Event()
    apply = SqliteStore.apply
    monkeypatch.setattr(SqliteStore, "apply", lambda store, events: (gate.wait(60), apply(store, events)))
    monitor = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    run = begin(monitor)
    for number in range(50):
        run.event("note", number=number)
    gate.set()
    run.finish("completed")
    monitor.close(20)
    again = WorkflowMonitor(url, spool_folder=tmp_path / "spool")
    begin(again, "other").finish("completed")
    again.close(20)
    notes = [event for event in record_of(url).events if event.data.get("note") == "note"]
    assert len(notes) == 50


def test_after_fork_the_child_writes_by_itself(monitor: WorkflowMonitor, url: str) -> None:
    begin(monitor, "parent")
    monitor.flush(5)
    child = os.fork()
    if child == 0:
        run = begin(monitor, "child")
        run.finish("completed")
        ok = monitor.close(20) and monitor.degraded is None
        os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0
    monitor.close()
    assert record_of(url, "child").run.state == "completed"
    assert record_of(url, "parent").run.pid == os.getpid()
    assert record_of(url, "child").run.pid == child


def test_many_threads_and_runs(monitor: WorkflowMonitor, url: str) -> None:
    def work(number: int) -> None:
        run = begin(monitor, f"run-{number}")
        for step in range(20):
            run.step_started(f"s{step}")
            run.step_finished(f"s{step}", 1, "completed")
        run.finish("completed")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monitor.close(20)
    store = open_store(url)
    assert len(store.runs(RunQuery(states=("completed",)))) == 8
    assert all(len(store.run(f"run-{number}").steps) == 20 for number in range(8))  # type: ignore[union-attr]
    store.close()


def test_an_expected_start_without_a_zone_and_odd_metadata(monitor: WorkflowMonitor, url: str) -> None:
    run = begin(monitor, expected_start=datetime(2020, 1, 1), metadata={"big": list(range(100_000)), 3: object()})
    run.finish("completed")
    monitor.close()
    record = record_of(url)
    assert record.run.state == "completed"
    assert list(record.run.metadata) == ["omitted"]


class TestSpool:
    def test_torn_and_foreign_lines_are_passed_over(self, tmp_path: Path, monitor: WorkflowMonitor) -> None:
        spool = Spool(tmp_path, "x")
        event = begin(monitor).heartbeat()
        kept = Event(id="1", run_id="r", attempt=1, seq=1, at=event.at, kind=event.kind.NOTE, data={"a": "ü\ud800"})
        assert spool.append([event]) == 0, "heartbeats are worth nothing later"
        assert spool.append([kept]) == 1
        spool.release()
        (path,) = spool.folder.glob("*.jsonl")
        path.write_text(path.read_text() + "[1,2]\nnull\n" + kept.to_line()[:20])
        seen: list[Event] = []
        assert spool.replay(seen.extend) == 1
        assert seen == [kept]
        assert not spool.waiting()

    def test_the_file_of_a_living_process_is_left_alone(self, tmp_path: Path) -> None:
        event = Event(id="1", run_id="r", attempt=1, seq=1, at="2026-01-01T00:00:00+00:00", kind=_note(), data={})
        living, other = Spool(tmp_path, "x"), Spool(tmp_path, "x")
        living.append([event])
        assert other.replay(lambda _: None) == 0
        assert other.waiting()
        living.release()
        assert other.replay(lambda _: None) == 1

    def test_a_replay_that_fails_keeps_the_file(self, tmp_path: Path) -> None:
        event = Event(id="1", run_id="r", attempt=1, seq=1, at="2026-01-01T00:00:00+00:00", kind=_note(), data={})
        spool = Spool(tmp_path, "x")
        spool.append([event])

        def refuse(_: Any) -> None:
            raise StoreAway("still away")

        with pytest.raises(StoreAway):
            spool.replay(refuse)
        assert spool.replay(lambda _: None) == 1

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        event = Event(id="1", run_id="r", attempt=1, seq=1, at="2026-01-01T00:00:00+00:00", kind=_note(), data={})
        spool = Spool(tmp_path / "file", "x")
        assert spool.append([event]) == 0
        assert not spool.waiting()


def _note() -> Any:
    from copydesk.events import Kind

    return Kind.NOTE


def test_lines_are_json() -> None:
    event = Event(id="1", run_id="r", attempt=1, seq=1, at="2026-01-01T00:00:00+00:00", kind=_note(), data={"a": "\n"})
    assert "\n" not in event.to_line()
    assert json.loads(event.to_line())[0] == "1"
