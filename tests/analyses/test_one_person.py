"""Change in one person: the sheet of one, the pooling of many, the lot, and the bad day that chose the start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.one_person import one_person
from lowback.cohort import Cohort
from lowback.disclosure import disclosed
from lowback.estimators.pooling import pooled
from lowback.figures import one_person_figure, several_people_figure
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.simulate import claim_scenario, simulate
from lowback.study import Estimand, Study


def study(**changes: Any) -> Study:
    given = {
        "name": "after a change",
        "summary": "change in one person",
        "outcome": "pain_nrs",
        "smallest_worthwhile": 1,
        **changes,
    }
    return Study(title="A change", design="cohort", estimands=(Estimand(**given),))  # fmt: skip


def diary(person: str, scores: Any, start: float, first: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    days = np.arange(first, first + len(scores), dtype=float)
    table = pd.DataFrame({"participant_id": person, "days": days, "pain_nrs": scores}).dropna()
    return pd.DataFrame({"participant_id": [person], "change_day": [start]}), table


def cohort(*diaries: tuple[pd.DataFrame, pd.DataFrame]) -> Cohort:
    people, checkins = (pd.concat(list(parts), ignore_index=True) for parts in zip(*diaries, strict=True))
    return Cohort("diaries", participants=people, checkins=checkins)


def value(result: Result | Refusal, statistic: str, column: str = "estimate") -> float:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return float(result.estimates[(result.keys["statistic"] == statistic).to_numpy()][column].iloc[0])


def test_days_that_are_all_alike_show_no_change_and_no_dust_of_arithmetic() -> None:
    said = answer(one_person(cohort(diary("a", np.full(40, 5.0), 20)), study())).media["text/plain"]
    assert "changed by 0.00 NRS points" in said


def test_too_few_days_are_refused_with_how_many_there_are() -> None:
    # By hand: eleven days, the change on the sixth, and the days next to it left out.
    refused = one_person(cohort(diary("a", np.arange(11) % 3, 5)), study())
    assert isinstance(refused, Refusal)
    assert "with too few days: 1; the most are 4 before and 4 after)" in refused.reason


def test_a_step_of_two_points_is_the_change_in_level() -> None:
    """By hand: pain 6 up to day 20 and 4 after it, with a wobble of a hundredth."""
    wobble = 0.01 * np.tile([1, -1], 21)[:41]
    result = one_person(cohort(diary("somebody", 6 - 2 * (np.arange(41) > 20) + wobble, 20)), study())
    assert value(result, "level change") == pytest.approx(-2, abs=0.02)
    assert value(result, "level change", "conf_high") < -1.9
    assert value(result, "days before") == value(result, "days after") == 19
    assert value(result, "start") == 20
    assert isinstance(result, Result)
    assert not result.causal
    assert "somebody" not in str(to_payload(result))


def test_days_before_baseline_and_parts_of_days_are_counted_from_the_first_day() -> None:
    scores = 6 - 2 * (np.arange(30) > 14) + 0.01 * np.tile([1, -1], 15)
    people, table = diary("a", scores, 4, first=-10)
    twice = pd.concat([table, table.assign(days=table["days"] + 0.5)], ignore_index=True)
    result = one_person(Cohort("twice", participants=people, checkins=twice), study())
    assert value(result, "level change") == pytest.approx(-2, abs=0.02)
    assert value(result, "start") == 4


def test_several_people_are_pooled_as_people_who_differ() -> None:
    rng = np.random.default_rng(1)
    result = one_person(
        cohort(
            *(
                diary(
                    f"p{n}",
                    np.clip(5 + rng.standard_normal(40) - 0.4 * n * (np.arange(40) > 20), 0, 10),
                    20.0,
                )
                for n in range(9)
            )
        ),
        study(),
    )
    assert isinstance(result, Result)
    assert result.keys is not None
    own = result.estimates[(result.keys["statistic"] == "level change").to_numpy()]
    assert len(own) == 9
    expected = pooled(own["estimate"], own["std_error"])
    assert value(result, "pooled level change") == pytest.approx(expected.estimate)
    assert value(result, "pooled level change", "conf_low") == pytest.approx(expected.conf_low)
    assert value(result, "prediction", "conf_high") == pytest.approx(expected.prediction_high)
    counts = sum(value(result, f"people: {one}") for one in ("fell", "rose", "did not show a change"))
    assert counts == 9


def test_a_person_whose_pain_never_varies_does_not_outweigh_all_others() -> None:
    """Scores in whole points that are all alike were rounded: their change is none, give or take a step over the root of 12."""
    rng = np.random.default_rng(4)
    others = [
        diary(f"p{n}", np.round(np.clip(6 - 2 * (np.arange(40) > 20) + rng.standard_normal(40), 0, 10)), 20.0)
        for n in range(6)
    ]
    for never_varies in (0.0, 3.0):
        result = one_person(cohort(*others, diary("same", np.full(40, never_varies), 20.0)), study())
        assert value(result, "pooled level change") < -1
        assert isinstance(result, Result)
        same = result.estimates[result.estimates["term"] == "person 7: change in level"].iloc[0]
        assert same["estimate"] == pytest.approx(0, abs=1e-9)
        assert same["std_error"] > 0.1
    alone = one_person(cohort(diary("same", np.full(40, 0.0), 20.0)), study())
    assert value(alone, "level change", "conf_low") < 0 < value(alone, "level change", "conf_high")


@pytest.mark.parametrize("switch", [True, False, "trap"])
def test_a_change_is_seen_where_it_was_and_a_worst_day_makes_none(switch: Any) -> None:
    """C24: 1.2 points less after the change, nothing, and a change taken up on the worst day."""
    result = one_person(simulate(claim_scenario("C24", switch), 128, 11).cohort(), study())
    low, high = (value(result, "pooled level change", one) for one in ("conf_low", "conf_high"))
    if switch is True:
        assert low < -1.2 < high < 0
    else:
        assert -0.5 < low < 0.1
        assert high > -0.1
    assert ("taken up on bad days" in answer(result).media["text/plain"]) == (switch == "trap")


def test_a_start_drawn_by_lot_brings_its_own_test_and_causal_words() -> None:
    made = simulate(claim_scenario("C24", True), 64, 5).cohort()
    result = one_person(made, study(start_drawn_from=(21, 62)))
    assert isinstance(result, Result)
    assert result.causal
    assert value(result, "randomisation test", "p_value") < 0.01
    assert "chance decided when the change was taken up" in answer(result).media["text/plain"]


def test_people_who_do_not_show_that_they_differ_foretell_no_other_person() -> None:
    # Everybody has the same days, so that nothing at all is between them.
    scores = np.array([5, 6, 4, 5, 5, 6, 4, 5, 6, 4] * 4, dtype=float) - 2 * (np.arange(40) > 20)
    alike = cohort(*(diary(name, scores, 20) for name in "abcd"))
    result = one_person(alike, study())
    assert isinstance(result, Result)
    assert not (result.keys["statistic"] == "prediction").any()
    assert (
        "how far the change of another person may lie from the mean cannot be told"
        in answer(result).media["text/plain"]
    )
    assert "expected (95 %)" not in str(several_people_figure(result).media)


@pytest.mark.parametrize("effect", [-2.0, 2.0])
def test_a_lot_is_a_lot_though_the_change_works_on_its_very_day(effect: float) -> None:
    rng = np.random.default_rng(8)
    starts = rng.integers(21, 48, 30)
    diaries = []
    for number, start in enumerate(starts):
        pain, noise = 0.0, []
        for step in rng.normal(0, 1, 70):
            pain = 0.5 * pain + step
            noise.append(pain)
        scores = 5 + np.array(noise) + effect * (np.arange(70) >= start)
        diaries.append(diary(f"{number:02d}", scores.clip(0, 10), float(start)))
    result = one_person(cohort(*diaries), study(start_drawn_from=(21, 47)))
    assert isinstance(result, Result), result
    low, high = (value(result, "pooled level change", one) for one in ("conf_low", "conf_high"))
    assert min(low / effect, high / effect) > 0
    assert abs(value(result, "rank") - 0.5) > 0.15


def test_a_lot_that_gave_only_bad_days_was_none() -> None:
    made = simulate(claim_scenario("C24", "trap"), 64, 5).cohort()
    result = one_person(made, study(start_drawn_from=(21, 62)))
    assert isinstance(result, Refusal)
    assert "they fall on days that are no draw: their mean rank" in result.reason


@pytest.mark.parametrize(
    ("change", "start", "days", "said"),
    [
        ({"start_drawn_from": (30, 40)}, 20.0, 40, "a change was taken up on day 20, which a lot over days 30 to 40 cannot give"),
        ({}, 38.0, 40, "nobody has 5 days of back pain that count both before and after the change"),
        ({}, np.nan, 40, "people without a day of change: 1"),
        ({"exposure": "age_years"}, 20.0, 40, "no column 'age_years'"),
        ({"outcome": "disability_odi"}, 20.0, 40, "no column 'disability_odi'"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_by_name(
    change: dict[str, Any], start: float, days: int, said: str
) -> None:
    result = one_person(cohort(diary("x", np.tile([3.0, 4.0], days // 2), start)), study(**change))
    assert isinstance(result, Refusal)
    assert said in result.reason


def test_an_outcome_of_visits_only_is_refused() -> None:
    people, table = diary("x", np.tile([3.0, 4.0], 20), 20.0)
    visits = pd.DataFrame({"participant_id": ["x"], "weeks": [0.0], "disability_odi": [20.0]})
    result = one_person(
        Cohort("v", participants=people, visits=visits, checkins=table), study(outcome="disability_odi")
    )
    assert isinstance(result, Refusal)
    assert "no check-in records disability_odi" in result.reason


def test_the_sheet_of_one_person_is_drawn_worded_and_kept_from_public_reports() -> None:
    rng = np.random.default_rng(2)
    result = one_person(cohort(diary("only", np.clip(5 + rng.standard_normal(40), 0, 10), 20)), study())
    said = answer(result).media["text/plain"]
    assert "so these days cannot tell whether anything changed" in said
    assert "would have been needed to be seen in four of five such persons" in said
    assert "image/png" in one_person_figure(result).media
    assert "text/html" in several_people_figure(result).media
    assert isinstance(from_payload(to_payload(result)), Result)
    assert isinstance(disclosed(result, 5), Refusal)


def test_people_are_drawn_in_order_and_single_ones_stay_out_of_public_reports() -> None:
    rng = np.random.default_rng(3)
    many = cohort(*(diary(f"p{n}", np.clip(5 + rng.standard_normal(40), 0, 10), 20.0) for n in range(12)))
    result = one_person(many, study())
    assert "image/png" in several_people_figure(result).media
    public = disclosed(result, 5)
    assert isinstance(public, Result)
    assert not public.estimates["term"].str.startswith("person").any()
    assert "single people out" in several_people_figure(public).media["text/plain"]
