"""The mixed model for repeated measures of a comparison: every visit after baseline, freely correlated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm import LadderFit, fit_ladder
from lowback.outcomes.cell_means import cell_columns
from lowback.outcomes.comparison import Comparison
from lowback.outcomes.joint_scores import (
    SOURCES_BESIDE,
    missing_at_random,
    read_beside,
    with_auxiliary,
)
from lowback.outcomes.refusals import cannot_be_fitted
from lowback.outcomes.repeated import Repeated, follow_up_scores
from lowback.outcomes.wording import assignment, at_weeks, left_out
from lowback.study import Study

MODEL = "Mallinckrodt et al. 2008, Drug Inf J 42:303-319, doi:10.1177/009286150804200402 (the model)"
SOURCES = (
    MODEL,
    "Kenward & Roger 1997, Biometrics 53:983-997, doi:10.2307/2533558 (standard errors and degrees of freedom)",
)


@dataclass(frozen=True, eq=False)
class VisitModel:
    """The rows that the model read and its fit; the first coefficients are the means of `read.cells`."""

    compared: Comparison
    read: Repeated
    ladder: LadderFit

    @property
    def told(self) -> list[str]:
        """Outcome, terms and covariance, as clauses of a method."""
        compared, read = self.compared, self.read
        used = [compared.label(name) for name in compared.covariates if name not in read.constant]
        weeks = at_weeks(read.weeks)
        by_visit = "baseline by visit" if np.ptp(read.baseline) else "no baseline (the same in everybody)"
        return [
            f"Mixed model for repeated measures of {compared.outcome.label} at {weeks} on arm by visit, "
            + ", ".join([by_visit, *used])
            + ", by restricted maximum likelihood",
            f"residuals correlate over visits: {self.ladder.told}",
            read_beside(compared),
        ]

    @property
    def analysed(self) -> list[str]:
        """Who takes part and who does not, as clauses of a method; empty ones where there is nothing to say."""
        read, fit = self.read, self.ladder.fit
        return [
            f"{fit.n_groups} of {read.everybody} people in the arms of the study are analysed ({attended(read)})",
            left_out(read.gaps),
            "people with some visits missing take part with the others",
        ]

    @property
    def lacking(self) -> list[str]:
        """Cells without a score and covariates that do not vary, as clauses of a method."""
        empty, constant = ", ".join(self.read.empty), ", ".join(map(self.compared.label, self.read.constant))
        return [
            f"no estimate for {empty}: nobody has a score there" if empty else "",
            f"not adjusted for {constant}: the same in everybody" if constant else "",
        ]

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the model comes from."""
        return (*SOURCES, *(SOURCES_BESIDE if self.compared.auxiliary else ()))

    def assumptions(self, study: Study) -> tuple[str, ...]:
        """What has to hold for the model's differences to be right."""
        return (
            assignment(study),
            missing_at_random(self.compared, "baseline, covariates"),
            "Scores vary normally around their mean, with the same covariance over visits in every arm.",
        )


def attended(read: Repeated) -> str:
    """How many people have a score at each visit, in words."""
    counts = np.bincount(read.week, minlength=len(read.weeks))
    return ", ".join(f"{count} at week {week:g}" for count, week in zip(counts, read.weeks, strict=True))


def visit_model(compared: Comparison, study: Study) -> VisitModel:
    """The model fitted to everybody with a baseline score, every covariate and one later score or more.

    Covariances are tried in a declared order, from unstructured down. Raises `NotComparable` where an arm lacks scores at
    the estimand's week or no covariance can be fitted.

    Mallinckrodt et al. 2008, Drug Inf J 42:303-319; Kenward & Roger 1997, Biometrics 53:983-997.
    """
    read = follow_up_scores(compared, study)
    design, names = _design(read)
    return VisitModel(compared, read, fitted_over_visits(compared, read, design, names))


def fitted_over_visits(
    compared: Comparison, read: Repeated, design: NDArray[np.float64], names: list[str]
) -> LadderFit:
    """The scores on `design` with the first covariance over visits that has a proven fit, or `NotComparable`."""
    weeks = np.array(read.weeks)[read.week]
    try:
        if compared.auxiliary:
            return with_auxiliary(compared, read, design, names).fitted()
        return fit_ladder(read.score, design, read.person, weeks, names=names)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{compared.outcome.label} over visits", refused) from refused


def _design(read: Repeated) -> tuple[NDArray[np.float64], list[str]]:
    """The cells of arm and visit, the centred baseline at each visit, and centred covariates."""
    means, names = cell_columns(read, read.cells)
    if not np.ptp(read.baseline):
        return np.column_stack([means, read.covariates]), [*names, *read.adjusted_for]
    baselines = read.baseline[:, None] * np.eye(len(read.weeks))[read.week]
    at_each = [f"baseline at week {week:g}" for week in read.weeks]
    return np.column_stack([means, baselines, read.covariates]), [*names, *at_each, *read.adjusted_for]
