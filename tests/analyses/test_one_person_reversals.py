"""Taken up, stopped and taken up again: how it is declared, what one person's and several people's days say, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from lowback.analyses.one_person import one_person
from lowback.cohort import Cohort
from lowback.disclosure import disclosed
from lowback.estimators.pooling import pooled
from lowback.figures import one_person_figure, several_people_figure
from lowback.intake import read_cohort
from lowback.language.allowance import Grade, allowance
from lowback.repeat.truths_of_more import of_change
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.simulate import SimulationError, claim_scenario
from lowback.study import Estimand, Study, cohort_problems, read_study

COLUMNS = ("change_day", "stop_day", "again_day")
THEN = [{"day": "stop_day"}, {"day": "again_day"}]
LOTS = [(12, 20), (30, 38), (48, 56)]
DRAWN = {"start_drawn_from": LOTS[0], "then": [{"day": day, "drawn_from": lot} for day, lot in zip(COLUMNS[1:], LOTS[1:], strict=True)]}  # fmt: skip
ORDERS = ["ABAB", "BABA", "ABBA", "BAAB"]
BLOCKS = {"blocks": {"order": "block_order", "days": 14, "drawn_from": ORDERS}}


def study(**changes: Any) -> Study:
    given = {"name": "on and off", "summary": "change in one person", "outcome": "pain_nrs", "smallest_worthwhile": 1, **changes}  # fmt: skip
    return Study(title="A reversal", design="cohort", estimands=(Estimand.model_validate(given),))


def cohort(people: list[tuple[dict[str, Any], Any]]) -> Cohort:
    """People's columns and their scores from day 0 on, NaN for a day without a check-in."""
    diaries = [
        pd.DataFrame({"participant_id": f"P{at:03d}", "days": np.arange(float(len(scores))), "pain_nrs": scores}).dropna()
        for at, (_, scores) in enumerate(people)
    ]  # fmt: skip
    columns = [{"participant_id": f"P{at:03d}", **given} for at, (given, _) in enumerate(people)]
    return Cohort("reversals", participants=pd.DataFrame(columns), checkins=pd.concat(diaries, ignore_index=True))  # fmt: skip


def changed(*days: float) -> dict[str, float]:
    return dict(zip(COLUMNS, map(float, days), strict=False))


def is_on(days: int, changes: Any) -> Any:
    return (np.arange(days)[:, None] > np.asarray(changes)).sum(axis=1) % 2


def noise(rng: Any, days: int) -> Any:
    state = rng.standard_normal(days)
    for day in range(1, days):
        state[day] = 0.4 * state[day - 1] + 0.9 * state[day]
    return state


def of_days(rng: Any, changes: Any, difference: float = -2.0) -> tuple[dict[str, float], Any]:
    return changed(*changes), np.clip(6 + difference * is_on(70, changes) + noise(rng, 70), 0, 10)


def of_blocks(rng: Any, order: str, difference: float = -2.0) -> tuple[dict[str, str], Any]:
    on = np.repeat([one == "B" for one in order], 14)
    return {"block_order": order}, np.clip(6 + difference * on + noise(rng, 56), 0, 10)


def value(result: Result | Refusal, statistic: str, column: str = "estimate") -> float:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return float(result.estimates[(result.keys["statistic"] == statistic).to_numpy()][column].iloc[0])


def statistics(result: Result | Refusal) -> set[str]:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return set(result.keys["statistic"])


def test_two_points_less_on_than_off_are_the_difference_and_its_return() -> None:
    """By hand: pain 6 off and 4 on, with a wobble of a hundredth."""
    scores = 6 - 2 * is_on(70, [15, 33, 52]) + 0.01 * np.tile([1, -1], 35)
    result = one_person(cohort([(changed(15, 33, 52), scores)]), study(then=THEN))
    assert value(result, "level change") == pytest.approx(-2, abs=0.02)
    assert value(result, "taken up") == pytest.approx(-2, abs=0.03)
    assert value(result, "stopped") == pytest.approx(2, abs=0.03)
    assert value(result, "stayed") == pytest.approx(0, abs=0.05)
    for at, truth in enumerate((-2, 2, -2)):
        assert value(result, f"change {at + 1} alone") == pytest.approx(truth, abs=0.05)
    # Of 70 days, those of the three changes and one at each side are left out: 0-13 and 35-50 off, 17-31 and 54-69 on.
    assert (value(result, "days before"), value(result, "days after")) == (30, 31)
    assert not statistics(result) & {"slope change", "randomisation test"}
    assert isinstance(result, Result)
    assert not result.causal
    assert any(one.startswith("Nothing is carried over") for one in result.assumptions)


