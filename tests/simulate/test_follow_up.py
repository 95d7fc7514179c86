"""Gaps have the mechanism that the scenario names: what moves them is found again, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from lowback.simulate import parameters
from lowback.simulate.follow_up import FollowUp, follow_up, last_recorded
from lowback.simulate.recording.plan import Missing
from lowback.simulate.streams import Streams

PEOPLE = 30_000
STRONG = {
    "drop_out_per_pain": 0.4,
    "visit_missed_per_pain": 0.4,
    "diary_per_pain": -0.4,
    "drop_out_logit": -2.0,
}


def scores() -> np.ndarray:
    """Pain at four visits, correlated over time."""
    rng = np.random.default_rng(3)
    return 4 + 1.2 * rng.standard_normal((PEOPLE, 1)) + 1.2 * rng.standard_normal((PEOPLE, 4))


def followed(pain: np.ndarray, **mechanisms) -> FollowUp:
    p = {**parameters("null"), **STRONG, "visit_missed": 0.2, "diary_sd": 0.0}
    diary = np.repeat(pain[:, [0]], 84, axis=1) + np.random.default_rng(4).standard_normal((PEOPLE, 84))
    known = np.full((PEOPLE, 4), p["adherence_full"])
    return follow_up(np.random.default_rng(5), pain, known, diary, Missing(**mechanisms), p, Streams(1, 0))


def fit(event: np.ndarray, *causes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logistic slopes of the event on its causes, with standard errors."""
    fitted = sm.Logit(event.astype(float), sm.add_constant(np.column_stack(causes))).fit(disp=0)
    return fitted.params[1:], fitted.bse[1:]


@pytest.mark.parametrize(("mechanism", "slopes"), [("MCAR", (0, 0)), ("MAR", (0.4, 0)), ("MNAR", (0, 0.4))])
def test_drop_out_goes_by_last_or_by_current_pain(mechanism, slopes):
    pain = scores()
    left = followed(pain, drop_out=mechanism).withdrew_day < 28
    found, error = fit(left, pain[:, 0], pain[:, 1])
    assert np.all(np.abs(found - slopes) < 3.5 * error)


@pytest.mark.parametrize(("mechanism", "slopes"), [("MCAR", (0, 0)), ("MAR", (0.4, 0)), ("MNAR", (0, 0.4))])
def test_missed_visits_go_by_last_attended_or_by_current_pain(mechanism, slopes):
    pain = scores()
    seen = followed(pain, visits=mechanism, drop_out="MCAR")
    there = seen.withdrew_day > 56
    last = last_recorded(pain, seen.visits)[:, 1]
    found, error = fit(~seen.visits[there, 2], last[there], pain[there, 2])
    assert np.all(np.abs(found - slopes) < 3.5 * error)
    assert seen.visits[:, 0].all()


@pytest.mark.parametrize(("mechanism", "slopes"), [("MCAR", (0, 0)), ("MAR", (-0.4, 0)), ("MNAR", (0, -0.4))])
def test_check_ins_go_by_last_visit_or_by_the_pain_of_the_day(mechanism, slopes):
    pain = scores()
    diary_pain = pain[:, 0] + np.random.default_rng(4).standard_normal((PEOPLE, 84))[:, 5]
    answered = followed(pain, checkins=mechanism).checkins[:, 5]
    there = followed(pain, checkins=mechanism).withdrew_day > 5
    found, error = fit(answered[there], pain[there, 0], diary_pain[there])
    assert np.all(np.abs(found - slopes) < 3.5 * error)


def test_the_last_recorded_score_by_hand():
    pain = np.array([[5.0, 4, 3, 2], [5, 4, 3, 2]])
    attended = np.array([[True, False, False, True], [True, True, False, False]])
    np.testing.assert_array_equal(last_recorded(pain, attended), [[5, 5, 5, 2], [5, 4, 4, 4]])


def test_second_check_ins_leave_the_first_as_they_were():
    pain = scores()[:500]
    p, known = parameters("null"), np.full((500, 4), 0.59)
    one, two = (
        follow_up(
            np.random.default_rng(1), pain, known, np.zeros((500, 84 * a_day)), Missing(), p, Streams(1, 0)
        )
        for a_day in (1, 2)
    )
    np.testing.assert_array_equal(one.checkins, two.checkins[:, 0::2])
    np.testing.assert_array_equal(one.visits, two.visits)
    answered = two.checkins[one.withdrew_day > 84]
    assert answered[:, 1::2].mean() == pytest.approx(answered[:, 0::2].mean(), abs=0.01)
    assert not np.array_equal(answered[:, 1::2], answered[:, 0::2])
