"""The chain of steps that a run hung on."""

from graphlib import CycleError

import pytest

from copydesk.critical_path import critical_path, explain

EDGES = {"load": (), "a": ("load",), "b": ("load",), "c": ("a",), "end": ("b", "c")}
TOOK = {"load": 1.0, "a": 2.0, "b": 4.5, "c": 3.0, "end": 0.5}


def test_the_longest_chain_wins_not_the_longest_step() -> None:
    path = critical_path(EDGES, TOOK)
    assert path.steps == ("load", "a", "c", "end")
    assert path.seconds == 6.5


def test_a_step_without_a_time_counts_as_none() -> None:
    assert critical_path(EDGES, {"b": 1.0}).steps == ("load", "b", "end")


def test_unknown_dependencies_are_passed_over() -> None:
    assert critical_path({"a": ("gone",)}, {"a": 1.0}).steps == ("a",)


def test_nothing_to_draw_is_an_empty_path() -> None:
    assert critical_path({}, {}).steps == ()


def test_steps_that_wait_for_each_other_are_refused() -> None:
    with pytest.raises(CycleError):
        critical_path({"a": ("b",), "b": ("a",)}, {})


def test_the_sentence_names_the_step_its_share_and_the_time_without_it() -> None:
    # Without c the chain over b (6.0 s) decides, half a second less than with it.
    assert explain(EDGES, TOOK, 10.0) == "c took 30 % of the run; without it the review would have taken about 9.5 s."


def test_without_times_there_is_no_sentence() -> None:
    assert explain(EDGES, {}, 10.0) == ""