def test_one_change_declared_as_before_has_no_rows_of_a_return() -> None:
    people = [of_days(np.random.default_rng(1), [30])]
    result = one_person(cohort(people), study())
    assert not statistics(result) & {"taken up", "stopped", "stayed", "change 1 alone"}
    assert value(result, "slope change") == value(result, "slope change")


def test_several_people_are_pooled_and_their_return_has_a_row() -> None:
    rng = np.random.default_rng(2)
    people = [of_days(rng, [rng.integers(a, b + 1) for a, b in LOTS]) for _ in range(12)]
    result = one_person(cohort(people), study(**DRAWN))
    assert isinstance(result, Result)
    assert result.keys is not None
    own = result.estimates[(result.keys["statistic"] == "level change").to_numpy()]
    expected = pooled(own["estimate"], own["std_error"])
    assert value(result, "pooled level change") == pytest.approx(expected.estimate)
    assert value(result, "pooled level change", "conf_low") < -2 < value(result, "pooled level change", "conf_high") < -1  # fmt: skip
    assert value(result, "pooled stopped", "conf_low") < 2 < value(result, "pooled stopped", "conf_high")
    assert value(result, "pooled stayed", "conf_low") < 0 < value(result, "pooled stayed", "conf_high")
    assert value(result, "randomisation test", "p_value") < 0.001
    assert result.causal
    assert "the lot allows 729 draws" in result.method
    text = answer(result).media["text/plain"]
    assert "on the programme from off it, which is a difference that matters on average" in text
    assert "When it was stopped, the level changed by" in text
    assert "so it rose again" in text


def test_blocks_in_orders_drawn_by_lot_are_tested_over_those_orders() -> None:
    rng = np.random.default_rng(3)
    result = one_person(cohort([of_blocks(rng, ORDERS[n % 4]) for n in range(12)]), study(**BLOCKS))
    assert value(result, "pooled level change", "conf_low") < -2 < value(result, "pooled level change", "conf_high") < 0  # fmt: skip
    assert value(result, "randomisation test", "p_value") < 0.01
    assert isinstance(result, Result)
    assert result.estimates["term"].str.contains("against the 4 draws that were possible").any()
    # Days of blocks are nobody's choice, so that nothing is said of bad days.
    assert "rank" not in statistics(result)


def test_one_person_in_blocks_of_four_orders_cannot_have_a_smaller_p_value_than_a_quarter() -> None:
    result = one_person(cohort([of_blocks(np.random.default_rng(4), "BAAB", -4.0)]), study(**BLOCKS))
    # By hand: the order drawn and its mirror image ABBA show as large a step, of four.
    assert value(result, "randomisation test", "p_value") == 0.5
    assert isinstance(result, Result)
    assert "the smallest p-value that one person's randomisation test can have is 1 in 4" in result.method
    assert value(result, "start") == 0


def test_blocks_of_one_letter_after_each_other_are_one_phase_and_days_beyond_them_do_not_count() -> None:
    given, scores = of_blocks(np.random.default_rng(5), "ABBA")
    result = one_person(cohort([(given, np.r_[scores, np.full(20, 9.0)])]), study(**BLOCKS))
    assert isinstance(result, Result)
    assert result.keys is not None
    starts = result.estimates[(result.keys["statistic"] == "start").to_numpy()]["estimate"].tolist()
    assert starts == [14, 42]
    # 56 days of blocks less the first of the first block and those of two changes.
    assert value(result, "days before") + value(result, "days after") == 53
    days = result.keys[result.keys["statistic"] == "observed"]["day"]
    assert days.astype(float).max() == 55


