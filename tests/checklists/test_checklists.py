"""Which lists a study calls for, how their items come to be known, and that a number in them is one of the report's.

The numbers of items are those of the published lists: CONSORT 2025 has 30, STROBE 22, an estimand five attributes. AGReMA has 25 items by the
abstract of Lee et al. 2021; which number each has, no source at hand says, so that ours have names.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from lowback.analyses.ancova import ancova
from lowback.analyses.mmrm import mmrm
from lowback.analyses.responders import responders
from lowback.checked_yaml import ConfigurationError
from lowback.checklists import Facts, called_for, checklists, filled, refuse_unknown, table
from lowback.checklists.filling import COLUMNS, FILLERS
from lowback.describe import flow, missingness, table_one
from lowback.intake import read_cohort
from lowback.language.facts import facts_of
from lowback.language.numbers import unfounded
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Study, read_study

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example"
SLOPE = {"name": "tilt", "summary": "slope", "outcome": "pain_nrs", "exposure": "pelvic_tilt_deg", "per": 5}
MEDIATED = {
    "name": "path",
    "summary": "mediated effect",
    "outcome": "pain_nrs",
    "week": 12,
    "mediators": ["hip_extension_deg"],
}


@cache
def example(*, shows_numbers: bool = True) -> Facts:
    """The example trial's own results."""
    cohort, study = read_cohort(EXAMPLE / "mapping.yml"), read_study(EXAMPLE / "study.yml")
    analyses = (flow, table_one, missingness, ancova, mmrm, responders)
    results = tuple(one(cohort, study) for one in analyses)
    places = {(one.analysis, one.estimand): "effect" for one in results}
    return Facts(("Hips and backs",), study, results, places, answered=3, shows_numbers=shows_numbers)


def study(design: str, *estimands: dict[str, object], **more: object) -> Facts:
    weeks = [0] if design == "cross-sectional" else [0, 12]
    content = {"title": "A study", "design": design, "weeks": weeks, "estimands": list(estimands), **more}
    return Facts(("A study",), Study.model_validate(content), ())


def item(facts: Facts, name: str, number: str, answers: dict[str, dict[str, str]] | None = None) -> object:
    lists = {one.short: one for one in filled(facts, answers or {})}
    return next(one for one in lists[name].items if one.item == number)


@pytest.mark.parametrize(
    ("name", "count"), [("consort", 30), ("strobe", 22), ("ich-e9-r1", 5), ("agrema", 25), ("immpact", 14)]
)
def test_each_list_has_all_its_items(name, count):
    numbers = {re.match(r"\d+|.*", one).group() for one in checklists()[name].items}
    assert len(numbers) == count
    assert len(checklists()[name].items) == sum(len(part.items) for part in checklists()[name].sections)


def test_no_item_of_agrema_claims_a_number_that_was_not_checked():
    assert [one for one in checklists()["agrema"].items if re.search(r"\d", one)] == []
    refuse_unknown({"agrema": {"registration": "NCT01234567"}}, "request.yml")


def test_every_rule_named_in_a_list_exists_and_every_rule_is_used():
    named = {one.by for each in checklists().values() for _, one in each.items.values() if one.by}
    assert named == set(FILLERS)


def test_a_randomised_trial_on_pain_calls_for_consort_its_estimands_and_immpact():
    assert called_for(example()) == ("consort", "ich-e9-r1", "immpact")


@pytest.mark.parametrize("design", ["cohort", "cross-sectional", "single arm"])
def test_other_designs_call_for_strobe(design):
    assert called_for(study(design, SLOPE)) == ("strobe",)


def test_a_mediated_effect_calls_for_agrema_too():
    arms = {"arms": ["a", "b"], "control_arm": "a"}
    assert called_for(study("cohort", MEDIATED, **arms)) == ("strobe", "agrema")


def test_a_trial_without_pain_or_arms_calls_for_less():
    facts = study("randomised trial", {**SLOPE, "outcome": "lordosis_deg"}, arms=["a", "b"], control_arm="a")
    assert called_for(facts) == ("consort",)


def test_a_plan_reports_nothing_yet():
    facts = study("randomised trial", SLOPE, arms=["a", "b"], control_arm="a")
    plan = Refusal("planning", "tilt", "How many?", "no answer")
    assert called_for(Facts(facts.titles, facts.study, (plan,))) == ()


def test_every_number_filled_in_is_a_row_or_declared():
    facts = example()
    known = facts_of(facts.results, facts.study)
    strange = {
        one.item: unfounded(one.value, known)
        for each in filled(facts, {})
        for one in each.items
        if unfounded(one.value, known)
    }
    assert strange == {}


def test_the_first_estimate_is_that_of_the_first_analysis():
    [result] = [one for one in example().results if isinstance(one, Result) and one.analysis == "ancova"]
    row = result.estimates.iloc[0]
    said = item(example(), "consort", "26").value
    assert f"{row['term']}: −{-row['estimate']:.2f} NRS points" in said
    assert f"{row['n_participants']} people" in said


