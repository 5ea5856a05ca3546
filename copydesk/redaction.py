"""Passwords and tokens, taken out of everything that is shown: addresses, logs, errors."""

from __future__ import annotations

import re

MASK = "***"

# The password of an address may hold @, / and : unescaped, although it should not: everything up to the last @ before
# a blank or a quote belongs to it. Rather too much is hidden than too little.
_USER_INFO = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,30}://)(?P<user>[^\s:/@\"'<>]{0,256}):(?P<password>[^\s\"'<>]{0,1024})@", re.I
)
_NAMED = re.compile(
    r"(?P<name>\b(?:password|passwd|pwd|secret|token|api[_-]?key|auth[_-]?string|authorization)\b[\"']?\s*[=:]\s*[\"']?"
    r"(?:bearer\s+|basic\s+)?)(?P<value>[^\s\"'&,;]+)",
    re.I,
)


def redact(text: str) -> str:
    """The text with the passwords of addresses and the values of `password=`, `token:` and their like as `***`."""
    return _NAMED.sub(rf"\g<name>{MASK}", _USER_INFO.sub(rf"\g<scheme>\g<user>:{MASK}@", text))
