"""Events by an exposure: by hand, against R, bounds for what was not seen, and margins for harms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.incidence import incidence
from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.rates import log_linear_rates
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def cohort(**columns: object) -> Cohort:
    people = pd.DataFrame(columns)
    people.insert(0, "participant_id", [f"{n:03d}" for n in range(len(people))])
    return Cohort("events", people)


def study(outcome: str, exposure: str, per: float = 10, **changes: object) -> Study:
    estimand = Estimand(
        name="events", summary="incidence", outcome=outcome, exposure=exposure, per=per, **changes
    )
    return Study(title="Events", design="cohort", estimands=(estimand,))


def rows(result: Result | Refusal) -> dict[str, pd.Series]:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return {kind: result.estimates.loc[at] for at, kind in result.keys["statistic"].items()}


def test_rates_agree_with_r() -> None:
    d, expected = pd.read_csv(REFERENCE / "rates_data.csv"), pd.read_csv(REFERENCE / "rates.csv")
    fit = log_linear_rates(
        d["injuries"], np.column_stack([np.ones(len(d)), d["km"], d["age"]]), names=["one", "km", "age"]
    )
    assert fit.coefficients == pytest.approx(expected["estimate"].to_numpy(float), rel=1e-8)
    assert np.sqrt(fit.covariance.diagonal()) == pytest.approx(
        expected["std_error"].to_numpy(float), rel=1e-6
    )


def test_a_rate_ratio_by_hand_and_what_noticing_could_make_of_it() -> None:
    # 20 people at 5 km have 10 injuries, 20 at 15 km have 30: three times as many per 10 km.
    people = cohort(
        running_km=np.repeat([5.0, 15.0], 20),
        hip_flexor_injuries=np.r_[np.tile([0, 1], 10), np.tile([1, 2], 10)].astype(int),
    )
    found = rows(incidence(people, study("hip_flexor_injuries", "running_km")))
    assert found["rate ratio"]["estimate"] == pytest.approx(3)
    bounds = found["rate ratio, bounds"]
    assert bounds["conf_low"] == pytest.approx(found["rate ratio"]["conf_low"] / 2)
    assert bounds["conf_high"] == pytest.approx(found["rate ratio"]["conf_high"] * 2)


def episodes(n: int = 400, slope: float = -0.1, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    age = rng.normal(45, 8, n).round()
    return age, rng.random(n) < 1 / (1 + np.exp(1 - slope * (age - 45)))


def test_with_everybody_seen_there_are_no_bounds_and_the_truth_is_covered() -> None:
    covered = 0
    for seed in range(60):
        age, event = episodes(seed=seed)
        risk = [np.mean(1 / (1 + np.exp(1 + 0.1 * (age + shift - 45)))) for shift in (0, 10)]
        found = rows(incidence(cohort(age_years=age, new_episode=event), study("new_episode", "age_years")))
        assert "risk difference, bounds" not in found
        covered += (
            found["risk difference"]["conf_low"] <= risk[1] - risk[0] <= found["risk difference"]["conf_high"]
        )
    assert covered >= 52


def test_a_clinic_that_sees_those_with_episodes_or_of_great_age_cannot_tell() -> None:
    # Nothing holds, but who comes has an episode or is old: among those seen, the old seem safe.
    age, event = episodes(slope=0.0, n=600)
    seen = event | (age > 52)
    told = pd.array(np.where(seen, event, None), dtype="boolean")
    result = incidence(
        cohort(age_years=age, new_episode_seen=told),
        study("new_episode_seen", "age_years", smallest_worthwhile=0.05),
    )
    found = rows(result)
    assert found["risk difference"]["conf_high"] < -0.05
    assert found["risk difference, bounds"]["conf_low"] < 0 < found["risk difference, bounds"]["conf_high"]
    assert "so these data cannot tell" in answer(result).media["text/plain"]


def test_harms_are_shown_small_only_by_the_margin() -> None:
    rng = np.random.default_rng(3)
    age = rng.normal(45, 10, 6000).round()
    harm = rng.random(6000) < 0.03
    many = incidence(
        cohort(age_years=age, adverse_event=harm),
        study("adverse_event", "age_years", smallest_worthwhile=0.02),
    )
    assert "shown to be too small to matter" in answer(many).media["text/plain"]
    few = incidence(
        cohort(age_years=age[:200], adverse_event=harm[:200]),
        study("adverse_event", "age_years", smallest_worthwhile=0.02),
    )
    assert "cannot tell" in answer(few).media["text/plain"]


def test_what_cannot_be_told_is_refused() -> None:
    people = cohort(age_years=[40.0, 50, 60], adverse_event=[True, False, False])
    refused = incidence(people, study("adverse_event", "age_years"))
    assert isinstance(refused, Refusal)
    assert "1 events of serious adverse event are known" in refused.reason
    refused = incidence(people, study("new_episode", "age_years"))
    assert isinstance(refused, Refusal)
    assert "new_episode" in refused.reason
    with pytest.raises(NotEstimable, match="nothing was counted"):
        log_linear_rates([0, 0], [[1.0], [1.0]], names=["one"])
