from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowback.cohort import Cohort, CohortError, out_of_range
from lowback.variables import dictionary

PEOPLE = pd.DataFrame({"participant_id": ["P1", "P2"], "arm": ["a", "b"], "age_years": [30.0, 60.0]})
VISITS = pd.DataFrame(
    {"participant_id": ["P2", "P1", "P1"], "weeks": [0.0, 6.0, 0.0], "pain_nrs": [3.0, 2.0, 4.0]}
)


def with_visits(**columns: list[object]) -> pd.DataFrame:
    return VISITS.assign(**columns)


def test_a_valid_cohort_knows_its_people_weeks_arms_and_columns():
    cohort = Cohort("clinic", PEOPLE, VISITS)
    assert list(cohort.participant_ids) == ["P1", "P2"]
    assert (cohort.weeks, cohort.arms) == ([0.0, 6.0], ["a", "b"])
    assert cohort.columns == {"participant_id", "arm", "age_years", "weeks", "pain_nrs"}


def test_rows_stand_in_the_order_of_their_keys_whatever_their_order_was():
    assert list(Cohort("clinic", PEOPLE, VISITS).visits["pain_nrs"]) == [4.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("participants", "visits", "named"),
    [
        (PEOPLE, with_visits(pain_nrs=[3, 2, 11]), "pain_nrs = 11 for participant P1 at week 0: allowed 0 to 10 NRS points (values refused: 1)"),
        (PEOPLE, with_visits(pain_nrs=[float("inf"), 2, 1]), "pain_nrs = inf for participant P2 at week 0"),
        (PEOPLE, with_visits(pain_nrs=["3", "2", "1"]), "pain_nrs holds"),
        (PEOPLE, with_visits(pain=[3, 2, 1]), "unknown column 'pain'"),
        (PEOPLE, with_visits(age_years=[3, 2, 1]), "age_years belongs to participants"),
        (PEOPLE, with_visits(participant_id=["P2", "P1", "P3"]), "participant P3 at week 0 is not among the participants (rows: 1)"),
        (PEOPLE, with_visits(weeks=[0.0, 0.0, 0.0]), "participant P1 at week 0 stands twice (rows repeated: 1)"),
        (PEOPLE, with_visits(weeks=[0.0, None, 0.0]), "weeks is missing in 1 rows"),
        (PEOPLE, VISITS.iloc[:0], "visits: no rows"),
        (PEOPLE.assign(sex=["female", "F"]), VISITS, "sex = F for participant P2: allowed female, male, other"),
        (pd.concat([PEOPLE, PEOPLE]), VISITS, "participant P1 stands twice (rows repeated: 2)"),
        (PEOPLE.drop(columns="participant_id"), VISITS, "participants: no column participant_id"),
        (None, None, "no table"),
    ],
)  # fmt: skip
def test_an_invalid_cohort_does_not_exist(participants, visits, named):
    with pytest.raises(CohortError) as refusal:
        Cohort("clinic", participants, visits)
    assert named in str(refusal.value)


def test_all_faults_are_named_together():
    with pytest.raises(CohortError) as refusal:
        Cohort("clinic", PEOPLE.assign(age_years=[-1, 200]), with_visits(pain_nrs=[-1, 2, 3]))
    assert "age_years = -1" in str(refusal.value)
    assert "pain_nrs = -1" in str(refusal.value)


def test_restriction_keeps_only_the_people_named_in_every_table():
    cohort = Cohort("clinic", PEOPLE, VISITS).restricted_to(pd.Index(["P1"]))
    assert list(cohort.participants["participant_id"]) == ["P1"]
    assert set(cohort.visits["participant_id"]) == {"P1"}


def test_restriction_leaves_the_cohort_itself_as_it_was_and_refuses_strangers():
    cohort = Cohort("clinic", PEOPLE, VISITS, measured_by={"pain_nrs": "diary"})
    kept = cohort.restricted_to(pd.Index(["P2"]))
    assert (len(kept.visits), len(cohort.visits), kept.measured_by) == (1, 3, {"pain_nrs": "diary"})
    assert list(kept.visits.index) == [0]
    with pytest.raises(CohortError, match="none of the 1 participants asked for is in 'clinic'"):
        cohort.restricted_to(pd.Index(["P9"]))


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1))
def test_a_value_is_refused_exactly_when_it_lies_outside_its_range(values):
    pain = dictionary()["pain_nrs"]
    expected = [value is not None and not 0 <= value <= 10 for value in values]
    assert list(out_of_range(pd.Series(values, dtype=float), pain)) == expected


def test_whole_numbers_are_asked_of_integers_only():
    assert list(out_of_range(pd.Series([1.0, 1.5, None]), dictionary()["global_change_pgic"])) == [
        False,
        True,
        False,
    ]


def test_a_column_without_any_value_is_there_but_records_nothing() -> None:
    people = pd.DataFrame(
        {
            "participant_id": ["007", "008"],
            "age_years": [float("nan"), float("nan")],
            "bmi": [float("nan"), 23.0],
        }
    )
    cohort = Cohort(name="x", participants=people)
    assert cohort.columns == {"participant_id", "age_years", "bmi"}
    assert cohort.recorded == {"participant_id", "bmi"}
