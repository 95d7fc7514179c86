"""How far two measures of a person rise and fall together, person by person, for all of them, and between people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from lowback.estimators import NotEstimable
from lowback.estimators.pooling import Pooled, pooled

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
# At fewer moments than this away from a person's most frequent value a measure tells nothing of that person's ups and downs.
FEWEST_MOVES = 5
# What is left of a person's moments for the error of Fisher's z, once memory and what is taken off have had their share.
FEWEST_LEFT = 5.0
FEWEST_PEOPLE = 5
ONE = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class OwnCorrelations:
    """Each person's correlation on the scale of Fisher's z with its error, and all of them pooled.

    `people` are positions in the order of the codes given; `left_out` counts those whose moments tell too little; `memory` is the product of
    the correlations of both measures from one moment to the next.
    """

    people: Rows
    z: Array
    std_error: Array
    moments: Rows
    left_out: int
    memory: float
    all: Pooled

    @property
    def chance(self) -> float:
        """Below this lie 95 of 100 correlations of a person with the usual number of moments, in size, where none is."""
        return float(np.tanh(ndtri(0.975) * np.median(self.std_error)))


def own_correlations(
    first: ArrayLike, second: ArrayLike, person: ArrayLike, taken_off: ArrayLike, follows: ArrayLike
) -> OwnCorrelations:
    """The correlation of two measures over each person's own moments, once `taken_off` (rows by columns) is taken off both.

    Rows are in the order of person and time, without gaps; `follows` says which come one step after the row before, of the same person. A
    column of ones in `taken_off` is the person's own level. Moments of one person resemble those just before, so they count
    as n (1 - ab) / (1 + ab), with a and b how both measures hang together from one moment to the next, over all people. A
    person counts who has 5 moments or more away from the most frequent value of each measure, which says nothing of how the two go together.
    The mean of all, its interval and their scatter are those of estimates with such errors (REML, sandwich).

    Raises `NotEstimable` for fewer than 5 such people, and where two measures of a person are the same but for their scale.

    Fisher 1921, Metron 1:3-32 (z); Bayley & Hammersley 1946, Suppl J R Stat Soc 8:184-197 (moments that resemble those before).
    """
    x, y, off = (np.asarray(one, dtype=float) for one in (first, second, taken_off))
    codes, after = np.asarray(person), np.asarray(follows, dtype=bool)
    found = [(np.flatnonzero(codes == one), one) for one in np.unique(codes)]
    rests: list[Array] = []
    ranks: list[int] = []
    for rows, _ in found:
        rest, rank = _rest(np.column_stack([x[rows], y[rows]]), off[rows])
        rests.append(rest)
        ranks.append(rank)
    memory = _memory(np.concatenate(rests), after)
    count = np.array([len(rows) for rows, _ in found])
    left = count * (1 - memory) / (1 + memory) - np.array(ranks) - 2
    tells = np.array(
        [
            room >= FEWEST_LEFT and _moves(x[rows]) and _moves(y[rows])
            for (rows, _), room in zip(found, left, strict=True)
        ]
    )
    if tells.sum() < FEWEST_PEOPLE:
        raise NotEstimable(
            f"{int(tells.sum())} people whose moments tell of it ({FEWEST_MOVES} or more away from the most frequent value of each "
            f"measure); allowed: {FEWEST_PEOPLE} or more"
        )
    chosen = np.flatnonzero(tells)
    r = np.array([_correlation(rests[one]) for one in chosen])
    if (np.abs(r) > ONE).any():
        raise NotEstimable(
            f"both measures are the same but for their scale in {int((np.abs(r) > ONE).sum())} people, as if one were a copy of the other"
        )
    z, error = np.arctanh(r), left[chosen] ** -0.5
    return OwnCorrelations(
        people=np.array([found[one][1] for one in chosen]),
        z=z,
        std_error=error,
        moments=count[chosen],
        left_out=int((~tells).sum()),
        memory=memory,
        all=pooled(z, error),
    )


def between_people(first: ArrayLike, second: ArrayLike, person: ArrayLike) -> tuple[float, float, int]:
    """Fisher's z of the correlation of people's means, its error, and their number, of which two are spent.

    The error is the jackknife's over people: means over few moments lie far out, and the error that normal means would have is too small then.
    Raises `NotEstimable` for fewer than 5 people, means that do not vary, and a correlation that one person decides alone.

    Efron & Tibshirani 1993, An Introduction to the Bootstrap, equation 11.5.
    """
    codes, at = np.unique(np.asarray(person), return_inverse=True)
    count = np.bincount(at)
    means = np.column_stack(
        [np.bincount(at, np.asarray(one, dtype=float)) / count for one in (first, second)]
    )
    if len(codes) < FEWEST_PEOPLE or (np.ptp(means, axis=0) < 1e-12).any():
        raise NotEstimable(f"means of {len(codes)} people; allowed: {FEWEST_PEOPLE} or more that differ")
    r = _correlation(means - means.mean(axis=0))
    if abs(r) > ONE:
        raise NotEstimable("people's means are the same but for their scale")
    return float(np.arctanh(r)), _jackknife_error(means), len(codes)


def _jackknife_error(means: Array) -> float:
    """Of Fisher's z of the correlation of means (people, 2): by how much it changes without one person after the other."""
    k, about = len(means), means - means.mean(axis=0)
    # Without one person, sums of squares and products about the mean fall by the person's own, k / (k - 1) times.
    left = [(one @ other - k / (k - 1) * one * other) for one, other in _pairs(about)]
    one, other, both = left
    if (np.minimum(one, other) <= 1e-12 * np.maximum(one, other).max()).any():
        raise NotEstimable("people's means vary by one person alone")
    r = both / np.sqrt(one * other)
    if (np.abs(r) > ONE).any():
        raise NotEstimable("people's means are the same but for their scale and one person")
    z = np.arctanh(r)
    return float(np.sqrt((k - 1) / k * ((z - z.mean()) ** 2).sum()))


def _pairs(about: Array) -> tuple[tuple[Array, Array], ...]:
    one, other = about.T
    return (one, one), (other, other), (one, other)


def _rest(values: Array, off: Array) -> tuple[Array, int]:
    """What is left of both measures of a person, and how many columns were taken off that are no combination of others."""
    fitted, _, rank, _ = np.linalg.lstsq(off, values, rcond=None)
    return values - off @ fitted, int(rank)


def _memory(rests: Array, follows: NDArray[np.bool_]) -> float:
    """The product of both measures' correlations from one moment to the next; 0 where it is negative or nothing follows."""
    at = np.flatnonzero(follows)
    if not len(at):
        return 0.0
    now, before = rests[at], rests[at - 1]
    spread = (now**2 + before**2).sum(axis=0) / 2
    if (spread <= 0).any():
        return 0.0
    one, other = (now * before).sum(axis=0) / spread
    return float(min(max(one * other, 0.0), 0.98)) if min(one, other) > 0 else 0.0


def _moves(values: Array) -> bool:
    """Whether a measure lies often enough away from its most frequent value."""
    _, counts = np.unique(values, return_counts=True)
    return bool(len(values) - counts.max() >= FEWEST_MOVES)


def _correlation(rest: Array) -> float:
    one, other = rest.T
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other / scale) if scale > 0 else 0.0
