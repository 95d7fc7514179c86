"""Scores by visit, improvement since baseline, and who got better."""

from __future__ import annotations

import pandas as pd

from lowback.cohort import Cohort
from lowback.study import Responder
from lowback.variables import Variable


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
