"""A cohort beside those like it: what was fitted is matched, what was not is said."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "repeat"))

import wrong_analyses as wrong

from lowback.cohort import Cohort
from lowback.intake import read_cohort
from lowback.simulate.alike.figures import shared
from lowback.simulate.alike.likeness import Likened, likeness
from lowback.study import Study, read_study

EXAMPLE = Path(__file__).resolve().parents[3] / "data" / "example"
LONG = (0, 4, 8, 12)
LEAVING = "log odds of leaving per SD of the score last seen"


@cache
def example() -> tuple[Cohort, Study]:
    return read_cohort(EXAMPLE / "mapping.yml"), read_study(EXAMPLE / "study.yml")


def named(found: list[Likened], figure: str) -> list[Likened]:
    return [one for one in found if one.figure == figure]


@pytest.mark.parametrize("place", [0, 2])
def test_cohorts_like_the_example_match_it_but_for_what_chance_may_do(place):
    cohort, study = example()
    found = likeness(cohort, study, study.estimands[place], 60)
    unmatched = [one for one in found if not one.is_matched]
    assert len(found) >= 10
    assert len(unmatched) <= 0.12 * len(found)
    names = {one.figure for one in found}
    if place == 0:
        assert names >= {"mean", "SD", "share missing", "correlation", "share at the lowest score", LEAVING}
        assert len(named(found, "correlation")) == 6
    else:
        assert names >= {"share of the variance between people", "correlation of successive records"}


def test_that_those_in_pain_leave_is_matched():
    cohort, study = wrong.trial(80, LONG, correlation=0.8, leave=(0.2, 0.2), seed=3), wrong.study(LONG)
    found = likeness(cohort, study, study.estimands[0], 60)
    (leaving,) = named(found, LEAVING)
    # Of those with the highest scores by far the most leave.
    assert leaving.own > 1
    assert leaving.is_matched
    assert leaving.mean == pytest.approx(leaving.own, rel=0.25)
    gone = [one for one in named(found, "share missing") if one.when == "week 12"]
    assert [one.mean for one in gone] == pytest.approx([one.own for one in gone], abs=0.06)


def test_a_therapist_who_loses_everybody_is_what_cannot_be_matched():
    cohort, study = wrong.clustered_trial(24, 10, 0.2), wrong.study()
    lost = cohort.participants.loc[
        cohort.participants["cluster_id"].isin(["T00", "T05", "T12"]), "participant_id"
    ]
    visits = cohort.visits[~(cohort.visits["participant_id"].isin(lost) & (cohort.visits["weeks"] == 12))]
    found = likeness(Cohort("lost", cohort.participants, visits), study, study.estimands[0], 40)
    (missing,) = named(found, "share of being missing between therapists or classes")
    assert not missing.is_matched
    assert missing.own > 0.5 > missing.high
    for one in named(found, "share of the variance between therapists or classes"):
        assert one.is_matched


def test_the_share_between_groups_is_that_of_the_analysis_of_variance():
    # By hand: mean squares 16 between and 2 within, groups of 2: (16 - 2) / 2 = 7 of 7 + 2.
    assert shared(np.array([1.0, 3, 5, 7, np.nan]), np.array([0, 0, 1, 1, 1])) == pytest.approx(7 / 9)
    assert np.isnan(shared(np.array([1.0, 2, 3]), np.array([0, 1, -1])))
    assert np.isnan(shared(np.array([1.0, 2, 3]), np.array([0, 0, 0])))
