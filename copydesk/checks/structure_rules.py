# ruff: noqa: E501 - the table of rules reads better with one line for each text
"""The rules of the step `structure`: those of rumdl that are worth having for posts, and our own."""

from __future__ import annotations

from copydesk.report import Severity
from copydesk.rules import Example, Rule

_W, _S = Severity.WARNING, Severity.SUGGESTION
_RENDER = "Some sites do not render it as meant."


def _rule(
    name: str,
    severity: Severity,
    source: str,
    summary: str,
    reason: str,
    flagged: tuple[str | Example, ...],
    passes: tuple[str | Example, ...],
) -> Rule:
    return Rule(
        id=f"structure.{name}",
        severity=severity,
        summary=summary,
        reason=reason,
        source=source,
        flagged=flagged,
        passes=passes,
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "heading_jump", _W, "WCAG 2.2, 1.3.1; rumdl MD001", "A heading more than one level below the one before.",
        "Readers of screen readers, and the table of contents, miss a level.",
        (Example(text="## One\n\nText.\n\n#### Two\n\nText.\n", match="#### Two"),), ("## One\n\nText.\n\n### Two\n\nText.\n", "### One\n\nText.\n"),
    ),
    _rule(
        "heading_without_space", _W, "CommonMark 0.31, ATX headings; rumdl MD018", "No space after the `#` of a heading.",
        "It is shown as text that begins with `#`.", ("##Heading\n\nText.\n", "Text.\n\n#Heading\n"),
        ("## Heading\n\nText.\n", "Fixed in\n#42.\n", "#42 is fixed.\n", "Write to us, with the hashtag\n#Ferries in it.\n"),
    ),
    _rule(
        "heading_blank_lines", _S, "rumdl MD022", "A heading without a blank line before and after it.", _RENDER,
        ("Text.\n## One\n\nText.\n",), ("Text.\n\n## One\n\nText.\n",),
    ),
    _rule(
        "duplicate_heading", _S, "rumdl MD024", "Two headings of the same section with the same text.",
        "They cannot be told apart in a table of contents, and get the same anchor on some sites.",
        ("## One\n\nText.\n\n## One\n\nText.\n",), ("## A\n\nText.\n\n### One\n\nText.\n\n## B\n\nText.\n\n### One\n\nText.\n",),
    ),
    _rule(
        "several_titles", _S, "WCAG 2.2, 1.3.1; rumdl MD025", "More than one heading of level 1.",
        "A page has one title; below it search engines and screen readers expect levels 2 to 6.",
        ("# One\n\nText.\n\n# Two\n\nText.\n",), ("# One\n\nText.\n\n## Two\n\nText.\n",),
    ),
    _rule(
        "fence_blank_lines", _S, "rumdl MD031", "A code block without a blank line before and after it.", _RENDER,
        ("Text.\n```sh\nls\n```\n",), ("Text.\n\n```sh\nls\n```\n",),
    ),
    _rule(
        "list_blank_lines", _S, "rumdl MD032", "A list without a blank line before and after it.", _RENDER,
        ("Text:\n- one\n- two\n\nText.\n",), ("Text:\n\n- one\n- two\n\nText.\n",),
    ),
    _rule(
        "bare_url", _S, "rumdl MD034", "An address that stands in the text as it is.",
        "Not every site makes a link of it, and nobody wants to read it.",
        (Example(text="See https://ferries.example/tides for more.\n", match="https://ferries.example/tides"),),
        ("See <https://ferries.example/tides>.\n", "See [the tides](https://ferries.example/tides).\n"),
    ),
    _rule(
        "space_in_link_text", _W, "rumdl MD039", "A space at the beginning or end of a link's text.", "The underline runs past the words.",
        ("See [ the tides ](https://ferries.example/tides).\n",), ("See [the tides](https://ferries.example/tides).\n",),
    ),
    _rule(
        "fence_without_language", _S, "rumdl MD040", "A code block that does not say its language.",
        "It is shown without colours; `text` says that this is meant.",
        (Example(text="Text.\n\n```\nls\n```\n", match="```"),), ("Text.\n\n```sh\nls\n```\n", "Text.\n\n    ls\n"),
    ),
    _rule(
        "image_without_alt", _W, "WCAG 2.2, 1.1.1; W3C alt decision tree", "An HTML image without an `alt` attribute.",
        "Screen readers read out the file's name. A decorative image says so with `alt=\"\"`.",
        ('Text.\n\n<img src="/pier.png">\n',), ('Text.\n\n<img src="/pier.png" alt="the pier">\n', '<img src="/line.png" alt="">\n'),
    ),
    _rule(
        "image_empty_alt", _S, "WCAG 2.2, 1.1.1; W3C alt decision tree", "A Markdown image whose alternative text is empty.",
        "That is right for decoration only; a picture that says something needs words.",
        ("Text.\n\n![](/pier.png)\n",), ("Text.\n\n![the pier](/pier.png)\n",),
    ),
    _rule(
        "image_poor_alt", _W, "W3C WAI, Images Tutorial", "An alternative text that is a file name or the word `image`.",
        "It tells nothing to those who do not see the picture.",
        (Example(text="Text.\n\n![IMG_2041.png](/pier.png)\n", match="![IMG_2041.png](/pier.png)"), "![image](/pier.png)\n"),
        ("Text.\n\n![the pier at low tide](/pier.png)\n", "![index.html as seen in Firefox](/x.png)\n"),
    ),
    _rule(
        "table_columns", _W, "GitHub Flavored Markdown, tables; rumdl MD056", "A table row with another number of cells than the head.",
        "Cells are dropped or left empty.",
        ("| a | b |\n| - | - |\n| 1 |\n",), ("| a | b |\n| - | - |\n| 1 | 2 |\n",),
    ),
    _rule(
        "table_blank_lines", _S, "rumdl MD058", "A table without a blank line before and after it.", _RENDER,
        ("Text.\n| a | b |\n| - | - |\n| 1 | 2 |\n",), ("Text.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n",),
    ),
    _rule(
        "vague_link_text", _S, "WCAG 2.2, 2.4.4; rumdl MD059", "A link whose text is `here`, `link` or the like.",
        "Lists of links, as screen readers and search engines make them, become useless.",
        ("Click [here](https://ferries.example/tides).\n",), ("See [the tides](https://ferries.example/tides).\n",),
    ),
    _rule(
        "space_in_link_address", _W, "rumdl MD062", "A space at the beginning or end of a link's address.", _RENDER,
        ("See [the tides]( https://ferries.example/tides ).\n",), ("See [the tides](https://ferries.example/tides).\n",),
    ),
    _rule(
        "empty_section", _S, "rumdl MD082", "A heading with nothing below it.", "The reader looks for the text that is missing.",
        ("Text.\n\n## One\n\n## Two\n\nText.\n",), ("Text.\n\n## One\n\n### Two\n\nText.\n",),
    ),
    _rule(
        "mojibake", _W, "rumdl MD083", "Letters garbled by a wrong encoding.", "Readers see nonsense instead of an accent or a quotation mark.",
        ("The cafÃ© is open.\n",), ("The café is open.\n",),
    ),
    _rule(
        "invisible_character", _S, "Unicode TR36; rumdl MD084", "An invisible character in the text.",
        "It breaks searches, copied code and line breaks, and nobody can see why.",
        ("The cafe \u200b is open.\n",), ("The cafe is open.\n",),
    ),
    _rule(
        "markdown_in_html", _S, "CommonMark 0.31, HTML blocks; rumdl MD091", "Markdown inside an HTML block, which is shown as it is.",
        "Readers see the stars and brackets.", ("<div>\nsee [the tides](/tides) now\n</div>\n",), ("<div>\n\nsee [the tides](/tides) now\n\n</div>\n", "**bold** words\n"),
    ),
    _rule(
        "merge_conflict", Severity.ERROR, "rumdl MD092", "Marks of a merge conflict.", "Both versions and the marks are published.",
        ("Text.\n\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> branch\n",), ("Text.\n\nTitle\n=======\n\nText.\n",),
    ),
    _rule(
        "placeholder", Severity.ERROR, "checks of editors", "Placeholder text.", "The post is not finished.",
        (
            "Intro.\n\nTODO: write this part.\n", "Lorem ipsum dolor sit amet.\n", Example(text="It costs [insert price here] a day.\n", match="[insert price here]"),
            "Intro.\n\nTBD\n", "---\ntitle: TODO\n---\nText.\n", "Prices (TODO) are low.\n",
        ),
        ("We removed every TODO comment from the code.\n", "Intro.\n\n```\nTODO: x\n```\n", "A `TODO` is fine.\n", "The lorem ipsum generator is done.\n", "Write TODO: it helps.\n"),
    ),
)  # fmt: skip

RUMDL_RULES = {
    "MD001": "heading_jump",
    "MD018": "heading_without_space",
    "MD022": "heading_blank_lines",
    "MD024": "duplicate_heading",
    "MD025": "several_titles",
    "MD031": "fence_blank_lines",
    "MD032": "list_blank_lines",
    "MD034": "bare_url",
    "MD039": "space_in_link_text",
    "MD040": "fence_without_language",
    "MD056": "table_columns",
    "MD058": "table_blank_lines",
    "MD059": "vague_link_text",
    "MD062": "space_in_link_address",
    "MD082": "empty_section",
    "MD083": "mojibake",
    "MD084": "invisible_character",
    "MD091": "markdown_in_html",
    "MD092": "merge_conflict",
}
"""rumdl's rules by our names. Empty links, references and footnotes are the step `links`'; spaces and line lengths nobody's."""
