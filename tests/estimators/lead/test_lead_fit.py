"""Fits, the test of asymmetry and the verdicts, on diaries whose truth is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lead"))

from diaries_of import World
from led_trials import tally
from naive_lags import naive_verdict

from lowback.estimators import NotEstimable
from lowback.estimators.lead import tipping
from lowback.estimators.lead.diaries import diaries
from lowback.estimators.lead.fit import fit_lead
from lowback.estimators.lead.persons import personal_leads
from lowback.estimators.lead.process import process_of
from lowback.estimators.lead.verdicts import evidence, lead_of, standardised

LED = World(common=False, lead=0.25, people=50, days=30, missing=0.2, reliability=(0.8, 0.7))


@pytest.fixture(scope="module")
def led():
    return fit_lead(LED.diaries(1))


def discrete_truth(world, days=1):
    """Lead and standardised cross-effects of the discrete process that makes a world's diaries."""
    carried = np.array([[world.memory, 0.0], [world.lead, world.memory]])
    shocks = np.array([[1, 0.3], [0.3, 1]]) * (1 - world.memory**2)
    total = shocks.copy()
    for _ in range(500):
        total = carried @ total @ carried.T + shocks
    sd = np.sqrt(np.diag(total))
    later = np.linalg.matrix_power(carried, days)
    lagged = later @ total / np.outer(sd, sd)
    return lagged[1, 0] - lagged[0, 1], later[1, 0] * sd[0] / sd[1]


def test_an_independent_optimiser_finds_nothing_more_likely(led):
    start = led.free.point + 0.3 * np.random.default_rng(3).standard_normal(9)
    found = optimize.minimize(
        lambda point: -led.model.log_likelihoods(point[:, None]).sum(),
        start,
        method="BFGS",
        options={"maxiter": 60},
    )
    assert led.free.is_proven
    assert -found.fun <= led.free.log_likelihood + 1e-3
    assert -found.fun == pytest.approx(led.free.log_likelihood, abs=0.05)


@pytest.mark.parametrize("series", [0, 1])
def test_with_a_reliability_given_an_independent_optimiser_finds_nothing_more_likely(
    led, series, monkeypatch
):
    monkeypatch.setattr(tipping, "ASSUMED", (0.6,))
    assumed = list(tipping.assumed_reliabilities(led, 1.0, 0.1))[series]
    assert (assumed.series, assumed.reliability) == (series, 0.6)
    place, others = 2 + series, np.arange(9) != 2 + series
    point = led.free.point.copy()
    # No error of these diaries is known, so that one figure alone decides how reliable a series is.
    assert led.model.bounds.known_error == (0.0, 0.0)

    def beyond(figure):
        point[place] = figure
        return process_of(point, led.model.bounds).reliability[series] - 0.6

    point[place] = optimize.brentq(beyond, 0.01, 20, xtol=1e-12)

    def lost(rest):
        point[others] = rest
        return -led.model.log_likelihoods(point[:, None]).sum()

    start = led.free.point[others] + 0.3 * np.random.default_rng(3).standard_normal(8)
    found = optimize.minimize(lost, start, method="BFGS", options={"maxiter": 60})
    given = led.free.log_likelihood - assumed.fall
    assert -found.fun <= given + 1e-3
    assert -found.fun == pytest.approx(given, abs=0.05)
    # Held elsewhere the fit would be another.
    assert assumed.fall > 0.1


def test_intervals_cover_the_lead_and_the_cross_effects_of_a_process_that_leads():
    lead, onto_second = discrete_truth(LED)
    covered = np.zeros(3)
    for seed in range(14):
        proof = evidence(fit_lead(LED.diaries(100 + seed)), 1.0)
        for at, (found, truth) in enumerate(
            ((proof.lead, lead), (proof.onto_second, onto_second), (proof.onto_first, 0.0))
        ):
            low, high = found.interval()
            covered[at] += low <= truth <= high
    # 95 % of 14 within 2.6 standard errors is 12 or more.
    assert (covered >= 12).all()


