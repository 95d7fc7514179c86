"""The true values of which of two series comes first: by hand, in many simulated people, none where there is none, and what analyses find."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from lowback.analyses.lead import lead
from lowback.analyses.panel import panel
from lowback.intake.measurement_error import MeasurementError, with_errors
from lowback.repeat.asked import asked_of
from lowback.repeat.scenario_truths import scenario_truths
from lowback.result import Result
from lowback.simulate import SimulationError, around_onsets, at_moments, simulate
from lowback.simulate.around_onsets import around_lines, news_around_onsets, onsets
from lowback.simulate.doubles import Doubles
from lowback.simulate.handing_on import handed_on, usual_levels
from lowback.simulate.interventions import NOTHING
from lowback.simulate.scenario import Scenario, read_scenario
from lowback.study import Study, read_study

WORLDS = Path(__file__).resolve().parents[2] / "data" / "mechanism-worlds"
STUDY = read_study(WORLDS / "study_leads.yml")
HIP, BACK = "hip_pain_nrs", "pain_nrs"
CONTINUOUS, WAVES, ONSETS = "in continuous time", "from wave to wave", "around onsets"


@pytest.fixture(autouse=True)
def fewer_people_behind_the_truth(monkeypatch):
    monkeypatch.setattr(around_onsets, "BLOCKS", 10)
    monkeypatch.setattr(at_moments, "BLOCKS", 2)


def world(name: str = "leads", **changes: float) -> Scenario:
    read = read_scenario(WORLDS / f"{name}.yml")
    return Scenario.model_validate({**read.model_dump(), "parameters": {**read.parameters, **changes}})


def truths(scenario: Scenario, study: Study = STUDY, **changes: object) -> dict[tuple[str, ...], float]:
    asked = study.estimands[0].model_copy(update=changes)
    return scenario_truths(scenario, study, asked)


def test_what_a_day_leaves_is_what_two_half_days_hand_on_by_hand():
    found = truths(world())
    # Half a day keeps 0.6 of each and gives the back 0.3 of the hip: over two, 0.6 squared, and 0.3 once early and once late.
    by_hand = {(HIP, BACK): 0.3 * 0.6 + 0.6 * 0.3, (BACK, HIP): 0}
    hip = 1.1**2 / (1 - 0.36)
    both = 0.6 * 0.3 * hip / (1 - 0.36)
    back = (1.1**2 + 0.3**2 * hip + 2 * 0.6 * 0.3 * both) / (1 - 0.36)
    for (source, target), effect in by_hand.items():
        assert found[CONTINUOUS, "effect", source, target] == pytest.approx(effect)
    assert found[CONTINUOUS, "standardised effect", HIP, BACK] == pytest.approx(0.36 * np.sqrt(hip / back))
    assert found[CONTINUOUS, "correlation within persons"] == pytest.approx(both / np.sqrt(hip * back))
    assert found[CONTINUOUS, "memory", HIP] == pytest.approx(0.36)
    assert found[CONTINUOUS, "memory", BACK] == pytest.approx((0.36 * both + 0.36 * back) / back)
    later_back, later_hip = 0.36 * hip + 0.36 * both, 0.36 * both
    assert found[CONTINUOUS, "lead"] == pytest.approx((later_back - later_hip) / np.sqrt(hip * back))
    assert found[CONTINUOUS, "reliability", HIP] == pytest.approx(hip / (hip + 1 / 12))
    waves = {said[1:]: value for said, value in found.items() if said[0] == WAVES}
    assert waves == {(HIP, HIP): 0.6, (BACK, BACK): 0.6, (BACK, HIP): 0.3, (HIP, BACK): 0}


@pytest.mark.parametrize("name", ["leads", "one_cause"])
def test_many_simulated_people_have_the_covariances_of_the_equations(name):
    scenario, process = (
        read_scenario(WORLDS / f"{name}.yml"),
        handed_on(read_scenario(WORLDS / f"{name}.yml")),
    )
    parts = []
    for number in range(6):
        slots = (
            Doubles(scenario, {**scenario.values, "checkin_back_error_sd": 0}, number)
            .under(NOTHING)
            .course.slots
        )
        parts.append(
            [
                slots[one] - level
                for one, level in zip((HIP, BACK), usual_levels(scenario, number), strict=True)
            ]
        )
    # From the first moment on.
    series = np.concatenate(parts, axis=1)
    # 3,072 people: three standard errors.
    assert np.cov(series[:, :, 0]) == pytest.approx(process.covariance, abs=0.14)
    now, later = (one.reshape(2, -1) for one in (series[:, :, :-2], series[:, :, 2:]))
    slopes = np.linalg.lstsq(now.T, later.T, rcond=None)[0].T
    assert slopes == pytest.approx(process.after(1.0), abs=0.01)
    assert np.cov(now) == pytest.approx(process.covariance, rel=0.03, abs=0.02)


def test_where_neither_hands_on_nothing_is_found_exactly():
    none = truths(world("no_lead"))
    nil = [
        said
        for said in none
        if said[0] == ONSETS or "effect" in said[1] or said[1] in ("lead", "correlation within persons")
    ]
    assert len(nil) == 9
    assert {none[said] for said in nil} == {0.0}
    assert none[WAVES, BACK, HIP] == none[WAVES, HIP, BACK] == 0


def test_one_process_behind_both_moves_them_together_and_neither_first():
    found = truths(world("one_cause"))
    cross = [value for said, value in found.items() if said[0] == WAVES and said[1] != said[2]]
    cross += [value for said, value in found.items() if said[0] == CONTINUOUS and "effect" in said[1]]
    assert cross == [0.0] * 6
    assert found[CONTINUOUS, "lead"] == pytest.approx(0, abs=1e-12)
    # The variance of the cause beside 0.6 squared over what fades of it in half a day.
    assert found[CONTINUOUS, "correlation within persons"] == pytest.approx(1 / (1 + 0.36 / 0.64))
    assert found[CONTINUOUS, "reliability", BACK] < 0.7 < found[CONTINUOUS, "reliability", HIP]
    # On the day of an onset the back has news of what moved both: no sign of who leads.
    assert found[ONSETS, "same day"] > 1


def test_news_around_onsets_by_hand_where_the_back_is_the_hip_of_half_a_day_before(monkeypatch):
    monkeypatch.setattr(around_onsets, "BLOCKS", 20)
    still = {
        "hip_memory": 0,
        "back_memory": 0,
        "hip_shock_sd": 1,
        "back_shock_sd": 0,
        "back_from_hip": 1,
        "hip_pain_sd": 0,
        "pain_sd": 0,
    }
    found = news_around_onsets(world(**still), HIP, 1)
    # Both lie at 5 and are written down to the point, so that a morning or an evening is a point of the rounded normal distribution.
    points = np.arange(11)
    share = norm.cdf(points + 0.5, 5) - norm.cdf(points - 0.5, 5)
    pairs = [(one, other, share[one] * share[other]) for one, other in product(points, points)]
    high = np.array([one + other >= 2 * (5 + 1) for one, other, _ in pairs])
    chance, mean = (
        np.array([p for *_, p in pairs]),
        np.array([(one + other) / 2 - 5 for one, other, _ in pairs]),
    )
    raised, usual = (float(mean[some] @ chance[some] / chance[some].sum()) for some in (high, ~high))
    # The back's day is the hip's evening before and the hip's morning, and no two such days share anything; the evening before the
    # three quiet days may have been any, and so the days before it.
    level = np.array([0, usual / 2, usual, usual, (usual + raised) / 2, raised / 2, 0, 0])
    # A line through 84 days takes 2 in 84 of each day along with it, near days alike, and leaves that much memory where there was none.
    level -= 2 / 84 * level.sum()
    news = level[1:] + 2 / 84 * level[:-1]
    by_hand = {"before": news[:3].mean(), "same day": news[3], "after": news[4:].mean()}
    assert found == pytest.approx(by_hand, abs=0.015)


def test_a_straight_line_and_a_level_leave_nothing_and_ups_and_downs_stay():
    days = np.array([[1.0, 2, 3, 4], [5, 5, 5, 5], [1, -1, -1, 1]])
    assert around_lines(days) == pytest.approx(np.array([[0, 0, 0, 0], [0, 0, 0, 0], [1, -1, -1, 1]]))


def test_an_onset_is_the_first_high_day_after_three_that_are_not():
    days = np.array([[3.0, 3, 3, 3, 5, 5, 3, 3, 5, 3, 3, 3, 5, 3]])
    assert np.flatnonzero(onsets(days, 2)[0]).tolist() == [4, 12]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pain_slow_sd": 0.5}, "pain_nrs moves within persons"),
        ({"hip_pain_day_sd": 0.5}, "hip_pain_nrs moves within persons"),
        ({"pain_effect_stretching": -1}, "pain_nrs moves within persons"),
        ({"regions_lead_in_some": 1}, "in some people only"),
        ({"nrs_to_five": 0.3}, "drawn to 0, 5 and 10"),
        ({"shared_sd": 1, "shared_memory": 0.9}, "a third process"),
        ({"back_from_hip": 0.6, "hip_from_back": 0.6}, "grow without end"),
        ({"hip_memory": 0}, "runs on between half days"),
        ({"pain_mean": 2}, "of check-ins have pain_nrs at 0 or 10"),
    ],
)  # fmt: skip
def test_worlds_in_which_no_one_value_is_true_are_refused(changes, said):
    with pytest.raises(SimulationError, match=said):
        truths(world(**changes))


def test_questions_that_the_simulator_cannot_answer_are_refused():
    with pytest.raises(SimulationError, match="comes first, not of pelvic_tilt_deg and pain_nrs"):
        truths(world(), exposure="pelvic_tilt_deg")
    with pytest.raises(SimulationError, match="at most 2 weeks"):
        truths(world(), STUDY.model_copy(update={"weeks": (0, 4, 8, 12)}))
    with pytest.raises(SimulationError, match="never rises by 9 points"):
        truths(world(), rise=9)
    once = world().model_dump()
    with pytest.raises(SimulationError, match="once a day"):
        truths(Scenario.model_validate({**once, "design": {**once["design"], "checkins_a_day": 1}}))


def found_in_one(
    name: str, analysis, people: int, days: int
) -> dict[tuple[str, ...], tuple[float, float, float]]:
    """Truth, estimate and standard error of every row with a truth in one cohort."""
    result = analysis(simulate(WORLDS / f"{name}.yml", people, 11, days).cohort(), STUDY)
    assert isinstance(result, Result)
    rows = result.estimates.set_index("term")[["estimate", "std_error"]].astype(float)
    true = truths(world(name))
    return {
        said: (true[said], *rows.loc[term])
        for term, said in asked_of(result, STUDY.estimands[0]).items()
        if said in true
    }


def test_the_process_in_continuous_time_finds_the_truth_of_its_rows():
    found = found_in_one("leads", lead, 150, 14)
    assert len(found) == 10
    for said, (truth, estimate, error) in found.items():
        # A reliability that is all that whole points allow has an interval and no standard error.
        assert abs(estimate - truth) < 4 * np.nan_to_num(error) + 0.05, said
    truth, estimate, error = found[CONTINUOUS, "effect", HIP, BACK]
    assert estimate > 5 * error


def test_waves_find_the_lags_where_check_ins_have_no_error_but_that_of_rounding_and_a_lag_that_is_none_where_they_have_much():
    right, wrong = (found_in_one(name, panel, 600, 7) for name in ("leads", "one_cause"))
    assert len(right) == len(wrong) == 4
    truth, estimate, error = right[WAVES, BACK, HIP]
    assert estimate == pytest.approx(truth, abs=0.04)
    for truth, estimate, error in right.values():
        assert abs(estimate - truth) < 3 * error
    truth, estimate, error = wrong[WAVES, BACK, HIP]
    assert truth == 0
    assert estimate > 4 * error


def test_with_a_declared_error_there_is_no_lag_where_unequal_errors_had_shown_one():
    made = simulate(WORLDS / "one_cause.yml", 400, 11, 7).cohort()
    errors = {
        name: MeasurementError(measurement_error_sem=float(one**0.5), source="the world's file")
        for name, one in zip((HIP, BACK), handed_on(world("one_cause")).error, strict=True)
    }
    variables = {**made.variables, **with_errors(errors, made.variables)}
    found = panel(replace(made, visits=None, variables=variables), STUDY)
    assert isinstance(found, Result)
    true = truths(world("one_cause"))
    rows = found.estimates.set_index("term")[["estimate", "std_error"]].astype(float)
    for term, said in asked_of(found, STUDY.estimands[0]).items():
        estimate, error = rows.loc[term]
        assert abs(estimate - true[said]) < 3 * error, term
