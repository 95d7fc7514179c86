"""The tables that a study asks of a cohort: scores by visit, improvement, response, and who is compared with whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.study import Estimand, Responder, Study
from lowback.variables import Variable


class NotComparable(ValueError):  # noqa: N818 (a finding about the study, not a fault of the program)
    """A comparison that the study or the cohort does not allow; `needs` says what would allow it."""

    def __init__(self, reason: str, *needs: str) -> None:
        """Keep what would be needed beside the reason."""
        super().__init__(reason)
        self.needs = needs


@dataclass(frozen=True, eq=False)
class Comparison:
    """Everybody with an arm of the study (index `participant_id`), and what they are compared on.

    `arm` is each person's, `scores` has a column a week (weeks as floats), `covariates` a column each, both missing
    where not recorded. `arms` are those of the study that have people, the comparator first; `treated` are those that the estimand
    compares with it at `week`.
    """

    outcome: Variable
    arm: pd.Series
    arms: tuple[str, ...]
    treated: tuple[str, ...]
    comparator: str
    baseline_week: float
    week: float
    scores: pd.DataFrame
    covariates: pd.DataFrame
    variables: Mapping[str, Variable]

    @property
    def complete_covariates(self) -> pd.Series:
        """Whether each person has every covariate."""
        return self.covariates.notna().all(axis=1)

    @property
    def code(self) -> pd.Series:
        """The position of each person's arm in `arms`."""
        return self.arm.map({arm: at for at, arm in enumerate(self.arms)}).astype(int)


def comparison(
    cohort: Cohort,
    study: Study,
    estimand: Estimand,
    baseline_week: float | None,
    covariates: Mapping[str, pd.Series],
) -> Comparison:
    """Who is compared with whom by an estimand on arms, or `NotComparable` with the value at fault.

    `covariates` are the study's, one value a person before treatment; the outcome itself is none, its baseline is
    treated apart. People without an arm of the study take no part.
    """
    comparator = _comparator(study, estimand)
    outcome = _measured_outcome(cohort, estimand)
    week = _follow_up_week(cohort, estimand, baseline_week)
    arm = _arm_of_each_person(cohort, study)
    treated = study.treated_arms(estimand)
    for name in (comparator, *treated):
        if name not in set(arm):
            raise NotComparable(
                f"no arm {name!r}; this cohort has arms {sorted(set(arm))}", f"people in arm {name!r}"
            )
    others = tuple(one for one in study.arms if one != comparator and one in set(arm))
    used = {name: values for name, values in covariates.items() if name != estimand.outcome}
    for name in used:
        _check_covariate(cohort, name)
    scores = scores_by_visit(cohort, estimand.outcome).reindex(arm.index)
    return Comparison(
        outcome=outcome,
        arm=arm,
        arms=(comparator, *others),
        treated=treated,
        comparator=comparator,
        baseline_week=float(baseline_week or 0.0),
        week=week,
        scores=scores.set_axis(scores.columns.astype(float), axis=1),
        covariates=pd.DataFrame(used, index=arm.index),
        variables=cohort.variables,
    )


def scores_by_visit(cohort: Cohort, variable: str) -> pd.DataFrame:
    """One row a participant (index `participant_id`), one column a week; a visit not attended is missing."""
    if cohort.visits is None or variable not in cohort.visits:
        return pd.DataFrame(index=pd.Index(cohort.participant_ids, name="participant_id"))
    wide = cohort.visits.pivot(index="participant_id", columns="weeks", values=variable)
    return wide.reindex(pd.Index(cohort.participant_ids, name="participant_id"))


def improvement(baseline: pd.Series, follow_up: pd.Series) -> pd.Series:
    """Fall in score since baseline, in the scale's own points; positive means better where higher is worse."""
    return baseline - follow_up


def responded(baseline: pd.Series, follow_up: pd.Series, rule: Responder, outcome: Variable) -> pd.Series:
    """Whether each participant got better by the rule; missing where a score that the rule needs is missing.

    Scores are in `outcome.unit`, one row a participant. A person with baseline 0 cannot fall by a percentage and is
    missing there. Where higher scores are better, a rise counts in place of a fall.

    Thresholds: Ostelo et al. 2008, Spine 33:90-94 (30 % of baseline; 2 points on a 0-10 pain scale).
    """
    if rule.at_most is not None:
        return (follow_up <= rule.at_most).astype("boolean").where(follow_up.notna())
    gain = improvement(baseline, follow_up) * (-1 if outcome.higher_is == "better" else 1)
    if rule.fall_percent is not None:
        gain = 100 * gain / baseline.where(baseline > 0)
    threshold = rule.fall_percent or rule.fall_points or outcome.minimal_important_change
    if threshold is None:
        raise ValueError(f"{outcome.name} has no minimal important change in the data dictionary")
    # A fall of exactly 30 % must count although 0.3 has no exact binary form.
    return (gain >= threshold - 1e-9).astype("boolean").where(gain.notna())


