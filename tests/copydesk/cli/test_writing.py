"""Where the commands write: a file appears in one step, whatever becomes of what is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copydesk.cli.writing import write_blocks, write_output
from copydesk.errors import UsageError


def test_the_file_is_there_when_its_last_block_is(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.txt"

    def blocks() -> Iterator[bytes]:
        yield b"one "
        assert not file.exists()
        yield b"two"

    write_blocks(blocks(), file)
    assert file.read_bytes() == b"one two"
    assert [*file.parent.iterdir()] == [file]


def test_a_text_that_breaks_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    write_output(b"before", file)

    def blocks() -> Iterator[bytes]:
        yield b"half"
        raise LookupError

    with pytest.raises(LookupError):
        write_blocks(blocks(), file)
    assert file.read_bytes() == b"before"
    assert [*tmp_path.iterdir()] == [file]


def test_standard_output_gets_the_bytes(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_blocks(iter([b"one ", "é\ud800".encode("utf-8", "surrogatepass")]), None)
    assert capfdbinary.readouterr().out == b"one \xc3\xa9\xed\xa0\x80"


def test_a_place_that_takes_no_file_is_bad_usage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        write_output(b"", tmp_path / "file" / "report.txt")
