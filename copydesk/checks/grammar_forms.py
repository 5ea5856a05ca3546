# ruff: noqa: E501, SIM905 - tables: a line of words stays one line
"""The right form of a word that a pattern found: `dont` -> `don't`, `alot` -> `a lot`, `github` -> `GitHub`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from copydesk.checks import grammar_lexicon as lexicon

_CONTRACTIONS = {
    "im": "I'm", "ive": "I've", "its": "it's", "hes": "he's", "shes": "she's", "yall": "y'all", "wheres": "where's",
    "youre": "you're", "theyre": "they're", "its'": "its", "her's": "hers", "our's": "ours", "your's": "yours",
    "their's": "theirs", "theirs's": "theirs", "hisself": "himself", "theirselves": "themselves", "themself's": "themselves",
    "whos'": "whose", "cannt": "can't",
}  # fmt: skip

_JOINED = {
    "eachother": "each other", "everytime": "every time", "noone": "no one", "abit": "a bit", "aslong": "as long", "atleast": "at least",
    "aswell": "as well", "infact": "in fact", "incase": "in case", "inorder": "in order", "ofcourse": "of course", "atmost": "at most",
    "forexample": "for example", "inspite": "in spite", "alltogether": "altogether", "thankyou": "thank you", "upto": "up to",
    "inbetween": "in between", "alittle": "a little", "allright": "all right", "anyother": "any other", "insteadof": "instead of",
    "becauseof": "because of", "wouldof": "would have", "couldof": "could have", "shouldof": "should have", "suchas": "such as",
    "rightnow": "right now", "alot": "a lot", "highlevel": "high-level", "lowlevel": "low-level", "longterm": "long-term",
    "shortterm": "short-term", "apart of": "a part of", "in stead": "instead", "mean while": "meanwhile", "it self": "itself",
    "them selves": "themselves", "our selves": "ourselves", "your self": "yourself", "him self": "himself", "her self": "herself",
    "my self": "myself", "al though": "although", "like wise": "likewise", "other wise": "otherwise", "there fore": "therefore",
    "more over": "moreover", "never the less": "nevertheless", "none the less": "nonetheless", "every thing": "everything",
    "some how": "somehow", "some where": "somewhere", "an other": "another", "to gether": "together", "after wards": "afterwards",
}  # fmt: skip

_PARTICLES = ("through", "around", "down", "back", "over", "off", "out", "up", "in")

_NAMES = {
    name.lower(): name
    for name in (
        "JavaScript TypeScript GitHub GitLab PostgreSQL MySQL MongoDB macOS YouTube LinkedIn WordPress "
        "Kubernetes OpenTelemetry Facebook Microsoft Amazon Google GraphQL OpenSSL WebAssembly JSON HTML CSS "
        "SQL HTTP HTTPS XML YAML API APIs URL URLs CPU CPUs GPU SDK IDE Linux Python Java Ubuntu Debian "
        "Firefox Postgres Docker"
    ).split()
} | {"stackoverflow": "Stack Overflow"}


def _without_apostrophe_s(word: str) -> str:
    return word[:-2] if word.endswith(("'s", "’s")) else word


def _contraction(word: str) -> str:
    if word in _CONTRACTIONS:
        return _CONTRACTIONS[word]
    for ending in ("ve", "re", "ll", "s", "d"):
        if word.endswith(ending):
            return f"{word.removesuffix(ending)}'{ending}"
    return word


def _phrasal(word: str) -> str:
    for particle in _PARTICLES:
        if word.endswith(particle):
            return f"{word.removesuffix(particle)} {particle}"
    return word


def _base(word: str) -> str:
    return lexicon.BASE_OF.get(word) or lexicon.BASE_OF_PAST.get(word, word)


FORMS: Mapping[str, Callable[[str], str]] = {
    "base": _base,
    "third": lexicon.third_person,
    "past": lexicon.past,
    "participle": lambda word: lexicon.participle(_base(word)),
    "pp": lambda word: "found" if word == "find" else word + ("d" if word.endswith("e") else "ed"),
    "gerund": lambda word: lexicon.gerund(_base(word)),
    "plural": lambda word: lexicon.plural(_without_apostrophe_s(word)),
    "singular": lambda word: lexicon.SINGULAR_OF.get(word, word),
    "s": lambda word: word.removesuffix("s"),
    "nt": lambda word: "can't" if word == "cannt" else f"{word[:-1]}'t",
    "contraction": _contraction,
    "joined": lambda word: _JOINED.get(word, word.replace(" ", "")),
    "phrasal": _phrasal,
    "closed": lambda word: word.replace(" ", "-" if word == "log in" else ""),
    "capital": lambda word: word[:1].upper() + word[1:],
    "name": lambda word: _NAMES.get(word, word),
}
"""Each takes the word in lower case."""
