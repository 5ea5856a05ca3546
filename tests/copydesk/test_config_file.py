"""Lines of keys and values in a YAML file, and suggestions for near misses."""

from __future__ import annotations

import pytest

from copydesk.config_file import ConfigDocument, dotted
from copydesk.errors import WorkflowError

TEXT = """\
# a comment
workflow:
  name: here
  steps:
    - name: seo

    - name: links
      retry: {max_retries: 1,
              jitter: 0}
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("workflow",), 2),
        (("workflow", "name"), 3),
        (("workflow", "steps", 0), 5),
        (("workflow", "steps", 1, "name"), 7),
        (("workflow", "steps", 1, "retry", "jitter"), 9),
        (("workflow", "steps", 1, "uses"), 7),  # not there: the step that lacks it
        (("workflow", "steps", 7), 4),
        (("posts",), 2),
    ],
)
def test_everything_has_the_line_where_it_stands(location, line):
    assert ConfigDocument.parse(TEXT, "f").line(*location) == line


def test_keys_given_twice_are_told_where_the_second_stands():
    document = ConfigDocument.parse("a:\n  b: 1\n  c: 2\n  b: 3\n", "f")
    assert [(p.line, p.field) for p in document.problems] == [(4, "a.b")]


def test_keys_of_an_alias_are_not_given_twice():
    assert ConfigDocument.parse("a: &x {b: 1}\nc: *x\n", "f").problems == []


def test_a_deep_file_is_refused_or_read_but_does_not_break():
    text = "[" * 5_000 + "]" * 5_000
    with pytest.raises(WorkflowError):
        ConfigDocument.parse(text, "f")


def test_locations_are_written_as_people_write_them():
    assert dotted(("steps", 2, "retry", "jitter")) == "steps[2].retry.jitter"
    assert dotted(()) == "(file)"


def test_only_near_misses_are_suggested():
    assert ConfigDocument.suggest("grammer", ["grammar", "seo"]) == "Did you mean 'grammar'?"
    assert ConfigDocument.suggest("zebra", ["grammar", "seo"]) == ""
