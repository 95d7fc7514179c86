"""Curves around an exposure: exact without noise, a check that sees what is not held equal, and reverse causation undone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.event_curve import event_curve
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.simulate import simulate
from lowback.simulate.scenario import claim_scenario
from lowback.study import Estimand, Study


def asked(**keys: object) -> Study:
    estimand = Estimand.model_validate({"name": "around", "summary": "proximal effect", **keys})
    return Study(title="Curves", design="cohort", estimands=(estimand,))


def point(result: Result | Refusal, hours: float, adjustment: str = "adjusted") -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    found = (result.keys["hours"] == hours) & (result.keys["adjustment"] == adjustment)
    return result.estimates[found].join(result.keys[["statistic", "band_low", "band_high"]]).iloc[0]


def test_without_noise_the_curve_is_the_effect_and_what_is_left_of_it() -> None:
    """Stiffness keeps half of itself a day later and each minute adds 0.02: 1.2 an hour now, 0.6 a day later, 0.3 after two."""
    rng = np.random.default_rng(1)
    people, days = 30, 40
    bout = rng.uniform(0, 80, (people, days))
    stiff = np.zeros((people, days))
    for day in range(1, days):
        stiff[:, day] = 0.5 * stiff[:, day - 1] + 0.02 * bout[:, day]
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{one}" for one in range(people)], days),
            "days": np.tile(np.arange(float(days)), people),
            "back_stiffness_nrs": stiff.ravel(),
            "longest_sitting_min": bout.ravel(),
        }
    )[5:]
    study = asked(outcome="back_stiffness_nrs", exposure="longest_sitting_min", per=60)
    result = event_curve(Cohort(name="stiff", checkins=rows), study)
    assert point(result, 0)["estimate"] == pytest.approx(1.2, abs=1e-9)
    for hours, expected in ((24, 0.6), (48, 0.3)):
        found = point(result, hours)
        assert found["band_low"] < expected < found["band_high"]
        assert found["band_low"] < found["conf_low"] < found["conf_high"] < found["band_high"]
    assert point(result, -48)["statistic"] == "check"
    assert isinstance(result, Result)
    assert result.estimates["term"].iloc[0] == "+0 hours, adjusted"
    assert "-24 hours, adjusted" not in set(result.estimates["term"])


def test_people_in_pain_sit_longer_and_the_adjusted_curve_says_so() -> None:
    cohort = simulate(claim_scenario("C10", "trap"), 120, 3, 84).cohort()
    result = event_curve(cohort, asked(outcome="pain_nrs", exposure="longest_sitting_min", per=60))
    assert point(result, -12, "unadjusted")["conf_low"] > 1
    assert point(result, 0, "unadjusted")["conf_low"] > 0.8
    assert abs(point(result, 0)["estimate"]) < 0.15
    assert abs(point(result, -24)["estimate"]) < 0.15


def test_the_check_sees_an_exposure_that_answers_to_more_than_the_last_score() -> None:
    """Bouts answer to the pain of two check-ins ago too, which is not held equal: the check says so."""
    rng = np.random.default_rng(4)
    people, days = 60, 60
    pain = np.cumsum(rng.normal(0, 0.5, (people, days)), axis=1) * 0.3 + rng.normal(0, 1, (people, days))
    bout = rng.normal(60, 20, (people, days))
    bout[:, 2:] += 20 * pain[:, :-2]
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{one}" for one in range(people)], days),
            "days": np.tile(np.arange(float(days)), people),
            "pain_nrs": (5 + pain).clip(0, 10).ravel(),
            "longest_sitting_min": bout.clip(0, 600).ravel(),
        }
    )
    result = event_curve(
        Cohort(name="late", checkins=rows), asked(outcome="pain_nrs", exposure="longest_sitting_min", per=60)
    )
    assert point(result, -48)["band_low"] > 0.5


def test_too_few_moments_are_refused() -> None:
    rows = pd.DataFrame(
        {"participant_id": ["a", "a", "b", "b"], "days": [0.0, 1, 0, 1], "pain_nrs": [1.0, 2, 3, 4],
         "longest_sitting_min": [5.0, 9, 6, 8]}
    )  # fmt: skip
    found = event_curve(
        Cohort(name="few", checkins=rows), asked(outcome="pain_nrs", exposure="longest_sitting_min", per=60)
    )
    assert isinstance(found, Refusal)
    assert "too few moments of longest sitting bout" in found.reason
