"""Front matter and what search engines show of a post: title, description, address, date.

`check` reads a post alone. Whether a date is in the future changes with the day, so `resolve` judges it, uncached.
Outputs: `date`, `[ISO date, line, column, end_line, end_column, match]`, of a post that has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from copydesk.checks.load import made_by_template
from copydesk.checks.seo_rules import RULES
from copydesk.place import finding_at, place_in
from copydesk.report import Finding, StepResult
from copydesk.site_index import stem_and_date
from copydesk.step import Step, StepContext

if TYPE_CHECKING:
    from copydesk.post import Post
    from copydesk.site import Site

__all__ = ["LIMITS", "RULES", "STEP", "check", "resolve"]

STEP = Step(
    name="seo",
    version="4",
    description="Front matter and search: title, description, address, date, length.",
    check="copydesk.checks.seo:check",
    resolve="copydesk.checks.seo:resolve",
    rules="copydesk.checks.seo:RULES",
)

LIMITS = {
    "seo.title_length": 70,  # characters
    "seo.description_short": 50,  # characters
    "seo.description_long": 320,  # characters
    "seo.short_post": 100,  # words
    "seo.long_post": 8_000,  # words
}
"""Limits that `thresholds` of the workflow file may replace: 95 of 100 published posts keep within each of them."""

_SEVERITY = {rule.id: rule.severity for rule in RULES}
# Japanese, Chinese, Korean, Thai ...: words cannot be counted by spaces, and sentences need fewer characters.
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:$|[T\s].*)", re.DOTALL)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:$|[T\s,].*)", re.DOTALL)
_MONTH_NAME = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_NAME_SECOND = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})\b")
_YEAR_OR_MONTH = re.compile(r"\d{4}(?:-\d{2})?")
_MACHINE = re.compile(r"[\d\s:.TZ+-]{8,}|\d{8,14}")
_UNSAFE = re.compile(r"[\s?#%&<>\"'`{}|\\^\[\]()!*,;:@=+$]")


def check(post: Post, context: StepContext) -> StepResult:
    """Findings on front matter, and the post's date for `resolve`."""
    limits = {**LIMITS, **context.thresholds}
    if post.front.problem is not None:  # the step `load` says so; what is in there cannot be judged
        return StepResult()
    findings = [
        *_required(post, context),
        *_title(post, context, limits),
        *_description(post, context, limits),
        *_slug(post),
        *_draft(post),
        *_length(post, limits),
    ]
    outputs: dict[str, Any] = {}
    dated = post.field("date", context.keys)
    if dated is not None:
        value = dated.value.strip()
        found = read_date(value)
        if found is None and not _cannot_tell(value):
            findings.append(_on(post, "seo.date", dated.span.start, dated.span.end, f"'{value[:60]}' is no date."))
        elif found is not None:
            span = dated.span
            outputs["date"] = [found.isoformat(), *place_in(post, span.start, span.end)]
    return StepResult(findings=tuple(sorted(findings, key=lambda f: (f.line, f.column, f.check))), outputs=outputs)


def resolve(results: Mapping[str, StepResult], site: Site, context: StepContext) -> dict[str, list[Finding]]:
    """Name the posts whose date is more than a day ahead (somewhere on Earth it is tomorrow already)."""
    today = datetime.now(UTC).date()
    found = {}
    for path, result in results.items():
        dated = result.outputs.get("date")
        if not dated:
            continue
        day, *place = dated
        if (date.fromisoformat(day) - today).days > 1:
            message = f"The date {day} is in the future: generators hold the post back until then."
            found[path] = [finding_at(place, "seo.future_date", _SEVERITY["seo.future_date"], message)]
    return found


def read_date(text: str) -> date | None:
    """The day that a date of a front matter names; None when it names none, or none that exists."""
    for pattern, order in ((_YEAR_FIRST, (1, 3, 4)), (_YEAR_LAST, (4, 3, 1))):
        match = pattern.fullmatch(text)
        if match:
            year, month, day = (int(match[n]) for n in order)
            if order[0] == 4 and month > 12:  # 03/25/2026, as in the United States
                month, day = day, month
            return _day(year, month, day)
    match = _MONTH_NAME.search(text)
    if match and match[1].lower() in _MONTHS:
        return _day(int(match[3]), _MONTHS[match[1].lower()], int(match[2]))
    match = _NAME_SECOND.search(text)
    if match and match[2].lower() in _MONTHS:
        return _day(int(match[3]), _MONTHS[match[2].lower()], int(match[1]))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _cannot_tell(text: str) -> bool:
    """Whether a date that was not read may be right nevertheless: a template, a year, a time stamp."""
    if "{{" in text or "{%" in text or _YEAR_OR_MONTH.fullmatch(text):
        return True
    return bool(_MACHINE.fullmatch(text)) and not _YEAR_FIRST.fullmatch(text)


def _required(post: Post, context: StepContext) -> Iterator[Finding]:
    required = context.options.get("required", ("title",))
    for name in (required,) if isinstance(required, str) else required:
        name = str(name)
        present = post.value(name, context.keys)
        if name == "title" and made_by_template(post):
            continue
        if present is None and not (name == "title" and _has_title(post)):
            keys = " or ".join(f"`{key}`" for key in post.keys_of(name, context.keys))
            where = "a heading of level 1 or " if name == "title" else ""
            yield _on(post, "seo.required_key", 0, 0, f"The post has no {name}: add {where}{keys} to its front matter.")


