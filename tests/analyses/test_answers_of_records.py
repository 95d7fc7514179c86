"""Answers on steps, screening, falls and moments: every number has a row, and no word says more than the design carries."""

from __future__ import annotations

import json

import pytest

from lowback.disclosure import disclosed
from lowback.every_analysis import every_analysis
from lowback.language import allowance, overstatements
from lowback.language.facts import facts_of
from lowback.language.numbers import unfounded
from lowback.result import ANSWER_MIME
from lowback.sentences import answer
from lowback.simulate import claim_scenario, simulate, simulated_study
from lowback.study import Estimand

ASKED = {
    "transitions": ("C35", {"summary": "transitions", "outcome": "care_step"}),
    "screening_rule": ("C34", {"summary": "screening rule", "outcome": "serious_pathology_found"}),
    "incidence": ("C27", {"summary": "incidence", "outcome": "groin_pain_reported", "exposure": "fell"}),
    "slope_by_moment": (
        "C06",
        {
            "summary": "slope",
            "outcome": "pain_nrs",
            "exposure": "pelvic_tilt_deg",
            "per": 5,
            "modifier": "sensitised_nrs",
        },
    ),
}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("smallest", [0, 10])
def test_an_answer_holds_no_number_without_a_row_and_no_word_too_many(name: str, smallest: int) -> None:
    claim, keys = ASKED[name]
    scenario = claim_scenario(claim, "trap")
    estimand = Estimand.model_validate({"name": "asked", "smallest_worthwhile": 0.1, **keys})
    study = simulated_study(scenario).model_copy(update={"estimands": (estimand,)})
    cohort = simulate(scenario, 80, 5, 14 if name == "slope_by_moment" else 1).cohort()
    result = disclosed(every_analysis()[name](cohort, study), smallest)
    shown = answer(result).media[ANSWER_MIME]
    said = json.loads(shown) if isinstance(shown, str) else shown
    for text in (said["answer"], said["basis"]):
        assert text
        assert unfounded(text, facts_of([result], study)) == []
        assert overstatements(text, allowance(study)) == []
