"""The properties of every post: with texts that hypothesis makes up, and with what the fuzzer left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from copydesk.post import Post
from copydesk.steps import BUILTIN
from tests.fuzz.properties import WITH_PROGRAM, check_places, examine, run_step

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*"))
ROOT = Path(__file__).parent.parent.parent

FRONTS = [
    "",
    "---\ntitle: A day's work\ntags: [a, b]\n---\n",
    '+++\ntitle = "x"\n+++\n',
    '{"title": "x"}\n',
    "---\na: [\n---\n",
]
PIECES = [
    "# Heading", "## Heading {#own}", "Heading\n=====", "The the ferry is very very late.",
    "He go to teh harbour, alot.", "It is importnat to utilize this in order to leverage synergies.",
    "could of been", "[a link](missing.md)", "[click here](https://example.org/a b)", "[x][ref]", "[ref]: <u r l>",
    "![](image.png)", "![alt](a.png 'title')", "| a | b |\n|---|---|\n| `x` | teh |", "```python\nteh = 1\n```",
    "    indented teh", "> a quote, its own", "- [ ] a task", "1. one\n1. two", "<div class='a'>html</div>",
    "<!-- a comment -->", "{{< figure src='x' >}}", "{% raw %}{{ x }}{% endraw %}", "[^1]\n\n[^1]: a note",
    "&copy; &nbsp; &#x1F600;", "**bold*", "_a_b_", "TODO: lorem ipsum dolor", "<<<<<<< HEAD",
    "“curly” ‘quotes’ … — 10 000 €", "emoji 😀👩‍👩‍👧 e\u0301 漢字かな", "\u202eevil\u2066", "a\u2028b\x0b\x85c",
    "\0\x1b[2J", "---", "+++", "import A from 'a'", "<A b={[{c: 1}]}>x</A>", "export const a = `b`;",
    "<!-- copydesk-disable grammar -->", "$a^2$ \\(x\\)",
]  # fmt: skip
piece = st.one_of(
    st.sampled_from(PIECES), st.text(alphabet="ab *_`[]()<>{}%!#|\\:&^~-+=\t\"'.@/é😀\u2028, \n", max_size=40)
)
markdown = st.builds(
    lambda front, pieces, gap, end: (front + gap.join(pieces)).replace("\n", end),
    st.sampled_from(FRONTS),
    st.lists(piece, max_size=12),
    st.sampled_from(["\n\n", "\n", " "]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
names = st.sampled_from(["a.md", "a.mdx"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(names, markdown)
@example("a.md", "")
def test_every_property_holds_for_markdown(name: str, text: str) -> None:
    """Line and column of every finding give back its text, and every report can be written and read."""
    examine(name, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(names, st.binary(max_size=400))
def test_every_property_holds_for_bytes(name: str, data: bytes) -> None:
    """No bytes raise."""
    examine(name, data)


@pytest.mark.slow
@pytest.mark.parametrize("step", WITH_PROGRAM)
def test_places_hold_for_steps_with_a_program(step: str) -> None:
    """The same for steps that call a program, some hundred posts a call."""

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(names, markdown), min_size=30, max_size=60))
    def places(given: list[tuple[str, str]]) -> None:
        posts = [Post.from_text(name, text) for name, text in given]
        for post, result in zip(posts, run_step(step, posts), strict=True):
            check_places(post, result.findings)

    places()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_examples_of_the_fuzzer(file: Path) -> None:
    """What once broke a property holds it now; the first byte says which kind of post it is, as in the fuzzer."""
    data = file.read_bytes()
    examine("a.mdx" if data[0] & 1 else "a.md", data[1:])


UNITS = {
    "words": "The ferry leaves the harbour at six. ",
    "faults": "Teh teh ferry could of been alot very very late in order to utilize it. ",
    "one line": "word ",
    "one word": "x",
    "headings": "# A heading\n\n",
    "anchors": "# A heading {#a}\n\n",
    "links": "[a](b.md#c) ",
    "brackets": "[",
    "images": "![](a.png)\n",
    "lists": "- item\n",
    "nested lists": "  - item\n    - item\n",
    "quotes": "> ",
    "tables": "| a | b |\n",
    "emphasis": "*a **b_ ",
    "code": "`a` ``b` ",
    "fences": "```\na\n",
    "html": "<a><b c='",
    "comments": "<!-- ",
    "tags": "{{< a >}} {% b %} {c ",
    "notes": "a[^1] [^1]: b\n",
    "entities": "&amp;&#x41;&",
    "quotes and dashes": "“it’s” -- 'a' … ",
    "spaces": " \t",
    "blank lines": "\n",
    "returns": "\r",
    "addresses": "https://example.org/a?b=c www.a.b a@b.c ",
    "numbers": "1,000.5 12:30 3x4 ",
    "capitals": "A Day At THE Harbour ",
    "marks above": "e\u0301\u0301",
    "emoji": "😀",
    "instructions": "<!-- copydesk-disable links -->\n",
}


# Harper itself takes quadratic time for one sentence of thousands of numbers: the child's time limit bounds that.
OF_LIBRARIES = {("grammar", "numbers")}


def seconds(step: str, text: str) -> float:
    """CPU time of a step, programs that it calls included."""
    before = cpu()
    run_step(step, [Post.from_text("a.md", text)])
    return cpu() - before


def cpu() -> float:
    """CPU time of this process and of those that it has waited for."""

    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.mark.slow
@pytest.mark.parametrize("step", ["load", *BUILTIN])
def test_steps_take_time_in_proportion(step: str) -> None:
    """Eight times the text takes a step about eight times the CPU time; quadratic work would take 64 times."""
    run_step(step, [Post.from_text("a.md", "Warm up.\n")])
    least = 0.13 if step in WITH_PROGRAM else 0.03  # below, the clock says little
    worst = {}
    for name, unit in UNITS.items():
        if (step, name) in OF_LIBRARIES:
            continue
        for _ in range(3):  # what another process did to the caches passes
            small = seconds(step, unit * (2_000 // len(unit)))
            large = seconds(step, unit * (16_000 // len(unit)))
            if large < 24 * max(small, least):
                break
        else:
            worst[name] = (round(small, 3), round(large, 3))
    assert worst == {}


@pytest.mark.slow
def test_the_fuzzer_runs(tmp_path: Path) -> None:
    """A short run of the fuzzer that is guided by coverage finds nothing."""
    pytest.importorskip("atheris", reason="the fuzzer's wheel exists for some platforms only")
    (tmp_path / "corpus").mkdir()
    for file in EXAMPLES:
        (tmp_path / "corpus" / file.name).write_bytes(file.read_bytes())
    for number, text in enumerate(PIECES):
        (tmp_path / "corpus" / str(number)).write_bytes(b"a" + text.encode())
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/fuzz/fuzz_posts.py"), "corpus", "-max_total_time=15", "-max_len=2000"],
        cwd=tmp_path, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done " in done.stderr
