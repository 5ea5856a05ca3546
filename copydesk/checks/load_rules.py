"""The rules `load.*`. Those about the file and not its text have no example here; the tests of reading have."""

from __future__ import annotations

from copydesk.reading import MAX_BYTES
from copydesk.report import Severity
from copydesk.rules import Example, Rule

_FINE = "---\ntitle: A post\n---\nA short body.\n"

RULES: tuple[Rule, ...] = (
    Rule(
        id="load.not_utf8",
        severity=Severity.ERROR,
        summary="The file is not UTF-8.",
        reason="Readers see replacement characters, and every place after the first may be wrong.",
        source="CommonMark 0.31, 2.1; Hugo, Jekyll and Docusaurus read UTF-8",
        # A lone surrogate cannot be written in UTF-8; its three bytes are what such a file holds.
        flagged=("A caf\udce9.\n", Example(text="Fine.\n\nNot \ud800 fine.\n", match="\ufffd")),
        passes=("A café 😀.\n", "\ufeffWith a byte-order mark.\n"),
    ),
    Rule(
        id="load.too_large",
        severity=Severity.ERROR,
        summary=f"The file has more than {MAX_BYTES:,} bytes; only the first were reviewed.",
        reason="No reader finishes it, and checkers take minutes over it.",
        source="the longest of 2,855 published posts has 160 KB",
        flagged=("word " * (MAX_BYTES // 5 + 1),),
        passes=(_FINE,),
    ),
    Rule(
        id="load.unreadable",
        severity=Severity.ERROR,
        summary="The file cannot be opened or read.",
        reason="Nothing was reviewed.",
        source="the operating system",
        flagged=(),
        passes=(_FINE,),
    ),
    Rule(
        id="load.not_regular_file",
        severity=Severity.ERROR,
        summary="The path is a folder, a pipe, a socket or a device.",
        reason="Reading it could block for ever; nothing was reviewed.",
        source="POSIX `S_ISREG`",
        flagged=(),
        passes=(_FINE,),
    ),
    Rule(
        id="load.path_escape",
        severity=Severity.ERROR,
        summary="The path leaves the folder of the posts, by `..` or a symbolic link.",
        reason="A post from a stranger could show any file of the machine in a report.",
        source="CWE-22, CWE-59",
        flagged=(),
        passes=(_FINE,),
    ),
    Rule(
        id="load.front_matter_invalid",
        severity=Severity.ERROR,
        summary="The front matter cannot be read.",
        reason="The site's build fails, or the post appears without title and date.",
        source="YAML 1.2, TOML 1.0, RFC 8259; limits of size and depth against hostile input",
        flagged=(
            "---\ntitle: [a\n---\nBody.\n",
            "---\ntitle: A post\n\nBody without the closing line.\n",
            "+++\ntitle = A post\n+++\nBody.\n",
            '{"title" "A post"}\n\nBody.\n',
            "---\na: &x [1]\nb: *x\n---\nBody.\n",
            "---\n- a list\n---\nBody.\n",
        ),
        passes=(
            _FINE,
            '+++\ntitle = "A post"\n+++\nBody.\n',
            '{"title": "A post"}\n\nBody.\n',
            "---\n\nA thematic break, and no front matter.\n",
            "No front matter.\n",
            "---\ntitle: NO\ndate: 2024-02-30\n---\nA date is a text here.\n",
        ),
    ),
    Rule(
        id="load.front_matter_duplicate_key",
        severity=Severity.WARNING,
        summary="A key of the front matter is given twice.",
        reason="Only one of the two counts, and generators differ in which.",
        source="YAML 1.2, 3.2.1.1: keys are unique",
        flagged=(
            Example(text="---\ntitle: One\ntitle: Two\n---\nBody.\n", match="title"),
            '{"title": "One", "title": "Two"}\n\nBody.\n',
        ),
        passes=(_FINE, "---\na: {title: One}\nb: {title: Two}\n---\nBody.\n"),
    ),
    Rule(
        id="load.control_character",
        severity=Severity.WARNING,
        summary="The text holds control characters that nobody sees.",
        reason="They break feeds and search, and overrides of direction make a text read otherwise than it is.",
        source="XML 1.0, 2.2; Unicode UAX 9 (overrides of direction)",
        flagged=(Example(text="A\0 NUL.\n", match="\0"), "A bell\x07.\n", "An override \u202egnol\u202c.\n"),
        passes=("A tab\tand a form feed\x0c.\n", "A no-break\u00a0space.\n"),
    ),
    Rule(
        id="load.unused_suppression",
        severity=Severity.WARNING,
        summary="An instruction to copydesk suppresses nothing, or is none that copydesk knows.",
        reason="What it once excused may come back unseen, or it never worked.",
        source="as `--report-unused-disable-directives` of ESLint and `RUF100` of Ruff",
        flagged=(
            Example(text="<!-- copydesk ignore: style -->\nWe wait.\n", match="<!-- copydesk ignore: style -->"),
            "Text.\n\n{/* copydesk: off grammar */}\n",
        ),
        passes=(
            "<!-- copydesk off: grammar.repeated_word -- a quotation -->\nThe the.\n<!-- copydesk on -->\n",
            "<!-- copydesk is what reviews this post -->\nText.\n",
            "```html\n<!-- copydesk ignore -->\n```\n",
        ),
    ),
    Rule(
        id="load.unknown_type",
        severity=Severity.WARNING,
        summary="The front matter names a type of posts that the workflow file does not have.",
        reason="The post is then judged as one without a type, by other limits than its author expects.",
        source="`types` of the workflow file",
        flagged=(
            Example(text="---\ntitle: A novel\ncopydesk: {type: novel}\n---\nBody.\n", match="novel"),
            "---\ntitle: A\ncopydesk: {type: [novel]}\n---\nBody.\n",
            '---\ntitle: A\ncopydesk: {type: "n\\x6fvel"}\n---\nBody.\n',
        ),
        passes=("---\ntitle: A\ntype: novel\n---\nBody.\n", "---\ntitle: A\ncopydesk: {}\n---\nBody.\n"),
    ),
    Rule(
        id="load.empty_body",
        severity=Severity.ERROR,
        summary="The post has no body.",
        reason="There is nothing to read.",
        source="a post without a text is a mistake in every generator",
        flagged=("", "---\ntitle: A post\n---\n", "---\ntitle: A post\n---\n\n<!-- to be written -->\n \n"),
        passes=(
            _FINE,
            "---\ntitle: A picture\n---\n![A cat](cat.png)\n",
            "---\nlayout: list-of-releases\n---\n",  # a page that its template makes
        ),
    ),
)
"""What `copydesk.checks.load.load_findings` answers."""
