"""Equivalence of arms: by hand, against R's lm with one-sided t tests, and how often it is claimed wrongly."""

from __future__ import annotations

import pandas as pd
import pytest
from scipy import stats
from trials import REFERENCE, cohort, effects_study, effects_trial, estimates, refusal, simulated, study

from lowback.analyses.equivalence import equivalence
from lowback.cohort import Cohort
from lowback.result import Result
from lowback.sentences import answer
from lowback.study import Study

BOTH = "stretching vs usual care"


def with_margin(margin: float, **changes: object) -> Study:
    return study(estimand={"smallest_worthwhile": margin}, **changes)


def four_a_cell(difference: float) -> Cohort:
    """Two arms of four people, all with baseline 5 and follow-up scores 0.1 around 4 and 4 + difference."""
    arms = {"usual care": 4.0, "stretching": 4.0 + difference}
    return cohort({f"{arm[:2]}{n}": (arm, [5.0, mean + (0.1 if n % 2 else -0.1)])
                   for arm, mean in arms.items() for n in range(4)})  # fmt: skip


def verdicts(found: object) -> list[str]:
    assert isinstance(found, Result)
    assert found.keys is not None
    return found.keys.loc[found.keys["statistic"] == "difference", "verdict"].tolist()


def test_the_tests_by_hand():
    # Variance in each arm 4 * 0.01 / 3, so the standard error is sqrt(2 * 0.04 / 3 / 4) with 6 degrees of freedom.
    found = estimates(equivalence(four_a_cell(0.5), with_margin(0.6)))
    error = (2 * 0.04 / 3 / 4) ** 0.5
    assert found.loc[BOTH, "estimate"] == pytest.approx(0.5)
    assert found.loc[BOTH, ["std_error", "df"]].tolist() == pytest.approx([error, 6])
    below = stats.t.cdf((0.5 - 0.6) / error, 6)
    assert found.loc[f"{BOTH}: equivalence within ±0.6 NRS points", "p_value"] == pytest.approx(below)
    assert found.loc[f"{BOTH}: non-inferiority, margin 0.6 NRS points", "p_value"] == pytest.approx(below)
    # 1.943 is the 95th percentile of Student's t with 6 degrees of freedom, from printed tables.
    for side, sign in (("lower", -1), ("upper", 1)):
        bound = found.loc[f"{BOTH}: {side} bound of the 90 % interval", "estimate"]
        assert bound == pytest.approx(0.5 + sign * 1.943 * error, abs=1e-4)


def test_agrees_with_r():
    declared = effects_study(estimand={"smallest_worthwhile": 1.5})
    asked = declared.model_copy(update={"weeks": (0.0, 12.0), "covariates": ()})
    found = estimates(equivalence(effects_trial(), asked))
    for row in pd.read_csv(REFERENCE / "equivalence.csv").itertuples():
        term = f"{row.arm} vs usual care"
        expected = [row.estimate, row.std_error, row.df]
        assert found.loc[term, ["estimate", "std_error", "df"]].tolist() == pytest.approx(expected, rel=1e-6)
        bounds = found.loc[[f"{term}: {side} bound of the 90 % interval" for side in ("lower", "upper")]]
        assert bounds["estimate"].tolist() == pytest.approx([row.low_90, row.high_90], rel=1e-6)
        tests = found.loc[[f"{term}: equivalence within ±1.5 NRS points", f"{term}: non-inferiority, margin 1.5 NRS points"]]  # fmt: skip
        assert tests["p_value"].tolist() == pytest.approx(
            [row.p_equivalence, row.p_non_inferiority], rel=1e-5
        )


def test_equivalence_is_claimed_wrongly_in_one_trial_of_twenty():
    # The true difference is the margin; 5 % of 400 trials, +- 2.6 standard errors.
    claimed = [
        verdicts(equivalence(simulated(seed, effect=-1.2), with_margin(1.2))) == ["equivalent"]
        for seed in range(400)
    ]
    assert 9 <= sum(claimed) <= 31


@pytest.mark.parametrize(
    ("difference", "margin", "expected"),
    [(0.0, 1.0, "equivalent"), (-2.0, 1.0, "not inferior"), (2.0, 1.0, "inferior"), (0.5, 0.5, "not shown")],
)
def test_each_verdict_in_words(difference, margin, expected):
    found = equivalence(four_a_cell(difference), with_margin(margin))
    assert verdicts(found) == [expected]
    said = answer(found).media["text/plain"]
    assert ("no effect that matters on back pain" in said) == (expected == "equivalent")
    assert ("is not ruled out" in said) == (expected in ("not inferior", "not shown"))
    assert ("with stretching was worse by more than 1 NRS points" in said) == (expected == "inferior")


def test_a_wide_interval_around_zero_is_no_absence_of_an_effect():
    trial = cohort({f"{arm}{n}": (arm, [5.0, 1.0 + 8 * (n % 2)])
                    for arm in ("usual care", "stretching") for n in range(4)})  # fmt: skip
    found = equivalence(trial, with_margin(1.0))
    assert estimates(found).loc[BOTH, "p_value"] == pytest.approx(1.0)
    assert verdicts(found) == ["not shown"]
    assert "no effect" not in answer(found).media["text/plain"]


def test_a_cohort_is_given_no_causal_words():
    estimand = {"smallest_worthwhile": 1.0, "population": "all participants"}
    said = answer(equivalence(four_a_cell(0.0), study(design="cohort", estimand=estimand))).media[
        "text/plain"
    ]
    assert "went with no difference that matters in back pain" in said
    assert "no effect" not in said


def test_a_study_without_a_margin_is_refused():
    refused = refusal(equivalence(four_a_cell(0.0), study()))
    assert "does not say which difference would be the smallest that matters" in refused.reason
    assert refused.needs == (
        "the smallest worthwhile difference in NRS points, declared before the data are looked at (in the study file, `smallest_worthwhile`)",
    )


def test_a_single_arm_has_nothing_to_be_equivalent_to():
    asked = study(design="single arm", arms=["stretching"], control_arm=None,
                  estimand={"smallest_worthwhile": 1.0, "population": "all participants"})  # fmt: skip
    assert "without a comparator" in refusal(equivalence(four_a_cell(0.0), asked)).reason


def test_scores_without_any_spread_are_refused():
    trial = cohort({f"{arm}{n}": (arm, [5.0, 4.0]) for arm in ("usual care", "stretching") for n in range(4)})
    assert "cannot be fitted" in refusal(equivalence(trial, with_margin(1.0))).reason
