"""Who is measured where: arms within sites, and one site more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.simulate import Simulated, simulate
from lowback.simulate.scenario import Scenario


def made(people: int, seed: int, sites: int, raters: int = 2, **parameters) -> Simulated:
    plan = {"sites": sites, "raters_a_site": raters, "devices_a_site": 2, "readings": 2}
    scenario = Scenario(
        title="a test", says="nothing", name="tested", measurement=plan, parameters=parameters
    )
    return simulate(scenario, people, seed, days=5)


def test_arms_are_balanced_within_each_site_unless_asked_otherwise():
    people = made(512, 1, 5).participants
    counts = people.groupby("site_id")["arm"].value_counts().unstack()
    assert len(counts) == 5
    assert (counts.max(axis=1) == counts.min(axis=1)).all()


def test_imbalance_has_the_odds_it_was_set_to():
    people = made(8000, 2, 2, site_arm_imbalance=0.7).participants
    treated, second = people["arm"] != "usual care", people["site_id"] == "S02"
    table = pd.crosstab(treated, second).to_numpy()
    log_odds_ratio = np.log(table[1, 1] * table[0, 0] / (table[1, 0] * table[0, 1]))
    assert log_odds_ratio == pytest.approx(0.7, abs=3.5 * np.sqrt((1 / table).sum()))


@settings(max_examples=8)
@given(st.integers(1, 6), st.integers(0, 2**40), st.integers(8, 300))
def test_one_site_more_changes_nobody_who_does_not_join_it(sites, seed, people):
    fewer, more = made(people, seed, sites), made(people, seed, sites + 1)
    where = more.participants.set_index("participant_id")["site_id"]
    stayed = where.index[where != f"S{sites + 1:02d}"]
    for table in ("participants", "visits", "checkins"):
        before, after = (
            one[one["participant_id"].isin(stayed)].reset_index(drop=True)
            for one in (getattr(fewer, table), getattr(more, table))
        )
        pd.testing.assert_frame_equal(before, after)


def test_sites_change_what_is_recorded_and_not_who_people_are():
    alone, together = made(200, 3, 0, raters=0), made(200, 3, 4)
    shared = list(alone.participants)
    # Whoever is in more pain at his site leaves the sooner.
    shared = [name for name in shared if name not in ("withdrew_week", "withdrawal_reason")]
    pd.testing.assert_frame_equal(alone.participants[shared], together.participants[shared])


@pytest.mark.parametrize("count", ["sites", "raters_a_site", "devices_a_site"])
def test_a_negative_count_is_refused(count):
    with pytest.raises(ValueError, match=rf"{count}\n.*greater than or equal to 0"):
        Scenario(title="a", says="b", measurement={count: -1})
