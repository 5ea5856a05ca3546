"""The rules of the spelling step, and the words that `typos` gets wrong on posts or does not know."""

from __future__ import annotations

from copydesk.report import Severity
from copydesk.rules import Example, Rule

_SOURCE = "The list of known misspellings of typos (crate-ci/typos)"

RULES: tuple[Rule, ...] = (
    Rule(
        id="spelling.typo",
        severity=Severity.WARNING,
        summary="A known misspelling in the body or the description.",
        reason="Every reader sees it, and it is mended in a second.",
        source=_SOURCE,
        fixable=True,
        flagged=(
            "We recieve your letters.",
            Example(
                text="---\r\ntitle: Post\r\ndescription: All about managment\r\n---\r\nHello.\r\n", match="managment"
            ),
            Example(text="Rain 🎉 and **definately** snow.", match="definately"),
        ),
        passes=(
            "We receive your letters.",
            "The flag `recieve` is misspelt in the source, so we write recieve too.",
            "See https://example.org/recieve and [this](/recieve/).",
            "---\nauthor: Ana Adress\n---\nBy adress.",
            Example(text="The teh is cold.\n\n```text\nteh\n```\n"),
        ),
    ),
    Rule(
        id="spelling.title_typo",
        severity=Severity.ERROR,
        summary="A known misspelling in the title.",
        reason="The title is what search results and other sites show; it is read ten times as often as the post.",
        source=_SOURCE,
        fixable=True,
        flagged=(Example(text="---\ntitle: How Encrytion Works\n---\nHello.\n", match="Encrytion"),),
        passes=(
            "---\ntitle: How Encryption Works\n---\nHello.\n",
            "---\ntitle: Ana Devine Speaks\n---\nAna Devine spoke.\n",
            "---\ntitle: HTMX\n---\nWe recieve it.\n",
        ),
    ),
    Rule(
        id="spelling.rejected_word",
        severity=Severity.WARNING,
        summary="A word that the team has said is wrong here (`checks.rejected`).",
        reason="A blog that calls a thing by one name is easier to read and to search.",
        source="the workflow file",
        fixable=True,
        flagged=(
            Example(text="We utilise it.", rejected={"utilise": "use"}, match="utilise"),
            Example(text="---\ntitle: On Github\n---\nHello.\n", rejected={"Github": "GitHub"}, match="Github"),
            Example(text="Synergy *whitelists* it.", rejected={"synergy": "", "whitelists": "allows"}, match="Synergy"),
        ),
        passes=(
            "We utilise it.",
            Example(text="We use `utilise()` of /utilise/ and utilisation.", rejected={"utilise": "use"}),
            Example(text="github and GitHub", rejected={"Github": "GitHub"}),
        ),
    ),
)

# Right in technical posts, whatever the list says (read by hand, docs/precision.md).
ACCEPTED = frozenset(
    # foreign words, and what the step grammar reports with better advice
    {
        "raison",
        "alot",
        "youre",
        "theyre",
        "informations",
        "softwares",
        "hardwares",
        "feedbacks",
        "advices",
        "equipments",
    }
)

# Known misspellings that `typos` has left out because they are names somewhere; in prose they are not.
MISSPELLED: dict[str, tuple[str, ...]] = {
    "calender": ("calendar",),
    "ecstacy": ("ecstasy",),
    "heighth": ("height",),
    "programing": ("programming",),
    "refactering": ("refactoring",),
    "tradegy": ("tragedy",),
    "upgradeing": ("upgrading",),
}
