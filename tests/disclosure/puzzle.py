"""Whole numbers of which some sums are known to lie between bounds: what each may be, by integer programming."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

SMALL = 10
MOST = 10_000
SLACK = 0.25
"""Sums of whole numbers are whole, so that bounds may be a quarter wider."""


@dataclass
class Puzzle:
    """Linear constraints on whole numbers."""

    size: int
    rows: list[dict[int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def say(self, parts: dict[int, float], low: float, high: float) -> None:
        """The weighted sum lies between the two."""
        self.rows.append(parts)
        self.low.append(low)
        self.high.append(high)

    def never_large(self, targets: list[dict[int, float]]) -> list[int]:
        """The places of the targets of which no solution was found that makes them ten or more."""
        left = list(range(len(targets)))
        while self.rows and left:
            found = self._all_at_once([targets[at] for at in left])
            if found is None:
                return left
            kept = [
                at
                for at in left
                if sum(weight * found[one] for one, weight in targets[at].items()) < SMALL - 0.5
            ]
            if len(kept) == len(left):
                return left
            left = kept
        return left

    def _all_at_once(self, targets: list[dict[int, float]]) -> np.ndarray | None:
        """A solution that makes as many of the targets as large as ten as it can; None where the solver stumbles."""
        rows, size, many = len(self.rows), self.size, len(targets)
        entries = [(n, at, -weight) for n, parts in enumerate(targets) for at, weight in parts.items()]
        entries += [(n, size + n, 1.0) for n in range(many)]
        of, at, weights = (np.array(one) for one in zip(*entries, strict=True))
        reached = csr_array((weights, (of, at)), shape=(many, size + many))
        known = self.constraints
        wide = csr_array((known.A.data, known.A.indices, known.A.indptr), shape=(rows, size + many))
        found = milp(
            np.concatenate([np.zeros(size), -np.ones(many)]),
            constraints=[LinearConstraint(wide, known.lb, known.ub), LinearConstraint(reached, -np.inf, 0.0)],
            integrality=np.concatenate([np.ones(size), np.zeros(many)]),
            bounds=Bounds(0, np.concatenate([np.full(size, MOST), np.full(many, float(SMALL))])),
        )
        return None if found.x is None else np.round(found.x[:size])

    def ends(self, parts: dict[int, float]) -> tuple[float, float]:
        """The least and the most that a sum can be; the least is only worked out where the most is small."""
        most = self._solved(parts, -1.0)
        return (0.0, most) if most >= SMALL else (self._solved(parts, 1.0), most)

    @cached_property
    def constraints(self) -> LinearConstraint:
        """Everything said so far; nothing may be said once it was asked for."""
        entries = [(n, at, weight) for n, row in enumerate(self.rows) for at, weight in row.items()]
        of, at, weights = (np.array(one) for one in zip(*entries, strict=True))
        matrix = csr_array((weights.astype(float), (of, at)), shape=(len(self.rows), self.size))
        return LinearConstraint(matrix, np.array(self.low) - SLACK, np.array(self.high) + SLACK)

    def _solved(self, parts: dict[int, float], way: float) -> float:
        if not self.rows:
            return 0.0 if way > 0 else float(MOST)
        goal = np.zeros(self.size)
        for at, weight in parts.items():
            goal[at] = way * weight
        whole = np.ones(self.size)
        found = milp(goal, constraints=self.constraints, integrality=whole, bounds=Bounds(0, MOST))
        if found.x is None:
            raise AssertionError("the published numbers contradict each other: the attacker's model is wrong")
        return way * round(found.fun)
