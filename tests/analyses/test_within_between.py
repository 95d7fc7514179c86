"""Slopes within and between persons: planted by hand, against lme4, and against a simulated truth."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.analyses.within_between import within_between
from lowback.cohort import Cohort
from lowback.estimators.split_slopes import split_slopes
from lowback.result import Refusal, Result
from lowback.study import Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ARMS = ["hip flexors, stretched", "usual care"]


def study(**changes: object) -> Study:
    slope = {
        "name": "pain on tilt",
        "summary": "slope",
        "outcome": "pain_nrs",
        "exposure": "pelvic_tilt_deg",
        "per": 5,
    }
    estimand = {**slope, **changes.pop("estimand", {})}  # type: ignore[dict-item]
    return Study.model_validate({"title": "slopes", "design": "cohort", "estimands": [estimand], **changes})


def cohort(
    visits: dict[str, object], participants: dict[str, object] | None = None, **more: object
) -> Cohort:
    people = None if participants is None else pd.DataFrame(participants)
    return Cohort("by hand", participants=people, visits=pd.DataFrame(visits), **more)  # type: ignore[arg-type]


def answered(data: Cohort, question: Study) -> pd.DataFrame:
    result = within_between(data, question)
    assert isinstance(result, Result), result
    return result.estimates.set_index("term")


def refused(data: Cohort, question: Study) -> Refusal:
    result = within_between(data, question)
    assert isinstance(result, Refusal), result
    return result


def planted(shift: float = 0.0, scale: float = 1.0, offset: float = 0.0) -> dict[str, object]:
    """Eight people, three visits: pain rises by 0.2 a degree within a person and falls by 0.5 a degree between persons.

    The people's own levels (+-0.3) are balanced over the means, so they carry no slope.
    """
    means = np.repeat([4.0, 6.0, 8.0, 10.0, 4.0, 6.0, 8.0, 10.0], 3)
    own = np.repeat([0.3, -0.3, -0.3, 0.3, -0.3, 0.3, 0.3, -0.3], 3)
    deviations = np.concatenate([np.roll([-2.0, 0.0, 2.0], person % 3) for person in range(8)])
    return {
        "participant_id": np.repeat([f"{person:03d}" for person in range(8)], 3),
        "weeks": np.tile([0.0, 4.0, 8.0], 8),
        "pelvic_tilt_deg": (means + deviations) * scale + shift,
        "pain_nrs": 8 - 0.5 * means + 0.2 * deviations + own + offset,
    }


def test_recovers_both_slopes_without_noise():
    found = answered(cohort(planted()), study())
    for adjustment in ("adjusted", "unadjusted"):
        assert found.loc[f"within persons, {adjustment}", "estimate"] == pytest.approx(5 * 0.2, abs=1e-8)
        assert found.loc[f"between persons, {adjustment}", "estimate"] == pytest.approx(5 * -0.5, abs=1e-8)
        assert found.loc[f"between minus within, {adjustment}", "estimate"] == pytest.approx(-3.5, abs=1e-8)
    assert set(found["unit"]) == {"NRS points per 5 degrees"}
    assert set(found["n_participants"]) == {8}


def test_a_common_course_of_time_is_removed_by_adjustment_only():
    """Everybody's tilt and pain fall together from visit to visit: adjusted, nothing is left of it."""
    visits = planted()
    week = np.asarray(visits["weeks"])
    visits["pelvic_tilt_deg"] = np.asarray(visits["pelvic_tilt_deg"]) - week
    visits["pain_nrs"] = np.asarray(visits["pain_nrs"]) - 0.2 * np.asarray(planted()["pelvic_tilt_deg"])
    visits["pain_nrs"] = np.asarray(visits["pain_nrs"]) + 4 - 0.25 * week
    found = answered(cohort(visits), study())["estimate"]
    assert found["within persons, adjusted"] == pytest.approx(0, abs=1e-8)
    assert found["within persons, unadjusted"] > 0.5


