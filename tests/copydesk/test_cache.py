"""Results by content: kept, found again, dropped when there are too many; a cache that fails only costs time."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from copydesk.cache import ResultCache, canonical
from copydesk.report import Finding, Severity, StepResult, StepStatus

ROOT = Path(__file__).parents[2]
RESULT = StepResult(
    findings=(
        Finding(check="seo.x", severity=Severity.ERROR, message="münchen 🎈", match="\u2028", suggestions=("a", "b")),
    ),
    outputs={"links": [["a", True, 1.5, None]], "title": "T"},
    measures={"words": 12.0},
    status=StepStatus.SKIPPED,
    reason="why",
    milliseconds=3.25,
)


@pytest.fixture
def cache(tmp_path):
    cache = ResultCache(tmp_path / "cache")
    yield cache
    cache.close()


def test_a_result_comes_back_as_it_went_in(cache):
    cache.put_many([("k", "seo", RESULT)])
    assert cache.get_many(["k", "other"]) == {"k": RESULT}


def test_it_is_there_for_the_next_process(cache, tmp_path):
    cache.put_many([("k", "seo", RESULT)])
    cache.close()
    assert ResultCache(tmp_path / "cache").get_many(["k"]) == {"k": RESULT}


def test_a_lone_surrogate_of_a_hostile_post_does_no_harm(cache):
    odd = StepResult(reason="\ud800")
    cache.put_many([("odd", "seo", odd), ("k", "seo", RESULT)])
    assert cache.get_many(["k"]) == {"k": RESULT}


def test_what_is_there_stays_as_it_is(cache):
    cache.put_many([("k", "seo", RESULT)])
    cache.put_many([("k", "seo", StepResult())])
    assert cache.get_many(["k"]) == {"k": RESULT}


def test_many_keys_are_more_than_one_statement(cache):
    keys = [f"k{n}" for n in range(2_300)]
    cache.put_many([(key, "seo", StepResult(reason=key)) for key in keys])
    assert {key: result.reason for key, result in cache.get_many(keys).items()} == {key: key for key in keys}


def test_nothing_is_opened_until_the_first_use(tmp_path):
    ResultCache(tmp_path / "cache").close()
    assert not (tmp_path / "cache").exists()


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_the_folder_is_for_the_user_alone(cache):
    cache.put_many([("k", "seo", RESULT)])
    assert cache.path.parent.stat().st_mode & 0o077 == 0


def test_what_was_not_used_for_longest_goes_first(tmp_path, monkeypatch):
    cache = ResultCache(tmp_path, max_mb=1)
    noise = random.Random(7)
    now = time.time()
    for n in range(12):
        monkeypatch.setattr(time, "time", lambda n=n: now + n * 7200)
        reason = "".join(chr(noise.randrange(33, 120)) for _ in range(120_000))  # does not compress well
        cache.put_many([(f"k{n}", "seo", StepResult(reason=reason))])
    assert cache.get_many(["k0"])  # used just now
    gone = cache.trim()
    left = cache.get_many([f"k{n}" for n in range(12)])
    assert gone == 12 - len(left) > 0
    assert "k0" in left
    assert "k1" not in left
    assert "k11" in left
    assert cache.status().megabytes <= 0.8
    assert cache.trim() == 0


def test_clear_forgets_everything(cache):
    cache.put_many([("a", "seo", RESULT), ("b", "links", RESULT), ("c", "links", RESULT)])
    assert (cache.status().results, cache.status().by_step) == (3, {"links": 2, "seo": 1})
    assert cache.clear() == 3
    assert cache.get_many(["a"]) == {}
    assert cache.status().results == 0


def test_threads_share_one_cache(cache):
    errors = []

    def work(number):
        try:
            for n in range(25):
                key = f"{number % 3}-{n}"
                cache.put_many([(key, "seo", StepResult(reason=key))])
                assert cache.get_many([key])[key].reason == key
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert cache.status().results == 75


WRITER = """
import sys
from pathlib import Path
from copydesk.cache import ResultCache
from copydesk.report import StepResult
cache = ResultCache(Path(sys.argv[1]))
for n in range(150):
    cache.put_many([(f"k{n}", "seo", StepResult(reason=str(n)))])
    assert cache.get_many([f"k{n}"])[f"k{n}"].reason == str(n)
"""


def test_processes_share_one_file(cache, tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path / "cache")]
    running = [
        subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE) for _ in range(3)
    ]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, b"")
    assert cache.status().results == 150


def test_a_corrupted_file_is_not_used_and_breaks_nothing(cache, caplog):
    cache.path.parent.mkdir()
    cache.path.write_bytes(b"this is no database" * 1000)
    cache.put_many([("k", "seo", RESULT)])
    assert cache.get_many(["k"]) == {}
    assert cache.trim() == 0
    assert [record.message for record in caplog.records if "is not used" in record.message][1:] == []
    assert "is not used" in caplog.text


def test_a_value_that_another_version_wrote_is_not_used(cache):
    cache.put_many([("k", "seo", RESULT)])
    cache.close()
    with sqlite3.connect(cache.path) as connection:
        connection.execute("UPDATE results SET value = x'00ff'")
    assert cache.get_many(["k"]) == {}


def test_one_bad_value_does_not_cost_the_others(cache):
    cache.put_many([("bad", "seo", RESULT), ("good", "seo", RESULT)])
    cache.close()
    with sqlite3.connect(cache.path) as connection:
        connection.execute("UPDATE results SET value = x'00ff' WHERE key = 'bad'")
    assert cache.get_many(["bad", "good"]) == {"good": RESULT}
    # And it is computed and kept again.
    cache.put_many([("bad", "seo", RESULT)])
    assert cache.get_many(["bad"]) == {"bad": RESULT}


@pytest.mark.parametrize("place", ["a file", "a missing parent that cannot be made"])
def test_a_folder_that_cannot_be_used_breaks_nothing(tmp_path, place):
    (tmp_path / "file").write_text("")
    cache = ResultCache(tmp_path / "file" / ("" if place == "a file" else "deeper/still"))
    cache.put_many([("k", "seo", RESULT)])
    assert cache.get_many(["k"]) == {}
    assert cache.trim() == 0
    cache.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_breaks_nothing(tmp_path):
    (tmp_path / "cache").mkdir(mode=0o500)
    cache = ResultCache(tmp_path / "cache")
    cache.put_many([("k", "seo", RESULT)])
    assert cache.get_many(["k"]) == {}


def test_a_read_only_file_breaks_nothing(cache, tmp_path):
    cache.put_many([("k", "seo", RESULT)])
    cache.close()
    with sqlite3.connect(cache.path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON results BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    cache.put_many([("other", "seo", RESULT)])
    assert ResultCache(tmp_path / "cache").get_many(["k", "other"]) == {"k": RESULT}


def test_canonical_texts_do_not_depend_on_the_order_of_keys():
    assert canonical({"b": [1, 2], "a": {"y": 1, "x": 2}}) == canonical({"a": {"x": 2, "y": 1}, "b": [1, 2]})
    assert canonical({"a": [1, 2]}) != canonical({"a": [2, 1]})
    assert canonical({"a": 1}) != canonical({"a": "1"})
