"""Moves on a ladder: by hand, against counts by another program, by simulated truth, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.transitions import transitions
from lowback.cohort import Cohort
from lowback.disclosure import disclosed
from lowback.figures import steps_figure
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.simulate import claim_scenario, simulate
from lowback.simulate.claims import Switch
from lowback.study import Estimand, Study


def cohort(*people: list[float | None], weeks: tuple[float, ...] = (0, 4, 8, 12)) -> Cohort:
    rows = [
        {"participant_id": f"{at:03d}", "weeks": week, "care_step": step}
        for at, steps in enumerate(people)
        for week, step in zip(weeks, steps, strict=True)
    ]
    visits = pd.DataFrame(rows)
    return Cohort(
        "ladder",
        pd.DataFrame({"participant_id": visits["participant_id"].unique()}),
        visits.assign(care_step=visits["care_step"].astype("Int64")),
    )


def study(outcome: str = "care_step", **changes: object) -> Study:
    estimand = Estimand(name="steps", summary="transitions", outcome=outcome, **changes)
    return Study(title="Care", design="cohort", weeks=(0, 4, 8, 12), estimands=(estimand,))


def found(result: Result | Refusal) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return pd.concat([result.keys, result.estimates], axis=1)


def one(result: Result | Refusal, **key: object) -> pd.Series:
    rows = found(result)
    for name, value in key.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, key
    return rows.iloc[0]


# Moves: A up, up; B a step left out, then down; C none (a gap); D up.
FOUR = cohort([0, 1, 2, 2], [0, 2, 2, 1], [1, None, 1, 1], [1, 1, 2, 2])


def test_moves_are_counted_by_hand() -> None:
    result = transitions(FOUR, study())
    up = one(result, statistic="one step up")
    assert (up["estimate"], up["n_participants"]) == (pytest.approx(3 / 5), 3)
    assert one(result, statistic="one step up, less the threshold")["estimate"] == pytest.approx(0.6 - 0.9)
    assert one(result, statistic="leaves out a step")["estimate"] == pytest.approx(1 / 5)
    assert one(result, statistic="down")["estimate"] == pytest.approx(1 / 5)
    assert one(result, statistic="begins lowest")["estimate"] == pytest.approx(2 / 4)
    # After step 2 there were A's 2, B's 2 and 1, D's 2.
    assert one(result, statistic="step after step", step=2, step_after=2)["estimate"] == pytest.approx(3 / 4)
    assert one(result, statistic="on a step", step=2, weeks=4)["estimate"] == pytest.approx(1 / 3)
    assert one(result, statistic="count on a step", step=2, weeks=4)["estimate"] == 1


def test_a_visit_that_was_missed_makes_no_move() -> None:
    result = transitions(
        cohort([0, None, 3, 3], [0, 1, 1, 1], [0, 1, 1, 1]), study()
    )  # nobody is seen to leave out a step
    assert one(result, statistic="leaves out a step")["estimate"] == 0


def test_counts_are_those_of_a_cross_table() -> None:
    made = simulate(claim_scenario("C35", False), 120, 4, 1).cohort()
    assert made.visits is not None
    wide = made.visits.pivot(index="participant_id", columns="weeks", values="care_step").to_numpy(float)
    pairs = pd.DataFrame(
        np.concatenate([wide[:, at : at + 2] for at in range(3)]), columns=["before", "after"]
    ).dropna()
    crossed = pd.crosstab(pairs["before"], pairs["after"], normalize="index")
    result = transitions(made, study())
    for before in crossed.index:
        for after in crossed.columns:
            row = one(result, statistic="step after step", step=before, step_after=after)
            assert row["estimate"] == pytest.approx(crossed.loc[before, after])


@pytest.mark.parametrize(("setting", "kept_to"), [(True, True), (False, False), ("trap", False)])
def test_care_by_the_ladder_is_told_from_a_record_that_can_only_climb(setting: Switch, kept_to: bool) -> None:
    for seed in range(3):
        made = simulate(claim_scenario("C35", setting), 200, seed, 1).cohort()
        beyond = one(transitions(made, study()), statistic="one step up, less the threshold")
        assert (beyond["conf_low"] > 0) == kept_to
        assert (beyond["conf_high"] < 0) == (not kept_to)


def test_the_interval_covers_the_share_of_moves_one_step_up() -> None:
    # Any step at any visit: of 12 ordered pairs of different steps, 3 go one step up.
    rng = np.random.default_rng(6)
    held = 0
    for _ in range(200):
        made = cohort(*rng.integers(0, 4, (30, 4)).tolist())
        row = one(transitions(made, study()), statistic="one step up")
        held += row["conf_low"] <= 0.25 <= row["conf_high"]
    # 95 % of 200, less 2.6 standard errors.
    assert held >= 182


def test_a_record_that_never_goes_down_is_told_in_the_method() -> None:
    result = transitions(cohort([0, 1, 2, 2], [0, 1, 1, 1], [0, 0, 1, 2]), study())
    assert isinstance(result, Result)
    assert "the highest step so far" in result.method
    four = transitions(FOUR, study())
    assert isinstance(four, Result)
    assert "the highest step so far" not in four.method


def test_the_sentence_claims_no_more_than_the_interval() -> None:
    few = answer(transitions(cohort([0, 1, 2, 3], [0, 1, 1, 1]), study())).media["text/plain"]
    assert "cannot tell whether more or fewer than 90 % of moves" in few
    many = answer(transitions(cohort(*[[0, 1, 2, 3]] * 60), study())).media["text/plain"]
    assert "More than 90 % of moves go exactly one step up: 100" in many
    assert "Fewer than 90 %" in answer(transitions(cohort(*[[3, 1, 3, 0]] * 40), study())).media["text/plain"]


def test_few_people_on_a_step_are_left_out_with_their_share() -> None:
    kept = found(disclosed(transitions(cohort(*[[0, 1, 1, 2]] * 30, [0, 1, 1, 3]), study()), 5))
    gone = kept[(kept["step"] == 3) & (kept["weeks"] == 12)]
    assert gone.empty
    shown = answer(disclosed(transitions(cohort(*[[0, 1, 2, 3]] * 4), study()), 5)).media["text/plain"]
    assert "would tell of fewer than 5 people" in shown


def test_the_figure_shows_the_share_asked_for_and_every_step() -> None:
    alt = steps_figure(transitions(FOUR, study())).metadata["image/png"]["alt"]
    assert "one step up: 60" in alt
    assert "on step 2 at week 12" in alt
    assert "no column" in steps_figure(transitions(FOUR, study("pain_nrs"))).media["text/plain"]


def test_what_is_no_ladder_is_refused() -> None:
    said = transitions(cohort([0, 0, 0, 0], [1, 1, 1, 1]), study())
    assert isinstance(said, Refusal)
    assert "0 people with any" in said.reason
    said = transitions(FOUR, study("pain_nrs"))
    assert isinstance(said, Refusal)
    assert "no column 'pain_nrs'" in said.reason
    said = transitions(FOUR, study(threshold=1.5))
    assert isinstance(said, Refusal)
    assert "threshold = 1.5" in said.reason
    said = transitions(cohort([1, None, 1, None], [None, 2, None, 2]), study())
    assert isinstance(said, Refusal)
    assert "two visits in a row" in said.reason
    angles = Cohort(
        "angles",
        pd.DataFrame({"participant_id": ["a"]}),
        pd.DataFrame({"participant_id": ["a"], "weeks": [0.0], "pelvic_tilt_deg": [3.0]}),
    )
    said = transitions(angles, study("pelvic_tilt_deg"))
    assert isinstance(said, Refusal)
    assert "is no ladder" in said.reason
