#!/usr/bin/env python3
"""How many planted errors the steps `grammar` and `spelling` find, and how often they are wrong on the right sentence.

    python benchmarks/planted_errors.py [--show-missed]

The table `planted_errors.json` holds a category and a sentence with `{wrong|right}` in it. Each sentence is put
into the middle of a small post. It counts as found when a finding of severity warning or error touches the wrong
words (or the place where they stand), and as a false alarm when the right sentence gets such a finding anywhere.
Prints one JSON object. The table was written by those who wrote the patterns: on others' texts the share is
smaller.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from copydesk.checks import grammar, spelling
from copydesk.post import Post
from copydesk.report import Finding, Severity
from copydesk.step import StepContext

_BEFORE = "---\ntitle: Notes from the workshop\n---\n\nThis is a short report for our readers.\n\n"
_AFTER = " More about that in the next part.\n"
_PLANTED = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


def findings(text: str) -> list[tuple[int, int, Finding]]:
    """Findings of severity warning or error that are on by default, with their offsets."""
    post = Post.from_text("post.md", text)
    off = {rule.id for rule in (*grammar.RULES, *spelling.RULES) if not rule.enabled}
    found = (*grammar.check(post, StepContext()), *spelling.check([post], StepContext())[0])
    result = []
    for finding in found:
        if finding.severity is not Severity.SUGGESTION and finding.check not in off:
            start = post.line_starts[finding.line - 1] + finding.column - 1
            result.append((start, start + len(finding.match), finding))
    return result


def main() -> None:
    """Run the table and print the shares."""
    parser = argparse.ArgumentParser(description="Share of planted errors found, by category.")
    parser.add_argument("--show-missed", action="store_true", help="list what was missed and what was wrong")
    arguments = parser.parse_args()
    table = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    planted: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    missed, false_alarms = [], []
    for category, sentence in table:
        planted[category] += 1
        match = _PLANTED.search(sentence)
        assert match is not None, sentence
        start = len(_BEFORE) + match.start()
        end = start + len(match[1])
        wrong = _BEFORE + sentence[: match.start()] + match[1] + sentence[match.end() :] + _AFTER
        if any(a < max(end, start + 1) and start < max(b, a + 1) for a, b, _ in findings(wrong)):
            hit[category] += 1
        else:
            missed.append(f"{category}: {sentence}")
        right = _BEFORE + sentence[: match.start()] + match[2] + sentence[match.end() :] + _AFTER
        false_alarms += [f"{f.check} on '{f.match}': {sentence}" for _, _, f in findings(right)]
    report: dict[str, object] = {
        "planted": len(table),
        "found": sum(hit.values()),
        "share": round(sum(hit.values()) / len(table), 3),
        "findings_on_right_sentences": len(false_alarms),
        "share_by_category": {name: f"{hit[name]}/{count}" for name, count in planted.items()},
    }
    if arguments.show_missed:
        report |= {"missed": missed, "false_alarms": false_alarms}
    json.dump(report, sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
