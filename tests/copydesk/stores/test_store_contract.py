"""What `copydesk.stores.base.Store` promises, held against each store: one suite, subclassed."""

import os
import random
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.errors import StoreError, UsageError
from copydesk.events import Authority, Event, Kind, event_id, sequence, to_storable, utc
from copydesk.stores import open_store
from copydesk.stores.base import SCHEMA_VERSION, Deleted, RunQuery, StatsQuery, Store, StoreAway, StoreNewer, Summary

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
NASTY = ["a.b", "$set", "$where", "", "ü\x00\ud800", "x" * 5000, "'; DROP TABLE runs; --", "posts/[a](b)*.md"]


def moment(seconds: float) -> str:
    return utc(START + timedelta(seconds=seconds))


class Story:
    """Makes the events of runs, in order, with a clock of its own."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.clock = count(1)

    def tell(
        self, run: str, kind: Kind, *, attempt: int = 1, rank: Authority = Authority.PASSING, **data: Any
    ) -> Event:
        now = next(self.clock)
        id_ = event_id(run, attempt, kind, now)
        event = Event(
            id=id_, run_id=to_storable(run), attempt=attempt, seq=sequence(rank, now, id_), at=moment(now / 1000),
            kind=kind, data=to_storable(data),
        )  # fmt: skip
        self.events.append(event)
        return event

    def begin(self, run: str, at: float = 0.0, **info: Any) -> None:
        attempt = info.pop("attempt", 1)
        info = {"workflow": "blog", "priority": "high", "queue": "high", "posts": 2, "metadata": {}, **info}
        self.tell(run, Kind.RUN_OPENED, attempt=attempt, created_at=moment(at), **info)
        self.tell(
            run, Kind.RUN_STATE, attempt=attempt, state="running", started_at=moment(at),
            queue_seconds=info.get("queue_seconds"), lateness_seconds=info.get("lateness_seconds"),
        )  # fmt: skip

    def end(self, run: str, at: float, state: str = "completed", **values: Any) -> None:
        attempt = values.pop("attempt", 1)
        self.tell(
            run, Kind.RUN_STATE, attempt=attempt, rank=Authority.OWN, state=state, ended_at=moment(at), **values
        )  # fmt: skip

    def step(self, run: str, step: str, at: float, seconds: float | None, **values: Any) -> None:
        values = {"step_attempt": 1, "state": "completed", **values}
        attempt = values.pop("attempt", 1)
        self.tell(
            run, Kind.STEP_STATE, attempt=attempt, rank=Authority.OWN, step=step, started_at=moment(at),
            workflow=values.pop("workflow", "blog"), ended_at=moment(at + (seconds or 0)), run_seconds=seconds,
            **values,
        )  # fmt: skip

    def post(self, run: str, path: str, at: float, **values: Any) -> None:
        values = {"verdict": "approve", "score": 90.0, "content_hash": "ff", "workflow": "blog", **values}
        self.tell(run, Kind.POST_REVIEWED, path=path, reviewed_at=moment(at), **values)


def whole_story(name: str) -> Story:
    """One run with everything in it: a retry, a suspension, a late word about it, odd names."""
    story = Story()
    story.begin(name, metadata={"owner": "docs", "a.b": {"$set": 1}}, expected_start=moment(-3), queue_seconds=3.0)
    story.tell(name, Kind.RUN_HEARTBEAT, heartbeat_at=moment(1), host="h", boot_id="b", pid=7, process_start=99)
    for position, step in enumerate(["structure", "links"]):
        story.tell(name, Kind.STEP_OPENED, step=step, step_attempt=1, priority="high", position=position)
        story.tell(name, Kind.STEP_STATE, step=step, step_attempt=1, state="pending")
    story.step(name, "structure", 0.5, 0.25, posts=2, cached=1, findings=1, queue_seconds=0.125)
    story.tell(
        name, Kind.STEP_STATE, step="links", step_attempt=1, state="retrying", started_at=moment(1), workflow="blog",
        run_seconds=1.5, error="refused", delay_seconds=2.0,
    )  # fmt: skip
    story.tell(name, Kind.STEP_OPENED, step="links", step_attempt=2, priority="high", position=1)
    story.step(name, "links", 4.5, 2.5, step_attempt=2, queue_seconds=0.5)
    story.tell(name, Kind.RUN_STATE, state="suspended")
    story.tell(name, Kind.RUN_STATE, state="running")
    for path in NASTY:
        story.post(
            name, path, 6, measures=[{"name": "links.count.$x", "value": 2.5}], incomplete=["seo"],
            milliseconds=[{"step": "links", "value": 1.25}], skipped=[{"step": "style", "reason": "ja"}],
            seconds=0.5, errors=1, warnings=0, suggestions=2, language="en", verdict_reasons=["fine"],
            score_breakdown=[{"category": "links", "points": 2.0}], type="tutorial", fixed=2,
        )  # fmt: skip
        rows = [
            {
                "number": number, "check": "links.broken", "severity": "error", "message": path, "line": 1, "column": 2,
                "end_line": 1, "end_column": 5, "match": path, "suggestions": ["a", "b"], "fingerprint": "f",
                "suppressed": bool(number), "suppression": "baseline" if number else "",
            }
            for number in range(2)
        ]  # fmt: skip
        story.tell(name, Kind.FINDINGS, path=path, findings=rows)
    story.end(name, 9, verdict="approve", score=91.5, run_seconds=8.75, reviewed=2)
    story.tell(name, Kind.RUN_STATE, rank=Authority.PRESUMED, state="lost", ended_at=moment(99))
    story.tell(name, Kind.NOTE, note="warned", details={"a.b": "$x"})
    return story


class StoreContract:
    """Subclasses give `url`: an address of a store that is empty."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[Store]:
        store = open_store(url)
        yield store
        store.close()

    def test_keeps_the_whole_story(self, store: Store) -> None:
        story = whole_story("run-1")
        store.apply(story.events)
        record = store.run("run-1")
        assert record is not None
        run = record.run
        assert (run.state, run.verdict, run.score, run.run_seconds) == ("completed", "approve", 91.5, 8.75)
        assert (run.workflow, run.priority, run.queue, run.posts) == ("blog", "high", "high", 2)
        assert run.metadata == {"owner": "docs", "a.b": {"$set": 1}}
        assert (run.created_at, run.started_at, run.ended_at) == (moment(0), moment(0), moment(9))
        assert (run.host, run.boot_id, run.pid, run.process_start) == ("h", "b", 7, 99)
        assert [(s.step, s.step_attempt, s.state, s.run_seconds, s.queue_seconds) for s in record.steps] == [
            ("structure", 1, "completed", 0.25, 0.125),
            ("links", 1, "retrying", 1.5, None),
            ("links", 2, "completed", 2.5, 0.5),
        ]
        assert record.steps[1].error == "refused"
        assert {post.path for post in record.posts} == {to_storable(path) for path in NASTY}
        assert record.posts[0].measures == [{"name": "links.count.$x", "value": 2.5}]
        assert record.posts[0].skipped == [{"step": "style", "reason": "ja"}]
        assert len(record.findings) == 2 * len(NASTY)
        assert [finding.suppressed for finding in record.findings[:2]] == [False, True]
        assert record.findings[0].suggestions == ["a", "b"]
        kept = [e for e in story.events if e.kind in {Kind.RUN_OPENED, Kind.RUN_STATE, Kind.STEP_STATE, Kind.NOTE}]
        assert list(record.events) == kept, "in the order in which they were told"

    def test_the_record_is_that_of_the_set_of_events(self, store: Store, fresh: Any) -> None:
        """Shuffled, doubled, in batches of any size: the same record."""

        @settings(max_examples=self.examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.randoms(use_true_random=False), st.integers(1, 40), st.floats(0, 1))
        def check(chance: random.Random, size: int, doubled: float) -> None:
            name = fresh()
            story = whole_story(name).events
            told = [*story, *(event for event in story if chance.random() < doubled)]
            chance.shuffle(told)
            for start in range(0, len(told), size):
                store.apply(told[start : start + size])
            record = store.run(name)
            plain = fresh()
            store.apply(whole_story(plain).events)
            expected = store.run(plain)
            assert record is not None
            assert expected is not None
            assert _without_ids(record) == _without_ids(expected)

        check()

    def test_unknown_runs_and_posts(self, store: Store) -> None:
        assert store.run("nobody") is None
        assert store.run("nobody", 3) is None
        assert store.post_history("nothing.md") == []
        assert store.runs(RunQuery()) == []
        assert store.stats(StatsQuery()).runs.run_seconds == Summary()

    @pytest.mark.parametrize("value", [*NASTY, "' OR 1=1"])
    def test_values_never_become_operators(self, store: Store, value: str) -> None:
        story = Story()
        story.begin("mine", workflow="blog", queue="q")
        story.post("mine", "post.md", 1)
        store.apply(story.events)
        assert store.runs(RunQuery(workflow=value)) == []
        assert store.runs(RunQuery(queue=value)) == []
        assert store.post_history(value) == []
        assert store.run(value) is None
        assert store.stats(StatsQuery(workflow=value)).runs.attempts == 0

    def test_a_second_attempt_is_a_row_of_its_own(self, store: Store) -> None:
        story = Story()
        story.begin("again")
        story.end("again", 5, "failed")
        story.begin("again", 60, attempt=2)
        store.apply(story.events)
        first, second = store.run("again", 1), store.run("again")
        assert first is not None
        assert second is not None
        assert (first.run.state, first.run.attempt) == ("failed", 1)
        assert (second.run.state, second.run.attempt) == ("running", 2)
        assert [run.attempt for run in store.runs(RunQuery())] == [2, 1]

    def test_runs_are_chosen_and_ordered(self, store: Store) -> None:
        story = Story()
        for number in range(6):
            story.begin(f"run-{number}", 60 * number, queue="low" if number % 2 else "high", workflow=f"w{number // 3}")
            if number < 4:
                story.end(f"run-{number}", 60 * number + 5, "failed" if number == 3 else "completed")
        story.tell("run-5", Kind.RUN_HEARTBEAT, heartbeat_at=moment(1), host="here", pid=1)
        store.apply(story.events)

        def names(**query: Any) -> list[str]:
            return [run.run_id for run in store.runs(RunQuery(**query))]

        assert names() == [f"run-{number}" for number in (5, 4, 3, 2, 1, 0)]
        assert names(limit=2) == ["run-5", "run-4"]
        assert names(states=("running",)) == ["run-5", "run-4"]
        assert names(states=("failed", "completed"), queue="low") == ["run-3", "run-1"]
        assert names(workflow="w0") == ["run-2", "run-1", "run-0"]
        assert names(since=moment(120), until=moment(240)) == ["run-3", "run-2"]
        assert names(prefix="run-3") == ["run-3"]
        assert names(prefix="un-3") == []
        assert names(host="here") == ["run-5"]

    def test_history_of_a_post_is_newest_first(self, store: Store) -> None:
        story = Story()
        for number in range(4):
            story.post(f"run-{number}", "a.md", 60 * number, score=80.0 + number)
            story.post(f"run-{number}", "b.md", 60 * number)
        store.apply(story.events)
        assert [row.score for row in store.post_history("a.md", 3)] == [83.0, 82.0, 81.0]

    @pytest.mark.parametrize("size", [1, 2, 3, 10, 101])
    def test_percentiles_are_those_of_numpy(self, store: Store, size: int) -> None:
        chance = numpy.random.default_rng(size)
        seconds = chance.lognormal(0, 1.5, size).tolist()
        story = Story()
        for number, value in enumerate(seconds):
            story.begin(f"run-{number}", number, queue_seconds=value / 2, lateness_seconds=value / 3)
            story.step(f"run-{number}", "links", number, value, queue_seconds=value / 2)
            story.step(f"run-{number}", "seo", number, 1.0)
            story.post(f"run-{number}", "p.md", number, seconds=value * 2)
            story.end(f"run-{number}", number + value, run_seconds=value)
        store.apply(story.events)
        links, seo = store.stats(StatsQuery(by="step")).steps
        (post,) = store.stats(StatsQuery(by="post")).groups
        (queue,) = store.stats(StatsQuery(by="queue")).groups
        runs = store.stats(StatsQuery(by="run")).runs
        assert (links.name, seo.name, post.name, queue.name) == ("links", "seo", "p.md", "high")
        for summary, factor in [
            (links.run_seconds, 1), (links.queue_seconds, 1 / 2), (runs.run_seconds, 1), (runs.queue_seconds, 1 / 2),
            (runs.lateness_seconds, 1 / 3), (queue.run_seconds, 1), (post.run_seconds, 2),
        ]:  # fmt: skip
            values = numpy.array(seconds) * factor
            assert summary.count == size
            expected = [values.mean(), *numpy.percentile(values, [50, 90, 95, 99]), values.max()]
            got = [summary.mean, summary.p50, summary.p90, summary.p95, summary.p99, summary.max]
            assert got == pytest.approx(expected, rel=1e-9)
        assert seo.run_seconds.p99 == 1.0
        assert seo.queue_seconds == Summary()

    def test_statistics_count(self, store: Store) -> None:
        story = Story()
        states = ["completed", "completed", "failed", "cancelled", "lost", "running"]
        for number, state in enumerate(states):
            story.begin(f"run-{number}", 86_400 * number, queue="low" if number else None, workflow="w")
            story.step(f"run-{number}", "links", 86_400 * number, 1.0, state="retrying", workflow="w")
            story.step(
                f"run-{number}", "links", 86_400 * number, 2.0, step_attempt=2, workflow="w",
                state="timed_out" if number == 2 else "completed",
            )  # fmt: skip
            story.tell(f"run-{number}", Kind.STEP_STATE, step="seo", step_attempt=1, state="skipped")
            story.post(
                f"run-{number}", "a.md", 86_400 * number, score=50.0 + number, workflow="w",
                verdict="reject" if number == 1 else "approve",
            )  # fmt: skip
            if state != "running":
                story.end(f"run-{number}", 86_400 * number + 9, state, run_seconds=9.0 if state != "lost" else None)
        store.apply(story.events)
        answer = store.stats(StatsQuery(by="step"))
        assert answer.runs.states == {"completed": 2, "failed": 1, "cancelled": 1, "lost": 1, "running": 1}
        assert (answer.runs.run_seconds.count, answer.runs.attempts) == (4, 6)
        assert (answer.runs.posts, answer.runs.verdicts) == (6, {"approve": 5, "reject": 1})
        assert answer.runs.score == pytest.approx(52.5)
        links, seo = answer.steps
        assert links.states == {"retrying": 6, "completed": 5, "timed_out": 1}
        assert (links.attempts, links.retries) == (12, 6)
        assert (seo.states, seo.attempts) == ({"skipped": 6}, 0)
        assert [(day.day, day.posts, day.score) for day in answer.trend][:2] == [
            ("2026-11-01", 1, 50.0),
            ("2026-11-02", 1, 51.0),
        ]
        assert [(group.name, group.attempts) for group in store.stats(StatsQuery(by="queue")).groups] == [
            ("", 1),
            ("low", 5),
        ]
        window = store.stats(StatsQuery(since=moment(86_400), until=moment(2 * 86_400), workflow="w"))
        assert window.runs.states == {"completed": 1}
        assert [step.attempts for step in window.steps] == [2]
        assert store.stats(StatsQuery(workflow="other")).runs.states == {}

    def test_deletes_old_runs_and_nothing_else(self, store: Store) -> None:
        story = Story()
        for number, state in enumerate(["completed", "failed", "lost", "running", "suspended"]):
            name = f"run-{number}"
            story.begin(name, number)
            story.step(name, "links", number, 1.0)
            story.post(name, "a.md", number)
            story.tell(name, Kind.FINDINGS, path="a.md", findings=[{"number": 0, "check": "links.x"}])
            if number < 3:
                story.end(name, number + 1, state)
            elif state == "suspended":
                story.tell(name, Kind.RUN_STATE, state=state)
        story.begin("young", 500)
        story.end("young", 600)
        store.apply(story.events)
        dry = store.delete_older(moment(500), limit=1, dry_run=True)
        assert dry == Deleted(runs=3, step_runs=3, post_reviews=3, findings=3, events=12)
        assert len(store.runs(RunQuery())) == 6
        first = store.delete_older(moment(500), limit=1)
        assert first == Deleted(runs=1, step_runs=1, post_reviews=1, findings=1, events=4)
        assert store.run("run-0") is None, "the oldest goes first"
        assert first + store.delete_older(moment(500), limit=50) == dry
        assert store.delete_older(moment(500), limit=50) == Deleted()
        assert {run.run_id for run in store.runs(RunQuery())} == {"run-3", "run-4", "young"}
        active = store.run("run-4")
        assert active is not None
        assert len(active.steps) == len(active.posts) == len(active.findings) == 1

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes(),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
            max_leaves=12,
        )
    )
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def test_any_metadata_is_stored(self, store: Store, metadata: object) -> None:
        story = Story()
        story.begin("run", metadata={"value": metadata, str(metadata): 1})
        store.apply(story.events)
        record = store.run("run")
        assert record is not None
        assert "value" in record.run.metadata

    def test_closing_twice_and_using_a_closed_store(self, url: str) -> None:
        store = open_store(url)
        store.close()
        store.close()
        with pytest.raises(StoreError):
            store.runs(RunQuery())
        store.open()
        assert store.runs(RunQuery()) == []
        store.close()


