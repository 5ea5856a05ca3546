"""Which language a post is in, without a dictionary: the key `lang`, the path, then the share of English stop words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.post import Post

_STOP_WORDS = frozenset("the of and to in a is that for it as with on be this are by an or from you we can not".split())


def language_of(post: Post) -> str:
    """The code of the language, or `und`."""
    for key in ("lang", "language", "locale"):
        given = post.front.data.get(key)
        if isinstance(given, str) and given.strip():
            return given.strip().lower().replace("_", "-").partition("-")[0]
    words = [w.lower() for s in post.segments for w in s.words][:3000]
    if not words or sum(w in _STOP_WORDS for w in words) > 0.15 * len(words):
        return "en"
    return "und"
