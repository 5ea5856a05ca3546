"""Apply the suggestions that are safe: of rules marked `fixable`, with exactly one suggestion, and in prose only.

Works on texts in memory, round after round until nothing is left to apply, so that a second call finds nothing to do;
then on files, one at a time and at once, and only while a file is still what was reviewed.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from copydesk.batch import Batch
from copydesk.direct import review_batch
from copydesk.errors import CopydeskError
from copydesk.loading import read_all
from copydesk.plan import Plan
from copydesk.post import Post
from copydesk.report import Finding
from copydesk.session import Session
from copydesk.source_post import SourcePost
from copydesk.steps import rules_of

MAX_ROUNDS = 5  # `the the the` needs two; a pair of rules that undo each other must not go on for ever

_BOM = b"\xef\xbb\xbf"
_MARKUP = frozenset('*_`[]()<>{}|\\#~!$&"\r\n\t')
_PLAIN = re.compile(r"[\w \-]+")  # what cannot break a value of the front matter, however it is quoted


_BEFORE = re.compile(r"[\w\-/@\\][*_~\[]{0,4}\Z")
_AFTER = re.compile(r"[*_~\]]{0,4}(?:\([^()\s]{0,2000}\)|\[[^\[\]]{0,200}\])?[*_~]{0,4}[\w\-/@\\]")
_ENOUGH_WORDS = 5


class FileChanged(CopydeskError):
    """A file is not what was reviewed any more; it was left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One suggestion: `text[start:end]` becomes `replacement`."""

    start: int
    end: int
    replacement: str
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPost:
    """A post and what it becomes. Both texts are without byte-order mark and with the line ends of the file."""

    path: str
    content_hash: str  # of the file that was reviewed
    before: str
    after: str
    checks: tuple[str, ...]  # of each suggestion that was applied

    def diff(self) -> str:
        """The change as a unified diff."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"a/{self.path}",
            f"b/{self.path}",
        )
        return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)

    def write(self) -> None:
        """Put the new text in the place of the old one, at once; its byte-order mark and permissions stay.

        Raises `FileChanged` when the file is not what was reviewed, and `OSError`.
        """
        real = Path(os.path.realpath(self.path))
        data = real.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.content_hash:
            raise FileChanged(f"{self.path} has changed since it was reviewed; it was left as it is.")
        mark = _BOM if data.startswith(_BOM) else b""
        handle, temporary = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name[:50]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(mark + self.after.encode())
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(real.stat().st_mode & 0o7777)
            Path(temporary).replace(real)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def fixable_checks(plan: Plan) -> frozenset[str]:
    """The ids of the rules whose suggestions may be applied unseen."""
    return frozenset(rule.id for step in plan.steps for rule in rules_of(step.step) if rule.fixable)


async def find_fixes(session: Session, plan: Plan, files: Sequence[str]) -> list[FixedPost]:
    """What the safe suggestions make of the posts, those that change only; nothing is written.

    Raises `Stopped` when the session was cancelled or the workflow's time was up.
    """
    checks = fixable_checks(plan)
    reduced = _only(plan, {check.partition(".")[0] for check in checks})
    found: list[FixedPost] = []
    size = plan.config.workflow.batch_size
    for start in range(0, len(files) if reduced.steps else 0, size):
        posts = [post for post in read_all(files[start : start + size], plan) if not post.unread and _is_whole(post)]
        found += await _rounds(session, reduced, posts, checks)
    return found


async def _rounds(session: Session, plan: Plan, posts: Sequence[SourcePost], checks: Set[str]) -> list[FixedPost]:
    original = {post.path: post for post in posts}
    current = dict(original)
    applied: dict[str, list[str]] = {path: [] for path in original}
    waiting = list(posts)
    for number in range(MAX_ROUNDS):
        if not waiting:
            break
        batch = await _reviewed(session, plan, waiting, number)
        waiting = []
        for review in batch.reviews:
            post = current[review.path]
            edits = safe_edits(Post.from_text(post.path, post.text), review.findings, checks)
            if edits:
                text = apply(post.text, edits)
                digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
                current[review.path] = replace(post, text=text, content_hash=digest)
                applied[review.path] += [edit.check for edit in edits]
                waiting.append(current[review.path])
    return [
        FixedPost(
            path=path,
            content_hash=original[path].content_hash,
            before=original[path].text,
            after=post.text,
            checks=tuple(applied[path]),
        )
        for path, post in sorted(current.items())
        if post.text != original[path].text
    ]


