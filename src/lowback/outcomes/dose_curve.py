"""The curve of an outcome over doses: which doses are asked about, and by how bendy a curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.regimes import RegimeMeans, regime_means
from lowback.estimators.splines import NaturalSpline, natural_spline
from lowback.outcomes.doses import Doses
from lowback.outcomes.refusals import NotComparable, cannot_be_fitted
from lowback.outcomes.scores import Array

# Doses between these shares of people are asked about.
FEW, MANY = 0.1, 0.9
# A curve of two columns has one bend and smooths a threshold; the more people, the more exactly it would tell a bend of the wrong size.
COLUMNS, THIRD, FOURTH = 2, 250, 500


@dataclass(frozen=True, eq=False)
class DoseCurve:
    """The doses, the curve's basis, and the range of totals that is asked about."""

    doses: Doses
    basis: NaturalSpline
    low: float
    high: float
    per: float

    @property
    def middle(self) -> float:
        """The total half way."""
        return (self.low + self.high) / 2

    def means(self, regimes: list[Array], visits: int | None = None) -> RegimeMeans:
        """The mean outcomes under these regimes at the last visit, or after so many visits."""
        last = len(self.doses.weeks) - 1 if visits is None else visits
        one = self.doses
        plans = np.array([plan[:last] for plan in regimes])
        try:
            return regime_means(
                one.scores[:, : last + 1],
                one.taken[:, :last],
                one.beside,
                plans,
                self.basis.basis,
                names=one.names,
            )
        except NotEstimable as refused:
            raise cannot_be_fitted(f"{one.outcome.label} by {one.exposure.label}", refused) from refused


def most_columns(found: Doses) -> int:
    """How many columns the curve may have: one more from 250 people on whose total is known, and another from 500.

    Harrell 2015, Regression Modeling Strategies, section 2.4 (more knots with more people).
    """
    people = int(np.isfinite(found.totals).sum())
    return COLUMNS + (people >= THIRD) + (people >= FOURTH)


def dose_curve(found: Doses, per: float, columns: int) -> DoseCurve:
    """A curve of so many columns over the range that eight of ten people took; `NotComparable` where there is no such range or curve."""
    totals = found.totals[np.isfinite(found.totals)]
    low, high = (float(one) for one in np.quantile(totals, [FEW, MANY]))
    so_far = np.cumsum(found.taken, axis=1)
    _refuse_few_totals(found, so_far, columns)
    try:
        basis = natural_spline(so_far[np.isfinite(so_far)], columns, found.exposure.name)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{found.outcome.label} by {found.exposure.label}", refused) from refused
    if not high > low:
        raise NotComparable(
            f"eight of ten people took the same dose, {low:g}", "people who took different doses"
        )
    return DoseCurve(found, basis, low, high, per)


def _refuse_few_totals(found: Doses, so_far: Array, columns: int) -> None:
    """Refuse a visit up to which people took too few different totals for a curve."""
    for week, totals in zip(found.weeks[1:], so_far.T, strict=True):
        different = np.unique(totals[np.isfinite(totals)])
        if len(different) <= columns:
            raise NotComparable(
                f"up to week {week:g} people took {len(different)} different totals of {found.exposure.label} "
                f"({', '.join(f'{one:g}' for one in different)}), too few for a curve",
                f"{columns + 1} or more different totals up to each visit, such as by fewer visits in the study file's weeks",
            )
