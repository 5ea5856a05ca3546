"""Our own grammar rules, each with its table of patterns: what Harper's 49 rules do not find."""

from __future__ import annotations

from copydesk.checks import grammar_syntax, grammar_usage, grammar_words
from copydesk.checks.grammar_patterns import Pattern, compile_table
from copydesk.report import Severity
from copydesk.rules import Rule

_SOURCE = "Own patterns for what Harper misses, read on published posts"

_TABLES: dict[str, str] = {
    "subject_verb": grammar_syntax.SUBJECT_VERB,
    "noun_number": grammar_syntax.NOUN_NUMBER,
    "article": grammar_syntax.ARTICLE,
    "verb_form": grammar_syntax.VERB_FORM,
    "missing_word": grammar_syntax.MISSING_WORD,
    "homophone": grammar_words.HOMOPHONES,
    "eggcorn": grammar_words.EGGCORNS,
    "preposition": grammar_usage.PREPOSITION,
    "apostrophe": grammar_usage.APOSTROPHE,
    "joined_words": grammar_usage.JOINED_WORDS,
    "compound": grammar_usage.COMPOUND,
    "capitalization": grammar_usage.CAPITALIZATION,
    "missing_comma": grammar_usage.MISSING_COMMA,
}


def _rule(
    name: str,
    summary: str,
    reason: str,
    flagged: tuple[str, ...],
    passes: tuple[str, ...],
    severity: Severity = Severity.WARNING,
) -> Rule:
    return Rule(
        id=f"grammar.{name}",
        severity=severity,
        summary=summary,
        reason=reason,
        source=_SOURCE,
        flagged=flagged,
        passes=passes,
    )


_STUMBLE = "Readers stumble, and doubt the rest."

