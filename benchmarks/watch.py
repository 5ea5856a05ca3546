"""How soon `copydesk check --watch` answers for a saved post, beside the same review in a process that is warm.

    python benchmarks/watch.py POST [--saves 20]

Each save changes the text, so that no cache answers. Prints JSON: medians in milliseconds, from the save to the end of
the report for `watch`, and of the review alone for `warm`. The two take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
SETTLE = 1.0  # seconds between two saves: an editor's are further apart


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("post", type=Path)
    parser.add_argument("--saves", type=int, default=20)
    arguments = parser.parse_args()
    text = arguments.post.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COPYDESK_CACHE_DIR"] = f"{folder}/cache"
        seconds = _measure(Path(folder) / "posts", text, arguments.saves)
    middle = {name: round(statistics.median(values) * 1000, 1) for name, values in seconds.items()}
    more = [watched - warm for watched, warm in zip(seconds["watch"], seconds["warm"], strict=True)]
    print(json.dumps({"saves": arguments.saves, **middle, "more_ms": round(statistics.median(more) * 1000, 1)}))


def _measure(folder: Path, text: str, saves: int) -> dict[str, list[float]]:
    from copydesk.direct import review_directly
    from copydesk.plan import load_plan
    from copydesk.session import open_session

    folder.mkdir()
    watched, other = folder / "watched.md", folder / "other.md"
    watched.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "copydesk", "check", "--watch", "--format", "json", str(watched)]
    process = subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None

    def answer() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.rstrip() == b"}":  # the end of the report
                return
        raise SystemExit("the watcher ended")

    seconds: dict[str, list[float]] = {"watch": [], "warm": []}
    try:
        answer()
        for number in range(saves + 1):  # the first of the warm ones starts its children, and does not count
            changed = f"{text}\n\nThis is change number {number}.\n"
            other.write_text(f"{changed}\nIt is the other file.\n", encoding="utf-8")
            started = time.perf_counter()
            with open_session(monitored=False) as session:
                asyncio.run(review_directly(session, load_plan(None, other), [str(other)]))
            warm = time.perf_counter() - started
            time.sleep(SETTLE)
            started = time.perf_counter()
            watched.write_text(changed, encoding="utf-8")
            answer()
            if number:
                seconds["watch"].append(time.perf_counter() - started)
                seconds["warm"].append(warm)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    return seconds


if __name__ == "__main__":
    main()
