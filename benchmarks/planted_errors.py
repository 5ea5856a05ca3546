#!/usr/bin/env python3
"""How many planted errors are found, and how often the right text is called wrong; by copydesk and by its peers.

    python benchmarks/planted_errors.py [--show-missed]
    python benchmarks/planted_errors.py --proselint PROGRAM --node-folder FOLDER

`planted_errors.json` holds a category and a sentence with `{wrong|right}` in it. Each sentence is put into the middle
of a small post. It counts as found when a finding touches the wrong words (or the place where they stand), and as a
false alarm when the right sentence gets a finding anywhere. `planted_posts.json` holds changes, each of which breaks
`planted_post.md` in one way; it counts as found when the broken post has a finding that the whole one has not.

Of copydesk only warnings and errors count for sentences, and all severities for posts: much of what can be wrong with a
front matter is a suggestion (`as warning or error` counts without them). Of peers everything counts. Each program is
run once over the same files, with its defaults. The tables were written by those who wrote the checks: on others'
texts the shares are smaller, and the sentences were read while the patterns were written.

The peers come from their own registries (a virtual environment with `proselint`; a folder in which
`npm install write-good textlint textlint-rule-…` was run). Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BEFORE = "---\ntitle: Notes from the workshop\n---\n\nThis is a short report for our readers.\n\n"
AFTER = " More about that in the next part.\n"
TEXTLINT_RULES = (
    "write-good", "terminology", "common-misspellings", "en-spell", "en-capitalization",
    "@elasticpath/textlint-rule-no-dead-relative-link",
)  # fmt: skip
_LINE = 7  # of the sentence
_PLANTED = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of any program: in its own words, from a place to a place on one line."""

    name: str
    line: int
    start: int  # columns from 1
    end: int  # exclusive
    strong: bool = True  # False: a suggestion of copydesk


Program = Callable[[Sequence[Path]], Mapping[Path, list[Found]]]


@dataclass(frozen=True, slots=True)
class Planted:
    """One error: where it is, and the file without it."""

    category: str
    what: str
    wrong: Path
    right: Path
    place: tuple[int, int] | None  # columns of the wrong words; None: anywhere in the post


def plant(folder: Path) -> list[Planted]:
    """Write all posts, with and without their errors."""
    (folder / "copydesk.yaml").write_text("posts: {root: .}\n", "utf-8")
    planted = []
    for number, (category, sentence) in enumerate(json.loads((HERE / "planted_errors.json").read_text("utf-8"))):
        match = _PLANTED.search(sentence)
        assert match is not None, sentence
        files = [folder / f"{kind}-{number:03}.md" for kind in ("wrong", "right")]
        for file, words in zip(files, match.groups(), strict=True):
            text = sentence[: match.start()] + words + sentence[match.end() :]
            file.write_text(BEFORE + text + AFTER, "utf-8")
        place = (match.start() + 1, match.start() + 1 + max(1, len(match[1])))
        planted.append(Planted(category, sentence, *files, place))
    whole = folder / "whole.md"
    text = (HERE / "planted_post.md").read_text("utf-8")
    whole.write_text(text, "utf-8")
    for name, other in (("timetable-file", "The file"), ("harbour-map", "Piers")):
        (folder / f"{name}.md").write_text(f"---\ntitle: {other}\n---\n\n## {other}\n\nIts text.\n", "utf-8")
    (folder / "images").mkdir()
    (folder / "images" / "pier.png").write_bytes(b"\x89PNG")
    for number, (category, what, old, new) in enumerate(json.loads((HERE / "planted_posts.json").read_text("utf-8"))):
        assert old in text, old
        file = folder / f"post-{number:03}.md"
        file.write_text(text.replace(old, new, 1), "utf-8")
        planted.append(Planted(category, what, file, whole, None))
    return planted


# --- the programs ----------------------------------------------------------------------------------------------------


def copydesk(files: Sequence[Path]) -> Mapping[Path, list[Found]]:
    """This project, as a user runs it."""
    report = files[0].parent / "report.json"
    command = ["check", ".", "--format", "json", "--output", str(report), "--fail-on", "never", "--no-cache", "-q"]
    folder = files[0].parent
    run([sys.executable, "-m", "copydesk", *command], folder, (0,))
    found = {}
    for post in json.loads(report.read_text("utf-8"))["posts"]:
        found[folder / post["path"]] = [
            Found(f["check"], f["line"], f["column"], f["column"] + len(f["match"]), f["severity"] != "suggestion")
            for f in post["findings"]
        ]
    return found


def proselint(program: str) -> Program:
    """`proselint check`: columns count from 1."""

    def ask(files: Sequence[Path]) -> Mapping[Path, list[Found]]:
        said = json.loads(run([program, "check", "--output-format", "json", *map(str, files)], files[0].parent))
        return {
            Path(name.removeprefix("file://")): [
                Found(d["check_path"], d["pos"][0], d["pos"][1], d["pos"][1] + d["span"][1] - d["span"][0])
                for d in answer.get("diagnostics", [])
            ]
            for name, answer in said["result"].items()
        }

    return ask


