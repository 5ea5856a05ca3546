"""Reviews from the command line that wait for an editor: with a terminal, without one, and gone on with."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_steps", "on_server")]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def posts(blog, step, tmp_path):
    """Two posts, a step that writes down what it is called for, and the approval."""
    return blog(step("noted", "note", f"{{log: '{tmp_path / 'log'}'}}"), "{name: approval}")


def calls(tmp_path: Path) -> int:
    log = tmp_path / "log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_without_a_terminal_it_ends_suspended_and_is_resumed(posts, copydesk, record, api, tmp_path):
    done = copydesk("review", posts, "--format", "json")
    report = json.loads(done.stdout)
    run_id = report["run"]["id"]
    assert done.returncode == 3
    assert f"An editor has to decide. `copydesk resume {run_id}` asks" in done.stderr
    assert "Traceback" not in done.stderr
    # Never a silent approval: nothing is wrong with these posts, and they are not approved.
    assert (report["run"]["state"], report["verdict"], report["decision"]) == ("suspended", "incomplete", None)
    assert {post["verdict"] for post in report["posts"]} == {"incomplete"}
    assert record.runs()[0].state == "suspended"
    assert api.flow_run(run_id)["state"]["name"] == "Suspended"
    assert record.steps()["approval", 1].state == "pending"
    assert copydesk("review", posts, "--fail-on", "never").returncode == 3
    assert "waits for an editor" in copydesk("show", run_id).stdout

    # Closed by nobody, though its process is gone. (Reconciling also fetches what other tests left on the server.)
    own = {run.run_id for run in record.runs()}
    assert copydesk("reconcile").returncode == 0
    unsaid = copydesk("resume", run_id)
    assert (unsaid.returncode, "--decision" in unsaid.stderr) == (2, True)
    assert {run.state for run in record.runs() if run.run_id in own} == {"suspended"}

    begun = calls(tmp_path)
    resumed = copydesk(
        "resume", run_id, "--decision", "request_changes", "--reason", "Say \x1b[2J more.", "--format", "json"
    )
    assert resumed.returncode == 1, resumed.stderr
    report = json.loads(resumed.stdout)
    assert (report["verdict"], report["run"]["attempt"], report["run"]["state"]) == (
        "changes_requested", 1, "completed",
    )  # fmt: skip
    assert report["decision"]["verdict"] == "changes_requested"
    assert calls(tmp_path) == begun  # nothing was computed again
    stored = json.loads(copydesk("report", run_id, "--format", "json").stdout)
    assert (stored["decision"], stored["verdict"]) == (report["decision"], "changes_requested")
    shown = copydesk("show", run_id)
    assert "changes_requested: Say \\x1b[2J more." in shown.stdout
    assert "\x1b" not in shown.stdout
    assert json.loads(copydesk("show", run_id, "--format", "json").stdout)["decision"] == report["decision"]
    assert api.flow_run(run_id)["state"]["name"] == "ChangesRequested"

    late = copydesk("resume", run_id, "--decision", "approve")
    assert (late.returncode, "waits for no decision" in late.stderr) == (2, True)


def test_a_decision_on_other_posts_is_not_taken(posts, copydesk, record):
    run_id = json.loads(copydesk("review", posts, "--format", "json").stdout)["run"]["id"]
    (posts / "one.md").write_text("Something that nobody has seen.")
    again = copydesk("resume", run_id, "--decision", "approve", "--format", "json")
    assert again.returncode == 3
    assert json.loads(again.stdout)["verdict"] == "incomplete"
    assert record.runs()[0].state == "suspended"
    done = copydesk("resume", run_id, "--decision", "approve", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["run"]["attempt"] == 1


def test_a_suspended_run_is_cancelled_and_asks_again_when_it_goes_on(posts, copydesk, record, api):
    run_id = json.loads(copydesk("review", posts, "--format", "json").stdout)["run"]["id"]
    done = copydesk("cancel", run_id)
    assert (done.returncode, done.stdout) == (0, f"Run {run_id} is cancelled.\n")
    assert record.runs()[0].state == "cancelled"
    assert api.flow_run(run_id)["state"]["type"] == "CANCELLED"
    resumed = copydesk("resume", run_id, "--format", "json")
    assert resumed.returncode == 3
    assert (record.runs()[0].attempt, record.runs()[0].state) == (2, "suspended")
    assert copydesk("resume", run_id, "--decision", "approve").returncode == 0
    assert (record.runs()[0].attempt, record.runs()[0].state) == (2, "completed")


def test_an_incomplete_review_asks_nobody(blog, step, copydesk):
    posts = blog(step("act", "act"), "{name: approval}", posts={"a": "RAISE"})
    done = copydesk("review", posts, "--format", "json")
    [post] = json.loads(done.stdout)["posts"]
    assert (done.returncode, post["verdict"], post["incomplete"]) == (3, "incomplete", ["act"])
    assert "nobody can approve that" in post["skipped"]["approval"]


def test_check_names_the_step_that_it_leaves_out(posts, copydesk):
    done = copydesk("check", posts, "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (0, "approve")
    assert {post["skipped"]["approval"] for post in report["posts"]} == {"left out: `copydesk check` asks nobody"}


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *arguments: str | Path, cwd: Path) -> None:
        self.main, far = pty.openpty()
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("COPYDESK_TEST_PATH"))))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "copydesk", *map(str, arguments)],
            cwd=cwd, env=os.environ | {"PYTHONPATH": path, "TERM": "dumb"}, stdin=far, stdout=subprocess.PIPE,
            stderr=far, start_new_session=True,
        )  # fmt: skip
        os.close(far)
        self.said = ""

    def read_until(self, text: str, seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.said:
            ready, _, _ = select.select([self.main], [], [], 1.0)
            if ready:
                try:
                    self.said += os.read(self.main, 65536).decode(errors="replace")
                except OSError:  # the command closed it
                    pytest.fail(f"{text!r} was not said:\n{self.said}")
            assert time.monotonic() < deadline, self.said

    def type(self, text: str) -> None:
        os.write(self.main, text.encode())

    def end(self) -> tuple[int, Any]:
        """The exit code, and what was printed on standard output as JSON."""
        out, _ = self.process.communicate(timeout=180)
        os.close(self.main)
        return self.process.returncode, json.loads(out) if out else None


def test_on_a_terminal_it_asks(posts, record, tmp_path):
    terminal = Terminal("review", posts, "--format", "json", cwd=tmp_path)
    terminal.read_until("Decision (approve, request_changes, reject):")
    assert "one.md" in terminal.said.replace("\r\n", "")  # what there is to decide on; a long path is wrapped
    terminal.type("perhaps\n")
    terminal.read_until("is not one of")
    terminal.type("reject\n")
    terminal.read_until("Reason (may stay empty):")
    terminal.type("Not for us.\n")
    code, report = terminal.end()
    assert code == 1, terminal.said
    assert (report["verdict"], report["decision"]["reason"]) == ("reject", "Not for us.")
    assert (report["run"]["attempt"], record.runs()[0].state) == (1, "completed")
    assert calls(tmp_path) == 2


def test_who_does_not_answer_leaves_it_suspended_and_is_asked_by_resume(posts, record, tmp_path):
    terminal = Terminal("review", posts, "--format", "json", cwd=tmp_path)
    terminal.read_until("Decision (approve, request_changes, reject):")
    terminal.type("\x04")
    terminal.read_until("copydesk resume")
    code, report = terminal.end()
    assert (code, report["verdict"], report["run"]["state"]) == (3, "incomplete", "suspended")
    [run] = record.runs()
    assert run.state == "suspended"
    terminal = Terminal("resume", run.run_id, "--format", "json", cwd=tmp_path)
    terminal.read_until("Decision (approve, request_changes, reject):")
    terminal.type("approve\n")
    terminal.read_until("Reason")
    terminal.type("\n")
    code, report = terminal.end()
    assert (code, report["verdict"], report["decision"]["reason"]) == (0, "approve", "")
