"""`copydesk review`: the same review as a Prefect flow, recorded, and kept in a store of our own."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow


def test_a_review_is_recorded_and_can_be_looked_at_later(copydesk, tmp_path, prefect_server):
    """The server is the one that PREFECT_API_URL names; without it Prefect's embedded one is used."""
    (tmp_path / "copydesk.yaml").write_text("workflow:\n  name: tutorial\n  steps:\n    - name: links\n")
    (tmp_path / "post.md").write_text("Words.\n\n[nowhere](missing.md)\n")
    server = {"PREFECT_API_URL": prefect_server.url}

    done = copydesk("review", "post.md", "--format", "json", "--priority", "high", env=server)
    assert done.returncode == 1
    run = json.loads(done.stdout)["run"]
    assert (run["state"], run["workflow"], run["priority"]) == ("completed", "tutorial", "high")

    [listed] = json.loads(copydesk("runs", "--format", "json").stdout)
    assert listed["id"] == run["id"]
    shown = copydesk("show", "latest")
    assert "links" in shown.stdout
    assert "post.md" in shown.stdout
