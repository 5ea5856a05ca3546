"""Text from posts, names and errors, made safe to show: what would steer a terminal is spelled out."""

from __future__ import annotations

import re

# C0 and C1 controls, lone surrogates, the bidirectional controls (UAX #9) with the invisible separators that hide text
# (Unicode TR36), the byte-order mark, tag characters and noncharacters that XML refuses.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
_LINE_ENDS_TOO = re.compile("[\t\n]")


def visible(text: str, *, one_line: bool = True) -> str:
    r"""The text with every steering character spelled out, as in `\x1b`, `\u202e`.

    With `one_line`, tabs and line ends are spelled out too (`\t`, `\n`), so that the result never breaks a line;
    without it both are kept. Idempotent.
    """
    shown = _STEERING.sub(_spell, text)
    return _LINE_ENDS_TOO.sub(_spell, shown) if one_line else shown


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _spell(match: re.Match[str]) -> str:
    character = match.group()
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
