"""The workflow file: every kind of mistake is told at its line with what to do, and all of them at once."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from copydesk.errors import UsageError, WorkflowError
from copydesk.steps import BUILTIN, builtin
from copydesk.workflow import (
    FILE_NAME,
    Priority,
    RetryPolicy,
    WorkflowConfig,
    find_workflow,
    load_workflow,
    parse_workflow,
    posts_folders,
    workflow_schema,
)

STARTER = files("copydesk").joinpath("starter.yaml").read_text("utf-8")


def problems(text):
    with pytest.raises(WorkflowError) as caught:
        parse_workflow(text, "copydesk.yaml")
    return [(p.line, p.field, p.message, p.advice) for p in caught.value.problems]


def steps(*lines):
    return "workflow:\n  steps:\n" + "".join(f"    {line}\n" for line in lines)


MISTAKES = [
    # text, line, field, in the message, in the advice
    ("workflow:\n  nmae: x\n", 2, "workflow.nmae", "unknown", "Did you mean 'name'?"),
    ("zzz: 1\n", 1, "zzz", "unknown", "Known here: workflow, posts, checks, "),
    ("workflow:\n  retry: {max_retrys: 2}\n", 2, "workflow.retry.max_retrys", "unknown", "'max_retries'"),
    ("workflow:\n  timeout_seconds: 0\n", 2, "workflow.timeout_seconds", "0 is not allowed", "greater than 0"),
    ("workflow:\n  timeout_seconds: .nan\n", 2, "workflow.timeout_seconds", "nan is not allowed", "Give"),
    ("workflow:\n  max_concurrent_tasks: many\n", 2, "workflow.max_concurrent_tasks", "'many'", "whole number"),
    ("workflow:\n  batch_size: 0\n", 2, "workflow.batch_size", "0 is not allowed", "1 or more"),
    ("workflow:\n  retry:\n    base_delay: -1\n", 3, "workflow.retry.base_delay", "-1 is not allowed", "0 or more"),
    ("workflow:\n  retry:\n    max_retries: 51\n", 3, "workflow.retry.max_retries", "51", "50 or less"),
    ("workflow:\n  retry:\n    jitter: 2\n", 3, "workflow.retry.jitter", "2 is not allowed", "1 or less"),
    ("workflow:\n  retry: 3\n", 2, "workflow.retry", "3 is not allowed", "mapping"),
    ("workflow:\n  name: ''\n", 2, "workflow.name", "''", "at least 1 character"),
    ("workflow:\n  name: a\n  name: b\n", 3, "workflow.name", "given twice", "Remove one"),
    ("workflow:\n  steps: []\n", 2, "workflow.steps", "not allowed", "at least one"),
    ("workflow:\n  steps:\n", 2, "workflow.steps", "empty", "List steps"),
    (steps("- links"), 3, "workflow.steps[0]", "'links' is not allowed", "mapping"),
    (steps("- priority: low"), 3, "workflow.steps[0].name", "missing", "Add it."),
    (steps("- name: Bad Name", "  uses: 'a:b'"), 3, "workflow.steps[0].name", "'Bad Name'", "lower-case"),
    (steps("- name: grammer"), 3, "workflow.steps[0].name", "no built-in step 'grammer'", "Did you mean 'grammar'?"),
    (steps("- name: own"), 3, "workflow.steps[0].name", "no built-in step 'own'", "package.module:function"),
    (steps("- name: seo", "- name: style", "- name: seo"), 5, "workflow.steps[2].name", "two steps", "line 3"),
    (steps("- name: seo", "  priority: hihg"), 4, "workflow.steps[0].priority", "'hihg'", "Did you mean 'high'?"),
    (steps("- name: seo", "  runs_on: quue"), 4, "workflow.steps[0].runs_on", "'quue'", "Did you mean 'queue'?"),
    (steps("- name: seo", "  depends_on: links"), 4, "workflow.steps[0].depends_on", "'links'", "list"),
    (steps("- name: seo", "  timeout_seconds: 0"), 4, "workflow.steps[0].timeout_seconds", "0", "greater than 0"),
    (steps("- name: seo", "  post_timeout_seconds: -3"), 4, "workflow.steps[0].post_timeout_seconds", "-3", "greater"),
    (steps("- name: seo", "  retry: {base_delay: -2}"), 4, "workflow.steps[0].retry.base_delay", "-2", "0 or more"),
    (steps("- name: seo", "  depends_on: [style]"), 4, "workflow.steps[0].depends_on[0]", "no step 'style'", "List"),
    (steps("- name: seo", "- name: links", "  depends_on: [soe]"), 5, "workflow.steps[1].depends_on[0]", "", "'seo'"),
    (steps("- name: seo", "  depends_on: [seo]"), 4, "workflow.steps[0].depends_on", "seo -> seo", "Remove one"),
    (
        steps("- name: seo", "  depends_on: [links]", "- name: links", "  depends_on: [style]", "- name: style",
              "  depends_on: [seo]"),
        4, "workflow.steps[0].depends_on", "seo -> links -> style -> seo", "Remove one",
    ),
    (steps("- name: seo", "  enabled: false"), 2, "workflow.steps", "no step is left", "Enable"),
    (steps("- name: load"), 2, "workflow.steps", "no step is left", "list at least one"),
    (steps("- name: seo", "- name: load", "  depends_on: [seo]"), 5, "workflow.steps[1].depends_on", "its place", ""),
    (steps("- name: seo", "- name: load", "  uses: 'os.path:join'"), 5, "workflow.steps[1].uses", "replaced", "own"),
    (steps("- name: seo", "  depends_on: [final_review]"), 4, "workflow.steps[0].depends_on[0]", "after all", "Remove"),
    (steps("- name: own", "  uses: nocolon"), 4, "workflow.steps[0].uses", "'nocolon'", "package.module:function"),
    (steps("- name: own", "  uses: 'no_such_thing:f'"), 4, "workflow.steps[0].uses", "no module named", "PYTHONPATH"),
    (steps("- name: own", "  uses: 'os.path:joni'"), 4, "workflow.steps[0].uses", "has no 'joni'", "'join'"),
    (steps("- name: own", "  uses: 'os.path:sep'"), 4, "workflow.steps[0].uses", "no function", "(post, context)"),
    (steps("- name: own", "  uses: 'math:sqrt'"), 4, "workflow.steps[0].uses", "does not take", "two arguments"),
    (steps("- name: seo", "  with: {day: !!set {a}}"), 4, "workflow.steps[0].with", "JSON", "texts, numbers"),
    ("workflow:\n  metadata: {x: .inf}\n", 2, "workflow.metadata", "JSON", "texts, numbers"),
    ("posts:\n  include: '*.md'\n", 2, "posts.include", "'*.md'", "Give a list"),
    ("posts:\n  keys: {description: excerpt}\n", 2, "posts.keys.description", "'excerpt'", "Give a list"),
    ("checks:\n  severity: {seo.draft: of}\n", 2, "checks.severity.seo.draft", "'of'", "Did you mean 'off'?"),
    ("checks:\n  severity: {Style: error}\n", 2, "checks.severity.Style", "'Style'", "step.rule"),
    ("checks:\n  severity: {seo.drfat: error}\n", 2, "checks.severity.seo.drfat", "no check", "'seo.draft'"),
    ("checks:\n  thresholds: {seo.draft: 3}\n", 2, "checks.thresholds.seo.draft", "no check that has a limit", "steps"),
    ("checks:\n  thresholds: {seo.short_post: few}\n", 2, "checks.thresholds.seo.short_post", "'few'", "number"),
    ("types:\n  news: {wrods: {min: 3}}\n", 2, "types.news.wrods", "unknown", "Did you mean 'words'?"),
    ("verdict:\n  approve_at: 101\n", 2, "verdict.approve_at", "101", "100 or less"),
    ("- a\n", 1, "(file)", "mapping is expected", "workflow:"),
    ("workflow:\n  name: [a\n", 3, "(file)", "not YAML", "indentation"),
    ("workflow:\n  name: a: b\n", 2, "(file)", "not YAML", "quote values"),
    ("workflow: !!python/object/apply:os.system [ls]\n", 1, "(file)", "not YAML", ""),
    ("name: \0\n", 1, "(file)", "cannot be read", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "field", "message", "advice"), MISTAKES)
def test_a_mistake_is_told_at_its_place_with_what_to_do(text, line, field, message, advice):
    [found] = problems(text)
    assert found[:2] == (line, field)
    assert message in found[2]
    assert advice in found[3]


def test_every_problem_names_the_file():
    with pytest.raises(WorkflowError, match=re.escape("my/blog.yaml:2: workflow.nmae: this key is unknown.")):
        parse_workflow("workflow:\n  nmae: x\n", "my/blog.yaml")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines():
    found = problems(
        "workflow:\n"
        "  timeout_seconds: 0\n"
        "  retry: {base_delay: -1}\n"
        "  steps:\n"
        "    - name: grammer\n"
        "    - name: seo\n"
        "      depends_on: [style]\n"
        "    - name: seo\n"
        "checks:\n"
        "  severity: {seo.drfat: off}\n"
        "postz: {}\n"
    )
    assert [(line, field) for line, field, _, _ in found] == [
        (2, "workflow.timeout_seconds"),
        (3, "workflow.retry.base_delay"),
        (5, "workflow.steps[0].name"),
        (7, "workflow.steps[1].depends_on[0]"),
        (8, "workflow.steps[2].name"),
        (10, "checks.severity.seo.drfat"),
        (11, "postz"),
    ]


def test_a_chain_of_aliases_that_never_ends_is_a_mistake_and_no_hang():
    assert problems("workflow: &a {name: *a}\n")
    assert problems("workflow:\n  metadata: &a {b: *a}\n")


def test_an_empty_file_means_the_defaults():
    assert parse_workflow("") == WorkflowConfig()
    assert parse_workflow("# only a comment\n") == WorkflowConfig()


def test_a_bare_off_switches_a_check_off():
    # YAML reads a bare `off` as false.
    assert parse_workflow("checks:\n  severity: {seo.draft: off}\n").checks.severity == {"seo.draft": "off"}


def test_a_date_stays_the_text_that_it_is():
    config = parse_workflow("workflow:\n  metadata: {since: 2024-05-01}\n")
    assert config.workflow.metadata == {"since": "2024-05-01"}


def test_load_may_be_listed_and_depended_on():
    config = parse_workflow(steps("- name: load", "  timeout_seconds: 5", "- name: seo", "  depends_on: [load]"))
    assert [step.name for step in config.workflow.steps] == ["load", "seo"]


def test_priorities_are_ranked():
    assert [(p.value, p.rank) for p in Priority] == [("critical", 1), ("high", 2), ("medium", 3), ("low", 4)]


def test_the_nearest_file_above_the_posts_is_in_charge(tmp_path):
    posts = tmp_path / "blog" / "posts"
    posts.mkdir(parents=True)
    (posts / "a.md").write_text("# A\n")
    (tmp_path / FILE_NAME).write_text("")
    assert find_workflow(posts / "a.md") == tmp_path / FILE_NAME
    (tmp_path / "blog" / FILE_NAME).write_text("")
    assert find_workflow(posts) == tmp_path / "blog" / FILE_NAME


def test_a_file_that_cannot_be_read_is_bad_usage(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        load_workflow(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"workflow: {name: caf\xe9}\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_workflow(tmp_path / "latin.yaml")
    with pytest.raises(UsageError, match="cannot read"):
        load_workflow(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    file = tmp_path / FILE_NAME
    file.write_bytes(b"\xef\xbb\xbfworkflow:\r\n  name: here\r\n")
    assert load_workflow(file).workflow.name == "here"


# --- the starter and the schema ---------------------------------------------------------------------------------------


def test_the_starter_shows_the_defaults():
    config = parse_workflow(STARTER)
    assert config.workflow.retry == RetryPolicy()
    assert config.posts == WorkflowConfig().posts
    assert config.checks == WorkflowConfig().checks
    assert config.verdict == WorkflowConfig().verdict
    changed = {
        name: value
        for name, value in config.workflow
        if value != getattr(WorkflowConfig().workflow, name) and name not in ("description", "steps")
    }
    assert changed == {}
    assert tuple(step.name for step in config.workflow.steps) == BUILTIN
    assert {s.name: s.priority for s in config.workflow.steps} == {name: builtin(name).priority for name in BUILTIN}


def test_the_examples_in_the_comments_of_the_starter_are_right(own_steps):
    text = re.sub(r": (?:\{\}|\[\]) # example: (\{[^}]*\}|\[[^]]*\]).*", r": \1", STARTER)
    text = re.sub(r"^( *)# (root|site_root): (\S+) # example.*$", r"\1\2: \3", text, flags=re.MULTILINE)
    text = re.sub(r"^( *)# ((?:- name: house_style|  [a-z_]+: ).*)$", r"\1\2", text, flags=re.MULTILINE)
    config = parse_workflow(text.replace("my_blog.checks:", "team_checks:"))
    assert config.checks.severity
    assert config.checks.thresholds
    assert config.checks.vocabulary
    assert config.checks.rejected == {"utilise": "use", "synergy": ""}
    assert config.posts.root
    assert config.posts.site_root
    assert config.posts.keys
    assert config.workflow.metadata
    assert config.workflow.steps[-1].required


def test_the_examples_of_overrides_and_types_in_the_starter_are_right():
    text = STARTER.replace("overrides: []", "overrides:").replace("types: {}", "types:").replace("# Example:\n", "")
    text = re.sub(r"^( *)# (?=  +(?:- paths|[a-z_]+:))", r"\1", text, flags=re.MULTILINE)
    config = parse_workflow(
        text.split("    # - name: house_style")[0].rsplit("    # Your own", 1)[0] + text[text.index("posts:") :]
    )
    [override] = config.checks.overrides
    assert (override.severity, override.thresholds) == ({"seo.draft": "off"}, {"seo.short_post": 20})
    assert config.types["release_notes"].required == ("title", "date", "version")


def test_the_schema_accepts_the_starter_and_what_is_right():
    schema = workflow_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(STARTER), schema)
    jsonschema.validate({"workflow": {"steps": [{"name": "own", "uses": "a.b:c", "with": {"x": 1}}]}}, schema)


@pytest.mark.parametrize(
    "data",
    [
        {"workflow": {"nmae": "x"}},
        {"workflow": {"steps": []}},
        {"workflow": {"timeout_seconds": 0}},
        {"workflow": {"steps": [{"name": "seo", "with_": {}}]}},
        {"checks": {"severity": {"seo.draft": "loud"}}},
    ],
)
def test_the_schema_refuses_what_the_file_may_not_say(data):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, workflow_schema())


def test_the_schema_describes_every_key():
    schema = workflow_schema()
    models = [schema, *schema["$defs"].values()]
    undescribed = [
        f"{model.get('title')}.{name}"
        for model in models
        for name, about in model.get("properties", {}).items()
        if "description" not in about and "$ref" not in about
    ]
    assert undescribed == []
    assert json.dumps(schema)


# --- whose folders hold posts -----------------------------------------------------------------------------------------


def test_no_code_is_taken_from_the_root_and_the_folders_given(tmp_path):
    posts, drafts = tmp_path / "content", tmp_path / "drafts"
    for folder in (posts, drafts):
        folder.mkdir()
        (folder / "a.md").touch()
    file = tmp_path / FILE_NAME

    def folders(root, *paths):
        return [str(f.relative_to(tmp_path.resolve())) for f in posts_folders(root, file, [Path(p) for p in paths])]

    assert folders(None, posts, drafts) == ["content", "drafts"]
    assert folders(None, posts / "a.md") == ["content"]
    assert folders(None, tmp_path) == ["."]
    # The file's own words go before a guess: the root is where the posts are.
    assert folders("content", tmp_path) == ["content"]
    assert folders("content", drafts) == ["content", "drafts"]
    # A single post beside the workflow file does not make all that is there posts.
    (tmp_path / "post.md").touch()
    assert folders(None, tmp_path / "post.md") == []
