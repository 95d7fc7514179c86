"""A small trial whose every count can be read off by eye."""

from __future__ import annotations

import pandas as pd

from lowback.cohort import Cohort
from lowback.study import Study

STRETCH = "stretch, <b>20 s</b>"


def trial() -> Cohort:
    """Nine people: one pregnant, one without an arm, four stretching (one withdrew, one did not answer), three in usual care."""
    participants = pd.DataFrame(
        {
            "participant_id": [f"00{number}" for number in range(1, 10)],
            "arm": [
                STRETCH,
                STRETCH,
                STRETCH,
                STRETCH,
                "usual care",
                "usual care",
                "usual care",
                None,
                STRETCH,
            ],
            "age_years": [30.0, 40.0, 50.0, 60.0, 35.0, 45.0, None, 70.0, 28.0],
            "sex": ["female", "male", "female", "female", "male", "male", "female", "male", "female"],
            "pregnant": [False, False, False, False, False, False, False, False, True],
            "withdrawal_reason": [None, None, "moved away", None, None, None, None, None, None],
            "withdrew_week": [None, None, 3.0, None, None, None, None, None, None],
        }
    )
    visits = pd.DataFrame(
        [
            ("001", 0.0, 6.0, 8.0), ("002", 0.0, 5.0, 12.0), ("003", 0.0, 7.0, 10.0), ("004", 0.0, 6.0, 14.0),
            ("005", 0.0, 5.0, 9.0), ("006", 0.0, 7.0, 11.0), ("007", 0.0, 6.0, None), ("008", 0.0, 9.0, 5.0), ("009", 0.0, 4.0, 6.0),
            ("001", 6.0, 2.0, 7.0), ("002", 6.0, 4.0, None), ("004", 6.0, None, None), ("005", 6.0, 5.0, None), ("006", 6.0, 4.0, None),
        ],
        columns=["participant_id", "weeks", "pain_nrs", "pelvic_tilt_deg"],
    )  # fmt: skip
    return Cohort(
        "trial",
        participants,
        visits,
        set_aside=pd.DataFrame({"reason": ["no participant"], "participants": [0], "rows": [3]}),
        missing_reasons=pd.DataFrame(
            {
                "table": ["visits"],
                "participant_id": ["004"],
                "variable": ["pain_nrs"],
                "reason": ["did not answer"],
                "moment": [6.0],
            }
        ),
    )


def study() -> Study:
    """Two arms, two visits, one rule."""
    return Study.model_validate(
        {
            "title": "a small trial",
            "design": "randomised trial",
            "weeks": [0, 6],
            "arms": [STRETCH, "usual care"],
            "control_arm": "usual care",
            "eligibility": [{"variable": "pregnant", "equals": False, "reason": "pregnant"}],
            "estimands": [{"name": "pain", "summary": "mean difference", "outcome": "pain_nrs", "week": 6}],
        }
    )


def plain_study() -> Study:
    """A study that declares neither arms nor visits nor rules."""
    slope = {"name": "s", "summary": "slope", "outcome": "pain_nrs", "exposure": "pelvic_tilt_deg", "per": 5}
    return Study.model_validate({"title": "plain", "design": "cohort", "estimands": [slope]})
