"""Did pain fall more in one arm? The baseline-adjusted mean difference at one visit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.linear import LinearFit, least_squares
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


def ancova(cohort: Cohort, study: Study) -> Result | Refusal:
    """Difference in mean score at the estimand's week, arm minus comparator, at equal baseline and covariates.

    Estimates are in the outcome's unit; where higher is worse, negative means the arm is better off. People without baseline,
    follow-up or a covariate are left out and counted in `method`. A refusal says which visit, arm or column is
    missing.

    Vickers & Altman 2001, BMJ 323:1123-1124.
    """
    return answered(cohort, study, ASKING, _adjusted_difference)


def _adjusted_difference(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    """The result for people with baseline, follow-up and every covariate."""
    gaps = compared.gaps()
    kept = complete(gaps)
    counts = compared.people_in(kept)
    design, names, constant = _design(compared, kept, list(counts))
    try:
        fit = least_squares(compared.follow_up[kept], design, names=names)
    except NotEstimable as refused:
        raise cannot_be_fitted(compared.question_place, refused) from refused
    rows, keys = _rows(compared, fit, counts)
    return Result(
        analysis="ancova",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame(rows),
        keys=pd.DataFrame(keys),
        method=_method(compared, gaps, counts, constant),
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


def _rows(
    compared: Comparison, fit: LinearFit, counts: dict[str, int]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Differences first, then each arm's adjusted mean, with their keys."""
    means = {arm: _mean_weights(fit, position) for position, arm in enumerate(counts)}
    unit, comparator = compared.outcome.unit, compared.comparator
    rows: list[dict[str, object]] = []
    keys: list[dict[str, object]] = []
    for arm in compared.treated:
        found = contrast(fit.coefficients, fit.covariance, means[arm] - means[comparator])
        people = counts[arm] + counts[comparator]
        named = {"term": f"{arm} vs {comparator}", "unit": unit, "n_participants": people}
        rows.append({**named, **student_interval(*found, fit.df)})
        keys.append(_key(compared, arm, comparator, "difference"))
    for arm in counts:
        found = contrast(fit.coefficients, fit.covariance, means[arm])
        named = {"term": f"{arm}: adjusted mean", "unit": unit, "n_participants": counts[arm]}
        # That a mean differs from zero is no finding, so it carries no p-value.
        rows.append({**named, **student_interval(*found, fit.df), "p_value": np.nan})
        keys.append(_key(compared, arm, "", "adjusted mean"))
    return rows, keys


def _mean_weights(fit: LinearFit, position: int) -> NDArray[np.float64]:
    """Weights on the coefficients that give an arm's mean at the average of all covariates."""
    weights = np.zeros(len(fit.names))
    weights[[0, position]] = 1.0
    return weights


def _key(compared: Comparison, arm: str, comparator: str, statistic: str) -> dict[str, object]:
    place = {**compared.named_outcome, "arm": arm, "comparator": comparator}
    return {**place, "weeks": compared.week, "statistic": statistic}


def _method(compared: Comparison, gaps: Gaps, counts: dict[str, int], constant: list[str]) -> str:
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
        "adjusted means are at the average covariates of the people analysed",
        "95 % intervals and p-values from Student's t with one residual variance for all arms",
        f"not adjusted for {', '.join(map(compared.label, constant))}: the same in everybody"
        if constant
        else "",
    ]
    few = [f"{arm} ({count})" for arm, count in counts.items() if count < FEW]
    if few:
        parts.append(f"few people in {', '.join(few)}: the interval leans on normally distributed residuals")
    return "; ".join(filter(None, parts)) + "."


def _assumptions(compared: Comparison, study: Study) -> tuple[str, ...]:
    return (
        assignment(study),
        f"Whether {compared.question_place} is missing does not depend on its value among people of one arm with the "
        "same baseline and covariates (missing at random).",
        "The score rises or falls in a straight line with baseline and covariates, alike in every arm.",
        "People are independent of each other, and residuals have one variance.",
    )
