"""One process that acts on both series at the same moment, and one of each series' own: what else could bring up cross-effects.

y1 = a1 s + b1 u + e1, y2 = a2 s + b2 v + e2 with independent s, u and v of variance 1, each of which fades at a rate of its own. Nothing is handed
on from one series to the other, yet each says something of the other's future that the other does not say itself, because s fades otherwise
than u and v.

Two processes that act on both at once, the second moving them apart, can be written as series that hand on to each other both ways and come out
with the same covariances (`process`, w = 0): no record tells these two stories apart, and such a pair is not looked for here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lowback.estimators import NotEstimable
from lowback.estimators.lead.fit import Estimated, LeadFit, beginning, over_people
from lowback.estimators.lead.likelihood import Likelihood
from lowback.estimators.lead.process import Bounds, rate_at, sd_and_error
from lowback.estimators.lead.search import optimum

Array = NDArray[np.float64]
SHARES, RATES = slice(4, 6), slice(6, 9)
# Where the search begins: share of the ups and downs that both have in common, and how fast they, and the others, fade (bounds' scale).
STARTS = tuple((share, common, own) for share in (0.0, 1.5) for common in (-1.0, 0.5) for own in (-1.0, 1.0))
# Log-likelihood of the whole cohort that a further step may still gain: the comparison is of whole units.
ENOUGH = 0.1


@dataclass(frozen=True, eq=False)
class CommonCause:
    """The processes with the errors of measurement; every field may be an array, for many at once.

    `sd` and `error` (2, ...) as in `Process`, `common` (2, ...) what share of the SD both have in common (negative where it moves the second the other
    way), `rates` (3, ...) of the common process and of each series' own, per day.
    """

    sd: Array
    error: Array
    common: Array
    rates: Array

    @property
    def spread(self) -> Array:
        """Covariances of both series and s at one moment: (3, 3, ...)."""
        (first, second), one = self.sd * self.common, np.ones_like(self.sd[0])
        mixed = first * second
        return np.stack(
            [
                np.stack([self.sd[0] ** 2, mixed, first]),
                np.stack([mixed, self.sd[1] ** 2, second]),
                np.stack([first, second, one]),
            ]
        )

    def handed(self, days: Array) -> Array:
        """What a point of each series, and a unit of s, leave in all three after so many days: (3, 3, ...)."""
        common, one, other = np.exp(-self.rates * days)
        first, second = self.sd * self.common
        nothing = np.zeros_like(common)
        return np.stack(
            [
                np.stack([one, nothing, first * (common - one)]),
                np.stack([nothing, other, second * (common - other)]),
                np.stack([nothing, nothing, common]),
            ]
        )


def common_cause_of(points: Array, bounds: Bounds, way: float) -> CommonCause:
    """The processes at points (9 or more, ...); `way` is 1, or -1 where what is common moves the two apart."""
    sd, error = sd_and_error(points, bounds)
    common = np.sqrt(expit(points[SHARES]))
    return CommonCause(sd, error, np.stack([common[0], way * common[1]]), rate_at(points[RATES], bounds))


def handing_on(fit: LeadFit) -> Estimated:
    """Mean over people of how much likelier cross-effects make their series than a common cause does, with its t test over people.

    Log-likelihoods of two models of which neither contains the other and neither lets a series come first, both at their maximum; half the
    difference of what Akaike would take off for their figures is taken off. Clearly above 0: handing on is the likelier story of the two. Raises
    `NotEstimable` where the common cause might still be found likelier by more than `ENOUGH`.

    Vuong 1989, Econometrica 57:307-333.
    """
    model, even = fit.model, fit.even
    way = 1.0 if model.process(even.point).correlation >= 0 else -1.0
    likelihood = Likelihood(model, lambda points: common_cause_of(points, model.bounds, way))
    start, curvature = beginning(likelihood, _starts(even.point))
    found = optimum(likelihood, start, curvature=curvature)
    if not found.gain < ENOUGH:
        raise NotEstimable(
            f"the likelihood of a common cause has no proven optimum (a further step would still gain {found.gain:.2g})"
        )
    gains = model.log_likelihoods(even.point[:, None])[0] - likelihood(found.point[:, None])[0]
    # The even fit has one figure fewer: its turn is held at nought.
    fewer = len(found.free) - len(even.free)
    return over_people(gains + fewer / len(gains))


def _starts(even: Array) -> Array:
    """Points that differ in what is common and in what fades how fast, beside the spread and the reliability of the even fit."""
    starts = np.repeat(even[:, None], len(STARTS), axis=1)
    share, common, own = np.array(STARTS).T
    starts[SHARES] = share
    starts[RATES] = np.stack([common, own, own])
    return starts