def test_agrees_with_lme4_and_satterthwaite():
    data = pd.read_csv(REFERENCE / "within_between_data.csv")
    people = data[["participant_id", "arm", "age_years"]].drop_duplicates().to_dict("list")
    visits = data[["participant_id", "weeks", "pelvic_tilt_deg", "pain_nrs"]].to_dict("list")
    design = study(arms=ARMS, control_arm="usual care", weeks=[0, 4, 8, 12], covariates=["age_years"])
    found = answered(cohort(visits, people), design)
    expected = pd.read_csv(REFERENCE / "within_between.csv", index_col="term").drop(columns="made_with")
    assert list(found.index) == list(expected.index)
    for column in expected:
        np.testing.assert_allclose(found[column], expected[column], rtol=2e-5, err_msg=column)
    assert found.loc["within persons, adjusted", "n_participants"] < 60
    assert found.loc["between persons, adjusted", "n_participants"] == 60


def test_check_ins_agree_with_lme4_and_clubsandwich():
    rows = pd.read_csv(REFERENCE / "within_between_days_data.csv")
    question = study(estimand={"exposure": "sitting_hours", "per": 1})
    found = answered(Cohort("days", checkins=rows), question)
    expected = pd.read_csv(REFERENCE / "within_between_days.csv", index_col="term").drop(columns="made_with")
    assert list(found.index) == list(expected.index)
    for column in expected:
        np.testing.assert_allclose(found[column], expected[column], rtol=2e-5, err_msg=column)


def diary(seed: int) -> Cohort:
    """25 people, 30 days: sitting and pain each follow themselves (0.7 a day), and nothing goes from one to the other."""
    rng = np.random.default_rng(seed)
    days = rng.standard_normal((30, 2, 25))
    for day in range(1, 30):
        days[day] = 0.7 * days[day - 1] + 0.51**0.5 * days[day]
    level = rng.standard_normal((2, 25))
    sitting, pain = np.swapaxes(days + level, 0, 1)
    rows = {
        "participant_id": np.tile([f"{one:02d}" for one in range(25)], 30),
        "days": np.repeat(np.arange(30.0), 25),
    }
    values = {"sitting_hours": 8 + sitting.ravel() / 2, "pain_nrs": 5 + pain.ravel() / 2}
    return Cohort("diary", checkins=pd.DataFrame({**rows, **values}))


def test_intervals_of_check_ins_cover_although_days_follow_each_other():
    question = study(estimand={"exposure": "sitting_hours", "per": 1})
    terms = ["within persons, unadjusted", "between persons, unadjusted"]
    found = [answered(diary(seed), question).loc[terms] for seed in range(200)]
    covered = sum((one["conf_low"] <= 0) & (one["conf_high"] >= 0) for one in found)
    assert covered.between(182, 198).all(), covered


def test_errors_of_the_model_alone_would_be_too_small_for_check_ins():
    """Negative control: residuals that follow each other are not independent."""
    covered = 0
    for seed in range(60):
        rows = diary(seed).checkins
        assert rows is not None
        fit = split_slopes(
            rows["pain_nrs"], rows["sitting_hours"], rows["participant_id"], np.empty((750, 0)), names=[]
        )
        found = fit.interval({"within": 1.0})
        covered += found["conf_low"] <= 0 <= found["conf_high"]
    assert covered < 52


def simulated(seed: int, within: float, between: float) -> Cohort:
    """40 people, up to four visits, a quarter of them missed; slopes per degree are `within` and `between`."""
    rng = np.random.default_rng(seed)
    mean, own = rng.normal(10, 4, 40), rng.normal(0, 1, 40)
    person, week = np.repeat(np.arange(40), 4), np.tile([0.0, 4.0, 8.0, 12.0], 40)
    deviation = rng.normal(0, 2, 160)
    kept = (week == 0) | (rng.random(160) > 0.25)
    person, week, deviation = person[kept], week[kept], deviation[kept]
    # The model is of the mean over the visits that took place.
    seen = np.bincount(person, deviation) / np.bincount(person)
    pain = 50 + between * (mean + seen)[person] + within * (deviation - seen[person]) - 0.3 * week
    pain += own[person] + rng.normal(0, 1.5, len(person))
    return cohort(
        {
            "participant_id": [f"{one:02d}" for one in person],
            "weeks": week,
            "pelvic_tilt_deg": mean[person] + deviation,
            "disability_odi": pain,
        }
    )


