"""Time and memory of writing a report with many findings.

    python benchmarks/reports.py [--findings 100000] [--formats json,sarif,html]

Each format is made in a process of its own; what the findings themselves take is left out. Prints a line of JSON each.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
_A_POST = 50  # findings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=100_000)
    parser.add_argument("--formats", default="json,sarif,html")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        _measure(arguments.one, arguments.findings)
        return
    for format_ in arguments.formats.split(","):
        subprocess.run([sys.executable, __file__, "--one", format_, "--findings", str(arguments.findings)], check=True)


def _measure(format_: str, findings: int) -> None:
    sys.path.insert(0, str(ROOT))
    from copydesk.report import Finding, PostReview, ReviewReport, Severity, Verdict
    from copydesk.reports import Material, renderer
    from copydesk.reports.pieces import encoded

    def finding(number: int) -> Finding:
        return Finding(
            check=("spelling.misspelling", "grammar.article", "style.passive")[number % 3],
            severity=(Severity.ERROR, Severity.WARNING, Severity.SUGGESTION)[number % 3],
            message=f"Something is wrong with word {number}.",
            line=number + 1,
            column=3,
            end_line=number + 1,
            end_column=9,
            match="recieve",
            suggestions=("receive",),
        )

    posts = tuple(
        PostReview(
            path=f"posts/{number:05}.md",
            content_hash=f"{number:064x}",
            verdict=Verdict.CHANGES_REQUESTED,
            score=50,
            findings=tuple(finding(place) for place in range(_A_POST)),
        )
        for number in range(max(1, findings // _A_POST))
    )
    report = ReviewReport(run=None, verdict=Verdict.CHANGES_REQUESTED, posts=posts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    size = sum(map(len, encoded(renderer(format_)(report, Material()))))  # as the commands write it, but nowhere
    line = {
        "format": format_,
        "findings": findings,
        "cpu": round(time.process_time() - started, 2),
        "report_mb": round(size / 1e6, 1),
        "more_peak_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000, 1),
    }
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
