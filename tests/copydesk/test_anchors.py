from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.anchors import Anchors, anchors_of, key


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## What's new?", "whats-new"),  # GitHub, Hugo
        ("## What's new?", "what-s-new"),  # Zola
        ("## 2. Über Öl & Eis", "2-über-öl--eis"),  # GitHub
        ("## 2. Über Öl & Eis", "ber-l--eis"),  # kramdown
        ("## 2. Über Öl & Eis", "uber-ol-eis"),
        ("## The `odd_crossings` check", "the-odd_crossings-check"),
        ("## See [the plan](https://ferries.example/a-b)", "see-the-plan"),
        ("## See [the plan][plan]", "see-the-plan"),
        ("## Ferries :ship:", "ferries-ship"),
        ("## Ferries :ship:", "ferries"),
        ("## Ferries 🚢", "ferries-"),  # GitHub
        ("## Ferries 🚢", "ferries-ship"),  # Zola writes the name of the picture
        ("## Salt &amp; tar", "salt--tar"),
        ("## The end {#goal}", "goal"),
        ("## The end {: .wide #goal }", "goal"),
        ("The end\n=======", "the-end"),
        ("> ## Quoted", "quoted"),
        ("<h2>By hand</h2>", "by-hand"),
        ('<a id="here"></a>', "here"),
        ("<a name=here></a>", "here"),
        ("## 船の話", "船の話"),
        ("## 船の話", "%E8%88%B9%E3%81%AE%E8%A9%B1"),
    ],
)
def test_anchors_of_every_generator_are_known(heading: str, anchor: str) -> None:
    assert anchors_of(f"Text.\n\n{heading}\n\nText.\n").has(anchor) is True


def test_with_too_many_emoji_nobody_can_tell() -> None:
    headings = [f"# Heading {n} 🚢" for n in range(201)]
    assert anchors_of("\n".join(headings[:200])).has("missing") is False
    assert anchors_of("\n".join(headings)).has("missing") is None


def test_headings_of_the_same_words_are_numbered() -> None:
    anchors = anchors_of("# Tides\n\n# Tides\n\n# Tides\n")
    assert [anchors.has(a) for a in ("tides", "tides-1", "tides-2", "tides-9")] == [True, True, True, False]


@pytest.mark.parametrize("anchor", ["", "top", "comments", "fn:1", "fnref1", ":~:text=tides", "/route", "page=2"])
def test_what_is_no_heading_is_never_missed(anchor: str) -> None:
    assert Anchors(frozenset()).has(anchor) is True


@pytest.mark.parametrize("line", ["{{< include notes.html >}}", "{% include notes.html %}", "## {{ page.title }}"])
def test_nobody_can_tell_when_a_template_may_make_anchors(line: str) -> None:
    assert anchors_of(f"# One\n\n{line}\n").has("two") is None


def test_pictures_and_players_make_no_anchors() -> None:
    text = "# One\n\n{{< figure src=a.png >}}\n{{<youtube abc>}}\n{% raw %}{{ x }}{% endraw %}\n"
    assert anchors_of(text).has("two") is False


def test_a_component_may_make_anchors_in_mdx_only() -> None:
    assert anchors_of("# One\n\n<Steps />\n", mdx=True).has("two") is None
    assert anchors_of("# One\n\n<Steps />\n").has("two") is False


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_has_an_answer(text: str, anchor: str) -> None:
    assert anchors_of(text).has(anchor) in (True, False, None)
    assert key(key(anchor)) == key(anchor)


@pytest.mark.parametrize(
    "piece", ["#" * 7 + " ", "[a](", "id=", "{#", "<h1", "{{<", "](" * 3, "=", " ", "<a", "{", "é", "🚢"]
)
def test_time_grows_with_the_length_of_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        text = "# a\n" + piece * (size // len(piece))
        best = 9.9
        for _ in range(3):
            start = time.process_time()
            anchors_of(text)
            best = min(best, time.process_time() - start)
        return best

    small, large = seconds(20_000), seconds(320_000)
    assert large < 0.2 or large < small * 16 * 4  # quadratic would be 256 times
