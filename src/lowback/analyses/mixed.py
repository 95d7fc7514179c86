"""Did pain fall more in one arm? A linear mixed model over all visits, with a random intercept for each person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.random_intercept import RandomIntercept, random_intercept
from lowback.outcomes import (
    Comparison,
    assignment,
    cannot_be_fitted,
    left_out,
)
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import cell_columns, change_rows, framed
from lowback.outcomes.repeated import Repeated, all_scores
from lowback.outcomes.wording import at_weeks
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "mixed",
    "mean difference",
    "Did {label} fall more in one arm than in another over all visits up to week {week:g}?",
    "Did scores fall more in one arm than in another over all visits?",
)
FEW = 10


def mixed(cohort: Cohort, study: Study) -> Result | Refusal:
    """Difference between arms in the change of mean score since baseline, arm minus comparator, from all visits.

    Estimates are in the outcome's unit; where higher is worse, negative means the arm is better off. The estimand's week
    comes first. Everybody with one score or more and every covariate takes part. A refusal says which visit, arm or column is
    missing.

    Bates et al. 2015, J Stat Softw 67(1); degrees of freedom: Kuznetsova et al. 2017, J Stat Softw 82(13).
    """
    return answered(cohort, study, ASKING, _changes)


def _changes(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    """The result for everybody with a score and every covariate."""
    visits = all_scores(compared, study)
    design, names = _design(visits)
    try:
        fit = random_intercept(visits.score, design, visits.person, names=names)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{compared.outcome.label} over all visits", refused) from refused
    estimates, keys = framed(change_rows(compared, visits, fit))
    return Result(
        analysis="mixed",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(compared, visits, fit),
        assumptions=_assumptions(compared, study),
        sources=(
            "Bates et al. 2015, J Stat Softw 67(1), doi:10.18637/jss.v067.i01 (restricted maximum likelihood)",
            "Kuznetsova et al. 2017, J Stat Softw 82(13), doi:10.18637/jss.v082.i13 (Satterthwaite's degrees of freedom)",
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _design(visits: Repeated) -> tuple[NDArray[np.float64], list[str]]:
    """The cells of arm and visit, then covariates centred over people."""
    means, names = cell_columns(visits, visits.cells)
    return np.column_stack([means, visits.covariates]), [*names, *visits.adjusted_for]


def _method(compared: Comparison, visits: Repeated, fit: RandomIntercept) -> str:
    """The sentences that the report prints under "Method"."""
    names = [compared.label(name) for name in compared.covariates if name not in visits.constant]
    weeks = at_weeks(visits.weeks)
    parts = [
        f"Linear mixed model of {compared.outcome.label} at {weeks} on arm by visit"
        + (f", {', '.join(names)}" if names else "")
        + ", with a random intercept for each person, by restricted maximum likelihood",
        f"a difference is the change since baseline in the arm less that in {compared.comparator}",
        f"{fit.n_groups} of {visits.everybody} people in the arms of the study are analysed, with {fit.n_rows} scores",
        left_out(visits.gaps),
        "people with some visits missing take part with the others",
        "95 % intervals and p-values from Student's t with Satterthwaite's degrees of freedom",
    ]
    if visits.empty:
        parts.append(f"no estimate for {', '.join(visits.empty)}: nobody has a score there")
    if visits.constant:
        parts.append(
            f"not adjusted for {', '.join(map(compared.label, visits.constant))}: the same in everybody"
        )
    if fit.at_boundary:
        zero = "between people" if fit.variance_between == 0 else "within people"
        parts.append(
            f"the variance {zero} is estimated as zero, so the model is at its edge and intervals are approximate"
        )
    few = [f"{arm} ({count})" for at, arm in enumerate(visits.arms) if (count := visits.people(at)) < FEW]
    if few:
        parts.append(f"few people in {', '.join(few)}: the interval leans on normally distributed scores")
    return "; ".join(filter(None, parts)) + "."


def _assumptions(compared: Comparison, study: Study) -> tuple[str, ...]:
    return (
        assignment(study),
        f"Whether {compared.outcome.label} is missing at a visit does not depend on its value among people of one arm with "
        "the same covariates and the same scores at the other visits (missing at random).",
        "Any two visits of a person are equally alike (one random intercept), however far apart, in every arm.",
        "Scores vary normally around their mean, with one residual variance.",
    )
