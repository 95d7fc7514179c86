"""Plans made of keys, as a plan file would give them, for the tests of planning."""

from __future__ import annotations

from typing import Any

from lowback.checked_yaml import checked
from lowback.repeat.planning import Plan, Planning, planning_of
from lowback.study import Study

ARMS = ["usual care", "stretching, with <b>hands</b>"]
PAIN = {"name": "pain at week 12", "summary": "mean difference", "outcome": "pain_nrs", "week": 12}
BETTER = {**PAIN, "summary": "risk difference", "responders": [{"at_most": 3}]}
TILT = {
    "name": "pain and tilt",
    "summary": "slope",
    "outcome": "pain_nrs",
    "exposure": "pelvic_tilt_deg",
    "per": 5,
}
OUTCOME = {"mean": 6, "sd": 2, "correlation": 0.5}


def study(*estimands: dict[str, Any], **more: Any) -> Study:
    """A trial of two arms, or what else is said."""
    given = {
        "title": "T",
        "design": "randomised trial",
        "weeks": [0, 12],
        "arms": ARMS,
        "control_arm": ARMS[0],
        **more,
    }
    return checked({**given, "estimands": list(estimands or (PAIN,))}, Study, "study")


def people(**more: Any) -> Study:
    """A study of people without arms."""
    return study(TILT, design="cohort", arms=[], control_arm=None, **more)


def plan(of: Study | None = None, *, assumed: dict[str, Any] | None = None, **more: Any) -> Planning:
    """A plan for the study with these keys beside those that every plan needs."""
    assumptions = {"outcome": OUTCOME, "effect": -1, **(assumed or {})}
    keys = {
        "title": "P",
        "study": "study.yml",
        "assumptions": assumptions,
        "grid": {"participants": [100]},
        **more,
    }
    return planning_of(checked(keys, Plan, "plan"), of or study())
