"""Rules for reactive days: worth what they are worth, nothing where people only begin with the hips on bad days."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.rule_value import rule_value
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.simulate import simulate
from lowback.simulate.scenario import claim_scenario
from lowback.study import Estimand, Study

HIPS = {"outcome": "pain_nrs", "exposure": "hips_first", "modifier": "sensitised_nrs", "before": "pain_pre_session_nrs", "checkins_later": 1}  # fmt: skip
AT_7 = "where how reactive the back is today is at least 7"


def asked(**keys: object) -> Study:
    estimand = Estimand.model_validate({"name": "rule", "summary": "value of a rule", **HIPS, **keys})
    return Study(title="Rules", design="cohort", estimands=(estimand,))


def row(result: Result | Refusal, level: str, statistic: str) -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    found = (result.keys["level"] == level) & (result.keys["statistic"] == statistic)
    return result.estimates[found].iloc[0]


def tossed(people: int = 40, each: int = 20) -> Cohort:
    """By a coin the session begins with the hips, which takes off 2 points where the day's reactivity is 7 or more."""
    rng = np.random.default_rng(2)
    rows = people * each
    score, first = rng.integers(3, 10, rows).astype(float), rng.random(rows) < 0.5
    pain = rng.uniform(4, 6, rows)
    after = pain - 2 * first * (score >= 7)
    evening = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{one}" for one in range(people)], each),
            "days": np.tile(np.arange(float(each)), people) + 0.5,
            "pain_pre_session_nrs": pain,
            "hips_first": pd.array(first, dtype="boolean"),
            "sensitised_nrs": score,
            "pain_nrs": pain,
        }
    )
    morning = evening.assign(
        days=evening["days"] + 0.5, pain_nrs=after, hips_first=pd.array([pd.NA] * rows, dtype="boolean")
    )
    return Cohort(name="tossed", checkins=pd.concat([evening, morning], ignore_index=True))


def test_a_coin_shows_what_the_rule_is_worth() -> None:
    result = rule_value(tossed(), asked(randomised_with=0.5, threshold=7))
    assert row(result, AT_7, "effect where it bids")["estimate"] == pytest.approx(-2, abs=0.1)
    share = 3 / 7
    assert row(result, AT_7, "difference from never")["estimate"] == pytest.approx(-2 * share, abs=0.15)
    value, never = (row(result, one, "value")["estimate"] for one in (AT_7, "never"))
    assert value - never == pytest.approx(row(result, AT_7, "difference from never")["estimate"])
    assert isinstance(result, Result)
    assert result.estimates["term"].iloc[0] == f"effect where it bids: {AT_7}"
    assert result.causal


def test_the_best_rule_comes_first_where_none_is_declared() -> None:
    result = rule_value(tossed(), asked(randomised_with=0.5))
    assert isinstance(result, Result)
    assert result.estimates["term"].iloc[0] == "effect where it bids: best rule found in others"
    assert row(result, "best rule found in others", "difference from never")["conf_high"] < -0.6


def test_bad_evenings_that_pass_are_no_reason_to_begin_with_the_hips() -> None:
    cohort = simulate(claim_scenario("C16", "trap"), 256, 5, 84).cohort()
    result = rule_value(cohort, asked(threshold=7))
    found = row(result, AT_7, "effect where it bids")
    assert found["conf_low"] < 0 < found["conf_high"]
    assert isinstance(result, Result)
    assert not result.causal
    assert "left out because it was all but certain to be had or not to be" in result.method


def test_a_rule_that_helps_is_seen_though_people_choose() -> None:
    cohort = simulate(claim_scenario("C16", True), 256, 5, 84).cohort()
    assert row(rule_value(cohort, asked(threshold=7)), AT_7, "effect where it bids")["conf_high"] < -0.5


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"exposure": "pain_pre_session_nrs", "before": None}, "a rule needs a yes or no to be done"),
        (
            {"threshold": 10, "randomised_with": 0.5},
            "how reactive the back is today is hardly ever 10 or more",
        ),
        ({"modifier": "session_done"}, "no column 'session_done'"),
        ({"modifier": "spacer_used"}, "no column 'spacer_used'"),
    ],
)
def test_what_is_no_rule_is_refused(keys: dict[str, object], reason: str) -> None:
    found = rule_value(tossed(12), asked(**keys))
    assert isinstance(found, Refusal)
    assert reason in found.reason
