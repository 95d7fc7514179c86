"""What a person has at a few readings that err, or usually: drawn towards everybody's mean by how little the readings tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.designs import Array


@dataclass(frozen=True, eq=False)
class UsualLevels:
    """Each person's expected level given their readings (NaN without any), in the readings' unit.

    `between` and `within` are the variances between people's usual levels and of readings about them, `chance` the part of `within` that is no
    part of a level; `reliability` is the share of the variance between people of the mean of as many readings as people have on average
    (harmonic mean) that is not chance.
    """

    levels: Array
    between: float
    within: float
    chance: float
    reliability: float


def usual_levels(
    readings: ArrayLike,
    usual_of: ArrayLike | None = None,
    *,
    spent: int = 0,
    groups: int = 1,
    error: float | None = None,
) -> UsualLevels:
    """The expected level of everybody; a row a person and a column a reading, gaps are NaN.

    With `error`, the variance of a reading's error, a level is the mean of what the person truly had at the own readings, and only that
    error counts as chance. Without, it is what the person usually has at any time: ups and downs that are real count as chance too, since
    nothing tells them from error.

    `usual_of` (in the readings' shape) is what is usual of each reading whoever's it is, such as the mean of a visit in an arm: what moves
    everybody alike is then no chance, and people are drawn to the mean of what is usual of their own readings. Such means take `spent` degrees
    of freedom from readings within people, and people are compared within so many `groups`.

    Used in a person's place as a regressor it makes slopes on that level consistent, which slopes on the mean of a few
    readings are not (regression calibration). Of the mean of n readings, whose variance between people is between + within / n, the slope on
    it is 1 - (chance / n) / (between + within / n). Which level an outcome answers to matters: one that answers to what was there at the
    visits has a slope on the usual level that is too steep by within less error over n times between. Variances are those of the
    unbalanced one-way analysis; an error above `within` counts as `within`.

    Raises `NotEstimable` where nobody has two readings, and where people do not differ beyond chance.

    Carroll, Ruppert, Stefanski & Crainiceanu 2006, Measurement error in nonlinear models, 2nd ed., ch. 4.4; Searle, Casella &
    McCulloch 1992, Variance Components, ch. 3.6.
    """
    values = np.asarray(readings, dtype=float)
    if usual_of is not None:
        expected = np.where(np.isfinite(values), np.asarray(usual_of, dtype=float), np.nan)
        rest = usual_levels(values - expected, spent=spent, groups=groups, error=error)
        return replace(rest, levels=rest.levels + _mean_of_seen(expected))
    seen = np.isfinite(values)
    count = seen.sum(axis=1)
    has = count > 0
    people, total = int(has.sum()), int(count.sum())
    if people <= groups or total - people - spent < 1:
        raise NotEstimable("nobody has two readings, so that it is not known how far one is from the usual")
    sums = np.where(seen, values, 0.0).sum(axis=1)
    means = np.divide(sums, count, out=np.full(len(values), np.nan), where=has)
    grand = float(sums.sum() / total)
    within = float(np.nansum((values - means[:, None]) ** 2) / (total - people - spent))
    square = float((count[has] * (means[has] - grand) ** 2).sum() / (people - groups))
    a_person = (total - float((count**2).sum()) / total) / (people - 1)
    between = (square - within) / a_person
    if not between > 0:
        raise NotEstimable("people do not differ by more than their readings do")
    chance = within if error is None else min(float(error), within)
    share = _kept(between, within, chance, np.maximum(count, 1))
    # The mean that everybody is drawn to weights people by how much their readings tell.
    centre = float((share * np.where(has, means, 0.0))[has].sum() / share[has].sum())
    levels = np.where(has, centre + share * (means - centre), np.nan)
    usual_count = people / float((1 / count[has]).sum())
    return UsualLevels(levels, between, within, chance, float(_kept(between, within, chance, usual_count)))


def _kept(between: float, within: float, chance: float, count: ArrayLike) -> Array:
    """The share of the variance between means of so many readings that is not chance."""
    readings = np.asarray(count, dtype=float)
    return np.asarray(1 - chance / readings / (between + within / readings))


def _mean_of_seen(values: Array) -> Array:
    """Each row's mean of what there is; NaN for an empty row."""
    count = np.isfinite(values).sum(axis=1)
    return np.divide(np.nansum(values, axis=1), count, out=np.full(len(values), np.nan), where=count > 0)
