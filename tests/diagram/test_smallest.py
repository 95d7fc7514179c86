"""The smallest separating set of every pair: by hand, by every subset of small diagrams, and by networkx in large ones."""

from __future__ import annotations

import random
from itertools import combinations

import networkx as nx
import pytest
from drawing_lots import small_diagrams, subsets
from hypothesis import given, settings

from lowback.diagram import Diagram, Node, diagrams, implied_independences
from lowback.diagram.separation import minimal_separators
from lowback.diagram.smallest import smallest_separators


def by_pair(graph: nx.DiGraph, allowed: str) -> dict[str, str]:
    return {
        f"{one}{other}": "".join(sorted(map(str, cut)))
        for one, other, cut in smallest_separators(graph, allowed)
    }


def test_one_node_that_closes_both_paths_is_taken_before_two() -> None:
    graph = nx.DiGraph(["xa", "xb", "am", "bm", "my"])
    assert by_pair(graph, "xabmy") == {"xm": "ab", "xy": "m", "ab": "x", "ay": "m", "by": "m"}


def test_of_sets_of_one_size_the_first_by_name_is_taken() -> None:
    graph = nx.DiGraph(["xd", "db", "by", "xa", "ac", "cy"])
    assert by_pair(graph, "xabcdy")["xy"] == "ab"


def test_a_path_is_led_another_way_where_one_more_needs_its_node() -> None:
    # The first path found may be x-b-c-y, which blocks both x-a-c-y and x-b-d-y.
    graph = nx.DiGraph(["xa", "xb", "ac", "bc", "bd", "cy", "dy"])
    assert by_pair(graph, "xabcdy")["xy"] == "ab"


def test_what_only_an_unmeasured_cause_joins_is_never_separated() -> None:
    graph = nx.DiGraph(["ux", "uv", "vy", "ab"])
    assert "xy" not in by_pair(graph, "xyab")
    assert by_pair(graph, "xyabu")["xy"] == "u"


@settings(max_examples=150, derandomize=True)
@given(small_diagrams())
def test_no_smaller_and_no_earlier_set_separates_a_pair(diagram: Diagram) -> None:
    found = {(one, other): cut for one, other, cut in smallest_separators(diagram.graph, diagram.observable)}
    for pair in combinations(diagram.observable, 2):
        rest = [node for node in diagram.observable if node not in pair]
        # Every subset, the smallest first, by networkx's own d-separation.
        good = [z for z in subsets(rest) if nx.is_d_separator(diagram.graph, {pair[0]}, {pair[1]}, set(z))]
        assert found.get(pair) == (frozenset(good[0]) if good else None)


def drawn(nodes: int, arrows: float, seed: int) -> Diagram:
    """A diagram of so many nodes in which any two are joined by an arrow with a probability."""
    lots = random.Random(seed)
    named = [Node(f"v{at}") for at in range(nodes)]
    lots.shuffle(named)
    return Diagram(
        "drawn", "Drawn", "", tuple(pair for pair in combinations(named, 2) if lots.random() < arrows)
    )


@pytest.mark.parametrize("arrows", [0.1, 0.3, 0.6])
def test_sets_of_a_large_diagram_separate_and_none_of_their_nodes_is_idle(arrows: float) -> None:
    diagram = drawn(100, arrows, seed=5)
    found = implied_independences(diagram)
    joined = {frozenset(pair) for pair in diagram.arrows}
    assert len(found) == 100 * 99 // 2 - len(joined)
    for one in random.Random(6).sample(found, 60):
        pair, given_ = ({one.first}, {one.second}), set(one.given)
        assert nx.is_minimal_d_separator(diagram.graph, *pair, given_)


def test_the_smallest_of_all_minimal_sets_is_found() -> None:
    diagram = drawn(12, 0.3, seed=7)
    for one, other, cut in smallest_separators(diagram.graph, diagram.observable):
        rest = set(diagram.observable) - {one, other}
        assert cut == minimal_separators(diagram.graph, one, other, rest, most=10_000)[0]


def test_shipped_diagrams_say_what_all_their_minimal_sets_say() -> None:
    for diagram in diagrams():
        for one in implied_independences(diagram):
            rest = set(diagram.observable) - {one.first, one.second}
            sets = minimal_separators(diagram.graph, one.first, one.second, rest, most=10_000)
            assert set(one.given) == sets[0]
