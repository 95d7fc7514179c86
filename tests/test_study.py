from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from lowback.cohort import Cohort
from lowback.study import Study, StudyError, cohort_problems, read_study

TRIAL = {
    "title": "Does stretching help?",
    "design": "randomised trial",
    "arms": ["usual care", "stretching"],
    "control_arm": "usual care",
    "weeks": [0, 6],
    "covariates": ["age_years"],
    "estimands": [
        {"name": "pain", "summary": "mean difference", "outcome": "pain_nrs", "week": 6},
        {"name": "tilt", "summary": "slope", "outcome": "pain_nrs", "exposure": "pelvic_tilt_deg", "per": 5},
    ],
}
COHORT = Cohort(
    "clinic",
    pd.DataFrame({"participant_id": ["1", "2"], "arm": ["usual care", "stretching"], "age_years": [40.0, 50.0], "sex": ["male", "female"]}),
    pd.DataFrame({"participant_id": ["1", "2"] * 2, "weeks": [0.0, 0.0, 6.0, 6.0], "pain_nrs": [5.0] * 4, "pelvic_tilt_deg": [9.0] * 4}),
)  # fmt: skip


def trial(**changes: object) -> Study:
    return Study.model_validate({**TRIAL, **changes})


def estimand(**changes: object) -> list[dict[str, object]]:
    return [{**TRIAL["estimands"][0], **changes}]


def without_week(**changes: object) -> list[dict[str, object]]:
    return [{"name": "pain", "outcome": "pain_nrs", **changes}]


def responders(outcome: str = "pain_nrs", **definition: object) -> list[dict[str, object]]:
    return estimand(summary="risk difference", outcome=outcome, responders=[definition])


def refusal(folder: Path, **changes: object) -> str:
    path = folder / "study.yml"
    path.write_text(yaml.safe_dump({**TRIAL, **changes}), encoding="utf-8")
    with pytest.raises(ValueError, match="study.yml") as refused:
        read_study(path)
    return str(refused.value)


def test_a_study_that_fits_its_cohort_has_no_problems():
    assert cohort_problems(trial(), COHORT) == []


