"""Links, images and anchors, without network.

`check` reads a post alone, so that its answer can be cached by content; it says what is wrong with a link whatever
stands around it, and hands on (`outputs`) what only the whole site can judge. `resolve` judges that, for all posts of
a run, against the files that are there now.

Outputs: `links`, a list of `[destination, is_image, line, column, end_line, end_column, match]` of destinations inside
the site; `anchors`, the post's own anchors (see `copydesk.anchors`); `complete`, whether these are all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from copydesk.anchors import Anchors, anchors_of
from copydesk.checks.links_rules import RULES
from copydesk.place import Place, finding_at, place_in, shortened
from copydesk.priority import Priority
from copydesk.report import Finding, StepResult
from copydesk.site_index import MEDIA, POSTS
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.links import Link
    from copydesk.post import Post
    from copydesk.site import Site, Target

__all__ = ["RULES", "STEP", "check", "resolve"]

STEP = Step(
    name="links",
    version="2",
    description="Links, images and anchors inside the site, and addresses that cannot work.",
    check="copydesk.checks.links:check",
    resolve="copydesk.checks.links:resolve",
    rules="copydesk.checks.links:RULES",
    priority=Priority.LOW,
)

_SEVERITY = {rule.id: rule.severity for rule in RULES}
_MAX_LINKS = 5_000  # a page has some hundred; what is beyond is not judged
_MAX_BROKEN = 200  # of a kind, in a post; looking for what was meant costs some milliseconds each

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):")
_SLIP = re.compile(r"https?(?::/?|;//|\.//|//)(?=\w)", re.IGNORECASE)
_SLASHES = re.compile(r"https?:/{3,}\w", re.IGNORECASE)
_TWICE = re.compile(r"https?:/{0,3}https?:?/{1,3}", re.IGNORECASE)
_HOST = re.compile(
    r"(?:www\.[\w-]{1,63}\.[a-z]{2,10}|[\w-]{2,63}(?:\.[\w-]{2,63}){0,3}\.(?:com|org|net|gov|edu))(?:/|$)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_LOCAL = re.compile(
    r"https?://(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\])(?=[:/?#]|$)|file:|[A-Za-z]:[\\/]",
    re.I,
)
# Names that only a machine or a network of one's own knows (RFC 6761, 6762, 8375) have no certificate.
_INSECURE = re.compile(
    r"http://(?!(?:[\w.-]{0,200}\.)?(?:localhost|local|test|internal|home\.arpa)(?:[:/]|$)"
    r"|127\.|0\.0\.0\.0|10\.|192\.168\.|\[::1\])[^/]",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{|\{%|\$\{")
# Two pairs of brackets in prose; `x[0][1]` is code that lost its backticks.
_FULL_REFERENCE = re.compile(r"(?<![\w\])`\\])\[([^\[\]\n]{1,300})\]\[([^\[\]\n]{1,100})\](?![\[(:])")
_DEFINITION = re.compile(r"\[([^\[\]\n]{1,300})\]:")
_FOOTNOTE = re.compile(r"(?<![\w\])`\\])\[\^([^\s\[\]]{1,60})\](?!:)")


def check(post: Post, context: StepContext) -> StepResult:
    """What a post's own text tells of its links; never reads anything else."""
    own = anchors_of(post.text, mdx=post.mdx)
    findings = [*islice(_undefined(post), _MAX_BROKEN)]
    inside: list[list[Any]] = []
    insecure: list[Link] = []
    external = broken = 0
    for link in post.links[:_MAX_LINKS]:
        destination = link.destination.strip()
        problem = _problem(post, link, destination)
        if problem is not None:
            findings.append(problem)
        elif _is_external(destination):
            external += 1
            if _INSECURE.match(destination) and not link.is_image:
                insecure.append(link)
        elif destination.startswith("#"):
            if broken < _MAX_BROKEN and own.has(destination[1:]) is False:
                broken += 1
                findings.append(_broken_anchor(post, link, destination))
        elif destination:
            inside.append([destination, link.is_image, *_place(post, link)])
    if insecure:
        findings.append(_insecure(post, insecure))
    return StepResult(
        findings=tuple(sorted(findings, key=lambda f: (f.line, f.column, f.check))),
        outputs={"links": inside, "anchors": sorted(own.keys), "complete": own.complete},
        measures={"links": len(post.links), "external_links": external},
    )


