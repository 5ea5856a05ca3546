# ruff: noqa: E501, SIM905 - tables: a line of words stays one line
"""The words that the grammar patterns may reason about: only those whose part of speech is beyond doubt in technical prose.

Closed lists instead of a dictionary: a word that is both a noun and a verb ("release", "test") would make every second
finding false, so it stands in neither of verbs.
"""

from __future__ import annotations

# Countable singular nouns. No collective ones (team, company, community): "the team are" is good British English.
SINGULAR_NOUNS = (
    "algorithm answer api app application approach argument array article attacker attribute author "
    "backend benchmark blog browser bug button cache chapter client cluster colleague collector command comment "
    "commit compiler component concept configuration connection container contract contributor crate "
    "customer dashboard database dependency deployment description developer device difference document "
    "editor endpoint engineer environment error example exception experiment exporter extension feature "
    "field file filter flag form format framework frontend function goal guide header idea image "
    "implementation improvement instance instruction interface issue item job kernel key keyword language "
    "layer lesson library license linker list machine maintainer manager message method microservice "
    "migration mistake model module name network node number object operator option package page "
    "paragraph parameter parser part password path person picture pipeline platform plugin pointer policy "
    "post problem product program programmer project proposal protocol provider question reader reason "
    "repository result reviewer role rule runtime sample scheduler screen script section sentence server "
    "service session setting site snippet solution standard statement step string structure struct "
    "student style subject suggestion survey system table tag task teacher technique template thing "
    "thread threshold ticket token tool topic trait transaction tutorial type url user variable vendor "
    "version video volunteer warning website wiki word workflow workload workshop writer"
).split()

_IRREGULAR_PLURALS = {"person": "people"}


def plural(noun: str) -> str:
    """The plural of a noun of these lists."""
    if noun in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "sh", "ch", "x", "z")) else "s")


PLURAL_NOUNS = [plural(noun) for noun in SINGULAR_NOUNS]

# Nouns of time, for "two year ago" and "since two years".
TIME_NOUNS = ["second", "minute", "hour", "day", "week", "month", "year", "decade"]

# Verbs whose base form is no common noun or adjective.
BASE_VERBS = (
    "achieve add agree allow announce appear apply ask assume avoid become begin believe bring choose "
    "consider consist contain continue create decide define depend deploy describe detect determine "
    "develop differ discover eliminate embed emit enable encourage ensure exist expect explain expose "
    "fetch follow generate get give grow happen hide identify ignore implement improve include inform "
    "introduce invoke involve join keep know learn let maintain make mean modify need offer perform "
    "prefer prepare prevent produce propose protect prove provide publish receive recommend reduce refuse "
    "remain remove replace represent require resolve retrieve rewrite run save seem send serve solve "
    "store suggest tell think understand upgrade use validate verify want write"
).split()

# In the base form also plain nouns or adjectives (or too short to trust): never alone the sign of a wrong verb.
_NOT_ALONE = frozenset(("get join need offer run save store upgrade use mean embed let follow fetch learn").split())
SURE_BASE_VERBS = [verb for verb in BASE_VERBS if verb not in _NOT_ALONE]


def third_person(verb: str) -> str:
    """`allow` -> `allows`."""
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


_IRREGULAR_PAST = {
    "become": ("became", "become"), "begin": ("began", "begun"), "bring": ("brought", "brought"), "choose": ("chose", "chosen"),
    "get": ("got", "gotten"), "give": ("gave", "given"), "grow": ("grew", "grown"), "hide": ("hid", "hidden"),
    "keep": ("kept", "kept"), "know": ("knew", "known"), "let": ("let", "let"), "make": ("made", "made"), "mean": ("meant", "meant"),
    "rewrite": ("rewrote", "rewritten"), "run": ("ran", "run"), "send": ("sent", "sent"), "tell": ("told", "told"),
    "think": ("thought", "thought"), "understand": ("understood", "understood"), "write": ("wrote", "written"),
    "build": ("built", "built"), "see": ("saw", "seen"), "find": ("found", "found"), "ship": ("shipped", "shipped"), "learn": ("learned", "learned"),
    "embed": ("embedded", "embedded"), "emit": ("emitted", "emitted"), "prefer": ("preferred", "preferred"),
}  # fmt: skip


