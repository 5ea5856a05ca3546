"""External links, looked up on the network: where the workflow lists the step, or with `--external`.

`check` collects a post's links, which its content decides; `resolve` asks the network about those of all posts at once,
each address once, in this process: nothing here runs what a server sends. A fault that may pass is raised as one that
deserves another attempt, so that the step's retry policy decides how patient a review is; answers are kept meanwhile.

Options: `max_age_hours` (168) of an answer that is remembered; `budget_seconds` (240) of one attempt; `skip_hosts`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copydesk.errors import RetriableError, UsageError
from copydesk.link_lookup import Answer, Lookup, Outcome
from copydesk.link_memory import LinkMemory
from copydesk.place import finding_at, place_in, shortened
from copydesk.report import Finding, Severity, StepResult
from copydesk.rules import Rule
from copydesk.settings import settings
from copydesk.step import Step, StepContext
from copydesk.workflow import Priority, RetryPolicy

if TYPE_CHECKING:
    from copydesk.post import Post
    from copydesk.site import Site

__all__ = ["RULES", "STEP", "check", "prepare", "resolve"]

STEP = Step(
    name="external_links",
    version="1",
    description="Links to other sites, looked up on the network.",
    check="copydesk.checks.external_links:check",
    resolve="copydesk.checks.external_links:resolve",
    prepare="copydesk.checks.external_links:prepare",
    rules="copydesk.checks.external_links:RULES",
    priority=Priority.LOW,
    retry=RetryPolicy(max_retries=2, base_delay=5, backoff_multiplier=3, max_delay=60),
)

RULES = (
    Rule(
        id="external_links.broken",
        severity=Severity.WARNING,
        summary="A link to a page or host that does not exist: 404, 410, or a name that nobody has.",
        reason="Readers follow a link because the post promises something there.",
        source="RFC 9110 (404 and 410); asked by HEAD, then by GET.",
        flagged=("[Gone](http://blog.site/gone)\n", "[Nobody](http://nobody.site/)\n"),
        passes=(
            "[Here](http://blog.site/)\n",
            "[A wall](http://blog.site/wall)\n",
            "[Busy](http://blog.site/busy)\n",
            "[Sent on](http://blog.site/moved)\n",
            "```\ncurl http://blog.site/gone\n```\n",
        ),
    ),
    Rule(
        id="external_links.no_answer",
        severity=Severity.SUGGESTION,
        summary="A link whose server did not answer, on any attempt.",
        reason="It may be down for an hour or for ever: worth a look before publishing.",
        source="Timeouts, broken connections and the answers 500 to 504, after the retries of the step.",
        flagged=("[Broken](http://blog.site/broken)\n",),
        passes=("[Here](http://blog.site/)\n", "[Gone](http://blog.site/gone)\n"),
    ),
    Rule(
        id="external_links.certificate",
        severity=Severity.WARNING,
        summary="A link to a host whose certificate is expired, for another host, or signed by itself.",
        reason="Browsers show readers an alarm in place of the page.",
        source="TLS; a chain that is incomplete is not flagged, since browsers complete it.",
        flagged=("[Alarm](https://alarm.site/)\n",),
        passes=("[Here](http://blog.site/)\n",),
    ),
    Rule(
        id="external_links.not_public",
        severity=Severity.WARNING,
        summary="A link that leads, itself or by a redirect, to an address that is not of the public internet.",
        reason="Readers cannot reach it; it was not looked up.",
        source="The IANA registries of special-purpose addresses.",
        flagged=("[Inside](http://inside.site/)\n", "[Sent inside](http://blog.site/inside)\n"),
        passes=("[Here](http://blog.site/)\n", "[Port](http://inside.site:8080/)\n"),
    ),
    Rule(
        id="external_links.not_looked_up",
        severity=Severity.SUGGESTION,
        summary="There was no time to look up all links of this post.",
        reason="The next review goes on where this one ended; `budget_seconds` gives it more time.",
        source="The step's budget.",
        flagged=("[Never](http://never.site/)\n",),
        passes=("[Here](http://blog.site/)\n",),
    ),
    Rule(
        id="external_links.moved",
        severity=Severity.SUGGESTION,
        summary="A link that is sent on for good to another address.",
        reason="Redirects are given up one day, and the link is broken then.",
        source="RFC 9110 (301 and 308). Off by default: most readers never notice.",
        flagged=("[Moved](http://blog.site/moved)\n",),
        passes=("[For now](http://blog.site/elsewhere)\n", "[Here](http://blog.site/)\n"),
        enabled=False,
    ),
)

_SEVERITY = {rule.id: rule.severity for rule in RULES}
_CHECKS = {
    Outcome.GONE: "external_links.broken",
    Outcome.NO_HOST: "external_links.broken",
    Outcome.NO_ANSWER: "external_links.no_answer",
    Outcome.BAD_CERTIFICATE: "external_links.certificate",
    Outcome.REFUSED: "external_links.not_public",
}
_MAX_LINKS = 500  # of a post
_MAX_LENGTH = 2_000
_ENOUGH_HOSTS = 3  # without an answer from any of so many, it is us who have no network


def prepare(options: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The options, checked; raises `UsageError`."""
    for key, value in options.items():
        if key == "skip_hosts" and isinstance(value, list) and all(isinstance(host, str) for host in value):
            continue
        if key in ("max_age_hours", "budget_seconds") and isinstance(value, (int, float)) and 0 <= value <= 1e6:
            continue
        raise UsageError(
            f"external_links: {key}: {value!r} cannot be used. The options are `max_age_hours` and `budget_seconds`, "
            "numbers, and `skip_hosts`, a list of names."
        )
    return options


