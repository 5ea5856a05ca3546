"""What a post costs as the number of posts grows: texts of changing words, so that no cache of any checker helps.

    python benchmarks/growth.py FOLDER [--sizes 10,100]

The posts are those in FOLDER, with a third of their longer words changed anew for each. Prints a line of JSON for each
size; the cost of a post leaves out what a review of one post costs.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import run, warm_up

ROOT = Path(__file__).parent.parent
_CHANGED = 0.35
_LONG_WORD = re.compile(r"(?<![\w/.:@`-])[a-z]{6,}(?![\w/.:@`-])")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default="10,100")
    arguments = parser.parse_args()
    texts = [file.read_text("utf-8", "replace") for file in sorted(arguments.folder.rglob("*.md"))]
    words = sorted({word for text in texts for word in text.split() if _LONG_WORD.fullmatch(word)})
    warm_up()
    base = 0.0
    for size in (1, *map(int, arguments.sizes.split(","))):
        with tempfile.TemporaryDirectory() as scratch:
            _write(Path(scratch) / "posts", size, texts, words)
            command = [sys.executable, "-m", "copydesk", "check", "--fail-on", "never", "--format", "json"]
            env = {"PYTHONPATH": str(ROOT), "COPYDESK_CACHE_DIR": f"{scratch}/cache"}
            cost = run([*command, "--output", f"{scratch}/report.json", f"{scratch}/posts"], env)
        if size == 1:
            base = cost.cpu
        milliseconds = (cost.cpu - base) / max(1, size - 1) * 1000
        line = {"posts": size, "wall": cost.wall, "cpu": cost.cpu, "cpu_ms_a_post": round(milliseconds, 1)}
        print(json.dumps(line | {"peak_mb": cost.peak_mb}), flush=True)


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
