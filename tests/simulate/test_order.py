"""What may not change a simulated cohort or what is found in it: the order of blocks and of people, and how many they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.analyses.ancova import ancova
from lowback.analyses.within_between import within_between
from lowback.cohort import Cohort
from lowback.simulate import simulate, simulated_study
from lowback.simulate.blocks import block_tables
from lowback.simulate.recording.rows import BLOCK
from lowback.simulate.scenario import read_scenario

SEEDS = st.integers(0, 2**40)
SCENARIOS = st.sampled_from(["literature", "mechanism", "null"])


@settings(max_examples=8)
@given(SEEDS, SCENARIOS, st.permutations([0, 1, 5, 300]))
def test_blocks_made_in_any_order_are_the_same(seed, name, order):
    scenario, people = read_scenario(name), 301 * BLOCK
    alone = {number: block_tables(scenario, number, people, seed, 2) for number in sorted(order)}
    for number in order:
        again = block_tables(scenario, number, people, seed, 2)
        for one, other in zip(alone[number], again, strict=True):
            assert one.equals(other)


@settings(max_examples=8)
@given(SEEDS, SCENARIOS, st.integers(8, 300), st.integers(1, 300))
def test_people_who_come_later_change_nobody_who_was_there(seed, name, people, later):
    few, many = (simulate(name, n, seed, days=2) for n in (people, people + later))
    first = few.participants["participant_id"]
    for table in ("participants", "visits", "checkins"):
        there = getattr(many, table)
        kept = there[there["participant_id"].isin(first)].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, getattr(few, table))


@settings(max_examples=6)
@given(SEEDS, st.integers(0, 2**32))
def test_people_in_any_order_give_the_same_answers(seed, shuffle):
    made = simulate("mechanism", 120, seed, days=1)
    rng = np.random.default_rng(shuffle)
    mixed = {
        table: getattr(made, table).iloc[rng.permutation(len(getattr(made, table)))]
        for table in ("participants", "visits", "checkins")
    }
    ordered, shuffled = made.cohort(), Cohort(name="shuffled", **mixed)
    for analysis in (ancova, within_between):
        one, other = (analysis(cohort, simulated_study()).estimates for cohort in (ordered, shuffled))
        assert list(one["term"]) == list(other["term"])
        np.testing.assert_allclose(
            one[["estimate", "std_error"]], other[["estimate", "std_error"]], rtol=1e-9, atol=1e-12
        )
