"""What must be held fixed for an association to be an effect, if a diagram is right."""

from __future__ import annotations

from collections.abc import Collection

import networkx as nx

from lowback.diagram.arrows import Diagram, Node
from lowback.diagram.separation import MOST_SETS, minimal_separators, separated

Sets = tuple[tuple[Node, ...], ...]


def total_effect_sets(
    diagram: Diagram, exposure: Node, outcome: Node, measured: Collection[Node] | None = None
) -> Sets:
    """Every minimal set of nodes that, adjusted for, leaves the total effect of the exposure; the smallest first, at most `MOST_SETS`.

    `measured` are the nodes that a cohort has, all but the latent ones if none are given. `((),)` says that nothing need be adjusted
    for, `()` that no set of these nodes will do.

    Shpitser, VanderWeele & Robins 2010, UAI 527-536 (adjustment criterion); van der Zander, Liśkiewicz & Textor 2019, Artif Intell 270:1-40.
    """
    graph, forbidden = backdoor_graph(diagram, exposure, outcome)
    return _sets(graph, diagram, exposure, outcome, measured, forbidden)


def direct_effect_sets(diagram: Diagram, exposure: Node, outcome: Node) -> Sets:
    """Every minimal set that leaves the direct effect, that of the one arrow, where effects are linear; otherwise as `total_effect_sets`.

    Pearl 2009, Causality, theorem 5.3.1 (single-door criterion): no descendant of the outcome, and nothing left open but the arrow.
    """
    graph = diagram.graph.copy()
    if graph.has_edge(exposure, outcome):
        graph.remove_edge(exposure, outcome)
    return _sets(graph, diagram, exposure, outcome, None, nx.descendants(diagram.graph, outcome))


def is_valid_for_total(diagram: Diagram, exposure: Node, outcome: Node, given: Collection[Node]) -> bool:
    """Whether adjusting for exactly these nodes leaves the total effect."""
    graph, forbidden = backdoor_graph(diagram, exposure, outcome)
    return not forbidden & set(given) and separated(graph, exposure, outcome, given)


def backdoor_graph(diagram: Diagram, exposure: Node, outcome: Node) -> tuple[nx.DiGraph, set[object]]:
    """The graph without the first arrow of every causal path, and what may not be adjusted for: all that follows on such a path."""
    graph = diagram.graph.copy()
    on_the_way = causal_nodes(diagram, exposure, outcome)
    forbidden: set[object] = set(on_the_way)
    for node in on_the_way:
        forbidden |= nx.descendants(diagram.graph, node)
        if graph.has_edge(exposure, node):
            graph.remove_edge(exposure, node)
    return graph, forbidden


def causal_nodes(diagram: Diagram, exposure: Node, outcome: Node) -> set[object]:
    """The nodes on directed paths from the exposure to the outcome, with the outcome; none where it has no effect."""
    after = nx.descendants(diagram.graph, exposure)
    if outcome not in after:
        return set()
    return set((nx.ancestors(diagram.graph, outcome) & after) | {outcome})


def _sets(
    graph: nx.DiGraph,
    diagram: Diagram,
    exposure: Node,
    outcome: Node,
    measured: Collection[Node] | None,
    forbidden: Collection[object],
) -> Sets:
    usable = set(diagram.observable if measured is None else measured) & set(diagram.observable)
    allowed = usable - set(forbidden) - {exposure, outcome}
    cuts = minimal_separators(graph, exposure, outcome, allowed, MOST_SETS)
    return tuple(tuple(sorted(node for node in cut if isinstance(node, Node))) for cut in cuts)