OWN_RULES: dict[str, Rule] = {
    rule.id.partition(".")[2]: rule
    for rule in (
        _rule(
            "subject_verb",
            "Subject and verb do not agree in number.",
            _STUMBLE,
            (
                "They has a new release.",
                "The compiler are fast.",
                "The users is happy.",
                "It depend on the server.",
                "One of the biggest problem is speed.",
                "The list of features are long.",
                "Each of the servers have a name.",
                "There is many reasons.",
            ),
            (
                "The linker and the compiler are fast.",
                "Let it depend on the server.",
                "If I were you, I would wait.",
                "The number of users is growing.",
                "One of the users is happy, and all of them have tried it.",
                "Does it have a name? What do they need?",
            ),
        ),
        _rule(
            "noun_number",
            "Singular and plural do not fit together.",
            _STUMBLE,
            (
                "We fixed many bug in it.",
                "We read these post with joy.",
                "There are too much options here.",
                "It gives useful informations.",
            ),
            ("We fixed many bug reports.", "These server logs are long.", "There are too many options here."),
        ),
        _rule(
            "article",
            "An article or determiner too many, or one that is missing.",
            _STUMBLE,
            (
                "This is good idea to start with.",
                "Stop at end of the file.",
                "We wrote the a parser.",
                "It was first time that it ran.",
            ),
            ("This is a good idea to start with.", "Stop at the end of the file.", "It is good practice."),
        ),
        _rule(
            "verb_form",
            "The wrong form of a verb after a helping verb or a preposition, or a comparison made twice.",
            _STUMBLE,
            (
                "It doesn't works for us.",
                "We will released it soon.",
                "They have add a parser.",
                "I look forward to hear from you.",
                "It is more easier now.",
                "It was suppose to work.",
            ),
            (
                "It doesn't work for us.",
                "We will release it soon.",
                "I look forward to hearing from you.",
                "We need more better-paid jobs.",
            ),
        ),
        _rule(
            "missing_word",
            "A small word is missing.",
            "The sentence has to be read twice.",
            (
                "Due the rain we stayed.",
                "We will able to run it.",
                "We excited about the release.",
                "It has a lot people behind it.",
                "This a great way to start.",
            ),
            (
                "Due to the rain we stayed.",
                "We will be able to run it.",
                "We are excited about the release.",
                "Is this a great way to start?",
            ),
        ),
        _rule(
            "homophone",
            "A word that sounds like the one meant.",
            "Spelling checkers cannot see it, readers do.",
            (
                "Your going to like it.",
                "Clone there code first.",
                "It was effected by the rain.",
                "You will loose your data.",
                "This is to slow for us.",
                "We ask weather it works.",
                "In the passed few years it grew.",
            ),
            (
                "Your code is going to run.",
                "There are many ways.",
                "We ask whether it works, then we wait.",
                "The effect of this does affect us all.",
                "Good weather is rare here.",
            ),
        ),
        _rule(
            "eggcorn",
            "A set phrase with the wrong words.",
            "The phrase means nothing as it stands.",
            (
                "She was a escape goat for it.",
                "Without further adieu, the list.",
                "We must nip it in the butt.",
                "The bug wrecked havoc.",
            ),
            ("For all intents and purposes it is done.", "Without further ado, the list."),
        ),
        _rule(
            "preposition",
            "A preposition that does not go with its word.",
            _STUMBLE,
            (
                "It depends of the server.",
                "We work on it since two years.",
                "It consists from three parts.",
                "She is responsible of the tests.",
                "Despite of the rain we went.",
            ),
            (
                "It depends on the server.",
                "We have worked on it for two years.",
                "It consists of three parts.",
                "Ever since two years ago we wait.",
            ),
        ),
        _rule(
            "apostrophe",
            "An apostrophe that is missing or should not be there.",
            _STUMBLE,
            (
                "We dont know yet.",
                "Thats all for now.",
                "The server's are down.",
                "In todays post we begin.",
                "Lets start with the basics.",
            ),
            ("We don't know yet.", "The server's log is long.", "It lets us start.", "As is his wont, he waits."),
        ),
        _rule(
            "joined_words",
            "Two words written as one, or one written as two.",
            _STUMBLE,
            ("It happens everytime.", "We know it ofcourse.", "We mean the program it self."),
            ("It happens every time.", "They know each other."),
        ),
        _rule(
            "compound",
            "A noun such as `setup` where the verb `set up` is meant, or the reverse.",
            "One is a thing, the other is what you do.",
            ("You can login to the server.", "The log in page is new."),
            ("You can log in to the server.", "The login page is new, and the setup is quick."),
        ),
        _rule(
            "capitalization",
            "A day, month, language or product without its capital letter.",
            "Names are easier to see with their capitals.",
            ("We meet on monday.", "The english version is late.", "The code is on github."),
            ("We meet on Monday.", "They march in May.", "See `github` in the config."),
        ),
        _rule(
            "missing_comma",
            "No comma after an opening word such as `however`.",
            "The comma shows where the sentence proper begins.",
            ("However we decided to wait.", "For example you could wait."),
            ("However, we decided to wait.", "However hard we try, it fails."),
        ),
        _rule(
            "punctuation_spacing",
            "A space before a punctuation mark, or none after it.",
            "A mark at the start of a line looks lost, and words run together.",
            ("It works .", "It is done.The next step is easy.", "Is it done ?"),
            ("It works.", "We use .NET and std::fs.", "Version 1.0.The is a name? No."),
        ),
        _rule(
            "doubled_punctuation",
            "Two punctuation marks where one is meant.",
            "It looks like a slip, and it is one.",
            ("It works,, mostly.", "It is done.. We rest.", "Pens, ink, etc... are here."),
            ("It works, mostly.", "And then... nothing.", "What?!"),
        ),
        _rule(
            "sentence_capital",
            "A sentence that begins with a small letter.",
            "The capital shows where a sentence begins.",
            ("It is done. we can rest.",),
            ("It is done. We can rest.", "Pens, ink, etc. and so on.", "See fig. the third."),
        ),
        _rule(
            "repeated_phrase",
            "Two or three words said twice in a row.",
            _STUMBLE,
            ("One of the of the parts broke.", "We can see we can see it."),
            ("One of the parts of the whole broke.",),
        ),
        _rule(
            "question_mark",
            "A question that ends with a full stop.",
            "Readers hear a statement and go back.",
            ("Why does it fail. We do not know.",),
            ("Why does it fail? We do not know.", "How it works is simple."),
        ),
        _rule(
            "unmatched_bracket",
            "A round bracket without its partner.",
            "The reader waits for the end of the aside.",
            ("It runs (on most days and that is fine.",),
            ("It runs (on most days) and that is fine :)", "First a) and then b) and done."),
        ),
    )
}


def patterns() -> list[Pattern]:
    """All patterns of the tables."""
    return [pattern for name, table in _TABLES.items() for pattern in compile_table(name, table)]
