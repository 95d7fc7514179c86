"""Whatever cohort is brought, the three analyses of effects answer with finite numbers or refuse in a sentence."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.analyses.ancova import ancova
from lowback.analyses.mixed import mixed
from lowback.analyses.responders import responders
from lowback.cohort import Cohort
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.study import Study

ARMS = ['usual, "care"', "<script>", "Dehnung ü"]


def trial(seed: int) -> tuple[Cohort, Study]:
    """A few people, some without an arm, a visit, a score or a covariate, and a study that may ask too much."""
    rng = np.random.default_rng(seed)
    people, gap = int(rng.integers(3, 40)), float(rng.choice([0, 0.05, 0.4]))
    weeks = [0.0, *rng.choice([0.5, 4.0, 12.0, 52.0], int(rng.integers(1, 3)), replace=False)]
    arms = ARMS[: int(rng.integers(2, 4))]
    scores = [np.arange(11.0), np.array([0.0, 1, 9, 10]), np.array([5.0])][
        int(rng.choice(3, p=[0.6, 0.3, 0.1]))
    ]
    frame = pd.DataFrame(
        {
            "participant_id": [f"{n:03d}" for n in range(people)],
            "arm": rng.choice(np.array(arms, dtype=object), people),
            "age_years": rng.choice([20.0, 40, 60], people),
            "sex": rng.choice(np.array(["female", "male"], dtype=object), people),
        }
    )
    for column in ("arm", "age_years", "sex"):
        frame[column] = frame[column].mask(rng.random(people) < gap / 2)
    visits = frame[["participant_id"]].merge(pd.DataFrame({"weeks": weeks}), how="cross")
    visits["pain_nrs"] = pd.Series(rng.choice(scores, len(visits))).mask(rng.random(len(visits)) < gap / 2)
    visits = visits[rng.random(len(visits)) >= gap]
    cohort = Cohort("any", participants=frame, visits=None if visits.empty else visits)
    asked = {"outcome": "pain_nrs", "week": weeks[-1], "compared_with": [None, ARMS[1]][int(rng.integers(2))]}
    rules = [{"fall_percent": 30}, {"at_most": 1}, {"minimal_important_change": True}]
    study = {
        "title": "any",
        "design": str(rng.choice(["randomised trial", "cohort"])),
        "arms": arms,
        "control_arm": ARMS[0],
        "covariates": [[], ["age_years"], ["age_years", "sex", "pain_nrs"]][int(rng.integers(3))],
        "estimands": [
            {"name": "mean", "summary": "mean difference", **asked},
            {
                "name": "risk",
                "summary": "risk difference",
                "responders": rules,
                "missing_outcome": str(rng.choice(["missing", "not responded"])),
                **asked,
            },
        ],
    }
    return cohort, Study.model_validate(study)


@settings(max_examples=40)
@given(st.integers(0, 1_000_000))
def test_answers_or_refuses(seed: int) -> None:
    for analysis in (ancova, mixed, responders):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = analysis(*trial(seed))
        if isinstance(result, Refusal):
            assert len(result.reason) > 10
            assert result.needs
            continue
        assert isinstance(result, Result)
        assert result.keys is not None
        returned = from_payload(to_payload(result))
        assert isinstance(returned, Result)
        pd.testing.assert_frame_equal(returned.estimates, result.estimates)
        differences = result.estimates[result.keys["statistic"].isin(["difference", "risk difference"])]
        assert not differences.empty
        assert np.isfinite(differences[["estimate", "std_error", "conf_low", "conf_high"]]).all(axis=None)


@pytest.mark.parametrize("analysis", [ancova, mixed, responders])
def test_a_cohort_without_participants_or_visits_is_refused(analysis: object) -> None:
    people = pd.DataFrame({"participant_id": ["007"], "arm": [ARMS[0]]})
    visits = pd.DataFrame({"participant_id": ["007"], "weeks": [0], "pain_nrs": [5.0]})
    estimand = {"outcome": "pain_nrs", "week": 12}
    study = Study.model_validate(
        {
            "title": "any",
            "design": "randomised trial",
            "arms": ARMS,
            "control_arm": ARMS[0],
            "estimands": [
                {"name": "mean", "summary": "mean difference", **estimand},
                {"name": "risk", "summary": "risk difference", "responders": [{"at_most": 1}], **estimand},
            ],
        }
    )
    for cohort in (Cohort("people", participants=people), Cohort("visits", visits=visits)):
        assert isinstance(analysis(cohort, study), Refusal)  # type: ignore[operator]
