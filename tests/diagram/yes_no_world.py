"""A diagram whose measured nodes are yes or no: does the distribution of the measured ones settle an effect, by counting parameters?

Around one set of parameters, the effect is settled where no direction in which the distribution stays as it is moves the effect: its
gradient lies among the gradients of the distribution. Derivatives are exact, from steps along the imaginary axis (Squire & Trapp 1998, SIAM
Rev 40:110-112). Nothing here knows of districts or of separation.
"""

from __future__ import annotations

import numpy as np

from lowback.diagram import Diagram, Node

LEVELS = 4  # of an unmeasured cause
STEP = 1e-30


class YesNoWorld:
    """The diagram with a table of its own for every node, drawn by lot."""

    def __init__(self, diagram: Diagram, rng: np.random.Generator) -> None:
        self.nodes = list(diagram.graph)
        self.measured = list(diagram.observable)
        self.levels = [2 if node in self.measured else LEVELS for node in self.nodes]
        self.before = [
            sorted(self.nodes.index(one) for one in diagram.graph.predecessors(node)) for node in self.nodes
        ]
        self.shapes = [
            (*(self.levels[one] for one in before), level)
            for before, level in zip(self.before, self.levels, strict=True)
        ]
        self.parameters = rng.normal(size=sum(int(np.prod(shape)) for shape in self.shapes))
        self.moved = [self._moved(at) for at in range(len(self.parameters))]

    def settles(self, cause: Node, outcome: Node) -> bool:
        """Whether what can be seen settles how often the outcome is yes once the cause is made so."""
        seen = np.array([self._seen(tables) for tables in self.moved]).imag / STEP
        effect = np.array([self._made(tables, cause, outcome) for tables in self.moved]).imag / STEP
        left = effect - seen @ np.linalg.lstsq(seen, effect, rcond=1e-9)[0]
        return bool(np.linalg.norm(left) < 1e-6 * max(np.linalg.norm(effect), 1e-3))

    def _moved(self, at: int) -> list[np.ndarray]:
        parameters = self.parameters.astype(complex)
        parameters[at] += 1j * STEP
        tables, start = [], 0
        for shape in self.shapes:
            size = int(np.prod(shape))
            odds = np.exp(parameters[start : start + size].reshape(shape))
            tables.append(odds / odds.sum(axis=-1, keepdims=True))
            start += size
        return tables

    def _summed(self, tables: list[np.ndarray], kept: list[int], left_out: int = -1) -> np.ndarray:
        terms: list[object] = []
        for at, table in enumerate(tables):
            if at != left_out:
                terms += [table, [*self.before[at], at]]
        return np.einsum(*terms, kept, optimize="greedy")  # type: ignore[no-any-return, call-overload]

    def _seen(self, tables: list[np.ndarray]) -> np.ndarray:
        return self._summed(tables, [self.nodes.index(node) for node in self.measured]).ravel()

    def _made(self, tables: list[np.ndarray], cause: Node, outcome: Node) -> np.ndarray:
        at, to = self.nodes.index(cause), self.nodes.index(outcome)
        if not any(at in before for before in self.before):
            return self._summed(tables, [to])[:1] * 0
        return self._summed(tables, [at, to], left_out=at)[:, 1]
