"""What one post costs from nothing, beside a script that only loads Harper and lints it.

    python benchmarks/cold_start.py POST [--rounds 5]

`check` runs without cache, then (`again`) answered by a cache. Prints one JSON object: medians, and the median
of the ratios of the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from measure import Cost, run, warm_up

ROOT = Path(__file__).parent.parent
BARE = """
import sys
from pathlib import Path
from harper import Linter
from copydesk.checks.grammar_harper_rules import HARPER_RULES
linter = Linter()
linter.set_lint_config({name: name in HARPER_RULES for name in linter.get_lint_config()})
linter.organized_lints(Path(sys.argv[1]).read_text(encoding="utf-8"), language="markdown")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("post", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        env = {"PYTHONPATH": str(ROOT), "COPYDESK_CACHE_DIR": folder}
        copydesk = [sys.executable, "-m", "copydesk"]
        commands = {
            "bare": [sys.executable, "-c", BARE, arguments.post],
            "check": [*copydesk, "check", "--no-cache", "--fail-on", "never", arguments.post],
            "again": [*copydesk, "check", "--fail-on", "never", arguments.post],
            "help": [*copydesk, "--help"],
        }
        warm_up()
        run(commands["again"], env)  # fills the cache
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                costs.setdefault(name, []).append(run(command, env))
    answer = {
        kind: {
            **{name: statistics.median(getattr(cost, kind) for cost in of) for name, of in costs.items()},
            "check / bare": round(
                statistics.median(
                    getattr(c, kind) / getattr(b, kind) for c, b in zip(costs["check"], costs["bare"], strict=True)
                ),
                2,
            ),
        }
        for kind in ("wall", "cpu")
    }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
