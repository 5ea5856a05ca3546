"""A fuzzer over parsing, masking, source maps, checks and reports, guided by coverage (atheris).

    python tests/fuzz/fuzz_posts.py FOLDER -max_total_time=600

FOLDER keeps what it found interesting, and is where it goes on. What breaks a property is written to `crash-…` in the
working directory: copy it to `tests/fuzz/examples/` with a telling name, mend the cause, and the example stays a test.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import atheris

with atheris.instrument_imports(include=["copydesk"]):
    from copydesk.post import Post  # noqa: F401 - imported here to be instrumented, with all that it imports
    from copydesk.steps import builtin, load_object
    from tests.fuzz.properties import INSIDE, examine

    for step in ("load", *INSIDE):
        load_object(builtin(step).check)
    import copydesk.front_matter
    import copydesk.headings
    import copydesk.links
    import copydesk.markdown
    import copydesk.masking
    import copydesk.prose
    import copydesk.regions  # noqa: F401

# Harper is a native library of others and takes most of the time: every so many inputs are enough for it.
WITHOUT_GRAMMAR = tuple(step for step in INSIDE if step != "grammar")
_count = 0


def one_input(data: bytes) -> None:
    """The first byte chooses the kind of post, the rest is its content."""
    global _count
    _count += 1
    if not data:
        return
    steps = INSIDE if _count % 20 == 0 else WITHOUT_GRAMMAR
    examine("a.mdx" if data[0] & 1 else "a.md", data[1:20_000], steps)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
