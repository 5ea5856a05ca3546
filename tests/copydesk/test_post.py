"""The post: exact places whatever the line ends, and prose that maps back to the very characters of the file."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from copydesk.post import Post
from copydesk.prose import OBJECT
from copydesk.report import Severity

LINES = [
    "---",
    "+++",
    "title: A title",
    'title = "A \\u00e9 title"',
    '{"title": "A"}',
    "# Heading `code` {#own-id}",
    "Setext *heading*",
    "===",
    "A *paragraph* with **strong _nested_ text**, ~~struck~~ and `a code span`.",
    "Line with two spaces  ",
    "and a backslash\\",
    '> quote [link](https://example.org/a_b_c "title") goes on',
    "> > deeper",
    "lazy continuation",
    "- item one",
    "  goes on",
    "  - nested ![alt *text*](a.png)",
    "1. numbered",
    "\t- tabbed",
    "    indented code",
    "```js",
    "```",
    "~~~",
    "| a | b \\| c |",
    "|---|---|",
    "| `x` | y & z |",
    '{{< figure src="a_b.png" >}}',
    "{% highlight js %}",
    "{% endhighlight %}",
    "text {{ page.title }} more {{% note %}}",
    '<div class="a">',
    "</div>",
    'some <b>bold</b><br>html <img src="x.png" alt="y"> text',
    "<!-- comment",
    "-->",
    "import Tabs from '@theme/Tabs';",
    "<Tabs items={[{a: 1}]}>inner</Tabs>",
    ":::note Title",
    "> [!NOTE]",
    "[ref]: /url 'title'",
    "[text][ref] and [ref] and [undefined]",
    "[^1]: a footnote *text*",
    "see[^1] and ^[inline *note*]",
    "&copy; &amp; \\* &#x1F600; &nbsp;x",
    "https://example.org/path. me@example.org @user #12 :smile: /usr/bin/x a.py",
    "emoji 😀 and 漢字 and e\u0301",
    "odd \u2028 breaks \x0b \x0c \x85 here",
    "\0",
    "",
    "",
    "",
]
markdown = st.lists(
    st.one_of(st.sampled_from(LINES), st.text(alphabet="ab *_`[]()<>{}%!#|\\:&^~-+=\t\"'.@/é😀\u2028", max_size=30)),
    max_size=14,
)
text = st.builds(
    lambda lines, ends: "".join(line + end for line, end in zip(lines, ends, strict=False)),
    markdown,
    st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=14, max_size=14),
)
names = st.sampled_from(["a.md", "a.mdx"])


def lines_of(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@settings(max_examples=400, deadline=None)
@given(names, text)
@example("a.md", "A line\n\u2028\r\n+++\n")  # a space that Markdown does not know as one
def test_every_character_of_a_segment_is_the_character_of_the_file(name: str, text: str) -> None:
    post = Post.from_text(name, text)
    for segment in post.segments:
        position = 0
        for piece in segment.mapped.pieces:
            assert piece.text == position
            position = piece.text_end
            if piece.copied:
                assert post.flat[piece.source : piece.source_end] == segment.text[piece.text : piece.text_end]
            else:
                assert 0 <= piece.source <= piece.source_end <= len(post.text)
        assert position == len(segment.text)
        for index in range(len(segment.text)):
            span = segment.to_source(index, index + 1)
            assert 0 <= span.start <= span.end <= len(post.text)


@settings(max_examples=400, deadline=None)
@given(names, text)
def test_the_mask_keeps_length_line_ends_and_places(name: str, text: str) -> None:
    post = Post.from_text(name, text)
    assert len(post.masked) == len(post.text)
    for masked, original in zip(post.masked, post.text, strict=True):
        assert masked == original or (masked == " " and original not in "\r\n")
    blanks = post.blanks
    for before, after in pairwise(blanks):
        assert before.end <= after.start


@settings(max_examples=300, deadline=None)
@given(names, text)
def test_links_headings_sentences_and_harper_stand_where_they_say(name: str, text: str) -> None:
    post = Post.from_text(name, text)
    for piece in post.harper.pieces:
        if piece.copied:
            assert post.text[piece.source : piece.source_end] == post.harper.text[piece.text : piece.text_end]
    for link in post.links:
        assert 0 <= link.span.start < link.span.end <= len(post.text)
        assert 0 <= link.destination_span.start <= link.destination_span.end <= len(post.text)
        if link.kind == "inline":
            assert post.text[link.span.start] in "[!"
            assert post.text[link.span.end - 1] in ")"
    for heading in post.headings:
        assert 0 <= heading.span.start <= heading.span.end <= len(post.text)
    for sentence in post.sentences:
        assert sentence.text in sentence.segment.text
        assert post.body.start <= sentence.span.start <= sentence.span.end <= len(post.text)
    assert post.words >= 0
    assert post.language


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        text.map(lambda t: t.encode("utf-16")),
        text.map(lambda t: b"\xef\xbb\xbf" + t.encode()),
    )
)
def test_no_bytes_raise(data: bytes) -> None:
    post = Post.from_bytes("a.md", data)
    for name in (
        "front",
        "regions",
        "tokens",
        "masked",
        "segments",
        "sentences",
        "headings",
        "links",
        "harper",
        "words",
        "language",
        "title",
    ):
        getattr(post, name)
    post.text.encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(text, st.data())
def test_a_finding_stands_at_the_line_and_column_of_the_file(text: str, data: st.DataObject) -> None:
    post = Post.from_text("a.md", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    finding = post.finding("a.b", Severity.WARNING, start, end, "message", ["other"])
    assert finding.match == post.text[start:end]
    lines = lines_of(post.text)
    if not (start > 0 and post.text[start - 1 : start + 1] == "\r\n"):
        rest = lines[finding.line - 1][finding.column - 1 :]
        assert post.text[start:].startswith(rest)
    assert (finding.line, finding.column) <= (finding.end_line, finding.end_column)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("front", ["", "---{e}title: X{e}---{e}", '+++{e}title = "X"{e}+++{e}', '{{"title": "X"}}{e}'])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_places_hold_for_all_line_ends_front_matters_and_a_byte_order_mark(end: str, front: str, mark: bytes) -> None:
    text = front.format(e=end) + f"First 😀 line{end}{end}Now *teh* word{end}goes on.{end}"
    post = Post.from_bytes("a.md", mark + text.encode())
    assert post.problems == ()
    segment = next(s for s in post.segments if "teh" in s.text)
    assert segment.text == "Now teh word goes on."
    at = segment.text.index("teh")
    span = segment.to_source(at, at + 3)
    finding = post.finding("spelling.typo", Severity.ERROR, span.start, span.end, "m")
    assert finding.match == "teh"
    assert (finding.line, finding.column) == (front.count("{e}") + 3, 6)
    assert (finding.end_line, finding.end_column) == (finding.line, 9)


def test_lines_end_at_line_ends_only() -> None:
    post = Post.from_text("a.md", "a\u2028b\x0bc\x0cd\x85e\nf")
    assert post.locate(9) == (1, 10)
    assert post.locate(10) == (2, 1)


def kinds(text: str, path: str = "a.md") -> list[tuple[str, str]]:
    return [(s.kind, s.text) for s in Post.from_text(path, text).segments]


def test_segments_tell_what_they_are() -> None:
    assert kinds(
        "---\ntitle: 'It''s'\ndescription: >\n  Two\n  lines\n---\n# Head\n\npara\n\n- item\n\n> quote\n\n"
        "| cell | two |\n|--|--|\n| a \\| b | `c` |\n\n![alt *text*](x.png)\n\nnote[^n]\n\n[^n]: foot\n"
    ) == [
        ("title", "It's"),
        ("description", "Two lines"),
        ("heading", "Head"),
        ("paragraph", "para"),
        ("list_item", "item"),
        ("quote", "quote"),
        ("table_cell", "cell"),
        ("table_cell", "two"),
        ("table_cell", "a | b"),
        ("alt", "alt text"),
        ("paragraph", "note"),
        ("footnote", "foot"),
    ]


def test_what_is_no_prose_is_one_object_and_tags_leave_no_trace() -> None:
    text = 'Use `x` at https://a.b/c, <b>bold</b>&nbsp;text<br>and {{< ref "a b" >}} :smile: end ![i](j).'
    assert kinds(text) == [
        ("paragraph", f"Use {OBJECT} at {OBJECT}, bold text and {OBJECT} end {OBJECT}."),
        ("alt", "i"),
    ]


def test_headings_have_the_anchors_of_github_or_their_own() -> None:
    post = Post.from_text("a.md", "# A `b` & c!\n\n## Same\n\n## Same\n\n## Mine {#own}\n\nSetext *one*\n---\n")
    assert [(h.level, h.text, h.slug) for h in post.headings] == [
        (1, "A b & c!", "a-b--c"),
        (2, "Same", "same"),
        (2, "Same", "same-1"),
        (2, "Mine", "own"),
        (2, "Setext one", "setext-one"),
    ]
    assert post.text[post.headings[3].span.start : post.headings[3].span.end] == "Mine"
    assert post.text[post.headings[0].span.start : post.headings[0].span.end] == "A `b` & c!"


def test_links_of_all_kinds() -> None:
    post = Post.from_text(
        "a.md",
        '[a *b*](<c d> "t") ![alt](i.png) [r][Ref] <https://auto.example> https://bare.example/x. '
        '<a href="/h?a&amp;b" title="T">text</a> <img src=j.png> [h]({{< ref "x.md" >}}) [js](javascript:x) []()'
        "\n\n[ref]: /url\n",
    )
    shown = [(link.kind, link.destination, link.text, link.is_image) for link in post.links]
    assert shown == [
        ("inline", "c d", "a b", False),
        ("inline", "i.png", "alt", True),
        ("reference", "/url", "r", False),
        ("autolink", "https://auto.example", "https://auto.example", False),
        ("bare", "https://bare.example/x", "https://bare.example/x", False),
        ("html", "/h?a&b", "text", False),
        ("html", "j.png", "", True),
        ("inline", '{{< ref "x.md" >}}', "h", False),
        ("inline", "javascript:x", "js", False),
        ("inline", "", "", False),
    ]
    places = [post.text[link.destination_span.start : link.destination_span.end] for link in post.links]
    assert places[:2] == ["c d", "i.png"]
    assert places[5:9] == ["/h?a&amp;b", "j.png", '{{< ref "x.md" >}}', "javascript:x"]
    assert [link.has_alt for link in post.images] == [True, False]


def test_links_in_notes_headings_and_tags() -> None:
    post = Post.from_text(
        "a.mdx", '## A <code>b</code> [c](d)\n\ntext^[see [e](f)] <a id="x"></a> <img src={g} alt />\n'
    )
    assert post.headings[0].text == "A b c"
    assert [(link.destination, link.text, link.has_alt) for link in post.links] == [
        ("d", "c", True),
        ("f", "e", True),
        ("{g}", "", True),
    ]
    assert [post.text[slice(*_pair(link.destination_span))] for link in post.links] == ["d", "f", "{g}"]
    assert "f" not in post.masked


def test_sentences_do_not_end_at_abbreviations() -> None:
    post = Post.from_text(
        "a.md", "See e.g. the Dr. Who page. Is it 3.11? Yes! “Good.” He left etc. Then more.\n\n- An item.\n"
    )
    assert [s.text for s in post.sentences] == [
        "See e.g. the Dr. Who page.",
        "Is it 3.11?",
        "Yes!",
        "“Good.”",
        "He left etc.",
        "Then more.",
        "An item.",
    ]
    assert post.sentences[1].words == ("Is", "it", "3", "11")
    first = post.sentences[0]
    assert post.text[slice(*_pair(first.to_source(4, 8)))] == "e.g."


def _pair(span: object) -> tuple[int, int]:
    return span.start, span.end  # type: ignore[attr-defined]


def test_fields_go_by_their_aliases() -> None:
    post = Post.from_text("a.md", "---\ntitle: 2024\nexcerpt: Short\ncount: 3\ntags: [a, b]\n---\n# Other\n")
    assert post.title is not None
    assert (post.title.value, post.title.key) == ("2024", "title")
    assert post.description is not None
    assert (post.description.value, post.description.key) == ("Short", "excerpt")
    assert post.text[slice(*_pair(post.description.span))] == "Short"
    assert post.field("description", {"description": ["count"]}).value == "3"  # type: ignore[union-attr]
    assert post.value("tags") == ["a", "b"]
    assert post.field("image") is None


def test_a_title_may_be_the_first_heading() -> None:
    post = Post.from_text("a.md", "# From *the* body\n")
    assert post.title is not None
    assert (post.title.value, post.title.key) == ("From the body", "")


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("a.md", "This is the first post of the new year and we are glad that you are here.", "en"),
        ("a.md", "Esta es la primera entrada del año y estamos contentos de que hayas venido con nosotros.", "und"),
        ("a.md", "Fix the bug.", "en"),
        ("a.md", "Hola, esto es una prueba de la web.", "und"),
        ("a.md", "これは日本語の記事です。", "ja"),
        ("a.md", "这是一篇中文文章。", "zh"),
        ("a.md", "이것은 한국어 글입니다.", "ko"),
        ("content/es/a.md", "Una entrada corta para la web.", "es"),
        ("content/it/a.md", "This is the page of the team that runs our computers, and it is in English.", "en"),
        ("blog/a.pt-br.md", "The name says it all.", "pt"),
        ("a.md", "---\nlang: fr_FR\n---\nThe key wins over the text.", "fr"),
        ("a.md", "", "und"),
    ],
)
def test_language(path: str, text: str, language: str) -> None:
    post = Post.from_text(path, text)
    assert post.language == language
    assert post.is_english == (language == "en")
