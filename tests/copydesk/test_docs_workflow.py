"""The page on the workflow file: its examples work as they stand, and no key is missing."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from copydesk.direct import review_directly
from copydesk.plan import load_plan
from copydesk.session import open_session
from copydesk.workflow import (
    Checks,
    Override,
    Posts,
    PostType,
    RetryPolicy,
    StepConfig,
    VerdictRules,
    WordLimits,
    Workflow,
    WorkflowConfig,
    parse_workflow,
)

PAGE = (Path(__file__).parents[2] / "docs" / "workflow.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
[PYTHON] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
MODELS = (
    WorkflowConfig,
    Workflow,
    StepConfig,
    RetryPolicy,
    Posts,
    Checks,
    Override,
    PostType,
    WordLimits,
    VerdictRules,
)


@pytest.fixture
def my_blog(tmp_path, monkeypatch):
    """The package of the page's own step."""
    (tmp_path / "team" / "my_blog").mkdir(parents=True)
    (tmp_path / "team" / "my_blog" / "checks.py").write_text(PYTHON)
    monkeypatch.syspath_prepend(str(tmp_path / "team"))
    yield
    for name in ("my_blog", "my_blog.checks"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_a_workflow_file(text, my_blog, tmp_path, monkeypatch):
    (tmp_path / "words.txt").write_text("kubectl\n")
    (tmp_path / "rejected.txt").write_text("utilise -> use\n")
    monkeypatch.chdir(tmp_path)
    assert parse_workflow(text) != WorkflowConfig()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_explained(model):
    missing = [
        key
        for key in (field.alias or name for name, field in model.model_fields.items())
        if not re.search(rf"^\|[^|]*`{key}`|^## `{key}`|`{key}`", PAGE, re.MULTILINE)
    ]
    assert missing == []


def test_the_list_of_models_is_whole():
    from copydesk import workflow

    models = {
        value
        for value in vars(workflow).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == workflow.__name__
    }
    assert {model for model in models if not model.__name__.startswith("_")} == set(MODELS)


def test_every_default_is_as_the_page_says():
    for model in (Workflow, RetryPolicy, VerdictRules):
        for name, field in model.model_fields.items():
            if isinstance(field.default, int | float) and not isinstance(field.default, bool):
                assert re.search(rf"^\| `{name}` \| {field.default:g} \|", PAGE, re.MULTILINE), name


def test_the_example_uses_every_key_of_a_step_and_of_a_workflow():
    whole = EXAMPLES[0]
    for model in (Workflow, StepConfig, RetryPolicy, Posts):
        for name, field in model.model_fields.items():
            assert re.search(rf"\b{field.alias or name}:", whole), name


async def test_the_own_step_is_ten_lines_and_works(tmp_path, my_blog):
    assert len(PYTHON.splitlines()) <= 10
    posts = tmp_path / "blog" / "posts"
    posts.mkdir(parents=True)
    (posts / "a.md").write_text("# Ours\n\nWe found `synergy` and leverage.\n")
    (tmp_path / "blog" / "copydesk.yaml").write_text(next(e for e in EXAMPLES if e.count("- name") == 1))
    with open_session(monitored=False) as session:
        report = await review_directly(session, load_plan(None, posts), [str(posts)])
    [found] = [f for f in report.posts[0].findings if f.step == "house_style"]
    assert (found.match, found.line, found.message) == ("leverage", 3, "We do not say 'leverage'.")


def test_the_mistakes_on_the_page_are_told_so(my_blog):
    from copydesk.errors import WorkflowError

    text = "workflow:\n  name: x\n  timeout_seconds: 0\n  steps:\n    - name: grammar\n    - name: seo\n"
    text += "      depends_on: [grammer]\n"
    with pytest.raises(WorkflowError) as caught:
        parse_workflow(text)
    assert str(caught.value) in PAGE
