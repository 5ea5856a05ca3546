"""Instructions in the text: what they cover, where they end, and when one is needless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.loading import check
from copydesk.post import Post
from copydesk.report import Severity, StepResult, StepStatus, Verdict
from copydesk.scoring import review_post
from copydesk.step import StepContext
from copydesk.suppressions import UNUSED, read_instructions
from copydesk.workflow import Checks, WorkflowConfig


def review(text, path="post.md", config=None, **more):
    """A review in which the step `style` minds each `x` and the step `links` each `y`, as `step.letter`."""
    post = Post.from_text(path, text)
    results = {"load": check(post, StepContext())}
    for step, letter in (("style", "x"), ("links", "y")):
        places = [i for i, c in enumerate(text) if c == letter and text[max(0, i - 1) : i + 2].strip() == letter]
        found = [post.finding(f"{step}.{letter}", Severity.ERROR, i, i + 1, "m") for i in places]
        results[step] = StepResult(findings=tuple(found))
    return review_post(path, "hash", results | more, config or WorkflowConfig())


def live(result):
    return [(f.check, f.line) for f in result.findings if not f.suppressed]


def hidden(result):
    assert all(f.suppressed == (f.suppression == "text") for f in result.findings)
    return [(f.check, f.line) for f in result.findings if f.suppressed]


def test_off_holds_to_on_and_only_for_its_check():
    result = review("x y\n\n<!-- copydesk off: style.x -->\nx y\n<!-- copydesk on -->\nx y\n")
    assert hidden(result) == [("style.x", 4)]
    assert live(result) == [("style.x", 1), ("links.y", 1), ("links.y", 4), ("style.x", 6), ("links.y", 6)]


def test_off_without_on_holds_to_the_end():
    assert hidden(review("x\n\n<!-- copydesk off -->\n\nx\n\ny\n")) == [("style.x", 5), ("links.y", 7)]


def test_on_for_one_check_leaves_the_others_off():
    text = "<!-- copydesk off: style, links -->\nx y\n<!-- copydesk on: style -->\nx y\n"
    assert hidden(review(text)) == [("style.x", 2), ("links.y", 2), ("links.y", 4)]
    text = "<!-- copydesk off -->\nx y\n<!-- copydesk on: style -->\nx y\n"
    assert hidden(review(text)) == [("style.x", 2), ("links.y", 2), ("links.y", 4)]


def test_the_next_line_is_the_next_with_something_in_it():
    text = "<!-- copydesk off-next-line: style -->\n<!-- copydesk off-next-line: links -->\n\nx y\nx y\n"
    assert hidden(review(text)) == [("style.x", 4), ("links.y", 4)]


def test_a_whole_file_by_comment_and_by_front_matter():
    assert hidden(review("x\n\n<!-- copydesk off-file: style -->\n")) == [("style.x", 1)]
    front = "---\ntitle: T\ncopydesk: {ignore: [style.x, links]}\n---\nx y\n"
    assert hidden(review(front)) == [("style.x", 5), ("links.y", 5)]
    assert hidden(review("---\ntitle: T\ncopydesk:\n  ignore: all\n---\nx y\n")) == [("style.x", 6), ("links.y", 6)]


def test_comments_of_mdx():
    text = "import A from './a'\n\n{/* copydesk off: style.x */}\n\nx\n\n{/* copydesk on */}\n\nx\n"
    assert hidden(review(text, "post.mdx")) == [("style.x", 5)]


def test_a_reason_may_follow():
    assert hidden(review("<!-- copydesk off-next-line: style.x -- a quotation -->\nx\n")) == [("style.x", 2)]


def test_what_stands_in_code_is_no_instruction():
    result = review("```html\n<!-- copydesk off -->\n```\n\n`<!-- copydesk off -->` x\n")
    assert hidden(result) == []
    assert live(result) == [("style.x", 5)]


def test_score_and_verdict_follow():
    assert review("x\n").verdict is Verdict.CHANGES_REQUESTED
    result = review("<!-- copydesk off -->\nx\n")
    assert (result.verdict, result.score) == (Verdict.APPROVE, 100.0)


def test_a_needless_instruction_is_told_at_its_place():
    result = review("<!-- copydesk off: style.x, links.y -->\nx\n")
    [needless] = [f for f in result.findings if f.check == UNUSED]
    assert "links.y" in needless.message
    assert (needless.line, needless.column, needless.match) == (1, 1, "<!-- copydesk off: style.x, links.y -->")
    assert needless.severity is Severity.WARNING
    front = review("---\ntitle: T\ncopydesk: {ignore: [style.x]}\n---\nfine\n")
    assert [f.match for f in front.findings if f.check == UNUSED] == ["style.x"]


def test_an_instruction_for_a_step_that_had_no_say_is_not_needless():
    assert review("<!-- copydesk off: grammar.the -->\nfine\n").findings == ()
    unfinished = StepResult(status=StepStatus.FAILED)
    assert review("<!-- copydesk off: style.x -->\nfine\n", style=unfinished).findings == ()


def test_that_a_step_could_not_finish_is_never_suppressed():
    post = Post.from_text("p.md", "")
    failed = StepResult(
        status=StepStatus.FAILED, findings=(post.finding("style.failed", Severity.ERROR, 0, 0, "crashed"),)
    )
    result = review("<!-- copydesk off-file -->\nfine\n", style=failed)
    assert result.verdict is Verdict.INCOMPLETE
    assert [(f.check, f.suppressed) for f in result.findings] == [("style.failed", False)]


def test_a_team_may_refuse_instructions_in_posts():
    config = WorkflowConfig(checks=Checks(suppress_in_text=False))
    result = review("<!-- copydesk off -->\nx\n", config=config)
    assert live(result) == [("style.x", 2)]


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- copydesk ignore -->",
        "<!-- copydesk: off -->",
        "<!-- copydesk off style -->",
        "<!-- copydesk OFF: style -->",
    ],
)
def test_what_was_meant_as_an_instruction_and_is_none_is_told(comment):
    result = review(f"Text.\n\n{comment}\n")
    assert [(f.check, f.match) for f in result.findings] == [(UNUSED, comment)]


def test_hostile_posts_have_a_bounded_number_of_instructions():
    found, _ = read_instructions(Post.from_text("p.md", "<!-- copydesk off-next-line -->\n" * 20_000))
    assert len(found) == 1_000


@given(st.text(alphabet=st.sampled_from("<!-->{/*}copydesk of:n,. \nxa"), max_size=200))
def test_no_text_makes_it_raise(text):
    read_instructions(Post.from_text("p.md", "copydesk" + text))
    read_instructions(Post.from_text("p.mdx", f"<!-- copydesk off{text}-->\n{{/* copydesk on{text}*/}}"))
