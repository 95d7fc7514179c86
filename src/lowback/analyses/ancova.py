"""Did pain fall more in one arm? The baseline-adjusted mean difference at one visit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.clustered import clustered_least_squares
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.linear import least_squares
from lowback.outcomes import (
    Comparison,
    Gaps,
    assignment,
    cannot_be_fitted,
    centred_columns,
    complete,
    left_out,
)
from lowback.outcomes.asking import Asking, answered
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "ancova",
    "mean difference",
    "Did {label} fall more in one arm than in another by week {week:g}?",
    "Did scores fall more in one arm than in another?",
)
FEW = 10
FEWEST_CLUSTERS = 2
Array = NDArray[np.float64]
# A weighted sum of the first coefficients with its interval.
Interval = Callable[[Array], dict[str, float]]


def ancova(cohort: Cohort, study: Study) -> Result | Refusal:
    """Difference in mean score at the estimand's week, arm minus comparator, at equal baseline and covariates.

    Estimates are in the outcome's unit; where higher is worse, negative means the arm is better off. People without baseline,
    follow-up or a covariate are left out and counted in `method`. Where the study names `clusters`, errors hold however people of one
    cluster hang together. A refusal says which visit, arm or column is missing.

    Vickers & Altman 2001, BMJ 323:1123-1124; Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683 (clusters).
    """
    return answered(cohort, study, ASKING, _adjusted_difference, may_cluster=True)


def _adjusted_difference(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    """The result for people with baseline, follow-up and every covariate."""
    gaps = compared.gaps()
    kept = complete(gaps)
    counts = compared.people_in(kept)
    design, names, constant = _design(compared, kept, list(counts))
    try:
        interval = _intervals(compared, kept, design, names)
    except NotEstimable as refused:
        raise cannot_be_fitted(compared.question_place, refused) from refused
    rows, keys = _rows(compared, interval, counts)
    return Result(
        analysis="ancova",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame(rows),
        keys=pd.DataFrame(keys),
        method=_method(compared, gaps, counts, constant, _errors(compared, study, kept)),
        assumptions=_assumptions(compared, study),
        sources=(
            "Vickers & Altman 2001, BMJ 323:1123-1124, doi:10.1136/bmj.323.7321.1123 (adjusting for baseline)",
            "European Medicines Agency 2015, EMA/CHMP/295050/2013 (baseline covariates in trials)",
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=compared.outcome.higher_is,
    )


def _design(
    compared: Comparison, kept: NDArray[np.bool_], arms: list[str]
) -> tuple[NDArray[np.float64], list[str], list[str]]:
    """Intercept, arms after the comparator, then centred baseline and covariates; names; what does not vary."""
    values = {compared.baseline_place: compared.baseline, **compared.covariates}
    values = {name: column[kept] for name, column in values.items()}
    covariates, names, constant = centred_columns(values, compared.variables, int(kept.sum()))
    arm = compared.arm[kept]
    dummies = [(arm == compared.arms.index(one)).astype(float) for one in arms[1:]]
    design = np.column_stack([np.ones(len(arm)), *dummies, covariates])
    return design, ["intercept", *(f"arm {one}" for one in arms[1:]), *names], list(constant)


def _intervals(compared: Comparison, kept: NDArray[np.bool_], design: Array, names: list[str]) -> Interval:
    """Weighted sums of the coefficients with their intervals, over people or over those who were allocated together."""
    scores = compared.follow_up[kept]
    if compared.clusters is None:
        fit = least_squares(scores, design, names=names)
        first = slice(len(compared.people_in(kept)))
        means, spread = fit.coefficients[first], fit.covariance[first, first]
        return lambda weights: student_interval(*contrast(means, spread, weights), fit.df)
    groups = compared.clusters[kept]
    for at, name in enumerate(compared.arms):
        few = len(np.unique(groups[compared.arm[kept] == at]))
        if few < FEWEST_CLUSTERS and name in (compared.comparator, *compared.treated):
            raise NotEstimable(
                f"arm {name!r} has {few} cluster{'' if few == 1 else 's'}; {FEWEST_CLUSTERS} are needed"
            )
    return clustered_least_squares(scores, design, groups, names=names).interval


def _errors(compared: Comparison, study: Study, kept: NDArray[np.bool_]) -> str:
    """What intervals and p-values rest on."""
    if compared.clusters is None:
        return "95 % intervals and p-values from Student's t with one residual variance for all arms"
    groups = len(np.unique(compared.clusters[kept]))
    return (
        f"95 % intervals and p-values from Student's t with errors that hold however people of one {compared.label(str(study.clusters))} hang together "
        f"({groups} clusters; CR2, with Bell and McCaffrey's degrees of freedom)"
    )


def _rows(
    compared: Comparison, interval: Interval, counts: dict[str, int]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Differences first, then each arm's adjusted mean, with their keys."""
    # On the intercept, and the arm's own coefficient if it is not the comparator, which comes first.
    weights = np.eye(len(counts))
    weights[:, 0] = 1.0
    means = dict(zip(counts, weights, strict=True))
    unit, comparator = compared.outcome.unit, compared.comparator
    rows: list[dict[str, object]] = []
    keys: list[dict[str, object]] = []
    for arm in compared.treated:
        people = counts[arm] + counts[comparator]
        named = {"term": f"{arm} vs {comparator}", "unit": unit, "n_participants": people}
        rows.append({**named, **interval(means[arm] - means[comparator])})
        keys.append(_key(compared, arm, comparator, "difference"))
    for arm in counts:
        named = {"term": f"{arm}: adjusted mean", "unit": unit, "n_participants": counts[arm]}
        # That a mean differs from zero is no finding, so it carries no p-value.
        rows.append({**named, **interval(means[arm]), "p_value": np.nan})
        keys.append(_key(compared, arm, "", "adjusted mean"))
    return rows, keys


