"""Values of rules against glm, lm and clubSandwich in R, from raw check-ins to every row, with the same people in each part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.rule_value import ALWAYS, CHOSEN, NEVER, rule_value
from lowback.cohort import Cohort
from lowback.result import Result
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
R = pd.read_csv(REFERENCE / "rule_value.csv")
NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high", "band_low", "band_high", "n_participants"]


@pytest.fixture(scope="module")
def result() -> Result:
    d = pd.read_csv(REFERENCE / "rule_value_data.csv")
    checkins = pd.DataFrame(
        {
            "participant_id": [f"{one:03d}" for one in d["person"]],
            "days": d["days"],
            "pain_pre_session_nrs": d["pre"],
            "hips_first": d["first"].astype("boolean"),
            "sensitised_nrs": d["react"],
            "pain_nrs": d["pain"],
        }
    )
    asked = {
        "name": "rule", "summary": "value of a rule", "outcome": "pain_nrs", "exposure": "hips_first", "modifier": "sensitised_nrs",
        "before": "pain_pre_session_nrs", "checkins_later": 1,
    }  # fmt: skip
    study = Study(title="Rules", design="cohort", estimands=(Estimand.model_validate(asked),))
    found = rule_value(Cohort("drawn in R", checkins=checkins), study)
    assert isinstance(found, Result), found
    return found


@pytest.fixture(scope="module")
def both(result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Our rows and R's, in R's order."""
    assert result.keys is not None
    names = {CHOSEN: "best", ALWAYS: "always", NEVER: "never"}
    keys = result.keys
    rule = [names.get(one.level) or f"{one.threshold:g}" for one in keys.itertuples(index=False)]
    ours = result.estimates.join(keys).set_index([pd.Index(rule), "statistic"])
    assert len(ours) == len(R)
    return ours.loc[list(zip(R["rule"], R["statistic"], strict=True))], R


@pytest.mark.parametrize("number", NUMBERS)
def test_every_row_agrees_with_r(both: tuple[pd.DataFrame, pd.DataFrame], number: str) -> None:
    ours, r = both
    assert ours[number].to_numpy(float) == pytest.approx(r[number].to_numpy(float), rel=1e-6, abs=1e-8)


def test_the_rule_found_in_others_and_the_moments_are_those_of_r(result: Result) -> None:
    assert f"(at least {R['chosen'].iloc[0]:g})" in result.method
    moments = R.loc[R["statistic"] == "value", "rows"].max()
    assert f"from {moments} moments of" in result.method


def test_a_rule_is_not_its_neighbour(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The negative control: the thresholds' effects differ by far more than the tolerance."""
    of = both[1][(both[1]["statistic"] == "effect where it bids")]["estimate"].to_numpy(float)
    assert np.abs(np.diff(of)).min() > 0.05
