"""Did pain fall more in one arm? A mixed model for repeated measures: every visit after baseline, freely correlated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.mmrm import LadderFit, fit_ladder
from lowback.outcomes import Comparison, assignment, cannot_be_fitted, left_out
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import cell_columns, cell_estimates
from lowback.outcomes.repeated import Repeated, follow_up_scores
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "mmrm",
    "mean difference",
    "Did {label} differ between arms at week {week:g}, given baseline and every later visit?",
    "Did scores differ between arms at each visit?",
)


def mmrm(cohort: Cohort, study: Study) -> Result | Refusal:
    """Baseline-adjusted difference between arms at each visit, arm minus comparator, from all visits after baseline.

    Estimates are in the outcome's unit; where higher is worse, negative means the arm is better off. The estimand's
    week comes first, then the other visits, then the adjusted means. Everybody with a baseline score, every covariate
    and one later score or more takes part. Covariances are tried in a declared order, from unstructured down; the method
    says which one the estimates stand on. A refusal says which visit, arm or column is missing.

    Mallinckrodt et al. 2008, Drug Inf J 42:303-319; Kenward & Roger 1997, Biometrics 53:983-997.
    """
    return answered(cohort, study, ASKING, _differences)


def _differences(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    read = follow_up_scores(compared, study)
    design, names = _design(read)
    weeks = np.array(read.weeks)[read.week]
    try:
        ladder = fit_ladder(read.score, design, read.person, weeks, names=names)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{compared.outcome.label} over visits", refused) from refused
    estimates, keys = cell_estimates(compared, read, read.cells, ladder.fit)
    return Result(
        analysis="mmrm",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(compared, read, ladder),
        assumptions=(
            assignment(study),
            f"Whether {compared.outcome.label} is missing at a visit does not depend on its value among people of one arm "
            "with the same baseline, covariates and scores at the other visits (missing at random).",
            "Scores vary normally around their mean, with the same covariance over visits in every arm.",
        ),
        sources=(
            "Mallinckrodt et al. 2008, Drug Inf J 42:303-319, doi:10.1177/009286150804200402 (the model)",
            "Kenward & Roger 1997, Biometrics 53:983-997, doi:10.2307/2533558 (standard errors and degrees of freedom)",
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _design(read: Repeated) -> tuple[NDArray[np.float64], list[str]]:
    """The cells of arm and visit, the centred baseline at each visit, and centred covariates."""
    means, names = cell_columns(read, read.cells)
    if not np.ptp(read.baseline):
        return np.column_stack([means, read.covariates]), [*names, *read.adjusted_for]
    baselines = read.baseline[:, None] * np.eye(len(read.weeks))[read.week]
    at_each = [f"baseline at week {week:g}" for week in read.weeks]
    return np.column_stack([means, baselines, read.covariates]), [*names, *at_each, *read.adjusted_for]


def _method(compared: Comparison, read: Repeated, ladder: LadderFit) -> str:
    """The sentences that the report prints under "Method"."""
    label = compared.outcome.label
    used = [compared.label(name) for name in compared.covariates if name not in read.constant]
    weeks = ", ".join(f"{week:g}" for week in read.weeks)
    by_visit = "baseline by visit" if np.ptp(read.baseline) else "no baseline (the same in everybody)"
    attended = ", ".join(
        f"{count} at week {week:g}"
        for count, week in zip(ladder.fit.persons_by_visit, read.weeks, strict=True)
    )
    parts = [
        f"Mixed model for repeated measures of {label} at weeks {weeks} on arm by visit, "
        + ", ".join([by_visit, *used])
        + ", by restricted maximum likelihood",
        f"residuals correlate over visits: {ladder.told}",
        f"a difference is the arm's mean less that of {compared.comparator} at the visit",
        f"{ladder.fit.n_groups} of {len(read.gaps)} people in the arms of the study are analysed ({attended})",
        left_out(read.gaps),
        "people with some visits missing take part with the others",
        "95 % intervals and p-values with Kenward and Roger's standard errors and degrees of freedom",
    ]
    if read.empty:
        parts.append(f"no estimate for {', '.join(read.empty)}: nobody has a score there")
    if read.constant:
        same = ", ".join(map(compared.label, read.constant))
        parts.append(f"not adjusted for {same}: the same in everybody")
    return "; ".join(filter(None, parts)) + "."
