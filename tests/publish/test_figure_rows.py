from __future__ import annotations

import math

import pandas as pd

from lowback.publish.figure_rows import figure_rows
from lowback.result import RESULT_MIME, Refusal, Result, estimates_frame, to_payload

COUNT = {"term": "in the cohort", "estimate": 160.0, "unit": "participants", "n_participants": 160}
RISK = {
    "term": "pain_nrs: risk difference",
    "estimate": 0.119,
    "std_error": 0.12,
    "df": math.inf,
    "conf_low": -0.116,
    "conf_high": 0.354,
    "p_value": 0.321,
    "unit": "proportion",
    "n_participants": 60,
}


def shown(rows, estimand="back pain", keys=None):
    result = Result("a", estimand, "Did it fall?", estimates_frame(rows), "By hand.", keys=keys)
    return figure_rows({RESULT_MIME: to_payload(result), "image/png": ""})


def test_each_estimate_behind_a_figure_is_a_line_rounded_as_in_tables():
    found = shown([RISK], keys=pd.DataFrame([{"statistic": "risk difference"}]))
    assert found.columns == ("What", "Estimate", "95 % from", "to", "p", "Unit", "People")
    assert found.lines == (
        ("Back pain: risk difference", "12", "−12", "35", "0.32", "percentage points", "60"),
    )
    assert found.numeric == (False, True, True, True, True, False, True)
    assert found.caption == "Did it fall? (back pain)"


def test_columns_that_no_row_fills_are_left_out():
    found = shown([COUNT], estimand="description")
    assert found.columns == ("What", "Estimate", "Unit", "People")
    assert found.lines == (("In the cohort", "160", "participants", "160"),)
    assert found.caption == "Did it fall?"


def test_a_figure_without_estimates_has_no_rows():
    assert figure_rows({"image/png": ""}) is None
    refusal = Refusal("a", "back pain", "Did it fall?", "no visit", ())
    assert figure_rows({RESULT_MIME: to_payload(refusal), "image/png": ""}) is None


def test_a_column_of_the_cohort_alone_goes_by_its_label():
    row = {**COUNT, "term": "hip_flexion_right_deg at week 0, stretching: mean"}
    keys = pd.DataFrame([{"variable": "hip_flexion_right_deg", "variable_label": "hip flexion (right)"}])
    assert shown([row], keys=keys).lines[0][0] == "Hip flexion (right) at week 0, stretching: mean"
