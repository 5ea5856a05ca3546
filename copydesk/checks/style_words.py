"""The words that the step `style` knows, written for this project: what each is and what to write in its place.

Phrases match whole words, case aside. Chosen to be right nearly always in technical posts: a word that has an innocent
use as often as a careless one (`just`, `dummy`, `abort`, `native`) is not here.
"""

from __future__ import annotations

# Long for short. Sources for the kind of entry: plainlanguage.gov, "Use simple words and phrases"; Strunk, "Omit
# needless words". An empty replacement: leave it out.
WORDY: dict[str, str] = {
    "a large number of": "many",
    "a majority of": "most",
    "a number of various": "several",
    "absolutely essential": "essential",
    "as a consequence of": "because of",
    "as a means of": "to",
    "as of yet": "yet",
    "at the present time": "now",
    "at this moment in time": "now",
    "at this point in time": "now",
    "by means of": "by",
    "by virtue of": "by",
    "completely eliminate": "eliminate",
    "despite the fact that": "although",
    "due to the fact that": "because",
    "during the course of": "during",
    "each and every": "each",
    "end result": "result",
    "first and foremost": "first",
    "for the purpose of": "for",
    "for the reason that": "because",
    "has the ability to": "can",
    "have the ability to": "can",
    "in a manner of speaking": "",
    "in a timely manner": "promptly",
    "in advance of": "before",
    "in close proximity to": "near",
    "in light of the fact that": "because",
    "in spite of the fact that": "although",
    "in the course of": "during",
    "in the event that": "if",
    "in the near future": "soon",
    "in the process of": "",
    "is able to": "can",
    "is in possession of": "has",
    "it is important to note that": "",
    "it should be noted that": "",
    "on a daily basis": "daily",
    "on a monthly basis": "monthly",
    "on a regular basis": "regularly",
    "on a weekly basis": "weekly",
    "on the grounds that": "because",
    "over the course of": "during",
    "owing to the fact that": "because",
    "prior to": "before",
    "subsequent to": "after",
    "take into consideration": "consider",
    "the fact of the matter is": "",
    "the vast majority of": "most",
    "until such time as": "until",
    "utilization of": "use of",
    "utilize": "use",
    "utilized": "used",
    "utilizes": "uses",
    "utilizing": "using",
    "with regard to": "about",
    "with regards to": "about",
    "with the exception of": "except",
}

# Phrases that say nothing, or tell readers how they should feel about it. Google developer documentation style guide,
# "Write inclusive documentation" and "Voice and tone": nothing is easy for everybody.
FILLER: tuple[str, ...] = (
    "as everybody knows",
    "as everyone knows",
    "as we all know",
    "as you may already know",
    "for all intents and purposes",
    "goes without saying",
    "in my humble opinion",
    "it is needless to say",
    "needless to say",
    "obviously",
    "it is obvious that",
    "it's no secret that",
    "simple matter of",
    "to be perfectly honest",
    "truth be told",
    "when all is said and done",
)

# Single words that add little. Never flagged one by one: only a post with far more of them than others is told.
WEAK = frozenset({"very", "really", "quite", "basically", "actually", "simply", "extremely", "totally"})

# Orwell, "Politics and the English Language" (1946), rule one: no figure of speech that you are used to see in print.
CLICHES: tuple[str, ...] = (
    "a perfect storm",
    "at the end of the day",
    "avoid like the plague",
    "back to the drawing board",
    "ballpark figure",
    "best of both worlds",
    "boil the ocean",
    "crystal clear",
    "cutting edge",
    "cutting-edge",
    "fast-paced world",
    "game changer",
    "game-changer",
    "game-changing",
    "get the ball rolling",
    "good time was had by all",
    "hit the ground running",
    "in a nutshell",
    "in this day and age",
    "it is what it is",
    "last but not least",
    "level playing field",
    "low hanging fruit",
    "low-hanging fruit",
    "move the needle",
    "only time will tell",
    "paradigm shift",
    "push the envelope",
    "pushing the envelope",
    "rocket science",
    "silver bullet",
    "since the dawn of time",
    "the best of both worlds",
    "the elephant in the room",
    "the tip of the iceberg",
    "think outside the box",
    "tip of the iceberg",
    "tried and true",
    "when push comes to shove",
    "win-win",
)

