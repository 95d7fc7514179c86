"""Cohorts alike look like the cohort that they were fitted to, and have the effect that was set."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.cohort import Cohort
from lowback.intake import read_cohort
from lowback.simulate.alike import NotAlikeError, alike_slopes, alike_trial
from lowback.simulate.alike.instrument import Shape, scale_of
from lowback.simulate.alike.leaving import fit_leaving
from lowback.simulate.alike.regression import fit_visits
from lowback.study import Study, read_study
from lowback.variables import dictionary

EXAMPLE = Path(__file__).resolve().parents[3] / "data" / "example"
MANY = 40_000


@cache
def example() -> tuple[Cohort, Study]:
    return read_cohort(EXAMPLE / "mapping.yml"), read_study(EXAMPLE / "study.yml")


@cache
def trial():
    cohort, study = example()
    return alike_trial(cohort, study, study.estimands[0])


def scores_of(cohort: Cohort, weeks) -> np.ndarray:
    wide = cohort.visits.pivot(index="participant_id", columns="weeks", values="pain_nrs")
    return wide.reindex(cohort.participant_ids, columns=weeks).to_numpy(float)


@cache
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of many people like those of the example at its estimated effects, who of them is seen, and the first score."""
    world = trial()
    people = world.draw(np.random.default_rng(1), MANY)
    scores = world.scores(people, world.estimated, people.arm)
    return scores, world.seen(people, scores, people.arm), people.first


def test_means_spreads_and_correlations_are_those_of_the_cohort():
    scores, seen, first = drawn()
    real = scores_of(example()[0], [0, 4, 8, 12])
    made = np.column_stack([first, np.where(seen, scores, np.nan)])
    few = np.sqrt(np.isfinite(real).sum(axis=0))
    # Within two standard errors of what 160 people can show.
    assert (
        np.abs(np.nanmean(made, axis=0) - np.nanmean(real, axis=0)).max()
        < (2 * np.nanstd(real, axis=0) / few).min()
    )
    np.testing.assert_allclose(np.nanstd(made, axis=0), np.nanstd(real, axis=0), rtol=0.13)
    between = pd.DataFrame(made).corr().to_numpy() - pd.DataFrame(real).corr().to_numpy()
    assert np.abs(between).max() < 0.1


def test_as_many_are_missing_at_each_visit_as_in_the_cohort():
    real = np.isfinite(scores_of(example()[0], [4, 8, 12])).mean(axis=0)
    np.testing.assert_allclose(drawn()[1].mean(axis=0), real, atol=0.03)


def test_scores_stand_in_the_instruments_steps_and_within_its_ends():
    scores = drawn()[0]
    np.testing.assert_allclose(scores * 2, np.round(scores * 2))
    assert scores.min() >= 0
    assert scores.max() <= 10


def test_a_cohort_drawn_is_a_cohort_with_other_people_in_the_realised_arms():
    cohort, _ = example()
    world = trial()
    made = world.cohort(world.draw(np.random.default_rng(3)), world.effects(1.0))
    assert (
        made.participants["arm"].value_counts().to_dict()
        == cohort.participants["arm"].value_counts().to_dict()
    )
    assert not set(made.participant_ids) & set(cohort.participant_ids)
    assert set(made.participants) == set(cohort.participants)
    assert made.participants["red_flag"].dtype == cohort.participants["red_flag"].dtype
    later = made.visits[made.visits["weeks"] > 0]
    assert later["pelvic_tilt_deg"].isna().all()
    assert later["pain_nrs"].notna().all()


def test_the_same_seed_draws_the_same_cohort():
    world = trial()
    one, other = (world.cohort(world.draw(np.random.default_rng(5)), world.effects(1.0)) for _ in range(2))
    pd.testing.assert_frame_equal(one.visits, other.visits)
    pd.testing.assert_frame_equal(one.participants, other.participants)


def test_effects_rise_in_a_straight_line_in_the_direction_that_the_data_show():
    made = trial().effects(1.5)
    assert made[trial().comparator].tolist() == [0, 0, 0]
    for arm in trial().treated:
        sign = np.sign(trial().estimated[arm, 2])
        np.testing.assert_allclose(made[arm], sign * 1.5 * np.array([1 / 3, 2 / 3, 1]))


def test_dates_of_visits_travel_with_the_people():
    cohort, study = example()
    visits = cohort.visits.assign(actual_weeks=cohort.visits["weeks"] + 0.25)
    dated = Cohort("dated", cohort.participants, visits)
    world = alike_trial(dated, study, study.estimands[0])
    made = world.cohort(world.draw(np.random.default_rng(1)), world.estimated)
    late = made.visits["actual_weeks"] - made.visits["weeks"]
    assert set(late.round(6)) <= {0.0, 0.25}
    assert (late == 0.25).mean() > 0.7


@pytest.mark.parametrize("people", [2, 4, 9])
def test_a_handful_of_people_is_enough(people):
    cohort, study = example()
    first = cohort.participants.groupby("arm").head(1)["participant_id"]
    rest = cohort.participants.loc[~cohort.participants["participant_id"].isin(first), "participant_id"]
    few = cohort.restricted_to(pd.Index(pd.concat([first, rest])[: max(people, 4)]))
    if people == 2:
        few = few.restricted_to(few.participant_ids[few.participants["arm"].isin(["usual care", "both"])])
    world = alike_trial(few, study, study.estimands[0])
    made = world.cohort(world.draw(np.random.default_rng(1)), world.effects(1.0))
    assert len(made.participant_ids) == len(few.participant_ids)
    assert np.isfinite(world.covariance).all()