def test_intervals_cover_the_simulated_slopes():
    truth = {
        "within persons, adjusted": 1.0,
        "between persons, adjusted": -2.5,
        "between minus within, adjusted": -3.5,
    }
    covered = dict.fromkeys(truth, 0)
    for seed in range(200):
        found = answered(simulated(seed, 0.2, -0.5), study(estimand={"outcome": "disability_odi"}))
        for term, slope in truth.items():
            covered[term] += int(found.loc[term, "conf_low"] <= slope <= found.loc[term, "conf_high"])
    assert all(182 <= count <= 198 for count in covered.values()), covered


def test_a_pooled_slope_would_describe_nobody():
    """Negative control (Simpson's paradox): the slope of all points together is neither of the two planted ones."""
    visits = planted()
    pooled = 5 * np.polyfit(np.asarray(visits["pelvic_tilt_deg"]), np.asarray(visits["pain_nrs"]), 1)[0]
    # Variances 5 between and 8/3 within: (-0.5 * 5 + 0.2 * 8/3) / (5 + 8/3) a degree.
    assert pooled == pytest.approx(5 * (-2.5 + 1.6 / 3) / (5 + 8 / 3))
    found = answered(cohort(visits), study())["estimate"]
    assert abs(pooled - found["within persons, unadjusted"]) > 1
    assert abs(pooled - found["between persons, unadjusted"]) > 1


@settings(max_examples=15)
@given(shift=st.floats(-10, 10), scale=st.sampled_from([-1.5, -1.0, 0.5, 1.5]), seed=st.integers(0, 99))
def test_slopes_do_not_depend_on_origin_order_or_names(shift: float, scale: float, seed: int):
    data = simulated(5, 0.3, 0.1)
    question = study(estimand={"outcome": "disability_odi"})
    plain = answered(data, question)
    rows = data.visits.sample(frac=1, random_state=seed)
    rows = rows.assign(
        pelvic_tilt_deg=rows["pelvic_tilt_deg"] * scale + shift,
        participant_id=rows["participant_id"].map({f"{one:02d}": f"<b>{99 - one}, é" for one in range(40)}),
    )
    moved = answered(Cohort("moved", visits=rows), question)
    for column in ("estimate", "std_error"):
        factor = scale if column == "estimate" else abs(scale)
        np.testing.assert_allclose(moved[column] * factor, plain[column], rtol=1e-6)
    np.testing.assert_allclose(moved["df"], plain["df"], rtol=1e-4)


@pytest.mark.parametrize("per", [1.0, 2.5, 10.0])
def test_slopes_scale_with_the_units_they_are_asked_for(per: float):
    data = simulated(6, 0.3, 0.1)
    one = answered(data, study(estimand={"outcome": "disability_odi", "per": 1}))
    many = answered(data, study(estimand={"outcome": "disability_odi", "per": per}))
    np.testing.assert_allclose(many["estimate"], one["estimate"] * per, rtol=1e-8)
    np.testing.assert_allclose(many["p_value"], one["p_value"], rtol=1e-6)
    assert set(many["unit"]) == {f"ODI points per {per:g} degrees"}


def test_people_with_one_visit_inform_the_slope_between_persons_only():
    visits = pd.DataFrame(planted())
    visits = visits[(visits["participant_id"] != "000") | (visits["weeks"] == 0)]
    found = answered(cohort(visits.to_dict("list")), study())
    assert found.loc["within persons, unadjusted", "n_participants"] == 7
    assert found.loc["between persons, unadjusted", "n_participants"] == 8


