"""Did pain fall faster in one arm? The rate of change over the weeks, a straight line for each person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.inference import Inference
from lowback.estimators.lmm import LmmFit, fit_lmm
from lowback.estimators.random_intercept import RandomIntercept, random_intercept
from lowback.outcomes import Comparison, NotComparable, assignment, cannot_be_fitted, left_out
from lowback.outcomes.asking import Asking, answered
from lowback.outcomes.cell_means import Row, framed
from lowback.outcomes.repeated import Repeated, all_scores
from lowback.outcomes.wording import at_weeks
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "slopes",
    "mean difference",
    "Did {label} change faster in one arm than in another over the weeks?",
    "Did scores change faster in one arm than in another?",
)


def slopes(cohort: Cohort, study: Study) -> Result | Refusal:
    """Difference between arms in the change of mean score a week, arm minus comparator, from all visits.

    Estimates are in the outcome's unit per week; where higher is worse, negative means that the arm gets better faster.
    Beside each difference stands what it comes to by the estimand's week, then the slope of every arm. Time is
    `actual_weeks` where recorded, else the visit's week. People differ in level and slope, or in level only where the data
    carry no more; the method says which. A refusal says which visit, arm or column is missing.

    Laird & Ware 1982, Biometrics 38:963-974; Kenward & Roger 1997, Biometrics 53:983-997.
    """
    return answered(cohort, study, ASKING, _rates)


@dataclass(frozen=True, eq=False)
class _Lines:
    """The model of a line for each arm: coefficients are the levels of all arms, the slopes of `sloped` arms, and covariates.

    `why_no_slopes` is empty where people have slopes of their own.
    """

    sloped: tuple[int, ...]
    fit: LmmFit | RandomIntercept
    why_no_slopes: str


def _rates(compared: Comparison, study: Study, estimand: Estimand, question: str) -> Result:
    read = all_scores(compared, study)
    lines = _lines(compared, read)
    estimates, keys = framed(list(_rows(compared, read, lines)))
    margin = estimand.smallest_worthwhile
    return Result(
        analysis="slopes",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(compared, read, lines),
        assumptions=(
            assignment(study),
            f"{compared.outcome.label[:1].upper()}{compared.outcome.label[1:]} changes in a straight line over the weeks in every arm; "
            "where it falls fast at first and then levels off, a slope describes neither.",
            f"Whether {compared.outcome.label} is missing at a visit does not depend on its value among people of one arm with "
            "the same covariates and scores at the other visits (missing at random).",
            "Levels, slopes and residuals of people vary normally, alike in every arm.",
        ),
        sources=(
            "Laird & Ware 1982, Biometrics 38:963-974, doi:10.2307/2529876 (the model)",
            "Kenward & Roger 1997, Biometrics 53:983-997, doi:10.2307/2533558 (standard errors and degrees of freedom)",
        ),
        causal=study.is_randomised,
        smallest_worthwhile=None if margin is None else margin / _span(compared),
        higher_is=compared.outcome.higher_is,
    )


def _span(compared: Comparison) -> float:
    """The weeks from the first visit to the estimand's."""
    return compared.week - compared.baseline_week


def _lines(compared: Comparison, read: Repeated) -> _Lines:
    """The first model that has a proven fit: a random intercept and slope for each person, then an intercept alone."""
    levels = np.eye(len(read.arms))[read.arm]
    sloped = tuple(at for at in range(len(read.arms)) if np.ptp(read.moment[read.arm == at]) > 0)
    for arm in (compared.comparator, *compared.treated):
        if read.arms.index(arm) not in sloped:
            raise NotComparable(
                f"everybody in arm {arm!r} was seen at one moment only", "the times of visits"
            )
    design = np.column_stack([levels, levels[:, sloped] * read.moment[:, None], read.covariates])
    names = [
        *(f"{arm}: level" for arm in read.arms),
        *(f"{read.arms[at]}: slope" for at in sloped),
        *read.adjusted_for,
    ]
    own = np.column_stack([np.ones(len(read.score)), read.moment])
    try:
        fit = fit_lmm(read.score, design, read.person, own, names=names, random_names=("intercept", "slope"))
        return _Lines(sloped, fit, "")
    except NotEstimable as refused:
        why = str(refused)
    try:
        return _Lines(sloped, random_intercept(read.score, design, read.person, names=names), why)
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{compared.outcome.label} over the weeks", refused) from refused


