"""What `check` and the bare checkers cost beside textlint with write-good, terminology and a spelling rule.

    npm install --prefix SCRATCH textlint textlint-rule-write-good textlint-rule-terminology \\
        textlint-rule-common-misspellings textlint-rule-spelling dictionary-en
    python benchmarks/textlint.py FOLDER --textlint SCRATCH [--spelling spelling] [--posts 40]
        [--rounds 3] [--bare SCRIPT]

Takes posts evenly out of FOLDER and gives all the same ones. Prints one JSON object: CPU seconds for 1,000 words
(medians over the rounds), and the median of the ratios of the rounds. textlint runs once for all posts, as in CI.
What it costs is mostly the spelling rule: `common-misspellings` looks for a list of mistakes (as typos does), while
`spelling` looks every word up in a dictionary.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import Cost, run, warm_up

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--textlint", type=Path, required=True, help="Folder that npm installed it into.")
    parser.add_argument("--spelling", default="common-misspellings", help="textlint's rule, without `textlint-rule-`.")
    parser.add_argument("--posts", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", type=Path, help="Script that runs the bare checkers over a folder.")
    arguments = parser.parse_args()
    installed = arguments.textlint.resolve()
    warm_up()
    files = sorted(arguments.folder.rglob("*.md"))
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        sample = Path(scratch) / "posts"
        sample.mkdir()
        for number, file in enumerate(files[:: max(1, len(files) // arguments.posts)][: arguments.posts]):
            shutil.copyfile(file, sample / f"{number:03}.md")
        posts = sorted(sample.iterdir())
        words = sum(len(post.read_text("utf-8", "replace").split()) for post in posts)
        settings = Path(scratch) / "textlint.json"
        spelling = {"language": "en"} if arguments.spelling == "spelling" else True
        settings.write_text(
            json.dumps({"rules": {"write-good": True, "terminology": True, arguments.spelling: spelling}})
        )
        textlint = installed / "node_modules/.bin/textlint"
        commands: dict[str, list[str | Path]] = {
            "textlint": [textlint, "--config", settings, "--format", "json", *posts],
            "check": [sys.executable, "-m", "copydesk", "check", "--no-cache", "--fail-on", "never", sample],
        }
        _try([*commands["textlint"][:5], posts[0]], installed)
        if arguments.bare:
            commands["bare"] = [sys.executable, arguments.bare, sample]
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                cost = run(command, {"PYTHONPATH": str(ROOT)}, installed if name == "textlint" else None)
                if cost.exit_code > 1:  # 1 says that something was found
                    sys.exit(f"{name} ended with exit code {cost.exit_code}")
                costs.setdefault(name, []).append(cost)
    answer = {
        "posts": len(posts),
        "words": words,
        "spelling": arguments.spelling,
        "cpu_for_1000_words": {
            name: round(statistics.median(cost.cpu for cost in of) / words * 1000, 4) for name, of in costs.items()
        },
        "textlint / check": _ratio(costs["textlint"], costs["check"]),
    }
    if "bare" in costs:
        answer["check / bare"] = _ratio(costs["check"], costs["bare"])
    print(json.dumps(answer, indent=2))


def _try(command: Sequence[str | Path], folder: Path) -> None:
    """A rule that cannot be loaded ends textlint with 1 as well, after little work."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    try:
        json.loads(done.stdout)
    except ValueError:
        sys.exit(f"textlint does not work: {done.stderr or done.stdout}")


def _ratio(upper: list[Cost], lower: list[Cost]) -> float:
    return round(statistics.median(u.cpu / c.cpu for u, c in zip(upper, lower, strict=True)), 2)


if __name__ == "__main__":
    main()