def resolve(results: Mapping[str, StepResult], site: Site, context: StepContext) -> dict[str, list[Finding]]:
    """Judge the links inside the site against its files. `results` are those of `check`, by the path of the post."""
    for path, result in results.items():
        if "anchors" in result.outputs:
            site.know_anchors(path, Anchors(frozenset(result.outputs["anchors"]), bool(result.outputs["complete"])))
    found = {}
    for path, result in results.items():
        judged = (_judge(path, link, site) for link in result.outputs.get("links", ()))
        findings = list(islice((finding for finding in judged if finding is not None), _MAX_BROKEN))
        if findings:
            found[path] = findings
    return found


def _problem(post: Post, link: Link, destination: str) -> Finding | None:
    """What is wrong with a link whatever is around the post."""
    what = "image" if link.is_image else "link"
    if not destination:
        if link.kind == "html":  # a place to jump to, or filled in by a script
            return None
        return _finding(post, link, "links.empty", f"This {what} has no address.", whole=True)
    if _TEMPLATE.search(destination):
        return None
    if not link.is_image and link.kind == "inline" and not link.text.strip() and not _holds_something(post, link):
        return _finding(post, link, "links.empty", "This link has no text: nobody can see or click it.", whole=True)
    repaired = _repaired(destination)
    if repaired:
        return _finding(post, link, "links.malformed_url", f"'{shortened(destination)}' is no address.", [repaired])
    local = _LOCAL.match(destination)
    # An address in its own words (`[http://localhost:8080](http://localhost:8080)`) tells readers of a tutorial where
    # to look on their machine.
    if local and not (link.kind in ("autolink", "bare") or "localhost" in link.text or "127.0.0.1" in link.text):
        return _finding(
            post, link, "links.local_address", f"'{shortened(destination)}' works on the author's computer only."
        )
    return None


def _repaired(destination: str) -> str:
    """The address that a slip of the keyboard was meant to be; empty when there is no slip."""
    twice = _TWICE.match(destination)
    if twice:
        scheme = "https://" if "https" in destination[4 : twice.end()].lower() else "http://"
        return scheme + destination[twice.end() :]
    if _SLASHES.match(destination):
        scheme, _, rest = destination.partition(":")
        return f"{scheme.lower()}://{rest.lstrip('/')}"
    slip = _SLIP.match(destination)
    if slip:
        return ("https://" if "s" in slip[0].lower() else "http://") + destination[slip.end() :]
    scheme_match = _SCHEME.match(destination)
    if scheme_match and destination[scheme_match.end() :].startswith("//") and _is_like_http(scheme_match[1]):
        return "https" + destination[scheme_match.end() - 1 :]
    if _MAIL.fullmatch(destination) and not destination.lower().endswith((*MEDIA, *POSTS)):  # picture@2x.png
        return f"mailto:{destination}"
    if _HOST.match(destination):
        return f"https://{destination}"
    return ""


def _is_like_http(scheme: str) -> bool:
    """Whether a scheme is a misspelling of http or https (the same letters, one too few or two exchanged)."""
    scheme = scheme.lower()
    return scheme not in ("http", "https") and scheme in (
        *("htps", "htp", "htttp", "htttps", "hhttp", "hhttps", "hppt", "hppts", "httpss", "httpp", "httpps", "ttp"),
        *("ttps", "hhtp", "hhtps", "hthp", "htpps", "httsp", "httos", "jttp", "jttps", "thttps", "https-", "hhtpps"),
    )


def _is_external(destination: str) -> bool:
    return destination.startswith("//") or (_SCHEME.match(destination) is not None)


def _holds_something(post: Post, link: Link) -> bool:
    """Whether a link without words holds a picture, code or HTML."""
    return bool(re.search(r"[!`<{&\ufffc]|[^\s\[\]()]", post.text[link.span.start : link.destination_span.start - 2]))