def response_label(rule: Responder, outcome: Variable) -> str:
    """What a rule asks for, in the words of a table: "fall of 30 %", "score of at most 1"."""
    direction = "rise" if outcome.higher_is == "better" else "fall"
    if rule.fall_percent is not None:
        return f"{direction} of {rule.fall_percent:g} %"
    if rule.fall_points is not None:
        return f"{direction} of {rule.fall_points:g} {outcome.unit}"
    return "minimal important change" if rule.at_most is None else f"score of at most {rule.at_most:g}"


def centred_columns(
    values: pd.DataFrame, variables: Mapping[str, Variable]
) -> tuple[NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    """Covariates without gaps as numbers centred on these people's means; their names; those that do not vary.

    One row a person. A number is one column; a category or flag has one column for each level after the first.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    constant = tuple(name for name in values if values[name].nunique() < 2)
    for name in (one for one in values if one not in constant):
        variable = variables.get(name)
        if pd.api.types.is_numeric_dtype(values[name]) and (variable is None or variable.is_numeric):
            columns[name] = values[name].to_numpy(float)
            continue
        for level in _ordered_levels(values[name], variable)[1:]:
            columns[f"{name}: {level}"] = (values[name] == level).to_numpy(float)
    matrix = np.column_stack([*columns.values()]) if columns else np.empty((len(values), 0))
    return matrix - (matrix.mean(axis=0) if len(matrix) else 0), tuple(columns), constant


def _comparator(study: Study, estimand: Estimand) -> str:
    """The arm that others are compared with, or why there is none."""
    for event, strategy in estimand.intercurrent_events.items():
        if strategy != "treatment policy":
            raise NotComparable(
                f"estimand {estimand.name!r} asks for the strategy {strategy!r} for {event!r}; "
                "this analysis can only follow 'treatment policy'",
                f"'treatment policy' for {event!r}, or an analysis for {strategy!r}",
            )
    comparator = study.comparator(estimand)
    if study.design == "single arm" or comparator is None or not study.treated_arms(estimand):
        what = (
            "a single-arm study" if study.design == "single arm" else "a study that names no arms to compare"
        )
        raise NotComparable(
            f"{study.title!r} is {what}: without a comparator a change since baseline cannot be told from regression "
            "to the mean and natural recovery, because people join when their complaints are at their worst",
            "a comparator: people of the same kind who were followed alike and treated otherwise",
        )
    return comparator


def _measured_outcome(cohort: Cohort, estimand: Estimand) -> Variable:
    if cohort.visits is None or estimand.outcome not in cohort.visits:
        raise NotComparable(
            f"no column {estimand.outcome!r} at the visits of this cohort",
            f"{estimand.outcome} at baseline and follow-up",
        )
    outcome = cohort.variables[estimand.outcome]
    if not outcome.is_numeric or outcome.unit is None:
        raise NotComparable(
            f"{estimand.outcome!r} has no unit, so it cannot be estimated", "a measured outcome"
        )
    return outcome


def _follow_up_week(cohort: Cohort, estimand: Estimand, baseline_week: float | None) -> float:
    weeks = cohort.weeks
    week = float(estimand.week) if estimand.week is not None else float("nan")
    for asked in (week, baseline_week):
        if asked not in weeks:
            shown = ", ".join(f"{one:g}" for one in weeks)
            raise NotComparable(
                f"no visit at week {asked:g}; this cohort has weeks [{shown}]", f"a visit at week {asked:g}"
            )
    if baseline_week is None or week <= baseline_week:
        raise NotComparable(f"week {week:g} is not after the baseline visit", "a visit after baseline")
    return week


def _arm_of_each_person(cohort: Cohort, study: Study) -> pd.Series:
    if cohort.participants is None or "arm" not in cohort.participants:
        raise NotComparable("no column 'arm' in this cohort", "the arm of each participant")
    arm = cohort.participants.set_index("participant_id")["arm"]
    return arm[arm.isin(study.arms)].astype(object)


def _check_covariate(cohort: Cohort, name: str) -> None:
    if name not in cohort.columns:
        raise NotComparable(f"no column {name!r} in this cohort", f"the covariate {name!r}")
    if cohort.variables[name].kind in ("identifier", "date", "text"):
        kind = cohort.variables[name].kind
        raise NotComparable(
            f"{name!r} is no covariate: it holds {'an' if kind == 'identifier' else 'a'} {kind}",
            "a number, flag or category",
        )


def _ordered_levels(values: pd.Series, variable: Variable | None) -> list[object]:
    seen = set(values)
    declared = [level for level in (variable.levels if variable else ()) if level in seen]
    return [*declared, *sorted(seen - set(declared), key=str)]