def test_a_cohort_without_the_outcome_has_no_cohort_alike():
    cohort, study = example()
    bare = Cohort("bare", cohort.participants, cohort.visits[cohort.visits["weeks"] < 12])
    with pytest.raises(NotAlikeError, match=r"no visit at week 12"):
        alike_trial(bare, study, study.estimands[0])
    with pytest.raises(NotAlikeError, match="no column 'pain_nrs'"):
        alike_trial(
            Cohort("bare", cohort.participants, cohort.visits.drop(columns="pain_nrs")),
            study,
            study.estimands[0],
        )


def test_an_estimand_without_a_week_has_no_cohort_alike():
    cohort, study = example()
    leads = study.estimands[0].model_copy(update={"summary": "recurrence", "week": None})
    with pytest.raises(NotAlikeError, match="not for a recurrence without a week"):
        alike_trial(cohort, study, leads)


def test_the_regression_of_complete_scores_is_least_squares():
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(300), rng.standard_normal((300, 2))])
    scores = design @ rng.standard_normal((3, 2)) + rng.standard_normal((300, 2))
    found = fit_visits(design, scores, 1.0)
    expected = np.linalg.lstsq(design, scores)[0]
    np.testing.assert_allclose(found.coefficients, expected, atol=1e-6)
    left = scores - design @ expected
    np.testing.assert_allclose(found.covariance, left.T @ left / 297, rtol=0.02, atol=0.01)


def test_the_regression_is_right_where_those_in_pain_leave():
    # Known truth: means 5 and 5; whoever has more than 5 at first is not seen again.
    rng = np.random.default_rng(2)
    covariance = np.array([[4.0, 2.8], [2.8, 4.0]])
    scores = 5 + rng.standard_normal((4000, 2)) @ np.linalg.cholesky(covariance).T
    gone = scores.copy()
    gone[scores[:, 0] > 5, 1] = np.nan
    found = fit_visits(np.ones((4000, 1)), gone, 1.0)
    assert np.nanmean(gone[:, 1]) < 4.2
    np.testing.assert_allclose(found.coefficients[0], [5, 5], atol=0.15)
    np.testing.assert_allclose(found.covariance, covariance, rtol=0.1)


def test_hazards_of_leaving_are_found_again():
    rng = np.random.default_rng(4)
    people = 20_000
    first, scores = rng.normal(5, 2, people), rng.normal(5, 2, (people, 2))
    arm = rng.integers(0, 2, people)
    stays = rng.random(people) >= 1 / (1 + np.exp(-(-1.5 + 0.8 * (first - 5) / 2 + 0.6 * arm)))
    scores[~stays] = np.nan
    found = fit_leaving(first, scores, arm, 2)
    assert found.per_score == pytest.approx(0.8, abs=0.06)
    assert found.by_arm[1] - found.by_arm[0] == pytest.approx(0.6, abs=0.08)
    # Nobody left before the second visit.
    assert found.by_visit[1] == -np.inf
    assert found.misses.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([0, 1, 3, 7, 10], 1.0),
        ([0.5, 2, 3.5, 9], 0.5),
        ([2, 14, 36, 40], 2.0),
        ([1.23, 2.5, 3.111, 4], 0.0),
        ([10, 20], 1.0),
    ],
)
def test_the_step_of_an_instrument_is_read_off_its_scores(values, step):
    assert scale_of(dictionary()["pain_nrs"], np.array(values, float)).step == step


def test_a_shape_gives_back_the_distribution_that_it_was_made_of():
    rng = np.random.default_rng(6)
    values = np.sort(rng.exponential(2, 500))
    made = Shape(3.0, 2.0, values).of(rng.normal(3, 2, 50_000))
    np.testing.assert_allclose(
        np.quantile(made, [0.1, 0.5, 0.9]), np.quantile(values, [0.1, 0.5, 0.9]), rtol=0.05
    )


@pytest.mark.parametrize("place", [2, 3, 4])
def test_slopes_are_found_again_by_least_squares_on_many_cohorts(place):
    cohort, study = example()
    world = alike_slopes(cohort, study, study.estimands[place])
    slopes = world.slopes(0.5)
    truth = world.true_slopes(slopes)
    rng = np.random.default_rng(7)
    design = np.column_stack([world.records.departure, world.records.mean, world.adjustments])
    eligible = world.people.eligible[world.records.person]
    found = [
        np.linalg.lstsq(
            design[eligible], world.outcomes(slopes, rng.choice([-1.0, 1.0], len(world.people.ids)))[eligible]
        )[0][:2]
        for _ in range(200)
    ]
    error = np.std(found, axis=0, ddof=1) / np.sqrt(200)
    assert (np.abs(np.mean(found, axis=0) - truth) < 4 * error).all()
    # Cut off at 0 and 10, the slope that was set is flatter, but not by much.
    assert 0.3 < np.abs(truth).min() / np.abs(slopes).min() <= 1.1


def test_people_keep_their_exposures_and_the_outcome_its_correlation_over_visits():
    cohort, study = example()
    world = alike_slopes(cohort, study, study.estimands[4])
    made = world.cohort(np.random.default_rng(2), world.estimated)
    real, drawn = (one.visits["sitting_hours"].dropna().round(6) for one in (cohort, made))
    assert set(drawn) <= set(real)
    assert made.visits["participant_id"].nunique() == len(made.participant_ids)
    correlations = [
        pd.DataFrame(scores_of(one, [0, 4, 8, 12])).corr().to_numpy()[3, 1] for one in (cohort, made)
    ]
    assert correlations[1] == pytest.approx(correlations[0], abs=0.2)
