"""The calibration run in small: right intervals cover, wrong ones are flagged, and anybody gets the same numbers."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import calibrate
import replicates
from optima import shortfall
from replicates import computed, tasks
from scenarios import SCENARIOS, Scenario
from scipy import stats
from verdicts import FEW_DF, WORSE, Finding, Share

from lowback.estimators.lmm import fit_lmm
from lowback.estimators.mmrm import fit_mmrm

SEED = 515
SMALL = (
    Scenario("MMRM", 8, 3, 0.7, 0.2),
    Scenario("random intercept", 8, 3, 0.0, 0.2),
    Scenario("least squares, people ignored", 8, 4, 0.7, 0.0),
)


@cache
def small() -> list[Finding]:
    """What a hundred trials of each small scenario gave, with an effect and without."""
    return calibrate.findings(SMALL, 100, SEED)


def test_intervals_of_the_right_analyses_cover_within_five_monte_carlo_errors():
    slack = 5 * sqrt(0.95 * 0.05 / 100)
    for one in small()[:2]:
        for interval in ("kenward-roger", "satterthwaite"):
            assert abs(one.coverage[interval].value - 0.95) <= slack
            assert abs(one.null_coverage[interval].value - 0.95) <= slack
        assert one.verdict("kenward-roger") == "inside"
        assert one.refused == 0


def test_no_fit_is_above_the_best_of_five_starts():
    assert [one.optima for one in small()] == [20, 20, 0]
    assert max(one.shortfall for one in small()[:2]) <= WORSE


def test_an_analysis_that_ignores_who_was_measured_is_flagged():
    # Its standard error is too small by sqrt(1 + 3 x 0.7) = 1.76: intervals cover 73 %.
    wrong = small()[2]
    assert wrong.verdict("kenward-roger") == "too low"
    assert wrong.se_ratio["se"][0] == pytest.approx(1 / 1.76, rel=0.15)
    assert "**too low**" in calibrate.page(SMALL, small(), 100, SEED, "")


def test_normal_intervals_of_a_small_trial_are_flagged_and_those_with_df_are_not(monkeypatch):
    monkeypatch.setattr(replicates, "CHECKED", 0)
    # Complete data of 3 and 3 people: t with 4 degrees of freedom, normal intervals cover 87.8 %.
    tiny = calibrate.findings([Scenario("MMRM", 3, 2, 0.2, 0.0)], 400, SEED)[0]
    assert tiny.df == pytest.approx(4)
    assert tiny.has_few_df
    assert tiny.verdict("normal") == "too low"
    assert tiny.verdict("kenward-roger") == tiny.verdict("satterthwaite") == "inside"


@pytest.mark.parametrize(
    ("covered", "trials", "verdict"),
    [
        # 93.9 and 96.2 % of 5,000.
        (4695, 5000, "inside"),
        (4694, 5000, "too low"),
        (4810, 5000, "inside"),
        (4811, 5000, "too high"),
        # With a hundred trials the band is sqrt(50) times as wide: 87.2 to 100 %.
        (88, 100, "inside"),
        (87, 100, "too low"),
        (0, 0, "too low"),
    ],
)
def test_the_band_is_that_of_the_number_of_trials(covered, trials, verdict):
    assert Share(covered, trials).verdict == verdict


def test_normal_intervals_at_14_degrees_of_freedom_are_outside_the_band_of_5000_trials():
    expected = 1 - 2 * stats.t.sf(stats.norm.ppf(0.975), FEW_DF)
    assert expected == pytest.approx(0.93, abs=0.001)
    assert Share(round(5000 * expected), 5000).verdict == "too low"


def test_one_worker_and_two_give_the_same_numbers():
    few = SMALL[:2]
    alone = computed(tasks(few, 2, SEED), 2, workers=1)
    shared = computed(tasks(few, 2, SEED), 2, workers=2)
    assert alone.keys() == shared.keys()
    for key, trials in alone.items():
        np.testing.assert_array_equal(trials, shared[key])


def test_no_two_blocks_share_random_numbers_and_a_kept_block_is_read_again(tmp_path):
    listed = tasks(SMALL, 600, SEED)
    assert len({task.rng.random() for task in listed}) == len({task.file for task in listed}) == 3 * 2 * 3
    first = computed(listed[:1], 5, 1, tmp_path)
    again = computed(listed[:1], 4, 1, tmp_path)
    np.testing.assert_array_equal(again[0, False], first[0, False][:4])


@pytest.mark.parametrize("scenario", [Scenario("MMRM", 200, 4, 0.7, 0.4), Scenario("MMRM", 200, 3, 0.2, 0.2)])
def test_as_many_drop_out_as_the_scenario_says_and_more_of_those_in_pain(scenario):
    rng = np.random.default_rng(SEED)
    drawn = [scenario.draw(0.0, rng) for _ in range(20)]
    scores, seen = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    # 8,000 people and a threshold from 40,000: two standard errors are 1.2 percentage points at most.
    assert 1 - seen[:, -1].mean() == pytest.approx(scenario.dropout, abs=0.012)
    assert scores[~seen[:, 1], 0].mean() > scores[seen[:, 1], 0].mean() + 1
    assert not (seen[:, 1:] & ~seen[:, :-1]).any()


def test_a_fit_beside_its_optimum_is_seen():
    rng = np.random.default_rng(SEED)
    trial = Scenario("constrained baseline", 12, 3, 0.2, 0.0)
    scores, seen = trial.draw(0.0, rng)
    person, visit = np.nonzero(seen)
    repeated = fit_mmrm(scores[seen], trial.design, person, visit, names=trial.names)
    beside = repeated.point.model.at(1.1 * repeated.point.theta)
    assert shortfall(repeated, rng) < WORSE < shortfall(replace(repeated, point=beside), rng)
    mixed = fit_lmm(scores[seen], trial.design, person, names=trial.names)
    moved = mixed.inside.criterion.at(1.5 * mixed.inside.best.factor.root + 0.1, 0.0)
    inside = replace(mixed.inside, best=replace(mixed.inside.best, point=moved))
    assert shortfall(mixed, rng) < WORSE < shortfall(replace(mixed, inside=inside), rng)


def committed() -> list[list[str]]:
    """The cells of every row of the page."""
    if not calibrate.PAGE.exists():
        pytest.skip("docs/calibration.md is not there")
    lines = calibrate.PAGE.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in lines
        if line[:3].strip("| ").isdigit()
    ]


def test_the_page_has_every_scenario_and_flags_normal_intervals_where_degrees_of_freedom_are_few():
    rows = committed()
    assert len(rows) == 2 * len(SCENARIOS) >= 2 * 24
    few = [row for row in rows[len(SCENARIOS) :] if float(row[1]) <= FEW_DF]
    assert len(few) >= 4
    assert {(row[8], row[9]) for row in few} == {("**too low**", "yes")}


def test_the_page_has_no_fit_that_was_wrongly_called_converged():
    assert max(float(row[13]) for row in committed()[: len(SCENARIOS)]) <= WORSE
