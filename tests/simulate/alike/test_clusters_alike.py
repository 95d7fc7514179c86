"""What people of one site or therapist share is found again, and is in the cohorts drawn."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "repeat"))

import wrong_analyses as wrong

from lowback.cohort import Cohort
from lowback.simulate import simulate, simulated_study
from lowback.simulate.alike import alike_slopes, alike_trial, clusters
from lowback.simulate.alike.components import components
from lowback.simulate.alike.differing import fit_stretch
from lowback.simulate.alike.groups import groupings_of
from lowback.simulate.alike.people import dealt


def in_groups(of: np.ndarray) -> np.ndarray:
    return np.eye(of.max() + 1)[of]


def test_components_of_groups_of_equal_size_are_those_of_the_analysis_of_variance():
    # By hand: of = 2 groups of 2; group means 2 and 6, so mean squares are 16 between and 2 within; (16 - 2) / 2 = 7.
    scores = np.array([[1.0], [3.0], [5.0], [7.0]])
    found = components(np.ones((4, 1)), scores, [in_groups(np.array([0, 0, 1, 1]))])
    assert found.within[0, 0] == pytest.approx(2)
    assert found.between[0][0, 0] == pytest.approx(7)


def test_components_of_sites_and_therapists_are_found_again_although_arms_take_some_up():
    # Known truth over 200 trials: sites 1, therapists 2, people 4, and at two visits correlated 0.5 throughout.
    truth = np.array([[1, 0.5], [0.5, 1]])
    of = np.repeat(np.arange(16), 8)
    site, arm = of // 4, of % 2
    design = np.column_stack([np.ones(len(of)), arm])
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        parts = [rng.multivariate_normal([0, 0], size * truth, count)[at]
                 for size, count, at in ((1, 4, site), (2, 16, of), (4, len(of), np.arange(len(of))))]  # fmt: skip
        scores = np.sum(parts, axis=0)
        scores[rng.random(scores.shape) < 0.15] = np.nan
        made = components(design, scores, [in_groups(site), in_groups(of)])
        found.append([*made.between, made.within])
    error = np.std(found, axis=0, ddof=1) / np.sqrt(200)
    expected = np.array([1, 2, 4])[:, None, None] * truth
    assert (np.abs(np.mean(found, axis=0) - expected) < 4 * error).all()


@pytest.mark.parametrize(("icc", "sites"), [(0.0, 0), (0.3, 0), (0.3, 6)])
def test_people_of_a_therapist_are_as_alike_as_in_the_cohort_before_and_after(icc, sites):
    cohort, study = wrong.clustered_trial(60, 10, icc, seed=2, sites=sites), wrong.study()
    world = alike_trial(cohort, study, study.estimands[0])
    made = [world.cohort(world.draw(np.random.default_rng(seed)), world.effects(1.0)) for seed in range(30)]
    for week in (0, 12):
        assert np.mean([shared_of(one, week) for one in made]) == pytest.approx(
            shared_of(cohort, week), abs=0.06
        )


def shared_of(cohort: Cohort, week: float) -> float:
    """The share of the variance at a visit that is therapists', within arms."""
    people = cohort.participants
    scores = cohort.visits[cohort.visits["weeks"] == week].set_index("participant_id")["pain_nrs"]
    arms = pd.get_dummies(people["arm"]).to_numpy(float)
    grouping = next(one for one in groupings_of(people) if one.name == "cluster_id")
    values = scores.reindex(people["participant_id"]).to_numpy(float)[:, None]
    found = components(arms, values, [grouping.columns(np.ones(len(people), dtype=bool))])
    return max(0.0, float(found.between[0][0, 0] / (found.between[0][0, 0] + found.within[0, 0])))


def test_each_site_keeps_its_people_and_their_arms():
    made = simulate("field", 160, 1, days=1)
    cohort = Cohort("six sites", made.participants, made.visits)
    study = simulated_study("field")
    world = alike_trial(cohort, study, study.estimands[0])
    drawn = world.cohort(world.draw(np.random.default_rng(1)), world.estimated).participants
    pd.testing.assert_frame_equal(
        pd.crosstab(drawn["site_id"], drawn["arm"]),
        pd.crosstab(cohort.participants["site_id"], cohort.participants["arm"]),
    )
    assert drawn["site_id"].dtype == cohort.participants["site_id"].dtype
    # Somebody else's age in the same place.
    assert (drawn["age_years"].to_numpy() != cohort.participants["age_years"].to_numpy()).mean() > 0.8


def test_people_without_a_therapist_have_none_in_cohorts_alike():
    cohort, study = wrong.clustered_trial(24, 10, 0.2), wrong.study()
    people = cohort.participants
    usual = people["arm"] == wrong.ARMS[0]
    alone = Cohort("half", people.assign(cluster_id=people["cluster_id"].where(~usual)), cohort.visits)
    world = alike_trial(alone, study, study.estimands[0])
    drawn = world.cohort(world.draw(np.random.default_rng(1)), world.effects(1.0)).participants
    assert drawn.loc[drawn["arm"] == wrong.ARMS[0], "cluster_id"].isna().all()
    assert drawn.loc[drawn["arm"] == wrong.ARMS[1], "cluster_id"].notna().all()


def test_a_site_that_everybody_is_in_changes_nothing():
    cohort, study = wrong.clustered_trial(24, 10, 0.2), wrong.study()
    people = cohort.participants.drop(columns="cluster_id")
    one, other = (
        alike_trial(Cohort("x", table, cohort.visits), study, study.estimands[0])
        for table in (people, people.assign(site_id="here"))
    )
    first, second = (
        world.cohort(world.draw(np.random.default_rng(1)), world.estimated) for world in (one, other)
    )
    pd.testing.assert_frame_equal(first.visits, second.visits)
    assert set(second.participants["site_id"]) == {"here"}


