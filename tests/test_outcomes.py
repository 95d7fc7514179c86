"""Scores by visit, improvement, response and comparisons, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.cohort import Cohort
from lowback.outcomes import (
    NotComparable,
    centred_columns,
    comparison,
    improvement,
    left_out,
    responded,
    response_label,
    scores_by_visit,
)
from lowback.outcomes.covariates import covariate
from lowback.outcomes.scores import by_week
from lowback.study import Responder, Study
from lowback.variables import dictionary

PAIN = dictionary()["pain_nrs"]
FUNCTION = dictionary()["physical_function_promis_t"]
PEOPLE = pd.DataFrame(
    {"participant_id": ["007", "8", "9", "10"], "arm": ["usual care", "yoga, <b>", None, "elsewhere"]}
)
VISITS = pd.DataFrame(
    {"participant_id": ["007", "007", "8", "9"], "weeks": [0, 6, 0, 6], "pain_nrs": [5.0, 3.0, 4.0, 2.0]}
)
COHORT = Cohort("four", participants=PEOPLE, visits=VISITS)
STUDY = Study.model_validate(
    {
        "title": "two arms",
        "design": "randomised trial",
        "arms": ["usual care", "yoga, <b>"],
        "control_arm": "usual care",
        "estimands": [{"name": "pain", "summary": "mean difference", "outcome": "pain_nrs", "week": 6}],
    }
)


def test_scores_by_visit_keeps_everybody_and_leaves_absent_visits_missing() -> None:
    wide = scores_by_visit(COHORT, "pain_nrs")
    assert sorted(wide.index) == ["007", "10", "8", "9"]
    assert wide.loc["007"].tolist() == [5, 3]
    assert np.isnan(wide.loc["8", 6])
    assert wide.loc["10"].isna().all()


def test_a_variable_without_visits_has_no_columns() -> None:
    assert scores_by_visit(COHORT, "disability_odi").shape == (4, 0)


def test_several_variables_are_read_by_person_and_week_whatever_the_order_of_rows() -> None:
    visits = VISITS.assign(sitting_hours=[1.0, 2.0, 3.0, 4.0], pain_nrs=VISITS["pain_nrs"].astype("Int64"))
    shuffled = Cohort("four", participants=PEOPLE, visits=visits.sample(frac=1, random_state=2))
    weeks, (pain, sitting) = by_week(shuffled, ["pain_nrs", "sitting_hours"])
    assert weeks == (0.0, 6.0)
    # People in the order of their names: 007, 10, 8, 9.
    np.testing.assert_array_equal(pain, [[5, 3], [np.nan, np.nan], [4, np.nan], [np.nan, 2]])
    np.testing.assert_array_equal(sitting, [[1, 2], [np.nan, np.nan], [3, np.nan], [np.nan, 4]])


def test_improvement_is_positive_where_pain_fell() -> None:
    assert improvement(np.array([5.0, 2.0]), np.array([3.0, 4.0])).tolist() == [2, -2]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"fall_percent": 30}, [True, False, np.nan, np.nan]),
        ({"fall_points": 2}, [True, False, np.nan, False]),
        ({"minimal_important_change": True}, [True, False, np.nan, False]),
        ({"at_most": 1}, [False, False, np.nan, True]),
    ],
)
def test_response_by_each_rule(rule: dict[str, object], expected: list[object]) -> None:
    baseline, after = np.array([10.0, 10.0, 6.0, 0.0]), np.array([7.0, 8.5, np.nan, 0.0])
    found = responded(baseline, after, Responder.model_validate(rule), PAIN)
    np.testing.assert_array_equal(found, np.array(expected, dtype=float))


def test_a_fall_of_exactly_thirty_percent_counts() -> None:
    baseline = np.arange(1, 101) / 10
    assert responded(baseline, baseline * 0.7, Responder(fall_percent=30), PAIN).all()


def test_a_rise_counts_where_higher_is_better() -> None:
    rule = Responder(fall_points=5)
    assert responded(np.array([40.0, 40.0]), np.array([46.0, 34.0]), rule, FUNCTION).tolist() == [1, 0]
    assert response_label(rule, FUNCTION) == "rise of 5 T score"


def test_response_labels_are_words_of_a_table() -> None:
    labels = [
        response_label(Responder.model_validate(rule), PAIN)
        for rule in (
            {"fall_percent": 30},
            {"fall_points": 2},
            {"minimal_important_change": True},
            {"at_most": 1},
        )
    ]
    assert labels == [
        "fall of 30 %",
        "fall of 2 NRS points",
        "minimal important change",
        "score of at most 1",
    ]


def test_a_comparison_holds_people_with_an_arm_of_the_study() -> None:
    found = comparison(COHORT, STUDY, STUDY.estimands[0])
    assert found.arm.tolist() == [0, 1]
    assert found.baseline.tolist() == [5, 4]
    np.testing.assert_array_equal(found.follow_up, [3, np.nan])
    assert (found.arms, found.treated, found.comparator) == (
        ("usual care", "yoga, <b>"),
        ("yoga, <b>",),
        "usual care",
    )
    gaps = found.gaps()
    counts = {name: flags.tolist() for name, flags in gaps.items()}
    assert counts == {"back pain at baseline": [False, False], "back pain at week 6": [False, True]}
    assert left_out(gaps) == "1 left out because a value is missing (back pain at week 6: 1)"
    assert left_out({name: flags[:1] for name, flags in gaps.items()}) == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outcome": "disability_odi"}, "no column 'disability_odi' at the visits"),
        ({"week": 8}, r"no visit at week 8; this cohort has weeks \[0, 6\]"),
        ({"week": 0}, "week 0 is not after the baseline visit"),
        ({"intercurrent_events": {"rescue": "composite"}}, "'composite' for 'rescue'"),
    ],
)
def test_a_comparison_refuses_by_name(changes: dict[str, object], reason: str) -> None:
    estimand = STUDY.estimands[0].model_copy(update=changes)
    with pytest.raises(NotComparable, match=reason) as refused:
        comparison(COHORT, STUDY, estimand)
    assert refused.value.needs


def test_covariates_are_centred_and_levels_follow_the_dictionary() -> None:
    people = pd.DataFrame(
        {"age_years": [30, 40, 50], "sex": ["male", "female", "male"], "smoking": ["no"] * 3}
    )
    known = dictionary()
    values = {name: covariate(people[name], known.get(name)) for name in people}
    matrix, names, constant = centred_columns(values, known, 3)
    assert names == ("age_years", "sex: male")
    assert constant == ("smoking",)
    np.testing.assert_allclose(matrix, [[-10, 1 / 3], [0, -2 / 3], [10, 1 / 3]])


def test_identifiers_are_no_covariates() -> None:
    people = PEOPLE.assign(site_id=["a", "b", "a", "b"])
    sites = Cohort("sites", participants=people, visits=VISITS)
    with pytest.raises(NotComparable, match="'site_id' is no covariate: it holds an identifier"):
        comparison(sites, STUDY.model_copy(update={"covariates": ("site_id",)}), STUDY.estimands[0])
