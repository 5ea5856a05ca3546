"""Findings that an author answers in the text: `<!-- copydesk off: grammar.repeated_word -->` and its kin.

The step `load` reads the instructions, in its child process and cached with the post; they are obeyed when a post's
review is put together. So they change what a review says and never what is cached.

Where they hold:

- `copydesk off` up to `copydesk on`, or to the end of the post;
- `copydesk off-next-line`: the next line that is neither empty nor another instruction;
- `copydesk off-file`, and `copydesk: {ignore: [...]}` of the front matter: the whole post, with what is said of it as
  a whole.

After a colon come checks (`style.passive`) or steps (`style`), between commas; without them all checks are meant. What
follows ` -- ` is the reason, for people.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copydesk.report import Finding, Severity

if TYPE_CHECKING:
    from copydesk.post import Post

UNUSED = "load.unused_suppression"
IN_TEXT = "text"  # the value of `Finding.suppression`

_INSTRUCTION = re.compile(
    r"(?:<!--|\{/\*)\s*copydesk\s+(?P<kind>off-next-line|off-file|off|on)"
    r"(?:\s*:\s*(?P<checks>[\w.]+(?:[\s,]+[\w.]+)*)\s*,?)?(?:\s+--\s.{0,1000})?\s*(?:-->|\*/\})",
    re.DOTALL,
)
# What was meant as an instruction and is none; a comment that merely begins with the name is nobody's business.
_NEARLY = re.compile(
    r"(?:<!--|\{/\*)\s*copydesk\b[\s:-]*(?:off|on|ignore|disable|enable|suppress|skip)\b", re.IGNORECASE
)
_LONGEST = 2_000  # characters of one instruction
_MOST = 1_000  # instructions of one post
_WHOLE = 10**9  # a line that no post has

Instruction = Mapping[str, Any]  # JSON: its place, `checks` (empty: all), and `from` and `to` as [line, column]


def read_instructions(post: Post) -> tuple[list[dict[str, Any]], list[Finding]]:
    """The instructions of a post for `obey`, and findings on those that cannot be understood."""
    if "copydesk" not in post.text:
        return [], []
    found = list(_of_front_matter(post))
    problems: list[Finding] = []
    opened: dict[str, dict[str, Any]] = {}  # check -> the `off` that is in force; "" for all
    for region in post.regions:
        if region.kind != "comment" or region.end - region.start > _LONGEST:
            continue
        text = post.text[region.start : region.end]
        match = _INSTRUCTION.fullmatch(text)
        if match is None:
            if _NEARLY.match(text):
                message = "This is no instruction that copydesk knows: write off, on, off-next-line or off-file."
                problems.append(post.finding(UNUSED, Severity.WARNING, region.start, region.end, message))
            continue
        if len(found) >= _MOST:
            break
        checks = [check for check in re.split(r"[\s,]+", match["checks"] or "") if check and check != "all"]
        instruction = _placed(post, region.start, region.end, checks)
        end = list(post.locate(region.end))
        if match["kind"] == "on":
            for check in checks or list(opened):
                if check in opened:
                    opened.pop(check)["to"] = end
            if "" in opened and checks:
                # All are off but these: the `off` goes on for the others.
                opened[""].setdefault("but", []).extend([check, end] for check in checks)
            continue
        if match["kind"] == "off-file":
            instruction |= {"from": [1, 1], "to": [_WHOLE, 1]}
        elif match["kind"] == "off-next-line":
            line = _next_line(post, region.end)
            instruction |= {"from": [line, 1], "to": [line + 1, 1]}
        else:
            instruction |= {"from": end, "to": [_WHOLE, 1]}
        # Each check of a list is an instruction of its own: one of them may be needless.
        for check in checks or [""]:
            one = instruction | {"checks": [check] if check else []}
            found.append(one)
            if match["kind"] == "off":
                opened[check] = one
    return found, problems


def _of_front_matter(post: Post) -> Iterator[dict[str, Any]]:
    own = post.front.data.get("copydesk")
    ignored = own.get("ignore") if isinstance(own, dict) else None
    for check in [ignored] if isinstance(ignored, str) else ignored if isinstance(ignored, list) else []:
        if not isinstance(check, str):
            continue
        span = post.front.span
        at = post.text.find(check, span.start, span.end)
        start, end = (at, at + len(check)) if at >= 0 and check else (0, 0)
        checks = [] if check in ("", "all") else [check]
        yield _placed(post, start, end, checks) | {"from": [1, 1], "to": [_WHOLE, 1]}


def _placed(post: Post, start: int, end: int, checks: Sequence[str]) -> dict[str, Any]:
    line, column = post.locate(start)
    end_line, end_column = post.locate(end)
    return {
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "match": post.text[start:end],
        "checks": list(checks),
    }


def _next_line(post: Post, offset: int) -> int:
    """The number of the next line with something to review in it."""
    starts = [*post.line_starts, len(post.text)]
    line = post.locate(offset)[0]
    for number in range(line + 1, min(len(starts), line + 50)):
        text = post.text[starts[number - 1] : starts[number]].strip()
        if text and not _INSTRUCTION.fullmatch(text):
            return number
    return line + 1


def obey(
    findings: Iterable[Finding],
    instructions: Sequence[Instruction],
    finished: Collection[str],
    unfinished: Collection[str],
) -> list[Finding]:
    """The findings, with those marked that an instruction answers, and a warning for each needless instruction.

    `finished` names the steps that had their say on this post: only with them can an instruction be needless.
    `unfinished` names those that could not finish; what the engine says of that is never suppressed.
    """
    used: set[int] = set()
    said = []
    for finding in findings:
        answers = [i for i, one in enumerate(instructions) if _covers(one, finding)]
        engine = finding.step in unfinished and finding.check in (f"{finding.step}.failed", f"{finding.step}.timeout")
        if answers and not engine:
            used.update(answers)
            finding = replace(finding, suppressed=True, suppression=IN_TEXT)
        said.append(finding)
    for index, one in enumerate(instructions):
        steps = {check.partition(".")[0] for check in one["checks"]}
        # Without checks it is for every step, and all of them must have spoken.
        if index in used or not steps <= set(finished) or (not steps and unfinished):
            continue
        what = ", ".join(one["checks"]) or "anything"
        message = f"This suppression of {what} no longer suppresses a finding. Remove it."
        said.append(
            Finding(
                check=UNUSED,
                severity=Severity.WARNING,
                message=message,
                line=one["line"],
                column=one["column"],
                end_line=one["end_line"],
                end_column=one["end_column"],
                match=one["match"],
            )
        )
    return said


def _covers(instruction: Instruction, finding: Finding) -> bool:
    place = [finding.line, finding.column]
    if not instruction["from"] <= place < instruction["to"]:
        return False
    if any(_names(check, finding) and place >= since for check, since in instruction.get("but", ())):
        return False
    return not instruction["checks"] or any(_names(check, finding) for check in instruction["checks"])


def _names(check: str, finding: Finding) -> bool:
    return check in (finding.check, finding.step)