def test_sites_are_drawn_whole_where_an_outcome_goes_with_an_exposure():
    made = simulate("field", 160, 1, days=1)
    twelve = [f"site {at % 12}" for at in range(160)]
    people = made.participants.assign(site_id=[*twelve[:155], *[None] * 5])
    study = simulated_study("field")
    estimand = next(one for one in study.estimands if one.summary == "slope")
    world = alike_slopes(Cohort("twelve sites", people, made.visits), study, estimand)
    drawn = world.cohort(np.random.default_rng(1), world.estimated).participants
    sizes = drawn["site_id"].value_counts()
    assert len(sizes) == 12
    assert set(sizes) <= {12, 13}
    assert drawn["site_id"].isna().sum() == 5


def test_an_arm_in_which_scores_spread_further_is_found_and_few_people_show_little():
    rng = np.random.default_rng(3)
    arm = np.repeat([0, 1], 4000)
    left = rng.standard_normal((8000, 2)) * np.where(arm == 1, 1.3, 1.0)[:, None]
    assert fit_stretch(left, arm, 0, 2)[1] == pytest.approx(1.3, rel=0.05)
    few = np.r_[0:10, 4000:4010]
    assert 0.9 < fit_stretch(left[few], arm[few], 0, 2)[1] < 1.15
    assert fit_stretch(left[:0], arm[:0], 0, 2).tolist() == [1, 1]


def test_effects_that_differ_between_people_spread_the_treated_and_nobody_without_an_effect():
    cohort, study = wrong.trial(200, seed=4), wrong.study()
    scores = cohort.visits["pain_nrs"].to_numpy(float)
    treated = cohort.visits["participant_id"].isin(
        cohort.participants.loc[cohort.participants["arm"] == wrong.ARMS[1], "participant_id"]
    )
    wide = (treated & (cohort.visits["weeks"] > 0)).to_numpy()
    spread = np.clip(np.where(wide, 5 + 1.8 * (scores - 5), scores), 0, 10)
    world = alike_trial(
        Cohort("wide", cohort.participants, cohort.visits.assign(pain_nrs=spread)), study, study.estimands[0]
    )
    assert world.stretch[1] > 1.2
    people = world.draw(np.random.default_rng(1), 20_000)
    both = [world.scores(people, world.effects(1.0), np.full(20_000, at)) for at in (0, 1)]
    assert both[1].std() / both[0].std() > 1.15
    assert (both[1] - both[0]).std() > 0.3
    same = [world.scores(people, world.effects(0.0), np.full(20_000, at)) for at in (0, 1)]
    np.testing.assert_array_equal(*same)


def test_arms_are_dealt_out_evenly_in_each_stratum_of_randomisation():
    cohort, study = wrong.trial(50), wrong.study()
    people = cohort.participants.assign(stratum=["severe" if at < 30 else "mild" for at in range(100)])
    world = alike_trial(Cohort("strata", people, cohort.visits), study, study.estimands[0])
    firsts = set()
    for seed in range(20):
        drawn = world.cohort(world.draw(np.random.default_rng(seed)), world.estimated).participants
        counts = pd.crosstab(drawn["stratum"], drawn["arm"])
        assert (counts.diff(axis=1).iloc[:, 1].abs() <= 1).all()
        assert counts.sum().tolist() == [50, 50]
        firsts.add(tuple(drawn["arm"].iloc[:8]))
    # Within strata chance decides.
    assert len(firsts) > 10


def test_arms_of_unequal_size_are_dealt_out_in_their_proportion():
    arm, stratum = np.repeat([0, 1, 2], [60, 30, 10]), np.arange(100) % 2
    made = dealt(np.random.default_rng(1), arm, stratum)
    assert np.bincount(made).tolist() == [60, 30, 10]
    for one in (0, 1):
        assert np.abs(np.bincount(made[stratum == one]) - [30, 15, 5]).max() <= 1


@pytest.mark.parametrize("sites", [["a", "a", "b", "b"], ["a", "a", "b", None], [1, 1, 2, 3]])
@pytest.mark.parametrize("week", [0, 12])
def test_a_handful_of_people_at_sites_is_enough(sites, week):
    cohort, study = wrong.trial(2), wrong.study()
    scores = cohort.visits["pain_nrs"].where(
        (cohort.visits["weeks"] != week) | (cohort.visits["participant_id"] > "P001")
    )
    sited = Cohort("few", cohort.participants.assign(site_id=sites), cohort.visits.assign(pain_nrs=scores))
    world = alike_trial(sited, study, study.estimands[0])
    drawn = world.cohort(world.draw(np.random.default_rng(1)), world.effects(1.0))
    assert np.isfinite(world.covariance).all()
    assert drawn.participants["site_id"].isna().tolist() == pd.isna(sites).tolist()


def test_of_many_groups_the_first_are_enough(monkeypatch):
    cohort, study = wrong.clustered_trial(60, 4, 0.3), wrong.study()
    every = alike_trial(cohort, study, study.estimands[0]).clustering.shared[0]
    monkeypatch.setattr(clusters, "MOST_GROUPS", 40)
    some = alike_trial(cohort, study, study.estimands[0]).clustering.shared[0]
    assert some != pytest.approx(every)
    assert some == pytest.approx(every, abs=0.6)