def write_good(program: str) -> Program:
    """`write-good --parse`: columns count from 0; the words are quoted in the message."""
    line = re.compile(r"(.+):(\d+):(\d+):(.*)")

    def ask(files: Sequence[Path]) -> Mapping[Path, list[Found]]:
        found: dict[Path, list[Found]] = {}
        for said in map(line.fullmatch, run([program, "--parse", *map(str, files)], files[0].parent).splitlines()):
            if said is not None:
                words = re.search(r'"(.*?)"', said[4])
                start = int(said[3]) + 1
                end = start + len(words[1] if words else "")
                found.setdefault(Path(said[1]), []).append(Found(said[4], int(said[2]), start, end))
        return found

    return ask


def textlint(program: str) -> Program:
    """`textlint` with the rules named above: columns count from 1; what it would replace is the place."""

    def ask(files: Sequence[Path]) -> Mapping[Path, list[Found]]:
        rules = [part for rule in TEXTLINT_RULES for part in ("--rule", rule)]
        said = run([program, "-f", "json", *rules, *map(str, files)], Path(program).parents[2])
        found = {}
        for answer in json.loads(said[said.index("[") :]):
            found[Path(answer["filePath"])] = [
                Found(f"{m['ruleId']} {m['message']}", m["line"], m["column"], m["column"] + _length(m))
                for m in answer["messages"]
            ]
        return found

    def _length(message: Mapping[str, Any]) -> int:
        start, end = message.get("fix", message)["range"]
        return int(end - start)

    return ask


def run(command: Sequence[str], folder: Path, fine: Sequence[int] = (0, 1)) -> str:
    """What a program prints; 1 is how most of them say that they found something. Ends with what it says otherwise."""
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}  # of a checkout that is not installed
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )  # fmt: skip
    if done.returncode not in fine:
        sys.exit(f"{command[0]}: {done.stderr[-2000:]}")
    return done.stdout


# --- counting --------------------------------------------------------------------------------------------------------


def judged(planted: Iterable[Planted], found: Mapping[Path, list[Found]], *, only_strong: bool) -> dict[str, Any]:
    """The shares of one program."""
    totals: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    strong: Counter[str] = Counter()
    missed, alarms = [], []
    for error in planted:
        totals[error.category] += 1
        if error.place is not None:
            counted = [f for f in found.get(error.wrong, []) if f.strong or not only_strong]
            new = [f for f in counted if f.line == _LINE and _touches(f, error.place)]
            end = len(error.right.read_text("utf-8").splitlines()[_LINE - 1]) - len(AFTER) + 2
            right = [f for f in found.get(error.right, []) if f.line == _LINE and f.start < end]
            alarms += [f"{f.name}: {error.what}" for f in right if f.strong or not only_strong][:1]
        else:
            before = Counter(f.name for f in found.get(error.right, []))
            new = [f for f in found.get(error.wrong, []) if before[f.name] == 0]
            more = Counter(f.name for f in found.get(error.wrong, [])) - before
            new += [f for f in found.get(error.wrong, []) if f.name in more and f not in new]
        hits[error.category] += bool(new)
        strong[error.category] += any(f.strong for f in new)
        missed += [] if new else [f"{error.category}: {error.what}"]
    return {
        "found": hits.total(),
        "share": round(hits.total() / totals.total(), 3),
        "as_warning_or_error": strong.total(),
        "right_sentences_with_a_finding": len(alarms),
        "by_category": {name: f"{hits[name]}/{count}" for name, count in totals.items()},
        "missed": missed,
        "false_alarms": alarms,
    }


def _touches(found: Found, place: tuple[int, int]) -> bool:
    # One character of grace: programs disagree about where a word begins.
    return found.start <= place[1] and place[0] - 1 < max(found.end, found.start + 1)


def main() -> None:
    """Plant, run every program once, and print the shares."""
    parser = argparse.ArgumentParser(description="Share of planted errors found, by category and program.")
    parser.add_argument("--show-missed", action="store_true", help="list what was missed and what was wrong")
    parser.add_argument("--proselint", metavar="PROGRAM", help="path of the program proselint")
    parser.add_argument("--node-folder", metavar="FOLDER", help="where write-good and textlint were installed with npm")
    arguments = parser.parse_args()
    programs: dict[str, Program] = {"copydesk": copydesk}
    if arguments.proselint:
        programs["proselint"] = proselint(str(Path(arguments.proselint).absolute()))
    if arguments.node_folder:
        bin_folder = Path(arguments.node_folder).absolute() / "node_modules" / ".bin"
        programs |= {"write-good": write_good(str(bin_folder / "write-good"))}
        programs |= {"textlint": textlint(str(bin_folder / "textlint"))}
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="planted-") as temporary:
        folder = Path(temporary).resolve()
        planted = plant(folder)
        report["planted"] = len(planted)
        files = sorted({file for error in planted for file in (error.wrong, error.right)})
        for name, program in programs.items():
            answer = judged(planted, program(files), only_strong=name == "copydesk")
            if not arguments.show_missed:
                del answer["missed"], answer["false_alarms"]
            report[name] = answer
    json.dump(report, sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
