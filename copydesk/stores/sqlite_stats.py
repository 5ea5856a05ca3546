"""The queries behind `SqliteStore.stats`."""

# ruff: noqa: S608 - the statements are put together from this module's own words; values are always bound

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from copydesk.events import Table, to_storable
from copydesk.stores.base import Day, GroupStats, Stats, StatsQuery, Summary
from copydesk.stores.ranks import summarise
from copydesk.stores.schema import RUN_TIME, to_ms


class Statistics:
    """One answer to one question, inside the caller's transaction."""

    def __init__(self, db: sqlite3.Connection, query: StatsQuery) -> None:
        self.db = db
        self.query = query

    def answer(self) -> Stats:
        """Counts, distributions and the trend."""
        query = self.query
        (runs,) = self._run_groups(query, "''") or [GroupStats(name="")]
        steps, groups = list[GroupStats](), list[GroupStats]()
        if query.by == "step":
            steps = self._step_groups(query)
        elif query.by == "queue":
            groups = self._run_groups(query, "coalesce(queue, '')")
        elif query.by == "post":
            groups = self._post_groups(query)
        for posts in self._post_groups(query, "''", seconds=False):
            runs = replace(runs, posts=posts.posts, score=posts.score, verdicts=posts.verdicts)
        return Stats(runs=runs, steps=tuple(steps), groups=tuple(groups), trend=self._trend(query))

    @staticmethod
    def _where(query: StatsQuery, time: str) -> tuple[str, list[Any]]:
        where, arguments = "1", list[Any]()
        for sign, moment in ((">=", query.since), ("<", query.until)):
            if moment is not None:
                where += f" AND {time} {sign} ?"
                arguments.append(to_ms(moment))
        if query.workflow is not None:
            where += " AND workflow = ?"
            arguments.append(to_storable(query.workflow))
        return where, arguments

    def _summaries(
        self, table: Table, group: str, metric: str, where: str, arguments: Sequence[Any]
    ) -> dict[str, Summary]:
        known = f"{where} AND {metric} IS NOT NULL"
        answers = self.db.execute(
            f"SELECT {group}, count(*), avg({metric}), max({metric}) FROM {table} WHERE {known} GROUP BY 1", arguments
        ).fetchall()
        summaries = {}
        for name, count, mean, largest in answers:

            def read(descending: bool, skip: int, name: str = name) -> list[float]:
                rows = self.db.execute(
                    f"SELECT {metric} FROM {table} WHERE {known} AND {group} = ?"
                    f" ORDER BY {metric} {'DESC' if descending else 'ASC'} LIMIT 2 OFFSET ?",
                    (*arguments, name, skip),
                )
                return [row[0] for row in rows]

            summaries[name] = summarise(count, mean, largest, read)
        return summaries

    def _run_groups(self, query: StatsQuery, group: str) -> list[GroupStats]:
        where, arguments = self._where(query, RUN_TIME)
        states: dict[str, dict[str, int]] = {}
        retries: dict[str, int] = {}
        for name, state, count, again in self.db.execute(
            f"SELECT {group}, coalesce(state, ''), count(*), sum(attempt > 1) FROM runs WHERE {where} GROUP BY 1, 2",
            arguments,
        ):
            states.setdefault(name, {})[state] = count
            retries[name] = retries.get(name, 0) + again
        run, queue, late = (
            self._summaries(Table.RUNS, group, metric, where, arguments)
            for metric in ("run_seconds", "queue_seconds", "lateness_seconds")
        )
        return [
            GroupStats(
                name=name, states=counts, attempts=sum(counts.values()), retries=retries[name],
                run_seconds=run.get(name, Summary()), queue_seconds=queue.get(name, Summary()),
                lateness_seconds=late.get(name, Summary()),
            )
            for name, counts in sorted(states.items())
        ]  # fmt: skip

    def _step_groups(self, query: StatsQuery) -> list[GroupStats]:
        where, arguments = self._where(query, "started_at")
        states: dict[str, dict[str, int]] = {}
        attempts: dict[str, int] = {}
        retries: dict[str, int] = {}
        for name, state, count, started, again in self.db.execute(
            "SELECT step, coalesce(state, ''), count(*), count(started_at), sum(step_attempt > 1) FROM step_runs"
            f" WHERE {where} GROUP BY step, state",
            arguments,
        ):
            states.setdefault(name, {})[state] = count
            attempts[name] = attempts.get(name, 0) + started
            retries[name] = retries.get(name, 0) + again
        run, queue = (
            self._summaries(Table.STEPS, "step", metric, where, arguments)
            for metric in ("run_seconds", "queue_seconds")
        )
        return [
            GroupStats(
                name=name, states=counts, attempts=attempts[name], retries=retries[name],
                run_seconds=run.get(name, Summary()), queue_seconds=queue.get(name, Summary()),
            )
            for name, counts in sorted(states.items())
        ]  # fmt: skip

    def _post_groups(self, query: StatsQuery, group: str = "path", *, seconds: bool = True) -> list[GroupStats]:
        where, arguments = self._where(query, "reviewed_at")
        verdicts: dict[str, dict[str, int]] = {}
        scores: dict[str, float] = {}
        for name, verdict, count, score in self.db.execute(
            f"SELECT {group}, coalesce(verdict, ''), count(*), total(score) FROM post_reviews WHERE {where}"
            " GROUP BY 1, 2",
            arguments,
        ):
            verdicts.setdefault(name, {})[verdict] = count
            scores[name] = scores.get(name, 0.0) + score
        run = self._summaries(Table.POSTS, group, "seconds", where, arguments) if seconds else {}
        return [
            GroupStats(
                name=name, posts=sum(counts.values()), score=scores[name] / sum(counts.values()), verdicts=counts,
                run_seconds=run.get(name, Summary()),
            )
            for name, counts in sorted(verdicts.items())
        ]  # fmt: skip

    def _trend(self, query: StatsQuery) -> tuple[Day, ...]:
        where, arguments = self._where(query, "reviewed_at")
        rows = self.db.execute(
            "SELECT date(reviewed_at / 1000, 'unixepoch'), count(*), avg(score) FROM post_reviews"
            f" WHERE {where} AND score IS NOT NULL AND reviewed_at IS NOT NULL GROUP BY 1 ORDER BY 1",
            arguments,
        )
        return tuple(Day(day=day, posts=posts, score=score) for day, posts, score in rows)
