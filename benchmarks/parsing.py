"""CPU time of each stage of reading posts, in milliseconds a thousand words, as JSON.

    python benchmarks/parsing.py FOLDER

Stages build on each other: `document` is the Markdown parser, `blanks` all that is masked, `segments` the prose. Each
post is parsed anew in each of the rounds; the median of the rounds is printed.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from statistics import median

from copydesk.post import Post
from copydesk.reading import find_posts, read_post

STAGES = (
    "front",
    "regions",
    "document",
    "blanks",
    "masked",
    "segments",
    "sentences",
    "headings",
    "links",
    "harper",
    "language",
)
ROUNDS = 3


def one_round(posts: list[tuple[str, bytes]]) -> tuple[Counter[str], int]:
    """CPU seconds of each stage over all posts, and their words."""
    seconds: Counter[str] = Counter()
    words = 0
    for path, data in posts:
        before = time.process_time_ns()
        post = Post.from_bytes(path, data)
        seconds["decode"] += time.process_time_ns() - before
        for stage in STAGES:
            before = time.process_time_ns()
            getattr(post, stage)
            seconds[stage] += time.process_time_ns() - before
        words += post.words
    return seconds, words


def main(folder: str) -> None:
    """Measure the posts below a folder."""
    posts = [(path, data) for path in find_posts([folder]) if isinstance(data := read_post(path), bytes)]
    one_round(posts[:20])  # imports, compiled patterns
    rounds = [one_round(posts) for _ in range(ROUNDS)]
    words = rounds[0][1]
    per_kword = {
        stage: round(median(seconds[stage] for seconds, _ in rounds) / 1e6 / max(words / 1000, 1e-9), 3)
        for stage in ("decode", *STAGES)
    }
    answer = {
        "posts": len(posts),
        "words": words,
        "python": sys.version.split()[0],
        "ms_per_kword": per_kword,
        "total_ms_per_kword": round(sum(per_kword.values()), 3),
    }
    json.dump(answer, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