def _without_ids(record: Any) -> dict[str, Any]:
    """The record as data; ids are made of the run's name and the time, so that only they differ."""
    data = asdict(record)

    def clean(row: Any) -> Any:
        return {name: value for name, value in row.items() if name not in {"run_id", "id", "seq"}}

    return {
        name: clean(value) if isinstance(value, dict) else [clean(row) for row in value] for name, value in data.items()
    }


@pytest.fixture
def fresh() -> Any:
    return lambda: f"run-{uuid.uuid4()}"


class TestSqlite(StoreContract):
    examples = 30

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/sub folder/store.db"

    def test_a_newer_file_is_refused_and_left_alone(self, url: str, tmp_path: Path) -> None:
        open_store(url).close()
        path = tmp_path / "sub folder" / "store.db"
        with sqlite3.connect(path) as file:
            file.execute("PRAGMA user_version=99")
        before = path.read_bytes()
        with pytest.raises(StoreNewer, match=r"schema 99.*upgrade copydesk"):
            open_store(url)
        assert path.read_bytes() == before

    def test_an_older_file_is_migrated(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        story = whole_story("old")
        with_old = open_store(url)
        with_old.apply(story.events)
        with_old.close()
        monkeypatch.setattr("copydesk.stores.sqlite.SCHEMA_VERSION", SCHEMA_VERSION + 2)
        monkeypatch.setattr(
            "copydesk.stores.schema.MIGRATIONS",
            {
                SCHEMA_VERSION: ("CREATE TABLE later (x)",),
                SCHEMA_VERSION + 1: ("ALTER TABLE later RENAME TO latest", "INSERT INTO latest VALUES (7)"),
            },
        )
        store = open_store(url)
        record = store.run("old")
        store.close()
        assert record is not None
        assert record.run.state == "completed"
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            assert file.execute("SELECT x FROM latest").fetchall() == [(7,)]
            assert file.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 2,)

    def test_a_migration_that_fails_changes_nothing(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        open_store(url).close()
        monkeypatch.setattr("copydesk.stores.sqlite.SCHEMA_VERSION", SCHEMA_VERSION + 1)
        monkeypatch.setattr(
            "copydesk.stores.schema.MIGRATIONS", {SCHEMA_VERSION: ("CREATE TABLE later (x)", "CREATE nonsense")}
        )
        with pytest.raises(StoreError):
            open_store(url)
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            assert file.execute("SELECT count(*) FROM sqlite_master WHERE name = 'later'").fetchone() == (0,)
            assert file.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)

    def test_files_of_others_are_refused(self, tmp_path: Path) -> None:
        other = tmp_path / "other.db"
        with sqlite3.connect(other) as file:
            file.execute("CREATE TABLE theirs (x)")
        with pytest.raises(StoreError, match="another program"):
            open_store(f"sqlite:///{other}")
        text = tmp_path / "text.db"
        text.write_text("no database at all, but long enough to be looked at" * 40)
        with pytest.raises(StoreError, match="not a database"):
            open_store(f"sqlite:///{text}")

    def test_what_cannot_be_opened_is_away(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreAway):
            open_store(f"sqlite:///{tmp_path}/file/store.db")

    def test_settings_of_the_file(self, url: str) -> None:
        store = open_store(url)
        assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)  # type: ignore[attr-defined]
        assert store._db.execute("PRAGMA synchronous").fetchone() == (1,)  # type: ignore[attr-defined]
        store.close()


