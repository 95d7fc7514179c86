"""How reliably each series is recorded, with an interval that ends where a known error says that it must."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.fit import Estimated, LeadFit
from lowback.estimators.lead.process import EDGE, LEAST_SHARE, share_at
from lowback.estimators.lead.search import FARTHEST, optimum

Array = NDArray[np.float64]
# Half the 95 % quantile of chi-square with one degree of freedom.
FALL = 1.920729
# How far from a bound, in standard errors, the search for it ends.
CLOSE = 0.01
MOST_STEPS = 12
# Within this of all that may be no error, none beyond the known error counts as found.
AT_MOST = 0.002
TIMES = (1.1, 1.6, 2.5, 4.0, 8.0)


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
    return Reliability(wald.estimate, *_profiled(fit, series), is_most=is_most)


def _profiled(fit: LeadFit, series: int) -> tuple[float, float]:
    """The lowest and the highest reliability that the likelihood does not reject."""
    place, top = 2 + series, fit.free
    best = abs(float(top.point[place]))
    reached = {best: top.point}

    def too_far(figure: float) -> float:
        """How much further than allowed the likelihood falls at a figure of the share, on the scale of a standard normal."""
        start = _between(reached, figure)
        start[place] = figure
        found = optimum(
            fit.model.likelihood, start[:, None], (place,), prove=False, curvature=top.information
        )
        reached[figure] = found.point
        return float(np.sqrt(2 * max(top.log_likelihood - found.log_likelihood, 0.0)) - np.sqrt(2 * FALL))

    def reliable(figure: float) -> float:
        point = _between(reached, figure)
        point[place] = figure
        return float(fit.model.process(point).reliability[series])

    low = next((_crossing(too_far, best, *one) for one in _outside(too_far, _figures(fit, place))), FARTHEST)
    end = too_far(0.0) if best > 0 else -1.0
    high = _most(fit, series) if end <= 0 else reliable(_crossing(too_far, best, 0.0, end))
    return reliable(low), high


def _outside(too_far: Callable[[float], float], figures: Iterator[float]) -> Iterator[tuple[float, float]]:
    """Figures that are too far, with how much."""
    return ((figure, found) for figure in figures if (found := too_far(figure)) > 0)


def _figures(fit: LeadFit, place: int) -> Iterator[float]:
    """Figures ever further from the best, the first just beyond where a likelihood as curved as it is at its top would have fallen enough."""
    best, free = abs(float(fit.free.point[place])), fit.free.free
    of_all = np.linalg.pinv(fit.free.information[np.ix_(free, free)], rcond=1e-12, hermitian=True)
    spread = float(of_all[free.index(place), free.index(place)]) if place in free else 1.0
    reach = float(np.sqrt(2 * FALL * spread)) if spread > 0 else 1.0
    for times in TIMES:
        if best + times * reach >= FARTHEST:
            break
        yield best + times * reach
    yield FARTHEST


def _between(reached: dict[float, Array], figure: float) -> Array:
    """The point that lies in line with the two nearest that were fitted."""
    near = sorted(reached, key=lambda one: abs(one - figure))[:2]
    if len(near) < 2:
        return reached[near[0]].copy()
    share = (figure - near[0]) / (near[1] - near[0])
    return np.asarray(reached[near[0]] + share * (reached[near[1]] - reached[near[0]]))


def _crossing(too_far: Callable[[float], float], inside: float, outside: float, far: float) -> float:
    """Where a distance that rises from the best figure passes 0 before the one outside, where it is `far`, by false position.

    Dowell & Jarratt 1971, BIT 11:168-174.
    """
    near = -np.sqrt(2 * FALL)
    at, found, was_outside = outside, far, None
    for _ in range(MOST_STEPS):
        if abs(found) < CLOSE:
            break
        at = (inside * far - outside * near) / (far - near)
        found = too_far(at)
        # An end that stays twice running counts half, or it would hold the search up.
        if found > 0:
            outside, far, near = at, found, near / 2 if was_outside else near
        else:
            inside, near, far = at, found, far / 2 if was_outside is False else far
        was_outside = found > 0
    return float(at)


def _most(fit: LeadFit, series: int) -> float:
    """The most that the reliability may be if there is no more than the known error, given how large the whole variance may be."""
    known = fit.model.bounds.known_error[series]
    return fit.estimated(
        lambda process, _: 1 - known / (process.sd[series] ** 2 + process.error[series] ** 2)
    ).interval()[1]