def _has_title(post: Post) -> bool:
    """By a heading, or because Jekyll makes a title of `2026-05-04-open-evening.md`."""
    return post.title is not None or bool(stem_and_date(post.path)[1])


def _title(post: Post, context: StepContext, limits: Mapping[str, float]) -> Iterator[Finding]:
    title = post.field("title", context.keys) or post.title
    if title is None:
        return
    start, end = title.span.start, title.span.end
    length = len(title.value.strip())
    if length > limits["seo.title_length"]:
        message = f"The title has {length} characters; search results show about 60."
        yield _on(post, "seo.title_length", start, end, message)
    words = re.findall(r"[^\W\d_]+", title.value)
    capitals = [w for w in words if len(w) > 3 and w.isupper()]
    if (len(capitals) >= 3 and all(w.isupper() for w in words)) or "!!" in title.value:
        yield _on(post, "seo.title_shouting", start, end, "The title shouts. Use small letters and at most one '!'.")
    if title.key:
        for heading in post.headings:
            if heading.level == 1 and _same(heading.text, title.value):
                message = "This heading repeats the title of the front matter: most themes print both."
                yield _on(post, "seo.duplicate_h1", heading.span.start, heading.span.end, message)


def _description(post: Post, context: StepContext, limits: Mapping[str, float]) -> Iterator[Finding]:
    description = post.field("description", context.keys)
    if description is None:
        if post.front.format is not None and post.value("description", context.keys) is None:
            message = "The post has no description: search results will show a sentence of their own choice."
            yield _on(post, "seo.description_missing", 0, 0, message)
        return
    text = description.value.strip()
    start, end = description.span.start, description.span.end
    title = post.field("title", context.keys)
    if title is not None and _same(title.value, text):
        yield _on(post, "seo.description_is_title", start, end, "The description only repeats the title.")
    elif len(text) > limits["seo.description_long"]:
        message = f"The description has {len(text)} characters; search results show about 156."
        yield _on(post, "seo.description_long", start, end, message)
    elif len(text) < limits["seo.description_short"] and not _WITHOUT_SPACES.search(text):
        message = f"The description has {len(text)} characters; search results have room for about 156."
        yield _on(post, "seo.description_short", start, end, message)


def _slug(post: Post) -> Iterator[Finding]:
    slug = post.field("slug")
    if slug is not None:
        text = slug.value.strip()
        if "{" not in text and (_UNSAFE.search(text) or text != text.lower()):
            message = f"The slug '{text[:60]}' has capitals, spaces or characters that an address must encode."
            yield _on(post, "seo.slug", slug.span.start, slug.span.end, message, _slugified(text))
        return
    if any(post.front.data.get(key) for key in ("path", "permalink", "url")):
        return
    folder, _, name = post.path.replace("\\", "/").rpartition("/")
    stem = name.rpartition(".")[0] or name
    if stem in ("index", "_index"):
        stem = folder.rpartition("/")[2]
    if _UNSAFE.search(stem):
        message = f"The file name '{stem[:60]}' has spaces or characters that an address must encode."
        yield _on(post, "seo.slug", 0, 0, message)


def _draft(post: Post) -> Iterator[Finding]:
    data = post.front.data
    for key, value in (("draft", True), ("published", False)):
        if data.get(key) is value or str(data.get(key)).lower() == str(value).lower():
            span = post.front.span_of(key)
            start, end = (span.start, span.end) if span else _line_of(post, key)
            message = f"`{key}` is {str(value).lower()}: generators leave the post out."
            yield _on(post, "seo.draft", start, end, message)


def _line_of(post: Post, key: str) -> tuple[int, int]:
    front = post.text[post.front.span.start : post.front.span.end]
    match = re.search(rf"^[\"']?{key}[\"']?\s*[:=][^\r\n]*", front, re.MULTILINE)
    return (post.front.span.start + match.start(), post.front.span.start + match.end()) if match else (0, 0)


def _length(post: Post, limits: Mapping[str, float]) -> Iterator[Finding]:
    if 0 < post.words < limits["seo.short_post"] and not _WITHOUT_SPACES.search(post.text, post.body.start):
        yield _on(post, "seo.short_post", 0, 0, f"The post has {post.words} words: searchers find little in it.")
    if post.words > limits["seo.long_post"]:
        message = f"The post has {post.words:,} words. Few readers reach its end: make several posts of it."
        yield _on(post, "seo.long_post", 0, 0, message)


def _same(one: str, other: str) -> bool:
    return _letters(one) == _letters(other) != ""


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _slugified(text: str) -> tuple[str, ...]:
    slug = re.sub(r"-{2,}", "-", re.sub(r"[^\w/.-]|_", "-", text.lower())).strip("-")
    return (slug,) if slug else ()


def _on(post: Post, check_id: str, start: int, end: int, message: str, suggestions: tuple[str, ...] = ()) -> Finding:
    return post.finding(check_id, _SEVERITY[check_id], start, end, message, suggestions)
