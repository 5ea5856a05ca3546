"""What `check` and `review` cost for a folder of posts, beside the checkers alone, in one run.

    python benchmarks/corpus.py FOLDER [--bare SCRIPT] [--rounds 3] [--only bare,check,again,changed,review]

`again` is the same with nothing changed, `changed` with one post of a copy of FOLDER changed. `--bare` names a script
that runs the bare checkers over FOLDER with nothing around them. Without PREFECT_API_URL a server is started for the
reviews. Prints one JSON object; the ratios are medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from measure import Cost, run, warm_up

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bare", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default="bare,check,again,changed,review")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    warm_up()
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        server, url = _server(scratch) if "review" in wanted else (None, "")
        try:
            for number in range(arguments.rounds):
                for name, cost in _round(arguments, wanted, scratch, url, number):
                    costs.setdefault(name, []).append(cost)
                    print(name, cost, file=sys.stderr)
        finally:
            if server is not None:
                server.terminate()
                server.wait()
    posts = sum(1 for file in arguments.folder.rglob("*.md*") if file.is_file())
    print(
        json.dumps(
            {"posts": posts, "costs": {n: _middle(c) for n, c in costs.items()}, "ratios": _ratios(costs)}, indent=2
        )
    )


def _round(arguments: argparse.Namespace, wanted: list[str], scratch: Path, url: str, number: int):  # type: ignore[no-untyped-def]
    env = {
        "PYTHONPATH": str(ROOT),
        "COPYDESK_CACHE_DIR": str(scratch / f"cache-{number}"),
        "COPYDESK_STORE": f"sqlite:///{scratch}/store-{number}.db",
    }
    copydesk = [sys.executable, "-m", "copydesk"]
    json_report = ["--format", "json", "--output", scratch / "report.json", "--fail-on", "never"]
    if "bare" in wanted and arguments.bare:
        yield "bare", run([sys.executable, arguments.bare, arguments.folder])
    if "check" in wanted:
        yield "check", run([*copydesk, "check", arguments.folder, *json_report], env)
    if "again" in wanted:
        yield "check again", run([*copydesk, "check", arguments.folder, *json_report], env)
    if "changed" in wanted:
        copy = scratch / f"copy-{number}"
        shutil.copytree(arguments.folder, copy)
        with max(copy.rglob("*.md"), key=lambda file: file.name).open("a", encoding="utf-8") as post:
            post.write("\n\nA last sentence was added.\n")
        yield "one changed", run([*copydesk, "check", copy, *json_report], env)
    if "review" in wanted:
        fresh = env | {"COPYDESK_CACHE_DIR": str(scratch / f"fresh-{number}"), "PREFECT_API_URL": url}
        yield "review", run([*copydesk, "review", arguments.folder, *json_report], fresh)
        if "again" in wanted:
            yield "review again", run([*copydesk, "review", arguments.folder, *json_report], fresh)


def _server(scratch: Path) -> tuple[subprocess.Popen[bytes] | None, str]:
    if os.environ.get("PREFECT_API_URL"):
        return None, os.environ["PREFECT_API_URL"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    env = dict(os.environ) | {"PREFECT_HOME": str(scratch / "prefect"), "PREFECT_API_URL": url}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            urllib.request.urlopen(f"{url}/health", timeout=2).close()
            return server, url
        except OSError:
            time.sleep(0.5)


def _middle(costs: list[Cost]) -> dict[str, float]:
    return {
        name: statistics.median(getattr(cost, name) for cost in costs)
        for name in ("wall", "cpu", "peak_mb", "exit_code")
    }


def _ratios(costs: dict[str, list[Cost]]) -> dict[str, dict[str, float]]:
    pairs = [
        ("check", "bare"),
        ("review", "check"),
        ("check again", "check"),
        ("one changed", "check"),
        ("review again", "review"),
    ]
    return {
        f"{upper} / {lower}": {
            kind: round(
                statistics.median(
                    getattr(u, kind) / getattr(c, kind) for u, c in zip(costs[upper], costs[lower], strict=True)
                ),
                3,
            )
            for kind in ("wall", "cpu")
        }
        for upper, lower in pairs
        if upper in costs and lower in costs
    }


if __name__ == "__main__":
    main()
