"""Logging: what every record carries, and what none may."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from copydesk.logs import configure, log_context
from copydesk.redaction import redact

CANARY = "s3cr3t"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    logger = logging.getLogger("copydesk")
    handlers, level = logger.handlers[:], logger.level
    yield
    logger.handlers[:], logger.level = handlers, level


def test_json_lines_carry_run_and_step(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    configure("json")

    async def work() -> None:
        with log_context(step="links"):
            await asyncio.to_thread(logging.getLogger("copydesk.links").info, "found %d", 3)

    with log_context(run="run-1"):
        asyncio.run(work())
    logging.getLogger("copydesk").warning("after")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["run"], first["step"], first["message"], first["level"]) == ("run-1", "links", "found 3", "info")
    assert (second["run"], second["step"]) == ("", "")


def test_text_lines_and_levels(capsys: pytest.CaptureFixture[str]) -> None:
    configure("")
    log = logging.getLogger("copydesk.x")
    log.info("quiet")
    with log_context(run="r", step="s"):
        log.warning("loud")
    configure("debug")
    log.debug("now too")
    assert capsys.readouterr().err.splitlines() == ["warning copydesk.x [r s]: loud", "debug copydesk.x: now too"]


@pytest.mark.parametrize("form", ["", "json"])
def test_no_secret_and_no_control_character(
    form: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    configure(form)
    try:
        raise ConnectionError(f"mongodb://me:a@b/{CANARY}@host/db refused \x1b[2J")
    except ConnectionError:
        logging.getLogger("copydesk").exception("gave up on %s", f"mongodb://me:{CANARY}/x@y@host/db\x1b[1m\nforged")
    err = capsys.readouterr().err
    assert "mongodb://me:***@host/db" in err
    assert "ConnectionError" in err
    for text in (err, caplog.text):
        assert CANARY not in text
        assert "\x1b" not in text
    assert not any(line.startswith("forged") for line in err.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        f"mongodb://me:{CANARY}@host/db",
        f"mongodb+srv://me:x@y/{CANARY}@host/db?retryWrites=true",
        f"connecting to 'mongodb://me:{CANARY}' failed: mongodb://me:{CANARY}@h".replace(
            f"'mongodb://me:{CANARY}'", "it"
        ),
        f"password={CANARY} user=me",
        f'{{"token": "{CANARY}"}}',
        f"Authorization: Bearer {CANARY}",
        f"api_key: {CANARY}",
    ],
)
def test_redaction(text: str) -> None:
    assert CANARY not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize("text", ["see https://example.com/a@b", "mail me@example.com: now", "the token of the day"])
def test_redaction_leaves_the_rest(text: str) -> None:
    assert redact(text) == text


def test_redaction_is_linear() -> None:
    text = "a://b:" * 20_000
    assert redact(text) == text
