"""The step `approval`: how it is listed, what a decision makes of the reviews, what the editor reads."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from markdown_it import MarkdownIt

from copydesk import approval
from copydesk.approval import Question, decided, left_out, undecided
from copydesk.deciding import answer, find_decision, form, make_decision
from copydesk.diagram import plan_nodes
from copydesk.direct import review_directly
from copydesk.errors import WorkflowError
from copydesk.monitor import WorkflowMonitor
from copydesk.plan import load_plan, make_plan
from copydesk.reconcile import close_run, reconcile
from copydesk.report import Decision, Finding, PostReview, ReviewReport, Severity, Verdict
from copydesk.reports import render
from copydesk.reports.json_report import read_report
from copydesk.reports.question import POSTS, WORST, question_markdown
from copydesk.session import open_session
from copydesk.states import RunState
from copydesk.stored_report import asked_content, stored_decision, stored_report
from copydesk.stores import open_store
from copydesk.workflow import parse_workflow, workflow_schema

STEPS = "workflow:\n  steps:\n    - {name: structure}\n    - {name: links, depends_on: [structure]}\n"


def review(path="posts/a.md", verdict=Verdict.CHANGES_REQUESTED, **more):
    finding = Finding(check="links.broken_link", severity=Severity.ERROR, message="There is no post.", line=3)
    return PostReview(
        path=path, content_hash="c0ffee", verdict=verdict, score=88.0, verdict_reasons=("1 error",),
        **{"findings": (finding,), **more},
    )  # fmt: skip


# --- in the workflow file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "others", "field", "message"),
    [
        ("{name: approval, uses: 'os.path:join'}", "", "steps[2].uses", "cannot be replaced"),
        ("{name: approval, runs_on: queue}", "", "steps[2].runs_on", "means nothing there"),
        ("{name: approval, with: {a: 1}}", "", "steps[2].with", "means nothing there"),
        ("{name: approval, timeout_seconds: 3}", "", "steps[2].timeout_seconds", "means nothing there"),
        ("{name: approval, depends_on: [stucture]}", "", "steps[2].depends_on[0]", "there is no step 'stucture'"),
        ("{name: approval}", "    - {name: seo, depends_on: [approval]}\n", "steps[3].depends_on[0]", "after all"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(step, others, field, message):
    with pytest.raises(WorkflowError) as caught:
        parse_workflow(f"{STEPS}    - {step}\n{others}")
    [problem] = caught.value.problems
    assert problem.field == f"workflow.{field}"
    assert message in problem.message


def test_alone_it_is_no_workflow():
    with pytest.raises(WorkflowError, match="no step is left to run"):
        parse_workflow("workflow:\n  steps: [{name: approval}]\n")


def test_it_is_no_step_that_runs_over_posts():
    plan = make_plan(
        parse_workflow(f"{STEPS}    - {{name: approval, depends_on: [links], description: The editor.}}\n")
    )
    assert [step.name for step in plan.steps] == ["structure", "links"]
    assert plan.approval == approval.PlannedApproval(description="The editor.", depends_on=("links",))
    assert make_plan(parse_workflow(STEPS)).approval is None
    assert make_plan(parse_workflow(f"{STEPS}    - {{name: approval, enabled: false}}\n")).approval is None


def test_it_is_drawn_after_all_steps_and_before_the_final_review():
    text = f"{STEPS}    - {{name: seo}}\n    - {{name: approval, depends_on: [structure]}}\n"
    nodes = {node.name: node for node in plan_nodes(make_plan(parse_workflow(text)))}
    assert list(nodes) == ["load", "structure", "links", "seo", "approval", "final_review"]
    assert nodes["approval"].depends_on == ("links", "seo", "structure")
    assert nodes["approval"].retries == "an editor decides"
    assert nodes["final_review"].depends_on == ("approval",)


def test_the_schema_for_editors_takes_it():
    pattern = workflow_schema()["$defs"]["StepConfig"]["properties"]["name"]["pattern"]
    assert re.search(pattern, approval.STEP)


# --- what a decision does ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", approval.CHOICES.values())
@pytest.mark.parametrize("found", [Verdict.APPROVE, Verdict.CHANGES_REQUESTED, Verdict.REJECT])
def test_the_verdict_is_the_editors_and_the_rest_stays(verdict, found):
    before = review(verdict=found)
    after = decided(before, Decision(verdict=verdict, reason="because"))
    assert after.verdict is verdict
    assert (after.score, after.findings) == (before.score, before.findings)
    assert after.verdict_reasons[0].endswith("(because)")
    said = any("the findings alone say" in reason for reason in after.verdict_reasons)
    assert said == (verdict is not found)


def test_without_a_decision_nothing_is_approved():
    waiting = undecided(review(verdict=Verdict.APPROVE, findings=()))
    assert (waiting.verdict, waiting.incomplete) == (Verdict.INCOMPLETE, ("approval",))
    assert waiting.verdict_reasons[0] == "an editor has to decide"


def test_who_asks_nobody_says_so():
    assert left_out(review(), "why").skipped == {"approval": "why"}
    assert left_out(review(), "why").verdict is Verdict.CHANGES_REQUESTED


def test_the_digest_is_that_of_paths_and_contents():
    one, two = review("a.md"), review("b.md")
    digest = Question(workflow="w", reviews=(one, two)).content
    assert Question(workflow="v", reviews=(two, one)).content == digest
    assert Question(workflow="w", reviews=(one,)).content != digest
    changed = replace(two, content_hash="decaf")
    assert Question(workflow="w", reviews=(one, changed)).content != digest


def test_check_leaves_it_out_and_says_so(tmp_path):
    (tmp_path / "copydesk.yaml").write_text(f"{STEPS}    - {{name: approval}}\n")
    (tmp_path / "a.md").write_text("# A day\n\nText.\n")
    with open_session(use_cache=False, monitored=False) as session:
        report = asyncio.run(review_directly(session, load_plan(None, tmp_path), [str(tmp_path)]))
    assert [post.skipped for post in report.posts] == [{"approval": approval.NOBODY_TO_ASK}]
    assert report.decision is None


def test_the_report_keeps_it_and_older_reports_are_read():
    decision = Decision(verdict=Verdict.REJECT, reason="no", decided_at="2026-11-22T10:00:00.000+00:00", content="c")
    report = ReviewReport(verdict=Verdict.REJECT, decision=decision)
    assert read_report(render(report, "json")) == report
    older = json.loads(render(report, "json"))
    del older["decision"]
    assert read_report(json.dumps(older)).decision is None


# --- the question -----------------------------------------------------------------------------------------------------

HOSTILE = "![x](http://evil.example/a.png) <script>alert(1)</script> [y](javascript:z) | `code` @all #1 \x1b[2J"


def test_nothing_of_a_post_is_markup_in_the_question():
    finding = Finding(check="own.x", severity=Severity.ERROR, message=HOSTILE, line=7)
    text = question_markdown(Question(workflow=HOSTILE, reviews=(review(f"posts/{HOSTILE}.md", findings=(finding,)),)))
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {"image", "link_open", "html_block", "html_inline"}
    assert "\x1b" not in text
    assert sum(token.type == "list_item_open" for token in tokens) == 2  # the post and its finding


def test_the_question_says_the_verdict_and_the_worst_and_counts_the_rest():
    mild = Finding(check="own.y", severity=Severity.SUGGESTION, message="mild", line=1)
    grave = Finding(check="own.z", severity=Severity.ERROR, message="grave", line=90)
    reviews = [review(f"p{n:03}.md", Verdict.APPROVE, findings=(mild,) * 3) for n in range(40)]
    reviews.append(review("z.md", findings=(grave,)))
    text = question_markdown(Question(workflow="w", reviews=tuple(reviews)))
    assert "The findings say: changes requested" in text
    assert "1 error, 120 suggestions" in text
    assert f"… and {41 - POSTS} posts more" in text
    assert f"… and {121 - WORST} findings more" in text
    posts = [line for line in text.splitlines() if line.startswith("- `")]
    assert posts[0] == "- `z.md`: changes requested, 88, 1 error"
    assert "grave" in text
    assert len(text) < 8_000


def test_the_question_leaves_out_the_folder_of_all_posts():
    def posts(*paths):
        text = question_markdown(Question(workflow="w", reviews=tuple(review(path) for path in paths)))
        return [line.split("`")[1] for line in text.splitlines() if line.startswith("- `")]

    assert posts("/blog/posts/a/x.md", "/blog/posts/ab/y.md") == ["a/x.md", "ab/y.md"]
    assert posts("a/x.md", "y.md") == ["a/x.md", "y.md"]
    assert posts("a.md") == ["a.md"]
    assert posts("/a/x.md", "y.md") == ["/a/x.md", "y.md"]
    _, long = posts("posts/a.md", f"posts/{'x' * 90}/{'y' * 40}.md")
    assert long == f"…{'x' * 5}/{'y' * 40}.md"


# --- the form and its answers -----------------------------------------------------------------------------------------


def test_the_form_asks_for_a_verdict_and_a_reason():
    schema = form().model_json_schema()
    assert schema["properties"]["decision"]["enum"] == [verdict.value for verdict in approval.CHOICES.values()]
    assert schema["required"] == ["decision"]
    assert schema["additionalProperties"] is False
    form().model_validate(answer(make_decision(Verdict.REJECT, "x", "c")))


def test_a_reason_is_bounded_and_holds_no_secret():
    decision = make_decision(Verdict.APPROVE, "see https://user:hunter2@example.com/ " + "x" * 9_000, "c")
    assert "hunter2" not in decision.reason
    assert len(decision.reason) <= approval.REASON_LIMIT + 20


def test_a_given_decision_counts_for_the_posts_that_it_was_made_on():
    question = Question(workflow="w", reviews=(review(),))
    flow_run = SimpleNamespace(id="x", deployment_id=None)
    right = make_decision(Verdict.APPROVE, "", question.content)
    wrong = make_decision(Verdict.APPROVE, "", "another")
    assert asyncio.run(find_decision(question, right, flow_run)) == right
    assert asyncio.run(find_decision(question, wrong, flow_run)) is None
    assert asyncio.run(find_decision(question, None, flow_run)) is None


# --- the record -------------------------------------------------------------------------------------------------------


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'store.db'}"


def record_of(url, tell):
    monitor = WorkflowMonitor(url)
    run = monitor.start_run(run_id="run-1", workflow="w", priority="high", posts=1)
    run.step_pending("approval")
    tell(run)
    monitor.close()
    store = open_store(url)
    record = store.run("run-1")
    assert record is not None
    return store, record


def test_the_decision_is_read_back(url):
    def tell(run):
        run.event("approval", asked="approve", content="first")
        run.event("approval", asked="approve", content="second")
        run.event(
            "approval", decision="reject", reason="no", decided_at="2026-11-22T10:00:00.000+00:00", content="second"
        )

    store, record = record_of(url, tell)
    assert asked_content(record) == "second"
    decision = stored_decision(record)
    assert decision == Decision(
        verdict=Verdict.REJECT, reason="no", decided_at="2026-11-22T10:00:00.000+00:00", content="second"
    )
    assert stored_report(store, record).decision == decision
    store.close()


def test_a_run_that_waits_is_nobodys_to_close_but_can_be_cancelled(url):
    store, record = record_of(url, lambda run: run.suspended())
    assert record.run.state == "suspended"
    assert reconcile(store, None).closed == []
    close_run(store, record.run, RunState.CANCELLED, "cancelled by somebody")
    after = store.run("run-1")
    assert (after.run.state, after.run.error) == ("cancelled", "cancelled by somebody")
    assert [step.state for step in after.steps] == ["cancelled"]
    store.close()
