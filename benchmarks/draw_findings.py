#!/usr/bin/env python3
"""Draw findings to be read by hand, spread over checks and sites: how `docs/precision.md` was made.

    copydesk check site-a --format json --fail-on never --output a.json
    python benchmarks/draw_findings.py --folder . a.json b.json c.json

Takes as many errors as there are, up to a third of the draw, and fills up with warnings: one finding a check in turn,
from another report each time, so that a rare check counts as much as a common one. Prints one JSON line a finding, with
the lines around it; the order of reports, the seed and the findings decide what is drawn, nothing else.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

Drawn = tuple[str, str, dict[str, Any]]  # report, path, finding


def draw(reports: dict[str, Any], severity: str, count: int, chance: random.Random, read: set[Any]) -> list[Drawn]:
    """Up to `count` findings of a severity: the checks in turn, and of each check the reports in turn."""
    by_check: dict[str, dict[str, list[Drawn]]] = defaultdict(lambda: defaultdict(list))
    for name, report in reports.items():
        for post in report["posts"]:
            for finding in post["findings"]:
                place = (post["path"], finding["check"], finding["line"], finding["column"])
                if finding["severity"] == severity and not finding["suppressed"] and place not in read:
                    by_check[finding["check"]][name].append((name, post["path"], finding))
    queues = []
    for check in sorted(by_check):
        stacks = list(by_check[check].values())
        for stack in stacks:
            chance.shuffle(stack)
        chance.shuffle(stacks)
        longest = max(map(len, stacks))
        queues.append([stack[i] for i in range(longest) for stack in stacks if i < len(stack)])
    chance.shuffle(queues)
    turns = [queue[turn] for turn in range(max(map(len, queues), default=0)) for queue in queues if turn < len(queue)]
    return turns[:count]


def main() -> None:
    """Draw and print."""
    parser = argparse.ArgumentParser(description="Draw findings to be read by hand.")
    parser.add_argument("reports", nargs="+", type=Path, help="reports of `copydesk check --format json`")
    parser.add_argument("--folder", type=Path, action="append", help="where a report's paths begin, one a report")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--but", type=Path, help="lines of an earlier draw: these findings are left out")
    arguments = parser.parse_args()
    folders = dict(zip((path.stem for path in arguments.reports), arguments.folder or [], strict=False))
    reports = {path.stem: json.loads(path.read_text("utf-8")) for path in arguments.reports}
    chance = random.Random(arguments.seed)
    earlier = arguments.but.read_text("utf-8").splitlines() if arguments.but else []
    read = {tuple(json.loads(line)[key] for key in ("path", "check", "line", "column")) for line in earlier}
    errors = draw(reports, "error", arguments.count // 3, chance, read)
    for name, path, finding in errors + draw(reports, "warning", arguments.count - len(errors), chance, read):
        file = folders.get(name, Path()) / path
        lines = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
        around = lines[max(0, finding["line"] - 2) : finding["line"] + 1]
        kept = ("check", "severity", "line", "column", "match", "message", "suggestions")
        json.dump({"report": name, "path": path, **{key: finding[key] for key in kept}, "around": around}, sys.stdout)
        print()


if __name__ == "__main__":
    main()
