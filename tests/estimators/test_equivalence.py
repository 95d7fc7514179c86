"""Margins and regression to the mean: by hand, R's t.test, simulated truth, invariances and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marginal_cases import ours, reference
from scipy import stats

from lowback.estimators import NotEstimable
from lowback.estimators.equivalence import against_margin, expected_fall, regression_to_the_mean
from lowback.simulate import simulate_untreated
from lowback.simulate.untreated import DAY_SD, PERSON_MEAN, PERSON_SD

INF = float("inf")


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    # Normal, standard error 0.5: the 90 % interval is the estimate +- 0.822; the margin is 1 point of pain.
    [(0.0, "equivalent"), (-0.17, "equivalent"), (-0.18, "not inferior"), (-3.0, "not inferior"),
     (0.18, "not shown"), (1.8, "not shown"), (1.83, "inferior")],
)  # fmt: skip
def test_verdicts_by_hand(estimate, verdict):
    assert against_margin(estimate, 0.5, INF, 1.0).verdict == verdict
    assert against_margin(-estimate, 0.5, INF, 1.0, better="higher").verdict == verdict


def test_a_wide_interval_shows_nothing_even_around_zero():
    # The wrong reading, "p > 0.05, hence no difference", would call this one equal.
    assert against_margin(0.0, 2.0, 20, 1.0).verdict == "not shown"
    assert 2 * stats.t.sf(0.0 / 2.0, 20) == 1


def test_one_sided_tests_agree_with_r():
    found = ours("sleep", "pooled")
    rows = reference()[reference()["data"] == "sleep"]
    assert len(rows) == 21
    for row in rows.itertuples():
        assert found[row.quantity, row.term] == pytest.approx(row.value, rel=1e-10)


@given(
    st.floats(-5, 5), st.floats(0.05, 3), st.floats(1.5, 200), st.floats(0.1, 4), st.sampled_from([0.025, 0.05, 0.1])
)  # fmt: skip
def test_the_verdict_by_interval_is_the_verdict_by_the_two_tests(estimate, error, df, margin, alpha):
    test = against_margin(estimate, error, df, margin, alpha=alpha)
    assert (test.verdict == "equivalent") == (test.p_equivalence < alpha) or abs(
        test.p_equivalence - alpha
    ) < 1e-9
    if test.verdict == "not inferior":
        assert test.p_below < alpha


@given(st.floats(-5, 5), st.floats(0.05, 3), st.floats(1.5, 200), st.floats(0.1, 4), st.floats(0.01, 100))
def test_the_unit_does_not_matter(estimate, error, df, margin, unit):
    plain, scaled = (
        against_margin(estimate, error, df, margin),
        against_margin(estimate * unit, error * unit, df, margin * unit),
    )
    assert scaled.p_equivalence == pytest.approx(plain.p_equivalence, rel=1e-9)


def test_equivalence_is_claimed_wrongly_in_five_percent_at_the_margin():
    # 6,000 trials of 2 x 30 people whose true difference is the margin: 5 % +- 2.6 standard errors of 0.28 %.
    rng = np.random.default_rng(31)
    means = 0.8 + rng.standard_normal(6_000) * (2 / 30) ** 0.5
    errors = (rng.chisquare(58, 6_000) / 58 * 2 / 30) ** 0.5
    claimed = [
        against_margin(m, s, 58, 0.8).verdict == "equivalent" for m, s in zip(means, errors, strict=True)
    ]
    assert 0.0427 < np.mean(claimed) < 0.0573


@pytest.mark.parametrize(
    "wrong", [{"std_error": 0.0}, {"df": 0.0}, {"margin": 0.0}, {"margin": INF}, {"alpha": 0.5}, {"estimate": float("nan")}]
)  # fmt: skip
def test_a_margin_test_needs_positive_numbers(wrong):
    values = {"estimate": 0.1, "std_error": 0.2, "df": 20.0, "margin": 1.0, **wrong}
    with pytest.raises(
        NotEstimable, match="allowed: a finite estimate, positive standard error, df and margin"
    ):
        against_margin(**values)


def test_the_expected_fall_by_hand():
    # Half of the people enrolled (cut-off at the mean): phi(0) / 0.5 = 0.797885; SDs 3 and 4 give total 5.
    expected = regression_to_the_mean(50, 3, 4, 50)
    assert expected.fall == pytest.approx(16 / 5 * 0.7978845608)
    assert expected.mean_at_enrolment == pytest.approx(50 + 5 * 0.7978845608)
    assert expected.share_enrolled == 0.5
    assert expected.reliability == pytest.approx(9 / 25)


def exact_fall(cut_off: int) -> float:
    """The lesson's fall by adding up all pairs of whole-point readings over a fine grid of usual pain."""
    usual = PERSON_MEAN + PERSON_SD * np.linspace(-8, 8, 4001)
    weight = stats.norm.pdf(np.linspace(-8, 8, 4001))
    edges = np.concatenate([[-np.inf], np.arange(0.5, 10), [np.inf]])
    share = np.diff(stats.norm.cdf((edges - usual[:, None]) / DAY_SD), axis=1)
    enrols, points = share[:, cut_off:].sum(axis=1) * weight, np.arange(11)
    before = (share[:, cut_off:] @ points[cut_off:] * weight).sum()
    return float((before - enrols @ (share @ points)) / enrols.sum())


