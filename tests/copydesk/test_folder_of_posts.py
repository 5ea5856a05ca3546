"""Where links are looked up without a workflow file: around all posts of the run, not around those of a batch."""

from __future__ import annotations

import asyncio
from pathlib import Path

from copydesk.direct import review_directly
from copydesk.plan import make_plan
from copydesk.session import folder_of, open_session
from copydesk.workflow import WorkflowConfig


def posts(folder: Path) -> list[Path]:
    """Twelve dated posts in one folder, and one in another that links to the first of them."""
    files = [folder / "a" / f"2024-05-{day:02}-post-{day}.md" for day in range(1, 13)]
    files.append(folder / "b" / "late.md")
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("---\ntitle: A post of the blog\n---\n\nIts text.\n", "utf-8")
    files[-1].write_text(
        "---\ntitle: The last post\n---\n\nSee [it](/2024/05/01/post-1/) and [none](/2024/05/01/post-x/).\n", "utf-8"
    )
    return files


def unknown(folder: Path, *paths: Path) -> list[str]:
    """The addresses that no post is known by, when these paths are reviewed one post a batch."""
    plan = make_plan(WorkflowConfig.model_validate({"workflow": {"batch_size": 1, "steps": [{"name": "links"}]}}))
    with open_session(use_cache=False, monitored=False) as session:
        report = asyncio.run(review_directly(session, plan, [str(path) for path in paths]))
    return [f.message for p in report.posts for f in p.findings if f.check == "links.unknown_post"]


def test_all_batches_of_a_run_share_their_folder(tmp_path: Path) -> None:
    posts(tmp_path)
    (message,) = unknown(tmp_path, tmp_path)
    assert "post-x" in message


def test_a_part_of_a_content_folder_is_looked_at_with_all_of_it(tmp_path: Path) -> None:
    files = posts(tmp_path / "content")
    (message,) = unknown(tmp_path, files[-1])
    assert "post-x" in message


def test_what_lies_above_a_repository_is_no_part_of_the_blog(tmp_path: Path) -> None:
    file = tmp_path / "content" / "blog" / "posts" / "a.md"
    (tmp_path / "content" / "blog" / ".git").mkdir(parents=True)
    assert folder_of([str(file)]) == file.parent
    assert folder_of([str(tmp_path / "content" / "x" / "a.md")]) == tmp_path / "content"
    assert folder_of([str(file), str(file.parent.parent / "b.md")]) == file.parent.parent
