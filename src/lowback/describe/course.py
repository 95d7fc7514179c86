"""How the outcomes went: mean and spread at each visit of the study."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from scipy import special

from lowback.cohort import Cohort
from lowback.describe.gaps import recorded_values
from lowback.describe.groups import groups, study_weeks
from lowback.describe.rows import Row, described, refused, week_text
from lowback.outcomes.scale_ends import up_to_the_ends
from lowback.result import Refusal, Result
from lowback.screening import NobodyEligible
from lowback.study import Study
from lowback.variables import Variable

QUESTION = "How did the outcomes go?"


def outcome_means(cohort: Cohort, study: Study) -> Result | Refusal:
    """Mean and standard deviation of each outcome at each visit, by arm and for everybody.

    Outcomes are those that the study declares, then every pain and function score of the visits; each row is in the
    outcome's unit and rests on the people with a score at that visit. One person has a mean, without interval or spread.
    """
    try:
        people = groups(cohort, study)
    except NobodyEligible as error:
        return refused("outcome_means", QUESTION, str(error), "eligible participants")
    rows = [
        row
        for variable in outcomes_followed(cohort, study)
        for week, scores in _scores(cohort, study, variable)
        for arm, ids in people.items()
        for row in _mean_rows(scores.reindex(ids).dropna(), variable, week, arm)
    ]
    if not rows:
        return refused(
            "outcome_means",
            QUESTION,
            "no outcome is recorded at a visit of the study",
            "visits with an outcome",
        )
    return described(
        "outcome_means",
        QUESTION,
        rows,
        "Means with 95 % t intervals and standard deviations of the participants with a recorded score at the visit; "
        "missing scores are not filled in, so visits may rest on different people. The intervals describe each arm's "
        "mean, end where the scale does, and do not compare arms.",
        variables=cohort.variables,
    )


def outcomes_followed(cohort: Cohort, study: Study) -> list[Variable]:
    """The study's outcomes and every other pain and function score that the cohort's visits hold."""
    if cohort.visits is None:
        return []
    declared = dict.fromkeys(one.outcome for one in study.estimands)
    recorded = [str(column) for column in cohort.visits if _is_score(cohort.variables[str(column)])]
    names = dict.fromkeys([*declared, *recorded])
    return [cohort.variables[name] for name in names if name in cohort.visits]


def _is_score(variable: Variable) -> bool:
    scored = variable.is_numeric and variable.higher_is is not None
    return scored and variable.block in ("pain", "function", "own variables")


def _scores(cohort: Cohort, study: Study, variable: Variable) -> Iterator[tuple[float, pd.Series]]:
    for week in study_weeks(cohort, study):
        yield week, recorded_values(cohort, variable.name, week).astype(float)


def _mean_rows(scores: pd.Series, variable: Variable, week: float, arm: str) -> Iterator[Row]:
    """The mean with its t interval, and the standard deviation where there are two people or more."""
    n, unit = len(scores), variable.unit or "units"
    if n == 0:
        return
    name = f"{variable.name} at {week_text(week)}, {arm}"
    keys = {"variable": variable.name, "arm": arm, "weeks": week}
    mean, deviation = float(scores.mean()), float(scores.std())
    yield Row(
        f"{name}: mean",
        mean,
        unit,
        n,
        {**keys, "statistic": "mean"},
        _t_interval(mean, deviation, n, variable),
    )
    if n > 1:
        yield Row(f"{name}: SD", deviation, unit, n, {**keys, "statistic": "SD"})


def _t_interval(mean: float, deviation: float, n: int, variable: Variable) -> dict[str, float]:
    """The t interval of a mean, up to the ends of its scale."""
    if n < 2:
        return {}
    error = deviation / n**0.5
    reach = float(special.stdtrit(n - 1, 0.975)) * error
    ends = up_to_the_ends(variable, {"estimate": mean, "conf_low": mean - reach, "conf_high": mean + reach})
    return {"std_error": error, "df": n - 1.0, "conf_low": ends["conf_low"], "conf_high": ends["conf_high"]}
