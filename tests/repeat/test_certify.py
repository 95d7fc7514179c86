"""Wrong analyses fail, right ones do not, whoever computes it and whatever things are called."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import wrong_analyses as wrong
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lowback.analyses.by_characteristic import by_characteristic
from lowback.analyses.mmrm import mmrm
from lowback.certificate import Certificate, certificate_text
from lowback.cohort import Cohort
from lowback.repeat.certify import certificate_keys, certify, certify_scenario
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Study

ESTIMAND = "pain at the end"
TERM = "stretching, twice vs usual care"
LONG = (0, 4, 8, 12)


def certified(cohort: Cohort, study: Study, analyses: dict, replicates: int, **how: object) -> Certificate:
    return certify(cohort, study, analyses, replicates=replicates, seed=7, made="2026-11-22", **how)


def figures(certificate: Certificate, name: str, world: str) -> dict:
    found = certificate.of(name, ESTIMAND)
    assert found is not None
    return dict(found.terms[0].worlds[world])


@cache
def small_trial() -> Certificate:
    """Two people an arm, everybody followed."""
    names = ("student", "normal_for_t", "duplicated_rows", "swapped_arms", "refuses_often")
    analyses = {name: getattr(wrong, name) for name in names}
    return certified(wrong.trial(2, effect=0.5), wrong.study(), analyses, 200)


@cache
def leaving_trial() -> Certificate:
    """Forty people an arm; of those who are treated many in pain leave after every visit."""
    analyses = {"student": wrong.student, "all_visits_as_people": wrong.all_visits_as_people}
    cohort = wrong.trial(40, LONG, correlation=0.8, leave=(0.0, 0.35), seed=3)
    return certified(cohort, wrong.study(LONG, worthwhile=1.0), analyses, 120)


def test_the_right_analysis_of_a_small_trial_does_not_fail():
    part = small_trial().of("student", ESTIMAND)
    assert part.verdict != "fails"
    # 95 % of 200 within 2.6 standard errors.
    assert figures(small_trial(), "student", "none")["coverage"] == pytest.approx(0.95, abs=0.04)


def test_normal_quantiles_in_place_of_t_fail():
    # t with 2 degrees of freedom lies within 1.96 in 81.1 % of trials.
    assert small_trial().of("normal_for_t", ESTIMAND).verdict == "fails"
    assert figures(small_trial(), "normal_for_t", "none")["coverage"] == pytest.approx(0.811, abs=0.073)


def test_duplicated_rows_fail():
    assert small_trial().of("duplicated_rows", ESTIMAND).verdict == "fails"
    # Twice the rows: standard errors too small by sqrt(2 / 6), that is the ratio of residual degrees of freedom.
    ratio = figures(small_trial(), "duplicated_rows", "none")["se_ratio"]
    assert ratio == pytest.approx(np.sqrt(2 / 6), abs=0.07)


def test_swapped_arms_fail():
    part = small_trial().of("swapped_arms", ESTIMAND)
    assert part.verdict == "fails"
    # The estimate is the true value with the wrong sign, 2 points on either side of zero.
    found = figures(small_trial(), "swapped_arms", "smallest worthwhile")
    assert abs(found["bias"]) == pytest.approx(2 * abs(found["truth"]), abs=4 * found["bias_error"])
    assert any("bias" in reason for reason in part.reasons)


def test_visits_taken_for_people_fail():
    assert leaving_trial().of("all_visits_as_people", ESTIMAND).verdict == "fails"


def test_people_of_one_therapist_taken_for_independent_fail():
    # 24 therapists of 10 people, 0.3 of the variance theirs: errors too small by sqrt(1 + 9 x 0.3) or so.
    analyses = {"student": wrong.student, "means_of_therapists": wrong.means_of_therapists}
    found = certified(wrong.clustered_trial(24, 10, 0.3), wrong.study(), analyses, 120)
    assert found.of("student", ESTIMAND).verdict == "fails"
    assert figures(found, "student", "none")["se_ratio"] == pytest.approx(1 / np.sqrt(1 + 9 * 0.3), abs=0.08)
    assert found.of("means_of_therapists", ESTIMAND).verdict != "fails"


def test_complete_cases_fail_where_leaving_is_informative_and_the_mixed_model_does_not():
    assert leaving_trial().of("student", ESTIMAND).verdict == "fails"
    cohort = wrong.trial(40, LONG, correlation=0.8, leave=(0.0, 0.35), seed=3)
    right = certified(cohort, wrong.study(LONG, worthwhile=1.0), {"mmrm": mmrm}, 50).of("mmrm", ESTIMAND)
    assert right.verdict != "fails"
    bias = dict(right.terms[0].worlds["none"])
    assert abs(bias["bias"]) < 4 * bias["bias_error"]


def test_refusals_are_counted_and_not_dropped():
    part = small_trial().of("refuses_often", ESTIMAND)
    found = figures(small_trial(), "refuses_often", "none")
    assert found["replicates"] == 200
    assert 0.1 < found["refused"] < 0.9
    assert part.verdict == "fails"
    assert any("no answer in" in reason for reason in part.reasons)


def test_power_is_that_of_the_t_test():
    found = figures(small_trial(), "student", "smallest worthwhile")
    # Noncentral t with 2 people an arm at the effect and spread that the world has.
    shift = abs(found["truth"]) / (found["empirical_se"])
    expected = stats.nct.sf(stats.t.ppf(0.975, 2), 2, shift) + stats.nct.cdf(-stats.t.ppf(0.975, 2), 2, shift)
    assert found["power"] == pytest.approx(expected, abs=0.1)


def test_few_replicates_never_give_holds():
    few = certified(wrong.trial(30), wrong.study(), {"student": wrong.student}, 40)
    assert few.of("student", ESTIMAND).verdict == "at risk"
    assert any("cannot be told" in reason for reason in few.of("student", ESTIMAND).reasons)


def test_one_job_and_two_and_a_kept_run_give_the_same_certificate(tmp_path):
    cohort, study, analyses = wrong.trial(6), wrong.study(), {"student": wrong.student}
    alone = certificate_text(certified(cohort, study, analyses, 12))
    assert certificate_text(certified(cohort, study, analyses, 12, jobs=2)) == alone
    assert certificate_text(certified(cohort, study, analyses, 12, keep=tmp_path)) == alone
    assert len(list(tmp_path.rglob("chunk-*.json"))) > 1
    assert certificate_text(certified(cohort, study, analyses, 12, keep=tmp_path)) == alone


def test_a_certificate_is_reused_until_something_changes():
    cohort, study, analyses = wrong.trial(6), wrong.study(), {"student": wrong.student}
    first = certified(cohort, study, analyses, 10)
    done: list[tuple[int, int]] = []
    again = certified(cohort, study, analyses, 10, known=first, progress=lambda *now: done.append(now))
    assert (again, done) == (first, [])
    more = certified(cohort, study, analyses, 11, known=first)
    assert more.certified[0].replicates == 11
    other = certified(wrong.trial(6, seed=2), study, analyses, 10, known=first)
    assert other.certified[0].key != first.certified[0].key


def test_the_key_changes_with_data_study_and_analysis_and_with_nothing_else():
    def key(cohort: Cohort, study: Study, analysis=wrong.student) -> str:
        return certificate_keys(cohort, study, {"student": analysis})["student", ESTIMAND]

    first = key(wrong.trial(6), wrong.study())
    shuffled = wrong.trial(6)
    shuffled = Cohort("two arms", shuffled.participants.sample(frac=1, random_state=1), shuffled.visits)
    assert key(shuffled, wrong.study()) == first
    assert key(wrong.trial(6), wrong.study(worthwhile=1.0)) != first
    assert key(wrong.trial(6), wrong.study(), mmrm) != first
    assert key(wrong.trial(6, seed=2), wrong.study()) != first


def renamed(cohort: Cohort, study: Study, names: dict[str, str]) -> tuple[Cohort, Study]:
    people = cohort.participants.assign(arm=cohort.participants["arm"].map(names))
    content = study.model_dump(exclude_none=True, exclude_unset=True)
    content |= {"arms": [names[one] for one in study.arms], "control_arm": names[study.control_arm]}
    return Cohort("two arms", people, cohort.visits), Study.model_validate(content)


@settings(max_examples=3)
@given(
    st.permutations(range(12)),
    st.lists(st.text(min_size=1).filter(str.strip), min_size=2, max_size=2, unique_by=str.strip),
)
def test_the_order_of_people_and_the_names_of_arms_change_nothing(order, names):
    cohort, study, analyses = wrong.trial(6), wrong.study(), {"student": wrong.student}
    expected = certified(cohort, study, analyses, 3)
    shuffled = Cohort("two arms", cohort.participants.iloc[list(order)], cohort.visits.iloc[::-1])
    assert certified(shuffled, study, analyses, 3) == expected
    named = dict(zip(study.arms, map(str.strip, names), strict=True))
    other = certified(*renamed(cohort, study, named), analyses, 3).certified[0]
    for term, said in zip(other.terms, expected.certified[0].terms, strict=True):
        assert term.term == f"{named[study.arms[1]]} vs {named[study.arms[0]]}"
        for world, values in said.worlds.items():
            assert term.worlds[world] == pytest.approx(values)


def test_an_analysis_that_refuses_the_cohort_itself_has_no_certificate():
    study = wrong.study().model_copy(update={"design": "single arm"})
    found = certified(wrong.trial(4), study, {"mmrm": mmrm}, 2)
    assert found.certified == ()
    ((analysis, estimand, why),) = found.untried
    assert (analysis, estimand) == ("mmrm", ESTIMAND)
    assert why.startswith("it refuses this cohort: 'Two arms' is a single-arm study")


def signs_trial(per_arm: int) -> tuple[Cohort, Study]:
    """Signs go with pain at the end in both arms alike; treatment takes off 1.5 points whatever they are."""
    made = wrong.trial(per_arm, LONG, correlation=0.6, seed=2)
    signs = np.random.default_rng(3).integers(0, 4, 2 * per_arm)
    people = made.participants.assign(hip_signs=signs.astype(float))
    treated = made.participants["arm"].to_numpy() == wrong.ARMS[1]
    moved = dict(zip(people["participant_id"], 0.6 * (signs - 1.5) - 1.5 * treated, strict=True))
    later = made.visits["weeks"].to_numpy() > 0
    added = made.visits["participant_id"].map(moved).to_numpy(float) * later
    scores = np.clip(made.visits["pain_nrs"] + added, 0, 10).round(1)
    study = wrong.study(LONG, worthwhile=1.0)
    asked = study.estimands[0].model_copy(
        update={"summary": "effect by characteristic", "modifier": "hip_signs"}
    )
    cohort = Cohort("signs", people, made.visits.assign(pain_nrs=scores))
    return cohort, study.model_copy(update={"estimands": (asked,)})


def by_signs_in_the_treated(cohort: Cohort, asked: Study) -> Result | Refusal:
    """The slope of the last score on signs in the treated arm alone, taken for a difference in effect."""
    last = cohort.visits[cohort.visits["weeks"] == asked.weeks[-1]]
    people = cohort.participants.set_index("participant_id").loc[last["participant_id"]]
    kept = (people["arm"] == asked.arms[1]).to_numpy() & last["pain_nrs"].notna().to_numpy()
    fit = stats.linregress(people["hip_signs"].to_numpy(float)[kept], last["pain_nrs"].to_numpy(float)[kept])
    half = stats.t.ppf(0.975, kept.sum() - 2) * fit.stderr
    row = {
        "term": "per sign", "estimate": fit.slope, "std_error": fit.stderr, "df": kept.sum() - 2, "conf_low": fit.slope - half,
        "conf_high": fit.slope + half, "p_value": fit.pvalue, "unit": "NRS points per sign", "n_participants": int(kept.sum()),
    }  # fmt: skip
    key = {"statistic": "difference per unit", "arm": asked.arms[1], "comparator": asked.arms[0]}
    return Result(
        "by_characteristic", ESTIMAND, "?", estimates_frame([row]), "slope", keys=pd.DataFrame([key])
    )


def test_in_cohorts_alike_prognosis_taken_for_response_fails_and_differences_in_effect_do_not():
    cohort, study = signs_trial(60)
    analyses = {"by_characteristic": by_characteristic, "in_the_treated": by_signs_in_the_treated}
    found = certified(cohort, study, analyses, 40)
    assert found.of("in_the_treated", ESTIMAND).verdict == "fails"
    part = found.of("by_characteristic", ESTIMAND)
    assert part.verdict != "fails"
    (per_sign,) = [one for one in part.terms if "per sign" in one.term]
    # Without an effect nobody gains, whatever the signs.
    assert per_sign.worlds["none"]["truth"] == 0
    assert abs(per_sign.worlds["none"]["bias"]) < 4 * per_sign.worlds["none"]["bias_error"]
    at_three = next(one for one in part.terms if one.term.endswith("effect at 3 signs"))
    assert -1.3 < at_three.worlds["smallest worthwhile"]["truth"] < -0.7


def test_a_scenario_is_certified_against_the_truth_that_it_ships():
    from lowback.analyses.ancova import ancova

    found = certify_scenario("null", 40, {"ancova": ancova}, replicates=3, seed=1, made="2026-11-22")
    part = found.of("ancova", "back pain at week 12")
    assert [one.worlds["null"]["truth"] for one in part.terms] == [0.0, 0.0, 0.0]
    assert json.loads(certificate_text(found))["certified"][0]["replicates"] == 3


def test_one_variance_for_arms_that_spread_unequally_fails_where_the_small_arm_spreads_further():
    # 15 treated people whose scores spread 2.5 times as far as those of 150: one common variance is far too small.
    cohort, study = wrong.trial(150, seed=5), wrong.study()
    people = cohort.participants
    treated = people.loc[people["arm"] == wrong.ARMS[1], "participant_id"]
    kept = ~people["participant_id"].isin(treated[15:])
    visits = cohort.visits[cohort.visits["participant_id"].isin(people.loc[kept, "participant_id"])]
    wide = visits["participant_id"].isin(treated) & (visits["weeks"] > 0)
    scores = (5 + (visits["pain_nrs"] - 5) * np.where(wide, 2.5, 1.0)).clip(0, 10).round(1)
    unequal = Cohort("unequal", people[kept], visits.assign(pain_nrs=scores))
    found = certified(unequal, study, {"student": wrong.student}, 150)
    ratios = [figures(found, "student", world)["se_ratio"] for world in ("none", "smallest worthwhile")]
    # Without an effect on anybody there is none that differs.
    assert ratios[0] == pytest.approx(1, abs=0.15)
    assert ratios[1] < 0.85
    assert found.of("student", ESTIMAND).verdict == "fails"
