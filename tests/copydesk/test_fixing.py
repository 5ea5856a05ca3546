"""Which suggestions are applied unseen, and what a file is afterwards: its own, but for the words."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.fixing import FileChanged, FixedPost, apply, fixable_checks, safe_edits
from copydesk.plan import make_plan
from copydesk.post import Post
from copydesk.report import Finding, Severity
from copydesk.workflow import WorkflowConfig

CHECKS = frozenset({"spelling.typo", "grammar.an_a"})


def on(post: Post, word: str, *suggestions: str, check: str = "spelling.typo", nth: int = 0) -> Finding:
    start = -1
    for _ in range(nth + 1):
        start = post.text.index(word, start + 1)
    return post.finding(check, Severity.WARNING, start, start + len(word), "Wrong.", suggestions)


def fixed(text: str, *found: tuple[str, ...], nth: int = 0) -> str:
    post = Post.from_text("post.md", text)
    return apply(post.text, safe_edits(post, [on(post, *given, nth=nth) for given in found], CHECKS))


@pytest.mark.parametrize(
    ("text", "word", "suggestion", "after"),
    [
        ("We recieve it.\n", "recieve", "receive", "We receive it.\n"),
        ("We *recieve* it.\r\n\r\nMore.\r\n", "recieve", "receive", "We *receive* it.\r\n\r\nMore.\r\n"),
        ("See [the recieve page](/recieve/).\n", "recieve", "receive", "See [the receive page](/recieve/).\n"),
        ("---\ntitle: To recieve\n---\nText.\n", "recieve", "receive", "---\ntitle: To receive\n---\nText.\n"),
        ("- We recieve all of it.\n", "recieve", "receive", "- We receive all of it.\n"),
    ],
)
def test_words_are_put_right_where_they_stand(text: str, word: str, suggestion: str, after: str) -> None:
    assert fixed(text, (word, suggestion)) == after


@pytest.mark.parametrize(
    ("text", "word", "suggestions"),
    [
        ("`recieve` it.\n", "recieve", ("receive",)),
        ("```\nrecieve\n```\n", "recieve", ("receive",)),
        ("    recieve\n", "recieve", ("receive",)),
        ("[x](/recieve/)\n", "recieve", ("receive",)),
        ('<a title="recieve">x</a>\n', "recieve", ("receive",)),
        ("{{< recieve >}}\n", "recieve", ("receive",)),
        ("<!-- recieve -->\n", "recieve", ("receive",)),
        ("---\nslug: recieve\n---\nText.\n", "recieve", ("receive",)),
        ("---\ntitle: recieve\n---\nText.\n", "recieve", ("a: b",)),
        ("---\ntitle: 'recieve'\n---\nText.\n", "recieve", ("it's",)),
        ("We recieve it.\n", "recieve", ("receive", "relieve")),
        ("We recieve it.\n", "recieve", ()),
        ("We recieve it.\n", "recieve", ("*receive*",)),
        ("We *re*cieve it.\n", "*re*cieve", ("receive",)),
        ("The r-a work.\n", "a", ("an",)),
        ("[Our projec](/x)t ends.\n", "projec", ("project",)),
        ("Our **projec**t ends.\n", "projec", ("project",)),
        ("Our pro[gect](/x) ends.\n", "gect", ("ject",)),
        ("Or A ui test.\n", "A", ("AN",)),
        ("- ana fliter (ana)\n", "fliter", ("filter",)),
        ("We the\nthe it.\n", "the\nthe", ("the",)),
        ("We the `x` the it.\n", "the `x` the", ("the",)),
    ],
)
def test_what_is_not_safe_is_left_alone(text: str, word: str, suggestions: tuple[str, ...]) -> None:
    assert fixed(text, (word, *suggestions)) == text


def test_only_live_findings_of_fixable_rules_at_their_place_count() -> None:
    post = Post.from_text("post.md", "We recieve it.\n")
    good = on(post, "recieve", "receive")
    other = on(post, "recieve", "receive", check="style.wordy")
    elsewhere = Finding(
        check="spelling.typo", severity=Severity.WARNING, message="", line=9, match="x", suggestions=("y",)
    )
    assert len(safe_edits(post, [good], CHECKS)) == 1
    assert safe_edits(post, [other, elsewhere], CHECKS) == []
    from dataclasses import replace

    assert safe_edits(post, [replace(good, suppressed=True), replace(good, match="recive")], CHECKS) == []
    assert len(safe_edits(post, [good, good], CHECKS)) == 1  # never twice at one place


def test_an_edit_that_would_make_markup_of_words_is_not_made() -> None:
    assert fixed("teh\n===\n", ("teh", "    the")) == "teh\n===\n"


PIECES = [
    "teh",
    "`teh`",
    "*teh*",
    " ",
    "\n",
    "\r\n",
    "[teh](/teh)",
    "<b>",
    "{{ teh }}",
    "```\n",
    "# ",
    "> ",
    "- ",
    "é🎉",
    "|",
    "    ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@settings(max_examples=300, deadline=None)
def test_code_and_addresses_are_never_touched(text: str) -> None:
    post = Post.from_text("post.md", text)
    findings = [on(post, "teh", "the", nth=n) for n in range(text.count("teh"))]
    after = apply(post.text, safe_edits(post, findings, CHECKS))
    again = Post.from_text("post.md", after)
    assert [link.destination for link in again.links] == [link.destination for link in post.links]
    code = ("code_inline", "fence", "code_block")
    for before, now in zip(post.tokens, again.tokens, strict=True):
        if before.type in code:
            assert now.content == before.content
    assert after.replace("the", "teh") == text


def test_the_rules_that_are_applied_are_few_and_say_so() -> None:
    assert fixable_checks(make_plan(WorkflowConfig())) == {
        *("spelling.typo", "spelling.title_typo", "spelling.rejected_word"),
        *("grammar.an_a", "grammar.repeated_words", "grammar.to_to"),
    }


def test_a_file_that_has_changed_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "post.md"
    file.write_text("teh\n")
    post = Post.from_bytes(str(file), file.read_bytes())
    change = FixedPost(path=str(file), content_hash=post.content_hash, before="teh\n", after="the\n", checks=("a.b",))
    file.write_text("teh end\n")
    with pytest.raises(FileChanged):
        change.write()
    assert file.read_text() == "teh end\n"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".post")] == []


DAMAGED = (
    b"\xef\xbb\xbf---\r\ntitle: A post\r\n---\r\n\r\nWe recieve an parser, and the the the code `teh`.\r\n\r\n\tteh\r\n"
)
MENDED = b"\xef\xbb\xbf---\r\ntitle: A post\r\n---\r\n\r\nWe receive a parser, and the code `teh`.\r\n\r\n\tteh\r\n"


def test_check_fix_shows_a_diff_applies_it_and_finds_nothing_more(copydesk, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "post.md"
    real.write_bytes(DAMAGED)
    real.chmod(0o640)
    (tmp_path / "post.md").symlink_to(real)
    (tmp_path / "good.md").write_text("# Good\n\nNothing is wrong here.\n")
    shown = copydesk("check", "post.md", "good.md", "--diff-only")
    assert (shown.returncode, real.read_bytes()) == (1, DAMAGED)
    assert "-We recieve an parser, and the the the code `teh`." in shown.stdout
    assert "+We receive a parser, and the code `teh`." in shown.stdout
    assert "good.md" not in shown.stdout
    assert shown.stderr.strip().endswith("in 1 post; nothing was written.")

    done = copydesk("check", "post.md", "good.md", "--fix", "--format", "json", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    assert real.read_bytes() == MENDED
    assert (tmp_path / "post.md").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "+We receive a parser" in done.stderr
    assert "spelling.typo" not in done.stdout

    again = copydesk("check", "post.md", "--diff-only")
    assert (again.returncode, again.stdout) == (0, "")
    assert "no safe suggestion" in again.stderr


def test_the_diff_can_be_applied_by_git(copydesk, tmp_path: Path) -> None:
    (tmp_path / "post.md").write_bytes(b"# Words\n\nWe recieve it.\n\nLast definately")
    shown = copydesk("check", "post.md", "--diff-only")
    (tmp_path / "change.diff").write_text(shown.stdout)
    subprocess.run(["git", "apply", "change.diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "post.md").read_bytes() == b"# Words\n\nWe receive it.\n\nLast definitely"


def test_fix_looks_at_whole_posts(copydesk, tmp_path: Path) -> None:
    (tmp_path / "post.md").write_text("Hello.\n")
    done = copydesk("check", "post.md", "--fix", "--base", "main")
    assert done.returncode == 2
    assert "leave --base" in done.stderr
