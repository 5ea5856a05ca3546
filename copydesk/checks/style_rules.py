"""The rules of the step `style`, each with posts that must be flagged and posts that must pass.

Limits are where the most unusual twentieth of 1,600 published posts begins (docs/precision.md), since
textbook limits call most good posts bad; `thresholds` in the workflow file sets a team's own.
"""

from __future__ import annotations

from copydesk.report import Severity
from copydesk.rules import Rule

_LONG = (
    "The ferry that leaves in the morning, when the tide is high and the wind comes from the west, takes on the cars "
    "first and the lorries after them, unless there are more lorries than cars, in which case the crew asks the cars "
    "to wait at the second pier until the lorries are on board, which takes about ten minutes on a good day and half "
    "an hour on a bad one."
)
_SHORT = "The ferry leaves at nine. Cars go on board first. Lorries follow them. The crew counts the bikes. "
_PASSIVE = (
    "The report was written by the team. It was read by the board. The numbers were checked twice. The plan was "
    "accepted by everybody. The meeting was closed early. The minutes were lost. "
)
_DENSE = (
    "Organizational accountability necessitates comprehensive multidisciplinary prioritization methodologies. "
    "Institutional heterogeneity notwithstanding, infrastructural interdependency characterizes contemporary "
    "administrative environments. "
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="style.long_sentence",
        severity=Severity.SUGGESTION,
        summary="A single sentence of more than 60 words.",
        reason="Readers lose its beginning before they reach its end.",
        source="Limit: measured; plainlanguage.gov, write short sentences",
        flagged=(_LONG,),
        passes=(_SHORT, _LONG[:150] + "."),
    ),
    Rule(
        id="style.long_sentences",
        severity=Severity.SUGGESTION,
        summary="More than 60 % of the sentences of a post have over 20 words.",
        reason="Long sentences one after the other are hard to read.",
        source="Yoast SEO, sentence length (over 20 words); limit of the share: measured",
        flagged=(
            "The ferry that leaves in the morning takes on the cars first and the lorries after them, unless the tide "
            "is low. " * 12,
        ),
        passes=(_SHORT * 4, _LONG),
    ),
    Rule(
        id="style.passive",
        severity=Severity.SUGGESTION,
        summary="More than 30 % of the sentences of a post are in the passive voice.",
        reason="It hides who does what.",
        source="Yoast SEO, passive voice; limit: measured",
        flagged=(_PASSIVE * 3,),
        passes=(_SHORT * 4, _PASSIVE, "We are tired and pleased, and the pier is located in the north. " * 12),
    ),
    Rule(
        id="style.readability",
        severity=Severity.SUGGESTION,
        summary="The Flesch reading ease of a post is below 30.",
        reason="Long words in long sentences are hard even for experts.",
        source="Flesch 1948: below 30 is very difficult; measured",
        flagged=(_DENSE * 8,),
        passes=(_SHORT * 8, _DENSE),
    ),
    Rule(
        id="style.long_paragraph",
        severity=Severity.SUGGESTION,
        summary="A paragraph of more than 150 words.",
        reason="On a screen it is a wall without a door.",
        source="Yoast SEO, paragraph length",
        flagged=(_SHORT * 12,),
        passes=("\n\n".join([_SHORT * 3] * 6),),
    ),
    Rule(
        id="style.long_section",
        severity=Severity.SUGGESTION,
        summary="More than 1,000 words without a heading.",
        reason="Readers who look for one thing have nothing to hold on to.",
        source="Yoast SEO, subheading distribution (300 words); limit: measured",
        flagged=("\n\n".join([_SHORT * 4] * 16),),
        passes=("\n\n".join([_SHORT * 4] * 8) + "\n\n## Later\n\n" + "\n\n".join([_SHORT * 4] * 8), _SHORT),
    ),
    Rule(
        id="style.long_heading",
        severity=Severity.SUGGESTION,
        summary="A heading of more than 15 words.",
        reason="A heading is read at a glance.",
        source="Limit: measured",
        flagged=(
            "## Why the ferry that leaves in the morning takes on the cars first and the lorries only after them\n",
        ),
        passes=("## Why the ferry takes on the cars first\n",),
    ),
    Rule(
        id="style.repeated_start",
        severity=Severity.SUGGESTION,
        summary="Four sentences in a row in one paragraph begin with the same word.",
        reason="It sounds like a list that somebody forgot to make.",
        source="Yoast SEO, consecutive sentences (three); limit: measured",
        flagged=("We looked at the process. We looked at the tools. We looked at the people. We looked away.",),
        passes=(
            "We looked at the process. We looked at the tools. Nobody saw us. We looked away. We went home.",
            "- We look.\n- We see.\n- We think.\n- We go.\n",
        ),
    ),
    Rule(
        id="style.wordy",
        severity=Severity.SUGGESTION,
        summary="A long phrase for which there is a short one.",
        reason="The short one says the same.",
        source="plainlanguage.gov, use simple words and phrases",
        flagged=(
            "We stayed due to the fact that it rained.",
            "They utilize a pump.",
            "In the event that it rains, stay.",
        ),
        passes=("We stayed because it rained.", "The `utilize` flag sets it.", "The event that we saw was good."),
    ),
    Rule(
        id="style.filler",
        severity=Severity.SUGGESTION,
        summary="A phrase that says nothing, or that tells readers how easy something is.",
        reason="Whoever does not find it easy feels stupid; everybody else skips it.",
        source="Google developer documentation style guide, tone",
        flagged=("Needless to say, it rained.", "This is obviously wrong.", "It goes without saying that it rains."),
        passes=("It rained.", "It is not easy.", "The pump is simple."),
    ),
    Rule(
        id="style.weak_words",
        severity=Severity.SUGGESTION,
        summary="Words like very, really and quite stand in a post far more often than in others.",
        reason="Too many of them take the force out of what they should strengthen.",
        source="Strunk and White, avoid the use of qualifiers; limit (5 in 1,000 words, five at least): measured",
        flagged=("It is very cold and really quite wet. It is very, very late, and actually we are quite tired. " * 3,),
        passes=("It is very cold. " + _SHORT * 8, "It is very cold and really quite wet."),
    ),
    Rule(
        id="style.cliche",
        severity=Severity.SUGGESTION,
        summary="A worn figure of speech.",
        reason="Nobody sees a picture in it any more.",
        source="Orwell, Politics and the English Language (1946)",
        flagged=("At the end of the day, it rained.", "This is a real game-changer for us.", "It is no silver bullet."),
        passes=("The day ended with rain.", "We changed the game.", "The bullet was silver-plated."),
    ),
    Rule(
        id="style.inclusive",
        severity=Severity.SUGGESTION,
        summary="A word that shuts people out and has a plain replacement.",
        reason="Readers feel not meant, and the replacement is clearer.",
        source="Inclusive Naming Initiative; Google developer documentation style guide",
        flagged=(
            "Put the address on the blacklist.",
            "One server is the master and the others are slaves.",
            "A quick sanity check follows.",
            "Hey guys, look at this.",
        ),
        passes=(
            "Put the address on the blocklist.",
            "Merge it into master.",
            "She has a master's degree.",
            "Set `blacklist = []`.",
            "We met Deputy Chairman Duarte.",
        ),
    ),
)
