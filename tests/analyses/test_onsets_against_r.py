"""The days around onsets against loops in base R: means and errors to the digit, what rests on drawn shifts within their Monte Carlo error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.onsets import onsets
from lowback.cohort import Cohort
from lowback.estimators.onsets import DRAWS
from lowback.result import Result
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
R = pd.read_csv(REFERENCE / "onsets.csv", keep_default_na=False, na_values=["NA"])
# Of 1,999 shifts here and 4,000 in R, as shares of the spread of one; 4.5 of them for some sixty numbers.
MONTE_CARLO = 4.5 * (1 / DRAWS + 1 / 4000) ** 0.5


@pytest.fixture(scope="module")
def ours() -> pd.DataFrame:
    d = pd.read_csv(REFERENCE / "onsets_data.csv")
    checkins = pd.DataFrame(
        {
            "participant_id": [f"{one:03d}" for one in d["person"]],
            "days": d["day"].astype(float),
            "hip_pain_nrs": d["hip"],
            "pain_nrs": d["back"],
        }
    )
    estimand = Estimand(name="flares", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs")
    result = onsets(
        Cohort("drawn in R", checkins=checkins), Study(title="t", design="cohort", estimands=(estimand,))
    )
    assert isinstance(result, Result), result
    assert result.keys is not None
    return result.estimates.join(result.keys)


def test_onsets_and_people_are_those_of_r(ours: pd.DataFrame) -> None:
    counted = ours[ours["statistic"] == "onsets"].iloc[0]
    r = R.set_index("what")["estimate"]
    assert (counted["estimate"], counted["n_participants"]) == (r["onsets"], r["people"])


@pytest.mark.parametrize("series", ["level", "news"])
def test_means_and_errors_at_each_lag_agree_with_r(ours: pd.DataFrame, series: str) -> None:
    found = ours[(ours["statistic"] == "curve") & (ours["series"] == series)]
    r = R[(R["what"] == "curve") & (R["series"] == series)]
    for number in ("lag", "estimate", "std_error"):
        assert found[number].to_numpy(float) == pytest.approx(r[number].to_numpy(float), rel=1e-7), number


@pytest.mark.parametrize("series", ["level", "news"])
def test_moved_onsets_and_their_band_agree_with_other_draws_in_r(ours: pd.DataFrame, series: str) -> None:
    found = ours[(ours["statistic"] == "moved onsets") & (ours["series"] == series)]
    r = R[(R["what"] == "curve") & (R["series"] == series)]
    # A band for all lags reaches about three of the spreads of one.
    spread = (r["band_high"] - r["band_low"]).to_numpy(float) / 6
    far = np.abs(found["estimate"].to_numpy(float) - r["null"].to_numpy(float))
    assert (far < MONTE_CARLO * spread).all()
    for ours_end, r_end in (("conf_low", "band_low"), ("conf_high", "band_high")):
        far = np.abs(found[ours_end].to_numpy(float) - r[r_end].to_numpy(float))
        assert (far < 0.15 * 3 * spread).all()


@pytest.mark.parametrize("window", ["before", "same day", "after"])
def test_windows_agree_with_r(ours: pd.DataFrame, window: str) -> None:
    found, r = ours[ours["window"] == window].iloc[0], R[R["what"] == window].iloc[0]
    assert found["std_error"] == pytest.approx(r["std_error"], rel=1e-7)
    assert abs(found["estimate"] - r["estimate"]) < MONTE_CARLO * r["null"]
    spread = (r["p_value"] * (1 - r["p_value"])) ** 0.5
    assert abs(found["p_value"] - r["p_value"]) < MONTE_CARLO * spread + 1e-3


def test_means_a_day_off_would_not_agree(ours: pd.DataFrame) -> None:
    """The negative control: means a lag off are further away than the tolerance."""
    found = ours[(ours["statistic"] == "curve") & (ours["series"] == "news")]["estimate"].to_numpy(float)
    r = R[(R["what"] == "curve") & (R["series"] == "news")]["estimate"].to_numpy(float)
    assert np.abs(found[1:] - r[:-1]).max() > 0.1