def _key(compared: Comparison, arm: str, comparator: str, statistic: str) -> dict[str, object]:
    place = {**compared.named_outcome, "arm": arm, "comparator": comparator}
    return {**place, "weeks": compared.week, "statistic": statistic}


def _method(
    compared: Comparison, gaps: Gaps, counts: dict[str, int], constant: list[str], errors: str
) -> str:
    """The sentences that the report prints under "Method"."""
    adjusted = [
        compared.label(name)
        for name in (compared.baseline_place, *compared.covariates)
        if name not in constant
    ]
    parts = [
        f"Difference in mean {compared.question_place} (arm minus {compared.comparator}) by least squares, "
        + (f"adjusted for {', '.join(adjusted)} (analysis of covariance)" if adjusted else "unadjusted"),
        f"{sum(counts.values())} of {len(compared.arm)} people in the arms of the study are analysed",
        left_out(gaps),
        _unread(compared),
        "adjusted means are at the average covariates of the people analysed",
        errors,
        f"not adjusted for {', '.join(map(compared.label, constant))}: the same in everybody"
        if constant
        else "",
    ]
    few = [f"{arm} ({count})" for arm, count in counts.items() if count < FEW]
    if few:
        parts.append(f"few people in {', '.join(few)}: the interval leans on normally distributed residuals")
    return "; ".join(filter(None, parts)) + "."


def _unread(compared: Comparison) -> str:
    """How many people left early whose visits in between tell how they were doing; empty where nobody did."""
    between = [at for at, week in enumerate(compared.weeks) if compared.baseline_week < week < compared.week]
    left = np.isnan(compared.follow_up) & ~np.isnan(compared.scores[:, between]).all(axis=1)
    if not left.any():
        return ""
    return (
        f"{int(left.sum())} people without a score at week {compared.week:g} have one at a visit before it, which this analysis does not read; "
        "if they left because of it, the difference is off, and a mixed model for repeated measures (mmrm) is to be preferred"
    )


def _assumptions(compared: Comparison, study: Study) -> tuple[str, ...]:
    return (
        assignment(study),
        f"Whether {compared.question_place} is missing does not depend on its value among people of one arm with the "
        "same baseline and covariates (missing at random).",
        "The score rises or falls in a straight line with baseline and covariates, alike in every arm.",
        "People are independent of each other, and residuals have one variance."
        if compared.clusters is None
        else f"People of different {compared.label(str(study.clusters))} are independent of each other.",
    )
