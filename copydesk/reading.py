"""From paths to bytes to text: which files are posts, and reading them safely."""

from __future__ import annotations

from copydesk.report import Finding, Severity


def decode(data: bytes) -> tuple[str, list[Finding]]:
    """The text of a file and what is wrong with its bytes. Never raises."""
    problems = []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        problems.append(
            Finding(check="load.not_utf8", severity=Severity.ERROR, message=f"Byte {error.start} is not UTF-8.")
        )
    return text.removeprefix("\ufeff"), problems
