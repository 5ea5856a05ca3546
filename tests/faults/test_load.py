"""Many reviews waiting for one worker with one slot, with SQLite and with PostgreSQL behind Prefect."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copydesk.workflow import Priority
from tests.deployments.conftest import Deployed, deploy
from tests.faults.conftest import LONG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if LONG else 900)]

WORKERS = 2 if LONG else 1


@pytest.fixture
def deployed(request: pytest.FixtureRequest, make_server: Any, tmp_path: Path) -> Iterator[Deployed]:
    """A server of the test's own: what other tests left in its database would be part of the load."""
    server = make_server(request.getfixturevalue("postgres") if request.param == "postgresql" else None)
    server.start(180)
    made = deploy(server.url, server.env, tmp_path)
    yield made
    for worker in made.workers:
        made.stop(worker)


@pytest.mark.parametrize(
    ("deployed", "reviews"),
    [
        pytest.param("sqlite", 100 if LONG else 10, id="sqlite"),  # each takes twice as long as on PostgreSQL
        pytest.param("postgresql", 100 if LONG else 20, id="postgresql", marks=pytest.mark.needs_program),
    ],
    indirect=["deployed"],
)
def test_all_waiting_reviews_end_and_the_urgent_ones_start_first(
    deployed: Deployed, reviews: int, blog: Any, tell: Any
) -> None:
    """Every waiting review ends, none is lost, none runs twice, and none starts while a more urgent one waits."""
    blog.folder.mkdir()
    (blog.folder / "a.md").write_text("---\ntitle: A day at the harbour\n---\n\nThe ferry leaves at six.\n")
    (blog.folder / "copydesk.yaml").write_text("workflow:\n  steps: [{name: links}]\n")
    chance = random.Random(7)
    made = {}
    for _ in range(reviews):
        priority = chance.choice(list(Priority))
        request = {"paths": [str(blog.folder / "a.md")], "priority": priority.value}
        made[deployed.submit(f"review/review-{priority.value}", request)] = priority
    for _ in range(WORKERS):
        deployed.worker(limit=1)
    runs = {run_id: deployed.wait(run_id, seconds=60.0 * reviews) for run_id in made}
    assert {run["state_type"] for run in runs.values()} == {"COMPLETED"}, deployed.logs()
    assert {run["run_count"] for run in runs.values()} == {1}, "none runs twice"
    records = [deployed.record(run_id).run for run_id in made]
    assert {(record.state, record.attempt) for record in records} == {("completed", 1)}
    started = [made[run_id].rank for run_id in sorted(made, key=lambda run_id: str(runs[run_id]["start_time"]))]
    # With several workers the last of one rank may start after the first of the next, which another worker took.
    late = sum(before > after for before, after in itertools.pairwise(started))
    assert late <= WORKERS - 1
    tell(reviews=reviews, workers=WORKERS, lost=0, twice=0, out_of_turn=late)
