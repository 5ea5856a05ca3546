"""From the workflow file to what will run."""

from __future__ import annotations

import pytest

from copydesk.errors import WorkflowError
from copydesk.plan import load_plan, make_plan
from copydesk.steps import BUILTIN, builtin
from copydesk.workflow import Priority, RetryPolicy, WorkflowConfig, parse_workflow


def plan_of(text):
    return make_plan(parse_workflow(text))


OWN = """
workflow:
  retry: {max_retries: 5, base_delay: 2}
  steps:
    - name: first
      uses: "team_checks:count"
      timeout_seconds: 7
      post_timeout_seconds: 3
      priority: critical
      retry: {max_retries: 1}
      with: {a: 1}
      required: true
      description: Counts.
    - name: second
      uses: "team_checks:note"
      depends_on: [first, load, first, unused]
    - name: unused
      uses: "team_checks:note"
      enabled: false
checks:
  vocabulary: [Pier]
  thresholds: {first.limit: 3, second.limit: 4}
posts:
  keys: {description: [excerpt, teaser]}
"""


def test_without_a_file_the_built_in_steps_run():
    plan = make_plan(WorkflowConfig())
    assert tuple(step.name for step in plan.steps) == BUILTIN
    assert plan.load.name == "load"
    assert plan.load.required
    assert plan.graph.names == BUILTIN
    for step in plan.steps:
        assert step.priority is builtin(step.name).priority


def test_what_the_file_says_goes_before_the_registration(own_steps):
    first, second = plan_of(OWN).steps
    assert (first.timeout_seconds, first.post_timeout_seconds) == (7, 3)
    assert first.priority is Priority.CRITICAL
    assert (first.required, first.options, first.description) == (True, {"a": 1}, "Counts.")
    assert (second.timeout_seconds, second.post_timeout_seconds) == (300, 10)
    assert second.description.startswith("Write to the file")
    assert not second.required


def test_a_step_changes_only_what_it_says_of_the_retry_policy(own_steps):
    first, second = plan_of(OWN).steps
    assert first.retry == RetryPolicy(max_retries=1, base_delay=2)
    assert second.retry == RetryPolicy(max_retries=5, base_delay=2)


def test_a_step_that_is_switched_off_holds_nothing_up(own_steps):
    plan = plan_of(OWN)
    assert [step.name for step in plan.steps] == ["first", "second"]
    assert plan.step("second").depends_on == ("first",)
    with pytest.raises(KeyError):
        plan.step("unused")


def test_load_may_be_listed_to_change_its_options(own_steps):
    text = OWN.replace("  steps:\n", "  steps:\n    - name: load\n      timeout_seconds: 9\n")
    plan = plan_of(text)
    assert plan.load.timeout_seconds == 9
    assert plan.load.required
    assert [step.name for step in plan.steps] == ["first", "second"]


def test_a_step_sees_its_options_the_vocabulary_and_its_own_limits(own_steps):
    plan = plan_of(OWN)
    context = plan.context(plan.step("first"), {"branch": "main"})
    assert context.options == {"a": 1}
    assert context.vocabulary == ("Pier",)
    assert context.thresholds == {"first.limit": 3}
    assert context.keys == {"description": ["excerpt", "teaser"]}
    assert context.run == {"branch": "main"}


def test_paths_of_the_file_are_relative_to_its_folder(tmp_path):
    (tmp_path / "copydesk.yaml").write_text("workflow:\n  steps:\n    - name: seo\n")
    (tmp_path / "posts").mkdir()
    plan = load_plan(None, tmp_path / "posts")
    assert plan.file == (tmp_path / "copydesk.yaml").resolve()
    assert plan.folder == tmp_path.resolve()


def test_no_file_above_the_posts_means_the_built_in_workflow(tmp_path):
    plan = load_plan(None, tmp_path)
    assert plan.file is None
    assert tuple(step.name for step in plan.steps) == BUILTIN


def test_a_named_file_goes_before_the_one_above_the_posts(tmp_path):
    (tmp_path / "copydesk.yaml").write_text("workflow: {name: above}\n")
    other = tmp_path / "other.yaml"
    other.write_text("workflow:\n  name: named\n  steps:\n    - name: seo\n")
    assert load_plan(other, tmp_path).config.workflow.name == "named"


def test_every_path_under_review_is_closed_to_code(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "late_checks.py").write_text("def f(post, context): return []\n")
    monkeypatch.syspath_prepend(str(tmp_path / "b"))
    file = tmp_path / "copydesk.yaml"
    file.write_text("workflow:\n  steps:\n    - name: own\n      uses: 'late_checks:f'\n")
    with pytest.raises(WorkflowError, match="code among the posts"):
        load_plan(None, tmp_path / "a", tmp_path / "b")
    assert load_plan(None, tmp_path / "a").step("own").step.check == "late_checks:f"
    file.write_text("posts: {root: b}\n" + file.read_text())
    with pytest.raises(WorkflowError, match="code among the posts"):
        load_plan(None, tmp_path / "a")