class TestMongo(StoreContract):
    examples = 3

    @pytest.fixture(params=["motor", "pymongo"])
    def url(self, request: pytest.FixtureRequest, mongo_url: str) -> str:
        """One database, emptied for each test: the test server slows down with every database that is made."""
        import pymongo

        client: Any = pymongo.MongoClient(mongo_url)
        for name in ("runs", "step_runs", "post_reviews", "findings", "events"):
            client.copydesk_test[name].delete_many({})
        client.copydesk_test.meta.update_many({}, {"$set": {"version": 1}})
        client.close()
        base, _, query = mongo_url.partition("?")
        base = base if base.rstrip("/").count("/") > 2 else base.rstrip("/") + "/copydesk_test"
        return f"{base}?{query + '&' if query else ''}driver={request.param}"

    def test_a_newer_schema_is_refused(self, url: str, mongo_url: str) -> None:
        import pymongo

        open_store(url).close()
        client: Any = pymongo.MongoClient(mongo_url)
        client.copydesk_test.meta.update_one({"_id": "schema"}, {"$set": {"version": 99}})
        client.close()
        with pytest.raises(StoreNewer, match=r"schema 99.*upgrade copydesk"):
            open_store(url)

    def test_an_older_schema_is_migrated(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        open_store(url).close()
        seen = []

        async def migrate(db: Any) -> None:
            seen.append(await db.meta.find_one({"_id": "schema"}))

        monkeypatch.setattr("copydesk.stores.mongodb.SCHEMA_VERSION", SCHEMA_VERSION + 2)
        monkeypatch.setattr(
            "copydesk.stores.mongodb.MIGRATIONS", {SCHEMA_VERSION: migrate, SCHEMA_VERSION + 1: migrate}
        )
        open_store(url).close()
        open_store(url).close()
        assert [document["version"] for document in seen] == [SCHEMA_VERSION] * 2

    def test_indexes_are_there(self, url: str, mongo_url: str) -> None:
        import pymongo

        open_store(url).close()
        client: Any = pymongo.MongoClient(mongo_url)
        indexes = client.copydesk_test.events.index_information()
        steps = client.copydesk_test.step_runs.index_information()
        client.close()
        assert any(index.get("expireAfterSeconds") == 90 * 86_400 for index in indexes.values())
        assert any(index["key"][:2] == [("step", 1), ("run_seconds", 1)] for index in steps.values())

    def test_inside_an_event_loop_it_says_what_to_do(self, url: str) -> None:
        import asyncio

        async def inside() -> None:
            with pytest.raises(StoreError, match="running event loop"):
                open_store(url)

        asyncio.run(inside())

    def test_driver_is_chosen(self, url: str) -> None:
        store = open_store(url)
        module = type(store._client).__module__  # type: ignore[attr-defined]
        store.close()
        assert module.partition(".")[0] == url.rpartition("=")[2]


CANARY = "hunter2"


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
@pytest.mark.parametrize("password", [CANARY, f"a@b/{CANARY}", f"a:b@{CANARY}/c", f"{CANARY}/x@y", f"%40{CANARY}"])
@pytest.mark.parametrize("rest", ["@127.0.0.1:1/db", "@127.0.0.1:99999/db", "@/", "@127.0.0.1:1/a b"])
def test_passwords_never_show(
    password: str, rest: str, driver: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copydesk.stores.mongodb.REACH_SECONDS", 0.2)
    url = f"mongodb://me:{password}{rest}?driver={driver}"
    with pytest.raises((StoreError, UsageError)) as caught:
        open_store(url)
    import traceback

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    lines = [line for line in shown.splitlines() if "open_store(url)" not in line]
    assert CANARY not in "\n".join(lines)
    out, err = capfd.readouterr()
    assert CANARY not in out + err


def test_a_closed_port_is_away() -> None:
    with pytest.raises(StoreAway, match=r"127\.0\.0\.1"):
        open_store("mongodb://127.0.0.1:1/x")


@pytest.mark.parametrize("url", ["postgres://h/x", "sqlite://x", "sqlite:///", "nonsense", "mongodb://h/x?driver=odd"])
def test_addresses_of_no_store_are_bad_usage(url: str) -> None:
    with pytest.raises(UsageError):
        open_store(url)


def test_the_default_is_set_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_STORE", f"sqlite:///{tmp_path}/here.db")
    open_store().close()
    assert (tmp_path / "here.db").exists()
    assert "COPYDESK_TEST_NOTHING" not in os.environ


def test_events_survive_a_line() -> None:
    for event in whole_story("run").events:
        assert Event.from_line(event.to_line()) == event
        with pytest.raises(ValueError):
            Event.from_line(event.to_line()[:-3])
        assert replace(event, seq=0).seq == 0
