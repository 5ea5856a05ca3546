"""Nothing that steers a terminal or hides text gets through."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – “text” 日本 🎉", "plain – “text” 日本 🎉"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\x00b\x07", "a\\x00b\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("a\u2028b", "a\\u2028b"),
        ("tab\tnewline\nreturn\r", "tab\\tnewline\\nreturn\\r"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_steering_characters_are_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_may_be_kept() -> None:
    assert visible("a\tb\nc\r\x1b", one_line=False) == "a\tb\nc\\r\\x1b"


@given(st.text(st.characters(codec=None, categories=None)))
def test_the_result_is_one_printable_line(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs")]
    assert visible(shown) == shown
    shown.encode()