def test_cross_sectional_data_have_a_slope_between_persons_only():
    visits = pd.DataFrame(planted())
    visits = visits[visits["weeks"] == 0]
    result = within_between(cohort(visits.to_dict("list")), study(design="cross-sectional"))
    assert isinstance(result, Result)
    assert list(result.estimates["term"]) == ["between persons, unadjusted"]
    slope = 5 * np.polyfit(visits["pelvic_tilt_deg"], visits["pain_nrs"], 1)[0]
    assert result.estimates["estimate"].item() == pytest.approx(slope)
    # Eight equal variances would leave six degrees of freedom; one person far out leaves the robust error fewer.
    assert 1 < result.estimates["df"].item() < 6
    assert "errors that hold under unequal variances" in result.method
    assert not any("one variance" in said for said in result.assumptions)
    assert (
        "the slope within persons, which speaks of change in a person, cannot be estimated" in result.method
    )
    assert "nothing to adjust for" in result.method


def test_an_exposure_recorded_once_a_person_has_a_slope_between_persons_only():
    visits = pd.DataFrame(planted())
    people = {
        "participant_id": sorted(set(visits["participant_id"])),
        "bmi": [22.0, 24, 31, 28, 21, 25, 27, 33],
    }
    question = study(estimand={"exposure": "bmi", "per": 1})
    found = answered(cohort(visits.to_dict("list"), people), question)
    assert list(found.index) == ["between persons, adjusted", "between persons, unadjusted"]
    means = visits.groupby("participant_id")["pain_nrs"].mean()
    slope = np.polyfit(people["bmi"], means, 1)[0]
    assert found.loc["between persons, unadjusted", "estimate"] == pytest.approx(slope)
    assert found.loc["between persons, unadjusted", "df"] == pytest.approx(6)


def test_equal_means_leave_the_slope_within_persons():
    visits = planted()
    visits["pelvic_tilt_deg"] = np.asarray(visits["pelvic_tilt_deg"]) - np.repeat([4.0, 6, 8, 10] * 2, 3)
    found = answered(cohort(visits), study())
    assert list(found.index) == ["within persons, adjusted", "within persons, unadjusted"]
    assert found["estimate"].to_numpy() == pytest.approx([1.0, 1.0])


def test_daily_check_ins_are_used_where_visits_lack_the_exposure():
    rng = np.random.default_rng(3)
    person, day = np.repeat(np.arange(12), 20), np.tile(np.arange(20.0), 12)
    sitting = 8 + np.repeat(rng.normal(0, 1, 12), 20) + rng.normal(0, 0.8, 240)
    checkins = pd.DataFrame(
        {
            "participant_id": [f"{one}" for one in person],
            "days": day,
            "sitting_hours": sitting,
            "pain_nrs": 5 - 0.03 * day + 0.25 * (sitting - 8),
        }
    )
    visits = pd.DataFrame({"participant_id": ["0", "1"], "weeks": [0.0, 0.0], "pain_nrs": [4.0, 5.0]})
    data = Cohort("diary", visits=visits, checkins=checkins)
    question = study(estimand={"exposure": "sitting_hours", "per": 1}, weeks=[0])
    found = answered(data, question)
    assert found["estimate"]["within persons, adjusted"] == pytest.approx(0.25, abs=1e-6)
    assert found["n_participants"].max() == 12
    result = within_between(data, question)
    assert isinstance(result, Result)
    assert "Adjusted for time" in result.method
    assert "240 check-ins" in result.method


def test_the_result_never_claims_a_cause_and_tells_of_measurement_error():
    result = within_between(cohort(planted()), study())
    assert isinstance(result, Result)
    assert not result.causal
    assert "reliability (intraclass correlation) of 0.87" in result.method
    assert "describe an association" in result.method
    assert list(result.keys["level"]) == ["within", "between", "between minus within"] * 2
    assert set(result.keys["exposure"]) == {"pelvic_tilt_deg"}
    assert result.question == "Does pelvic tilt go with back pain?"


