"""What came between, by arm: counted by eye, intervals as printed, small counts out with what gives them back, and what is not counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from describe.small_trial import STRETCH, study, trial
from lowback.cohort import Cohort
from lowback.describe import events_by_arm
from lowback.disclosure import disclosed
from lowback.figures import events_figure
from lowback.result import Refusal, Result
from lowback.simulate import claim_scenario, simulate, simulated_study
from lowback.tables import events_table

ARMS = (STRETCH, "usual care")


def found(result: Result | Refusal) -> dict[tuple[str, str, str], pd.Series]:
    """The rows by variable, arm and statistic."""
    assert isinstance(result, Result)
    assert result.keys is not None
    keys = result.keys[["variable", "arm", "statistic"]].itertuples(index=False, name=None)
    return dict(zip(keys, (row for _, row in result.estimates.iterrows()), strict=True))


def of_visits(**columns: list[object]) -> Cohort:
    """The small trial, in which at week 6 the people 001, 002, 004, 005 and 006 came, with these columns there and nothing before."""
    small = trial()
    assert small.visits is not None
    late = small.visits["weeks"] == 6
    visits = small.visits.copy()
    for name, values in columns.items():
        visits[name] = pd.Series(values, index=visits.index[late]).reindex(visits.index)
    return Cohort("trial", small.participants, visits)


def test_people_are_counted_once_of_those_with_a_record() -> None:
    rows = found(events_by_arm(of_visits(smt_visits=[2.0, 0.0, None, 1.0, 1.0]), study()))
    counted = {
        arm: (
            rows["smt_visits", arm, "count"]["estimate"],
            rows["smt_visits", arm, "count"]["n_participants"],
        )
        for arm in ARMS
    }
    assert counted == {STRETCH: (1, 2), "usual care": (2, 2)}
    assert rows["smt_visits", "all", "percentage"]["estimate"] == 75
    assert rows["withdrawal_reason", STRETCH, "count"]["estimate"] == 1
    assert rows["withdrawal_reason", STRETCH, "count"]["n_participants"] == 4


def test_what_was_there_at_baseline_did_not_come_between() -> None:
    small = trial()
    assert small.visits is not None
    visits = small.visits.assign(other_therapy=(small.visits["weeks"] == 0).astype("boolean"))
    rows = found(events_by_arm(Cohort("trial", small.participants, visits), study()))
    assert rows["other_therapy", "all", "count"]["estimate"] == 0


def test_opioids_and_surgery_are_the_steps_that_count() -> None:
    rows = found(events_by_arm(of_visits(care_step=[1.0, 2.0, 3.0, 0.0, 1.0]), study()))
    assert rows["care_step", STRETCH, "count"]["estimate"] == 2
    assert rows["care_step", "usual care", "count"]["estimate"] == 0


def many(first: int, of: int, second: int, of_second: int) -> Result | Refusal:
    """An arm in which so many saw a therapist, and the comparator."""
    ids = [f"{n:04d}" for n in range(of + of_second)]
    arm = np.repeat(ARMS, [of, of_second])
    seen = np.r_[np.arange(of) < first, np.arange(of_second) < second]
    people = pd.DataFrame({"participant_id": ids, "arm": arm, "pregnant": False})
    visits = pd.DataFrame({"participant_id": np.repeat(ids, 2), "weeks": np.tile([0.0, 6.0], len(ids))})
    visits["smt_visits"] = np.repeat(seen.astype(float), 2)
    return events_by_arm(Cohort("many", people, visits), study())


def test_intervals_are_those_printed() -> None:
    # Newcombe 1998, Stat Med 17:873-890, table II (a), method 10: 56 of 70 less 48 of 80.
    row = found(many(56, 70, 48, 80))["smt_visits", STRETCH, "difference"]
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx((20, 5.24, 33.39), abs=0.005)
    assert row["unit"] == "%"


def test_a_small_count_leaves_with_what_gives_it_back() -> None:
    shown = found(disclosed(many(3, 40, 20, 40), 5))
    assert not [key for key in shown if key[1] == STRETCH]
    assert ("smt_visits", "usual care", "percentage") not in shown
    assert ("smt_visits", STRETCH, "difference") in found(disclosed(many(6, 40, 20, 40), 5))


def test_where_the_arms_are_alike_few_differences_exclude_none() -> None:
    excluded = 0
    for seed in range(300):
        a, b = np.random.default_rng(seed).binomial(60, 0.3, 2)
        row = found(many(int(a), 60, int(b), 60))["smt_visits", STRETCH, "difference"]
        excluded += not row["conf_low"] <= 0 <= row["conf_high"]
    # 5 % of 300, give or take 2.6 standard errors.
    assert 5 <= excluded <= 25


def test_a_simulated_trial_has_them_as_its_tables_have_them() -> None:
    scenario = claim_scenario("C38", True)
    made = simulate(scenario, 80, 3, 1)
    rows = found(events_by_arm(made.cohort(), simulated_study(scenario)))
    people = made.participants.set_index("participant_id")
    eligible = people[
        people["consent"] & ~people["red_flag"] & ~people["radiculopathy"] & ~people["pregnant"]
    ].index
    later = made.visits[(made.visits["weeks"] > 0) & made.visits["participant_id"].isin(eligible)]
    seen = later.dropna(subset=["smt_visits"]).groupby("participant_id")["smt_visits"].max() > 0
    assert rows["smt_visits", "all", "count"]["estimate"] == seen.sum()
    assert rows["smt_visits", "all", "count"]["n_participants"] == len(seen)


def test_nothing_recorded_is_refused_with_what_is_missing() -> None:
    visits = pd.DataFrame({"participant_id": ["1", "2"], "weeks": [0.0, 6.0], "pain_nrs": [3.0, 2.0]})
    result = events_by_arm(
        Cohort("plain", visits=visits), study().model_copy(update={"arms": (), "eligibility": ()})
    )
    assert isinstance(result, Refusal)
    assert "records nothing that came between" in result.reason


def test_names_of_arms_are_shown_as_they_are() -> None:
    result = many(8, 20, 5, 20)
    assert "stretch, &lt;b&gt;20 s&lt;/b&gt;" in events_table(result).media["text/html"]
    assert f"{STRETCH}: 40 % (" in events_figure(result).metadata["image/png"]["alt"]
