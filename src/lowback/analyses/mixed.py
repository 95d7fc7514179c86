"""Did pain fall more in one arm? A linear mixed model over all visits, with a random intercept for each person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.mixed import MixedFit, random_intercept, satterthwaite_df
from lowback.outcomes import (
    Comparison,
    assignment,
    cannot_be_fitted,
    left_out,
)
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import cell_columns
from lowback.outcomes.repeated import Repeated, all_scores
from lowback.result import Refusal, Result, estimates_frame
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
    rows = list(_rows(compared, visits, fit))
    return Result(
        analysis="mixed",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([key for _, key in rows]),
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


def _rows(
    compared: Comparison, visits: Repeated, fit: MixedFit
) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """The estimand's difference, then those of other visits, then every adjusted mean; each with its key."""
    asked = visits.weeks.index(compared.week)
    follow_up = [asked, *(at for at in range(1, len(visits.weeks)) if at != asked)]
    for when in follow_up:
        for arm in compared.treated:
            if {(visits.arms.index(one), when) for one in (arm, compared.comparator)} <= set(visits.cells):
                yield _difference(compared, visits, fit, arm, when)
    for at, when in visits.cells:
        arm, week = visits.arms[at], visits.weeks[when]
        row: dict[str, object] = {
            "term": f"{arm} at week {week:g}: adjusted mean",
            **_estimate(fit, {(at, when): 1.0}, visits),
            # That a mean differs from zero is no finding, so it carries no p-value.
            "p_value": np.nan,
            "unit": compared.outcome.unit,
            "n_participants": visits.people(at, when),
        }
        yield row, _key(compared, arm, "", week, "adjusted mean")


def _difference(
    compared: Comparison, visits: Repeated, fit: MixedFit, arm: str, when: int
) -> tuple[dict[str, object], dict[str, object]]:
    """How much more an arm changed since baseline than the comparator did."""
    week = visits.weeks[when]
    one, other = visits.arms.index(arm), visits.arms.index(compared.comparator)
    suffix = "" if week == compared.week else f" at week {week:g}"
    weights = {(one, when): 1.0, (one, 0): -1.0, (other, when): -1.0, (other, 0): 1.0}
    row: dict[str, object] = {
        "term": f"{arm} vs {compared.comparator}{suffix}",
        **_estimate(fit, weights, visits),
        "unit": compared.outcome.unit,
        "n_participants": visits.people(one) + visits.people(other),
    }
    return row, _key(compared, arm, compared.comparator, week, "difference")


def _key(compared: Comparison, arm: str, comparator: str, weeks: float, statistic: str) -> dict[str, object]:
    place = {**compared.named_outcome, "arm": arm, "comparator": comparator}
    return {**place, "weeks": weeks, "statistic": statistic}


def _estimate(fit: MixedFit, cells: Mapping[tuple[int, int], float], visits: Repeated) -> dict[str, float]:
    """A weighted sum of cell means with Satterthwaite's interval."""
    weights = np.zeros(len(fit.names))
    for cell, weight in cells.items():
        weights[visits.cells.index(cell)] = weight
    found = contrast(fit.coefficients, fit.covariance, weights)
    return student_interval(*found, satterthwaite_df(fit, weights))


def _method(compared: Comparison, visits: Repeated, fit: MixedFit) -> str:
    """The sentences that the report prints under "Method"."""
    names = [compared.label(name) for name in compared.covariates if name not in visits.constant]
    weeks = ", ".join(f"{week:g}" for week in visits.weeks)
    parts = [
        f"Linear mixed model of {compared.outcome.label} at weeks {weeks} on arm by visit"
        + (f", {', '.join(names)}" if names else "")
        + ", with a random intercept for each person, by restricted maximum likelihood",
        f"a difference is the change since baseline in the arm less that in {compared.comparator}",
        f"{fit.n_groups} of {len(visits.gaps)} people in the arms of the study are analysed, with {fit.n_rows} scores",
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