def _rows(compared: Comparison, read: Repeated, lines: _Lines) -> Iterator[Row]:
    """Each arm's difference in slope and what it comes to by the estimand's week, then every slope; each with its key."""
    per_week = f"{compared.outcome.unit} per week"
    place = {**compared.named_outcome, "weeks": compared.week}
    at = {read.arms[one]: len(read.arms) + column for column, one in enumerate(lines.sloped)}
    people = {arm: read.people(one) for one, arm in enumerate(read.arms)}
    weights, comparator = np.eye(len(lines.fit.names)), compared.comparator
    apart = [weights[at[arm]] - weights[at[comparator]] for arm in compared.treated]
    found = lines.fit.contrast([*apart, *weights[list(at.values())]], "kenward-roger")
    for row, arm in enumerate(compared.treated):
        term, both = f"{arm} vs {comparator}", people[arm] + people[comparator]
        key = {**place, "arm": arm, "comparator": comparator}
        named = {"term": term, "unit": per_week, "n_participants": both}
        yield {**named, **_numbers(found, row)}, {**key, "statistic": "difference in slopes"}
        named |= {"term": f"{term}: change by week {compared.week:g}", "unit": compared.outcome.unit}
        yield {**named, **_numbers(found, row, _span(compared))}, {**key, "statistic": "difference in change"}
    for row, arm in enumerate(at, len(apart)):
        named = {"term": f"{arm}: slope", "unit": per_week, "n_participants": people[arm]}
        key = {**place, "arm": arm, "comparator": ""}
        # That scores changed in an arm is no finding, so it carries no p-value.
        yield {**named, **_numbers(found, row), "p_value": np.nan}, {**key, "statistic": "slope"}


def _numbers(found: Inference, row: int, weeks: float = 1.0) -> dict[str, object]:
    """The change of one contrast over so many weeks."""
    numbers = {
        name: weeks * getattr(found, name)[row] for name in ("estimate", "std_error", "conf_low", "conf_high")
    }
    return {**numbers, "df": found.df[row], "p_value": found.p_value[row]}


def _method(compared: Comparison, read: Repeated, lines: _Lines) -> str:
    """The sentences that the report prints under "Method"."""
    names = [compared.label(name) for name in compared.covariates if name not in read.constant]
    weeks = at_weeks(read.weeks)
    own = "intercept" if lines.why_no_slopes else "intercept and slope"
    parts = [
        f"Linear mixed model of {compared.outcome.label} at {weeks} on arm, a straight line over the weeks in each arm"
        + "".join(f", {name}" for name in names)
        + f", with a random {own} for each person, by restricted maximum likelihood",
        f"a difference is the change a week in the arm less that in {compared.comparator}, and that change times "
        f"{_span(compared):g} weeks",
        f"{lines.fit.n_groups} of {read.everybody} people in the arms of the study are analysed, with {lines.fit.n_rows} scores",
        left_out(read.gaps),
        "people with some visits missing take part with the others",
        "the time of a score is that of its visit as it took place, or as it was planned where that is not recorded"
        if compared.moments is not None
        else "",
        "95 % intervals and p-values with Kenward and Roger's standard errors and degrees of freedom",
    ]
    if lines.why_no_slopes:
        parts.append(
            f"people have no slopes of their own because that model cannot be fitted ({lines.why_no_slopes}), so intervals are "
            "too narrow where people's slopes differ"
        )
    if lines.fit.at_boundary:
        parts.append(
            "a variance is estimated as zero, so the model is at its edge and intervals are approximate"
        )
    if len(lines.sloped) < len(read.arms):
        still = [arm for at, arm in enumerate(read.arms) if at not in lines.sloped]
        parts.append(f"no slope for {', '.join(still)}: seen at one moment only")
    if read.constant:
        parts.append(
            f"not adjusted for {', '.join(map(compared.label, read.constant))}: the same in everybody"
        )
    return "; ".join(filter(None, parts)) + "."
