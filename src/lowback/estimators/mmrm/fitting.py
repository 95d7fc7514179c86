"""From rows to a proven fit: the mixed model for repeated measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm.choices import (
    Covariance,
    check_name,
    check_shared,
    check_size,
    shared_pairs,
    structure_of,
)
from lowback.estimators.mmrm.fit import MmrmFit
from lowback.estimators.mmrm.frame import Frame, framed, matrix_of
from lowback.estimators.mmrm.likelihood import Array, Model
from lowback.estimators.mmrm.records import Codes, Records, read_records, spelled
from lowback.estimators.mmrm.search import best_point
from lowback.estimators.mmrm.structures import Structure
from lowback.estimators.mmrm.sums import Stratum, Sums, summed

Method = Literal["REML", "ML"]

# Optima that are sought: one where the start is a good one, else three (eight for few persons), the best of which is
# taken: with few persons the likelihood of other covariances can have several.
TRIES: dict[Covariance, int] = {"unstructured": 1}
FEW_PERSONS = 40
# Degrees of freedom that no contrast may fall below by a bound that is up to some four times too low: where the bound
# is lower, intervals come out hundreds of standard errors wide, and the curvature they rest on may be rounding.
LEAST_DF = 0.3


def fit_mmrm(
    outcome: ArrayLike,
    design: ArrayLike,
    subjects: ArrayLike,
    visits: ArrayLike,
    *,
    names: Sequence[str],
    covariance: Covariance = "unstructured",
    by: ArrayLike | None = None,
    times: ArrayLike | None = None,
    method: Method = "REML",
) -> MmrmFit:
    """The model outcome = design @ coefficients + residuals that are correlated within a person, at its proven optimum.

    One row a person and visit: `outcome`, the row of `design` (a column a name; an intercept is not added), the
    person in `subjects`, the visit in `visits`. A visit that is missing has no row. Visits are ordered by their number, or,
    where they are text, by `times`; Toeplitz, autoregressive and ante-dependence covariances take them as successive.
    Spatial exponential covariance uses `times` (default: the visits, if numbers), which may differ between persons.
    With `by` every group of persons has a covariance of its own. REML unless `method` is ML.

    Time and memory grow with the patterns of observed visits and with visits cubed: milliseconds for the visits of a trial, but
    a quarter of a minute and a gigabyte for 200 daily visits of which each of 300 persons misses others. Compound
    symmetry is then better fitted as a random intercept (`fit_lmm`), which takes milliseconds.

    Raises `NotEstimable`, naming the culprit, for input that cannot be read so, a covariance that these visits cannot
    tell, and an optimum that is not proven by its gradient and curvature.

    Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, section 5.1; Jennrich & Schluchter 1986, Biometrics
    42:805-820, doi:10.2307/2530695 (Newton and Fisher scoring).
    """
    return Trial.read(outcome, design, subjects, visits, names, by, times).fitted(covariance, method)


@dataclass(frozen=True, eq=False)
class Trial:
    """Rows that were read and checked once, to be fitted with any covariance."""

    frame: Frame
    records: Records

    @classmethod
    def read(
        cls,
        outcome: ArrayLike,
        design: ArrayLike,
        subjects: ArrayLike,
        visits: ArrayLike,
        names: Sequence[str],
        by: ArrayLike | None,
        times: ArrayLike | None,
    ) -> Trial:
        """Rows as a frame for the coefficients and records of who was seen when."""
        matrix = matrix_of(design, names)
        records = read_records(len(matrix), subjects, visits, by, times)
        return cls(framed(outcome, matrix, names, records.slot, len(records.visits)), records)

    def fitted(self, covariance: Covariance, method: Method) -> MmrmFit:
        """The proven fit with that covariance."""
        check_name(covariance)
        if method not in ("REML", "ML"):
            raise NotEstimable(f"method {method!r} is not known; allowed: REML, ML")
        spatial = covariance == "spatial exponential" and len(self.records.visits) > 1
        records, unit = self._by_time() if spatial else (self.records, 1.0)
        check_size(covariance, records, len(self.frame.names))
        sums = self._summed(records) if spatial else self._by_visit
        check_shared(covariance, records, sums.strata)
        structures = tuple(structure_of(covariance, stratum, records.visits) for stratum in sums.strata)
        model = Model(sums, structures, method == "REML")
        candidates = _starts(sums, structures, self._growth)
        try:
            tries = TRIES.get(covariance, 3 if len(records.persons) > FEW_PERSONS else 8)
            point, proof = best_point(model, candidates, tries, records.visits)
        except NotEstimable as reason:
            raise NotEstimable(f"{covariance} covariance has no proven fit: {reason}") from None
        fit = MmrmFit.at(point, proof, self.frame, records, covariance, unit)
        _check_told(fit)
        return fit

    @cached_property
    def _by_visit(self) -> Sums:
        records = replace(self.records, times=None)
        if len(self.frame.placed.rows) < len(records.visits):
            return self._summed(records)
        return summed(records, self.frame.placed, self.frame.outcome)

    def _summed(self, records: Records) -> Sums:
        placed = self.frame.by_slot(records.slot, len(records.visits))
        return summed(records, placed, self.frame.outcome)

    @property
    def _growth(self) -> float:
        rows, p = self.frame.design.shape
        return rows / (rows - p)

    def _by_time(self) -> tuple[Records, float]:
        """Records in which a person's rows are placed in order of time, and the typical gap, which is the unit of time."""
        clock = self._times()
        order = np.lexsort((clock, self.records.person))
        person = self.records.person[order]
        begins = np.flatnonzero(np.diff(person, prepend=-1))
        place = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
        gaps = np.diff(clock[order])[place[1:] > 0]
        if not len(gaps):
            raise NotEstimable("no person has two visits; a covariance between visits cannot be told")
        if gaps.min() <= 0:
            twice = np.flatnonzero(place[1:] > 0)[int(np.argmin(gaps))]
            who = self.records.persons[person[twice]]
            raise NotEstimable(
                f"person {spelled(who)} has two rows at time {clock[order][twice]:g}; spatial exponential "
                f"covariance allows one"
            )
        unit = float(np.median(gaps))
        slot: Codes = np.empty(len(order), dtype=np.intp)
        slot[order] = place
        occasions = tuple(f"occasion {at + 1}" for at in range(int(place.max()) + 1))
        return replace(self.records, times=clock / unit, slot=slot, visits=occasions, ordered=True), unit

    def _times(self) -> Array:
        if self.records.times is not None:
            return self.records.times
        try:
            numbers = np.array([float(visit) for visit in self.records.visits])
        except ValueError:
            raise NotEstimable(
                f"spatial exponential covariance needs times; visits such as {self.records.visits[0]} are none"
            ) from None
        return numbers[self.records.slot]