def check(post: Post, context: StepContext) -> StepResult:
    """The external links of a post, as outputs: `[address, line, column, end line, end column, match]` each."""
    links = []
    for link in post.links:
        destination = link.destination.strip()
        if destination.startswith("//"):
            destination = "https:" + destination
        if not destination.lower().startswith(("http://", "https://")) or len(destination) > _MAX_LENGTH:
            continue
        if any(mark in destination for mark in ("{{", "{%", "${")):
            continue
        span = link.destination_span if len(link.destination_span) else link.span
        place = place_in(post, span.start, span.end)
        links.append([destination, *place])
    return StepResult(outputs={"links": links[:_MAX_LINKS]})


async def resolve(
    results: Mapping[str, StepResult], site: Site, context: StepContext, lookup: Lookup | None = None
) -> dict[str, list[Finding]]:
    """What the network says of the links. Raises `RetriableError` where another attempt may know more."""
    skipped = tuple(str(host).lower() for host in context.options.get("skip_hosts", ()))
    addresses = {_address(link): None for r in results.values() for link in r.outputs.get("links", ())}
    wanted = [url for url in addresses if not _is_of(url, skipped)]
    memory = LinkMemory(settings().cache_dir)
    max_age = float(context.options.get("max_age_hours", 168)) * 3_600
    answers = await asyncio.to_thread(memory.recall, wanted, max_age)
    missing = [url for url in wanted if url not in answers]
    fresh: dict[str, Answer] = {}
    if missing:
        try:
            budget = float(context.options.get("budget_seconds", 240))
            await (lookup or Lookup()).look_up_all(missing, budget, fresh.__setitem__)
        finally:
            await asyncio.to_thread(memory.remember, fresh)
    _raise_what_may_pass(missing, fresh, last=context.last_attempt)
    answers |= fresh
    found: dict[str, list[Finding]] = {}
    for path, result in results.items():
        findings = []
        unknown = 0
        for link in result.outputs.get("links", ()):
            url = _address(link)
            if url in answers:
                findings += _judged(link, url, answers[url])
            else:
                unknown += not _is_of(url, skipped)
        if unknown:
            check_id = "external_links.not_looked_up"
            message = (
                f"{unknown} external link{'s' if unknown > 1 else ''} of this post could not be looked up in time."
            )
            findings.append(Finding(check=check_id, severity=_SEVERITY[check_id], message=message))
        if findings:
            found[path] = findings
    return found


def _raise_what_may_pass(asked: Sequence[str], fresh: Mapping[str, Answer], *, last: bool) -> None:
    silent = [url for url in asked if url in fresh and fresh[url].outcome in (Outcome.NO_ANSWER, Outcome.NO_HOST)]
    if len({_host(url) for url in silent}) >= _ENOUGH_HOSTS and len(silent) == len(fresh):
        raise RetriableError(f"none of {len(silent)} external links could be reached: there seems to be no network")
    waiting = [url for url in silent if fresh[url].outcome is Outcome.NO_ANSWER]
    unasked = len(asked) - len(fresh)
    if not last and (waiting or unasked):
        said = f"{waiting[0]}: {fresh[waiting[0]].reason}" if waiting else "the time was over"
        raise RetriableError(f"{len(waiting) + unasked} of {len(asked)} external links did not answer: {said}")


def _judged(link: Sequence[Any], url: str, answer: Answer) -> list[Finding]:
    check_id = _CHECKS.get(answer.outcome)
    suggestions: tuple[str, ...] = ()
    if check_id is not None:
        message = f"{shortened(url)}: {answer.reason}."
    elif answer.moved_to:
        check_id, suggestions = "external_links.moved", (answer.moved_to,)
        message = f"{shortened(url)} has moved to {shortened(answer.moved_to)}."
    else:
        return []
    return [finding_at(link[1:], check_id, _SEVERITY[check_id], message, suggestions)]


def _address(link: Sequence[Any]) -> str:
    return str(link[0]).partition("#")[0]


def _host(url: str) -> str:
    return url.partition("//")[2].partition("/")[0].lower()


def _is_of(url: str, hosts: Sequence[str]) -> bool:
    host = _host(url).partition(":")[0]
    return any(host == name or host.endswith("." + name) for name in hosts)
