"""Whatever is measured and missing, the tables are a cohort, and what is refused is named."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.simulate import SimulationError, simulate
from lowback.simulate.scenario import Scenario

COUNTS = st.fixed_dictionaries(
    {
        "sites": st.integers(0, 12),
        "raters_a_site": st.integers(0, 4),
        "devices_a_site": st.integers(0, 3),
        "readings": st.sampled_from([1, 2]),
        "takes": st.integers(1, 5),
        "instruments": st.fixed_dictionaries(
            {"hip_extension_deg": st.sampled_from([None, "goniometer", "inclinometer", "trigonometric"])}
        ),
    }
)
MECHANISMS = st.fixed_dictionaries(
    dict.fromkeys(("drop_out", "visits", "checkins"), st.sampled_from(["MCAR", "MAR", "MNAR"]))
)
SHARES = st.fixed_dictionaries(
    dict.fromkeys(
        ("nrs_to_ends", "nrs_to_five", "angle_to_five", "visit_missed"), st.sampled_from([0, 0.3, 1])
    )
)


@settings(max_examples=25)
@given(COUNTS, MECHANISMS, SHARES, st.sampled_from([1, 2]), st.integers(0, 2**40), st.integers(8, 40))
def test_every_plan_gives_a_valid_cohort(measurement, missing, shares, a_day, seed, people):
    scenario = Scenario(
        title="a test",
        says="nothing",
        name="tested",
        parameters=shares,
        design={"checkins_a_day": a_day},
        measurement=measurement,
        missing=missing,
    )
    made = simulate(scenario, people, seed, days=20)
    cohort = made.cohort()
    assert len(cohort.participant_ids) == people
    assert ("site_id" in cohort.columns) == (measurement["sites"] > 0)
    assert ("rater_id" in cohort.columns) == (measurement["raters_a_site"] > 0)
    assert ("second_rater_id" in cohort.columns) == (
        measurement["raters_a_site"] > 0 and measurement["readings"] == 2
    )
    assert ("device_id" in cohort.columns) == (measurement["devices_a_site"] > 0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hip_goniometer_icc": 0}, "hip_goniometer_icc = 0: allowed above 0, up to 1"),
        ({"calibration_weeks": 0}, "calibration_weeks = 0: allowed above 0 weeks"),
    ],
)
def test_figures_that_no_measurement_can_have_are_refused(changed, message):
    plan = {"instruments": {"hip_extension_deg": "goniometer"}, "devices_a_site": 1}
    scenario = Scenario(title="a", says="b", name="c", parameters=changed, measurement=plan)
    with pytest.raises(SimulationError, match=message):
        simulate(scenario, 20, 1)


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ({"measurement": {"instruments": {"hip_extension_deg": "ruler"}}}, "hip_extension_deg"),
        ({"missing": {"drop_out": "sometimes"}}, "drop_out"),
        ({"measurement": {"raters": 2}}, "raters"),
    ],
)
def test_a_plan_that_says_something_else_is_refused(part, key, tmp_path):
    path = tmp_path / "mine.yml"
    path.write_text(yaml.safe_dump({"title": "a", "says": "b", **part}), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"mine\.yml.*{key}"):
        simulate(path, 20, 1)
