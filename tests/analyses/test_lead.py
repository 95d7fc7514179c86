"""Who leads, asked of cohorts: which comes first, in words and rows, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.lead import lead, personal_table
from lowback.analyses.lead_by_reliability import lead_by_reliability
from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.lead.fit import Estimated
from lowback.estimators.lead.reliability import Reliability
from lowback.outcomes import lead_answer
from lowback.outcomes.lead_rows import _of_share
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.two_series import two_series
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.study import Estimand, Study

LEAD = Estimand(name="who leads", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs")
STUDY = Study(title="Who leads?", design="cohort", estimands=(LEAD,))


def cohort_of(people=40, days=30, carried=0.5, seed=3, table="checkins", shift=0.0):
    """Hip pain with a memory of 0.6, of which back pain takes over so much a day later; whole points from 0 to 10."""
    rng = np.random.default_rng(seed)
    hip, back = np.zeros((2, people, days))
    for t in range(1, days):
        hip[:, t] = 0.6 * hip[:, t - 1] + 1.2 * rng.standard_normal(people)
        back[:, t] = 0.5 * back[:, t - 1] + carried * hip[:, t - 1] + 0.8 * rng.standard_normal(people)
    scores = [np.clip(np.round(4 + one + 0.5 * rng.standard_normal(one.shape)), 0, 10) for one in (hip, back)]
    frame = pd.DataFrame(
        {
            "participant_id": np.repeat([f"00{one}" for one in range(people)], days),
            "days" if table == "checkins" else "weeks": np.tile(np.arange(days) + shift, people),
            "hip_pain_nrs": scores[0].ravel(),
            "pain_nrs": scores[1].ravel(),
        }
    )
    keep = rng.random(len(frame)) > 0.15
    return Cohort(name="diaries", **{table: frame[keep].reset_index(drop=True)})


@pytest.fixture(scope="module")
def led() -> Result:
    found = lead(cohort_of(), STUDY)
    assert isinstance(found, Result)
    return found


def rows(result, **key):
    chosen = pd.Series(True, index=result.keys.index)
    for name, value in key.items():
        chosen &= result.keys[name] == value
    return result.estimates[chosen]


def test_the_hip_that_leads_is_named(led):
    assert led.keys["conclusion"].iloc[0] == "exposure leads"
    there = rows(led, statistic="effect", source="hip_pain_nrs", days=1.0).iloc[0]
    back = rows(led, statistic="effect", source="pain_nrs", days=1.0).iloc[0]
    assert there["conf_low"] < 0.5 < there["conf_high"]
    assert back["conf_low"] < 0 < back["conf_high"]
    assert there["unit"] == "NRS points per NRS point"


def test_the_effect_of_whoever_comes_first_is_told_from_a_cause_in_common_and_the_other_way_only_by_the_comparison(
    led,
):
    told = led.keys[led.keys["statistic"] == "standardised effect"].groupby("source")["conclusion"].unique()
    story = led.keys.loc[led.keys["statistic"] == "handing on", "conclusion"].iloc[0]
    assert list(told["hip_pain_nrs"]) == ["handed on"]
    assert list(told["pain_nrs"]) == ["handed on" if story == "handed on" else "cannot tell"]


def test_without_a_proven_fit_of_a_common_cause_nothing_is_said_to_be_handed_on(monkeypatch):
    def unproven(_):
        raise NotEstimable("no proven optimum")

    monkeypatch.setattr(lead_answer, "handing_on", unproven)
    found = lead(cohort_of(carried=0.0), STUDY)
    assert rows(found, statistic="handing on").empty
    effects = found.keys["statistic"].isin(["effect", "standardised effect"])
    assert set(found.keys.loc[effects, "conclusion"]) == {"cannot tell"}
    assert "Whether one hands on to the other, or one cause moves both" in answer(found).media["text/plain"]


def test_people_by_verdict_add_up_to_everybody(led):
    people = rows(led, statistic="people")
    assert people["estimate"].sum() == people["n_participants"].iloc[0] == 40


def test_the_answer_says_who_comes_first_and_does_not_call_it_a_cause(led):
    said = answer(led).media["text/plain"]
    assert "Pain at the front of the hip comes first and back pain follows" in said
    assert "What comes first need not bring about what follows" in said
    assert not led.causal


def test_the_result_survives_its_payload(led):
    again = from_payload(to_payload(led))
    assert isinstance(again, Result)
    pd.testing.assert_frame_equal(again.estimates, led.estimates)


def test_asked_the_other_way_round_the_other_is_said_to_follow():
    turned = LEAD.model_copy(update={"outcome": "hip_pain_nrs", "exposure": "pain_nrs"})
    found = lead(cohort_of(), STUDY.model_copy(update={"estimands": (turned,)}))
    assert isinstance(found, Result)
    assert found.keys["conclusion"].iloc[0] == "outcome leads"


def test_two_unrelated_diaries_give_no_leader():
    found = lead(cohort_of(carried=0.0), STUDY)
    assert isinstance(found, Refusal) or found.keys["conclusion"].iloc[0] == "cannot tell"


def test_each_person_stands_in_a_table_of_their_own():
    table = personal_table(cohort_of(people=12, carried=0.8), STUDY)
    assert set(table["participant_id"]) == {f"00{one}" for one in range(12)}
    assert (table["conf_low"] < table["lead"]).all()
    assert set(table["conclusion"]) <= {"exposure leads", "outcome leads", "together", "cannot tell"}


def test_every_reliability_is_assumed_of_either_measure():
    found = lead_by_reliability(cohort_of(people=20, days=20), STUDY)
    assert isinstance(found, Result)
    assert set(found.keys["source"]) == {"hip_pain_nrs", "pain_nrs"}
    assert found.keys["reliability"].between(0.4, 0.95).all()
    assert (found.keys["fall"] > -0.5).all()


def test_check_ins_are_read_before_visits_and_each_measure_as_often_as_it_was_recorded():
    checkins = cohort_of(people=5, days=20).checkins
    visits = cohort_of(people=5, days=4, table="visits").visits
    checkins = checkins.assign(pain_nrs=checkins["pain_nrs"].where(checkins["days"] % 2 == 0))
    both = Cohort(name="both", checkins=checkins, visits=visits)
    found = two_series(both, STUDY, LEAD)
    assert found.kind == "check-in"
    assert found.series.known[0].sum() == len(checkins)
    assert found.series.known[1].sum() == checkins["pain_nrs"].notna().sum()
    assert two_series(Cohort(name="visits", visits=visits), STUDY, LEAD).kind == "visit"


def test_moments_of_one_day_let_the_night_count_by_itself():
    checkins = cohort_of(people=5, days=20).checkins
    assert not two_series(Cohort(name="a", checkins=checkins), STUDY, LEAD).several_a_day
    halved = checkins.assign(days=checkins["days"] / 2)
    assert two_series(Cohort(name="b", checkins=halved), STUDY, LEAD).several_a_day


def test_what_is_not_recorded_is_refused_by_name():
    cohort = cohort_of(people=4, days=8)
    without = dataclasses.replace(cohort, checkins=cohort.checkins.drop(columns="hip_pain_nrs"))
    found = lead(without, STUDY)
    assert isinstance(found, Refusal)
    assert found.reason == "no column 'hip_pain_nrs' in 'diaries'"
    silent = lead(cohort, STUDY.model_copy(update={"estimands": ()}))
    assert isinstance(silent, Refusal)
    assert "declares no estimand whose summary measure is “lead”" in silent.reason
    with pytest.raises(NotComparable, match="declares no estimand"):
        personal_table(cohort, STUDY.model_copy(update={"estimands": ()}))


def test_a_strategy_that_records_do_not_follow_is_refused():
    asked = LEAD.model_copy(update={"intercurrent_events": {"surgery": "hypothetical"}})
    found = lead(cohort_of(people=4, days=8), STUDY.model_copy(update={"estimands": (asked,)}))
    assert isinstance(found, Refusal)
    assert "asks for the strategy 'hypothetical' for 'surgery'" in found.reason


@pytest.mark.parametrize(("people", "days"), [(1, 20), (2, 40), (5, 1), (12, 1)])
def test_too_few_people_or_moments_are_refused_and_never_raise(people, days):
    found = lead(cohort_of(people=people, days=days), STUDY)
    assert isinstance(found, Refusal)
    assert "do not tell which comes first" in found.reason


def test_a_score_that_never_moves_is_refused():
    cohort = cohort_of(people=12, days=20)
    still = dataclasses.replace(cohort, checkins=cohort.checkins.assign(pain_nrs=3.0))
    found = lead(still, STUDY)
    assert isinstance(found, Refusal)
    assert "a series does not move" in found.reason


@pytest.mark.parametrize(
    ("found", "interval"),
    [
        (Reliability(0.95, 0.89, 0.96, is_most=True), (0.89, 0.96)),
        (Reliability(0.021, float("nan"), float("nan"), is_least=True), None),
        (Reliability(0.8, 0.75, 0.85, Estimated(0.8, 0.025, 99.0)), (0.75, 0.85)),
    ],
)
def test_a_reliability_has_its_own_interval_and_a_standard_error_only_where_that_rests_on_one(
    found, interval
):
    row = _of_share(found)
    assert row["estimate"] == found.estimate
    assert ("std_error" in row) == (found.wald is not None)
    if interval is None:
        assert np.isnan([row["conf_low"], row["conf_high"]]).all()
    else:
        assert (row["conf_low"], row["conf_high"]) == interval


def test_scores_in_whole_points_have_an_error_of_a_twelfth_at_the_least():
    cohort = cohort_of(people=30, days=30)
    found = two_series(cohort, STUDY, LEAD)
    assert found.known_error == pytest.approx((1 / 12, 1 / 12))
    unrounded = cohort.checkins["pain_nrs"] * 0.97 + 0.001 * np.random.default_rng(1).random(
        len(cohort.checkins)
    )
    finer = dataclasses.replace(cohort, checkins=cohort.checkins.assign(pain_nrs=unrounded))
    assert two_series(finer, STUDY, LEAD).known_error == pytest.approx((1 / 12, 0))
    result = lead(cohort, STUDY)
    assert isinstance(result, Result)
    assert (
        "Back pain is recorded in steps of 1 NRS point, so that its error has a variance of 0.083"
        in result.method
    )
    rows = result.estimates[result.keys["statistic"] == "reliability"]
    assert rows[["estimate", "conf_low", "conf_high"]].notna().all(axis=None)


@pytest.mark.parametrize(
    ("table", "moment", "times", "days"), [("checkins", "days", 7, 7.0), ("visits", "weeks", 26, 182.0)]
)
def test_records_far_apart_are_judged_by_the_time_between_them(table, moment, times, days):
    # The same scores further apart are the same process more slowly: a lead over a day would fade away with the spacing alone.
    apart = cohort_of(table=table)
    slow = dataclasses.replace(
        apart, **{table: getattr(apart, table).assign(**{moment: lambda frame: times * frame[moment]})}
    )
    found, near = lead(slow, STUDY), lead(apart, STUDY)
    assert isinstance(found, Result)
    assert isinstance(near, Result)
    # Check-ins lose the course of a week, which is seven days here and one there.
    for statistic in ("lead", "correlation within persons"):
        ours, theirs = (rows(one, statistic=statistic).iloc[0] for one in (found, near))
        assert ours["estimate"] == pytest.approx(theirs["estimate"], abs=0.03)
    verdict = found.keys[found.keys["statistic"] == "lead"].iloc[0]
    assert (verdict["conclusion"], verdict["days"]) == ("exposure leads", days)
    stated = found.keys.loc[found.keys["statistic"] == "effect", "days"]
    assert stated.min() >= days / 2
    assert days in set(stated)
    later = "back pain 7 days later differs" if days == 7 else "back pain 26 weeks later differs"
    assert later in answer(found).media["text/plain"]
    assert ("7 days later" if days == 7 else "26 weeks later") in found.method


def test_records_mostly_a_day_apart_are_judged_a_day_later():
    # By hand: of gaps 1, 1, 2, 9 days the lower quartile is 1; of 0.5, 0.5, 0.6 it is half a day, and a day is the least.
    for days, apart in (((0, 1, 2, 4, 13), 1.0), ((0, 0.5, 1, 1.6), 1.0), ((0, 4, 8, 12), 4.0)):
        frame = pd.DataFrame({"participant_id": "007", "days": days, "hip_pain_nrs": 1.0, "pain_nrs": 2.0})
        assert two_series(Cohort("one", checkins=frame), STUDY, LEAD).interval == apart


def visited(seed: int, people: int = 150) -> Cohort:
    """Four visits of people of whom some vary much and some little, one cause at a time for both series: nobody is led."""
    rng, weeks = np.random.default_rng(seed), np.arange(0, 16, 4)
    shared = np.linalg.cholesky([[1, 0.6], [0.6, 1]])
    rows = []
    for person in range(people):
        usual, scale = (
            np.linalg.cholesky([[1, 0.5], [0.5, 1]]) @ rng.standard_normal(2),
            np.exp(0.5 * rng.standard_normal()),
        )
        now = shared @ rng.standard_normal(2)
        for week in weeks:
            now = 0.6 * now + 0.8 * shared @ rng.standard_normal(2) if week else now
            scores = 4 + usual + 1.3 * (scale * now + [0.4, 0.7] * rng.standard_normal(2))
            rows.append((f"{person:03d}", float(week), *np.clip(np.round(scores), 0, 10)))
    names = ["participant_id", "weeks", "hip_pain_nrs", "pain_nrs"]
    return Cohort("visited", visits=pd.DataFrame(rows, columns=names))


def test_people_who_vary_much_from_visit_to_visit_are_not_said_to_be_led():
    # Of cohorts in which nobody is led, one in twenty may name somebody; judged by the cohort's spread alone it was every other one.
    led_by_chance = []
    for seed in range(17, 22):
        found = lead(visited(seed), STUDY)
        assert isinstance(found, Result)
        of = found.keys["statistic"].eq("people") & found.keys["conclusion"].isin(
            ["exposure leads", "outcome leads"]
        )
        led_by_chance.append(found.estimates.loc[of, "estimate"].sum())
    assert sum(one > 0 for one in led_by_chance) <= 1, led_by_chance
