"""What a fit says about single rows: residuals, expectations given what a person's other visits were, simulated outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.inference import JointTest
from lowback.estimators.mmrm.fit import MmrmFit
from lowback.estimators.mmrm.likelihood import Array
from lowback.estimators.mmrm.records import Codes, labelled, spelled
from lowback.estimators.mmrm.robust import by_person

Kind = Literal["response", "pearson", "normalised"]


@dataclass(frozen=True, eq=False)
class Expected:
    """For each row the expected outcome and the standard deviation of the outcome around it, coefficients known."""

    mean: Array
    deviation: Array


def fitted_values(fit: MmrmFit) -> Array:
    """design @ coefficients in the order of the rows."""
    return fit.frame.given - fit.frame.scale * fit.frame.remainder(fit.point.coefficients)


def residuals(fit: MmrmFit, kind: Kind = "response") -> Array:
    """Outcome less fitted value, in the order of the rows and the outcome's unit.

    `pearson` are divided by the visit's standard deviation; `normalised` multiplied by the inverse Cholesky factor of
    the person's covariance, so that they are uncorrelated with variance 1 if the model holds (Pinheiro & Bates 2000,
    section 5.3).
    """
    rest = fit.frame.remainder(fit.point.coefficients)
    if kind == "response":
        return fit.frame.scale * rest
    whitener = by_person(fit.point)
    place, slot = fit.point.model.sums.position[fit.records.person], fit.records.slot
    if kind == "pearson":
        variances = np.diagonal(np.linalg.inv(whitener.mT @ whitener), axis1=1, axis2=2)
        return rest / np.sqrt(variances[place, slot])
    table = np.zeros(whitener.shape[:2])
    table[place, slot] = rest
    return np.asarray((whitener @ table[:, :, None])[place, slot, 0])


def expected_outcomes(fit: MmrmFit, design: ArrayLike, subjects: ArrayLike, visits: ArrayLike) -> Expected:
    """The outcome to expect at further visits, given what the same persons had at the visits that were fitted.

    A person who was not in the fit is expected at design @ coefficients. The person's covariance is that of the fit
    (its first group's for a person who was not in it), so a covariance by time is not supported.

    Raises `NotEstimable` for a visit that the fit does not have, and after spatial exponential covariance.
    """
    if fit.visit_covariances is None:
        raise NotEstimable("spatial exponential covariance has no visits at which outcomes could be expected")
    x = np.asarray(design, dtype=float)
    marginal = fit.contrast(x, df="normal").estimate
    kinds, person = labelled(subjects, len(x), "subjects")
    known = {label: at for at, label in enumerate(fit.records.persons)}
    slots = _slots(fit, visits, len(x))
    rest = residuals(fit)
    by_known = np.argsort(fit.records.person, kind="stable")
    ends = np.searchsorted(fit.records.person[by_known], np.arange(len(known) + 1))
    mean, deviation = marginal.copy(), np.empty(len(x))
    for at in range(len(x)):
        place = known.get(kinds[person[at]], -1)
        group = 0 if place < 0 else int(fit.records.group[place])
        rows = by_known[ends[place] : ends[place + 1]] if place >= 0 else by_known[:0]
        mean[at], deviation[at] = _given(
            fit.visit_covariances[group],
            fit.records.slot[rows],
            rest[rows],
            int(slots[at]),
            float(marginal[at]),
        )
    return Expected(mean, deviation)


def simulate(fit: MmrmFit, seed: int, draws: int = 1) -> Array:
    """Outcomes of the same persons and visits drawn from the fitted model, (draws, rows)."""
    generator = np.random.default_rng(seed)
    whitener = by_person(fit.point)
    noise = generator.standard_normal((draws, *whitener.shape[:2]))
    errors = np.linalg.solve(whitener, noise[..., None])[..., 0]
    place = fit.point.model.sums.position[fit.records.person]
    return fitted_values(fit) + fit.frame.scale * errors[:, place, fit.records.slot]


def likelihood_ratio_test(smaller: MmrmFit, larger: MmrmFit) -> JointTest:
    """The chi-squared test that the parameters which only `larger` has are needed; `statistic` is over its df.

    By REML only covariances can be compared, of fits with the same coefficients.

    Raises `NotEstimable` for fits of different rows or methods, for REML fits with different coefficients, and where the
    larger model has no more parameters.
    """
    if smaller.method != larger.method:
        raise NotEstimable(
            f"one fit is by {smaller.method} and the other by {larger.method}; allowed: the same"
        )
    if not np.array_equal(smaller.frame.given, larger.frame.given):
        raise NotEstimable("the two fits are of different rows; allowed: the same outcome in the same order")
    if smaller.method == "REML" and smaller.names != larger.names:
        raise NotEstimable("REML fits with different coefficients cannot be compared; fit both by ML")
    more = len(larger.parameters) + len(larger.names) - len(smaller.parameters) - len(smaller.names)
    if more < 1:
        raise NotEstimable(
            f"the larger model has {more} parameters more than the smaller; allowed: 1 or more"
        )
    ratio = max(smaller.objective - larger.objective, 0.0)
    return JointTest(ratio / more, float(more), np.inf, float(special.chdtrc(more, ratio)))


def _slots(fit: MmrmFit, visits: ArrayLike, rows: int) -> list[int]:
    kinds, code = labelled(visits, rows, "visits")
    places = {visit: at for at, visit in enumerate(fit.visits)}
    unknown = [spelled(kind) for kind in kinds if spelled(kind) not in places]
    if unknown:
        raise NotEstimable(f"no visit {unknown[0]}; this fit has visits {', '.join(fit.visits)}")
    return [places[spelled(kinds[at])] for at in code]


def _given(covariance: Array, slots: Codes, rest: Array, slot: int, marginal: float) -> tuple[float, float]:
    """The conditional mean and standard deviation at one visit, given residuals at others."""
    if not len(slots):
        return marginal, float(np.sqrt(covariance[slot, slot]))
    weights = np.linalg.solve(covariance[np.ix_(slots, slots)], covariance[slots, slot])
    variance = covariance[slot, slot] - weights @ covariance[slots, slot]
    return marginal + float(weights @ rest), float(np.sqrt(max(variance, 0.0)))
