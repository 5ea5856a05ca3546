"""How wide a text is in Helvetica, and how to shorten one that is too wide: pictures are laid out by these widths."""

from __future__ import annotations


def text_points(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide a text is in Helvetica, in points; a little generous."""
    return sum(_em(c) for c in text) * size * (1.08 if bold else 1.0)


def _em(character: str) -> float:
    if character in "iljtfI.,:;|'!·() ":
        return 0.31
    if character in "mwMW@%—…":
        return 0.92
    if ord(character) > 0x2E7F:  # East Asian and symbols: a full square
        return 1.0
    return 0.69 if character.isupper() else 0.57


def fit(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text, or as much of its beginning and end as fits in `room` points, around an ellipsis."""
    if text_points(text, size, bold=bold) <= room:
        return text
    text = f"{text[:300]}…{text[-300:]}" if len(text) > 601 else text
    keep = len(text)
    while keep > 2:
        keep -= 1
        head = (2 * keep + 2) // 3
        tail = keep - head
        shorter = text[:head] + "…" + (text[-tail:] if tail else "")
        if text_points(shorter, size, bold=bold) <= room:
            return shorter
    return "…"
