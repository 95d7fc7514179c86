"""The smallest set of nodes that separates two others, for every pair of a diagram of hundreds.

Sets of nodes are whole numbers here, one bit a node, so that a step of a search is one operation on all of them. Bits stand in the order
of the nodes' names: the lowest bit of a set is its first by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import reduce
from itertools import combinations, pairwise
from operator import or_
from typing import Any, TypeVar

import networkx as nx

Named = TypeVar("Named")
# What borders on each node, by its number; and the nodes between two on paths that share none.
Beside = list[int]
Paths = list[list[int]]


def smallest_separators(
    graph: nx.DiGraph, allowed: Collection[Named]
) -> Iterator[tuple[Named, Named, frozenset[Named]]]:
    """Each pair of allowed nodes that others of them separate, with the smallest such set, the first by name.

    A smallest set is a smallest vertex cut of the moral graph of the pair's ancestors with what is not allowed taken out and its
    neighbours joined: as many nodes as there are paths that share none (Menger), found by augmenting paths.

    van der Zander, Liśkiewicz & Textor 2019, Artif Intell 270:1-40; Ford & Fulkerson 1956, Can J Math 8:399-404.
    """
    names: list[Any] = sorted(graph, key=str)
    number = {node: at for at, node in enumerate(names)}
    parents = [_set_of(number[cause] for cause in graph.predecessors(node)) for node in names]
    older = _ancestors(graph, number, parents)
    morals = {node: _moral(parents, older[number[node]]) for node in allowed}
    hidden = ~_set_of(number[node] for node in allowed)
    for first, second in combinations(allowed, 2):
        near = [one | other for one, other in zip(morals[first], morals[second], strict=True)]
        pair = number[first], number[second]
        _join_hidden(near, hidden & (older[pair[0]] | older[pair[1]]))
        if not near[pair[0]] >> pair[1] & 1:
            yield first, second, frozenset(names[at] for at in _members(_first_cut(near, *pair)))


def _ancestors(graph: nx.DiGraph, number: dict[Any, int], parents: Beside) -> Beside:
    """Each node with all that lead to it."""
    older = [0] * len(parents)
    for node in nx.topological_sort(graph):
        at = number[node]
        older[at] = 1 << at
        for parent in _members(parents[at]):
            older[at] |= older[parent]
    return older


def _moral(parents: Beside, within: int) -> Beside:
    """The moral graph of a set that holds its ancestors: each node is joined to its causes, and they to each other."""
    near = [0] * len(parents)
    for node in _members(within):
        family = parents[node] | 1 << node
        for one in _members(family):
            near[one] |= family & ~(1 << one)
    return near


def _join_hidden(near: Beside, hidden: int) -> None:
    """Join all that border on the same stretch of hidden nodes, and take these out."""
    border_of = []
    while hidden:
        stretch, ahead, border = 0, hidden & -hidden, 0
        while ahead:
            stretch |= ahead
            border |= _beside(near, ahead)
            ahead = border & hidden & ~stretch
        hidden &= ~stretch
        border_of.append((border & ~stretch, stretch))
    for border, stretch in border_of:
        for node in _members(border):
            near[node] = (near[node] | border) & ~(stretch | 1 << node)


def _first_cut(near: Beside, one: int, other: int) -> int:
    """The smallest set of nodes without which no path joins two that are not neighbours, the first by name of such.

    A node of a path is in every smallest set where the first and the last such set meet in it, and in some where without it
    there is one path less.
    """
    cut = near[one] & near[other]
    paths, first = _all_paths(near, one, other, cut, [])
    sure = first & _all_paths(near, other, one, cut, [path[::-1] for path in paths])[1]
    cut |= sure
    paths = [path for path in paths if not any(sure >> node & 1 for node in path)]
    for node in sorted(node for path in paths for node in path):
        rest = [path for path in paths if node not in path]
        if len(rest) < len(paths) and len(_all_paths(near, one, other, cut | 1 << node, rest)[0]) == len(
            rest
        ):
            cut, paths = cut | 1 << node, rest
    return cut


def _all_paths(near: Beside, one: int, other: int, gone: int, paths: Paths) -> tuple[Paths, int]:
    """As many paths as share no node and avoid what is gone, grown from some; and the smallest cut of them that is next to `one`."""
    while True:
        came, freed = _walk(near, one, other, gone, paths)
        if other not in came:
            return paths, _set_of(
                node for path in paths for node in path if node in came and node not in freed
            )
        paths = _led(paths, one, other, came, freed)


def _walk(
    near: Beside, one: int, other: int, gone: int, paths: Paths
) -> tuple[dict[int, int], dict[int, int]]:
    """Where a walk from `one` came to each node from, until it is at `other`; and the nodes that it left by taking back a path's step.

    It avoids what is gone, and a path's node it leaves only back along the path.
    """
    back = {node: before for path in paths for before, node in pairwise((one, *path))}
    came: dict[int, int] = {}
    freed: dict[int, int] = {}
    ahead, fresh, last = [one], ~(gone | 1 << one), near[other] & ~_set_of(back)
    while ahead and other not in came:
        at = ahead.pop()
        reached = (near[at] | (1 << at if at in freed else 0)) & fresh
        if reached & last:
            node = next(_members(reached & last))
            return {**came, node: at, other: node}, freed
        fresh &= ~reached
        for node in _members(reached):
            came[node] = at
            before = back.get(node, one)
            if node not in back:
                ahead.append(node)
            elif before != one and before not in freed:
                freed[before] = node
                ahead.append(before)
    return came, freed


def _led(paths: Paths, one: int, other: int, came: dict[int, int], freed: dict[int, int]) -> Paths:
    """Paths after the walk that `came` tells from its end, which takes back the step before each node of a path that it meets."""
    steps = {step for path in paths for step in pairwise((one, *path, other))}
    node = other
    while node != one:
        before = came[node]
        if before != node:
            steps.add((before, node))
        if before in freed:
            node = freed[before]
            steps.remove((before, node))
        else:
            node = before
    following = {before: node for before, node in steps if before != one}
    return [list(_followed(node, following, other)) for before, node in sorted(steps) if before == one]


def _followed(node: int, following: dict[int, int], other: int) -> Iterator[int]:
    """The nodes of a path from its first on."""
    while node != other:
        yield node
        node = following[node]


def _beside(near: Beside, nodes: int) -> int:
    """All that borders on some of the nodes."""
    return reduce(or_, (near[node] for node in _members(nodes)), 0)


def _set_of(numbers: Iterable[int]) -> int:
    """The numbers as a set of bits."""
    return reduce(or_, (1 << one for one in numbers), 0)


def _members(numbers: int) -> Iterator[int]:
    """The numbers in a set of bits, the lowest first."""
    while numbers:
        low = numbers & -numbers
        yield low.bit_length() - 1
        numbers ^= low
