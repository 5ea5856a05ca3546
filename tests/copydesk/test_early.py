"""Children start ahead of everything else for what was never reviewed, and only then."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from copydesk import early, sandbox
from copydesk.cache import ResultCache
from copydesk.errors import UsageError
from copydesk.settings import settings


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many children were asked for, each time."""
    asked: list[int] = []
    monkeypatch.setattr(sandbox.Pool, "prepare", lambda self, children=1: asked.append(children))
    settings.cache_clear()
    return asked


@pytest.fixture
def post(tmp_path: Path) -> Path:
    file = tmp_path / "post.md"
    file.write_text("A post.\n")
    return file


def _remember(text: str) -> None:
    cache = ResultCache(settings().cache_dir)
    cache.remember([hashlib.sha256(text.encode()).hexdigest()])
    cache.close()


def test_starts_when_there_is_no_cache(prepared: list[int], post: Path) -> None:
    early.start_children([str(post)])
    assert prepared == [1]


def test_waits_for_the_cache_when_the_post_was_reviewed(prepared: list[int], post: Path) -> None:
    _remember("A post.\n")
    (post.parent / "copydesk.yaml").write_text("workflow: {name: mine}\n")
    early.start_children([str(post), "--format", "json", "--config", str(post.parent / "copydesk.yaml")])
    assert prepared == []
    post.write_text("A changed post.\n")
    early.start_children([str(post)])
    assert prepared == [1]


def test_starts_without_a_look_at_the_cache_when_it_is_not_used(prepared: list[int], post: Path) -> None:
    _remember("A post.\n")
    early.start_children([str(post), "--no-cache"])
    assert prepared == [1]


def test_starts_nothing_for_help_or_a_missing_file(prepared: list[int], post: Path) -> None:
    early.start_children([str(post), "--help"])
    early.start_children([str(post) + ".gone"])
    assert prepared == []


def test_clearing_the_cache_forgets_the_posts(prepared: list[int], post: Path) -> None:
    _remember("A post.\n")
    cache = ResultCache(settings().cache_dir)
    cache.clear()
    cache.close()
    early.start_children([str(post)])
    assert prepared == [1]


def test_a_damaged_cache_is_left_to_the_review(prepared: list[int], post: Path) -> None:
    file = early.file_in(settings().cache_dir)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database" * 100)
    early.start_children([str(post)])
    assert prepared == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("COPYDESK_CHILDREN", "many"), ("COPYDESK_CHILDREN", "65"), ("COPYDESK_CHILD_MEMORY_MB", "1")],
)
def test_an_impossible_setting_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    try:
        with pytest.raises(UsageError, match=name):
            settings()
    finally:
        settings.cache_clear()


def _command(code: str, *arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    # Without coverage, which imports modules of its own.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env=inherited | {"PYTHONPATH": str(Path(early.__file__).parent.parent)} | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", ["check", "review"])
def test_the_command_asks_for_children_before_it_imports_the_rest(post: Path, command: str) -> None:
    code = (
        "import sys\n"
        "from copydesk import early\n"
        "from copydesk.__main__ import main\n"
        "early.start_children = lambda files: sys.exit(f'ASKED {files} {\"copydesk.cli\" in sys.modules}')\n"
        "main()\n"
    )
    done = _command(code, command, str(post), "--quiet")
    assert done.stderr == f"ASKED {[str(post), '--quiet']} False\n"
    assert "ASKED" not in _command(code, "steps").stderr


def test_a_setting_that_cannot_be_is_told_in_words(post: Path) -> None:
    done = _command("from copydesk.__main__ import main\nmain()", "check", str(post), COPYDESK_CHILDREN="many")
    assert done.returncode == 2
    assert done.stderr.startswith("copydesk: COPYDESK_CHILDREN must be a whole number")


def test_an_argument_too_long_for_a_path_starts_nothing_and_is_no_fault(post: Path) -> None:
    done = _command("from copydesk.__main__ import main\nmain()", "check", "--bad=" + "x" * 5_000)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def _imported(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a command imports, in a process of its own."""
    code = (
        "import sys\n"
        "from copydesk.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *sys.modules)"
    )
    done = _command(code, *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("MODULES")[2].split())


def test_help_imports_next_to_nothing(tmp_path: Path) -> None:
    modules = _imported("--help", cwd=tmp_path)
    assert "click" in modules
    assert not modules & {
        "pydantic",
        "prefect",
        "harper",
        "markdown_it",
        "yaml",
        "sqlite3",
        "rich",
        "asyncio",
        "jinja2",
    }
    assert sum(name.startswith("copydesk") for name in modules) <= 8


def test_check_imports_neither_prefect_nor_a_checker(post: Path) -> None:
    modules = _imported("check", str(post), "--fail-on", "never", cwd=post.parent)
    assert "pydantic" in modules
    # What the checks need is imported by the children only.
    assert not modules & {
        "prefect",
        "harper",
        "pydantic_settings",
        "motor",
        "pymongo",
        "httpx",
        "fastapi",
        "sqlalchemy",
    }
