"""Run the steps of a review: cache first, then child processes, a result for every post whatever happens to another.

Knows nothing of Prefect: `copydesk check` calls it directly, and the tasks of the flow call it one step at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import inspect
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from copydesk.cache import ResultCache, canonical
from copydesk.errors import RetriableError, StepTimeout
from copydesk.in_children import compute, groups_of, read_answer, unfinished
from copydesk.keeper import Keeper
from copydesk.plan import Plan, PlannedStep
from copydesk.post_rules import PostRules, rules_for
from copydesk.remote import read_remote, remote_job
from copydesk.report import PostReview, StepResult, StepStatus
from copydesk.sandbox import Affinity, ItemResult, Pool
from copydesk.scoring import Comparison, review_post
from copydesk.site import Site
from copydesk.source_post import SourcePost
from copydesk.step import StepContext
from copydesk.steps import load_object, rules_of
from copydesk.turns import Turn, own_turn

Progress = Callable[[str, int, int], None]  # step, posts done, posts in all
# Sends a step's posts to other machines (`copydesk.remote` says in which form) and answers their results in order.
Remote = Callable[[PlannedStep, dict[str, Any]], Awaitable[Sequence[Mapping[str, Any]]]]

LANGUAGES = {
    "ja": "Japanese",
    "zh": "Chinese",
    "ko": "Korean",
    "es": "Spanish",
    "pt": "Portuguese",
    "fr": "French",
    "de": "German",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """How one attempt of a step went."""

    posts: int
    cached: int  # answered from the cache
    computed: int
    skipped: int  # the step does not apply: another language
    incomplete: int
    findings: int


@dataclass(kw_only=True)
class Review:
    """The posts of one run with what the steps said of them so far. Used from one event loop."""

    plan: Plan
    posts: Sequence[SourcePost]
    pool: Pool
    cache: ResultCache | None
    site: Site
    run_context: Mapping[str, Any] = field(default_factory=dict)
    progress: Progress | None = None
    folder: str = ""  # what the posts' paths are relative to; empty: the working folder
    remote: Remote | None = None  # for steps with `runs_on: queue`; without it they run here
    comparisons: Sequence[Comparison] = ()  # what is known from before
    turn: Turn = field(default_factory=own_turn)
    results: dict[str, dict[str, StepResult]] = field(default_factory=dict)  # step -> path -> result

    def __post_init__(self) -> None:
        self._keeper = Keeper(self.cache)
        self._resolved: set[str] = set()  # steps of which the answers of the whole site are in
        self._attempts: Counter[str] = Counter()
        self._contexts: dict[tuple[object, ...], tuple[StepContext, str]] = {}

    async def run_step(self, planned: PlannedStep) -> StepOutcome:
        """One attempt of a step over all posts that have no result of it yet.

        Raises `StepTimeout` when `timeout_seconds` are over, from the moment that a child begins with it, and
        `RetriableError` when a check met a passing fault: what is finished is kept, and the next attempt does only the
        rest. Call `give_up` when there is no next attempt.
        """
        results = self.results.setdefault(planned.name, {})
        self._attempts[planned.name] += 1
        before = len(results)
        waiting = [post for post in self.posts if post.path not in results]
        keys = {post.path: self._key(planned, post) for post in waiting}
        if self.cache is not None:
            found = await asyncio.to_thread(self.cache.get_many, list(keys.values()))
            results.update({path: found[key] for path, key in keys.items() if key in found})
        cached = len(results) - before
        waiting = [post for post in waiting if post.path not in results]
        for post in waiting:
            reason = self._not_for(planned, post)
            if reason:
                results[post.path] = StepResult(status=StepStatus.SKIPPED, reason=reason)
        waiting = [post for post in waiting if post.path not in results]
        self._report_progress(planned.name)
        passing_faults: list[str] = []
        try:
            # While the batch before keeps the children busy, no time of this one runs.
            async with asyncio.timeout(None) as limit:
                groups = self._by_context(planned, waiting)
                begin = partial(_begin, limit, planned.timeout_seconds)
                await asyncio.gather(*(self._compute(planned, c, ps, keys, passing_faults, begin) for c, ps in groups))
        except TimeoutError:
            done = sum(post.path in results for post in self.posts)
            message = (
                f"{planned.name} was not done after {planned.timeout_seconds:g} s: {done} of {len(self.posts)} posts"
            )
            raise StepTimeout(message) from None
        finally:
            await self._keeper.settle()
        if passing_faults:
            raise RetriableError(
                f"{planned.name}: {len(passing_faults)} posts met a passing fault: {passing_faults[0]}"
            )
        await self._resolve(planned, self.plan.context(planned, self.run_context))
        return self._outcome(planned.name, cached, len(waiting))

    def give_up(self, planned: PlannedStep, reason: str, status: StepStatus = StepStatus.FAILED) -> StepOutcome:
        """Say of every post that the step could not finish with: its review is incomplete."""
        results = self.results.setdefault(planned.name, {})
        half_done = planned.step.resolve is not None and planned.name not in self._resolved
        none = unfinished(planned.name, reason, status)
        for post in self.posts:
            result = results.get(post.path)
            if result is None:
                results[post.path] = none
            elif half_done and result.status is StepStatus.DONE:
                results[post.path] = replace(
                    result, findings=(*result.findings, *none.findings), status=status, reason=reason
                )
        return self._outcome(planned.name, 0, 0)

    def reviews(self) -> tuple[PostReview, ...]:
        """The final review of every post, by path."""
        off = frozenset(rule.id for step in self.plan.steps for rule in rules_of(step.step) if not rule.enabled)
        order = ["load", *(step.name for step in self.plan.steps)]
        reviews = []
        for post in sorted(self.posts, key=lambda p: p.path):
            results = {step: self.results[step][post.path] for step in order if post.path in self.results.get(step, ())}
            if "load" in results:
                results["load"] = _with_readings(results["load"], post)
            reviews.append(
                review_post(
                    post.path,
                    post.content_hash,
                    results,
                    self.plan.config,
                    off,
                    self._rules(post),
                    self.comparisons,
                    self.plan.calibration,
                )
            )
        return tuple(reviews)

    def _rules(self, post: SourcePost) -> PostRules:
        """What holds for the post, by its folder and its type; the type is known once `load` has seen it."""
        loaded = self.results.get("load", {}).get(post.path)
        return rules_for(self.plan.config, post.key, loaded.outputs if loaded else {})

    def _context(self, planned: PlannedStep, post: SourcePost) -> tuple[StepContext, str]:
        """What the step may read beside the post, and a digest of it. Few differ: by folder and type of post."""
        rules = self._rules(post)
        variant = (planned.name, tuple(sorted(rules.thresholds.items())), rules.required)
        if variant not in self._contexts:
            context = self.plan.context(planned, self.run_context, rules)
            self._contexts[variant] = context, hashlib.sha256(canonical(asdict(context)).encode()).hexdigest()
        return self._contexts[variant]

    def _by_context(
        self, planned: PlannedStep, posts: Sequence[SourcePost]
    ) -> list[tuple[StepContext, list[SourcePost]]]:
        """The posts, those together for which the same limits hold: a chunk of posts has one context."""
        groups: dict[str, tuple[StepContext, list[SourcePost]]] = {}
        for post in posts:
            context, digest = self._context(planned, post)
            groups.setdefault(digest, (context, []))[1].append(post)
        return list(groups.values())

    async def _compute(
        self,
        planned: PlannedStep,
        context: StepContext,
        posts: Sequence[SourcePost],
        keys: Mapping[str, str],
        passing_faults: list[str],
        begin: Callable[[], None],
    ) -> None:
        if not posts:
            return
        items = [self._item(planned, post) for post in posts]

        def take(index: int, answer: ItemResult) -> None:
            self._take(planned, posts[index], keys[posts[index].path], read_answer(planned, answer), passing_faults)

        if planned.runs_on == "queue" and self.remote is not None:
            begin()
            job = remote_job(planned, context, items, [keys[post.path] for post in posts])
            answers = await self.remote(planned, job)
            for post, (result, fault) in zip(posts, map(read_remote, answers), strict=True):
                self._take(planned, post, keys[post.path], (result, fault), passing_faults)
            self._report_progress(planned.name)
        else:
            groups = [self._groups[post.path] for post in posts]
            await compute(
                self.pool,
                planned,
                context,
                items,
                take,
                lambda: self._chunk_done(planned.name),
                begin,
                groups,
                # All steps wait for `load`: it goes before what is left of the batch before, or children would find
                # nothing to do when that one ends.
                turn=self.turn.number - (planned is self.plan.load),
            )

    def _take(
        self,
        planned: PlannedStep,
        post: SourcePost,
        key: str,
        answer: tuple[StepResult, str],
        passing_faults: list[str],
    ) -> None:
        """Take what a child says of a post, the moment it says so: a kill later costs only what is not finished."""
        result, fault = answer
        if fault:
            passing_faults.append(fault)
            return
        self.results[planned.name][post.path] = result
        if not result.incomplete:
            self._keeper.keep(key, planned.name, result)

    @cached_property
    def _groups(self) -> dict[str, Affinity]:
        groups = groups_of(len(self.posts), self.pool.children)
        return dict(zip((post.path for post in self.posts), groups, strict=True))

    @cached_property
    def _on_the_network(self) -> bool:
        """Whether a step asks other hosts: two batches at once would ask each of them twice as often as it may."""
        resolvers = (step.step.resolve for step in self.plan.steps)
        return any(inspect.iscoroutinefunction(load_object(resolver)) for resolver in resolvers if resolver)

    async def _resolve(self, planned: PlannedStep, context: StepContext) -> None:
        """Add what only the whole site can tell; asked anew each time, since another file may have changed."""
        if planned.step.resolve is None:
            return
        results = self.results[planned.name]
        done = {
            os.path.join(self.folder, path): (path, result)  # noqa: PTH118 - a text stays the text that it was
            for path, result in results.items()
            if result.status is StepStatus.DONE
        }
        by_file = {file: result for file, (_, result) in done.items()}
        resolver = load_object(planned.step.resolve)
        if inspect.iscoroutinefunction(resolver):
            last = self._attempts[planned.name] > planned.retry.max_retries
            extra = await resolver(by_file, self.site, replace(context, last_attempt=last))
        else:
            extra = await asyncio.to_thread(resolver, by_file, self.site, context)
        for file, findings in extra.items():
            path = done[file][0]
            results[path] = replace(results[path], findings=(*results[path].findings, *findings))
        self._resolved.add(planned.name)

    def _item(self, planned: PlannedStep, post: SourcePost) -> dict[str, Any]:
        return {"path": post.key, "text": post.text, "outputs": self._outputs(planned, post)}

    def _outputs(self, planned: PlannedStep, post: SourcePost) -> dict[str, Any]:
        """The outputs of the steps that this one depends on, for a post; empty for one that could not finish."""
        empty = StepResult()
        return {name: dict(self.results.get(name, {}).get(post.path, empty).outputs) for name in planned.depends_on}

    def _key(self, planned: PlannedStep, post: SourcePost) -> str:
        """Everything that the result depends on, and nothing else."""
        parts = (
            planned.name,
            planned.step.check,
            planned.step.version,
            post.content_hash,
            post.key,
            self._context(planned, post)[1],
            canonical(self._outputs(planned, post)),
        )
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def _not_for(self, planned: PlannedStep, post: SourcePost) -> str:
        """Why the step says nothing of the post; empty when it applies."""
        if post.unread:
            return "the file could not be read"
        loaded = self.results.get("load", {}).get(post.path)
        language = str(loaded.outputs.get("language", "en")) if loaded else "en"
        if planned.step.english_only and language != "en":
            return f"the post is in {LANGUAGES.get(language, 'another language')}; this step reads English only"
        return ""

    def _outcome(self, step: str, cached: int, computed: int) -> StepOutcome:
        results = self.results[step].values()
        return StepOutcome(
            posts=len(self.posts),
            cached=cached,
            computed=computed,
            skipped=sum(r.status is StepStatus.SKIPPED for r in results),
            incomplete=sum(r.incomplete for r in results),
            findings=sum(len(r.findings) for r in results),
        )

    def _chunk_done(self, step: str) -> None:
        # Only where children work: what the cache answers is done before another batch could begin, whose first calls
        # would meet a Prefect server that is busy with the ends of these steps (503, and again after two seconds).
        done = sum(map(len, self.results.values()))
        if done * 2 >= len(self.posts) * (1 + len(self.plan.steps)) and not self._on_the_network:
            self.turn.half_done.set()
        self._report_progress(step)

    def _report_progress(self, step: str) -> None:
        if self.progress:
            self.progress(step, len(self.results[step]), len(self.posts))


def _begin(limit: asyncio.Timeout, seconds: float) -> None:
    """Let the time of a step run from now on, unless it does or the step is over."""
    with contextlib.suppress(RuntimeError):  # over
        if limit.when() is None:
            limit.reschedule(asyncio.get_running_loop().time() + seconds)


def _with_readings(result: StepResult, post: SourcePost) -> StepResult:
    return replace(result, findings=(*post.findings, *result.findings))
