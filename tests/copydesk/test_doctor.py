"""What `copydesk doctor` says of a machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copydesk.checks.outside_program import find_program
from copydesk.doctor import Diagnosis, Health, examine
from copydesk.steps import BUILTIN


def by_part(start: Path, **options: object) -> dict[str, Diagnosis]:
    return {diagnosis.part: diagnosis for diagnosis in examine(start, **options)}  # type: ignore[arg-type]


def test_a_machine_with_everything_has_no_problem(tmp_path: Path) -> None:
    found = by_part(tmp_path)
    assert [part for part, diagnosis in found.items() if diagnosis.health is Health.PROBLEM] == []
    assert set(BUILTIN) <= found.keys()
    assert "embedded server" in found["prefect"].text


def test_a_missing_program_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other steps are not touched by it."""
    monkeypatch.setattr("copydesk.checks.outside_program.sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    find_program.cache_clear()
    found = by_part(tmp_path)
    find_program.cache_clear()
    assert found["structure"].health is Health.PROBLEM
    assert "rumdl" in found["structure"].text
    assert "requirements.lock" in found["structure"].advice
    assert found["style"].health is Health.OK


def test_a_wrong_workflow_file_is_shown_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "copydesk.yaml").write_text("workflow:\n  naem: x\n")
    diagnosis = by_part(tmp_path)["workflow"]
    assert diagnosis.health is Health.PROBLEM
    assert "copydesk.yaml:2" in diagnosis.text


def test_a_cache_that_others_can_read_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from copydesk.settings import settings

    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    monkeypatch.setenv("COPYDESK_CACHE_DIR", str(folder))
    settings.cache_clear()
    diagnosis = by_part(tmp_path)["cache"]
    assert diagnosis.health is Health.WARNING
    assert "chmod 700" in diagnosis.advice


def test_a_store_that_is_away_is_a_problem_without_its_password(tmp_path: Path) -> None:
    """The password holds what makes drivers print it: an @ and a slash."""
    url = "mongodb://editor:ca/na@ry@127.0.0.1:1/blog"
    diagnosis = by_part(tmp_path, store=url)["store"]
    assert diagnosis.health is Health.PROBLEM
    assert "ca/na" not in diagnosis.text
    assert "ry@" not in diagnosis.text


@pytest.mark.slow
def test_a_server_without_authentication_is_warned_of(prefect_server, copydesk, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = copydesk("doctor", "--format", "json", env={"PREFECT_API_URL": prefect_server.url})
    found = json.loads(result.stdout)
    warned = " ".join(item["text"] + item["advice"] for item in found if item["health"] == "warning")
    assert "authentication" in warned
    assert "PREFECT_SERVER_CORS_ALLOWED_ORIGINS" in warned
    assert result.stderr == ""


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_a_problem(copydesk) -> None:  # type: ignore[no-untyped-def]
    result = copydesk("doctor", "--format", "json", env={"PREFECT_API_URL": "http://127.0.0.1:1/api"})
    assert result.returncode == 1
    assert any("does not answer" in item["text"] for item in json.loads(result.stdout))
