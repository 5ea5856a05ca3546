"""A canary for a password, in every place that holds one: it is in no output, log, database and file afterwards."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

CANARY = "canary-73"
# As people type them: @ and / as they are, which is no valid address, and encoded.
PASSWORDS = [f"{CANARY}@x/{CANARY}", quote(f"{CANARY}@x/{CANARY}", safe="")]


def holders(folder: Path) -> list[str]:
    """Files below a folder that hold the canary, databases included."""
    return [str(f) for f in folder.rglob("*") if f.is_file() and CANARY.encode() in f.read_bytes()]


@pytest.mark.parametrize("password", PASSWORDS, ids=["as typed", "encoded"])
def test_the_password_of_a_store_is_nowhere(password: str, blog: Any, tmp_path: Path) -> None:
    """The password of the store is in no output, no log and no file, whatever goes wrong with the store."""
    blog.fill(1, 0)
    url = f"mongodb://editor:{password}@127.0.0.1:{free_port()}/copydesk"
    env = {
        "COPYDESK_STORE": url,
        "COPYDESK_LOG": "debug",
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api",
    }
    said = []
    commands = [
        ("check", "posts"), ("doctor",), ("runs",), ("stats",), ("show", "latest"), ("reconcile",), ("cleanup",),
        ("review", "posts"), ("resume", "latest"), ("cancel", "latest"), ("--help",), ("review", "--help"),
        ("dashboard", "--output", "dashboard.html"),
    ]  # fmt: skip
    for command in commands:
        code, out, err = blog.run(*command, env=env)
        assert CANARY not in out + err, (command, code)
        assert "Traceback" not in err, (command, err)
        said.append(out + err)
    code, out, err = blog.run("runs", "--store", url)
    assert CANARY not in out + err
    assert "***" in "".join(said), "something spoke of the store, without its password"
    assert holders(tmp_path) == []


def test_the_password_of_a_store_is_not_in_prefects_record(blog: Any, prefect_server: Any, tmp_path: Path) -> None:
    """A recorded review with a store that is away leaves the password neither with Prefect nor in the spool."""
    blog.fill(1, 0)
    env = {
        "COPYDESK_STORE": f"mongodb://editor:{PASSWORDS[0]}@127.0.0.1:{free_port()}/copydesk",
        "PREFECT_API_URL": prefect_server.url,
        "PREFECT_LOGGING_EXTRA_LOGGERS": "copydesk",
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    code, out, err = blog.run("review", "posts", "--format", "html", "--output", "report.html", env=env)
    assert code in (0, 1), err
    assert "monitoring is degraded" in err
    assert CANARY not in out + err
    assert holders(tmp_path) == []
    assert holders(Path(prefect_server.env["PREFECT_HOME"])) == []


def test_credentials_of_a_repository_are_nowhere(blog: Any, tmp_path: Path) -> None:
    """An address with a password is refused without repeating the password."""
    from pydantic import ValidationError

    from copydesk.request import ReviewRequest

    with pytest.raises(ValidationError) as refused:
        ReviewRequest.model_validate({"repository": f"https://user:{CANARY}@example.org/blog.git"})
    assert CANARY not in str(refused.value)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are a matter of POSIX")
def test_results_are_private(blog: Any, prefect_server: Any, tmp_path: Path) -> None:
    """What a review leaves on disk can be read by nobody else, whatever the umask."""
    blog.fill(1, 0)
    env = {
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CACHE_HOME": str(tmp_path / "caches"),
        "PREFECT_API_URL": prefect_server.url,
        "COPYDESK_CACHE_DIR": str(tmp_path / "caches" / "copydesk"),
        "COPYDESK_STORE": "",
    }
    process = blog.start("review", "posts", "--quiet", env=env, preexec_fn=lambda: os.umask(0))
    code, _, err = blog.end(process)
    assert code in (0, 1), err
    found = [f for place in ("data", "caches") for f in (tmp_path / place).rglob("*") if f.is_file()]
    assert any(f.suffix == ".sqlite" for f in found)
    assert any("store" in f.name or f.suffix == ".db" for f in found), found
    for file in found:
        above = [file, *(p for p in file.parents if p.is_relative_to(tmp_path) and p != tmp_path)]
        assert any(p.stat().st_mode & 0o077 == 0 for p in above), f"others can read {file}"
