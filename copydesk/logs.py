"""Logging under the name `copydesk`: run and step in every record, no passwords, no control characters.

`configure()` is for programs (the command line, a flow run under a worker); a library that imports copydesk keeps its
own handlers. In Prefect, `PREFECT_LOGGING_EXTRA_LOGGERS=copydesk` makes the records part of the run's log.
"""

from __future__ import annotations

import contextvars
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from copydesk.redaction import redact
from copydesk.visible import visible

ENVIRONMENT = "COPYDESK_LOG"  # json, or a level: debug, info, warning, error; or both: json,debug
_run: contextvars.ContextVar[str] = contextvars.ContextVar("copydesk_log_run", default="")
_step: contextvars.ContextVar[str] = contextvars.ContextVar("copydesk_log_step", default="")
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@contextmanager
def log_context(*, run: str | None = None, step: str | None = None) -> Iterator[None]:
    """Everything logged inside carries this run and step; follows tasks of asyncio and `asyncio.to_thread`."""
    tokens = [(variable, variable.set(value)) for variable, value in ((_run, run), (_step, step)) if value is not None]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


class ContextFilter(logging.Filter):
    """Adds `run` and `step` to a record, and takes secrets and control characters out of its text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: nothing is left out."""
        if not hasattr(record, "run"):
            record.run, record.step = _run.get(), _step.get()
            try:
                text = record.getMessage()
            except Exception:  # noqa: BLE001 - a wrong format string must not cost the program
                text = f"{record.msg} {record.args}"
            record.msg, record.args = visible(redact(text)), ()
            if record.exc_info and not record.exc_text:
                record.exc_text = logging.Formatter().formatException(record.exc_info)
            if record.exc_text:
                # Other handlers take the text as it stands here before they would format the exception themselves.
                record.exc_text = visible(redact(record.exc_text), one_line=False)
        return True


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        place = " ".join(filter(None, (getattr(record, "run", ""), getattr(record, "step", ""))))
        line = (
            f"{record.levelname.lower()} {record.name}{f' [{visible(place)}]' if place else ''}: {record.getMessage()}"
        )
        return f"{line}\n{record.exc_text}" if record.exc_text else line


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        data = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "run": getattr(record, "run", ""),
            "step": getattr(record, "step", ""),
            "message": record.getMessage(),
        }
        if record.exc_text:
            data["exception"] = record.exc_text
        return json.dumps(data)


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to whatever standard error is at the time."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.addFilter(ContextFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(environment: str | None = None) -> logging.Logger:
    """Send the log of `copydesk` to standard error as `COPYDESK_LOG` says: `json`, a level, or both (`json,debug`).

    Twice is as once. Without the variable warnings are shown as text. Unknown words are passed over.
    """
    words = [word.strip().lower() for word in (environment or os.environ.get(ENVIRONMENT, "")).split(",")]
    logger = logging.getLogger("copydesk")
    levels = [_LEVELS[word] for word in words if word in _LEVELS]
    logger.setLevel(levels[-1] if levels else logging.INFO if "json" in words else logging.WARNING)
    for old in [handler for handler in logger.handlers if isinstance(handler, _Handler)]:
        logger.removeHandler(old)
    handler = _Handler()
    handler.setFormatter(_Json() if "json" in words else _Lines())
    logger.addHandler(handler)
    # A handler of a parent (Prefect's, which sends records to the run's log) gets the record as our handler left it:
    # handlers of a logger are called before those of its parents.
    return logger
