"""How large the error of a measurement is, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ErrorVariance:
    """The variance of the error of one measurement, in its squared unit.

    `df` are the degrees of freedom of an estimate from other people (infinite: taken as known). Where it was estimated from these
    people's own replicates, `squares` and `counts` hold each pair's share, and `pair_groups` whose it is.
    """

    value: float
    df: float = float("inf")
    squares: Array | None = None
    pair_groups: NDArray[np.generic] | None = None

    def __post_init__(self) -> None:
        """Refuse what is no variance."""
        if not (np.isfinite(self.value) and self.value >= 0 and self.df > 0):
            raise NotEstimable(
                f"an error variance of {self.value:g} with {self.df:g} degrees of freedom; allowed: 0 or more, with some"
            )

    def without_each(self, groups: NDArray[np.generic]) -> Array:
        """The variance as it is estimated without the pairs of each of these groups in turn."""
        if self.squares is None or self.pair_groups is None:
            return np.full(len(groups), self.value)
        place = np.searchsorted(groups, self.pair_groups)
        place = np.clip(place, 0, len(groups) - 1)
        own = groups[place] == self.pair_groups
        taken = np.bincount(place[own], self.squares[own], len(groups))
        pairs = np.bincount(place[own], minlength=len(groups))
        left = len(self.squares) - pairs
        if (left < 1).any():
            raise NotEstimable(
                "one person alone was measured twice; the error cannot be estimated without that person"
            )
        return np.asarray((self.squares.sum() - taken) / left)


def error_from_pairs(
    first: ArrayLike, second: ArrayLike, groups: ArrayLike, columns: ArrayLike | None = None
) -> ErrorVariance:
    """The error variance of one measurement from pairs of these people's own: half the variance of their differences.

    What the second reading adds in everybody is no error and is left out, and so is what `columns` (pairs by columns, such as the second rater
    less the first) explain of the differences. Raises `NotEstimable` for hardly more pairs than columns or readings that never differ.
    """
    apart = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    count = len(apart)
    design = np.ones((count, 1))
    if columns is not None:
        design = np.column_stack([design, np.asarray(columns, dtype=float)])
    rank = int(np.linalg.matrix_rank(design)) if count else 0
    if count < rank + 2 or not np.isfinite(apart).all():
        raise NotEstimable(
            f"{count} pairs of readings, some perhaps incomplete; {rank + 2} complete pairs or more are needed"
        )
    left = apart - design @ np.linalg.lstsq(design, apart)[0]
    squares = 0.5 * left**2 * count / (count - rank)
    if squares.sum() <= 1e-20 * max(float(np.abs(apart).max()), 1e-300) ** 2:
        raise NotEstimable("repeated readings do not differ; there is no error to estimate")
    return ErrorVariance(
        float(squares.mean()), df=float(count - rank), squares=squares, pair_groups=np.asarray(groups)
    )
