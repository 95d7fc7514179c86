"""Slopes by a modifier against lme4's weights and whole matrices in R: every row of the analysis, with and without correction."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lowback.analyses.slope_by_modifier import slope_by_modifier
from lowback.cohort import Cohort
from lowback.result import Result
from lowback.study import Estimand, Study
from lowback.variables import dictionary

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high", "p_value"]


@pytest.fixture(scope="module")
def both() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Our numbers and R's, a row each in the same order."""
    d = pd.read_csv(REFERENCE / "slope_by_modifier_data.csv")
    visits = pd.DataFrame(
        {
            "participant_id": [f"{one:03d}" for one in d["person"]],
            "weeks": d["week"].astype(float),
            "disability_odi": d["disability"],
            "pelvic_tilt_deg": d["tilt"],
            "sensitised_nrs": d["reactive"],
        }
    )
    asked = {
        "name": "by reactivity", "summary": "slope", "outcome": "disability_odi", "exposure": "pelvic_tilt_deg", "per": 5, "modifier": "sensitised_nrs",
    }  # fmt: skip
    study = Study(title="By reactivity", design="cohort", estimands=(Estimand.model_validate(asked),))
    result = slope_by_modifier(Cohort("drawn in R", visits=visits), study)
    assert isinstance(result, Result), result
    keys = result.keys
    assert keys is not None
    ours = result.estimates.assign(name=keys["at"].where(keys["at"] != "", keys["statistic"]))
    ours.index = pd.MultiIndex.from_frame(keys[["level", "adjustment"]].assign(name=ours["name"]))
    r = pd.read_csv(REFERENCE / "slope_by_modifier.csv").set_index(["level", "adjustment", "name"])
    return ours.loc[list(r.index), NUMBERS], r[NUMBERS]


def test_the_error_taken_off_in_r_is_that_of_the_dictionary() -> None:
    assert dictionary()["pelvic_tilt_deg"].measurement_error_sem == 1.1


@pytest.mark.parametrize("number", NUMBERS)
def test_every_row_agrees_with_r(both: tuple[pd.DataFrame, pd.DataFrame], number: str) -> None:
    ours, r = both
    assert len(r) == 16
    assert ours[number].to_numpy(float) == pytest.approx(r[number].to_numpy(float), rel=2e-5)


def test_taking_error_off_the_product_matters_here(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The negative control: the row as measured lies further from the planted 2.0 a point and 5 degrees than any rounding."""
    r = both[1]["estimate"]
    measured, corrected = (r["within", one, "high minus low"] / 2 for one in ("as measured", "corrected"))
    assert measured < 1.5
    assert abs(corrected - 2) < 0.2
