"""Adding a site, or calling sites something else, changes no estimate and no certificate that it should not change."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import wrong_analyses as wrong
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback import repeating
from lowback.cohort import Cohort
from lowback.intake import read_cohort
from lowback.repeat.certify import certify
from lowback.result import Refusal, Result
from lowback.simulate import Scenario, read_scenario, simulate
from lowback.study import Study, read_study

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example"


@cache
def example() -> tuple[Cohort, Study]:
    return read_cohort(EXAMPLE / "mapping.yml"), read_study(EXAMPLE / "study.yml")


@cache
def said(analysis: str) -> list[Result | Refusal]:
    cohort, study = example()
    return [repeating.analyses()[analysis](cohort, study.focus(one.name)) for one in study.estimands]


def with_sites(cohort: Cohort, sites: list[str | None]) -> Cohort:
    return Cohort(cohort.name, cohort.participants.assign(site_id=sites), cohort.visits, cohort.checkins)


@pytest.mark.parametrize("analysis", repeating.analyses())
def test_a_site_column_changes_no_estimate(analysis):
    cohort, study = example()
    rng = np.random.default_rng(1)
    several = rng.choice(["north", 'süd, "2"', None], len(cohort.participants)).tolist()
    for sites in (["here"] * len(several), several):
        sited = with_sites(cohort, sites)
        found = [repeating.analyses()[analysis](sited, study.focus(one.name)) for one in study.estimands]
        for one, before in zip(found, said(analysis), strict=True):
            assert type(one) is type(before)
            if isinstance(one, Result):
                pd.testing.assert_frame_equal(one.estimates, before.estimates)


@settings(max_examples=3)
@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=24, max_size=24, unique_by=str.strip))
def test_what_therapists_and_sites_are_called_changes_no_certificate(names):
    cohort = wrong.clustered_trial(24, 3, 0.3)
    people = cohort.participants
    known = dict(zip(people["cluster_id"].unique(), map(str.strip, names), strict=True))
    other = Cohort(cohort.name, people.assign(cluster_id=people["cluster_id"].map(known)), cohort.visits)
    assert terms(other) == terms(cohort)


def test_a_site_that_everybody_is_in_changes_no_certificate():
    cohort = wrong.trial(6)
    assert terms(with_sites(cohort, ["here"] * 12)) == terms(cohort)


def terms(cohort: Cohort) -> list:
    made = certify(cohort, wrong.study(), {"student": wrong.student}, replicates=3, seed=1, made="2026-11-22")
    return [one.terms for one in made.certified]


def sited(sites: int) -> Scenario:
    read = read_scenario("field")
    measurement = read.measurement.model_copy(update={"sites": sites})
    return read.model_copy(update={"measurement": measurement})


def test_a_site_added_to_a_simulated_cohort_leaves_those_who_stay_where_they_are_as_they_are():
    fewer, more = (simulate(sited(one), 200, 3, days=1) for one in (6, 7))
    stays = (fewer.participants["site_id"] == more.participants["site_id"]).to_numpy()
    assert 0.6 < stays.mean() < 1
    assert set(more.participants.loc[~stays, "site_id"]) == {"S07"}
    ids = set(fewer.participants.loc[stays, "participant_id"])
    pd.testing.assert_frame_equal(
        *(one.visits[one.visits["participant_id"].isin(ids)].reset_index(drop=True) for one in (fewer, more))
    )
    pd.testing.assert_frame_equal(
        *(
            one.participants[one.participants["participant_id"].isin(ids)].reset_index(drop=True)
            for one in (fewer, more)
        )
    )
