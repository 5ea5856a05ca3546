"""The table of exit codes, with the commands as people and scripts call them."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_steps")]

PASSING = "{max_retries: 1, base_delay: 0.01}"
WARNS = '{name: house_style, uses: "team_checks:house_style", with: {forbidden: [synergy]}}'


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


def flaky(tmp_path, **more):
    options = "".join(f", {key}: {value}" for key, value in more.items())
    calls = f"{{calls: '{tmp_path / 'calls'}', failures: 99}}"
    return f'{{name: gate, uses: "team_checks:flaky", retry: {PASSING}, with: {calls}{options}}}'


def outcomes(tmp_path):
    """What a blog is like -> (steps, posts, other keys, exit code)."""
    hang = '{name: act, uses: "team_checks:act", post_timeout_seconds: 600}'
    return {
        "approved": ((WARNS,), {"a": "Fine words."}, "", 0),
        "changes requested": (("{name: links}",), {"a": "Words. [nowhere](missing.md)"}, "", 1),
        "rejected": ((WARNS,), {"a": "---\ntitle: [x\n---\n\nWords.\n"}, "", 1),
        "incomplete": (('{name: act, uses: "team_checks:act"}',), {"a": "RAISE", "b": "fine"}, "", 3),
        "a required step failed": ((flaky(tmp_path, required="true"),), {"a": "Words."}, "", 3),
        "the workflow's time was up": ((hang,), {"a": "SLEEP"}, "  timeout_seconds: 3\n", 3),
    }


NAMES = list(outcomes(Path()))


@pytest.mark.parametrize("name", NAMES)
def test_check(name, blog, copydesk, tmp_path):
    steps, posts, workflow, code = outcomes(tmp_path)[name]
    done = copydesk("check", blog(*steps, posts=posts, workflow=workflow))
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if name == "the workflow's time was up":
        assert done.stderr == "copydesk: the workflow's time was up\n"


@pytest.mark.parametrize("name", ["rejected", "incomplete", "a required step failed", "the workflow's time was up"])
def test_review(name, blog, copydesk, tmp_path, on_server):
    steps, posts, workflow, code = outcomes(tmp_path)[name]
    done = copydesk("review", blog(*steps, posts=posts, workflow=workflow), "--format", "json")
    assert done.returncode == code, done.stdout + done.stderr
    if name == "the workflow's time was up":
        assert done.stderr == "copydesk: the review ended TimedOut: the workflow's time was up\n"
        return
    report = json.loads(done.stdout)
    assert report["run"]["state"] == ("failed" if name == "a required step failed" else "completed")
    if name == "a required step failed":
        assert done.stderr.startswith("copydesk: the review ended Failed: gate: ")
        assert done.stderr.count("\n") == 1
    else:
        assert done.stderr == ""


def test_fail_on_is_another_measure(blog, copydesk):
    posts = blog(WARNS, posts={"a": "One synergy in a post of enough words to be approved all the same."})
    codes = {
        measure: copydesk("check", posts, "--fail-on", measure).returncode for measure in ("warning", "error", "never")
    }
    assert codes == {"warning": 1, "error": 0, "never": 0}


@pytest.mark.parametrize("command", ["check", "review"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(command, number, code, blog, step, begin, on_server, wait_until, gone, record, tmp_path):
    log = tmp_path / "log"
    posts = blog(step("act", "act", f"{{log: '{log}'}}", post_timeout_seconds=600), posts={"a": "SLEEP"})
    running = begin(command, posts)
    wait_until(log.exists, "the step")
    children = running.children()
    assert children
    running.signal(number)
    done = running.end()
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    wait_until(lambda: gone(children), "the end of the children")
    if command == "review":
        [run] = record.runs()
        assert (run.state, run.error) == ("cancelled", f"stopped by {number.name}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--no-such-option", "posts"], "No such option"),
        (["nowhere"], "does not exist"),
        (["empty"], "No posts"),
        (["--config", "none.yaml", "posts"], "cannot read the workflow file"),
        (["--config", "bad.yaml", "posts"], "bad.yaml:1: wrkflow: this key is unknown. Did you mean 'workflow'?"),
        ([], "Missing argument"),
    ],
)
@pytest.mark.parametrize("command", ["check", "review"])
def test_bad_usage(command, arguments, message, copydesk, tmp_path, closed_port):
    (tmp_path / "empty").mkdir()
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "a.md").write_text("words")
    (tmp_path / "bad.yaml").write_text("wrkflow: {}\n")
    # Said before anything is started: there is no server here.
    done = copydesk(command, *arguments, env={"PREFECT_API_URL": f"http://127.0.0.1:{closed_port}/api"})
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_no_engine(copydesk, blog, closed_port):
    done = copydesk("review", blog(WARNS), env={"PREFECT_API_URL": f"http://127.0.0.1:{closed_port}/api"}, timeout=60)
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"127.0.0.1:{closed_port}" in done.stderr
    assert "`copydesk check` reviews without a server" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(copydesk, blog, begin):
    running = begin("check", blog(WARNS, posts={f"p{n}": "synergy " * 50 for n in range(40)}))
    running.process.stdout.close()
    _, errors = running.process.communicate(timeout=120)
    assert "Traceback" not in errors
