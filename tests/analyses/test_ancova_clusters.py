"""Whole clinics in one arm: the difference between arms by hand, against clubSandwich, with its coverage, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from trials import REFERENCE, estimates, refusal, study

from lowback.analyses.ancova import ancova
from lowback.analyses.mmrm import mmrm
from lowback.cohort import Cohort
from lowback.result import Result
from lowback.study import cohort_problems

CLINICS = study(clusters="site_id")
ALONE = study(clusters="participant_id")
DIFFERENCE = "stretching vs usual care"


def cohort_of(clinic, arm, baseline, pain, age=None) -> Cohort:
    ids = [f"P{at:04d}" for at in range(len(clinic))]
    people = pd.DataFrame({"participant_id": ids, "site_id": clinic, "arm": arm})
    if age is not None:
        people["age_years"] = age
    visits = [
        pd.DataFrame({"participant_id": ids, "weeks": week, "pain_nrs": scores})
        for week, scores in ((0.0, baseline), (12.0, pain))
    ]
    return Cohort("clinics", participants=people, visits=pd.concat(visits, ignore_index=True))


def drawn(seed: int, clinics: int = 12, people: int = 12, effect: float = -1.0) -> Cohort:
    """As many clinics in each arm; people of a clinic share a tenth of their variance."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(clinics), people)
    treated = (place % 2).astype(bool)
    baseline = 5 + 0.8 * rng.standard_normal(len(place))
    own = 0.8 * (
        np.sqrt(0.1) * rng.standard_normal(clinics)[place] + np.sqrt(0.9) * rng.standard_normal(len(place))
    )
    pain = 3 + 0.5 * baseline + effect * treated + own
    return cohort_of(
        [f"K{one:02d}" for one in place], np.where(treated, "stretching", "usual care"), baseline, pain
    )


def test_with_equal_clinics_it_is_the_t_test_of_their_means() -> None:
    means = np.array([[4.0, 5.0, 6.5, 5.5], [3.0, 4.5, 4.0, 2.0]])
    around = np.array([-1.0, -0.5, 1.5])
    pain = (means[:, :, None] + around).ravel()
    clinic = np.repeat([f"K{one}" for one in range(8)], 3)
    arm = np.repeat(["usual care", "stretching"], 12)
    row = estimates(ancova(cohort_of(clinic, arm, np.full(24, 6.0), pain), CLINICS)).loc[DIFFERENCE]
    # Both arms have four clinics: s squared over four of each, and Satterthwaite's degrees of freedom of equal variances, 3 + 3.
    error = np.sqrt(means.var(axis=1, ddof=1).sum() / 4)
    assert row["estimate"] == pytest.approx(means[1].mean() - means[0].mean())
    assert row["std_error"] == pytest.approx(error)
    assert row["df"] == pytest.approx(6)
    assert row["conf_high"] == pytest.approx(row["estimate"] + stats.t.ppf(0.975, 6) * error)


def test_agrees_with_clubsandwich() -> None:
    rows = pd.read_csv(REFERENCE / "ancova_clusters_data.csv")
    made = cohort_of(
        *(rows[name].to_numpy(object) for name in ("clinic", "arm")),
        *(rows[name].to_numpy(float) for name in ("baseline", "pain", "age")),
    )
    found = estimates(ancova(made, study(clusters="site_id", covariates=["age_years"])))
    expected = pd.read_csv(REFERENCE / "ancova_clusters.csv", index_col="term")
    columns = ["estimate", "std_error", "df", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(found.loc[expected.index, columns], expected[columns], rtol=1e-6)


def test_intervals_hold_the_truth_and_those_that_take_people_for_independent_do_not() -> None:
    held = {"clinics": 0, "alone": 0}
    for seed in range(400):
        made = drawn(seed)
        for name, one in (("clinics", CLINICS), ("alone", ALONE)):
            row = estimates(ancova(made, one)).loc[DIFFERENCE]
            held[name] += row["conf_low"] <= -1 <= row["conf_high"]
    # Of 400, 95 % less three Monte Carlo errors are 367.
    assert held["clinics"] >= 367
    assert held["alone"] < 340


def test_the_method_and_the_assumptions_name_the_clusters() -> None:
    found = ancova(drawn(1), CLINICS)
    assert isinstance(found, Result)
    assert "errors that hold however people of one site hang together (12 clusters" in found.method
    assert "People of different site are independent" in " ".join(found.assumptions)


def test_people_without_a_cluster_stand_alone() -> None:
    made = drawn(2)
    people = made.participants.copy()
    people.loc[people.index[:30], "site_id"] = None
    found = ancova(Cohort("some alone", participants=people, visits=made.visits), CLINICS)
    assert isinstance(found, Result)
    assert "41 clusters" in found.method or "40 clusters" in found.method


@pytest.mark.parametrize("analysis", [ancova, mmrm])
def test_whole_clinics_to_an_arm_are_refused_unless_the_study_says_who_belongs_together(analysis) -> None:
    said = refusal(analysis(drawn(3), study())).reason
    assert "each site (site_id) has people of one arm only" in said
    assert isinstance(analysis(drawn(3), ALONE), Result)


@pytest.mark.parametrize("analysis", [mmrm])
def test_an_analysis_of_independent_people_refuses_clusters(analysis) -> None:
    assert "takes people for independent" in refusal(analysis(drawn(3), CLINICS)).reason


def test_sites_that_have_both_arms_are_no_clusters() -> None:
    made = drawn(4)
    people = made.participants.assign(
        site_id=["A" if at % 5 else "B" for at in range(len(made.participants))]
    )
    assert isinstance(ancova(Cohort("sites", participants=people, visits=made.visits), study()), Result)


def test_few_people_alone_in_their_sites_are_no_proof_of_clusters() -> None:
    made = drawn(5, clinics=4, people=2)
    assert isinstance(ancova(made, study()), Result)


def test_an_arm_of_one_clinic_and_a_column_that_is_not_there_are_refused() -> None:
    assert "has 1 cluster; 2 are needed" in refusal(ancova(drawn(6, clinics=2), CLINICS)).reason
    problems = cohort_problems(study(clusters="clinic"), drawn(7))
    assert any("clusters: no column 'clinic'" in one for one in problems)
    assert "no column 'clinic'" in refusal(ancova(drawn(7), study(clusters="clinic"))).reason
