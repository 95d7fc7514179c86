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
from lowback.estimators.lead.filtering import Covariances, Loads
from lowback.estimators.lead.fit import Estimated, LeadFit, of_some_people, over_people
from lowback.estimators.lead.likelihood import Model
from lowback.estimators.lead.process import Bounds, rate_at, sd_and_error
from lowback.estimators.lead.search import Likelihood, optimum

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
    def states(self) -> int:
        """Three: s, u and v."""
        return 3

    @property
    def loads(self) -> tuple[Loads, Loads]:
        """What each series loads on."""
        shared, own = self.sd * self.common, self.sd * np.sqrt(1 - self.common**2)
        return ((0, shared[0]), (1, own[0])), ((0, shared[1]), (2, own[1]))

    def carried(self, days: Array) -> Array:
        """What is left of each after so many days: (3, ...)."""
        return np.exp(-self.rates * days)

    def faded(self, left: Array, away: Covariances, means: list[Array]) -> tuple[Covariances, list[Array]]:
        """Covariances (less the stationary ones, which are 1) and means after a gap, from what it leaves."""
        later = {(one, other): left[one] * far * left[other] for (one, other), far in away.items()}
        return later, [share * mean for share, mean in zip(left, means, strict=True)]


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
    likelihood, starts = _likelihood(model, way), _starts(even.point)
    few = of_some_people(model)
    if few is not None:
        starts = optimum(_likelihood(few, way), starts, prove=False).point[:, None]
    found = optimum(likelihood, starts)
    if not found.gain < ENOUGH:
        raise NotEstimable(
            f"the likelihood of a common cause has no proven optimum (a further step would still gain {found.gain:.2g})"
        )
    gains = model.log_likelihoods(even.point[:, None])[0] - likelihood(found.point[:, None])[0]
    # The even fit has one figure fewer: its turn is held at nought.
    fewer = len(found.free) - len(even.free)
    return over_people(gains + fewer / len(gains))


def _likelihood(model: Model, way: float) -> Likelihood:
    return lambda points: model.log_likelihoods_of(
        common_cause_of(points[:, :, None], model.bounds, way), points
    )


def _starts(even: Array) -> Array:
    """Points that differ in what is common and in what fades how fast, beside the spread and the reliability of the even fit."""
    starts = np.repeat(even[:, None], len(STARTS), axis=1)
    share, common, own = np.array(STARTS).T
    starts[SHARES] = share
    starts[RATES] = np.stack([common, own, own])
    return starts