def test_people_without_a_covariate_are_left_out_and_counted():
    visits = planted()
    people = {
        "participant_id": [f"{one:03d}" for one in range(8)],
        "age_years": [None, 30.0, 40, 50, 35, 45, 55, 25],
    }
    result = within_between(cohort(visits, people), study(covariates=["age_years", "pain_nrs"]))
    assert isinstance(result, Result)
    assert set(result.estimates["n_participants"]) == {7}
    assert "1 person without a covariate is left out" in result.method
    assert "not adjusted for pain_nrs, the outcome or exposure at baseline" in result.method


def test_only_the_arms_of_the_study_are_analysed():
    visits = planted()
    arms = ["a, b", "c", "a, b", "c", "a, b", "c", "other", None]
    people = {"participant_id": [f"{one:03d}" for one in range(8)], "arm": arms}
    found = answered(cohort(visits, people), study(arms=["a, b", "c"], weeks=[0, 4]))
    assert set(found["n_participants"]) == {6}


@pytest.mark.parametrize(
    ("visits", "changes", "reason"),
    [
        ({"pelvic_tilt_deg": 5.0}, {}, "the exposure is the same in every row"),
        ({"pain_nrs": 5.0}, {}, "the outcome is 5 in every row"),
        ({"pain_nrs": np.nan}, {}, "no visit or check-in records both pain_nrs and pelvic_tilt_deg"),
        ({}, {"weeks": [52]}, "no visit or check-in records both pain_nrs and pelvic_tilt_deg"),
        ({}, {"estimand": {"exposure": "hip_extension_deg"}}, "no column 'hip_extension_deg' in 'by hand'"),
        (
            {},
            {"estimand": {"intercurrent_events": {"surgery": "hypothetical"}}},
            "estimand 'pain on tilt' asks for the strategy 'hypothetical' for 'surgery'",
        ),
        (
            {},
            {"eligibility": [{"variable": "pain_nrs", "reason": "too much pain", "at_most": 0}]},
            "none of the 8 participants of 'by hand' is eligible \\(too much pain: 8\\)",
        ),
        ({}, {"arms": ["a"]}, "no column 'arm' in this cohort"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(
    visits: dict[str, object], changes: dict[str, object], reason: str
):
    refusal = refused(cohort(pd.DataFrame(planted()).assign(**visits).to_dict("list")), study(**changes))
    assert re.search(reason, refusal.reason), refusal.reason
    assert refusal.needs
    assert refusal.estimand == "pain on tilt"


def test_a_study_without_a_slope_is_refused():
    estimand = {"summary": "mean difference", "week": 4, "exposure": None, "per": None}
    declared = {
        "name": "d",
        "outcome": "pain_nrs",
        **{key: value for key, value in estimand.items() if value},
    }
    question = Study.model_validate({"title": "t", "design": "cohort", "estimands": [declared]})
    assert "no estimand whose summary measure is “slope”" in refused(cohort(planted()), question).reason


def test_a_slope_that_the_study_does_not_declare_is_refused_by_name():
    asked = study().with_exposure("sitting_hours")
    refusal = refused(cohort(planted()), asked)
    assert refusal.reason == (
        "the study “slopes” declares no slope on 'sitting_hours'; its slopes are on pelvic_tilt_deg"
    )
    assert refusal.question == "Does sitting go with the outcome?"
    assert refusal.needs == (
        "an estimand whose summary measure is “slope” (in the study file, `summary: slope`), with the exposure asked for (`exposure: sitting_hours`)",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"covariates": ["bmi"]}, "no column 'bmi' in this cohort"),
        ({"arms": ARMS}, "no column 'arm' in this cohort"),
    ],
)
def test_a_column_that_the_cohort_lacks_is_named(changes: dict[str, object], reason: str):
    assert refused(cohort(planted()), study(**changes)).reason == reason


def test_two_people_are_too_few():
    visits = pd.DataFrame(planted())
    refusal = refused(cohort(visits[visits["participant_id"] < "002"].to_dict("list")), study())
    assert refusal.reason
