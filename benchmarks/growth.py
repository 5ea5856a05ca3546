"""What a post costs as the number of posts grows, and a step as the number of steps does.

    python benchmarks/growth.py FOLDER [--sizes 10,100] [--steps 8,64,512]

The posts are those in FOLDER, with a third of their longer words changed anew for each, so that no cache of any checker
helps. The steps do nothing, each to 20 posts, all after `load`. Prints a line of JSON for each size; the cost of a post
leaves out what a review of one post costs, that of a step what a workflow of one step costs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from measure import run, warm_up

ROOT = Path(__file__).parent.parent
_CHANGED = 0.35
_POSTS_OF_STEPS = 20
_LONG_WORD = re.compile(r"(?<![\w/.:@`-])[a-z]{6,}(?![\w/.:@`-])")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default="10,100")
    parser.add_argument("--steps", default="")
    arguments = parser.parse_args()
    warm_up()
    if arguments.sizes:
        _posts(arguments.folder, list(map(int, arguments.sizes.split(","))))
    if arguments.steps:
        _steps(list(map(int, arguments.steps.split(","))))


def _posts(folder: Path, sizes: Sequence[int]) -> None:
    texts = [file.read_text("utf-8", "replace") for file in sorted(folder.rglob("*.md"))]
    words = sorted({word for text in texts for word in text.split() if _LONG_WORD.fullmatch(word)})
    _grow("post", sizes, lambda scratch, size: _write(scratch / "posts", size, texts, words))


def _steps(sizes: Sequence[int]) -> None:
    _grow("step", sizes, _write_steps)


def _grow(what: str, sizes: Sequence[int], write: Callable[[Path, int], None]) -> None:
    base = 0.0
    for size in (1, *sizes):
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            write(scratch, size)
            command: list[str | Path] = [
                sys.executable,
                "-m",
                "copydesk",
                "check",
                "--fail-on",
                "never",
                "--format",
                "json",
            ]
            config = scratch / "copydesk.yaml"
            command += ["--config", config] if config.exists() else []
            env = {"PYTHONPATH": os.pathsep.join((str(ROOT), folder)), "COPYDESK_CACHE_DIR": f"{folder}/cache"}
            cost = run([*command, "--output", scratch / "report.json", scratch / "posts"], env)
        if cost.exit_code:
            raise SystemExit(f"the check of {size} {what}s ended with {cost.exit_code}")
        if size == 1:
            base = cost.cpu
        milliseconds = (cost.cpu - base) / max(1, size - 1) * 1000
        line = {f"{what}s": size, "wall": cost.wall, "cpu": cost.cpu, f"cpu_ms_a_{what}": round(milliseconds, 1)}
        print(json.dumps(line | {"peak_mb": cost.peak_mb}), flush=True)


def _write_steps(scratch: Path, size: int) -> None:
    (scratch / "idle_steps.py").write_text("def nothing(post, context):\n    return []\n")
    steps = "".join(f'    - {{name: step_{n}, uses: "idle_steps:nothing"}}\n' for n in range(size))
    (scratch / "copydesk.yaml").write_text(f"workflow:\n  steps:\n{steps}")
    (scratch / "posts").mkdir()
    for number in range(_POSTS_OF_STEPS):
        (scratch / "posts" / f"{number}.md").write_text(f"This is post {number}.\n")


def _write(folder: Path, posts: int, texts: Sequence[str], words: Sequence[str]) -> None:
    folder.mkdir()
    chance = random.Random(posts)

    def other(match: re.Match[str]) -> str:
        return chance.choice(words) if chance.random() < _CHANGED else match[0]

    for number in range(posts):
        text = _LONG_WORD.sub(other, texts[number % len(texts)])
        (folder / f"{number:06}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
