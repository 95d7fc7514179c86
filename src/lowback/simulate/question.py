"""The question put to a simulated cohort: the study file of the first trial, with the arms that the scenario has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from lowback.checked_yaml import checked
from lowback.simulate.design import Design
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.study import Study

STUDY_FILE = Path(__file__).with_name("study.yml")


def simulated_study(scenario: str | Path | Scenario = "literature") -> Study:
    """The study that is written beside every cohort of a scenario."""
    return _study_of(study_text(read_scenario(scenario).design))


@cache
def _study_of(text: str) -> Study:
    return checked(yaml.safe_load(text), Study, str(STUDY_FILE))


def study_text(design: Design) -> str:
    """The study file of a cohort with this design: its arms, the first of them the comparator, and how people came into them."""
    text = STUDY_FILE.read_text(encoding="utf-8")
    if design == Design(checkins_a_day=design.checkins_a_day):
        return text
    control, *others = design.arms
    changes = {
        "title:": f"title: Does {' or '.join(others) or control} ease low back pain?",
        "arms:": f"arms: [{', '.join(design.arms)}]",
        "control_arm:": f"control_arm: {control} # what the other arms are compared with",
    }
    if design.allocation == "chosen" or not others:
        changes["design:"] = f"design: {'cohort' if others else 'single arm'}"
        text = text.replace("population: all randomised", "population: all participants")
    # Other arms are not those of two components, alone and together.
    text = "".join(one for one in text.splitlines(keepends=True) if not one.startswith("    factorial:"))
    for key, line in changes.items():
        text = "".join(f"{line}\n" if one.startswith(key) else one for one in text.splitlines(keepends=True))
    return text if others else text.replace(changes["control_arm:"] + "\n", "")