@pytest.mark.parametrize("cut_off", [4, 5, 6, 7])
def test_the_expected_fall_of_the_lesson_is_the_one_added_up(cut_off):
    # The scale ends at 0 and 10 points, which the formula does not know: that is worth 0.01 points at most.
    expected = regression_to_the_mean(PERSON_MEAN, PERSON_SD, DAY_SD, cut_off, step=1.0)
    assert expected.fall == pytest.approx(exact_fall(cut_off), abs=0.01)
    # Negative control: without the half step the cut-off is taken for half a point higher.
    assert (
        abs(regression_to_the_mean(PERSON_MEAN, PERSON_SD, DAY_SD, cut_off).fall - exact_fall(cut_off)) > 0.1
    )


def test_the_expected_fall_is_seen_in_simulated_people():
    people = simulate_untreated(20_000, 3, 6.0)
    fall = people["pain_before_nrs"] - people["pain_after_nrs"]
    error = fall.std() / len(fall) ** 0.5
    assert fall.mean() == pytest.approx(exact_fall(6), abs=3 * error)
    assert fall.mean() == pytest.approx(
        regression_to_the_mean(PERSON_MEAN, PERSON_SD, DAY_SD, 6, step=1.0).fall, abs=0.01 + 3 * error
    )


@pytest.mark.parametrize("readings", [1, 3])
def test_several_readings_at_enrolment_fall_less(readings):
    rng = np.random.default_rng(8)
    usual = rng.normal(4.5, 1.5, 400_000)
    enrolling = usual + rng.normal(0, 1.6 / readings**0.5, len(usual))
    enrolled = enrolling >= 6
    expected = regression_to_the_mean(4.5, 1.5, 1.6, 6, readings=readings)
    fall = (enrolling - usual)[enrolled]
    assert fall.mean() == pytest.approx(expected.fall, abs=3 * fall.std() / len(fall) ** 0.5)
    assert enrolled.mean() == pytest.approx(expected.share_enrolled, abs=0.003)
    assert enrolling[enrolled].mean() == pytest.approx(expected.mean_at_enrolment, abs=0.02)


@given(st.floats(0, 3), st.floats(0.1, 3), st.floats(-4, 40), st.floats(-1e4, 1e4))
def test_the_fall_is_galtons_and_does_not_depend_on_the_origin(between, within, cut_off, origin):
    here = regression_to_the_mean(0, between, within, cut_off)
    # Galton 1886: the fall is (1 - reliability) of the distance to the mean.
    assert here.fall == pytest.approx((1 - here.reliability) * here.mean_at_enrolment, rel=1e-9)
    there = regression_to_the_mean(origin, between, within, cut_off + origin)
    assert there.fall == pytest.approx(here.fall, rel=1e-6, abs=1e-9)


def test_readings_without_noise_do_not_fall():
    assert regression_to_the_mean(4.5, 1.5, 0.0, 6).fall == 0


@pytest.mark.parametrize(
    "wrong",
    [{"between_sd": 0.0, "within_sd": 0.0}, {"within_sd": -1.0}, {"readings": 0}, {"step": -1.0}, {"cut_off": float("nan")}],
)  # fmt: skip
def test_people_who_cannot_be_are_refused(wrong):
    with pytest.raises(NotEstimable, match="an SD above 0, 1 or more readings"):
        regression_to_the_mean(**{"mean": 4.5, "between_sd": 1.5, "within_sd": 1.6, "cut_off": 6, **wrong})


@given(st.floats(-20, 20), st.floats(0.1, 5), st.floats(0.1, 5), st.floats(-10, 20))
def test_the_fall_given_the_mean_at_enrolment_is_that_of_the_cut_off(mean, between, within, cut_off):
    whole = regression_to_the_mean(mean, between, within, cut_off)
    fall = expected_fall(whole.mean_at_enrolment, mean, whole.reliability)
    assert fall == pytest.approx(whole.fall, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("wrong", [(float("nan"), 5, 0.5), (6, 5, 1.2), (6, 5, -0.1)])
def test_the_fall_given_the_mean_needs_a_correlation(wrong):
    with pytest.raises(NotEstimable, match="a reliability of 0 to 1"):
        expected_fall(*wrong)
