"""Readings of angles: the published reliability of each instrument, and what raters, sites, devices and digits add."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.simulate import parameters, simulate
from lowback.simulate.recording.angles import error_sd, plain_hands, rater_sd, true_sd
from lowback.simulate.recording.plan import Measurement
from lowback.simulate.scenario import Scenario


def scenario(**parts) -> Scenario:
    return Scenario(title="a test", says="nothing", based_on="literature", name="tested", **parts)


def baseline(people: int, seed: int, **parts) -> pd.DataFrame:
    made = simulate(scenario(**parts), people, seed, days=1)
    return made.visits[made.visits["weeks"] == 0].merge(made.participants, on="participant_id")


def test_errors_of_an_instrument_by_hand():
    p = parameters("literature")
    plan = Measurement.model_validate({"instruments": {"hip_extension_deg": "goniometer"}})
    # True SD 11.05 sqrt(0.9) = 10.483; 10.483 sqrt(1 / 0.525 - 1) = 9.971; 10.483 sqrt(1 / 0.475 - 1 / 0.525) = 4.694.
    assert true_sd("hip_extension_deg", p) == pytest.approx(10.483, abs=1e-3)
    assert error_sd("hip_extension_deg", plan, p) == pytest.approx(9.971, abs=1e-3)
    assert rater_sd("hip_extension_deg", plan, p) == pytest.approx(4.694, abs=1e-3)
    # Four takes halve the error, and raters disagree as much as before.
    four = plan.model_copy(update={"takes": 4})
    assert error_sd("hip_extension_deg", four, p) == pytest.approx(9.971 / 2, abs=1e-3)
    assert rater_sd("hip_extension_deg", four, p) == pytest.approx(4.694, abs=1e-3)


def test_without_an_instrument_the_error_is_that_of_the_table():
    p = parameters("literature")
    assert error_sd("pelvic_tilt_deg", Measurement(), p) == 1.1
    assert error_sd("hip_extension_deg", Measurement(), p) == pytest.approx(11.05 * np.sqrt(0.1))


@pytest.mark.parametrize(
    ("column", "instrument", "within", "between"),
    [
        ("hip_extension", "goniometer", 0.525, 0.475),  # PMC4560013
        ("hip_extension", "inclinometer", 0.92, 0.905),  # Clapis 2008
        ("pelvic_tilt", "inclinometer", 0.87, 0.60),  # Prushansky 2008
        ("lordosis", "markers", 0.865, 0.78),  # Levine & Whittle 1996
    ],
)
def test_two_readings_agree_as_published_within_and_between_raters(column, instrument, within, between):
    named = {f"{column}_deg": instrument}
    seen = {}
    for raters in (0, 100):
        plan = {"instruments": named, "readings": 2, "raters_a_site": raters}
        found = baseline(4000, 11, measurement=plan)[[f"{column}_deg", f"{column}_second_deg"]].dropna()
        seen[raters] = found.corr().iloc[0, 1]
    # The error of a correlation over 4,000 people is 0.012 at most; 100 raters add a sampling error of their own.
    assert seen[0] == pytest.approx(within, abs=0.04)
    assert seen[100] == pytest.approx(between, abs=0.06)


def test_second_readings_are_by_the_other_of_two_raters():
    plan = {"raters_a_site": 2, "readings": 2, "sites": 2}
    made = simulate(scenario(measurement=plan), 60, 3, days=1)
    assert (made.visits["rater_id"] != made.visits["second_rater_id"]).all()
    assert set(made.visits["rater_id"]) == {"S01-R01", "S01-R02", "S02-R01", "S02-R02"}
    site = made.visits["participant_id"].map(made.participants.set_index("participant_id")["site_id"])
    assert (made.visits["rater_id"].str[:3] == site).all()


def test_readings_keep_what_a_rater_adds():
    plan = {"instruments": {"pelvic_tilt_deg": "inclinometer"}, "raters_a_site": 5, "readings": 2}
    found = baseline(5000, 5, measurement=plan).dropna(subset=["pelvic_tilt_deg"])
    pairs = found.assign(gap=found["pelvic_tilt_deg"] - found["pelvic_tilt_second_deg"])
    gaps = pairs.groupby(["rater_id", "second_rater_id"])["gap"].mean()
    # A rater's lead over another is the other's lag behind him, and leads add up along a third.
    for one, other in gaps.index:
        assert gaps[one, other] == pytest.approx(-gaps[other, one], abs=0.6)
    assert gaps["R01", "R02"] + gaps["R02", "R03"] == pytest.approx(gaps["R01", "R03"], abs=0.6)
    assert gaps.abs().max() > 1


def test_device_drift_is_what_it_was_set_to():
    plan = {"devices_a_site": 3}
    drifting = {"device_drift_mean": 0.2, "device_drift_sd": 0.0}
    still = baseline(300, 2, measurement=plan, parameters={"device_drift_sd": 0.0})
    seen = baseline(300, 2, measurement=plan, parameters=drifting)
    weeks = seen["days_since_calibration"] / 7
    for column in ("pelvic_tilt_deg", "hip_extension_deg"):
        added = (seen[column] - still[column]).dropna()
        np.testing.assert_allclose(added, 0.2 * weeks[added.index], atol=0.1 + 1e-9)
        assert len(added) > 250
    assert (seen["lordosis_deg"].dropna() == still["lordosis_deg"].dropna()).all()
    assert weeks.max() < 26
    assert weeks.between(0, 13).mean() == pytest.approx(0.5, abs=0.1)


def test_sites_differ_in_level_and_in_how_they_measure():
    plan = {"sites": 40}
    spread = {"site_pain_sd": 1.0, "site_tilt_sd": 2.0}
    apart = baseline(8000, 9, measurement=plan, parameters=spread)
    alike = baseline(8000, 9, measurement=plan, parameters={"site_pain_sd": 0.0, "site_tilt_sd": 0.0})
    for column, sd in (("pelvic_tilt_deg", 2.0), ("pain_nrs", 1.0)):
        shift = apart.groupby("site_id")[column].mean() - alike.groupby("site_id")[column].mean()
        # Of 40 sites the SD has a relative error of 1 / sqrt(78); pain loses a little at the ends of its scale.
        assert shift.std() == pytest.approx(sd, rel=3.5 / np.sqrt(78))
    assert (apart["hip_extension_deg"].dropna() == alike["hip_extension_deg"].dropna()).all()


def test_raters_who_like_fives_write_them():
    seen = baseline(3000, 4, parameters={"angle_to_five": 0.4})["pelvic_tilt_deg"].dropna()
    # The others have one tenth in fifty that is a multiple of 5.
    assert (seen % 5 == 0).mean() == pytest.approx(0.4 + 0.6 / 50, abs=0.035)
    plain = baseline(3000, 4)["pelvic_tilt_deg"].dropna()
    assert (plain % 5 == 0).mean() < 0.04


def test_plain_hands_read_the_truth_where_there_is_no_noise():
    p = parameters("literature")
    true = np.array([[1.23, -70.0, 5.0, 100.0]])
    read = plain_hands(1, p).read("pelvic_tilt_deg", true, np.zeros((1, 4)))
    np.testing.assert_array_equal(read, [[1.2, -60, 5, 60]])


def test_without_places_no_column_tells_of_any():
    columns = set(baseline(20, 1))
    assert columns.isdisjoint(
        {"site_id", "rater_id", "device_id", "days_since_calibration", "second_rater_id"}
    )
