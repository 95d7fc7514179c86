"""From which value on what is done counts, against lm with a line of each person, jackknives by fitting anew, and score tests in R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.hold import SEED, hold
from lowback.cohort import Cohort
from lowback.estimators.thresholds import SIGNS, counted_by_threshold
from lowback.result import Result
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
DATA = pd.read_csv(REFERENCE / "hold_data.csv")
R = pd.read_csv(REFERENCE / "hold.csv").set_index("what")
NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high", "p_value"]


@pytest.fixture(scope="module")
def ours() -> pd.DataFrame:
    """Our rows, effects in points an occasion."""
    checkins = pd.DataFrame(
        {
            "participant_id": [f"{one:03d}" for one in DATA["person"]],
            "days": DATA["days"],
            "pain_nrs": DATA["pain"],
            "hold_s": DATA["held"],
        }
    )
    asked = {
        "name": "held",
        "summary": "threshold",
        "outcome": "pain_nrs",
        "exposure": "hold_s",
        "threshold": 30,
    }
    study = Study(title="Held", design="cohort", estimands=(Estimand.model_validate(asked),))
    result = hold(Cohort("drawn in R", checkins=checkins), study)
    assert isinstance(result, Result), result
    assert result.keys is not None
    return result.estimates.join(result.keys).set_index("statistic")


@pytest.mark.parametrize("number", ["threshold", *NUMBERS])
def test_the_effect_at_each_threshold_agrees_with_r(ours: pd.DataFrame, number: str) -> None:
    found, r = ours.loc["effect by threshold"], R.loc["effect"]
    assert len(found) == 18
    assert found[number].to_numpy(float) == pytest.approx(r[number].to_numpy(float), rel=1e-6)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_rule_and_what_came_before_agree_with_r(ours: pd.DataFrame, number: str) -> None:
    at_rule = R.loc["effect"].set_index("threshold").loc[30.0]
    assert ours.loc["effect at the rule", number] == pytest.approx(at_rule[number], rel=1e-6)
    assert ours.loc["before", number] == pytest.approx(R.loc["before", number], rel=1e-6)


def test_the_threshold_that_fits_best_and_its_set_are_those_of_r(ours: pd.DataFrame) -> None:
    for number in ("estimate", "conf_low", "conf_high"):
        assert ours.loc["threshold", number] == pytest.approx(R.loc["threshold", number]), number


def test_tests_over_thresholds_agree_with_other_signs_in_r(ours: pd.DataFrame) -> None:
    """999 random signs here and 100,000 in R: within 4.5 Monte Carlo errors, and the one more that a p-value counts."""
    r = R.loc["as good"]
    found = counted_by_threshold(DATA["person"], DATA["days"], DATA["pain"], DATA["held"], r["threshold"])
    for seen, expected in (
        (found.as_good(SEED), r["p_value"].to_numpy(float)),
        (np.array([ours.loc["threshold", "p_value"]]), np.array([R.loc["threshold", "p_value"]])),
    ):
        error = np.sqrt(expected * (1 - expected) / SIGNS)
        assert (np.abs(seen - expected) < 4.5 * error + 2 / SIGNS).all()


def test_thresholds_have_sets_of_their_own() -> None:
    """The negative control: p-values run from less than 1 % to more than half, so agreement is no matter of all being alike."""
    p = R.loc["as good", "p_value"]
    assert (p.min() < 0.01, p.max() > 0.5) == (True, True)
