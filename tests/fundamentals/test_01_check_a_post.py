"""First steps: `copydesk check` reads posts and says what to mend. No server, no record, no configuration."""

from __future__ import annotations

import json


def test_a_post_is_checked_and_each_finding_stands_at_its_place(copydesk, tmp_path):
    """A finding names its check, its line and its column. Exit code 1 asks for changes."""
    (tmp_path / "post.md").write_text("---\ntitle: Tide tables\n---\n\n# Tide tables\n\nSee [the plan](plan.md).\n")
    done = copydesk("check", "post.md")
    assert done.returncode == 1
    assert "post.md" in done.stdout
    assert "links." in done.stdout


def test_a_good_post_is_approved(copydesk, tmp_path):
    """Nothing to mend: the verdict is `approve`, the exit code 0."""
    text = "The ferry leaves at nine. We print the tide table on one page, so that people find their boat at once.\n\n"
    (tmp_path / "post.md").write_text(f"---\ntitle: Tide tables on one page\n---\n\n{text * 3}")
    done = copydesk("check", "post.md", "--format", "json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["verdict"] == "approve"


def test_programs_read_the_report_as_json(copydesk, tmp_path):
    """Every post has a verdict, a score with its breakdown, and its findings, by path."""
    (tmp_path / "a.md").write_text("Words.\n\n[nowhere](missing.md)\n")
    (tmp_path / "b.md").write_text("Words.\n")
    report = json.loads(copydesk("check", ".", "--format", "json").stdout)
    assert report["run"] is None  # nothing was recorded
    assert [post["path"] for post in report["posts"]] == ["./a.md", "./b.md"]
    post = report["posts"][0]
    assert post["score"] == round(100 - sum(part["points"] for part in post["score_breakdown"]), 1)
    broken = next(finding for finding in post["findings"] if finding["check"].startswith("links."))
    assert (broken["line"], broken["match"]) == (3, "missing.md")


def test_a_build_chooses_what_it_fails_on(copydesk, tmp_path):
    """`--fail-on` takes the place of the verdict; `never` is for reading along."""
    (tmp_path / "post.md").write_text("Words.\n\n[nowhere](missing.md)\n")
    assert copydesk("check", "post.md", "--fail-on", "error").returncode == 1
    assert copydesk("check", "post.md", "--fail-on", "never").returncode == 0


def test_odd_posts_get_findings_and_never_a_traceback(copydesk, tmp_path):
    """What cannot be read is a finding of that post; the others are reviewed as ever."""
    (tmp_path / "binary.md").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "broken.md").write_text("---\ntitle: [never closed\n---\n\nWords.\n")
    (tmp_path / "empty.md").write_text("")
    (tmp_path / "good.md").write_text("Words.\n")
    done = copydesk("check", ".", "--format", "json")
    posts = {post["path"]: post for post in json.loads(done.stdout)["posts"]}
    assert len(posts) == 4
    assert "Traceback" not in done.stderr
    for name in ("binary", "broken", "empty"):
        assert any(f["check"].startswith("load.") for f in posts[f"./{name}.md"]["findings"]), name
