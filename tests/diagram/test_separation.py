"""Separating sets: hand examples, every subset of small diagrams, and networkx's own word."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
from drawing_lots import LinearWorld, minimal, small_diagrams, subsets
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.diagram import Diagram
from lowback.diagram.separation import minimal_separators, separated


def test_a_chain_and_a_fork_are_closed_by_the_middle_and_a_collider_is_opened_by_it() -> None:
    chain, fork, collider = (nx.DiGraph(edges) for edges in (["ab", "bc"], ["ba", "bc"], ["ab", "cb"]))
    assert not separated(chain, "a", "c")
    assert separated(chain, "a", "c", "b")
    assert not separated(fork, "a", "c")
    assert separated(fork, "a", "c", "b")
    assert separated(collider, "a", "c")
    assert not separated(collider, "a", "c", "b")


def test_two_paths_have_every_way_of_cutting_both() -> None:
    graph = nx.DiGraph(["xa", "ab", "by", "xc", "cd", "dy"])
    found = {"".join(sorted(cut)) for cut in minimal_separators(graph, "x", "y", "abcd")}
    assert found == {"ac", "ad", "bc", "bd"}


def test_no_more_sets_are_listed_than_asked_for() -> None:
    graph = nx.DiGraph(["xa", "ab", "by", "xc", "cd", "dy"])
    assert len(minimal_separators(graph, "x", "y", "abcd", most=2)) == 2


@settings(max_examples=80, derandomize=True)
@given(small_diagrams())
def test_all_minimal_sets_are_found_and_no_other(diagram: Diagram) -> None:
    for one, other in combinations(diagram.observable, 2):
        rest = [node for node in diagram.observable if node not in (one, other)]
        # Every subset by networkx's own d-separation.
        good = [z for z in subsets(rest) if nx.is_d_separator(diagram.graph, {one}, {other}, set(z))]
        found = {tuple(sorted(cut)) for cut in minimal_separators(diagram.graph, one, other, rest)}
        assert found == minimal(good)


@settings(max_examples=30, derandomize=True)
@given(small_diagrams(), st.integers(0, 10**6))
def test_separated_nodes_are_uncorrelated_in_every_linear_world_and_others_are_not(
    diagram: Diagram, seed: int
) -> None:
    world = LinearWorld(diagram, seed)
    for one, other in combinations(diagram.observable, 2):
        rest = [node for node in diagram.observable if node not in (one, other)]
        for z in subsets(rest):
            is_zero = abs(world.partial_covariance(one, other, z)) < 1e-9
            assert is_zero == separated(diagram.graph, one, other, z)