def test_a_part_may_lack_an_arm_a_visit_and_what_is_recorded_there_but_no_column_of_its_own():
    person = pd.DataFrame({"participant_id": ["1"], "arm": ["stretching"], "sex": ["male"]})
    early = Cohort("site", person, None)
    assert len(cohort_problems(trial(), early)) > 1
    assert cohort_problems(trial(covariates=["sex"]), early, part=True) == []
    (problem,) = cohort_problems(trial(), early, part=True)
    assert problem.startswith("no column 'age_years' in this cohort")
    assert "pain_nsr" in str(cohort_problems(trial(estimands=estimand(outcome="pain_nsr")), early, part=True))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"control_am": "usual care"}, "did you mean 'control_arm'?"),
        ({"control_arm": "usual car"}, "control_arm = 'usual car'; allowed: 'usual care', 'stretching' (did you mean 'usual care'?)"),
        ({"design": "rct"}, "design = 'rct'"),
        ({"arms": ["usual care"]}, "two arms or more"),
        ({"arms": ["usual care", "usual care"]}, "an arm is named twice"),
        ({"design": "single arm"}, "a single-arm study has one arm"),
        ({"weeks": [-2, 6]}, "weeks[0] = -2"),
        ({"estimands": []}, "estimands = []"),
        ({"estimands": estimand(week=5)}, "week 5 is not among the study's [0, 6]"),
        ({"estimands": estimand(arms=["yoga"])}, "no arm 'yoga'"),
        ({"estimands": estimand(week=None)}, "a mean difference needs the key 'week'"),
        ({"estimands": estimand(summary="slope")}, "a slope needs the key 'exposure'"),
        ({"estimands": estimand(summary="risk difference")}, "a risk difference needs the key 'responders'"),
        ({"estimands": estimand(summary="risk difference", responders=[{}])}, "give exactly one of"),
        (
            {"estimands": estimand(randomised_with=0.5)},
            "the key 'randomised_with' has no meaning for a mean difference",
        ),
        (
            {"estimands": without_week(summary="proximal effect", exposure="hip_session", randomised_with=1)},
            "randomised_with",
        ),
        (
            {"estimands": without_week(summary="value of a rule", exposure="hips_first")},
            "a value of a rule needs the key 'modifier'",
        ),
        (
            {"estimands": without_week(summary="proximal effect", exposure="hip_session", checkins_later=-1)},
            "checkins_later",
        ),
        ({"estimands": estimand(per=5)}, "the key 'per' has no meaning for a mean difference"),
        ({"estimands": estimand() * 2}, "'pain' is declared twice"),
        ({"estimands": estimand(arms=["usual care"])}, "compared with itself"),
        ({"design": "cohort", "estimands": estimand(population="all randomised")}, "'all randomised' in a design that is a cohort"),
        ({"estimands": estimand(intercurrent_events={"surgery": "ignore"})}, "'treatment policy'"),
        ({"weeks": [0, 0, 6]}, "weeks = [0, 0, 6]: each once and in order, the baseline first"),
        ({"weeks": [6, 0]}, "weeks = [6, 0]: each once and in order, the baseline first"),
        ({"weeks": [True, 6]}, "weeks[0] = True"),
        ({"design": "cross-sectional"}, "a cross-sectional study has one visit"),
        ({"control_arm": None}, "compared with what? give control_arm or compared_with"),
        ({"covariates": ["sex", "sex"]}, "a covariate is named twice"),
        ({"covariates": ["arm"]}, "'arm' is compared, so it is no covariate"),
        ({"estimands": estimand(week=0)}, "week 0 is the baseline"),
        ({"estimands": estimand(week="6")}, "week = '6'"),
        ({"estimands": estimand(arms=["stretching", "stretching"])}, "an arm is named twice"),
        ({"estimands": estimand(summary="risk difference", responders=[{"at_most": 3}] * 2)}, "a definition of responders stands twice"),
        ({"estimands": estimand(summary="risk difference", responders=[{"at_most": 3}], smallest_worthwhile=10)}, "a risk difference is a proportion"),
        ({"estimands": without_week(summary="recurrence", spells=[{"name": "a", "flag": "flare", "rise": 2}])}, "exactly one of flag, at_least, rise"),
        ({"estimands": without_week(summary="recurrence", spells=[{"name": "a", "flag": "flare"}] * 2)}, "a definition of spells stands twice"),
        ({"estimands": without_week(summary="recurrence", spells=[{"name": "a", "at_least": 3, "at_most": 4}])}, "calm at most 4 and flare at least 3 overlap"),
        ({"estimands": without_week(summary="recurrence", smallest_worthwhile=0.8)}, "a hazard ratio above 1"),
        ({"estimands": without_week(summary="threshold", exposure="hold_s")}, "a threshold needs the key 'threshold'"),
        ({"estimands": without_week(summary="change in one person", start_drawn_from=[62, 21])}, "start_drawn_from = [62.0, 21.0]: the first day, then a later one"),
        ({"estimands": without_week(summary="change in one person", start_drawn_from=[21])}, "start_drawn_from"),
        ({"estimands": without_week(summary="lead", exposure="hip_pain_nrs", rise=0)}, "rise = 0"),
        ({"estimands": estimand(rise=2)}, "the key 'rise' has no meaning for a mean difference"),
        ({"estimands": [{**TRIAL["estimands"][1], "exposure": "pain_nrs"}]}, "'pain_nrs' is both exposure and outcome"),
        ({"eligibility": [{"variable": "age_years", "reason": "age"}]}, "give 'equals', or else"),
        ({"eligibility": [{"variable": "age_years", "at_least": 65, "at_most": 18, "reason": "age"}]}, "nobody is at least 65 and at most 18"),
    ],
)  # fmt: skip
def test_a_study_that_contradicts_itself_is_refused(tmp_path, changes, named):
    assert named in refusal(tmp_path, **changes)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"weeks": [0, 6, 8]}, "no visit at week 8; this cohort has weeks [0, 6]"),
        (
            {"arms": ["usual care", "stretching", "yoga"]},
            "no arm 'yoga'; allowed: 'stretching', 'usual care'",
        ),
        ({"covariates": ["age"]}, "no column 'age' in this cohort"),
        ({"estimands": estimand(outcome="pain_vas")}, "no column 'pain_vas' in this cohort"),
        ({"estimands": estimand(outcome="sex")}, "'sex' has no unit, so it cannot be estimated"),
        (
            {"eligibility": [{"variable": "red_flag", "equals": False, "reason": "red flag"}]},
            "no column 'red_flag'",
        ),
        ({"estimands": estimand(outcome="age_years")}, "'age_years' is recorded once a person"),
        ({"estimands": estimand(outcome="weeks")}, "'weeks' is the time since baseline"),
        ({"covariates": ["participant_id"]}, "'participant_id' is no covariate: it names people"),
        ({"covariates": ["weeks"]}, "'weeks' is no covariate"),
        ({"estimands": responders(at_most=50)}, "at_most = 50: allowed 0 to 10 NRS points"),
        ({"estimands": responders(fall_points=11)}, "fall_points = 11: the scale is 10 points wide"),
        (
            {"estimands": responders("pelvic_tilt_deg", minimal_important_change=True)},
            "no minimal important change for 'pelvic_tilt_deg'",
        ),
        (
            {"eligibility": [{"variable": "sex", "equals": "femle", "reason": "men"}]},
            "equals = 'femle'; allowed: 'female', 'male', 'other' (did you mean 'female'?)",
        ),
        (
            {"eligibility": [{"variable": "sex", "at_least": 1, "reason": "men"}]},
            "at_least and at_most need a number",
        ),
    ],
)
def test_what_the_cohort_lacks_is_named(changes, named):
    assert any(named in problem for problem in cohort_problems(trial(**changes), COHORT))


