"""What holds for every post, whatever it holds: asked by the fuzzer, by hypothesis, and of the examples they left."""

from __future__ import annotations

import json
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from copydesk.plan import load_plan
from copydesk.post import Post
from copydesk.report import Finding, PostReview, ReviewReport, RunInfo, StepResult
from copydesk.reports import FORMATS, Material, render
from copydesk.scoring import review_post
from copydesk.site import Site
from copydesk.step import StepContext
from copydesk.steps import BUILTIN, builtin, load_object
from copydesk.visible import visible

# These start a program for each call: too slow for a fuzzer; hypothesis has them, many posts a call.
WITH_PROGRAM = ("structure", "spelling")
INSIDE = tuple(name for name in BUILTIN if name not in WITH_PROGRAM)


@cache
def site() -> Site:
    """A site without files."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-fuzz-"))
    return Site(folder, None, folder)


@cache
def plan():
    """The built-in workflow."""
    return load_plan(None, Path(tempfile.mkdtemp(prefix="copydesk-fuzz-")))


def run_step(name: str, posts: Sequence[Post]) -> list[StepResult]:
    """What a step answers for some posts, `resolve` included."""
    step = builtin(name)
    context = plan().context(plan().step(name)) if name != "load" else StepContext()
    check = load_object(step.check)
    answers = check(posts, context) if step.batch else [check(post, context) for post in posts]
    results = [a if isinstance(a, StepResult) else StepResult(findings=tuple(a)) for a in answers]
    if step.resolve is not None:
        resolve = load_object(step.resolve)
        files = [str(site().posts_root) + f"/{number}.md" for number in range(len(posts))]
        extra = resolve(dict(zip(files, results, strict=True)), site(), context)
        results = [
            StepResult(findings=(*r.findings, *extra.get(f, ())), outputs=r.outputs, measures=r.measures)
            for f, r in zip(files, results, strict=True)
        ]
    return results


def lines_of(text: str) -> list[str]:
    """Lines as the contract has them: they end at `\\n`, `\\r\\n` or `\\r`, and at nothing else."""
    return text.replace("\r\n", "\r").replace("\n", "\r").split("\r")


def offset_of(text: str, line: int, column: int) -> int:
    """Where a line and a column are, counted anew."""
    position = 0
    for _ in range(line - 1):
        end = min((at for at in (text.find("\n", position), text.find("\r", position)) if at >= 0), default=-1)
        assert end >= 0, "there is no such line"
        position = end + (2 if text[end : end + 2] == "\r\n" else 1)
    return position + column - 1


def check_places(post: Post, findings: Iterable[Finding]) -> None:
    """Line and column give back the matched text, at both ends."""
    for finding in findings:
        if finding.line == 0 or finding.line is None:
            assert not finding.match
            continue
        start = offset_of(post.text, finding.line, finding.column)
        end = offset_of(post.text, finding.end_line, finding.end_column)
        assert 0 <= start <= end <= len(post.text), finding
        assert post.text[start:end] == finding.match, finding


def check_post(post: Post) -> None:
    """The parts of a post fit its text."""
    assert len(post.masked) == len(post.text)
    for masked, original in zip(post.masked, post.text, strict=True):
        assert masked == original or (masked == " " and original not in "\r\n")
    for segment in post.segments:
        for piece in segment.mapped.pieces:
            assert 0 <= piece.source <= piece.source_end <= len(post.text)
        whole = segment.to_source(0, len(segment.text))
        assert 0 <= whole.start <= whole.end <= len(post.text)
    for piece in post.harper.pieces:
        if piece.copied:
            assert post.text[piece.source : piece.source_end] == post.harper.text[piece.text : piece.text_end]
    for heading in post.headings:
        assert 0 <= heading.span.start <= heading.span.end <= len(post.text)
    for link in post.links:
        assert 0 <= link.span.start < link.span.end <= len(post.text)
    json.dumps(post.front.data, allow_nan=False).encode()
    assert isinstance(post.is_english, bool)
    assert post.words >= 0


def check_reports(reviews: Sequence[PostReview], posts: Sequence[Post]) -> None:
    """Every format can be written, and read by what reads it."""
    run = RunInfo(
        id="0190", attempt=1, state="completed", workflow="w", priority="high", started_at="2026-03-01T08:00:00Z",
        duration_seconds=1.0,
    )  # fmt: skip
    report = ReviewReport(run=run, verdict=reviews[0].verdict, posts=tuple(reviews))
    material = Material(sources={post.path: post.text for post in posts})
    for name in FORMATS:
        text = render(report, name, material)
        assert not text or text.endswith("\n"), name
        text.encode()
        if name in ("json", "sarif", "rdjson", "gitlab"):
            json.loads(text)
        elif name in ("junit", "checkstyle"):
            ET.fromstring(text)
        elif name == "rdjsonl":
            for line in text.splitlines():
                json.loads(line)
        elif name == "text":
            assert visible(text, one_line=False) == text


def examine(name: str, data: bytes, steps: Sequence[str] = INSIDE) -> None:
    """Everything at once for one post; raises AssertionError, or whatever a part of copydesk should not raise."""
    post = Post.from_bytes(name, data)
    check_post(post)
    results = {step: run_step(step, [post])[0] for step in ("load", *steps)}
    for result in results.values():
        check_places(post, result.findings)
    check_reports([review_post(name, post.content_hash, results, plan().config)], [post])
