# ruff: noqa: E501 - a line of a table stays one line
"""The 49 rules of Harper that pay their way on published posts, each with texts that are flagged and texts that pass.

All of Harper's 905 rules give 30 findings for 1,000 words of edited posts, nearly all noise; these give 0.3.
"""

from __future__ import annotations

import re

from copydesk.report import Severity
from copydesk.rules import Rule

_W, _S = Severity.WARNING, Severity.SUGGESTION

# Harper's name, severity, what it finds, a text that is flagged, one that passes.
_TABLE: tuple[tuple[str, Severity, str, str, str], ...] = (
    ("AllIntentsAndPurposes", _W, "A garbled `for all intents and purposes`.", "It is for all intents and purpose done.", "It is for all intents and purposes done."),
    ("AllowTo", _W, "`allow to` without saying whom.", "The flag allows to skip the tests.", "The flag allows you to skip the tests."),
    ("AnA", _W, "`a` before a vowel sound, or `an` before a consonant.", "We wrote an parser.", "We wrote a parser for an hour."),
    ("BuiltIn", _S, "`in built` or `built in` where `built-in` is meant.", "It has an in-built cache.", "It has a built-in cache."),
    ("CapitalizePersonalPronouns", _W, "The pronoun `i` in lower case.", "Then i opened the file.", "Then I opened the file."),
    ("Codebase", _S, "`code base` in two words.", "The code base grew.", "The codebase grew."),
    ("Codebases", _S, "`code bases` in two words.", "Both code bases grew.", "Both codebases grew."),
    ("CommaFixes", _W, "A space before a comma, or none after it.", "We came ,saw and left.", "We came, saw and left."),
    ("DidPast", _W, "A past form after `did`.", "We did not worked on it.", "We did not work on it."),
    ("Discuss", _W, "`discuss about`.", "Let us discuss about the plan.", "Let us discuss the plan."),
    ("DoMistake", _W, "`do a mistake`.", "Everyone can do a mistake.", "Everyone can make a mistake."),
    ("DotInitialisms", _S, "`ie` and `eg` without their dots.", "Try a small board, eg. a Raspberry Pi.", "A small board, e.g. a Raspberry Pi."),
    ("DoubleModal", _W, "Two modal verbs in a row.", "You will can see it.", "You will see it."),
    ("EachOthersPossessive", _W, "`each others` before a noun.", "They read each others code.", "They read each other's code."),
    ("EllipsisLength", _S, "An ellipsis of more than three dots.", "And then.... nothing.", "And then... nothing."),
    ("Everyday", _S, "`everyday` and `every day` mixed up.", "I use it everyday.", "I use it every day."),
    ("ExceptOf", _W, "`except of`.", "All tests pass except of one.", "All tests pass except for one."),
    ("Furthermore", _W, "`further more` in two words.", "Further more, it is small.", "Furthermore, it is small."),
    ("HyphenateNumberDay", _S, "`two day trip` without its hyphen.", "We met for a 4 day workshop.", "We met for a 4-day workshop."),
    ("InDemandInDepth", _S, "`in depth` as an adjective without its hyphen.", "Here is an in depth guide.", "Here is an in-depth guide."),
    ("InflectedVerbAfterTo", _W, "A verb after `to` that is no infinitive.", "It has the ability to decided things.", "We want to decide soon."),
    ("InterestedIn", _W, "`interested` with another preposition than `in`.", "She is interested on compilers.", "She is interested in compilers."),
    ("InvestIn", _W, "`invest into`.", "We invest into tests.", "We invest in tests."),
    ("ItsContraction", _W, "`its` where `it's` is meant.", "Its a good idea.", "It's a good idea with its own merits."),
    ("ItsPossessive", _W, "`it's` where `its` is meant.", "The tool lost it's state.", "The tool lost its state."),
    ("LetToDo", _W, "`let` followed by `to`.", "This lets you to run it.", "This lets you run it."),
    ("LetsConfusion", _W, "`lets` and `let's` mixed up.", "Let's us begin.", "Let's begin."),
    ("LowHangingFruit", _S, "A variant of `low-hanging fruit`.", "We picked the low hanging fruits.", "We picked the low-hanging fruit."),
    ("ModalOf", _W, "`would of` where `would have` is meant.", "It should of worked.", "It should have worked."),
    ("MultipleSequentialPronouns", _W, "Two pronouns in a row where one is meant.", "We you can see that.", "You can see that."),
    ("NounVerbConfusion", _W, "A noun where its verb is meant, or the reverse.", "They effect change daily.", "It will affect all users."),
    ("Nowhere", _W, "`no where` in two words.", "It was no where to be found.", "It was nowhere to be found."),
    ("OnTopOf", _W, "`ontop of` or `in top of`.", "It runs ontop of Linux.", "It runs on top of Linux."),
    ("OneAndTheSame", _W, "`one in the same`.", "They are one in the same.", "They are one and the same."),
    ("OpenCompounds", _W, "Words run together: `alot`, `aswell`.", "It has alot of users.", "It has a lot of users."),
    ("OutOfDate", _S, "`out of date` before a noun without its hyphens.", "Remove the out of date pages.", "Remove the out-of-date pages."),
    ("PiqueInterest", _W, "`peak` or `peek` where `pique` is meant.", "That peaked my interest.", "That piqued my interest."),
    ("RepeatedWords", _W, "The same word twice in a row.", "We paste the the code.", "We paste the code."),
    ("SimplePastToPastParticiple", _W, "A past form where the participle is needed.", "We have went further.", "We have gone further."),
    ("SneakPeekPreview", _W, "`sneak peak`.", "Here is a sneak peak.", "Here is a sneak peek."),
    ("Straightforward", _W, "`straight forward` in two words.", "The fix is straight forward.", "The fix is straightforward."),
    ("The", _W, "A misspelt `the`.", "We read teh book.", "We read the book."),
    ("TheMy", _W, "`the` before `my`, `your` and the like.", "We changed the our plan.", "We changed our plan."),
    ("TheirToThere", _W, "`their` where `there` is meant.", "Their are many ways.", "There are many ways to find their keys."),
    ("ThenThan", _W, "`then` where `than` is meant.", "It is faster then before.", "It is faster than before."),
    ("ToLoseTooLoose", _W, "`to` and `too`, `lose` and `loose` mixed up.", "I want to loose weight.", "I want to lose weight."),
    ("ToTo", _W, "`to to`.", "We want to to finish.", "We want to finish."),
    ("ViceVersa", _S, "`vice-versa` with a hyphen.", "It works vice-versa too.", "It works vice versa too."),
    ("Whereas", _W, "`where as` in two words.", "This is fast, where as that is slow.", "This is fast, whereas that is slow."),
)  # fmt: skip

# Read by hand on published posts: more false than true (docs/precision.md). Our own patterns find most of what they miss.
_MOSTLY_WRONG = frozenset(
    {"BuiltIn", "Codebase", "Codebases", "InflectedVerbAfterTo", "LetsConfusion", "NounVerbConfusion"}
)

# With one suggestion there is nothing to decide: `copydesk check --fix` applies these.
_SAFE = frozenset({"AnA", "RepeatedWords", "ToTo"})

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def rule_id(name: str) -> str:
    """The id of one of Harper's rules: `AnA` -> `grammar.an_a`."""
    return f"grammar.{_CAPITAL.sub('_', name).lower()}"


HARPER_RULES: dict[str, Rule] = {
    name: Rule(
        id=rule_id(name),
        severity=severity,
        summary=summary,
        reason="Readers stumble over it.",
        source=f"Harper, rule {name}",
        flagged=(flagged,),
        passes=(passes,),
        enabled=name not in _MOSTLY_WRONG,
        fixable=name in _SAFE,
    )
    for name, severity, summary, flagged, passes in _TABLE
}
"""By Harper's own name of the rule."""