def test_a_diary_may_lack_the_first_day_and_the_last() -> None:
    given, scores = of_blocks(np.random.default_rng(11), "BABA")
    gone = np.isin(np.arange(56), [0, 1, 54, 55])
    result = one_person(cohort([(given, np.where(gone, np.nan, scores))]), study(**BLOCKS))
    # 56 days less the four without a check-in, the first of each block after the first, which is gone already.
    assert value(result, "days before") + value(result, "days after") == 49


@pytest.mark.parametrize(
    ("changes", "given", "said"),
    [
        ({"then": THEN}, changed(15, 12, 52), "stop_day = 12 does not come after change_day = 15"),
        ({"then": THEN}, changed(15, 20, 52), "stop_day = 20 leaves fewer than 5 days after change_day = 15"),
        ({"then": THEN}, changed(15, 33, 90), "again_day = 90: the diaries run from day 0 to 69"),
        ({"then": THEN}, changed(15, 33, 67), "at best, the shortest phase has 1"),
        ({"then": THEN}, changed(15, 33), "no column 'again_day'"),
        ({"then": THEN}, changed(15, 33, np.nan), "people without a day of change: 1"),
        ({"then": THEN, "days_to_settle": 4}, changed(15, 24, 52), "stop_day = 24 leaves fewer than 9 days after change_day = 15"),
        (DRAWN, changed(15, 29, 52), "stop_day = 29, which a lot over days 30 to 38 cannot give"),
        ({"blocks": {"order": "block_order", "days": 14, "from_day": -14}}, {"block_order": "ABAB"}, "takes days -14 to 41: the diaries run from day 0 to 69"),
        (BLOCKS, {"block_order": "AABB"}, "block_order = 'AABB': allowed ABAB, BABA, ABBA, BAAB"),
        ({"blocks": {"order": "block_order", "days": 14}}, {"block_order": "ABC"}, "block_order = 'ABC': allowed letters A (off) and B (on)"),
        ({"blocks": {"order": "block_order", "days": 24}}, {"block_order": "ABAB"}, "takes days 0 to 95: the diaries run from day 0 to 69"),
        ({"blocks": {"order": "block_order", "days": 14}}, {"block_order": None}, "people without a day of change: 1"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_with_person_column_and_value(
    changes: dict[str, Any], given: dict[str, Any], said: str
) -> None:
    result = one_person(cohort([(given, np.tile([3.0, 4.0], 35))]), study(**changes))
    assert isinstance(result, Refusal)
    assert said in result.reason


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"then": [{"day": "stop_day", "drawn_from": [30, 38]}]}, "chance drew some changes and not others: no start_drawn_from; give all of them or none"),
        ({"start_drawn_from": [12, 20], "then": [{"day": "stop_day", "drawn_from": [25, 38]}]}, "drawn_from of stop_day begins on day 25, and the change before may be drawn on day 20"),
        ({"start_drawn_from": [12, 20], "then": [{"day": "stop_day", "drawn_from": [38, 30]}]}, "drawn_from of stop_day = [38.0, 30.0]: two whole days, the first and the last"),
        ({"start_drawn_from": [12, 12], "then": [{"day": "stop_day", "drawn_from": [30, 30]}]}, "which is no lot"),
        ({"then": [{"day": "change_day"}]}, "then: 'change_day' is the day of two changes"),
        ({"then": [{"day": "stop_day", "from": 3}]}, "from"),
        ({"blocks": {"order": "block_order", "days": 5}}, "greater than 5"),
        ({"blocks": {"order": "block_order", "days": 14, "drawn_from": ["ABAB", "ABAB"]}}, "the order ABAB stands twice"),
        ({"blocks": {"order": "block_order", "days": 14, "drawn_from": ["ABAB", "AB"]}}, "ABAB and AB have not as many blocks"),
        ({"blocks": {"order": "block_order", "days": 14, "drawn_from": ["ABAB"]}}, "ABAB alone is no lot"),
        ({"blocks": {"order": "block_order", "days": 14, "drawn_from": ["AAAA", "ABAB"]}}, "drawn_from"),
        ({"days_to_settle": 3}, "days_to_settle: has no meaning for one change"),
        ({"blocks": {"order": "block_order", "days": 7}, "days_to_settle": 2}, "blocks: of 7 days, fewer than 5 are left beside that of the change and days_to_settle = 2"),
        ({**DRAWN, "days_to_settle": 5}, "drawn_from of stop_day begins on day 30, and the change before may be drawn on day 20"),
        ({**BLOCKS, "then": [{"day": "stop_day"}]}, "have no meaning beside them"),
        ({"summary": "agreement", "then": [{"day": "stop_day"}]}, "the key 'then' has no meaning for a agreement"),
    ],
)  # fmt: skip
def test_a_lot_or_an_order_that_cannot_be_is_refused_when_the_study_is_read(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (pydantic's own kind of ValueError)
        study(**changes)
    assert said in str(refused.value)


def test_a_study_and_files_of_a_clinic_give_the_difference(tmp_path: Path) -> None:
    """From CSV, mapping and study file to the answer: one plan, as days of changes and as an order of blocks."""
    rng = np.random.default_rng(10)
    made = cohort([({**given, "block_order": "ABBA"}, scores) for given, scores in (of_days(rng, [14, 42], -3.0) for _ in range(4))])  # fmt: skip
    assert made.checkins is not None
    made.participants.to_csv(tmp_path / "people.csv", index=False)
    made.checkins.round(1).to_csv(tmp_path / "diary.csv", index=False)
    units = {"change_day": "days", "stop_day": "days", "days": "days", "pain_nrs": "NRS points"}
    files = {"people.csv": ("participant_id", "block_order", "change_day", "stop_day"), "diary.csv": ("participant_id", "days", "pain_nrs")}  # fmt: skip
    mapping = {
        "cohort": "clinic",
        "files": [
            {"file": file, "columns": {one: {"to": one} | ({"unit": units[one]} if one in units else {}) for one in names}}
            for file, names in files.items()
        ],
    }  # fmt: skip
    (tmp_path / "mapping.yml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    read = read_cohort(tmp_path / "mapping.yml")

    def declared(**keys: Any) -> Study:
        asked = {"name": "on and off", "summary": "change in one person", "outcome": "pain_nrs", **keys}
        text = yaml.safe_dump({"title": "On and off", "design": "cohort", "estimands": [asked]})
        (tmp_path / "study.yml").write_text(text, encoding="utf-8")
        return read_study(tmp_path / "study.yml")

    for keys in ({"then": THEN[:1]}, {"blocks": {"order": "block_order", "days": 14}}):
        assert cohort_problems(declared(**keys), read) == []
        assert value(one_person(read, declared(**keys)), "pooled level change") == pytest.approx(-3, abs=0.8)
    (problem,) = cohort_problems(declared(blocks={"order": "order_of_blocks", "days": 14}), read)
    assert "estimand 'on and off': no column 'order_of_blocks'" in problem
    (problem,) = cohort_problems(declared(then=THEN), read)
    assert "again_day" in problem


def test_people_who_lie_in_few_places_of_the_lot_that_is_told_are_flagged() -> None:
    """Negative control: the changes of thirty people drawn from three days each, told to be drawn from nine; and one order only."""
    rng = np.random.default_rng(6)
    few = [of_days(rng, [rng.integers(a, a + 3) for a, _ in LOTS]) for _ in range(30)]
    refused = one_person(cohort(few), study(**DRAWN))
    assert isinstance(refused, Refusal)
    assert "change 1 is said to be drawn by lot from 9 equally likely places" in refused.reason
    told = {**DRAWN, "start_drawn_from": (12, 14), "then": [{"day": day, "drawn_from": (a, a + 2)} for day, (a, _) in zip(COLUMNS[1:], LOTS[1:], strict=True)]}  # fmt: skip
    assert isinstance(one_person(cohort(few), study(**told)), Result)
    refused = one_person(cohort([of_blocks(rng, "ABAB") for _ in range(10)]), study(**BLOCKS))
    assert isinstance(refused, Refusal)
    assert "10, 0, 0, 0 people in place 1, 2, ..." in refused.reason


def test_days_to_settle_count_for_neither_and_the_method_says_so() -> None:
    """By hand: two points less on and three days beyond, of which nothing stays where three days are left out."""
    day = np.arange(70)
    late = 6 - 2 * ((day > 15) & (day <= 36)) - 2 * (day > 52) + 0.01 * np.tile([1, -1], 35)
    people = [(changed(15, 33, 52), late)]
    result = one_person(cohort(people), study(then=THEN, days_to_settle=3))
    assert value(result, "stopped") == pytest.approx(2, abs=0.03)
    assert value(result, "stayed") == pytest.approx(0, abs=0.05)
    assert value(one_person(cohort(people), study(then=THEN)), "stopped") < 1.5
    assert isinstance(result, Result)
    assert "and 3 days after each change, in which it settles" in result.method
    assert any("is over 3 days after it is stopped" in one for one in result.assumptions)
    # 0-13 and 37-50 off, 19-31 and 56-69 on: two more days gone after each change than the one at each side.
    assert (value(result, "days before"), value(result, "days after")) == (28, 27)


def test_words_are_as_strong_as_the_lot_allows() -> None:
    assert allowance(study(**BLOCKS)).grade == allowance(study(**DRAWN)).grade == Grade.STRONG
    assert allowance(study(then=THEN)).grade == Grade.WEAK


def test_worlds_in_which_nobody_stops_have_no_truth_of_a_return() -> None:
    asked = study(then=THEN)
    with pytest.raises(SimulationError, match="nobody stops what was taken up"):
        of_change(claim_scenario("C24", True), asked, asked.estimands[0])


def test_more_draws_than_can_be_tried_have_no_test_and_the_method_says_so() -> None:
    wide = {"start_drawn_from": (6, 24), "then": [{"day": "stop_day", "drawn_from": (30, 44)}, {"day": "again_day", "drawn_from": (50, 69)}]}  # fmt: skip
    result = one_person(cohort([of_days(np.random.default_rng(7), [15, 35, 60])]), study(**wide))
    assert isinstance(result, Result)
    assert "randomisation test" not in statistics(result)
    # By hand: 19 x 15 x 20 days.
    assert "the lot allows 5,700 draws, more than the 5,000 that are tried" in result.method


def test_the_sheet_shows_phases_and_the_band_leaves_the_line_out_where_the_difference_is_shown() -> None:
    result = one_person(cohort([of_days(np.random.default_rng(8), [15, 33, 52], -3.0)]), study(then=THEN))
    shown = one_person_figure(result)
    assert "image/png" in shown.media
    alt = shown.metadata["image/png"]["alt"]
    assert "taken up on day 15; stopped on day 33; taken up on day 52" in alt
    assert "When it was stopped, the level changed by" in alt
    assert isinstance(result, Result)
    assert result.keys is not None
    rows = result.estimates.assign(statistic=result.keys["statistic"].to_numpy(), day=result.keys["day"].to_numpy())  # fmt: skip
    fitted, without = (rows[rows["statistic"] == one].set_index("day") for one in ("fitted", "had nothing changed"))  # fmt: skip
    on = without.index
    # By hand: the line less the difference, and its ends less the ends of the difference.
    assert (fitted.loc[on, "estimate"] - without["estimate"]).to_numpy() == pytest.approx(value(result, "level change"))  # fmt: skip
    assert (fitted.loc[on, "estimate"] - without["conf_low"]).to_numpy() == pytest.approx(value(result, "level change", "conf_high"))  # fmt: skip
    assert ((fitted.loc[on, "estimate"] < without["conf_low"]).all()) == (value(result, "level change", "conf_high") < 0)  # fmt: skip
    assert isinstance(from_payload(to_payload(result)), Result)
    assert isinstance(disclosed(result, 5), Refusal)


def test_people_are_drawn_by_their_difference_and_the_alternative_text_has_the_return() -> None:
    rng = np.random.default_rng(9)
    result = one_person(cohort([of_blocks(rng, ORDERS[n % 4]) for n in range(8)]), study(**BLOCKS))
    shown = several_people_figure(result)
    assert "change in level of back pain when it was stopped" in shown.metadata["image/png"]["alt"]
    assert "so these days cannot tell whether anything came back" in answer(one_person(cohort([of_blocks(rng, "ABAB", 0.0)]), study(**BLOCKS))).media["text/plain"]  # fmt: skip
