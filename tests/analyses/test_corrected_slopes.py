"""Slopes corrected for error in the exposure: the sources of the error, simulated truth, and what is not corrected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from trials import link_study

from lowback.analyses.corrected_slopes import corrected_slopes
from lowback.analyses.within_between import within_between
from lowback.cohort import Cohort
from lowback.estimators.measurement_error import simex
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.variables import Variable, dictionary


def cohort(seed: int = 1, people: int = 60, sem: float = 1.1, second: bool = False, **more: object) -> Cohort:
    """Four visits; the curve deepens by 1 a degree of true tilt within people and by 0.4 between them."""
    rng = np.random.default_rng(seed)
    person, mean = np.repeat(np.arange(people), 4), np.repeat(rng.normal(6, 3, people), 4)
    moved = rng.normal(0, 1.5, (people, 4))
    own = (moved - moved.mean(axis=1, keepdims=True)).ravel()
    mean = mean + np.repeat(moved.mean(axis=1), 4)
    curve = 50 + 0.4 * mean + own + np.repeat(rng.normal(0, 3, people), 4) + rng.normal(0, 2, 4 * people)
    visits = {
        "participant_id": [f"{one:03d}" for one in person], "weeks": np.tile([0.0, 4, 8, 12], people), "lordosis_deg": curve,
        "pelvic_tilt_deg": mean + own + rng.normal(0, sem, 4 * people),
    }  # fmt: skip
    if second:
        visits["pelvic_tilt_second_deg"] = mean + own + rng.normal(0, sem, 4 * people) + 0.7
    return Cohort("links", visits=pd.DataFrame({**visits, **more}))


def rows(result: Result | Refusal, adjustment: str) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    kept = result.keys["adjustment"] == adjustment
    return result.estimates[kept].set_index(result.keys["level"][kept])


def test_slopes_as_measured_are_those_of_within_between():
    result, other = corrected_slopes(cohort(), link_study()), within_between(cohort(), link_study())
    assert isinstance(other, Result)
    assert other.keys is not None
    found, expected = rows(result, "as measured"), other.estimates[other.keys["adjustment"] == "adjusted"]
    for column in ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value"):
        np.testing.assert_allclose(found[column].iloc[:3], expected[column])


@pytest.fixture
def few_errors_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIMEX stands beside what is corrected by moments, and is not looked at here."""
    monkeypatch.setattr(simex, "PAIRS", 1)


@pytest.mark.usefixtures("few_errors_beside")
@pytest.mark.parametrize("second", [True, False])
def test_intervals_cover_the_true_slopes(second: bool):
    covered = {"within": 0, "between": 0}
    naive = 0
    for seed in range(24):
        result = corrected_slopes(cohort(seed, second=second), link_study())
        for level, truth in (("within", 5.0), ("between", 2.0)):
            found = rows(result, "corrected").loc[level]
            covered[level] += found["conf_low"] <= truth <= found["conf_high"]
        seen = rows(result, "as measured").loc["within"]
        naive += seen["conf_low"] <= 5 <= seen["conf_high"]
    # 95 % of 24 with 2.6 standard errors; the slope as measured is two thirds of the true one.
    assert all(20 <= count <= 24 for count in covered.values()), covered
    assert naive < 12


def test_the_error_comes_from_second_measurements_where_there_are_any():
    result = corrected_slopes(cohort(second=True), link_study())
    assert isinstance(result, Result)
    assert "comes from 240 second measurements of 60 of these people" in result.method
    # The second reading is 0.7 higher in everybody, which is no error.
    assert "standard error of measurement of 1.1" in result.method.replace("1.13", "1.1").replace(
        "1.06", "1.1"
    ).replace("1.08", "1.1")
    known = corrected_slopes(cohort(), link_study())
    assert isinstance(known, Result)
    assert "taken from the data dictionary, 1.1 degrees (Herrington 2011" in known.method


def test_a_reliability_is_turned_into_an_error_by_the_people_at_hand():
    result = corrected_slopes(cohort(), link_study(outcome="pelvic_tilt_deg", exposure="lordosis_deg"))
    assert isinstance(result, Result)
    spread = cohort().visits["lordosis_deg"][::4].std()  # type: ignore[index]
    sem = spread * (1 - 0.78) ** 0.5
    assert f"a standard error of measurement of {sem:.3g} degrees" in result.method


def test_what_raters_add_is_taken_off():
    """Raters read up to 4 degrees apart; whoever measures again is another."""
    rng = np.random.default_rng(3)
    shift, raters = np.array([-2.0, 0, 2]), rng.integers(0, 3, 480)
    others = (raters + rng.integers(1, 3, 480)) % 3
    plain = cohort(people=120, second=True).visits
    assert plain is not None
    visits = plain.assign(
        pelvic_tilt_deg=plain["pelvic_tilt_deg"] + shift[raters], pelvic_tilt_second_deg=plain["pelvic_tilt_second_deg"] + shift[others],
        rater_id=[f"r{one}" for one in raters], second_rater_id=[f"r{one}" for one in others],
    )  # fmt: skip
    result = corrected_slopes(Cohort("raters", visits=visits), link_study())
    corrected = rows(result, "corrected").loc["within"]
    assert corrected["conf_low"] <= 5 <= corrected["conf_high"]
    less, naive = (
        rows(result, one).loc["within", "estimate"] for one in ("as measured, less raters", "as measured")
    )
    assert naive < less < corrected["estimate"]
    assert "what each of 3 raters adds is taken off" in result.method  # type: ignore[union-attr]


