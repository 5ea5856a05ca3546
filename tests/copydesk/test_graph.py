from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.errors import UsageError
from copydesk.graph import CycleError, DependencyGraph, DuplicateStep, UnknownStep, find_cycle


@st.composite
def acyclic(draw, max_size=12):
    """Names with dependencies on earlier names only, in an order of the file that is shuffled afterwards."""
    size = draw(st.integers(0, max_size))
    edges = {
        f"s{i}": sorted(draw(st.sets(st.sampled_from([f"s{j}" for j in range(i)])))) if i else [] for i in range(size)
    }
    return {name: edges[name] for name in draw(st.permutations(list(edges)))}


def test_what_a_graph_answers():
    graph = DependencyGraph({"d": ["b", "c", "b"], "a": [], "b": ["a"], "c": ["a"], "e": []})
    assert graph.names == ("d", "a", "b", "c", "e")
    assert graph.dependencies("d") == ("b", "c")
    assert graph.dependents("a") == ("b", "c")
    assert graph.descendants("a") == ("d", "b", "c")
    assert graph.ready([]) == ("a", "e")
    assert graph.ready(["a", "e"]) == ("b", "c")
    assert graph.topological_order() == ("a", "b", "c", "d", "e")


def test_pairs_are_as_good_as_a_mapping():
    assert DependencyGraph([("a", []), ("b", ["a"])]).topological_order() == ("a", "b")


def test_no_steps_make_an_empty_graph():
    graph = DependencyGraph({})
    assert (graph.names, graph.ready([]), graph.topological_order()) == ((), (), ())


def test_two_steps_of_one_name_are_refused():
    with pytest.raises(DuplicateStep, match="two steps named 'a'"):
        DependencyGraph([("a", []), ("a", [])])


def test_an_unknown_dependency_is_refused():
    with pytest.raises(UnknownStep, match="'a' depends on 'x'"):
        DependencyGraph({"a": ["x"]})


@pytest.mark.parametrize(
    ("edges", "path"),
    [
        ({"a": ["a"]}, ["a", "a"]),
        ({"a": ["b"], "b": ["a"]}, ["a", "b", "a"]),
        ({"x": [], "a": ["x", "b"], "b": ["c"], "c": ["b"]}, ["b", "c", "b"]),
    ],
)
def test_a_cycle_is_refused_and_shown_as_a_path(edges, path):
    with pytest.raises(CycleError, match=" -> ".join(path)) as caught:
        DependencyGraph(edges)
    assert caught.value.path == tuple(path)
    assert isinstance(caught.value, UsageError)
    assert find_cycle(edges) == path


def test_dependencies_that_are_no_steps_are_passed_over_when_looking_for_cycles():
    assert find_cycle({"a": ["load"], "b": ["a", "nobody"]}) is None


def test_a_chain_longer_than_the_stack_is_no_problem():
    edges = {f"s{i}": [f"s{i + 1}"] for i in range(5_000)}
    assert find_cycle(edges) is None
    found = find_cycle({**edges, "s5000": ["s0"]})
    assert found is not None
    assert len(found) == 5_002


@given(acyclic())
def test_the_order_holds_every_step_once_and_after_its_dependencies(edges):
    graph = DependencyGraph(edges)
    order = graph.topological_order()
    assert sorted(order) == sorted(edges)
    for name, depends_on in edges.items():
        assert all(order.index(d) < order.index(name) for d in depends_on)
        assert set(graph.descendants(name)) == {n for n in edges if name in ancestors(edges, n)}


def ancestors(edges, name):
    found = set(edges[name])
    for dependency in edges[name]:
        found |= ancestors(edges, dependency)
    return found


@given(acyclic(), st.data())
def test_an_edge_back_to_a_descendant_is_always_refused(edges, data):
    chains = [(n, a) for n in edges for a in {n} | ancestors(edges, n)]
    if not chains:
        return
    name, ancestor = data.draw(st.sampled_from(sorted(chains)))
    looped = {**edges, ancestor: [*edges[ancestor], name]}
    path = find_cycle(looped)
    assert path is not None
    assert path[0] == path[-1]
    assert all(after in looped[before] for before, after in itertools.pairwise(path))
    with pytest.raises(CycleError):
        DependencyGraph(looped)