def test_every_contradiction_is_named_at_once(tmp_path):
    message = refusal(tmp_path, weeks=[6, 0], covariates=["sex", "sex"], control_arm="usual car")
    assert all(named in message for named in ("weeks = [6, 0]", "named twice", "did you mean 'usual care'?"))


def test_focus_narrows_to_the_named_estimands_and_refuses_strangers():
    assert [one.name for one in trial().focus("tilt").estimands] == ["tilt"]
    assert [one.name for one in trial().focus("", "tilt").estimands] == ["tilt"]
    assert trial().focus() == trial().focus("") == trial()
    with pytest.raises(StudyError, match="no estimand 'tile'.*did you mean 'tilt'"):
        trial().focus("tile")


def test_an_exposure_that_no_estimand_has_leaves_no_slope():
    assert trial().with_exposure("pelvic_tilt_deg").estimand("slope").name == "tilt"
    assert trial().with_exposure("sitting_hours").estimand("slope") is None


def test_every_other_arm_is_compared_with_the_control_unless_the_estimand_says_otherwise():
    study = trial(arms=["usual care", "stretching", "both"])
    first = study.estimands[0]
    assert (study.treated_arms(first), study.comparator(first)) == (("stretching", "both"), "usual care")
    other = trial(estimands=estimand(arms=["usual care"], compared_with="stretching"))
    assert (other.treated_arms(other.estimands[0]), other.comparator(other.estimands[0])) == (
        ("usual care",),
        "stretching",
    )


def test_a_mediated_effect_names_mediators_and_confounders_and_no_other_summary_may(tmp_path):
    named = {"mediators": ["pelvic_tilt_deg"], "confounders": ["sitting_hours"]}
    study = trial(estimands=estimand(summary="mediated effect", **named))
    assert study.estimands[0].measures == ("pain_nrs", "pelvic_tilt_deg", "sitting_hours")
    said = refusal(tmp_path, estimands=estimand(confounders=["sitting_hours"]))
    assert "'confounders' has no meaning for a mean difference" in said
    done = trial(estimands=estimand(summary="mediated effect", **named, doses=["adherence"]))
    assert done.estimands[0].measures == ("pain_nrs", "pelvic_tilt_deg", "sitting_hours", "adherence")
    said = refusal(tmp_path, estimands=estimand(doses=["adherence"]))
    assert "'doses' has no meaning for a mean difference" in said
    twice = refusal(
        tmp_path,
        estimands=estimand(summary="mediated effect", **{**named, "confounders": ["pelvic_tilt_deg"]}),
    )
    assert "'pelvic_tilt_deg' is named twice" in twice
