"""What the planned analysis finds in drawn trials: by an estimator for many at once, or by the report's own analysis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators.batched import (
    Found,
    adjusted_difference,
    clustered_difference,
    difference_in_rates,
    slope_within_persons,
    standardised_difference,
)
from lowback.estimators.batched.rates import rates
from lowback.repeat.planning.question import Planning
from lowback.result import Refusal, Result
from lowback.simulate.planned import Draws, planned_cohorts
from lowback.simulate.planned.layout import Array
from lowback.study import Study

Analysis = Callable[[Cohort, Study], Result | Refusal]
DIFFERENCES = ("difference", "difference in change", "risk difference")
NUMBERS = ("estimate", "std_error", "df", "conf_low", "conf_high")


def by_arrays(planning: Planning, draws: Draws) -> Found:
    """The arm planned for less the comparator, or the slope within persons, of every drawn trial.

    Clusters are analysed as such unless the plan ignores them.
    """
    clusters = planning.plan.assumptions.clusters
    is_clustered = clusters is not None and not clusters.ignored
    if planning.analysis == "within_between" and draws.exposure is not None:
        exposure = draws.exposure / float(planning.estimand.per or 1.0)
        return slope_within_persons(draws.scores, exposure, draws.arm)
    if planning.analysis == "slopes":
        return _rates(planning, draws, is_clustered)
    baseline, last = draws.scores[..., 0], draws.scores[..., -1]
    if planning.analysis == "responders":
        last = responses(planning, baseline, last)
    if is_clustered:
        return clustered_difference(last, baseline, draws.layout.cluster, draws.layout.arm_of_cluster)
    if planning.analysis == "responders":
        return standardised_difference(last, baseline, draws.arm)
    return adjusted_difference(last, baseline, draws.arm)


def _rates(planning: Planning, draws: Draws, is_clustered: bool) -> Found:
    """The difference in change by the last week, from people's slopes."""
    # The slope times the weeks is the slope on weeks as a share of them.
    weeks = np.asarray(draws.layout.weeks) / planning.end
    if not is_clustered:
        return difference_in_rates(draws.scores, weeks, draws.arm)
    people = rates(draws.scores, weeks)[0]
    return clustered_difference(people, None, draws.layout.cluster, draws.layout.arm_of_cluster)


def responses(planning: Planning, baseline: Array, last: Array) -> Array:
    """Who got better (1) or not (0) by the estimand's first definition; missing as the estimand treats it.

    The definitions are those of `outcomes.responded`.
    """
    rule, outcome = planning.estimand.responders[0], planning.outcome
    if rule.at_most is not None:
        gain, threshold = -last, -rule.at_most
    else:
        gain = (baseline - last) * (-1 if outcome.higher_is == "better" else 1)
        if rule.fall_percent is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                gain = np.where(baseline > 0, 100 * gain / baseline, np.nan)
        threshold = rule.fall_percent or rule.fall_points or outcome.minimal_important_change or np.nan
        # A fall of exactly 30 % must count although 0.3 has no exact binary form.
        threshold = threshold - 1e-9
    better = np.where(np.isnan(gain), np.nan, gain >= threshold)
    return np.nan_to_num(better) if planning.estimand.missing_outcome == "not responded" else better


def by_analysis(planning: Planning, draws: Draws, analysis: Analysis) -> Found:
    """What the report's own analysis says of every drawn trial as a cohort; missing where it refuses."""
    # Clusters that an analysis of cohorts does not account for are ignored, as the plan says of it.
    study = planning.study.model_copy(update={"weeks": draws.layout.weeks, "clusters": "participant_id"})
    cohorts = planned_cohorts(draws, planning.arms, planning.estimand.outcome, planning.estimand.exposure)
    rows = [_row(planning, analysis(cohort, study)) for cohort in cohorts]
    return Found(*(np.array([row[name] for row in rows], dtype=float) for name in NUMBERS))


def _row(planning: Planning, result: Result | Refusal) -> dict[str, float]:
    """The numbers of the row that answers the plan's estimand; missing where there is none."""
    place = None if isinstance(result, Refusal) or result.keys is None else _place(planning, result.keys)
    if isinstance(result, Refusal) or place is None:
        return dict.fromkeys(NUMBERS, np.nan)
    return {name: float(result.estimates[name].to_numpy()[place]) for name in NUMBERS}


def _place(planning: Planning, keys: pd.DataFrame) -> int | None:
    """The first row of the arm planned for, or of the slope within persons, adjusted if there is such."""
    if "level" in keys:
        found = list(zip(keys["level"].tolist(), keys["adjustment"].tolist(), strict=True))
        wanted = [("within", "adjusted"), ("within", "unadjusted")]
        return next((found.index(one) for one in wanted if one in found), None)
    columns = (keys[name].tolist() for name in ("arm", "comparator", "weeks", "statistic"))
    rows = enumerate(zip(*columns, strict=True))
    asked = (planning.arms[1], planning.arms[0], planning.end)
    # A rate of change stands beside the change that it comes to, which is in the outcome's unit.
    return next((at for at, row in rows if row[:3] == asked and row[3] in DIFFERENCES), None)
