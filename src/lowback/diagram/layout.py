"""Where a diagram's nodes stand when causes are left of their effects, and the lanes that its arrows take between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from lowback.diagram.arrows import Diagram, Node

SWEEPS = 12
# How much room a passing arrow takes beside a node's.
LANE = 0.55

Point = tuple[float, float]
# The place at which an arrow passes a column: cause, effect, column.
Passing = tuple[Node, Node, int]
Item = Node | Passing


@dataclass(frozen=True)
class Layout:
    """Each node's column and height (downwards), in units of one node, and the points through which each arrow goes."""

    places: Mapping[Node, Point]
    routes: Mapping[tuple[Node, Node], tuple[Point, ...]]
    columns: int
    height: float


def layout(diagram: Diagram) -> Layout:
    """Causes left of their effects, each as near to them as can be, with few crossings.

    Sugiyama, Tagawa & Toda 1981, IEEE Trans Syst Man Cybern 11:109-125 (columns, lanes for long arrows, barycentres).
    """
    column = _columns(diagram)
    lanes = {
        (cause, effect): [(cause, effect, at) for at in range(column[cause] + 1, column[effect])]
        for cause, effect in diagram.arrows
    }
    links = [pair for (cause, effect), lane in lanes.items() for pair in _pairs([cause, *lane, effect])]
    order = _ordered(_items(column, lanes), links)
    heights = _heights(order)
    places = {node: (float(column[node]), heights[node]) for node in column}
    routes = {
        (cause, effect): (
            places[cause],
            *((float(one[2]), heights[one]) for one in lane),
            places[effect],
        )
        for (cause, effect), lane in lanes.items()
    }
    return Layout(places, routes, len(order), max(heights.values()) + 1)


def _columns(diagram: Diagram) -> dict[Node, int]:
    """The length of the longest way to each node; what has no cause stands right before its first effect."""
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(diagram.nodes)
    graph.add_edges_from(diagram.arrows)
    column: dict[Node, int] = {}
    for node in nx.topological_sort(graph):
        column[node] = max((column[cause] + 1 for cause in graph.predecessors(node)), default=0)
    for node in diagram.nodes:
        effects = list(graph.successors(node))
        if not graph.in_degree(node) and effects:
            column[node] = min(column[one] for one in effects) - 1
    first = min(column.values())
    return {node: at - first for node, at in column.items()}


def _pairs(way: Sequence[Item]) -> list[tuple[Item, Item]]:
    return list(pairwise(way))


def _items(column: Mapping[Node, int], lanes: Mapping[tuple[Node, Node], list[Passing]]) -> list[list[Item]]:
    """What stands in each column, before it is put in order."""
    items: list[list[Item]] = [[] for _ in range(max(column.values()) + 1)]
    for node, at in column.items():
        items[at].append(node)
    for lane in lanes.values():
        for one in lane:
            items[one[2]].append(one)
    return items


def _ordered(items: list[list[Item]], links: list[tuple[Item, Item]]) -> list[list[Item]]:
    """The columns with each item near the middle of what it is linked to, and the best of several sweeps kept."""
    best = items
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        near: dict[Item, list[Item]] = {}
        for one, other in links:
            near.setdefault(other if forward else one, []).append(one if forward else other)
        heights = _heights(items)
        items = [list(column) for column in items]
        for at in range(len(items)) if forward else reversed(range(len(items))):
            items[at].sort(key=lambda one: _middle(one, near, heights))
            heights |= _heights_of(items[at], _total(items))
        if _crossings(items, links) < _crossings(best, links):
            best = items
    return best


def _middle(one: Item, near: Mapping[Item, list[Item]], heights: Mapping[Item, float]) -> float:
    linked = near.get(one)
    return sum(heights[other] for other in linked) / len(linked) if linked else heights[one]


def _crossings(items: list[list[Item]], links: list[tuple[Item, Item]]) -> int:
    heights = _heights(items)
    at = {item: number for number, column in enumerate(items) for item in column}
    spans = [(at[one], heights[one], heights[other]) for one, other in links]
    return sum(
        (a[1] - b[1]) * (a[2] - b[2]) < 0
        for number, a in enumerate(spans)
        for b in spans[:number]
        if a[0] == b[0]
    )


def _size(item: Item) -> float:
    return 1.0 if isinstance(item, Node) else LANE


def _total(items: list[list[Item]]) -> float:
    return max(sum(map(_size, column)) for column in items)


def _heights(items: list[list[Item]]) -> dict[Item, float]:
    total = _total(items)
    return {item: height for column in items for item, height in _heights_of(column, total).items()}


def _heights_of(column: list[Item], total: float) -> dict[Item, float]:
    """The middle of each item of one column, the column centred."""
    top = (total - sum(map(_size, column))) / 2
    heights = {}
    for item in column:
        heights[item] = top + _size(item) / 2 - 0.5
        top += _size(item)
    return heights
