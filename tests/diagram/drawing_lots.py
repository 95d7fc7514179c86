"""Small diagrams by chance, and the truth about them from nothing but sums over subsets and linear algebra."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from lowback.diagram import Diagram, Node

NODES = tuple(Node(name) for name in "abcde")


@st.composite
def small_diagrams(draw: st.DrawFn, most: int = 5) -> Diagram:
    """A diagram of so many nodes at most, any pair of which may have an arrow, a shared cause, both or neither."""
    nodes = draw(st.permutations(NODES[: draw(st.integers(3, most))]))
    arrows, shared = [], []
    for pair in combinations(nodes, 2):
        joint = draw(st.sampled_from(["", "", "->", "->", "<->", "both"]))
        arrows += [pair] if joint in ("->", "both") else []
        shared += [pair] if joint in ("<->", "both") else []
    hidden = draw(st.lists(st.sampled_from(nodes), max_size=1))
    known = {node for pair in (*arrows, *shared) for node in pair}
    latent = {node.variable: "hidden" for node in hidden if node in known}
    return Diagram("by chance", "By chance", "", tuple(arrows), tuple(shared), latent)


def subsets(nodes: list[Node]) -> list[tuple[Node, ...]]:
    """All sets of nodes, the smallest first."""
    return [one for size in range(len(nodes) + 1) for one in combinations(sorted(nodes), size)]


def minimal(sets: list[tuple[Node, ...]]) -> set[tuple[Node, ...]]:
    """Those of the sets of which no part is another of them."""
    return {one for one in sets if not any(set(other) < set(one) for other in sets)}


class LinearWorld:
    """The diagram with linear effects of random size and normal noise: covariances, total and direct effects, exactly."""

    def __init__(self, diagram: Diagram, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.order = list(diagram.graph)
        n = len(self.order)
        self.effects = np.zeros((n, n))
        for cause, effect in diagram.graph.edges:
            size = rng.uniform(0.4, 1.6) * rng.choice([-1, 1])
            self.effects[self.order.index(effect), self.order.index(cause)] = size
        self.totals = np.linalg.inv(np.eye(n) - self.effects)
        self.covariance = self.totals @ np.diag(rng.uniform(0.5, 2, n)) @ self.totals.T

    def total(self, cause: Node, effect: Node) -> float:
        return float(self.totals[self.order.index(effect), self.order.index(cause)])

    def direct(self, cause: Node, effect: Node) -> float:
        return float(self.effects[self.order.index(effect), self.order.index(cause)])

    def slope(self, cause: Node, effect: Node, given: tuple[Node, ...]) -> float:
        """The coefficient of the cause in the regression of the effect on it and what is given."""
        at = [self.order.index(node) for node in (cause, *given)]
        to = self.order.index(effect)
        return float(np.linalg.solve(self.covariance[np.ix_(at, at)], self.covariance[at, to])[0])

    def partial_covariance(self, one: Node, other: Node, given: tuple[Node, ...]) -> float:
        at = [self.order.index(node) for node in given]
        pair = [self.order.index(one), self.order.index(other)]
        rest = self.covariance[np.ix_(pair, pair)]
        if at:
            across = self.covariance[np.ix_(pair, at)]
            rest = rest - across @ np.linalg.solve(self.covariance[np.ix_(at, at)], across.T)
        return float(rest[0, 1])
