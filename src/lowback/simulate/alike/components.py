"""How much of what people differ in belongs to their site or therapist: variance components by the method of moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Components:
    """The covariance over visits of what each grouping's groups share, (visits, visits), and of what is people's own.

    `shown` is for each grouping the share of its covariance that residuals still show, because arms and covariates take up some of it.
    """

    between: tuple[Array, ...]
    within: Array
    shown: tuple[Array, ...]


def components(design: Array, scores: Array, groupings: Sequence[Array]) -> Components:
    """Components of scores (people, visits; NaN where missing) around their regression on `design` (people, columns).

    A grouping is a column of 0 and 1 for each group. Sums of squares over groups and over people, and sums of products of two visits,
    are set equal to what they are expected to be, so that what the regression takes up of the groups is given back. Where groups and people
    cannot be told apart a component is zero. Components may come out negative; `positive` mends that.

    Searle, Casella & McCulloch 1992, Variance Components, section 5.5 (Henderson's methods).
    """
    visits = [_Visit(design, scores[:, at], groupings) for at in range(scores.shape[1])]
    size = len(groupings) + 1
    found = np.zeros((size, len(visits), len(visits)))
    shown = np.zeros((size - 1, len(visits), len(visits)))
    for one, first in enumerate(visits):
        for other, second in enumerate(visits[: one + 1]):
            sums, expected = first.with_(second)
            solved = np.linalg.lstsq(expected, sums, rcond=1e-9)[0]
            found[:, one, other] = found[:, other, one] = solved
            own = expected[-1, :-1] / max(expected[-1, -1], 1.0)
            shown[:, one, other] = shown[:, other, one] = own
    return Components(tuple(found[:-1]), found[-1], tuple(shown))


def positive(covariance: Array, least: float = 0.0) -> Array:
    """The nearest covariance matrix whose eigenvalues are `least` or more."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray((vectors * np.maximum(values, least)) @ vectors.T)


class _Visit:
    """One visit: residuals of who was seen, and what of each group's columns the regression leaves."""

    def __init__(self, design: Array, scores: Array, groupings: Sequence[Array]) -> None:
        seen = np.isfinite(scores)
        self.seen = seen.astype(float)
        self.design = design * self.seen[:, None]
        self.inverse = np.asarray(np.linalg.pinv(self.design.T @ self.design))
        self.groups = [one * self.seen[:, None] for one in groupings]
        self.left = [self._rest(one) for one in self.groups]
        self.score = self._rest(np.where(seen, scores, 0.0)[:, None])[:, 0]

    def _rest(self, columns: Array) -> Array:
        return np.asarray(columns - self.design @ (self.inverse @ (self.design.T @ columns)))

    def with_(self, other: _Visit) -> tuple[Array, Array]:
        """Sums of products of two visits, over each grouping's groups and then over people, and their expectation by component."""
        products = [
            float((mine.T @ self.score) @ (yours.T @ other.score))
            for mine, yours in zip(self.groups, other.groups, strict=True)
        ]
        over = [float((mine * yours).sum()) for mine, yours in zip(self.left, other.left, strict=True)]
        rows = [
            [
                *(
                    float(((mine.T @ a) * (yours.T @ b)).sum())
                    for a, b in zip(self.left, other.left, strict=True)
                ),
                over[at],
            ]
            for at, (mine, yours) in enumerate(zip(self.groups, other.groups, strict=True))
        ]
        return np.array([*products, float(self.score @ other.score)]), np.array(
            [*rows, [*over, self._people(other)]]
        )

    def _people(self, other: _Visit) -> float:
        """The people seen at both visits, less what the two regressions use up."""
        both = self.design.T @ other.design
        mine = float(np.trace(self.inverse @ (self.design.T * other.seen) @ self.design))
        yours = float(np.trace(other.inverse @ (other.design.T * self.seen) @ other.design))
        shared = float(np.trace(self.inverse @ both @ other.inverse @ both.T))
        return float(self.seen @ other.seen) - mine - yours + shared
