"""`copydesk cache`: results and answers about links are shown, and forgotten, together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from copydesk.cli import cli
from copydesk.errors import UsageError
from copydesk.link_lookup import Answer, Outcome
from copydesk.link_memory import LinkMemory
from copydesk.settings import settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COPYDESK_CACHE_DIR", str(tmp_path))
    settings.cache_clear()
    return tmp_path


def run(*arguments: str) -> str:
    return CliRunner().invoke(cli, ["cache", *arguments], catch_exceptions=False, standalone_mode=False).output


def test_answers_about_links_are_shown_and_forgotten(folder: Path) -> None:
    assert json.loads(run("--format", "json"))["links"] == 0
    memory = LinkMemory(folder)
    memory.remember({"https://a.example/": Answer(Outcome.WORKS), "https://b.example/": Answer(Outcome.GONE)})
    assert json.loads(run("--format", "json"))["links"] == 2
    assert "2 answers about external links" in run()
    assert "0 results and 2 answers about external links forgotten" in run("--clear")
    assert memory.recall(["https://a.example/"], 3600) == {}
    assert memory.count() == 0


def test_a_file_that_is_no_memory_is_named(folder: Path) -> None:
    LinkMemory(folder).path.write_text("this is no database at all, but a text that somebody put here\n" * 50)
    runner = CliRunner()
    answer = runner.invoke(cli, ["cache", "--clear"], standalone_mode=False)
    assert isinstance(answer.exception, UsageError)
    assert "external-links-1.sqlite" in str(answer.exception)
