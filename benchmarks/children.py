"""What the child processes of the checks cost, against calling the checks in the process; and how soon a slot is free.

    python benchmarks/children.py [FOLDER] [--posts 500] [--steps structure,style,links,seo,grammar] [--rounds 5]

Prints JSON; seconds. FOLDER holds posts; without one, 500 are made up. "in_process" calls each check on each post in a
loop; "children" is a review without cache, server and record, as `copydesk check --no-cache` does it. The time from a
deadline to a free slot is that from the end of a post's time to the first result of the next job in a pool of one.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

DEADLINE = 0.3
WORDS = """
    harbour ferry timetable crew weather season passenger ticket island morning evening water captain bridge
    reads writes prints opens closes finds keeps moves checks plans the a of to in with for on every many some
"""


def sleep(item: Any, shared: Any) -> None:
    time.sleep(600)


def spin(item: Any, shared: Any) -> None:
    sum(itertools.repeat(0))  # type: ignore[arg-type]  # a loop in C that never looks at signals


def nothing(item: Any, shared: Any) -> Any:
    return item


def make_posts(folder: Path, count: int) -> None:
    """Posts of some 500 words, the same at every call."""
    dice, words = random.Random(1), WORDS.split()
    for number in range(count):
        paragraphs = [
            " ".join(f"{' '.join(dice.choices(words, k=dice.randint(6, 18))).capitalize()}." for _ in range(5))
            for _ in range(8)
        ]
        body = "\n\n".join(f"## Part {n}\n\n{p} [More](post-{n}.md)" for n, p in enumerate(paragraphs))
        (folder / f"post-{number}.md").write_text(f"---\ntitle: Post number {number}\n---\n\n{body}\n")


def reviews(folder: Path, posts: int, steps: list[str]) -> dict[str, Any]:
    """Wall times of the same checks over the same posts, with children and without."""
    from copydesk.direct import review_directly
    from copydesk.loading import discover, read_all
    from copydesk.plan import make_plan
    from copydesk.run_check import check_batch, check_post
    from copydesk.session import open_session
    from copydesk.settings import settings
    from copydesk.workflow import parse_workflow

    lines = "".join(f"    - name: {name}\n" for name in steps)
    plan = make_plan(parse_workflow(f"workflow:\n  batch_size: 10000\n  steps:\n{lines}"))
    files = discover([str(folder)], plan)[:posts]
    sources = read_all(files, plan)

    started = time.perf_counter()
    for planned in (plan.load, *plan.steps):
        context = plan.context(planned)
        shared = {"check": planned.step.check, "context": asdict(context), "keep": 224}
        items = [{"path": source.key, "text": source.text, "outputs": {}} for source in sources]
        if planned.step.batch:
            for start in range(0, len(items), planned.step.chunk_posts):
                check_batch(items[start : start + planned.step.chunk_posts], shared)
        else:
            for item in items:
                check_post(item, shared)
    alone = time.perf_counter() - started

    used = time.process_time()
    with open_session(use_cache=False, monitored=False) as session:
        started = time.perf_counter()
        asyncio.run(review_directly(session, plan, files))
        first = time.perf_counter() - started
        started = time.perf_counter()
        again = asyncio.run(review_directly(session, plan, files))
        second = time.perf_counter() - started
    return {
        "posts": len(files),
        "steps": ["load", *steps],
        "children": settings().children,
        "in_process": round(alone, 2),
        "children_first": round(first, 2),  # with the start of the children and what they load
        "children_again": round(second, 2),
        "ratio_again": round(second / alone, 3),
        "parent_cpu_a_review": round((time.process_time() - used) / 2, 2),
        "findings": sum(len(post.findings) for post in again.posts) // 2,
    }


def slot_free(rounds: int) -> dict[str, Any]:
    """Seconds from a post's deadline to the first result of the next job."""
    from copydesk.sandbox import Pool

    answer = {}
    with Pool(1) as pool:
        pool.submit("children:nothing", [0], item_seconds=60).result()
        for name in ("sleep", "spin"):
            times = []
            for _ in range(rounds):
                hanging = pool.submit(f"children:{name}", [0], item_seconds=DEADLINE)
                then = pool.submit("children:nothing", [0], item_seconds=60)
                started = time.perf_counter()
                then.result()
                hanging.result()
                times.append(time.perf_counter() - started - DEADLINE)
            answer[name] = {"median": round(statistics.median(times), 3), "most": round(max(times), 3)}
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--posts", type=int, default=500)
    parser.add_argument("--steps", default="structure,style,links,seo,grammar", help="which steps")
    parser.add_argument("--rounds", type=int, default=5, help="deadlines of each kind")
    arguments = parser.parse_args()
    folder = Path(__file__).parent
    sys.path[:0] = [str(folder.parent), str(folder)]
    with tempfile.TemporaryDirectory() as made:
        if arguments.folder is None:
            make_posts(Path(made), arguments.posts)
        measured = reviews(arguments.folder or Path(made), arguments.posts, arguments.steps.split(","))
    print(json.dumps({"review": measured, "deadline_to_free_slot": slot_free(arguments.rounds)}, indent=2))


if __name__ == "__main__":
    main()