def _check_told(fit: MmrmFit) -> None:
    """Refuse an optimum in a valley so flat that standard errors would rest on next to nothing."""
    df = fit.uncertainty.least_df(LEAST_DF)
    if df < LEAST_DF:
        raise NotEstimable(
            f"{fit.structure} covariance has no proven fit: {fit.n_rows} rows and {len(fit.names)} coefficients tell "
            f"its {len(fit.parameters)} parameters so little that a standard error could rest on {df:.1g} degrees of "
            f"freedom (allowed: {LEAST_DF:g} or more)"
        )


def _starts(sums: Sums, structures: tuple[Structure, ...], growth: float) -> list[Array]:
    """Starting values from the moments of the least-squares residuals, one list entry a start."""
    each = [
        structure.starts(*_moments(stratum, growth))
        for stratum, structure in zip(sums.strata, structures, strict=True)
    ]
    return [np.concatenate(parts) for parts in zip(*each, strict=True)]


def _moments(stratum: Stratum, growth: float) -> tuple[Array, Array]:
    """Mean products of residuals over the persons who share each pair of visits, and how many those are."""
    m = stratum.visits
    pairs = shared_pairs(stratum)
    return growth * np.divide(stratum.outcome_products, pairs, out=np.zeros((m, m)), where=pairs > 0), pairs
