"""Who is in: expected people and reasons are read off small cohorts by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from lowback.cohort import Cohort
from lowback.screening import NobodyEligible, eligible, exclusions
from lowback.study import Study

PEOPLE = pd.DataFrame(
    {
        "participant_id": ["001", "002", "003", "004", "005", "006"],
        "age_years": [17.0, 40.0, None, 66.0, 65.0, 30.0],
        "pregnant": pd.array([False, True, False, False, None, False], dtype="boolean"),
        "sex": ["female", "female", "male", "male", "female", None],
    }
)
VISITS = pd.DataFrame(
    {
        "participant_id": ["001", "002", "003", "004", "005", "006", "006"],
        "weeks": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 6.0],
        "pain_nrs": [5.0, 6.0, 4.0, 7.0, 4.0, 2.0, 9.0],
    }
)
COHORT = Cohort("six people", PEOPLE, VISITS)


def study(*rules: dict[str, object]) -> Study:
    return Study.model_validate(
        {
            "title": "screening",
            "design": "cohort",
            "eligibility": rules,
            "estimands": [
                {
                    "name": "s",
                    "summary": "slope",
                    "outcome": "pain_nrs",
                    "exposure": "sitting_hours",
                    "per": 1,
                }
            ],
        }
    )


ADULT = {"variable": "age_years", "reason": "not 18 to 65", "at_least": 18, "at_most": 65}
NOT_PREGNANT = {"variable": "pregnant", "reason": "pregnant", "equals": False}
IN_PAIN = {"variable": "pain_nrs", "reason": "pain below 4", "at_least": 4}


def excluded(*rules: dict[str, object], cohort: Cohort = COHORT) -> dict[str, str]:
    return dict(exclusions(cohort, study(*rules)).itertuples(index=False))


def test_everybody_is_eligible_where_the_study_has_no_rule():
    assert excluded() == {}
    assert eligible(COHORT, study()) is COHORT


def test_a_value_at_the_limit_is_eligible_and_a_missing_one_is_not():
    assert excluded(ADULT) == {"001": "not 18 to 65", "003": "age not recorded", "004": "not 18 to 65"}


def test_a_flag_equals_false_and_an_unrecorded_flag_is_not_eligible():
    assert excluded(NOT_PREGNANT) == {"002": "pregnant", "005": "pregnant not recorded"}


@pytest.mark.parametrize("values", [[0, 1], ["no", "yes"], ["False", "True"], [False, True]])
def test_a_flag_is_understood_in_every_spelling(values: list[object]):
    people = pd.DataFrame({"participant_id": ["a", "b"], "pregnant": values})
    assert excluded(NOT_PREGNANT, cohort=Cohort("flags", people)) == {"b": "pregnant"}


def test_a_category_equals_its_level():
    men = {"variable": "sex", "reason": "not a man", "equals": "male"}
    assert excluded(men) == {
        "001": "not a man",
        "002": "not a man",
        "005": "not a man",
        "006": "sex not recorded",
    }


def test_a_measure_is_judged_at_the_baseline_visit():
    assert excluded(IN_PAIN) == {"006": "pain below 4"}


def test_the_first_failed_rule_is_the_reason():
    assert excluded(ADULT, NOT_PREGNANT, IN_PAIN) == {
        "001": "not 18 to 65",
        "002": "pregnant",
        "003": "age not recorded",
        "004": "not 18 to 65",
        "005": "pregnant not recorded",
        "006": "pain below 4",
    }
    assert excluded(IN_PAIN, ADULT)["006"] == "pain below 4"


def test_a_variable_that_the_cohort_lacks_was_recorded_for_nobody():
    rule = {"variable": "red_flag", "reason": "red flag", "equals": False}
    assert set(excluded(rule).values()) == {"unexplained severe red flag lasting several weeks not recorded"}


def test_the_eligible_keep_all_their_rows():
    kept = eligible(COHORT, study(ADULT))
    assert list(kept.participant_ids) == ["002", "005", "006"]
    assert kept.visits is not None
    assert list(kept.visits["weeks"]) == [0, 0, 0, 6]


def test_a_table_without_eligible_people_is_left_out():
    cohort = Cohort("two tables", PEOPLE, VISITS[VISITS["participant_id"] == "001"])
    assert eligible(cohort, study(ADULT)).visits is None


def test_people_without_a_row_among_the_participants_are_judged_too():
    assert excluded(IN_PAIN, cohort=Cohort("visits only", visits=VISITS)) == {"006": "pain below 4"}


def test_a_cohort_of_nobody_is_refused_with_the_reasons():
    with pytest.raises(NobodyEligible, match=r"none of the 6 .* \(not 18 to 65: 2; pregnant: 1; .*"):
        eligible(COHORT, study(ADULT, NOT_PREGNANT, IN_PAIN))