def test_an_error_as_large_as_the_change_within_people_leaves_that_slope_untold():
    result = corrected_slopes(cohort(people=40, sem=4.0, second=True), link_study())
    assert "within" not in rows(result, "corrected").index
    assert isinstance(result, Result)
    assert "No corrected slope within persons: these data cannot tell" in result.method
    assert "these data cannot tell" in str(answer(result).media["text/plain"])


def test_an_error_that_nobody_knows_leaves_the_slopes_as_measured():
    name = "own_angle"
    known = {**dictionary(), name: Variable(name=name, label="own angle", unit="degrees")}
    visits = cohort().visits
    assert visits is not None
    own = Cohort("own", visits=visits.rename(columns={"pelvic_tilt_deg": name}), variables=known)
    result = corrected_slopes(own, link_study(exposure=name))
    assert isinstance(result, Result)
    assert set(result.keys["adjustment"]) == {"as measured"}  # type: ignore[index]
    assert "nobody was measured twice" in result.method


def test_one_record_a_person_has_a_slope_between_persons():
    visits = cohort(people=120).visits
    assert visits is not None
    result = corrected_slopes(Cohort("once", visits=visits[visits["weeks"] == 0]), link_study())
    assert list(rows(result, "corrected").index) == ["between"]
    assert list(rows(result, "SIMEX").index) == ["between"]


@pytest.mark.usefixtures("few_errors_beside")
def test_nothing_is_found_where_there_is_nothing():
    yes = 0
    for seed in range(15):
        visits = cohort(seed, second=True).visits
        assert visits is not None
        noise = 50 + np.random.default_rng(1000 + seed).normal(0, 3, 240)
        found = rows(
            corrected_slopes(Cohort("null", visits=visits.assign(lordosis_deg=noise)), link_study()),
            "corrected",
        ).loc["within"]
        yes += not found["conf_low"] <= 0 <= found["conf_high"]
    assert yes <= 3


def test_what_cannot_be_answered_is_refused_by_name():
    refusal = corrected_slopes(cohort(), link_study(exposure="hip_extension_deg"))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "no column 'hip_extension_deg' in 'links'"
    still = cohort().visits.assign(lordosis_deg=50.0)  # type: ignore[union-attr]
    constant = corrected_slopes(Cohort("still", visits=still), link_study())
    assert isinstance(constant, Refusal)
    assert "the outcome is 50 in every row" in constant.reason


def sitting(seed: int) -> Cohort:
    """Four visits; within people an hour more of sitting takes half a degree of hip extension; reports err by 1 h/day."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(80), 4)
    hours = np.clip(np.repeat(rng.normal(8, 1.5, 80), 4) + rng.normal(0, 1.2, 320), 1, 18)
    extension = -0.5 * hours + np.repeat(rng.normal(0, 4, 80), 4) + rng.normal(0, 1.5, 320)
    table = {
        "participant_id": [f"{one:03d}" for one in person], "weeks": np.tile([0.0, 4, 8, 12], 80),
        "sitting_hours": np.clip(hours + rng.normal(0, 1, 320), 0, 24), "hip_extension_deg": extension,
    }  # fmt: skip
    known = dictionary()["sitting_hours"].model_copy(
        update={"measurement_error_sem": 1.0, "error_from": "the mapping", "source": "a sensor in some"}
    )
    return Cohort("sitting", visits=pd.DataFrame(table), variables={**dictionary(), "sitting_hours": known})


@pytest.mark.usefixtures("few_errors_beside")
def test_an_error_that_the_mapping_gives_frees_a_slope_that_nobody_measured_twice():
    asked = link_study(outcome="hip_extension_deg", exposure="sitting_hours", per=1)
    freed, naive = [], []
    for seed in range(120):
        result = corrected_slopes(sitting(seed), asked)
        freed.append(rows(result, "corrected").loc["within"])
        naive.append(rows(result, "as measured").loc["within"])
    assert "is taken from the mapping, 1 h/day (a sensor in some)" in result.method
    covered = [sum(one["conf_low"] <= -0.5 <= one["conf_high"] for one in each) for each in (freed, naive)]
    assert covered[0] >= 108
    assert covered[1] <= 60
    assert np.mean([one["estimate"] for one in freed]) == pytest.approx(-0.5, abs=0.03)


def test_people_alike_at_their_first_record_turn_no_reliability_into_an_error_of_zero():
    made = cohort().visits
    assert made is not None
    made.loc[made["weeks"] == 0, "lordosis_deg"] = 50.0
    result = corrected_slopes(
        Cohort("alike", visits=made), link_study(outcome="pelvic_tilt_deg", exposure="lordosis_deg")
    )
    assert isinstance(result, Result)
    assert result.keys is not None
    assert set(result.keys["adjustment"]) == {"as measured"}
    assert "its reliability is that among people who differ" in result.method