def past(verb: str) -> str:
    """`allow` -> `allowed`, `write` -> `wrote`."""
    return _IRREGULAR_PAST[verb][0] if verb in _IRREGULAR_PAST else _regular_past(verb)


def participle(verb: str) -> str:
    """`allow` -> `allowed`, `write` -> `written`."""
    return _IRREGULAR_PAST[verb][1] if verb in _IRREGULAR_PAST else _regular_past(verb)


def _regular_past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + "ed"


def gerund(verb: str) -> str:
    """`write` -> `writing`."""
    if verb in {"begin", "get", "let", "run", "embed", "emit", "prefer"}:
        return f"{verb}{verb[-1]}ing"
    return (verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"


# More verbs whose forms are needed to propose the right one, though they never show alone that something is wrong.
_MORE_VERBS = (
    "build see find work use take come go look help need start show feel sound support say turn return "
    "depend cost fail handle change have do be want happen run like miss notice finish expect compile "
    "update test call release ship fix merge deprecate reach notice discover switch meet learn ask deploy "
    "drive eat fall fly forget know ride rise speak steal swim throw tear wake wear sing drink overcome "
    "undergo arise mistake forgive freeze break execute import load install base store call move join "
    "post"
).split()
_IRREGULAR_PAST |= {
    "take": ("took", "taken"), "come": ("came", "come"), "go": ("went", "gone"), "feel": ("felt", "felt"), "say": ("said", "said"),
    "cost": ("cost", "cost"), "have": ("had", "had"), "do": ("did", "done"), "be": ("was", "been"), "meet": ("met", "met"),
    "drive": ("drove", "driven"), "eat": ("ate", "eaten"), "fall": ("fell", "fallen"), "fly": ("flew", "flown"),
    "forget": ("forgot", "forgotten"), "ride": ("rode", "ridden"), "rise": ("rose", "risen"), "speak": ("spoke", "spoken"),
    "steal": ("stole", "stolen"), "swim": ("swam", "swum"), "throw": ("threw", "thrown"), "tear": ("tore", "torn"),
    "wake": ("woke", "woken"), "wear": ("wore", "worn"), "sing": ("sang", "sung"), "drink": ("drank", "drunk"),
    "overcome": ("overcame", "overcome"), "undergo": ("underwent", "undergone"), "arise": ("arose", "arisen"),
    "mistake": ("mistook", "mistaken"), "forgive": ("forgave", "forgiven"), "freeze": ("froze", "frozen"),
    "break": ("broke", "broken"),
}  # fmt: skip
_ALL_VERBS = [*BASE_VERBS, *_MORE_VERBS]

THIRD_PERSON_VERBS = [third_person(verb) for verb in SURE_BASE_VERBS]
BASE_OF = {third_person(verb): verb for verb in _ALL_VERBS} | {"has": "have", "is": "be", "are": "be"}
BASE_OF_PAST = (
    {participle(verb): verb for verb in _ALL_VERBS} | {past(verb): verb for verb in _ALL_VERBS} | {"were": "be"}
)
SINGULAR_OF = dict(zip(PLURAL_NOUNS, SINGULAR_NOUNS, strict=True))

# Regular verbs in the past, for "will released": "need", "seed", "speed" end alike and stay out by being listed.
PAST_ONLY = [past(verb) for verb in BASE_VERBS if past(verb) != verb]
PARTICIPLES = [participle(verb) for verb in BASE_VERBS if participle(verb) != verb]

# What may follow a noun phrase: a word that cannot be the second half of a compound.
FUNCTION_WORDS = (
    "a an the this that these those to of in on at by for from with without as is are was were be been "
    "will would can could should must may might has have had do does did and or but because if when while "
    "where which who than then so we you they it he she not you'll we'll we've you're it's"
    " last next about after before during into over between through today yesterday here there now only also just first"
).split()

ANY_THIRD = [third_person(verb) for verb in _ALL_VERBS if verb not in ("be", "have", "do")]
"""Third persons that may be plural nouns too: a sign only after a helping verb or a plural noun."""
ANY_PAST = [past(verb) for verb in _ALL_VERBS if past(verb) != verb and verb != "be"]