def test_the_verdict_names_the_leader_and_its_mirror_image(led):
    mirrored = fit_lead(LED.diaries(1).swapped())
    proof, other = evidence(led, 1.0), evidence(mirrored, 1.0)
    assert (proof.verdict, other.verdict) == ("first leads", "second leads")
    assert mirrored.free.log_likelihood == pytest.approx(led.free.log_likelihood, abs=2e-3)
    assert other.lead.estimate == pytest.approx(-proof.lead.estimate, abs=2e-3)
    assert other.onto_first.estimate == pytest.approx(proof.onto_second.estimate, abs=2e-3)
    assert other.asymmetry.estimate == pytest.approx(-proof.asymmetry.estimate, rel=0.02)


def test_reversing_one_diary_reverses_its_score_and_no_other():
    person, moment, first, second = World(common=False, lead=0.2, people=12, days=30).rows(4)
    ahead = fit_lead(diaries(person, moment, first, second))
    turned = np.where(person == 3, 29 - moment, moment)
    behind = fit_lead(diaries(person, turned, first, second))
    sign = np.where(ahead.model.series.people == 3, -1.0, 1.0)
    assert behind.even.log_likelihood == pytest.approx(ahead.even.log_likelihood, abs=1e-3)
    assert behind.turning == pytest.approx(sign * ahead.turning, abs=0.05)


def test_unequal_reliabilities_lead_a_naive_regression_astray_and_not_the_verdict():
    world = World(people=60, days=30, memory=0.7)
    seeds = range(8)
    naive = [naive_verdict(*world.rows(seed), world.days) for seed in seeds]
    found = tally(world, seeds, people_every=4)
    assert naive.count("first leads") > 5
    assert found.share(("first leads", "second leads")) <= 1 / 8
    assert found.share_of_people(("first leads", "second leads")) <= 0.05


def test_series_that_share_one_process_come_together():
    world = World(people=100, days=60, memory=0.8, missing=0.1)
    assert evidence(fit_lead(world.diaries(2)), 1.0).verdict == "together"


def test_people_who_are_led_much_are_found_one_by_one():
    world = World(common=False, lead=0.8, people=30, days=100, missing=0.0, reliability=(0.95, 0.95))
    found = personal_leads(fit_lead(world.diaries(1)), 1.0)
    assert found.verdicts.count("first leads") >= 20
    assert found.verdicts.count("second leads") == 0
    assert (found.low <= found.lead).all()
    assert (found.needed > 0).all()


def test_a_night_that_makes_forget_is_found():
    rng = np.random.default_rng(6)
    people, days = 60, 40
    x = rng.standard_normal((2, people))
    kept = []
    for step in range(2 * days):
        memory = 0.9 if step % 2 else 0.3
        x = memory * x + np.sqrt(1 - memory**2) * rng.standard_normal((2, people))
        kept.append(x + 0.5 * rng.standard_normal((2, people)))
    values = np.array(kept)
    person, moment = np.tile(np.arange(people), 2 * days), np.repeat(np.arange(2 * days) / 2, people)
    fit = fit_lead(diaries(person, moment, values[:, 0].ravel(), values[:, 1].ravel()), free_night=True)
    # From 0.9 in half a day to 0.3 over the other half: a night counts as -ln(0.3) / -ln(0.9) half days.
    expected = 0.5 * (np.log(0.3) / np.log(0.9) - 1)
    assert float(fit.model.night(fit.even.point)) == pytest.approx(expected, rel=0.25)


def test_standardised_effects_and_leads_vanish_without_a_turn_of_two_like_processes():
    fit = fit_lead(World(common=False, people=30, days=30).diaries(3))
    process = fit.model.process(fit.even.point)
    assert float(lead_of(process, 1.0)) == pytest.approx(0, abs=1e-12)
    onto_second, onto_first = standardised(process, 0.0)
    assert (float(onto_second), float(onto_first)) == pytest.approx((0, 0), abs=1e-12)


def test_what_cannot_be_fitted_is_refused_by_name():
    person, moment, first, second = World(people=12, days=20).rows(1)
    with pytest.raises(NotEstimable, match="a series does not move"):
        fit_lead(diaries(person, moment, first, np.full_like(second, 4.0)))
    few = person < 2
    with pytest.raises(NotEstimable, match="2 people have enough values of both series; 10 are needed"):
        fit_lead(diaries(person[few], moment[few], first[few], second[few]))
