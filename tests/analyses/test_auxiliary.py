"""What may tell who leaves, read beside the outcome: by hand, against nlme, against a known truth, and refused where it is not read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trials import REFERENCE, estimates, refusal, study

from lowback.analyses.ancova import ancova
from lowback.analyses.clda import clda
from lowback.analyses.equivalence import equivalence
from lowback.analyses.mixed import mixed
from lowback.analyses.mmrm import mmrm
from lowback.analyses.slopes import slopes
from lowback.cohort import Cohort
from lowback.result import Result
from lowback.simulate.alike import alike_trial
from lowback.simulate.alike.unlike import NotAlikeError
from lowback.study import Study

PAIR = "stretching vs usual care"
READERS = pytest.mark.parametrize("analysis", [mmrm, clda])
ASKED = study(weeks=[0, 6, 12], estimand={"auxiliary": ["adherence"]})
ALONE = study(weeks=[0, 6, 12])


def wide_cohort(wide: pd.DataFrame, covariates: tuple[str, ...] = ()) -> Cohort:
    """People with pain in w0, w6 and w12 and adherence, recorded at week 6, as a cohort."""
    parts = []
    for week in (0.0, 6.0, 12.0):
        adherence = wide["adherence"] if week == 6 else np.nan
        parts.append(
            pd.DataFrame(
                {
                    "participant_id": wide["participant_id"],
                    "weeks": week,
                    "pain_nrs": wide[f"w{week:g}"],
                    "adherence": adherence,
                }
            )
        )
    return Cohort(
        "wide",
        participants=wide[["participant_id", "arm", *covariates]],
        visits=pd.concat(parts, ignore_index=True),
    )


def leaving_trial(seed: int, people: int = 160) -> Cohort:
    """Nothing works; those who do little of the programme get better less, and leave after week 6."""
    rng = np.random.default_rng(seed)
    treated = np.arange(people) % 2 == 1
    own, keeps = rng.normal(0, 0.5, people), rng.normal(0, 1, people)
    pain = {week: 5 + own - 0.6 * keeps * week / 12 + rng.normal(0, 0.4, people) for week in (0, 6, 12)}
    leaves = treated & (rng.random(people) < 1 / (1 + np.exp(2.5 * keeps)))
    wide = pd.DataFrame(
        {
            "participant_id": [f"P{number:03d}" for number in range(people)],
            "arm": np.where(treated, "stretching", "usual care"),
            "w0": pain[0],
            "w6": pain[6],
            "w12": np.where(leaves, np.nan, pain[12]),
            "adherence": np.where(treated, np.clip(0.5 + 0.12 * keeps, 0, 1), np.nan),
        }
    )
    return wide_cohort(wide)


def test_by_hand_the_mean_of_all_is_foretold_from_those_who_stayed():
    """Anderson 1957, J Am Stat Assoc 52:200-203: mean of those who stayed + slopes x (mean of all - mean of those who stayed)."""
    rng = np.random.default_rng(5)
    n = 40
    arm = np.repeat(["usual care", "stretching"], n // 2)
    keeps = rng.normal(0.5, 0.15, n)
    wide = pd.DataFrame(
        {
            "participant_id": [f"P{at:02d}" for at in range(n)],
            "arm": arm,
            "w0": 5.0,
            "w6": rng.normal(5, 1, n),
        }
    )
    wide["adherence"] = np.clip(keeps, 0, 1)
    wide["w12"] = 0.5 * wide["w6"] - 4 * wide["adherence"] + rng.normal(4, 0.5, n)
    wide.loc[keeps < 0.4, "w12"] = np.nan

    earlier = wide[["w6", "adherence"]].to_numpy()
    stayed = wide["w12"].notna().to_numpy()
    dummies = (arm[:, None] == np.unique(arm)).astype(float)
    slope = np.linalg.lstsq(np.column_stack([earlier, dummies])[stayed], wide["w12"][stayed], rcond=None)[0][
        :2
    ]
    means = {}
    for one in np.unique(arm):
        here = arm == one
        shift = earlier[here].mean(axis=0) - earlier[here & stayed].mean(axis=0)
        means[one] = wide["w12"][here & stayed].mean() + shift @ slope
    found = estimates(mmrm(wide_cohort(wide), ASKED))
    assert found.loc[PAIR, "estimate"] == pytest.approx(means["stretching"] - means["usual care"], abs=1e-6)


@pytest.mark.parametrize(("asked", "model"), [(ASKED, "with adherence"), (ALONE, "pain alone")])
def test_agrees_with_gls_of_the_stacked_scores(asked, model):
    wide = pd.read_csv(REFERENCE / "auxiliary_data.csv")
    expected = pd.read_csv(REFERENCE / "auxiliary.csv").set_index("model").loc[model]
    with_age = asked.model_copy(update={"covariates": ("age_years",)})
    found = estimates(mmrm(wide_cohort(wide, ("age_years",)), with_age)).loc[PAIR]
    assert found["estimate"] == pytest.approx(expected["estimate"], rel=1e-5)
    # gls has no Kenward-Roger; its standard errors ignore that the covariance is estimated, and are smaller.
    assert 1.0 < found["std_error"] / expected["std_error"] < 1.04


@READERS
def test_it_finds_no_effect_where_leaving_alone_would_make_one(analysis):
    trials = [leaving_trial(seed) for seed in range(120)]
    told, untold = (
        pd.DataFrame([estimates(analysis(one, asked)).loc[PAIR] for one in trials])
        for asked in (ASKED, ALONE)
    )
    held = [int(((rows["conf_low"] <= 0) & (rows["conf_high"] >= 0)).sum()) for rows in (told, untold)]
    assert abs(told["estimate"].mean()) < 3 * told["estimate"].std() / np.sqrt(len(trials))
    assert held[0] >= 107  # 95 % of 120 are 114, with a standard error of 2.4
    assert held[1] <= 90


def test_equivalence_takes_its_difference_from_the_same_model():
    asked = study(weeks=[0, 6, 12], estimand={"auxiliary": ["adherence"], "smallest_worthwhile": 1})
    trial = leaving_trial(3)
    expected = estimates(mmrm(trial, asked)).loc[PAIR, "estimate"]
    assert estimates(equivalence(trial, asked))["estimate"].iloc[0] == pytest.approx(expected)


@settings(max_examples=15)
@given(factor=st.floats(0.01, 0.9), seed=st.integers(0, 50))
def test_the_unit_of_what_tells_changes_nothing(factor, seed):
    trial = leaving_trial(seed, people=60)
    visits = trial.visits.assign(adherence=trial.visits["adherence"] * factor)
    rescaled = Cohort("rescaled", participants=trial.participants, visits=visits)
    before, after = (estimates(mmrm(one, ASKED)).loc[PAIR] for one in (trial, rescaled))
    for number in ("estimate", "std_error", "df"):
        assert after[number] == pytest.approx(before[number], rel=1e-5)


@pytest.mark.parametrize("analysis", [ancova, mixed, slopes])
def test_analyses_that_would_not_read_it_refuse(analysis):
    found = refusal(analysis(leaving_trial(1), ASKED))
    assert "share of the prescribed sessions done may tell who leaves (auxiliary)" in found.reason
    assert "mmrm" in found.needs[0]


def test_a_column_that_is_not_there_or_tells_nothing_is_refused():
    trial = leaving_trial(1)
    without = Cohort(
        "without", participants=trial.participants, visits=trial.visits.drop(columns="adherence")
    )
    assert "no column 'adherence'" in refusal(mmrm(without, ASKED)).reason
    flat = trial.visits.assign(
        adherence=trial.visits["adherence"].where(trial.visits["adherence"].isna(), 0.5)
    )
    same = Cohort("same", participants=trial.participants, visits=flat)
    assert "varies in no arm" in refusal(mmrm(same, ASKED)).reason


def test_the_method_and_the_assumptions_name_it():
    result = mmrm(leaving_trial(1), ASKED)
    assert isinstance(result, Result)
    assert (
        "share of the prescribed sessions done at visits before the last is read beside it" in result.method
    )
    assert any("the same share of the prescribed sessions done" in one for one in result.assumptions)
    assert any("auxiliary variables" in one for one in result.sources)
    assert "80 at week 6" not in result.method
    assert "160 at week 6" in result.method


def test_only_a_mean_difference_may_declare_it():
    with pytest.raises(ValueError, match="'auxiliary' has no meaning for a risk difference"):
        study(
            estimand={
                "summary": "risk difference",
                "responders": [{"fall_points": 2}],
                "auxiliary": ["adherence"],
            }
        )
    with pytest.raises(ValueError, match="'pain_nrs' is named twice"):
        study(estimand={"auxiliary": ["pain_nrs"]})


def test_no_cohort_alike_is_drawn_for_it():
    asked: Study = ASKED
    with pytest.raises(NotAlikeError, match="adherence"):
        alike_trial(leaving_trial(1), asked, asked.estimands[0])
