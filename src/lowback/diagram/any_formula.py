"""Whether an effect follows from the joint distribution of what is measured, by whatever formula."""

from __future__ import annotations

from collections.abc import Collection

import networkx as nx

from lowback.diagram.arrows import Diagram, Node


def follows(diagram: Diagram, exposure: Node, outcome: Node, measured: Collection[Node]) -> bool:
    """Whether the effect of one measured node on another follows from the distribution of the measured ones, by any formula.

    Nothing is assumed of shapes, so instruments, which need straight lines, do not count. The answer is complete: where it is no, two
    worlds that the diagram allows look the same in these nodes and differ in the effect.

    Tian & Pearl 2002, AAAI 567-573 and UAI 519-527 (algorithm); Huang & Valtorta 2006, AAAI 1149-1154 (it is complete).
    """
    arrows, shared = _among(diagram.graph, measured)
    onward = arrows.subgraph(set(arrows) - {exposure})
    acting = nx.ancestors(onward, outcome) | {outcome}
    return all(
        _obtained(part, _district(shared, part), arrows, shared)
        for part in nx.connected_components(shared.subgraph(acting))
    )


def _obtained(part: set[Node], known: set[Node], arrows: nx.DiGraph, shared: nx.Graph) -> bool:
    """Whether the factor of some nodes follows from that of a larger district that holds them."""
    among = arrows.subgraph(known)
    before = part.union(*(nx.ancestors(among, node) for node in part))
    if before == part:
        return True
    return before != known and _obtained(part, _district(shared.subgraph(before), part), arrows, shared)


def _district(shared: nx.Graph, part: set[Node]) -> set[Node]:
    """All nodes that chains of unmeasured common causes link to these, which are linked among themselves."""
    return set(nx.node_connected_component(shared, next(iter(part))))


def _among(graph: nx.DiGraph, measured: Collection[Node]) -> tuple[nx.DiGraph, nx.Graph]:
    """The arrows and the shared causes among the measured nodes that stand for the whole graph (its latent projection).

    Verma & Pearl 1990, UAI 220-227.
    """
    arrows, shared = nx.DiGraph(), nx.Graph()
    arrows.add_nodes_from(measured)
    shared.add_nodes_from(measured)
    unmeasured = graph.subgraph(set(graph) - set(measured))
    for node in graph:
        ahead = set(graph.successors(node))
        hidden = ahead & set(unmeasured)
        hidden = hidden.union(*(nx.descendants(unmeasured, one) for one in hidden))
        reached = (ahead.union(*(graph.successors(one) for one in hidden))) & set(measured)
        if node in unmeasured:
            shared.add_edges_from((one, other) for one in reached for other in reached if one != other)
        else:
            arrows.add_edges_from((node, one) for one in reached)
    return arrows, shared
