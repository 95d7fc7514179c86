"""A plan file is refused with file, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import ARMS, BETTER, OUTCOME, PAIN, TILT, people, plan, study

from lowback.checked_yaml import ConfigurationError
from lowback.publish.request import planned_runs, read_request
from lowback.repeat.planning import planned, read_plan
from lowback.repeat.planning.designs import designs

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = [ROOT / "data" / "plan-example" / f"{name}.yml" for name in ("pain", "plan", "slope")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_plans_that_are_shipped_can_be_read(path):
    assert read_plan(path).study.title.startswith("Does hip-flexor stretching")


def test_the_request_that_reports_them_can_be_read():
    runs = planned_runs(read_request(ROOT / "reports" / "plan.yml"), None)
    assert [Path(str(one.parameters["plan_file"])).stem for one in runs] == ["plan", "pain", "slope"]


def test_the_first_estimand_is_planned_for_unless_another_is_named():
    trial = study(PAIN, BETTER | {"name": "responders"})
    assert plan(trial).estimand.summary == "mean difference"
    assert plan(trial, estimand="responders").analysis == "responders"


def test_covariates_and_rules_are_set_aside_and_named():
    rule = {"variable": "consent", "equals": True, "reason": "no consent"}
    found = plan(study(covariates=["age_years"], eligibility=[rule]))
    assert found.set_aside == ("age_years", "consent")
    assert found.study.covariates == ()


def test_the_studys_own_visits_are_used_where_there_are_as_many():
    trial = study(weeks=[0, 2, 12, 26])
    found = designs(plan(trial, grid={"participants": [10], "visits": [2, 3]}))
    assert [one.layout.weeks for one in found] == [(0, 12), (0, 2, 12)]


def test_arms_may_be_of_unequal_size():
    found = plan(allocation={ARMS[1]: 2}, grid={"participants": [90, 91]})
    assert [one.layout.people for one in designs(found)] == [(30, 60), (30, 61)]
    assert (
        "in this proportion: usual care 1, stretching, with <b>hands</b> 2"
        in planned(found, replicates=20).method
    )
    three = plan(
        study(PAIN, arms=["a", "b", "c"], control_arm="a"), allocation={"a": 2}, grid={"participants": [80]}
    )
    assert designs(three)[0].layout.people == (40, 20, 20)


@pytest.mark.parametrize(
    ("allocation", "says"),
    [
        ({"usual": 2}, "allocation: no arm 'usual'; allowed: 'usual care'"),
        ({ARMS[1]: 40}, "arms of 2, 98 by the allocation; allowed 3 or more in each"),
        ({ARMS[1]: 0}, "greater than 0"),
    ],
)
def test_an_allocation_that_cannot_be_is_refused(allocation, says):
    with pytest.raises(ConfigurationError) as refused:
        plan(allocation=allocation)
    assert says in str(refused.value)


def test_costs_by_hand():
    # 10 people of whom 20 % are gone at the end: 18 visits. 100 + 2 x 7 + 10 x 5 + 18 (3 + 2 x 2 x 0.5).
    costs = {"study": 100, "rater": 7, "participant": 5, "visit": 3, "reading": 0.5}
    grid = {"participants": [10], "raters": [2], "readings": [2]}
    [found] = designs(plan(assumed={"dropout": {12: 0.2}}, costs=costs, grid=grid))
    assert found.cost == pytest.approx(100 + 14 + 50 + 18 * 5)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"grid": {"participants": [100], "rater": [1]}}, "unknown key 'grid.rater'; .*did you mean 'raters'"),
        ({"grid": {"participants": [100, 80]}}, r"\[100, 80\]: each once and in order"),
        ({"grid": {"participants": [5]}}, r"grid\.participants = 5: allowed 6 or more for 2 arms"),
        ({"grid": {"participants": [100], "visits": [1]}}, r"grid\.visits = 1: allowed 2 or more"),
        ({"grid": {"participants": list(range(10, 500))}}, "490 designs; allowed up to 400"),
        ({"analysis": "anova"}, "analysis = 'anova'.*did you mean 'ancova'"),
        ({"estimand": "pain at week 13"}, "no estimand 'pain at week 13'.*did you mean 'pain at week 12'"),
        ({"target": {"power": 0.8, "width": 1}}, r"exactly one of power, assurance, width; given: \['power', 'width'\]"),
        ({"target": {"power": 80}}, r"target\.power = 80"),
        ({"target": {"assurance": 0.8}}, r"target\.assurance needs assumptions\.effect\.prior_sd"),
        ({"success": "equivalence"}, "success = 'equivalence' needs a margin"),
        ({"assumed": {"effect": 0}}, "there is nothing to find; plan for 'equivalence'"),
        ({"assumed": {"effect": "-1"}}, "assumptions.effect"),
        ({"assumed": {"effect": True}}, "assumptions.effect"),
        ({"assumed": {"outcome": {**OUTCOME, "reliability": 0.4}}}, "correlation = 0.5: readings of two visits cannot correlate more"),
        ({"assumed": {"dropout": {4: 0.2, 12: 0.1}}}, "whoever is gone stays gone"),
        ({"assumed": {"dropout": {12: 1}}}, "nobody would be left"),
        ({"assumed": {"exposure": OUTCOME}}, "assumptions.exposure has no meaning for a mean difference"),
        ({"assumed": {"scale": {"low": 10, "high": 0}}}, "low must lie below high"),
        ({"assumed": {"adherence": 1.2}}, "assumptions.adherence = 1.2"),
        ({"last_week": 8}, "last_week = 8: the estimand is at week 12"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(keys, says):
    with pytest.raises(ConfigurationError, match=f"(?s){says}"):
        plan(**keys)


def test_a_plan_that_does_not_fit_its_study_is_refused():
    with pytest.raises(ConfigurationError, match="assumptions.exposure is missing"):
        plan(people())
    with pytest.raises(ConfigurationError, match="a slope is not inferior to anything"):
        plan(people(), success="non-inferiority", margin=1, assumed={"exposure": OUTCOME})
    with pytest.raises(ConfigurationError, match="last_week is missing"):
        plan(
            study({**TILT}, design="cohort", arms=[], control_arm=None, weeks=[]),
            assumed={"exposure": OUTCOME},
        )
    with pytest.raises(ConfigurationError, match="'mooed' is not in the data dictionary"):
        plan(study({**PAIN, "outcome": "mooed"}))
    with pytest.raises(ConfigurationError, match="strategy 'composite' for 'surgery'"):
        plan(study({**PAIN, "intercurrent_events": {"surgery": "composite"}}))
    with pytest.raises(ConfigurationError, match="compares no arms"):
        plan(study(PAIN, design="single arm", arms=ARMS[:1], control_arm=None))


def test_a_file_is_named_in_its_refusal(tmp_path):
    (tmp_path / "study.yml").write_text(
        (EXAMPLES[0].parent / "study.yml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    file = tmp_path / "plan.yml"
    file.write_text(
        EXAMPLES[0].read_text(encoding="utf-8").replace("estimand: back", "estimand: bake"), encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=r"plan\.yml: no estimand 'bake pain at week 12'"):
        read_plan(file)
    with pytest.raises(ConfigurationError, match="no such file"):
        read_plan(tmp_path / "none.yml")
