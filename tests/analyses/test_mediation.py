"""The split of an arm's effect on the example whose path is known, and everything that it must refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.mediation import mediation
from lowback.analyses.mediation_sensitivity import mediation_sensitivity
from lowback.cohort import Cohort
from lowback.figures import reliability_figure
from lowback.intake import read_cohort
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.study import Study, read_study

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "mediation-example"
ARM = "hip-flexor stretching"


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return read_cohort(EXAMPLE / "mapping.yml")


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(EXAMPLE / "study.yml")


@pytest.fixture(scope="module")
def split(cohort: Cohort, study: Study) -> Result:
    return answered(mediation(cohort, study))


def answered(result: Result | Refusal) -> Result:
    assert isinstance(result, Result), result
    return result


def asked(study: Study, **changes: object) -> Study:
    """The study with one mediated effect, changed."""
    content = study.model_dump(exclude_unset=True)
    estimand = {**content["estimands"][1], **changes.pop("estimand", {})}  # type: ignore[dict-item]
    return Study.model_validate({**content, "estimands": [estimand], **changes})


def value(result: Result, statistic: str, correction: str = "corrected", **keys: str) -> float:
    assert result.keys is not None
    rows = (result.keys["statistic"] == statistic) & result.keys["correction"].isin(["", correction])
    for name, wanted in {"model": "one slope", **keys}.items():
        rows &= result.keys[name] == wanted
    return float(result.estimates.loc[rows, "estimate"].iloc[0])


def with_visits(cohort: Cohort, visits: pd.DataFrame, participants: pd.DataFrame | None = None) -> Cohort:
    people = cohort.participants if participants is None else participants
    return Cohort(name="changed", participants=people, visits=visits, variables=cohort.variables)


def test_the_total_is_the_direct_effect_and_every_path(split):
    paths = split.estimates.loc[split.keys["statistic"] == "path", "estimate"]
    assert len(paths) == 3
    assert value(split, "total") == pytest.approx(value(split, "direct") + paths.sum(), abs=1e-9)
    assert value(split, "indirect") == pytest.approx(paths.sum(), abs=1e-9)
    naive = value(split, "direct", "naive") + value(split, "indirect", "naive")
    # The totals differ by chance imbalance of what was measured with error before treatment, and by no more.
    assert naive == pytest.approx(value(split, "total"), abs=0.1)


def test_by_way_of_the_pelvis_the_correction_brings_back_what_error_hid(cohort, study):
    found = answered(mediation(cohort, asked(study)))
    corrected, naive = value(found, "share mediated"), value(found, "share mediated", "naive")
    assert naive < 0.8 * corrected
    rows = found.estimates[(found.keys["statistic"] == "indirect") & (found.keys["correction"] == "corrected") & (found.keys["model"] == "one slope")]  # fmt: skip
    # The truth by `mediated_effect`: -1.15 points by way of the pelvis, of -2.05.
    assert rows["conf_low"].item() < -1.15 < rows["conf_high"].item()


def test_intervals_come_with_no_p_value_and_people_are_counted(split):
    assert split.estimates["p_value"].isna().all()
    assert set(split.estimates["n_participants"]) == {int(split.estimates["n_participants"].max())}
    assert split.causal


def test_the_method_says_where_the_error_comes_from_and_the_assumptions_name_arrows(split):
    assert "pairs of readings in this cohort (the mean of two readings is analysed)" in split.method
    assert sum(one.startswith("Rests on: no") for one in split.assumptions) == 2
    assert any("AGReMA" in one for one in split.sources)


def test_the_result_travels_inside_a_notebook(split):
    again = from_payload(to_payload(split))
    pd.testing.assert_frame_equal(again.estimates, split.estimates)


def test_the_order_of_people_and_odd_names_change_nothing(cohort, study, split):
    rng = np.random.default_rng(3)
    people = cohort.participants.sample(frac=1, random_state=rng)
    arms = {"usual care": "usual, care (α)", ARM: '<script>"hip"</script>'}
    odd = people.assign(arm=people["arm"].map(arms))
    renamed = with_visits(cohort, cohort.visits.sample(frac=1, random_state=rng), odd)
    content = study.model_dump(exclude_unset=True)
    again = answered(mediation(renamed, Study.model_validate({**content, "arms": list(arms.values()), "control_arm": arms["usual care"]})))  # fmt: skip
    assert again.estimates["estimate"].to_numpy() == pytest.approx(split.estimates["estimate"].to_numpy())


def test_without_second_readings_the_dictionary_speaks(cohort, study):
    plain = with_visits(cohort, cohort.visits.drop(columns=[one for one in cohort.visits if "second" in one]))
    found = answered(mediation(plain, asked(study)))
    assert "taken from the data dictionary: SD 1.1 degrees" in found.method
    assert value(found, "indirect") < value(found, "indirect", "naive")


def test_a_mediator_of_unknown_error_is_not_corrected_and_it_is_said(cohort, study):
    found = answered(mediation(cohort, asked(study, estimand={"mediators": ["sitting_hours"]})))
    assert "taken to be measured without error" in found.method
    assert value(found, "indirect") == pytest.approx(value(found, "indirect", "naive"))


def test_an_error_as_large_as_what_is_observed_leaves_the_total_alone(cohort, study):
    visits = cohort.visits.drop(columns=[one for one in cohort.visits if "second" in one])
    loud = cohort.variables["pelvic_tilt_deg"].model_copy(update={"measurement_error_sem": 9.0})
    noisy = replace(with_visits(cohort, visits), variables={**cohort.variables, "pelvic_tilt_deg": loud})
    found = answered(mediation(noisy, asked(study)))
    assert list(found.keys["statistic"]) == ["total"]
    assert "cannot be split by pelvic tilt: the error variance of pelvic tilt at" in found.method
    assert "is 81" in found.method
    assert "To split it would need more people" in found.method
    # The total is that of columns as measured: by lm(pain ~ arm + age + sex + pain0 + tilt0) it does not know of the error.
    exact = answered(mediation(replace(noisy, variables=cohort.variables), asked(study)))
    naive = value(exact, "indirect", "naive") + value(exact, "direct", "naive")
    assert value(found, "total") == pytest.approx(naive, rel=1e-9)
    assert found.estimates["conf_low"].item() < -2.05 < found.estimates["conf_high"].item()
    tried = answered(mediation_sensitivity(noisy, asked(study)))
    assert "as if mediators were measured without error" in tried.method


def test_people_who_chose_are_spoken_of_without_effects(cohort, study):
    chosen = asked(study, design="cohort", estimand={"population": "all participants"})
    found = answered(mediation(cohort, chosen))
    assert not found.causal
    assert not found.estimates["term"].str.contains("effect").any()
    assert "Arms were not assigned at random" in found.assumptions[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mediators": ["knee_height_cm"]}, "no column 'knee_height_cm' at the visits"),
        ({"mediators": ["hip_extension_deg", "pelvic_tilt_deg", "lordosis_deg", "sitting_hours"]}, "names 4 mediators; allowed: up to 3"),
        ({"mediators_week": 0}, "mediators_week = 0: mediators lie after baseline"),
        ({"confounders": ["steps_per_day"]}, "no column 'steps_per_day'"),
        ({"intercurrent_events": {"stopped": "hypothetical"}}, "'hypothetical'"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_by_name(cohort, study, changes, said):
    found = mediation(cohort, asked(study, estimand=changes))
    assert isinstance(found, Refusal)
    assert said in found.reason
    assert found.needs


def test_an_arm_in_which_nobody_has_mediator_and_outcome_is_refused_by_name(cohort, study):
    visits = cohort.visits.copy()
    ids = cohort.participants.loc[cohort.participants["arm"] == ARM, "participant_id"]
    gone = visits["participant_id"].isin(ids) & (visits["weeks"] == 12)
    visits.loc[gone, ["pelvic_tilt_deg", "pelvic_tilt_second_deg"]] = np.nan
    found = mediation(with_visits(cohort, visits), asked(study))
    assert isinstance(found, Refusal)
    assert f"nobody in arm {ARM!r}" in found.reason


def test_eight_people_are_too_few(cohort, study):
    few = cohort.participants.groupby("arm").head(4)["participant_id"]
    found = mediation(cohort.restricted_to(pd.Index(few)), asked(study))
    assert isinstance(found, Refusal)


def test_a_study_without_such_an_estimand_says_so(cohort):
    plain = read_study(EXAMPLE.parent / "example" / "study.yml")
    found = mediation(cohort, plain)
    assert isinstance(found, Refusal)
    assert "mediated effect" in found.reason


def test_without_confounding_and_without_error_sensitivity_gives_the_corrected_and_the_naive_split(
    cohort, study
):
    found, tried = (
        answered(mediation(cohort, asked(study))),
        answered(mediation_sensitivity(cohort, asked(study))),
    )
    at = tried.keys["correlation"] == 0
    assert tried.estimates.loc[at, "estimate"].item() == pytest.approx(value(found, "indirect"))
    naive = (tried.keys["statistic"] == "direct at reliability") & (tried.keys["reliability"] == 1.0)
    assert tried.estimates.loc[naive, "estimate"].item() == pytest.approx(value(found, "direct", "naive"))
    corner = (tried.keys["share_of_mediator"] == 0) & (tried.keys["share_of_outcome"] == 0)
    assert tried.estimates.loc[corner, "estimate"].item() == pytest.approx(value(found, "indirect"))


def test_what_people_do_of_their_programme_is_adjusted_for_and_said(cohort, study):
    found = answered(mediation(cohort, asked(study, estimand={"doses": ["adherence"]})))
    assert "share of the prescribed sessions done taken as what the arm brings about" in found.method
    assert "nothing, by definition, in an arm without a programme" in found.method
    assert any(
        "share of the prescribed sessions done that a person keeps to" in one for one in found.assumptions
    )
    assert value(found, "total") == pytest.approx(value(found, "direct") + value(found, "indirect"))
    lacks = mediation(with_visits(cohort, cohort.visits.assign(adherence=np.nan)), asked(study, estimand={"doses": ["adherence"]}))  # fmt: skip
    assert isinstance(lacks, Refusal)
    assert "nobody has 'adherence' between baseline and week 12" in lacks.reason


def test_a_confounder_that_only_one_arm_has_counts_as_zero_in_the_other(cohort, study):
    found = answered(mediation(cohort, asked(study, estimand={"confounders": ["adherence"]})))
    assert "count as zero in an arm that does not have them" in found.method
    assert value(found, "total") == pytest.approx(value(found, "direct") + value(found, "indirect"))


def test_a_path_that_no_reliability_can_split_off_is_said_and_drawn_so():
    folder = EXAMPLE.with_name("mechanism-example")
    tried = mediation_sensitivity(read_cohort(folder / "mapping.yml"), read_study(folder / "study.yml"))
    assert "cannot be split off at any reliability of it" in answer(tried).media["text/plain"]
    assert "cannot be split at any reliability" in reliability_figure(tried).media["text/plain"]


def test_a_mediator_read_before_the_outcome_is_named_with_its_visit(cohort, study):
    """In these people tilt at week 8 tells next to nothing of tilt at week 12, which is what pain answers to."""
    earlier = answered(mediation(cohort, asked(study, estimand={"mediators_week": 8})))
    assert (
        abs(value(earlier, "indirect"))
        < 0.5
        < abs(value(answered(mediation(cohort, asked(study))), "indirect"))
    )
    assert "by way of pelvic tilt as of week 8" in answer(earlier).media["text/plain"]
    assert any("after week 8 counts as left beside it" in one for one in earlier.assumptions)
    same = answered(mediation(cohort, asked(study)))
    assert not any("counts as left beside" in one for one in same.assumptions)


def test_an_outcome_that_nobody_has_at_baseline_is_named(cohort, study):
    visits = cohort.visits.assign(pain_nrs=cohort.visits["pain_nrs"].where(cohort.visits["weeks"] > 0))
    found = mediation(with_visits(cohort, visits), asked(study))
    assert isinstance(found, Refusal)
    assert found.reason == "nobody in arm 'usual care' has back pain at baseline"
    assert found.needs == ("people in arm 'usual care' with back pain at baseline",)


def test_a_confounder_of_which_nobody_has_a_value_is_not_said_to_be_adjusted_for(cohort, study):
    empty = with_visits(cohort, cohort.visits.assign(steps_per_day=np.nan))
    question = asked(study, estimand={"confounders": ["steps_per_day"]})
    for analysis in (mediation, mediation_sensitivity):
        found = analysis(empty, question)
        assert isinstance(found, Refusal)
        assert found.reason == "nobody has steps_per_day at week 12, so that nothing can be adjusted for it"


def test_one_mediator_is_spoken_of_as_one_and_an_unknown_reliability_as_unknown(cohort, study):
    one = answer(answered(mediation(cohort, asked(study)))).media["text/plain"]
    assert "beside it" in one
    assert "had the mediator been taken" in one.lower()
    assert "moves both the mediator and the outcome" in one
    several = answer(
        answered(mediation(cohort, study.focus("back pain at week 12 by way of hip and pelvis")))
    )
    assert "moves both the mediators and the outcome" in several.media["text/plain"]
    sitting = asked(study, estimand={"mediators": ["sitting_hours"]})
    said = answer(answered(mediation_sensitivity(cohort, sitting))).media["text/plain"]
    assert (
        "Nothing is known of the reliability of sitting, which is taken to be measured without error" in said
    )
    assert "comes to 1.00" not in said


def test_a_mediator_that_does_not_vary_in_an_arm_has_no_slope_there_and_the_split_stands(cohort, study):
    visits, people = cohort.visits, cohort.participants.set_index("participant_id")["arm"]
    # Nobody of the comparator sits on after baseline, as nobody who gave up smoking smokes.
    nobody = (visits["participant_id"].map(people) == "usual care") & (visits["weeks"] > 0)
    still = with_visits(cohort, visits.assign(sitting_hours=visits["sitting_hours"].mask(nobody, 0.0)))
    question = asked(study, estimand={"mediators": ["sitting_hours"]})
    found = answered(mediation(still, question))
    assert "slopes by arm" not in set(found.keys["model"])
    assert any("slopes by arm are shown beside where they can be had" in one for one in found.assumptions)
    assert value(found, "total") == pytest.approx(value(found, "indirect") + value(found, "direct"), rel=1e-9)
    # By lm(): with no gap at week 12, the indirect effect is the difference of the arm's slope without and with the mediator.
    wide = still.visits.pivot(index="participant_id", columns="weeks", values=["pain_nrs", "sitting_hours"])
    both = wide.notna().all(axis=1)
    kept = still.restricted_to(pd.Index(wide.index[both]))
    plain = answered(mediation(kept, asked(study, eligibility=[], estimand={"mediators": ["sitting_hours"]})))
    rows = kept.participants.set_index("participant_id").loc[wide.index[both]]
    held = [
        np.ones(len(rows)),
        rows["age_years"],
        rows["sex"] == rows["sex"].iloc[0],
        wide["pain_nrs", 0][both],
        wide["sitting_hours", 0][both],
    ]
    arm, later = rows["arm"] == ARM, wide["sitting_hours", 12][both]
    slope = [
        np.linalg.lstsq(
            np.column_stack([arm, *held, *more]).astype(float), wide["pain_nrs", 12][both], rcond=None
        )[0][0]
        for more in ((), (later,))
    ]
    assert value(plain, "indirect", "naive") == pytest.approx(slope[0] - slope[1], rel=1e-6)
    assert isinstance(mediation_sensitivity(still, question), Result)


def test_of_two_mediators_that_cannot_be_split_off_each_keeps_its_instrument_and_what_is_known_of_it(
    cohort, study
):
    scales = {
        "hip_extension_deg": {"label": "fear of movement, TSK-11", "measurement_error_sem": 30.0},
        "sitting_hours": {"label": "pain catastrophising, PCS"},
    }
    variables = {
        **cohort.variables,
        **{one: cohort.variables[one].model_copy(update=new) for one, new in scales.items()},
    }
    visits = cohort.visits.drop(columns=[one for one in cohort.visits if "second" in one])
    loud = replace(with_visits(cohort, visits), variables=variables)
    question = asked(study, estimand={"mediators": ["sitting_hours", "hip_extension_deg"]})
    split = answer(answered(mediation(loud, question))).media["text/plain"]
    assert "by way of pain catastrophising (PCS) and fear of movement (TSK-11): at equal baseline" in split
    tried = answer(answered(mediation_sensitivity(loud, question))).media["text/plain"]
    of_sitting = tried.partition("by way of pain catastrophising (PCS)")[2].partition("For hip-flexor")[0]
    assert "nothing is known of it" in of_sitting
    assert "comes to 1.00" not in tried
