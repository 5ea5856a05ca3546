"""The aggregations behind `MongoStore.stats`; no driver is known here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from copydesk.events import parse_time, to_storable
from copydesk.stores.base import Day, GroupStats, Stats, StatsQuery, Summary
from copydesk.stores.ranks import summarise

Aggregate = Callable[[str, list[dict[str, Any]]], Awaitable[list[dict[str, Any]]]]
RUN_TIME = {"$ifNull": ["$started_at", {"$ifNull": ["$ended_at", "$created_at"]}]}  # when a run was


def window(time: str, since: str | None, until: str | None) -> dict[str, Any]:
    """The condition that a time is in `since <= t < until`."""
    bounds = {}
    if since is not None:
        bounds["$gte"] = parse_time(since)
    if until is not None:
        bounds["$lt"] = parse_time(until)
    return {time: bounds} if bounds else {}


class Statistics:
    """The queries behind one `stats`."""

    def __init__(self, aggregate: Aggregate, query: StatsQuery) -> None:
        self.aggregate, self.query = aggregate, query

    async def answer(self) -> Stats:
        """Counts, distributions and the trend."""
        by = self.query.by
        (runs,) = await self._runs(None) or [GroupStats(name="")]
        steps = await self._steps() if by == "step" else []
        groups = await self._runs("queue") if by == "queue" else await self._posts("path") if by == "post" else []
        for posts in await self._posts(None):
            runs = replace(runs, posts=posts.posts, score=posts.score, verdicts=posts.verdicts)
        return Stats(runs=runs, steps=tuple(steps), groups=tuple(groups), trend=await self._trend())

    def _match(self, time: str) -> dict[str, Any]:
        match = window(time, self.query.since, self.query.until)
        if self.query.workflow is not None:
            match["workflow"] = {"$eq": to_storable(str(self.query.workflow))}
        return match

    async def _rows(self, name: str, *pipeline: dict[str, Any]) -> list[dict[str, Any]]:
        return await self.aggregate(name, list(pipeline))

    async def _runs(self, group: str | None) -> list[GroupStats]:
        timed = [{"$addFields": {"time": RUN_TIME}}, {"$match": self._match("time")}]
        counts: dict[str, dict[str, int]] = {}
        retries: dict[str, int] = {}
        for row in await self._rows(
            "runs", *timed,
            {"$group": {
                "_id": {"name": f"${group}" if group else None, "state": "$state"},
                "count": {"$sum": 1},
                "again": {"$sum": {"$cond": [{"$gt": ["$attempt", 1]}, 1, 0]}},
            }},
        ):  # fmt: skip
            name = row["_id"].get("name") or ""
            counts.setdefault(name, {})[row["_id"].get("state") or ""] = row["count"]
            retries[name] = retries.get(name, 0) + row["again"]
        run, queue, late = [
            await self._summaries("runs", group, metric, "time", timed)
            for metric in ("run_seconds", "queue_seconds", "lateness_seconds")
        ]
        return [
            GroupStats(
                name=name, states=states, attempts=sum(states.values()), retries=retries[name],
                run_seconds=run.get(name, Summary()), queue_seconds=queue.get(name, Summary()),
                lateness_seconds=late.get(name, Summary()),
            )
            for name, states in sorted(counts.items())
        ]  # fmt: skip

    async def _steps(self) -> list[GroupStats]:
        match = {"$match": self._match("started_at")}
        counts: dict[str, dict[str, int]] = {}
        attempts: dict[str, int] = {}
        retries: dict[str, int] = {}
        for row in await self._rows(
            "step_runs", match,
            {"$group": {
                "_id": {"name": "$step", "state": "$state"},
                "count": {"$sum": 1},
                "started": {"$sum": {"$cond": [{"$gt": ["$started_at", None]}, 1, 0]}},
                "again": {"$sum": {"$cond": [{"$gt": ["$step_attempt", 1]}, 1, 0]}},
            }},
        ):  # fmt: skip
            name = row["_id"]["name"]
            counts.setdefault(name, {})[row["_id"].get("state") or ""] = row["count"]
            attempts[name] = attempts.get(name, 0) + row["started"]
            retries[name] = retries.get(name, 0) + row["again"]
        run, queue = [
            await self._summaries("step_runs", "step", metric, "started_at", [match])
            for metric in ("run_seconds", "queue_seconds")
        ]
        return [
            GroupStats(
                name=name, states=states, attempts=attempts[name], retries=retries[name],
                run_seconds=run.get(name, Summary()), queue_seconds=queue.get(name, Summary()),
            )
            for name, states in sorted(counts.items())
        ]  # fmt: skip

    async def _posts(self, group: str | None) -> list[GroupStats]:
        match = {"$match": self._match("reviewed_at")}
        verdicts: dict[str, dict[str, int]] = {}
        scores: dict[str, float] = {}
        for row in await self._rows(
            "post_reviews", match,
            {"$group": {
                "_id": {"name": f"${group}" if group else None, "verdict": "$verdict"},
                "count": {"$sum": 1},
                "score": {"$sum": "$score"},
            }},
        ):  # fmt: skip
            name = row["_id"].get("name") or ""
            verdicts.setdefault(name, {})[row["_id"].get("verdict") or ""] = row["count"]
            scores[name] = scores.get(name, 0.0) + row["score"]
        seconds = await self._summaries("post_reviews", group, "seconds", "reviewed_at", [match]) if group else {}
        return [
            GroupStats(
                name=name, posts=sum(counts.values()), score=scores[name] / sum(counts.values()), verdicts=counts,
                run_seconds=seconds.get(name, Summary()),
            )
            for name, counts in sorted(verdicts.items())
        ]  # fmt: skip

    async def _summaries(
        self, name: str, group: str | None, metric: str, time: str, head: Sequence[dict[str, Any]]
    ) -> dict[str, Summary]:
        answers = await self._rows(
            name, *head, {"$match": {metric: {"$ne": None}}},
            {"$group": {
                "_id": f"${group}" if group else None,
                "count": {"$sum": 1}, "mean": {"$avg": f"${metric}"}, "max": {"$max": f"${metric}"},
            }},
        )  # fmt: skip
        summaries: dict[str, Summary] = {}
        for row in answers:
            its = {group: {"$eq": row["_id"]}} if group else {}
            pairs: dict[tuple[bool, int], list[float]] = {}

            def asked(descending: bool, skip: int, pairs: dict[tuple[bool, int], list[float]] = pairs) -> list[float]:
                return pairs.setdefault((descending, skip), [0.0, 0.0])

            summarise(row["count"], row["mean"], row["max"], asked)  # first which ranks, then their values
            for descending, skip in pairs:
                rows = await self._rows(
                    name, {"$match": its}, *head, {"$match": {metric: {"$ne": None}}},
                    {"$sort": {metric: -1 if descending else 1}}, {"$skip": skip}, {"$limit": 2},
                    {"$project": {metric: 1}},
                )  # fmt: skip
                pairs[descending, skip] = [found[metric] for found in rows]
            summaries[row["_id"] or ""] = summarise(row["count"], row["mean"], row["max"], asked)
        return summaries

    async def _trend(self) -> tuple[Day, ...]:
        rows = await self._rows(
            "post_reviews",
            {"$match": {"score": {"$ne": None}, **self._match("reviewed_at")}},
            {"$match": {"reviewed_at": {"$ne": None}}},
            {"$group": {
                "_id": {"$dateTrunc": {"date": "$reviewed_at", "unit": "day"}},
                "posts": {"$sum": 1}, "score": {"$avg": "$score"},
            }},
            {"$sort": {"_id": 1}},
        )  # fmt: skip
        return tuple(
            Day(day=row["_id"].astimezone(UTC).date().isoformat(), posts=row["posts"], score=row["score"])
            for row in rows
        )
