"""Hazards of events that come again: by hand, refused where there is nothing to compare, and covered at the stated rate."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.recurrence.calibration import calibrated
from lowback.estimators.recurrence.counting import at_risk
from lowback.estimators.recurrence.curves import event_free, mean_events, share_in_state
from lowback.estimators.recurrence.hazard import HazardFit, recurrent_hazard


def test_three_people_by_hand() -> None:
    # Events at 1 (x=1, all three at risk) and 2 (x=0, of x in {0, 1}): L = e^b / (1 + 2e^b) x 1 / (1 + e^b),
    # whose score 1 - 2e^b/(1+2e^b) - e^b/(1+e^b) is nothing where 2 e^2b = 1.
    rows = at_risk([0, 0, 0], [1, 2, 3], [1, 1, 0], ["a", "b", "c"])
    fit = recurrent_hazard(rows, [[1.0], [0.0], [1.0]], names=["x"], errors="CR0")
    assert fit.coefficients.item() == pytest.approx(-np.log(2) / 2, abs=1e-10)
    share, other = np.sqrt(2) / (1 + np.sqrt(2)), 1 / (1 + np.sqrt(2))
    assert fit.model_covariance.item() == pytest.approx(1 / (share * (1 - share) + other * (1 - other)))


def test_curves_by_hand() -> None:
    # Four people; one event at 1 of four at risk, another of the same person at 3 of three left.
    rows = at_risk([0, 1, 0, 0, 0], [1, 4, 2, 4, 4], [1, 0, 0, 0, 0], [1, 1, 2, 3, 4])
    assert mean_events(rows).value.tolist() == [0, 0.25]
    again = at_risk([0, 1, 0, 0, 0], [1, 3, 2, 4, 4], [1, 1, 0, 0, 0], [1, 1, 2, 3, 4])
    assert mean_events(again).value == pytest.approx([0, 1 / 4, 1 / 4 + 1 / 3])
    assert event_free(again).value == pytest.approx([1, 3 / 4, 3 / 4 * 2 / 3])
    # Of four people calm at 0 one enters at 1 and leaves at 2.
    states = at_risk([0, 1, 2, 0, 0, 0], [1, 2, 4, 4, 4, 4], [1, 1, 0, 0, 0, 0], [1, 1, 1, 2, 3, 4])
    assert share_in_state(states, [0, 1, 0, 0, 0, 0]).value == pytest.approx([0, 1 / 4, 0])


def test_another_origin_and_unit_change_nothing_but_the_unit() -> None:
    rng = np.random.default_rng(5)
    start, length = rng.integers(0, 5, 80), rng.integers(1, 9, 80)
    event, person, x = rng.random(80) < 0.5, rng.integers(0, 25, 80), rng.normal(size=(80, 1))
    one = recurrent_hazard(at_risk(start, start + length, event, person), x, names=["x"])
    other = recurrent_hazard(
        at_risk(start * 7 + 1e6, (start + length) * 7 + 1e6, event, person), 100 + 10 * x, names=["x"]
    )
    assert other.coefficients * 10 == pytest.approx(one.coefficients, rel=1e-8)
    assert other.covariance * 100 == pytest.approx(one.covariance, rel=1e-7)


def test_leaving_a_person_out_by_a_step_is_close_to_leaving_out() -> None:
    rows, x = simulated(3, people=30)
    fit = recurrent_hazard(rows, x, names=["x"])
    left = [
        recurrent_hazard(
            rows.rows(rows.person != one), x[rows.person != one], names=["x"]
        ).coefficients.item()
        for one in range(30)
    ]
    assert fit.covariance.item() == pytest.approx(
        float(((np.array(left) - fit.coefficients) ** 2).sum()), rel=0.2
    )


@pytest.mark.parametrize(
    ("event", "x", "reason"),
    [
        ([0, 0, 0, 0], [1.0, 2, 3, 5], "no event at all"),
        ([1, 0, 1, 1], [2.0, 2, 2, 2], "x is constant"),
        ([1, 1, 0, 0], [1.0, 1, 0, 0], "rises without end"),
    ],
)
def test_what_cannot_be_estimated_is_refused_by_name(event: list[int], x: list[float], reason: str) -> None:
    rows = at_risk([0, 0, 0, 0], [1, 2, 3, 4], event, [1, 2, 3, 4])
    with pytest.raises(NotEstimable, match=reason):
        recurrent_hazard(rows, np.array(x)[:, None], names=["x"])


def test_an_interval_without_length_is_refused() -> None:
    with pytest.raises(NotEstimable, match="from 2 to 2"):
        at_risk([0, 2], [1, 2], [1, 0], [1, 1])


def simulated(seed: int, people: int, frailty: float = 0.8, error: float = 0.0) -> tuple:
    """People over 80 days, each with a hazard of their own beside 0.03 exp(0.5 x) a day; x is measured with this SD of error."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=people)
    rate = 0.03 * np.exp(0.5 * x) * rng.gamma(1 / frailty, frailty, people)
    until = rng.integers(30, 81, people)
    start, stop, event, person = [], [], [], []
    for one in range(people):
        day = 0.0
        while day < until[one]:
            end = float(np.ceil(day + rng.exponential(1 / rate[one])))
            came = end <= until[one]
            start.append(day)
            stop.append(end if came else float(until[one]))
            event.append(came)
            person.append(one)
            day = stop[-1] + (0 if came else 1e9)
    rows = at_risk(start, stop, event, person)
    return rows, (x + error * rng.normal(size=people))[rows.person][:, None]


def test_robust_intervals_cover_where_those_of_the_model_do_not() -> None:
    def covers(fit: HazardFit, covariance: np.ndarray) -> bool:
        return bool(abs(fit.coefficients.item() - 0.5) < 1.96 * np.sqrt(covariance.item()))

    fits = [recurrent_hazard(*simulated(seed, 60), names=["x"]) for seed in range(200)]
    assert 181 <= sum(covers(one, one.covariance) for one in fits) <= 199
    assert sum(covers(one, one.model_covariance) for one in fits) < 181


def test_calibration_undoes_the_error_of_one_column_by_hand() -> None:
    # Reliability 0.8: a slope of 0.4 becomes 0.5, its error grows alike, and by what the reliability itself is unsure of.
    columns = np.array([[-1.0], [1.0]] * 50) * np.sqrt(99 / 100)
    slope, covariance = calibrated(np.array([0.4]), np.array([[0.01]]), columns, np.array([0.2]), names=["x"])
    assert slope.item() == pytest.approx(0.5)
    assert covariance.item() == pytest.approx(0.01 / 0.64 + 0.25 * 2 * (0.2 / 0.8) ** 2 / 99)


def test_calibration_takes_confounding_by_an_unreliable_column_away() -> None:
    # y = 1 v exactly, x and v correlate by 0.6, v is measured with reliability 0.5: naively x seems to matter.
    rng = np.random.default_rng(1)
    v = rng.normal(size=200_000)
    x = 0.6 * v + 0.8 * rng.normal(size=v.size)
    w = np.column_stack([x, v + rng.normal(size=v.size)])
    naive = np.linalg.lstsq(w - w.mean(axis=0), v, rcond=None)[0]
    assert naive[0] > 0.3
    found, _ = calibrated(naive, np.eye(2), w, np.array([0.0, 1.0]), names=["x", "v"])
    assert found == pytest.approx([0, 1], abs=0.02)


def test_more_error_than_variance_is_refused() -> None:
    with pytest.raises(NotEstimable, match="no more than their measurement error"):
        calibrated(np.ones(1), np.eye(1), np.array([[0.0], [1.0]]), np.array([0.6]), names=["x"])
