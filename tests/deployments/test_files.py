"""The files that people copy: examples for CI, containers, notifications."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.settings.models.root import Settings

ROOT = Path(__file__).parent.parent.parent
DEPLOYMENTS = ROOT / "deployments"


def load(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((DEPLOYMENTS / name).read_text("utf-8"))
    return found


@pytest.fixture
def github() -> dict[Any, Any]:
    return load("ci/github-actions.yml")


def test_github_runs_on_pull_requests_with_read_only_rights(github: dict[Any, Any]) -> None:
    assert set(github[True]) == {"pull_request"}  # `on`, which YAML 1.1 takes for true
    assert github["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in github["jobs"].values())


def test_github_gives_a_fork_no_secret_and_pastes_nothing_into_a_script(github: dict[Any, Any]) -> None:
    jobs = github["jobs"]
    ours = "github.event.pull_request.head.repo.full_name == github.repository"
    assert jobs["on-prefect"]["if"] == ours
    assert jobs["from-a-fork"]["if"] == ours.replace("==", "!=")
    assert "secrets" not in yaml.safe_dump(jobs["from-a-fork"])
    for job in jobs.values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_gitlab_tells_forks_apart_by_the_project_and_only_ours_talks_to_prefect() -> None:
    jobs = load("ci/gitlab-ci.yml")
    ours, fork = jobs["review-on-prefect"], jobs["review-from-a-fork"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in ours["rules"][0]["if"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_PROJECT_ID" in fork["rules"][0]["if"]
    assert "PREFECT" not in yaml.safe_dump(fork)
    assert "COPYDESK_STORE" not in yaml.safe_dump(fork)


@pytest.mark.parametrize("name", ["ci/github-actions.yml", "ci/gitlab-ci.yml"])
def test_ci_runs_the_deployment_that_is_a_gate(name: str) -> None:
    text = (DEPLOYMENTS / name).read_text("utf-8")
    assert "prefect deployment run 'review/pull-request'" in text
    assert "--watch" in text
    assert "pipefail" in text or "shell: bash" in text


def test_every_command_of_copydesk_in_the_examples_exists() -> None:
    from copydesk.cli import COMMANDS

    texts = [path.read_text("utf-8") for path in DEPLOYMENTS.rglob("*.y*ml")]
    texts.append((ROOT / "docs/deployment.md").read_text("utf-8"))
    used = {
        match for text in texts for match in re.findall(r"(?m)(?:^|[`;]|- |run: |then |&& )copydesk ([a-z]+)\b", text)
    }
    assert used >= {"report", "check", "setup", "doctor", "runs"}
    assert used <= set(COMMANDS)


def test_the_image_copies_what_there_is_and_does_not_run_as_root() -> None:
    lines = (DEPLOYMENTS / "docker/Dockerfile").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("COPY "):
            for source in shlex.split(line)[1:-1]:
                assert (ROOT / source).exists(), line
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert users[-1] not in ("root", "0")
    assert any("--require-hashes" in line for line in lines)


def test_compose_sets_settings_that_prefect_has_and_keeps_the_server_to_this_host() -> None:
    services = load("docker/compose.yaml")["services"]
    known = known_settings()
    for name, service in services.items():
        for variable in service.get("environment", {}):
            if variable.startswith("PREFECT_"):
                assert variable in known, f"{name}: {variable}"
    assert services["server"]["ports"] == ["127.0.0.1:4200:4200"]
    assert "PREFECT_SERVER_API_AUTH_STRING" in services["server"]["environment"]
    assert services["setup"]["command"][-1] == "copydesk setup && prefect --no-prompt deploy --all"
    pools = {service["command"][4] for name, service in services.items() if "worker" in name}
    assert pools == {"copydesk", "copydesk-steps"}


def known_settings() -> set[str]:
    """The names of Prefect's environment variables."""

    def names(model: Any) -> set[str]:
        found: set[str] = set()
        prefix = str(model.model_config.get("env_prefix", "PREFECT_")).upper()
        for field, info in model.model_fields.items():
            alias = info.validation_alias
            found |= {str(choice).upper() for choice in getattr(alias, "choices", []) or []}
            found.add(f"{prefix}{field}".upper())
            if isinstance(info.annotation, type) and hasattr(info.annotation, "model_fields"):
                found |= names(info.annotation)
        return found

    return names(Settings)
