"""Missing values: counts read off the small trial."""

from __future__ import annotations

import pandas as pd

from describe.small_trial import STRETCH, plain_study, study, trial
from lowback.cohort import Cohort
from lowback.describe import missingness
from lowback.result import Refusal, Result


def missing(result: Result | Refusal) -> dict[tuple[str, float | None, str, str], float]:
    assert isinstance(result, Result), result
    keys = result.keys[["variable", "weeks", "arm", "reason"]].astype(object)
    keys = keys.where(keys.notna(), None).itertuples(index=False, name=None)
    return dict(zip(keys, result.estimates["estimate"], strict=True))


def test_missing_values_are_counted_by_arm_visit_and_reason():
    found = missing(missingness(trial(), study()))
    assert found["age_years", None, "usual care", "any reason"] == 1
    assert found["age_years", None, "usual care", "no reason recorded"] == 1
    assert found["age_years", None, STRETCH, "any reason"] == 0
    assert found["pain_nrs", 6.0, STRETCH, "any reason"] == 2
    assert found["pain_nrs", 6.0, STRETCH, "did not answer"] == 1
    assert found["pain_nrs", 6.0, STRETCH, "visit not attended"] == 1
    assert found["pain_nrs", 6.0, "usual care", "visit not attended"] == 1
    assert found["pelvic_tilt_deg", 0.0, "usual care", "any reason"] == 1
    assert found["pelvic_tilt_deg", 6.0, "all", "any reason"] == 6


def test_reasons_add_up_to_any_reason_and_never_exceed_the_expected():
    result = missingness(trial(), study())
    found = missing(result)
    for (variable, week, arm, reason), count in found.items():
        if reason == "any reason":
            parts = [
                part
                for (name, at, of, why), part in found.items()
                if (name, at, of) == (variable, week, arm) and why != "any reason"
            ]
            assert sum(parts) == count
    assert (result.estimates["estimate"] <= result.estimates["n_participants"]).all()


def test_withdrawal_is_no_gap():
    assert not {"withdrawal_reason", "withdrew_week"} & {variable for variable, *_ in missing(missingness(trial(), study()))}  # fmt: skip


def test_a_variable_that_nobody_has_at_a_visit_was_not_planned_there():
    visits = pd.DataFrame(
        {
            "participant_id": ["1", "1"],
            "weeks": [0.0, 6.0],
            "pain_nrs": [None, 3.0],
            "global_change_pgic": [None, 2.0],
        }
    )
    found = missing(missingness(Cohort("one", visits=visits.astype({"pain_nrs": float})), plain_study()))
    assert ("global_change_pgic", 0.0, "all", "any reason") not in found
    assert found["global_change_pgic", 6.0, "all", "any reason"] == 0
    # The study's own outcome is counted although nobody has it.
    assert found["pain_nrs", 0.0, "all", "any reason"] == 1


def test_a_reason_of_the_source_comes_before_our_words():
    reasons = pd.DataFrame(
        {
            "table": ["participants"],
            "participant_id": ["007"],
            "variable": ["age_years"],
            "reason": ["refused"],
            "moment": [None],
        }
    )
    cohort = Cohort("refused", trial().participants, missing_reasons=reasons)
    assert missing(missingness(cohort, study()))["age_years", None, "usual care", "refused"] == 1
