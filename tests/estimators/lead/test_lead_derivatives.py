"""Derivatives that go back through the filter, against statsmodels' differences of the likelihood, and information where the climb ends."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from irregular import irregular_rows
from statsmodels.tools.numdiff import approx_fprime, approx_hess3

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lead"))

from diaries_of import World

from lowback.estimators.lead import backwards, filtering
from lowback.estimators.lead.common_cause import common_cause_of
from lowback.estimators.lead.diaries import diaries
from lowback.estimators.lead.fit import fit_lead
from lowback.estimators.lead.likelihood import Likelihood, Model
from lowback.estimators.lead.process import Bounds

BOUNDS = Bounds(0.01, 4.0, (0.05, 0.0))
POINT = np.array([0.3, -0.2, 0.8, 0.1, 0.4, 0.9, -0.5, 1.3, 0.11, 0.4])
LEVELS = np.array([0.2, -0.4, 0.3])


def likelihood_of(level, story, people=5):
    person, moment, values = irregular_rows(people=people, moments=12)
    model = Model(diaries(person, moment, *values, level), BOUNDS, free_night=True)
    if story == "handing on":
        return model.likelihood
    return Likelihood(model, lambda points: common_cause_of(points, BOUNDS, -1.0))


@pytest.mark.parametrize("story", ["handing on", "common cause"])
@pytest.mark.parametrize("level", ["own line", "own level", "random level"])
def test_scores_are_statsmodels_differences_of_the_likelihood(level, story):
    likelihood = likelihood_of(level, story)
    point = np.append(POINT, LEVELS) if level == "random level" else POINT
    expected = approx_fprime(point, lambda at: likelihood(at[:, None])[0], epsilon=1e-5, centered=True)
    values, scores = likelihood.scored(point[:, None], np.arange(len(point)))
    assert values[0] == pytest.approx(likelihood(point[:, None])[0], rel=1e-12)
    # Forward differences where levels are random: their error is of the size of the step.
    assert scores[0] == pytest.approx(expected, abs=2e-3 if level == "random level" else 1e-7)


def test_scores_of_some_figures_and_in_small_blocks_are_those_of_all(monkeypatch):
    likelihood = likelihood_of("own line", "handing on", people=7)
    points = POINT[:, None] + np.linspace(-0.2, 0.2, 3)
    every = likelihood.scored(points, np.arange(10))[1]
    monkeypatch.setattr(backwards, "AT_ONCE", 10)
    some = likelihood.scored(points, np.array([8, 2]))[1]
    assert some == pytest.approx(every[:, :, [8, 2]], rel=1e-9, abs=1e-9)


def test_the_score_of_a_person_is_of_that_persons_values_alone():
    person, moment, values = irregular_rows(people=4, moments=12)
    other = values + np.where(person == 2, np.sin(moment), 0.0)
    one, two = (
        Model(diaries(person, moment, *both), BOUNDS, free_night=True).likelihood.scored(
            POINT[:, None], np.arange(10)
        )[1][0]
        for both in (values, other)
    )
    assert one[[0, 1, 3]] == pytest.approx(two[[0, 1, 3]], rel=1e-12)
    assert np.abs(one[2] - two[2]).min() > 1e-3


@pytest.mark.parametrize("level", ["own line", "random level"])
def test_copies_of_people_are_people(level, monkeypatch):
    """Other values at the same moments share the covariances, and are no other than people who recorded them."""
    monkeypatch.setattr(filtering, "AT_ONCE", 40)
    person, moment, values = irregular_rows(people=5, moments=12)
    model = Model(diaries(person, moment, *values, level), BOUNDS, free_night=True)
    point = (np.append(POINT, LEVELS) if level == "random level" else POINT)[:, None]
    copies = model.series.values * np.array([1.0, -0.5, 2.0])[:, None, None, None]
    found = model.log_likelihoods_of(model.process(point[:, :, None]), point, copies)
    several = np.concatenate([values, -0.5 * values, 2 * values], axis=1)
    people = np.concatenate([person, person + 5, person + 10])
    apart = Model(diaries(people, np.tile(moment, 3), *several, level), BOUNDS, free_night=True)
    assert found == pytest.approx(apart.log_likelihoods(point), rel=1e-10)


@pytest.mark.parametrize("seed", [1, 4, 8])
def test_standard_errors_rest_on_the_curvature_where_the_climb_ends(seed):
    """With a reliability near its end the likelihood bends otherwise a little further off."""
    world = World(common=False, lead=0.4, people=40, days=30, missing=0.2, reliability=(0.97, 0.8))
    fit = fit_lead(world.diaries(seed), known_error=(0.02, 0.02))
    likelihood, free = fit.model.log_likelihoods, fit.free
    expected = approx_hess3(free.point, lambda at: -likelihood(at[:, None]).sum(), epsilon=2e-3)
    assert free.is_proven
    rather, found = (np.diag(np.linalg.inv(one)) for one in (expected, free.information))
    assert found == pytest.approx(rather, rel=0.02)
