"""What a post costs as the number of posts grows: texts of changing words, so that no cache of any checker helps.

    python benchmarks/growth.py FOLDER [--sizes 10,100] [--words 250]

The words are those of the posts in FOLDER, mixed anew for each post. Prints a line of JSON for each size; the cost of a
post leaves out what a review of one post costs.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import run

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default="10,100")
    parser.add_argument("--words", type=int, default=250)
    arguments = parser.parse_args()
    texts = [file.read_text("utf-8", "replace") for file in arguments.folder.rglob("*.md")]
    words = sorted({word for text in texts for word in text.split() if word.isalpha()})
    base = 0.0
    for size in (1, *map(int, arguments.sizes.split(","))):
        with tempfile.TemporaryDirectory() as scratch:
            _write(Path(scratch) / "posts", size, words, arguments.words)
            command = [sys.executable, "-m", "copydesk", "check", "--fail-on", "never", "--format", "json"]
            env = {"PYTHONPATH": str(ROOT), "COPYDESK_CACHE_DIR": f"{scratch}/cache"}
            cost = run([*command, "--output", f"{scratch}/report.json", f"{scratch}/posts"], env)
        if size == 1:
            base = cost.cpu
        milliseconds = (cost.cpu - base) / max(1, size - 1) * 1000
        line = {"posts": size, "wall": cost.wall, "cpu": cost.cpu, "cpu_ms_a_post": round(milliseconds, 1)}
        print(json.dumps(line | {"peak_mb": cost.peak_mb}), flush=True)


def _write(folder: Path, posts: int, words: Sequence[str], length: int) -> None:
    folder.mkdir()
    chance = random.Random(posts)
    for number in range(posts):
        sentences = []
        for _ in range(max(1, length // 12)):
            chosen = [chance.choice(words).lower() for _ in range(12)]
            sentences.append(" ".join(chosen).capitalize() + ".")
        paragraphs = [" ".join(sentences[i : i + 5]) for i in range(0, len(sentences), 5)]
        body = "\n\n".join(paragraphs)
        (folder / f"{number:06}.md").write_text(f"---\ntitle: Post {number}\n---\n\n{body}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
