"""Front matter: strings stay as typed, every value has its place, and nothing hostile hangs or raises."""

from __future__ import annotations

import builtins
import json
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.front_matter import read_front_matter
from copydesk.front_matter_values import MAX_CHARACTERS, MAX_NODES


def test_yaml_keeps_texts_as_typed() -> None:
    front = read_front_matter(
        "---\na: NO\nb: 012\nc: 2024-02-30\nd: 1:30\ne: yes\nf: true\ng: 1.50\nh: 7\ni: ~"
        "\nj: '1'\nk: 1_000\nl: 0x1F\n---\nbody"
    )
    assert front.problem is None
    assert front.data == {
        "a": "NO",
        "b": "012",
        "c": "2024-02-30",
        "d": "1:30",
        "e": "yes",
        "f": True,
        "g": 1.5,
        "h": 7,
        "i": None,
        "j": "1",
        "k": "1_000",
        "l": "0x1F",
    }
    assert front.mapped("g").text == "1.50"


def test_toml_dates_are_texts_as_typed() -> None:
    front = read_front_matter("+++\ndate = 2024-01-01T10:00:00Z\nday = 2024-01-02 # x\n[extra]\nat = 2024-01-03\n+++\n")
    assert front.data == {"date": "2024-01-01T10:00:00Z", "day": "2024-01-02", "extra": {"at": "2024-01-03"}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("---\r\ntitle: plain 😀\r\n---\r\n", "plain 😀"),
        ("---\ntitle: 'It''s'\n---\n", "It''s"),
        ('---\ntitle: "a \\"b\\" \\u00e9"\n---\n', 'a \\"b\\" \\u00e9'),
        ("---\ntitle: two\n  lines\n---\n", "two\n  lines"),
        ("---\ntitle: >-\n  folded\n  text\n---\n", "folded\n  text"),
        ('+++\ntitle = "a \\"b\\""\n+++\n', 'a \\"b\\"'),
        ("+++\ntitle = '''\nlong\ntext'''\n+++\n", "long\ntext"),
        ("+++\n'title' = 'x'\n+++\n", "x"),
        ('{"title": "a \\u00e9\\n"}\n', "a \\u00e9\\n"),
    ],
)
def test_a_value_stands_inside_its_quotes(text: str, shown: str) -> None:
    front = read_front_matter(text)
    span = front.span_of("title")
    assert span is not None
    assert text[span.start : span.end] == shown
    assert front.mapped("title").text == front.data["title"]


def test_each_character_of_a_quoted_value_has_its_place() -> None:
    text = '---\ntitle: "a\\tteh \\u00e9 \\\n  word"\n---\n'
    mapped = read_front_matter(text).mapped("title")
    assert mapped.text == "a\tteh é word"
    at = mapped.text.index("teh")
    span = mapped.to_source(at, at + 3)
    assert text[span.start : span.end] == "teh"
    accent = mapped.to_source(6, 7)
    assert text[accent.start : accent.end] == "\\u00e9"


