"""Scores by visit, improvement since baseline, and who got better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.study import Responder
from lowback.variables import Variable

Array = NDArray[np.float64]
Positions = NDArray[np.intp]


def positions(cohort: Cohort, table: pd.DataFrame) -> Positions:
    """The place in `cohort.participant_ids` of the person of each row of one of its tables."""
    codes, distinct = pd.factorize(table["participant_id"])
    return np.asarray(cohort.participant_ids.get_indexer(pd.Index(distinct))[codes], dtype=np.intp)


def by_week(cohort: Cohort, variables: Sequence[str]) -> tuple[tuple[float, ...], list[Array]]:
    """The weeks of the visits, and for each variable a row a participant and a column a week; missing if not attended."""
    visits = cohort.visits
    if visits is None:
        return (), [np.empty((len(cohort.participant_ids), 0)) for _ in variables]
    person = positions(cohort, visits)
    weeks, week = np.unique(visits["weeks"].to_numpy(float), return_inverse=True)
    tables = []
    for variable in variables:
        table = np.full((len(cohort.participant_ids), len(weeks)), np.nan)
        table[person, week] = visits[variable].to_numpy(float, na_value=np.nan)
        tables.append(table)
    return tuple(weeks.tolist()), tables


def scores_by_visit(cohort: Cohort, variable: str) -> pd.DataFrame:
    """One row a participant (index `participant_id`), one column a week; a visit not attended is missing."""
    people = cohort.participant_ids.rename("participant_id")
    if cohort.visits is None or variable not in cohort.visits:
        return pd.DataFrame(index=people)
    weeks, (table,) = by_week(cohort, [variable])
    return pd.DataFrame(table, index=people, columns=pd.Index(weeks, name="weeks"))


def improvement(baseline: Array, follow_up: Array) -> Array:
    """Fall in score since baseline, in the scale's own points; positive means better where higher is worse."""
    return baseline - follow_up


def responded(baseline: Array, follow_up: Array, rule: Responder, outcome: Variable) -> Array:
    """Whether each participant got better by the rule (1 or 0); missing where a score that the rule needs is missing.

    Scores are in `outcome.unit`, one a participant. A person with baseline 0 cannot fall by a percentage and is
    missing there. Where higher scores are better, a rise counts in place of a fall.

    Thresholds: Ostelo et al. 2008, Spine 33:90-94 (30 % of baseline; 2 points on a 0-10 pain scale).
    """
    if rule.at_most is not None:
        return np.where(np.isnan(follow_up), np.nan, follow_up <= rule.at_most)
    gain = improvement(baseline, follow_up) * (-1 if outcome.higher_is == "better" else 1)
    if rule.fall_percent is not None:
        gain = 100 * gain / np.where(baseline > 0, baseline, np.nan)
    threshold = rule.fall_percent or rule.fall_points or outcome.minimal_important_change
    if threshold is None:
        raise ValueError(f"{outcome.name} has no minimal important change in the data dictionary")
    # A fall of exactly 30 % must count although 0.3 has no exact binary form.
    return np.where(np.isnan(gain), np.nan, gain >= threshold - 1e-9)


def response_label(rule: Responder, outcome: Variable) -> str:
    """What a rule asks for, in the words of a table: "fall of 30 %", "score of at most 1"."""
    direction = "rise" if outcome.higher_is == "better" else "fall"
    if rule.fall_percent is not None:
        return f"{direction} of {rule.fall_percent:g} %"
    if rule.fall_points is not None:
        return f"{direction} of {rule.fall_points:g} {outcome.unit}"
    return "minimal important change" if rule.at_most is None else f"score of at most {rule.at_most:g}"
