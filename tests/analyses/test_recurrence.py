"""Pain that comes back: known truth, measurement error, definitions side by side, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.recurrence import recurrence
from lowback.cohort import Cohort
from lowback.estimators.recurrence.counting import at_risk
from lowback.estimators.recurrence.hazard import recurrent_hazard
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.simulate import claim_scenario, simulate
from lowback.study import Estimand, Spells, Study

WEEKS = (0, 4, 8, 12)


def study(cohort: Cohort, covariates: tuple[str, ...] = (), **changes: object) -> Study:
    content = {"outcome": "pain_nrs", "exposure": "hip_extension_deg", "per": 10, **changes}
    estimand = Estimand(name="return", summary="recurrence", **content)
    return Study(
        title="Does it last",
        design="cohort",
        weeks=WEEKS,
        arms=tuple(cohort.arms),
        covariates=covariates,
        estimands=(estimand,),
    )


def ratio(result: Result | Refusal, **key: str) -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    wanted = {"statistic": "hazard ratio", "model": "any return", "correction": "corrected", **key}
    chosen = np.logical_and.reduce([result.keys[name] == value for name, value in wanted.items()])
    return result.estimates[chosen].iloc[0]


@pytest.fixture(scope="module")
def true_cohort() -> Cohort:
    return simulate(claim_scenario("C08", True), 110, 3).cohort()


def test_as_measured_is_the_hazard_of_the_arrays(true_cohort: Cohort) -> None:
    # The days at risk of the first definition put together by hand from the check-ins, hip extension from the visits.
    checkins, visits = true_cohort.checkins, true_cohort.visits
    assert checkins is not None
    assert visits is not None
    rows = []
    for person, diary in checkins.groupby("participant_id"):
        hips = visits[visits["participant_id"] == person].dropna(subset=["hip_extension_deg"])
        begun = None
        for (_, last), (_, now) in zip(diary.iloc[:-1].iterrows(), diary.iloc[1:].iterrows(), strict=True):
            if last["flare"]:
                begun = None
                continue
            begun = last["days"] if begun is None else begun
            ends = now["days"] - last["days"] > 2
            if ends or now["flare"] or now["days"] == diary["days"].iloc[-1]:
                stop = last["days"] if ends else now["days"]
                known = hips[hips["weeks"] * 7 <= begun]["hip_extension_deg"]
                if stop > begun and len(known):
                    rows.append((begun, stop, bool(now["flare"]) and not ends, person, known.iloc[-1] / 10))
                begun = None
    start, stop, event, person, hip = zip(*rows, strict=True)
    fit = recurrent_hazard(at_risk(start, stop, event, person), np.array(hip)[:, None], names=["hip"])
    asked = study(true_cohort).model_copy(update={"arms": ()})
    found = ratio(recurrence(true_cohort, asked), correction="as measured", definition="flare by own account")
    assert found["estimate"] == pytest.approx(np.exp(fit.coefficients.item()), rel=1e-9)


def test_the_corrected_ratio_covers_what_was_simulated_and_the_naive_one_is_too_near_to_one() -> None:
    covered, naive = 0, 0
    for seed in range(12):
        cohort = simulate(claim_scenario("C08", True), 160, 100 + seed).cohort()
        result = recurrence(cohort, study(cohort))
        found = ratio(result, definition="flare by own account")
        covered += found["conf_low"] <= np.exp(-0.8) <= found["conf_high"]
        naive += (
            ratio(result, definition="flare by own account", correction="as measured")["estimate"]
            > found["estimate"]
        )
    # Log odds of half a day are a little more than log hazards.
    assert covered >= 9
    assert naive == 12


def test_per_and_origin_of_the_exposure_change_nothing_else(true_cohort: Cohort) -> None:
    ten, five = (ratio(recurrence(true_cohort, study(true_cohort, per=per))) for per in (10, 5))
    assert five["estimate"] ** 2 == pytest.approx(ten["estimate"])
    assert true_cohort.visits is not None
    moved = true_cohort.visits.assign(hip_extension_deg=true_cohort.visits["hip_extension_deg"] + 10)
    other = Cohort("moved", true_cohort.participants, moved, true_cohort.checkins)
    assert ratio(recurrence(other, study(other)))["estimate"] == pytest.approx(ten["estimate"])


def test_every_definition_is_answered_side_by_side_and_said(true_cohort: Cohort) -> None:
    result = recurrence(true_cohort, study(true_cohort, smallest_worthwhile=1.25))
    said = answer(result).media["text/plain"]
    assert "by a factor that matters: hazard ratio 0." in said
    assert "By “rise of 2 for more than a day” the ratio is" in said
    assert "nobody came to be settled" in said
    assert isinstance(result, Result)
    assert not result.causal
    assert result.assumptions[0].startswith(
        "Rests on: no common cause of hip extension and of a flare coming back other than arm"
    )


def test_own_definitions_and_no_exposure_give_curves_only(true_cohort: Cohort) -> None:
    spells = (Spells(name="pain of 7 <or> more", at_least=7, at_most=4, lasting_days=1),)
    asked = study(true_cohort, exposure=None, per=None, spells=spells)
    estimand = Estimand(name="return", summary="recurrence", outcome="pain_nrs", spells=spells)
    result = recurrence(true_cohort, asked.model_copy(update={"estimands": (estimand,)}))
    assert isinstance(result, Result)
    assert result.keys is not None
    assert set(result.keys["statistic"]) >= {"not yet come back", "in flare", "mean number of returns"}
    assert "hazard ratio" not in set(result.keys["statistic"])
    assert "came back" in answer(result).media["text/plain"]


def test_what_cannot_be_told_is_refused_by_name(true_cohort: Cohort) -> None:
    never = (Spells(name="never", at_least=11),)
    refused = recurrence(true_cohort, study(true_cohort, spells=never))
    assert isinstance(refused, Refusal)
    assert "never: nobody had a flare after settling" in refused.reason
    without = Cohort("no hips", true_cohort.participants, None, true_cohort.checkins)
    refused = recurrence(without, study(without))
    assert isinstance(refused, Refusal)
    assert "no column 'hip_extension_deg' at the visits" in refused.reason
    assert isinstance(recurrence(true_cohort, study(true_cohort, outcome="disability_odi")), Refusal)


def test_whoever_never_settles_counts_among_those_who_may_be_in_flare() -> None:
    # By hand: six settle at week 4 and flare again at week 12, six are in flare all along.
    scores = [[8.0, 1, 1, 8]] * 6 + [[8.0, 8, 8, 8]] * 6
    visits = pd.DataFrame(
        [
            {"participant_id": f"{at:02d}", "weeks": week, "pain_nrs": score}
            for at, one in enumerate(scores)
            for week, score in zip(WEEKS, one, strict=True)
        ]
    )
    cohort = Cohort(
        "some never settle", pd.DataFrame({"participant_id": visits["participant_id"].unique()}), visits
    )
    spells = (Spells(name="pain of 7 or more", at_least=7, at_most=4),)
    result = recurrence(cohort, study(cohort, exposure=None, per=None, spells=spells))
    assert isinstance(result, Result), result
    assert result.keys is not None
    people = result.estimates.groupby(result.keys["statistic"].to_numpy())["n_participants"].unique()
    assert {name: list(people[name]) for name in ("people settled", "not yet come back", "in flare")} == {
        "people settled": [6], "not yet come back": [6], "in flare": [12],
    }  # fmt: skip
    shares = result.estimates[(result.keys["statistic"] == "in flare").to_numpy()].set_index(
        result.keys["weeks"][(result.keys["statistic"] == "in flare").to_numpy()].astype(float).to_numpy()
    )["estimate"]
    assert shares[5.0] == pytest.approx(0.5)


def test_whoever_begins_between_flare_and_calm_is_named() -> None:
    # By hand: of six people two begin with a 6 that is neither; at baseline three of four are in flare, not three of six.
    scores = [[8.0, 1, 8, 1]] * 3 + [[2.0, 8, 1, 1]] + [[6.0, 8, 1, 8]] * 2
    rows = [
        (f"{at:02d}", week, score)
        for at, one in enumerate(scores)
        for week, score in zip(WEEKS, one, strict=True)
    ]
    visits = pd.DataFrame(rows, columns=["participant_id", "weeks", "pain_nrs"])
    cohort = Cohort("between", pd.DataFrame({"participant_id": visits["participant_id"].unique()}), visits)
    spells = (Spells(name="pain of 7 or more", at_least=7, at_most=4), Spells(name="of 7", at_least=7))
    result = recurrence(cohort, study(cohort, exposure=None, per=None, spells=spells))
    assert isinstance(result, Result), result
    assert "settled when calm; whoever is between the two at first counts from the first" in result.method
    between = result.estimates.set_index("term")["estimate"].filter(like="between flare and calm")
    assert between.to_dict() == {"pain of 7 or more: people at first between flare and calm": 2}
    assert "“of 7” (flare: 7 or more; calm: less; settled when calm)" in result.method


def test_what_a_second_reading_adds_in_everybody_is_no_error(true_cohort: Cohort) -> None:
    visits = true_cohort.visits
    assert visits is not None
    again = visits["hip_extension_deg"] + np.random.default_rng(5).normal(0, 2, len(visits))
    twice = [
        replace(true_cohort, visits=visits.assign(hip_extension_second_deg=again + one)) for one in (0, 4)
    ]
    same, other = (ratio(recurrence(one, study(one))) for one in twice)
    for column in ("estimate", "conf_low", "conf_high"):
        assert other[column] == pytest.approx(same[column], rel=1e-9)


def test_returns_all_at_one_time_have_a_ratio_and_no_test_of_its_course() -> None:
    # Everybody is calm on day 0 and whoever hurts does so on day 1, so that no ratio can change with time.
    rng = np.random.default_rng(4)
    people, hip = [f"{n:02d}" for n in range(60)], rng.normal(0, 8, 60)
    hurts = np.where(rng.random(60) < 1 / (1 + np.exp(hip / 8)), 8.0, 1.0)
    checkins = pd.DataFrame({"participant_id": people * 2, "days": [0.0] * 60 + [1.0] * 60})
    checkins["pain_nrs"] = np.concatenate([np.ones(60), hurts])
    visits = pd.DataFrame({"participant_id": people, "weeks": 0.0, "hip_extension_deg": hip})
    cohort = Cohort("two days", visits=visits, checkins=checkins)
    result = recurrence(cohort, study(cohort, spells=(Spells(name="high", at_least=5),)))
    assert ratio(result)["estimate"] < 1
    assert isinstance(result, Result)
    assert result.keys is not None
    assert "test of one ratio for all times" not in set(result.keys["statistic"])


def of_other(cohort: Cohort, name: str, scores: pd.Series, higher_is: str) -> Cohort:
    """The cohort with another measure at its check-ins, from 0 to 10."""
    measure = cohort.variables["pain_nrs"].model_copy(
        update={"name": name, "label": name.replace("_", " "), "block": "function", "higher_is": higher_is}
    )
    assert cohort.checkins is not None
    checkins = cohort.checkins.assign(**{name: scores})
    return replace(cohort, checkins=checkins, variables={**cohort.variables, name: measure})


def test_of_a_measure_that_is_no_pain_no_pain_is_said_to_come_back(true_cohort: Cohort) -> None:
    assert true_cohort.checkins is not None
    stiff = of_other(true_cohort, "tiredness", true_cohort.checkins["pain_nrs"], "worse")
    found = recurrence(stiff, study(stiff, outcome="tiredness"))
    assert isinstance(found, Result)
    assert found.keys is not None
    definitions = set(found.keys["definition"]) - {""}
    assert definitions == {
        "rise of 2 for more than a day",
        "tiredness for more than a day after a month free of it",
    }
    pain = recurrence(true_cohort, study(true_cohort))
    assert isinstance(pain, Result)
    assert pain.keys is not None
    assert {"flare by own account", "pain for more than a day after a month free of it"} <= set(
        pain.keys["definition"]
    )


def test_a_high_score_is_no_flare_where_it_is_better(true_cohort: Cohort) -> None:
    assert true_cohort.checkins is not None
    well = of_other(true_cohort, "comfort", 10 - true_cohort.checkins["pain_nrs"], "better")
    high = (Spells(name="high", at_least=7, at_most=3),)
    for spells in ((), high):
        found = recurrence(well, study(well, outcome="comfort", spells=spells))
        assert isinstance(found, Refusal)
        assert (
            found.reason
            == "of comfort a higher score is better, and a flare is read from scores that are high"
        )
    by_flag = (Spells(name="own account", flag="flare"),)
    assert isinstance(recurrence(well, study(well, outcome="comfort", spells=by_flag)), Result)
