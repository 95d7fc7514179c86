"""Curves within and between persons against splines::ns, lme4 and clubSandwich, and without error against SIMEX in base R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.exposure_curve import exposure_curve
from lowback.cohort import Cohort
from lowback.result import Result
from lowback.study import Estimand, Study
from lowback.variables import dictionary

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
R = pd.read_csv(REFERENCE / "exposure_curve.csv").set_index(["level", "statistic"]).sort_index()


@pytest.fixture(scope="module")
def ours() -> pd.DataFrame:
    d = pd.read_csv(REFERENCE / "exposure_curve_data.csv")
    visits = pd.DataFrame(
        {
            "participant_id": [f"{one:03d}" for one in d["person"]],
            "weeks": d["week"].astype(float),
            "lordosis_deg": d["lordosis"],
            "pelvic_tilt_deg": d["tilt"],
        }
    )
    asked = {
        "name": "curve", "summary": "slope", "outcome": "lordosis_deg", "exposure": "pelvic_tilt_deg", "per": 5,
    }  # fmt: skip
    study = Study(title="Curve", design="cohort", estimands=(Estimand.model_validate(asked),))
    result = exposure_curve(Cohort("drawn in R", visits=visits), study)
    assert isinstance(result, Result), result
    assert result.keys is not None
    rows = result.estimates.assign(at=result.keys["at"])
    rows.index = pd.MultiIndex.from_frame(result.keys[["level", "statistic"]])
    return rows.sort_index()


@pytest.mark.parametrize("level", ["within", "between"])
def test_curve_and_band_agree_with_r(ours: pd.DataFrame, level: str) -> None:
    found, r = ours.loc[(level, "curve")], R.loc[(level, "curve")]
    for number in ("at", "estimate", "conf_low", "conf_high"):
        assert found[number].to_numpy(float) == pytest.approx(r[number].to_numpy(float), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("level", ["within", "between"])
def test_the_test_of_a_bend_agrees_with_r(ours: pd.DataFrame, level: str) -> None:
    found, r = (one.loc[[(level, "bend")]].iloc[0] for one in (ours, R))
    for number in ("estimate", "df", "p_value"):
        assert found[number] == pytest.approx(r[number], rel=1e-4), number


@pytest.mark.parametrize("level", ["within", "between"])
def test_the_curve_without_error_agrees_with_simex_in_r(ours: pd.DataFrame, level: str) -> None:
    """Draws differ; twenty-five pairs against five hundred leave a few hundredths of the curve's reach apart, far less than correction moves it."""
    found, r, seen = (
        one.loc[(level, what)]["estimate"].to_numpy(float)
        for one, what in ((ours, "curve without error"), (R, "curve without error"), (R, "curve"))
    )
    far = np.abs(found - r).max()
    assert far < 0.05 * np.ptp(r)
    assert np.abs(r - seen).max() > 3 * far


def test_the_error_taken_off_in_r_is_that_of_the_dictionary() -> None:
    assert dictionary()["pelvic_tilt_deg"].measurement_error_sem == 1.1
