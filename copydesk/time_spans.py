"""Spans of time as people write them: `90s`, `30m`, `24h`, `7d`, `2w`, or a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from copydesk.errors import UsageError
from copydesk.events import utc

_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhdw])", re.I | re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_span(text: str) -> timedelta:
    """The length of a span above zero; raises UsageError."""
    match = _SPAN.fullmatch(text.strip())
    span = timedelta(**{_UNITS[match[2].lower()]: float(match[1])}) if match else timedelta()
    if span <= timedelta():
        raise UsageError(f"{text!r} is no span of time; write a number with s, m, h, d or w, as in 24h or 7d")
    return span


def parse_since(text: str, now: datetime) -> str:
    """The ISO time in UTC of a span before `now`, or of a date or time (taken as UTC without a zone)."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            return utc(now - parse_span(text))
        except OverflowError:
            return utc(datetime(1970, 1, 1, tzinfo=UTC))
    return utc(moment)