async def _reviewed(session: Session, plan: Plan, posts: Sequence[SourcePost], number: int) -> Batch:
    name = f"fix-{number}"
    recorder = session.monitor.start_run(run_id=name, workflow=plan.config.workflow.name, priority="high")
    batch = session.new_batch(name, plan, posts, recorder)
    try:
        await review_batch(batch)
    finally:
        session.batches.pop(name, None)
    return batch


def _only(plan: Plan, names: Set[str]) -> Plan:
    """The plan with these steps and what they depend on."""
    needed = set(names)
    while True:
        more = {d for step in plan.steps if step.name in needed for d in step.depends_on} - needed
        if not more:
            return replace(plan, steps=tuple(step for step in plan.steps if step.name in needed))
        needed |= more


def _is_whole(post: SourcePost) -> bool:
    """Whether the text is the whole file, so that it can be written back: UTF-8, and not cut short."""
    data = post.text.encode("utf-8", "surrogatepass")
    return post.content_hash in (hashlib.sha256(data).hexdigest(), hashlib.sha256(_BOM + data).hexdigest())


def safe_edits(post: Post, findings: Sequence[Finding], checks: Set[str]) -> list[Edit]:
    """The edits that touch nothing but words, by place and apart from each other."""
    edits: list[Edit] = []
    for finding in sorted(findings, key=lambda f: (f.line, f.column)):
        if finding.check not in checks or finding.suppressed or len(finding.suggestions) != 1 or not finding.match:
            continue
        start = post.line_starts[finding.line - 1] + finding.column - 1 if finding.line <= len(post.line_starts) else -1
        edit = Edit(
            start=start, end=start + len(finding.match), replacement=finding.suggestions[0], check=finding.check
        )
        if start < 0 or post.text[start : edit.end] != finding.match or not _is_prose(post, edit):
            continue
        if not edits or edits[-1].end <= start:
            edits.append(edit)
    if edits and not _keeps_the_rest(post, edits):
        return []
    return edits


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits, which are apart from each other and in order."""
    parts, position = [], 0
    for edit in edits:
        parts += [text[position : edit.start], edit.replacement]
        position = edit.end
    return "".join([*parts, text[position:]])


def _is_prose(post: Post, edit: Edit) -> bool:
    match = post.text[edit.start : edit.end]
    if edit.replacement == match or _marks(match) != _marks(edit.replacement):
        return False
    if _BEFORE.search(post.text, max(0, edit.start - 10), edit.start) or _AFTER.match(post.text, edit.end):
        return False  # of `r-a`, `a/b`, `[projec](/x)t`: no word by itself
    if len(match) == 1 and len(edit.replacement) > 1 and edit.replacement.isupper():
        return False  # `A` is no word in capitals that asks for `AN`
    if edit.start >= post.body.start:
        return post.masked[edit.start : edit.end] == match and not _in_short_entry(post, edit)
    spans = [field.span for name in ("title", "description") if (field := post.field(name))]
    inside = any(span.start <= edit.start and edit.end <= span.end for span in spans)
    return inside and bool(_PLAIN.fullmatch(edit.replacement) and _PLAIN.fullmatch(match))


def _in_short_entry(post: Post, edit: Edit) -> bool:
    """Whether the edit is in a list or a table with so few words that they may be names: thanks, tools, authors."""
    for segment in post.segments:
        if segment.kind in ("list_item", "table_cell") and len(segment.words) < _ENOUGH_WORDS:
            span = segment.span
            if span.start <= edit.start < span.end:
                return True
    return False


def _marks(text: str) -> Counter[str]:
    return Counter(character for character in text if character in _MARKUP)


def _keeps_the_rest(post: Post, edits: Sequence[Edit]) -> bool:
    """Whether all that is no prose (code, addresses, tags) and the keys of the front matter stay what they are."""
    after = Post.from_text(post.path, apply(post.text, edits))
    if (post.front.problem is None) != (after.front.problem is None) or list(post.front.data) != list(after.front.data):
        return False
    return _no_prose(post) == _no_prose(after)


def _no_prose(post: Post) -> str:
    start = post.body.start
    pairs = zip(post.text[start:], post.masked[start:], strict=True)
    return "".join(written for written, masked in pairs if written != masked)
