"""The database that a new Prefect server finds: Prefect's own tables, and never in place of anybody's data."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import prefect
import pytest
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, PREFECT_HOME, temporary_settings

from copydesk import ready_database

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of Prefect's that is new, and where it keeps its database by itself."""
    with temporary_settings({PREFECT_HOME: tmp_path}, restore_defaults={PREFECT_API_DATABASE_CONNECTION_URL}):
        yield tmp_path


def tables(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def statements(text: str) -> list[list[str]]:
    """Without the order of the lines in a statement: constraints come in another one each time."""
    return sorted(sorted(line.strip(" \t,") for line in part.splitlines()) for part in text.split(";\n"))


def test_a_new_home_gets_one_with_all_tables_for_this_user_alone(home: Path) -> None:
    assert ready_database.provide()
    file = home / "prefect.db"
    assert tables(file) >= {"flow_run", "task_run", "deployment", "alembic_version"}
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in home.iterdir()] == ["prefect.db"]


def test_a_database_that_is_there_or_comes_meanwhile_stays(home: Path) -> None:
    file = home / "prefect.db"
    file.write_bytes(b"mine")
    assert not ready_database.provide()
    assert not ready_database.make(file), "somebody made it after the question whether it is there"
    assert file.read_bytes() == b"mine"
    assert [path.name for path in home.iterdir()] == ["prefect.db"]


def test_a_server_with_its_data_elsewhere_gets_nothing(home: Path) -> None:
    with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: "postgresql+asyncpg://somewhere/prefect"}):
        assert not ready_database.provide()
    assert list(home.iterdir()) == []


def test_another_version_of_prefect_makes_its_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefect, "__version__", "3.8.9")
    assert not ready_database.provide()
    assert list(home.iterdir()) == []


def test_a_home_that_cannot_be_written_is_the_servers_matter(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    with temporary_settings({PREFECT_HOME: blocked}, restore_defaults={PREFECT_API_DATABASE_CONNECTION_URL}):
        assert not ready_database.provide()


@pytest.mark.slow
def test_its_tables_are_those_that_prefects_migrations_leave() -> None:
    """Another version of Prefect needs the file made anew: `.ci/prefect-database`."""
    assert version("prefect") == ready_database.PREFECT_VERSION
    loader = importlib.machinery.SourceFileLoader("ci_prefect_database", str(ROOT / ".ci" / "prefect-database"))
    spec = importlib.util.spec_from_loader("ci_prefect_database", loader)
    assert spec is not None
    script = importlib.util.module_from_spec(spec)
    loader.exec_module(script)
    assert statements(script.made()) == statements(script.TARGET.read_text("utf-8"))


@pytest.mark.slow
def test_the_first_review_of_a_machine_runs_no_migration(tmp_path: Path) -> None:
    (tmp_path / "post.md").write_text("---\ntitle: The first post\n---\n\nIt rains.\n")
    home = tmp_path / "prefect"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    env |= {"PREFECT_HOME": str(home), "PYTHONPATH": str(ROOT), "PREFECT_SERVER_LOGGING_LEVEL": "DEBUG"}
    command = [sys.executable, "-m", "copydesk", "review", "--fail-on", "never", str(tmp_path / "post.md")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(home / "prefect.db")) as database:
        ((recorded,),) = database.execute("SELECT count(*) FROM flow_run WHERE state_type = 'COMPLETED'")
        (made,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'agent'").fetchone()
    assert recorded == 1
    assert made in ready_database._TABLES.read_text("utf-8"), "the table is the one that was put there"
