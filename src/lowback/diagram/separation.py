"""Which sets of nodes separate two others in a graph, all minimal ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import networkx as nx

MOST_SETS = 60
Neighbours = dict[object, set[object]]
Cut = frozenset[object]


def separated(graph: nx.DiGraph, one: object, other: object, given: Iterable[object] = ()) -> bool:
    """Whether every path between two nodes of the canonical graph is closed once `given` are held fixed (d-separation)."""
    return bool(nx.is_d_separator(graph, {one}, {other}, set(given)))


def minimal_separators(
    graph: nx.DiGraph, one: object, other: object, allowed: Collection[object], most: int = MOST_SETS
) -> list[Cut]:
    """All sets of allowed nodes that separate two nodes and of which no part does, the smallest first; at most `most`.

    Such a set lies among the ancestors of the two, where separation in the directed graph is separation in its moral graph;
    nodes that may not be used are taken out of that graph and their neighbours joined. None where nothing allowed separates them.

    van der Zander, Liśkiewicz & Textor 2019, Artif Intell 270:1-40 (reduction); Shen & Liang 1997, Theor Comput Sci 180:169-180
    (all minimal separators of two vertices).
    """
    ancestors = nx.ancestors(graph, one) | nx.ancestors(graph, other) | {one, other}
    moral = nx.moral_graph(graph.subgraph(ancestors))
    near: Neighbours = {node: set(moral[node]) for node in moral}
    kept = (set(allowed) | {one, other}) & ancestors
    for node in ancestors - kept:
        _join_around(near, node)
    return sorted(
        _cuts(near, one, other, most), key=lambda cut: (len(cut), sorted(str(node) for node in cut))
    )


def _join_around(near: Neighbours, node: object) -> None:
    """Take a node out and join its neighbours, so that paths through it stay."""
    around = near.pop(node)
    for one in around:
        near[one] |= around
        near[one] -= {one, node}


def _cuts(near: Neighbours, one: object, other: object, most: int) -> list[Cut]:
    """The minimal vertex cuts of an undirected graph, from the one closest to `one` on."""
    if other in near[one]:
        return []
    found = [_border_of_other(near, {one}, other)]
    seen = set(found)
    for cut in found:
        for node in sorted(cut, key=str):
            if other in near[node]:
                continue
            side = _component(near, one, cut) | {node}
            further = _border_of_other(near, side, other)
            if further not in seen and len(found) < most:
                seen.add(further)
                found.append(further)
    return found


def _border_of_other(near: Neighbours, side: set[object], other: object) -> Cut:
    """The border of `other`'s part once a side with its neighbours is taken out."""
    border = set().union(*(near[node] for node in side)) - side
    beyond = _component(near, other, side | border)
    return frozenset(set().union(*(near[node] for node in beyond)) - beyond)


def _component(near: Neighbours, start: object, removed: Collection[object]) -> set[object]:
    """What can be reached from a node without the removed ones."""
    reached, ahead = {start}, [start]
    while ahead:
        for node in near[ahead.pop()] - reached:
            if node not in removed:
                reached.add(node)
                ahead.append(node)
    return reached
