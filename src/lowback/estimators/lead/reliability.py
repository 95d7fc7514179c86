"""How reliably each series is recorded, with an interval that ends where a known error says that it must."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.fit import Estimated, LeadFit
from lowback.estimators.lead.process import EDGE, LEAST_SHARE, share_at, share_point
from lowback.estimators.lead.search import FARTHEST, optimum

Array = NDArray[np.float64]
# Half the 95 % quantile of chi-square with one degree of freedom.
FALL = 1.920729
# How far from a bound, in standard errors, the search for it ends.
CLOSE = 0.05
MOST_STEPS = 12
# Within this of all that may be no error, none beyond the known error counts as found.
AT_MOST = 0.002
STEPS = (0.05, 0.1, 0.2, 0.4, 0.8)


@dataclass(frozen=True)
class Reliability:
    """One series' reliability with a 95 % interval, and its standard error (`wald`) where the interval rests on that.

    At the lower end of what is searched (`is_least`) there is no interval; `is_most` says that there is no more error than the known one.
    """

    estimate: float
    low: float
    high: float
    wald: Estimated | None = None
    is_least: bool = False
    is_most: bool = False


def reliability(fit: LeadFit, series: int) -> Reliability:
    """The reliability of one series (0 first, 1 second).

    Student's interval from what each person contributes where that ends below all that the known error allows; else what the likelihood, all other
    figures fitted anew, does not reject: it reaches up to there unless the likelihood falls by 1.92 before.

    Profile likelihood: Venzon & Moolgavkar 1988, J R Stat Soc C 37:87-94; it covers no less at the end of what is possible, where the ratio is half a
    chi-square: Self & Liang 1987, J Am Stat Assoc 82:605-610.
    """
    wald = fit.estimated(lambda process, _: process.reliability[series])
    most = fit.model.bounds.most_shares[series]
    share = float(share_at(fit.free.point[2 + series], most))
    if share < LEAST_SHARE + EDGE:
        return Reliability(wald.estimate, float("nan"), float("nan"), is_least=True)
    is_most, (low, high) = share > most - AT_MOST, wald.interval()
    if not is_most and high < fit.most_reliable[series]:
        return Reliability(wald.estimate, max(low, 0.0), high, wald)
    return Reliability(wald.estimate, *_profiled(fit, series, share), is_most=is_most)


def _profiled(fit: LeadFit, series: int, share: float) -> tuple[float, float]:
    """The lowest and the highest reliability that the likelihood does not reject."""
    most, top = fit.model.bounds.most_shares[series], fit.free.log_likelihood
    reached = {share: fit.free.point}

    def too_far(at: float) -> float:
        """How much further than allowed the likelihood falls at a share, on the scale of a standard normal."""
        nearest = reached[min(reached, key=lambda one: abs(one - at))]
        start = nearest.copy()
        start[2 + series] = _within(at, most)
        found = optimum(fit.model.log_likelihoods, start[:, None], (2 + series,), prove=False)
        reached[at] = found.point
        return float(np.sqrt(2 * max(top - found.log_likelihood, 0.0)) - np.sqrt(2 * FALL))

    def reliable(at: float) -> float:
        point = reached[min(reached, key=lambda one: abs(one - at))].copy()
        point[2 + series] = _within(at, most)
        return float(fit.model.process(point).reliability[series])

    below = next(
        (share - one for one in STEPS if share - one > LEAST_SHARE and too_far(share - one) > 0), None
    )
    low = LEAST_SHARE if below is None else _crossing(too_far, share, below)
    if too_far(most) <= 0:
        return reliable(low), _most(fit, series)
    return reliable(low), reliable(_crossing(too_far, share, most))


def _crossing(too_far: Callable[[float], float], inside: float, outside: float) -> float:
    """Where a rising distance passes 0 between two shares, by false position.

    Dowell & Jarratt 1971, BIT 11:168-174.
    """
    near, far = -np.sqrt(2 * FALL), too_far(outside)
    at, was_outside = outside, None
    for _ in range(MOST_STEPS):
        at = (inside * far - outside * near) / (far - near)
        found = too_far(at)
        if abs(found) < CLOSE:
            break
        # An end that stays twice running counts half, or it would hold the search up.
        if found > 0:
            outside, far, near = at, found, near / 2 if was_outside else near
        else:
            inside, near, far = at, found, far / 2 if was_outside is False else far
        was_outside = found > 0
    return at


def _most(fit: LeadFit, series: int) -> float:
    """The most that the reliability may be if there is no more than the known error, given how large the whole variance may be."""
    known = fit.model.bounds.known_error[series]
    return fit.estimated(
        lambda process, _: 1 - known / (process.sd[series] ** 2 + process.error[series] ** 2)
    ).interval()[1]


def _within(share: float, most: float) -> float:
    """The figure of a share, no further than the search goes."""
    return float(np.minimum(share_point(np.array(min(share, most)), np.array(most)), FARTHEST))
