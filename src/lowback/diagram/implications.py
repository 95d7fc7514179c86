"""What a diagram says about data that could turn out to be wrong: pairs that must be unrelated once others are held fixed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lowback.diagram.arrows import Diagram, Node
from lowback.diagram.smallest import smallest_separators


@dataclass(frozen=True)
class Independence:
    """By the diagram, `first` and `second` go together in no way among people alike in `given`."""

    first: Node
    second: Node
    given: tuple[Node, ...]


def implied_independences(
    diagram: Diagram, measured: Collection[Node] | None = None
) -> tuple[Independence, ...]:
    """For every pair of measured nodes that something measured separates, the smallest set that does, the first by name.

    Where nothing is latent or left unmeasured, these imply all independences of the diagram; else they are some of them, and what
    they cannot express (constraints on correlations of four measures) stays untested.

    Kang & Tian 2009, UAI 291-300; the basis "missing edges" of Textor et al. 2016, Int J Epidemiol 45:1887-1894.
    """
    nodes = [node for node in diagram.observable if measured is None or node in measured]
    return tuple(
        Independence(first, second, tuple(sorted(given)))
        for first, second, given in smallest_separators(diagram.graph, nodes)
    )
