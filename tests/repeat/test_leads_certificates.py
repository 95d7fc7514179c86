"""The analysis of onsets in simulated worlds: right where the back follows the hip and where it does not, wrong ones found out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lowback.analyses.onsets import onsets
from lowback.certificate import Certified
from lowback.cohort import Cohort
from lowback.repeat import certify, scenario_truths
from lowback.repeat.certify import certify_scenario
from lowback.repeat.trying import Analysis
from lowback.result import Refusal, Result
from lowback.simulate import around_onsets, at_moments
from lowback.study import Study, read_study

WORLDS = Path(__file__).resolve().parents[2] / "data" / "mechanism-worlds"
COHORTS, PEOPLE, DAYS = 32, 100, 42


@pytest.fixture(autouse=True)
def fewer_people_behind_the_truth(monkeypatch):
    monkeypatch.setattr(around_onsets, "BLOCKS", 15)
    monkeypatch.setattr(at_moments, "BLOCKS", 2)
    monkeypatch.setattr(certify, "PROBED", PEOPLE)


def certified(world: str, **analyses: Analysis) -> dict[str, Certified]:
    asked = read_study(WORLDS / "study_leads.yml")
    found = certify_scenario(
        WORLDS / f"{world}.yml",
        PEOPLE,
        analyses,
        replicates=COHORTS,
        seed=5,
        made="2026-11-23",
        study=asked,
        days=DAYS,
    )
    return {one.analysis: one for one in found.certified}


def verdicts(part: Certified) -> dict[str, str]:
    return {one.term.removeprefix("news of back pain "): one.verdict for one in part.terms}


def backwards(cohort: Cohort, study: Study) -> Result | Refusal:
    """Onsets of the wrong series, passed off as those of the right one."""
    (asked,) = study.estimands
    turned = asked.model_copy(update={"outcome": asked.exposure, "exposure": asked.outcome})
    found = onsets(cohort, study.model_copy(update={"estimands": (turned,)}))
    if isinstance(found, Refusal):
        return found
    terms = found.estimates["term"].str.replace("pain at the front of the hip", "back pain")
    return replace(found, estimates=found.estimates.assign(term=terms))


def test_news_after_onsets_is_certified_and_onsets_of_the_wrong_series_are_not():
    parts = certified("leads", onsets=onsets, backwards=backwards)
    assert verdicts(parts["onsets"])["on the 3 days after an onset"] != "fails"
    assert verdicts(parts["backwards"])["on the 3 days after an onset"] == "fails"


def test_unrelated_series_are_told_apart_and_a_wrong_truth_makes_the_right_analysis_fail(monkeypatch):
    assert certified("no_lead", onsets=onsets)["onsets"].verdict != "fails"
    right = scenario_truths.OF_SUMMARY["lead"]
    planted = {
        **scenario_truths.OF_SUMMARY,
        "lead": lambda *of: {said: value + 0.1 for said, value in right(*of).items()},
    }
    monkeypatch.setattr(scenario_truths, "OF_SUMMARY", planted)
    assert certified("no_lead", onsets=onsets)["onsets"].verdict == "fails"