def test_places_of_nothing() -> None:
    front = read_front_matter("---\ntags: [a]\nempty:\n---\n")
    assert front.span_of("tags") is None
    assert front.span_of("empty") is None
    assert front.span_of("missing") is None
    assert front.mapped("missing").text == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---",
        "---\n",
        "---\n\ntext\n",
        "text\n---\na: b\n---\n",
        "--- x\na: b\n---\n",
        "{: .lead}\n",
        "{{< x >}}",
        "+++\n\ntext",
        " ---\na: b\n---\n",
    ],
)
def test_no_front_matter(text: str) -> None:
    front = read_front_matter(text)
    assert front.format is None
    assert front.problem is None
    assert len(front.span) == 0


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("---\na: b\n---\nbody", 13),
        ("---\r\na: b\r\n---\r\nbody", 16),
        ("---\ra: b\r---\rbody", 13),
        ("---  \na: b\n---\t\nbody", 16),
        ("---\na: b\n...\nbody", 13),
        ("---\na: |\n  ----\n  x: ---\n---\nbody", 29),
        ("---\n---\nbody", 8),
        ('{"a": "}"}\nbody', 11),
        ("+++\na = 1\n+++", 13),
    ],
)
def test_the_span_ends_with_the_closing_line(text: str, span: int) -> None:
    front = read_front_matter(text)
    assert front.problem is None
    assert (front.span.start, front.span.end) == (0, span)


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("---\na: [1\n---\n", "no YAML", "---\n"),
        ("---\n😀: é\nb: a\x01\n---\n", "control character", "\x01"),
        ("---\na: &x [1]\nb: *x\n---\n", "Anchors", "&x [1]"),
        ("---\na: &x {b: *x}\n---\n", "Anchors", "&x {"),
        ("---\na: *x\n---\n", "alias", "*x"),
        ("---\na: !!python/object/apply:os.system [x]\n---\n", "tag", "!!python"),
        ("---\na: !x 1\n---\n", "tag", "!x"),
        ("---\n- a\n---\n", "list", "- a"),
        ("---\njust text\n---\n", "a text", "just"),
        ("---\n? [a]\n: b\n---\n", "A key", "[a]"),
        ("---\na: .inf\n---\n", "no number", ".inf"),
        ("---\na: b\n...\n", "", ""),
        ("---\na: b\n\ntext", "not closed", "---"),
        ("+++\na = \n+++\n", "no TOML", "\n+++"),
        ("+++\na = 1\na = 2\n+++\n", "no TOML", ""),
        ("+++\na = nan\n+++\n", "no number", ""),
        ('{"a": 1,, "b": 2}\n', "no JSON", ', "b"'),
        ('{"a": NaN}\n', "no number", "NaN"),
        ('{"a": 1e999}\n', "no number", ""),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_its_place(text: str, message: str, at: str) -> None:
    front = read_front_matter(text)
    if not message:
        assert front.problem is None
        return
    assert front.problem is not None
    assert message in front.problem[0]
    assert text[front.problem[1] :].startswith(at)
    assert front.data == {}


def test_duplicate_keys_are_told_and_the_last_counts() -> None:
    text = "---\na: 1\nb: {c: 1, c: 2}\na: 3\n---\n"
    front = read_front_matter(text)
    assert front.data == {"a": 3, "b": {"c": 2}}
    assert [(key, text[offset]) for key, offset in front.duplicates] == [("c", "c"), ("a", "a")]
    assert front.mapped("a").text == "3"


def test_an_alias_repeats_a_single_value_and_no_more() -> None:
    text = "---\ntitle: &t 'It''s'\nother: *t\nlist: [*t, &n 7, *n]\nplain: &p word\n---\n"
    front = read_front_matter(text)
    assert front.data == {"title": "It's", "other": "It's", "list": ["It's", 7, 7], "plain": "word"}
    for key, shown in [("title", "It''s"), ("other", "It''s"), ("plain", "word")]:
        span = front.span_of(key)
        assert span is not None
        assert text[span.start : span.end] == shown
    long = "---\na: &x " + "x" * 10_000 + "\nb: [" + "*x, " * 20 + "]\n---\n"
    assert "repeat" in str(read_front_matter(long).problem)


def bomb() -> str:
    rows = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10))
    return f"---\na0: &a0 [x]\n{rows}\n---\n"


