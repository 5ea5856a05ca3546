"""A post among the others: what is compared, what it costs, and what two posts that look alike are not told."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from copydesk import site_facts
from copydesk.checks.site_checks import check, prepare, resolve
from copydesk.errors import UsageError
from copydesk.post import Post
from copydesk.report import Finding
from copydesk.site import Site
from copydesk.site_facts import facts_of, paragraphs
from copydesk.step import StepContext

WORDS = [f"word{n}" for n in range(400)]


def text_of(seed: int, words: int = 60) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words)) + "."


def found(folder: Path, name: str, **options: object) -> list[Finding]:
    site = Site(folder, None, folder)
    context = StepContext(options=options)
    path = str(folder / name)
    post = Post.from_bytes(path, (folder / name).read_bytes())
    return resolve({path: check(post, context)}, site, context).get(path, [])


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text)
    return folder


def test_near_paragraphs_are_found_and_marked(tmp_path: Path) -> None:
    words = text_of(1).split()
    words[10] = words[40] = "another"
    near = " ".join(words)
    write(tmp_path, old=f"# Old\n\n{text_of(1)}\n", new=f"# New\n\nShort.\n\n[{near[:9]}](/x/y){near[9:]}\n")
    (finding,) = found(tmp_path, "new.md")
    assert (finding.check, finding.line, finding.column) == ("site_checks.same_paragraph", 5, 1)
    assert finding.message == "old.md says the same in a paragraph."


@pytest.mark.parametrize(
    "text",
    [
        text_of(2),
        text_of(1, 30),
        f"```\n{text_of(1)}\n```\n",
        f"- {text_of(1)}\n",
        f"- a\n{text_of(1)}\n",
        f"> {text_of(1)}\n",
        f"    {text_of(1)}\n",
        f"<p>{text_of(1)}</p>\n",
    ],
)
def test_other_paragraphs_lists_quotes_and_code_are_not_compared(tmp_path: Path, text: str) -> None:
    assert found(write(tmp_path, old=text_of(1), new=text), "new.md") == []


def test_paragraphs_stand_where_they_stand() -> None:
    text = f"---\ntitle: x\n---\r\n# Head\n{text_of(1)}\r\nmore\r\n\r\n~~~\n{text_of(2)}\n~~~\n{text_of(3)}"
    assert [text[p.start : p.end].split()[0] for p in paragraphs(text, text.index("# Head"))] == [
        text_of(1).split()[0],
        text_of(3).split()[0],
    ]
    assert [p.end for p in paragraphs(text, text.index("# Head"))][1] == len(text)


def test_an_alias_that_another_post_has_now_is_no_move(tmp_path: Path) -> None:
    write(tmp_path, a="---\naliases: [/old/]\n---\n", b="---\nurl: /old/\n---\n", new="[x](/old/)\n")
    assert found(tmp_path, "new.md") == []


def test_every_other_post_is_counted(tmp_path: Path) -> None:
    post = "---\ntitle: Same\n---\n"
    write(tmp_path, a=post, b=post, c=post, new=post)
    (finding,) = found(tmp_path, "new.md")
    assert finding.message == "a.md has this title too; so it is with 2 more posts."
    assert (finding.line, finding.match) == (2, "Same")


def test_section_pages_and_unreadable_posts_do_not_matter(tmp_path: Path) -> None:
    post = "---\ntitle: Same\n---\n"
    write(tmp_path, _index=post, README=post, new=post)
    (tmp_path / "bad.md").write_bytes(b"---\ntitle: [\n---\n\xff\xfe")
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    (tmp_path / "big.md").write_bytes(post.encode() + b"x" * 2_000_001)
    assert found(tmp_path, "new.md") == []


def test_facts_are_worked_out_once_for_each_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a="---\ntitle: A\n---\n", b="---\ntitle: B\n---\n", new="---\ntitle: B\n---\n")
    assert len(found(tmp_path, "new.md")) == 1
    asked: list[str] = []
    monkeypatch.setattr(site_facts, "facts_of", lambda text, place: asked.append(place) or facts_of(text, place))
    assert len(found(tmp_path, "new.md")) == 1
    assert asked == []
    write(tmp_path, b="---\ntitle: C\n---\n")
    assert found(tmp_path, "new.md") == []
    assert asked == ["b.md"]


@pytest.mark.parametrize(
    "unit", ["](", "[x](", "[a]: ", "<a href='", "word ", "# a\n", "- b\n\n", "```\n", "~", "\n", "a\n"]
)
def test_facts_take_time_in_proportion_to_the_text(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = 9e9
        for _ in range(3):
            started = time.process_time()
            facts_of(text, "a.md")
            best = min(best, time.process_time() - started)
        return best

    assert seconds(160_000) < 12 * seconds(20_000) + 0.05  # eight times the text; a square would be 64 times


@pytest.mark.parametrize("options", [{"orphans": "yes"}, {"today": "tomorrow"}, {"orphan": True}])
def test_options_that_cannot_be_used(options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="site_checks: "):
        prepare(options, tmp_path)


def test_a_review_of_one_post_compares_it_with_the_site(copydesk, tmp_path: Path) -> None:
    write(tmp_path, old="---\ntitle: Ice\n---\n\nOld words.\n", new="---\ntitle: Ice\n---\n\nNew words.\n")
    config = "workflow:\n  steps:\n    - name: site_checks\n      with: {orphans: true}\nposts: {root: .}\n"
    (tmp_path / "copydesk.yaml").write_text(config)
    done = copydesk("check", "new.md", "--format", "json")
    checks = [f["check"] for f in json.loads(done.stdout)["posts"][0]["findings"]]
    assert checks == ["site_checks.orphan", "site_checks.duplicate_title"]
    write(tmp_path, old="---\ntitle: Snow\n---\n\nSee [ice](new.md).\n")
    done = copydesk("check", "new.md", "--format", "json")
    assert json.loads(done.stdout)["posts"][0]["findings"] == []