def test_what_nobody_knows_is_open_and_an_answer_closes_it():
    assert (item(example(), "consort", "2").status, item(example(), "consort", "2").value) == ("open", "")
    answered = item(example(), "consort", "2", {"consort": {"2": "NCT01234567, 3 May 2026"}})
    assert (answered.status, answered.value) == ("answered", "NCT01234567, 3 May 2026")


def test_an_answer_stands_in_for_a_check_that_fails_and_beside_what_is_filled():
    assert item(example(), "consort", "1a").status == "fails"
    answers = {"consort": {"1a": "The paper's title does.", "12a": "From four clinics."}}
    assert item(example(), "consort", "1a", answers).status == "answered"
    eligible = item(example(), "consort", "12a", answers)
    assert eligible.status == "filled"
    assert eligible.value.endswith(". From four clinics.")


def test_an_estimand_that_is_silent_on_later_events_fails_the_check():
    difference = {"name": "pain", "summary": "mean difference", "outcome": "pain_nrs", "week": 12}
    facts = study("randomised trial", difference, arms=["a", "b"], control_arm="a")
    found = item(facts, "ich-e9-r1", "intercurrent events")
    assert (found.status, found.value) == ("fails", "nothing is laid down for pain")
    assert item(example(), "ich-e9-r1", "intercurrent events").status == "passes"


def test_the_attributes_of_the_example_are_those_of_its_study_file():
    said = {number: item(example(), "ich-e9-r1", number).value for number in checklists()["ich-e9-r1"].items}
    assert said["treatment"] == "hip-flexor stretching, strengthening, both with usual care"
    assert said["intercurrent events"] == "stopped the programme: treatment policy"
    assert said["summary"] == "back pain at week 12: mean difference; responders at week 12: risk difference"


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"consert": {"2": "x"}}, "no list 'consert'; allowed: 'consort', 'strobe', 'ich-e9-r1', 'immpact', 'agrema' (did you mean 'consort'?)"),
        ({"consort": {"22": "x"}}, "consort: no item '22'"),
        ({"ich-e9-r1": {"treatmnt": "x"}}, "(did you mean 'treatment'?)"),
    ],
)  # fmt: skip
def test_an_answer_to_nothing_is_refused_with_the_nearest(answers, refusal):
    with pytest.raises(ConfigurationError, match=re.escape(refusal)):
        refuse_unknown(answers, "request.yml")


def test_a_result_with_keys_of_its_own_kind_breaks_no_list():
    row = {"term": "a", "estimate": 1.0, "unit": "participants", "n_participants": 9}
    keys = pd.DataFrame(
        {
            "variable": [3],
            "statistic": ["mean"],
            "arm": ["<b>"],
            "weeks": ["soon"],
            "reason": [None],
            "stage": [7],
        }
    )
    results = tuple(
        Result(one, "tilt", "?", estimates_frame([row]), "A method.", keys=keys)
        for one in ("flow", "table_one", "missingness", "outcome_means", "within_between", "attendance")
    )
    facts = study("cohort", SLOPE)
    lists = filled(Facts(facts.titles, facts.study, results), {})
    assert {one.status for one in lists[0].items} == {"filled", "passes", "fails", "open"}


def test_the_public_is_told_where_a_number_stands_and_not_what_it_is():
    found = item(example(shows_numbers=False), "consort", "22a")
    assert found.value == "the numbers stand there"
    for each in filled(example(shows_numbers=False), {}):
        assert not any("95 % CI" in one.value for one in each.items)


def test_the_table_has_a_row_for_each_item_with_its_source():
    lists = filled(example(), {})
    rows = table(lists)
    assert tuple(rows.columns) == COLUMNS
    assert len(rows) == sum(len(one.items) for one in lists)
    assert set(rows["source"]) == {one.checklist.doi for one in lists}
    assert sum(sum(one.counts.values()) for one in lists) == len(rows)


def test_a_study_file_may_answer_and_no_certificate_hangs_on_it():
    facts = study("cohort", SLOPE, checklist={"strobe": {22: "Nobody paid."}})
    assert facts.study.checklist == {"strobe": {"22": "Nobody paid."}}
    assert "checklist" not in facts.study.model_dump()


def test_a_measure_of_the_cohort_s_own_goes_by_the_label_that_its_results_carry():
    rows = [{"term": "all", "estimate": 1.0, "unit": "degrees", "n_participants": 5}]
    keys = pd.DataFrame({"variable": ["flexion_deg"], "variable_label": ["hip flexion, right"]})
    described = Result("table_one", "", "Who?", estimates_frame(rows), "Counts.", keys=keys)
    asked = {"name": "flexion", "summary": "mean difference", "outcome": "flexion_deg", "week": 12}
    facts = study("randomised trial", asked, arms=["a", "b"], control_arm="a")
    known = replace(facts, results=(described,))
    assert known.labelled(["flexion_deg", "pain_nrs"]) == "hip flexion (right), back pain"
    assert facts.labelled(["flexion_deg"]) == "flexion_deg"