# Inclusive Naming Initiative word lists (tier 1), Google developer documentation style guide, "Write inclusive
# documentation", and APA style, "Bias-free language".
INCLUSIVE: dict[str, tuple[str, ...]] = {
    "blacklist": ("blocklist", "denylist"),
    "blacklisted": ("blocked",),
    "blacklists": ("blocklists", "denylists"),
    "blacklisting": ("blocklisting",),
    "whitelist": ("allowlist",),
    "whitelisted": ("allowed",),
    "whitelists": ("allowlists",),
    "whitelisting": ("allowlisting",),
    "sanity check": ("quick check", "confidence check"),
    "sanity checks": ("quick checks", "confidence checks"),
    "sanity-check": ("check",),
    "manpower": ("staff", "people"),
    "man hours": ("hours of work",),
    "man-hours": ("hours of work",),
    "man-hour": ("hour of work",),
    "man-made": ("artificial",),
    "mankind": ("humanity",),
    "chairman": ("chair",),
    "chairmen": ("chairs",),
    "middleman": ("intermediary",),
    "middlemen": ("intermediaries",),
    "hey guys": ("hello everyone",),
    "hi guys": ("hello everyone",),
    "you guys": ("you",),
    "the guys from": ("the people from",),
    "webmaster": ("site owner",),
    "housekeeping staff": ("cleaning staff",),
    "grandfathered in": ("exempt",),
    "grandfathered": ("exempt", "legacy"),
    "crazy": ("surprising",),
    "insane": ("extreme",),
    "insanely": ("extremely",),
    "tone deaf": ("insensitive",),
    "tone-deaf": ("insensitive",),
    "spirit animal": ("role model",),
    "wheelchair bound": ("who uses a wheelchair",),
    "wheelchair-bound": ("who uses a wheelchair",),
    "suffers from autism": ("is autistic",),
    "third world country": ("developing country",),
    "third-world country": ("developing country",),
}

# Careless only as a pair: `master` alone is a branch, a degree or a recording.
INCLUSIVE_PAIR = ("master", "slave")

# Past participles that do not end in -ed, for the passive voice.
_PARTICIPLES = """
    beaten begun bent bitten blown born borne bought bound bred broken brought built burnt burst cast caught chosen
    cut dealt done drawn driven eaten fed felt fought found forbidden forgotten forgiven frozen given ground grown
    heard held hidden hit hurt kept known laid learnt led left lent lit lost made meant met mistaken overcome
    overridden overwritten paid proven put read rebuilt redone reset rewritten ridden run said seen sent set sewn
    shaken shed shot shown shut sold sought spent split spoken spread spun stolen struck stuck sung sunk sworn swept
    taken taught thought thrown told torn understood undone upheld woken won worn woven written
"""
PARTICIPLES: frozenset[str] = frozenset(_PARTICIPLES.split())

# Participles that are adjectives after a form of `to be` nearly always: no action that somebody does.
_ADJECTIVES = """
    advanced aged amazed ashamed based biased bored committed complicated concerned confused connected convinced
    dedicated delighted detailed determined disappointed distributed embarrassed engaged excited experienced frustrated
    honored honoured humbled impressed interested interrelated involved limited located married motivated mixed outdated
    overwhelmed pleased prepared privileged related relieved retired satisfied scared skilled sophisticated supposed
    surprised talented thrilled tired unchanged undecided unexpected unlimited unprecedented unrelated used varied
    worried
"""
ADJECTIVES: frozenset[str] = frozenset(_ADJECTIVES.split())
