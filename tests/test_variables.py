from __future__ import annotations

import pytest

from lowback.checked_yaml import ConfigurationError
from lowback.variables import dictionary, read_variables

BLOCKS = {
    "identity",
    "visits",
    "diary",
    "pain",
    "function",
    "exposure",
    "biomechanics",
    "intervention delivered",
    "co-treatment",
    "screening",
    "confounders",
}


def test_the_blocks_that_a_first_cohort_has_are_described():
    assert {variable.block for variable in dictionary().values()} >= BLOCKS


def test_every_measured_variable_has_a_unit_and_a_range():
    bare = [
        v.name
        for v in dictionary().values()
        if v.is_numeric and (v.unit is None or v.low is None or v.high is None)
    ]
    assert bare == []


def test_angles_say_which_direction_is_positive():
    angles = [v for v in dictionary().values() if v.unit == "degrees" and v.name != "pelvic_incidence_deg"]
    assert len(angles) >= 4
    assert all(variable.sign for variable in angles)


def test_tilt_and_hip_extension_ask_for_the_direction_of_the_source():
    tilt, extension = dictionary()["pelvic_tilt_deg"], dictionary()["hip_extension_deg"]
    assert tilt.signs == {"positive is anterior": 1, "positive is posterior": -1}
    assert set(extension.signs.values()) == {1, -1}
    assert tilt.reliability_icc == 0.87
    assert tilt.measurement_error_sem == 1.1


def test_minimal_important_changes_are_those_of_ostelo_2008():
    published = {
        "pain_nrs": 2,
        "pain_vas": 15,
        "disability_rmdq": 5,
        "disability_odi": 10,
        "disability_qbpds": 20,
    }
    assert {name: dictionary()[name].minimal_important_change for name in published} == published


def test_pain_and_function_scores_say_which_end_is_worse():
    scored = [v for v in dictionary().values() if v.block in ("pain", "function") and v.kind == "number"]
    assert all(variable.higher_is for variable in scored)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"label": "x", "unnit": "cm"}, "did you mean 'unit'"),
        ({"label": "x", "low": 3, "high": 1}, "low = 3.0 lies above high = 1.0"),
        ({"label": "x", "tables": ["visit"]}, "'participants', 'visits' or 'checkins'"),
        ({}, "the key 'label' is missing"),
    ],
)
def test_a_variable_that_cannot_be_is_refused(entry, named):
    with pytest.raises(ConfigurationError, match="mapping.yml: grip") as refusal:
        read_variables({"grip": entry}, "mapping.yml")
    assert named in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pain_nrs", "0 to 10 NRS points"),
        ("sex", "female, male, other"),
        ("red_flag", "yes or no"),
        ("global_change_pgic", "whole numbers 1 to 7 PGIC points"),
        ("time_zero", "a date"),
    ],
)
def test_allowed_values_are_told_in_words(name, words):
    assert dictionary()[name].allowed == words
