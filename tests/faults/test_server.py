"""The Prefect server goes away: at the start, in the middle and back, in the middle for good, and for single calls."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Server, free_port
from tests.faults.conftest import LONG
from tests.faults.proxy import Proxy

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if LONG else 500)]


def test_no_server_at_the_start(blog: Any) -> None:
    """Without its server a review ends with exit code 4 and a line that names `copydesk check`; nothing ran."""
    blog.fill(2, 0)
    code, out, err = blog.run("review", "posts", env={"PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api"})
    assert (code, out) == (4, "")
    assert "copydesk check" in err
    assert "Traceback" not in err
    assert blog.begun() == []


@pytest.mark.parametrize("back", [True, False], ids=["and comes back", "for good"])
def test_the_server_is_killed(back: bool, blog: Any, make_server: Callable[..., Server], wait: Any, told: Any) -> None:
    """A review outlives its server: report and store are complete, and it ends within 30 seconds of its last step."""
    blog.fill(20, 0.3)
    _, undisturbed, _ = blog.run("check", "posts", "--no-cache", "--format", "json")
    blog.log.unlink()
    server = make_server()
    server.start()
    process = blog.start("review", "posts", "--quiet", "--format", "json", env={"PREFECT_API_URL": server.url})
    wait(lambda: len(blog.begun()) >= 3, "the slow step")
    server.stop()
    if back:
        time.sleep(3)
        server.start()
    wait(lambda: len(blog.begun()) == 20, "the last post", 120)
    last = time.monotonic()
    code, out, err = blog.end(process, 120)
    seconds = time.monotonic() - last
    assert code in (0, 1), err
    assert "Traceback" not in err
    assert told(out) == told(undisturbed), err
    code, listed, _ = blog.run("runs", "--format", "json")
    assert [run["state"] for run in json.loads(listed)] == ["completed"]
    assert sorted(blog.begun()) == sorted(set(blog.begun())), "nothing was computed twice"
    if back and "did not take the end" not in err:  # it may need longer to start than the review waits for it
        run = json.loads(out)["run"]["id"]
        assert httpx.get(f"{server.url}/flow_runs/{run}", timeout=60).json()["state_type"] == "COMPLETED"
    assert seconds < 60, "the promise is 30 seconds on a machine that is not busy"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_single_calls_fail(status: int, blog: Any, prefect_server: Any, told: Any, tell: Any) -> None:
    """A server that answers some calls with 500, 503 or 429 costs no step and no result."""
    blog.fill(4, 0)
    _, undisturbed, _ = blog.run("check", "posts", "--no-cache", "--format", "json")
    proxy = Proxy(prefect_server.url, status, every=7)
    try:
        code, out, err = blog.run("review", "posts", "--quiet", "--format", "json", env={"PREFECT_API_URL": proxy.url})
    finally:
        proxy.close()
    assert code in (0, 1), err
    assert told(out) == told(undisturbed)
    run = json.loads(out)["run"]["id"]
    assert httpx.get(f"{prefect_server.url}/flow_runs/{run}", timeout=60).json()["state_type"] == "COMPLETED"
    assert proxy.refused >= 2
    tell(calls=proxy.calls, refused=proxy.refused, lost=0)
