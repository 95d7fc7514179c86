"""Ways to an effect that no adjustment gives: through all that carries it, or from what moves its cause alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import combinations

import networkx as nx

from lowback.diagram.adjustment import causal_nodes
from lowback.diagram.arrows import Diagram, Node
from lowback.diagram.separation import separated

Nodes = tuple[Node, ...]
# What carries the effect or moves its cause, and what is held fixed beside.
Way = tuple[Nodes, Nodes]


def front_door(diagram: Diagram, exposure: Node, outcome: Node, measured: Collection[Node]) -> Way | None:
    """One or two measured nodes that carry the whole effect, and what to hold fixed so that nothing unmeasured confounds them.

    Pearl 1995, Biometrika 82:669-688; with others held fixed that the exposure does not change, Fulcher et al. 2020, J R Stat Soc B 82:199-214.
    """
    graph = diagram.graph
    between = sorted(set(measured) & (causal_nodes(diagram, exposure, outcome) - {outcome}))
    fixed = _unchanged(graph, exposure, measured)
    no_way_out = _without_arrows_from(graph, [exposure])
    for count in (1, 2):
        for through in combinations(between, count):
            if nx.has_path(graph.subgraph(set(graph) - set(through)), exposure, outcome):
                continue
            closed = _without_arrows_from(graph, through)

            def is_open(given: Nodes, through: Nodes = through, closed: nx.DiGraph = closed) -> bool:
                return all(
                    separated(no_way_out, exposure, node, given)
                    and separated(closed, node, outcome, {exposure, *given})
                    for node in through
                )

            given = _enough(is_open, _before(graph, fixed, (exposure, outcome)))
            if given is not None:
                return through, given
    return None


def instrument(diagram: Diagram, exposure: Node, outcome: Node, measured: Collection[Node]) -> Way | None:
    """What goes with the exposure and with the outcome by way of it only, among people alike in others; what chance decides comes first.

    For linear effects. Brito & Pearl 2002, UAI 85-93; van der Zander, Textor & Liśkiewicz 2015, IJCAI 3243-3249.
    """
    graph = _without_arrows_from(diagram.graph, [exposure])
    fixed = _unchanged(diagram.graph, exposure, measured)
    tools = sorted(fixed, key=lambda node: (node.variable not in diagram.by_chance, node))
    for tool in tools:

        def acts_alone(given: Nodes, tool: Node = tool) -> bool:
            return separated(graph, tool, outcome, given) and not separated(graph, tool, exposure, given)

        given = _enough(acts_alone, _before(graph, fixed, (tool, outcome)))
        if given is not None:
            return (tool,), given
    return None


def _unchanged(graph: nx.DiGraph, exposure: Node, measured: Collection[Node]) -> list[Node]:
    """The measured nodes that the exposure does not act on."""
    return sorted(set(measured) - nx.descendants(graph, exposure) - {exposure})


def _before(graph: nx.DiGraph, nodes: Collection[Node], ends: Nodes) -> Iterator[Node]:
    """Those of the nodes that act on one of the ends; others open ways and close none."""
    acting = set().union(*(nx.ancestors(graph, end) for end in ends)) - set(ends)
    return (node for node in nodes if node in acting)


def _without_arrows_from(graph: nx.DiGraph, nodes: Collection[Node]) -> nx.DiGraph:
    rest = graph.copy()
    rest.remove_edges_from([edge for node in nodes for edge in graph.out_edges(node)])
    return rest


def _enough(does: Callable[[Nodes], bool], allowed: Iterator[Node]) -> Nodes | None:
    """Nodes that will do and of which none can be left out: none at all if that will do, else as few as all of them lead to."""
    given: Nodes = ()
    if does(given):
        return given
    given = tuple(allowed)
    if not does(given):
        return None
    for node in given:
        fewer = tuple(one for one in given if one != node)
        given = fewer if does(fewer) else given
    return given