def _undefined(post: Post) -> Iterator[Finding]:
    """References and footnotes without a definition; the parser takes these for plain text."""
    masked = post.masked
    if "][" not in masked and "[^" not in masked:
        return
    defined = {_label(m[1]) for m in _DEFINITION.finditer(post.text)}
    for match in _FULL_REFERENCE.finditer(masked, post.body.start):
        label = post.text[match.start(2) : match.end(2)]
        words = post.text[match.start(1) : match.end(1)]
        # Labels name something: `[0][1]`, `[x][y]` and `[ ][ ]` are something else.
        if _label(label) in defined or not re.search(r"[^\W\d_]{2}", label) or not re.search(r"[^\W\d_]{2}", words):
            continue
        message = f"Nothing defines the reference '{shortened(label)}', so readers see the brackets."
        yield post.finding("links.undefined_reference", _SEVERITY["links.undefined_reference"], *match.span(), message)
    for match in _FOOTNOTE.finditer(masked, post.body.start):
        if _label("^" + match[1]) in defined:
            continue
        message = f"There is no footnote '{shortened(match[1])}'."
        yield post.finding("links.undefined_footnote", _SEVERITY["links.undefined_footnote"], *match.span(), message)


def _label(text: str) -> str:
    return " ".join(text.split()).casefold()


def _judge(path: str, link: Sequence[Any], site: Site) -> Finding | None:
    destination, is_image = str(link[0]), bool(link[1])
    target = site.resolve(destination, path)
    shown = shortened(destination)
    if target.outcome == "escapes":
        return _at(link, "links.path_escape", f"'{shown}' leads out of the site; it was not looked up.")
    if target.outcome == "unknown_post":
        return _at(link, "links.unknown_post", f"No post of this site is known by the address '{shown}'.")
    if target.outcome == "missing":
        suggestions = [_with_anchor_of(destination, target)] if target.hint else []
        if is_image:
            return _at(link, "links.broken_image", f"There is no file '{shown}'.", suggestions)
        return _at(link, "links.broken_link", f"There is no post or file '{shown}'.", suggestions)
    if target.outcome == "found" and target.anchor and not is_image:
        anchors = site.anchors(target.file)
        if anchors is not None and anchors.has(target.anchor) is False:
            name = target.file.replace("\\", "/").rpartition("/")[2]
            return _at(link, "links.broken_anchor", f"{name} has no heading or anchor '#{shortened(target.anchor)}'.")
    return None


def _with_anchor_of(destination: str, target: Target) -> str:
    if "{" in destination:
        return target.hint
    return target.hint + (f"#{target.anchor}" if target.anchor else "")


def _broken_anchor(post: Post, link: Link, destination: str) -> Finding:
    from difflib import get_close_matches

    slugs = [heading.slug for heading in post.headings][:500]
    close = get_close_matches(destination[1:].lower()[:100], slugs, n=1, cutoff=0.7)
    message = f"This post has no heading or anchor '{shortened(destination)}'."
    return _finding(post, link, "links.broken_anchor", message, [f"#{c}" for c in close])


def _insecure(post: Post, links: list[Link]) -> Finding:
    first, others = links[0], len(links) - 1
    more = f" So do {others} more links of this post." if others > 1 else " So does one more link." if others else ""
    message = f"This address is not encrypted (http).{more} Use https where the site has it."
    return _finding(post, first, "links.insecure_http", message)


def _place(post: Post, link: Link, *, whole: bool = False) -> Place:
    span = link.span if whole or not len(link.destination_span) else link.destination_span
    return place_in(post, span.start, span.end)


def _finding(
    post: Post, link: Link, check_id: str, message: str, suggestions: Sequence[str] = (), *, whole: bool = False
) -> Finding:
    return finding_at(_place(post, link, whole=whole), check_id, _SEVERITY[check_id], message, suggestions)


def _at(link: Sequence[Any], check_id: str, message: str, suggestions: Sequence[str] = ()) -> Finding:
    return finding_at(link[2:], check_id, _SEVERITY[check_id], message, suggestions)