@pytest.mark.parametrize(
    "text",
    [
        bomb(),
        "---\na: " + "[" * 20_000 + "\n---\n",
        "---\na: " + "[" * 20_000 + "]" * 20_000 + "\n---\n",
        "---\na: " + "{b: " * 10_000 + "\n---\n",
        "---\n" + "- " * 20_000 + "\n---\n",
        "---\n" + "".join(f"k{i}: 1\n" for i in range(MAX_NODES)) + "---\n",
        "---\na: " + "x" * MAX_CHARACTERS + "\n---\n",
        "---\n" + "? " * 20_000 + "\n---\n",
        "+++\na = " + "[" * 5_000 + "\n+++\n",
        "+++\na = " + "[" * 50 + "]" * 50 + "\n+++\n",
        "+++\n" + "a." * 20_000 + "a = 1\n+++\n",
        "+++\n[" + "a." * 20_000 + "a]\n+++\n",
        "+++\na = {" + "a." * 20_000 + "a = 1}\n+++\n",
        "+++\na = " + "9" * 6_000 + "\n+++\n",
        "+++\n" + "".join(f"k{i} = 1\n" for i in range(MAX_NODES)) + "+++\n",
        '{"a":' * 10_000 + "\n",
        '{"a": ' + "[" * 30_000 + "]" * 30_000 + "}\n",
        '{"a": ' + "9" * 6_000 + "}\n",
        '{"a": [' + ", ".join("1" for _ in range(MAX_NODES)) + "]}\n",
        '{"a": "' + "x" * MAX_CHARACTERS + '"}\n',
    ],
    ids=range(20),
)
def test_hostile_front_matter_is_a_problem_within_a_moment(text: str) -> None:
    before = time.process_time()
    front = read_front_matter(text)
    assert front.problem is not None
    assert front.data == {}
    assert time.process_time() - before < 20  # against hanging only


def test_large_numbers_are_texts_and_surrogates_are_replaced() -> None:
    assert read_front_matter("---\na: 99999999999999999999\n---\n").data == {"a": "99999999999999999999"}
    assert read_front_matter("+++\na = 99999999999999999999\n+++\n").data == {"a": "99999999999999999999"}
    assert read_front_matter('{"a\\udfff": "\\ud800", "b": ["\\udc00"]}\n').data == {
        "a\ufffd": "\ufffd",
        "b": ["\ufffd"],
    }


def test_without_libyaml_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "---\ntitle: 'It''s 😀'\nlist: [a, {b: NO}]\nlong: >\n  x\n  y\n---\n"
    broken = "---\n😀: é\nb: a\x01\n---\n"
    fast, fast_broken = read_front_matter(text), read_front_matter(broken)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert read_front_matter(text) == fast
    assert read_front_matter(broken) == fast_broken


FRONT_LINES = [
    *["a: b", "a: 'b", "- x", 'title: "x \\u00e9"', "k: >", "  folded", "b: &x y", "c: *x", "d: &y [1]"],
    *["a = 1", 'b = "x"', "[t]", '"a": 1,', "}", "{", "---", "+++", ""],
]
front_lines = st.lists(
    st.one_of(
        st.sampled_from(FRONT_LINES),
        st.text(alphabet="ab:-'\"[]{}=.,#&*!|> \t\\\u2028\x85😀", max_size=12),
    ),
    max_size=8,
)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(["---\n", "+++\n", "{", '{"a": ']), front_lines, st.sampled_from(["---\n", "+++\n", "}\n", ""]))
def test_nothing_raises_and_all_is_json(first: str, lines: list[str], last: str) -> None:
    text = first + "\n".join(lines) + "\n" + last
    front = read_front_matter(text)
    json.dumps(front.data, allow_nan=False).encode()
    assert 0 == front.span.start <= front.span.end <= len(text)
    if front.problem is not None:
        assert 0 <= front.problem[1] <= len(text)
    for key, mapped in front.values.items():
        assert mapped.text == (front.data[key] if isinstance(front.data[key], str) else mapped.text)
        for piece in mapped.pieces:
            if piece.copied:
                assert text[piece.source : piece.source_end] == mapped.text[piece.text : piece.text_end]


def test_nothing_of_the_front_matter_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr(builtins, "eval", lambda *args: called.append(args))
    assert read_front_matter("---\na: !!python/object/apply:builtins.eval ['1']\n---\n").problem is not None
    assert called == []
