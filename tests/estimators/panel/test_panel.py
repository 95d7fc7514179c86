"""The panel model against numbers that are in the data, lavaan, and simulated truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from lowback.estimators import NotEstimable
from lowback.estimators.panel import PanelFit, compared, fit_measures, fit_panel, lag_test
from lowback.estimators.panel.layout import panel_layout
from lowback.estimators.panel.likelihood import deviance_and_gradient
from lowback.estimators.panel.search import descended
from lowback.estimators.panel.waves import read_waves

REFERENCE = Path(__file__).parents[2] / "reference" / "panel"
OPTIONS: dict[str, dict[str, Any]] = {
    "complete": {},
    "lags differ": {"equal_lags": False},
    "no lag of second on first": {"without": [(1, 0)]},
    "gaps": {},
    "gaps, robust": {},
    "one innovation": {"equal_innovations": True},
    "points": {},
    "errors": {"error_variance": (0.25, 9 * 0.09)},
    "points, rounding known": {"error_variance": (1 / 12, 1 / 12)},
    "three": {},
    "arms": {},
}
MEASURES = {
    "chisq": "chi_square",
    "df": "df",
    "pvalue": "p_value",
    "rmsea": "rmsea",
    "rmsea.ci.lower": "rmsea_low",
    "rmsea.ci.upper": "rmsea_high",
    "cfi": "cfi",
}


def lavaan(model: str) -> tuple[pd.DataFrame, PanelFit]:
    """What lavaan found for a model, by term, and our fit to the same waves."""
    found = pd.read_csv(REFERENCE / "panel.csv")
    found = found[found["model"] == model].set_index("term")
    waves = pd.read_csv(REFERENCE / "waves.csv")
    waves = waves[waves["set"] == found["set"].iloc[0]]
    first, second = (
        waves.pivot_table(index="person", columns="wave", values=one, dropna=False).to_numpy()
        for one in ("first", "second")
    )
    groups = waves.groupby("person")["group"].first().to_numpy()
    return found, fit_panel(first, second, groups=groups, **OPTIONS[model])


def simulated(
    seed: int, people: int = 120, waves: int = 4, cross: float = 0.2, noise: tuple[float, float] = (0, 0)
) -> tuple[Any, Any]:
    """Two series with own past 0.4, the second foretold by the first with `cross`, the first by nothing; levels correlated."""
    rng = np.random.default_rng(seed)
    levels = rng.multivariate_normal([5, 3], [[1, 0.6], [0.6, 1]], people)
    state = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], people)
    scores = []
    for _ in range(waves):
        scores.append(levels + state + noise * rng.standard_normal((people, 2)))
        fresh = rng.multivariate_normal([0, 0], [[0.8, 0.2], [0.2, 0.8]], people)
        state = state @ np.array([[0.4, 0], [cross, 0.4]]).T + fresh
    first, second = np.array(scores).transpose(2, 1, 0)
    return first, second


def test_waves_with_exactly_the_covariance_of_a_model_give_its_parameters() -> None:
    """By hand: 40 people whose covariance is that of chosen parameters, so the maximum is known and fits without rest."""
    layout = panel_layout(4, np.zeros(2))
    chosen = {"levels variance of first": 0.5, "levels covariance": 0.2, "levels variance of second": 0.6, "first on first": 0.5,
              "first on second": -0.1, "second on first": 0.3, "second on second": 0.4}  # fmt: skip
    fresh = {"variance of first": 1.0, "covariance": 0.2, "variance of second": 0.9}
    values = np.array([chosen[one] if one in chosen else fresh[one.split(" ", 2)[2]] for one in layout.names])
    noise = np.random.default_rng(1).standard_normal((40, 8))
    noise -= noise.mean(axis=0)
    white = noise @ np.linalg.inv(np.linalg.cholesky(noise.T @ noise / 40)).T
    rows = white @ np.linalg.cholesky(layout.covariance(values)).T + 3
    fit = fit_panel(rows[:, 0::2], rows[:, 1::2])
    assert dict(zip(fit.names, fit.estimates, strict=True)) == pytest.approx(
        dict(zip(layout.names, values, strict=True)), abs=1e-6
    )
    assert fit.means == pytest.approx(np.full((1, 2, 4), 3.0))
    measures = fit_measures(fit)
    assert (measures.chi_square, measures.rmsea, measures.cfi) == pytest.approx((0, 0, 1), abs=1e-7)
    # 36 covariances and 8 means less 19 parameters and 8 means.
    assert measures.df == 36 - 19


@pytest.mark.parametrize("model", [one for one in OPTIONS if one != "gaps, robust"])
def test_agrees_with_lavaan(model: str) -> None:
    found, fit = lavaan(model)
    expected = found.loc[list(fit.names)]
    errors = np.sqrt(np.diag(fit.covariance))
    # lavaan stops at a relative change of 1e-10 of the likelihood, which leaves estimates free by some 1e-5 of a standard error.
    assert np.abs(fit.estimates - expected["estimate"]).max() < 1e-4 * errors.min() + 2e-5 * errors.max()
    assert errors == pytest.approx(expected["std_error"].to_numpy(), rel=1e-5)
    assert fit.log_likelihood == pytest.approx(found.loc["logl", "estimate"], rel=1e-9)
    if "chisq" in found.index:
        measures = fit_measures(fit)
        for theirs, ours in MEASURES.items():
            assert getattr(measures, ours) == pytest.approx(
                found.loc[theirs, "estimate"], rel=1e-5, abs=1e-9
            ), ours


def test_robust_errors_are_lavaans() -> None:
    found, fit = lavaan("gaps, robust")
    people = fit.waves.n_people
    errors = np.sqrt(np.diag(fit.robust_covariance) * (people - 1) / people)
    assert errors == pytest.approx(found.loc[list(fit.names), "std_error"].to_numpy(), rel=1e-4)


def test_jackknife_errors_are_lavaans() -> None:
    """Sixty people with complete waves, the model fitted anew by lavaan without each of them."""
    expected = pd.read_csv(REFERENCE / "jackknife.csv").set_index("term")["std_error"]
    waves = pd.read_csv(REFERENCE / "waves.csv")
    waves = waves[(waves["set"] == "complete") & (waves["person"] <= 60)]
    fit = fit_panel(
        *(waves.pivot_table(index="person", columns="wave", values=one) for one in ("first", "second"))
    )
    errors = np.sqrt(np.diag(fit.jackknife_covariance))
    assert errors == pytest.approx(expected.loc[list(fit.names)].to_numpy(), rel=2e-3)


def test_jackknife_errors_are_those_of_fits_without_each_person() -> None:
    """By hand, with missing scores and arms: the estimates of every fit to all but one."""
    first, second = simulated(31, people=40)
    first[::7, 2] = second[::5, 3] = np.nan
    arms = np.arange(40) % 2
    fit = fit_panel(first, second, groups=arms, equal_innovations=True)
    each = []
    for one in range(40):
        kept = np.arange(40) != one
        each.append(fit_panel(first[kept], second[kept], groups=arms[kept], equal_innovations=True).estimates)
    errors = np.std(each, axis=0) * 39**0.5
    assert np.sqrt(np.diag(fit.jackknife_covariance)) == pytest.approx(errors, rel=5e-3)
    found = fit.inference("jackknife")
    # Forty people less three levels, three of the first wave, four lags and three later ones.
    half = stats.t.ppf(0.975, 40 - 13) * np.sqrt(np.diag(fit.jackknife_covariance))
    assert found.conf_high - found.estimate == pytest.approx(half)


def test_intervals_by_the_jackknife_cover_the_lags_of_few_people() -> None:
    covered, tries = 0, 0
    for seed in range(40):
        try:
            fit = fit_panel(*simulated(1000 + seed, people=50), equal_innovations=True)
            found = fit.inference("jackknife")
        except NotEstimable:
            continue
        for name, truth in {"second on first": 0.2, "first on second": 0.0}.items():
            at, tries = fit.names.index(name), tries + 1
            covered += found.conf_low[at] <= truth <= found.conf_high[at]
    # 95 % less 2.6 standard errors.
    assert tries >= 70
    assert covered >= (0.95 - 2.6 * (0.95 * 0.05 / tries) ** 0.5) * tries


def test_a_model_that_rests_on_one_person_has_no_jackknife() -> None:
    first, second = simulated(6, people=40)
    second[1:, 3] = np.nan
    fit = fit_panel(first, second, equal_innovations=True)
    with pytest.raises(
        NotEstimable, match="40 people rests on one of them.*nobody has the second series at wave 4"
    ):
        fit.inference("jackknife")


def test_the_likelihood_ratio_test_is_lavaans() -> None:
    larger, fit = lavaan("complete")
    smaller, without = lavaan("no lag of second on first")
    test = compared(without, fit)
    ratio = smaller.loc["chisq", "estimate"] - larger.loc["chisq", "estimate"]
    assert test.statistic * test.df_num == pytest.approx(ratio, rel=1e-6)
    assert test.p_value == pytest.approx(float(stats.chi2.sf(ratio, 1)), rel=1e-5)
    assert lag_test(fit, [(1, 0)]).p_value == pytest.approx(test.p_value, rel=1e-5)


def test_the_test_of_both_lags_is_that_of_two_fits() -> None:
    first, second = simulated(9, cross=0.3)
    fit, smaller = fit_panel(first, second), fit_panel(first, second, without=[(1, 0), (0, 1)])
    one, other = lag_test(fit, [(1, 0), (0, 1)]), compared(smaller, fit)
    assert (one.statistic, one.df_num, one.p_value) == pytest.approx(
        (other.statistic, 2, other.p_value), rel=1e-5
    )


def test_the_gradient_is_that_of_finite_differences() -> None:
    first, second = simulated(3)
    first[::5, 2] = np.nan
    waves = read_waves(first, second)
    layout = panel_layout(4, np.array([0.1, 0.0]))
    values = np.random.default_rng(5).uniform(0.05, 0.2, len(layout.names))
    values[["variance of" in one for one in layout.names]] += 0.5

    def deviance(at: Any) -> float:
        return deviance_and_gradient(waves, layout.covariance(at))[0]

    by_sigma = deviance_and_gradient(waves, layout.covariance(values))[1]
    assert layout.gradient(values, by_sigma) == pytest.approx(
        optimize.approx_fprime(values, deviance, 1e-6), rel=1e-3, abs=1e-2
    )


def test_no_other_start_finds_a_higher_likelihood() -> None:
    first, second = simulated(8, people=80)
    fit = fit_panel(first, second)
    rng = np.random.default_rng(2)
    for _ in range(5):
        start = fit.scaled * rng.uniform(0.5, 1.5, len(fit.scaled))
        other = descended(fit.waves, fit.layout, start)
        reached = deviance_and_gradient(fit.waves, fit.layout.covariance(other))[0]
        assert reached > fit.deviance - 1e-6


def test_intervals_cover_the_lags_and_the_test_of_none_keeps_its_level() -> None:
    covered, rejected, tries = np.zeros(2), 0, 100
    for seed in range(tries):
        fit = fit_panel(*simulated(seed), equal_innovations=True)
        found = fit.inference()
        for at, (name, truth) in enumerate({"second on first": 0.2, "first on second": 0.0}.items()):
            place = fit.names.index(name)
            covered[at] += found.conf_low[place] <= truth <= found.conf_high[place]
        rejected += found.p_value[fit.names.index("first on second")] < 0.05
    assert (covered >= 88).all()
    assert rejected <= 11


def test_a_lag_between_people_is_not_taken_for_one_within_them() -> None:
    """Negative control: without levels of persons, people's lasting differences pass for a lag of one series on the other."""
    rng = np.random.default_rng(4)
    level = rng.standard_normal((400, 1))
    first = level + 0.3 * rng.standard_normal((400, 4))
    second = level + rng.standard_normal((400, 4))
    fit = fit_panel(first, second)
    right = fit.inference()
    place = fit.names.index("second on first")
    assert right.conf_low[place] < 0 < right.conf_high[place]
    x = np.column_stack([first[:, :-1].ravel(), second[:, :-1].ravel(), np.ones(1200)])
    naive = np.linalg.lstsq(x, second[:, 1:].ravel(), rcond=None)[0]
    assert naive[0] > 0.5


def test_known_errors_take_away_a_lead_that_unequal_reliability_fakes() -> None:
    """One process in both series, the second recorded with much error: the first seems to lead until the error is known."""
    wrong, right = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        shared = np.linalg.cholesky([[1, 0.9], [0.9, 1]]).T
        state = rng.standard_normal((600, 2)) @ shared
        waves = []
        for _ in range(6):
            waves.append(state)
            state = 0.6 * state + 0.8 * rng.standard_normal((600, 2)) @ shared
        errors = np.array([0.4, 1.1]) * rng.standard_normal((6, 600, 2))
        first, second = (np.array(waves) + rng.standard_normal((600, 1)) + errors).transpose(2, 1, 0)
        fits = [
            fit_panel(first, second, error_variance=one, equal_innovations=True)
            for one in ((0, 0), (0.16, 1.21))
        ]
        for kept, fit in zip((wrong, right), fits, strict=True):
            kept.append(fit.inference().conf_low[fit.names.index("second on first")] > 0)
    assert sum(wrong) >= 5
    assert sum(right) <= 1


@settings(max_examples=8)
@given(shift=st.floats(-100, 100), factor=st.floats(0.01, 100))
def test_a_lag_follows_the_units(shift: float, factor: float) -> None:
    first, second = simulated(1, people=60)
    one, other = fit_panel(first, second), fit_panel(shift + factor * first, second)
    at = one.names.index("second on first")
    assert other.estimates[at] * factor == pytest.approx(one.estimates[at], rel=1e-4, abs=1e-6)
    assert other.standardised((1, 0)) == pytest.approx(one.standardised((1, 0)), rel=1e-4, abs=1e-6)


def test_the_standardised_lag_is_the_lag_times_a_ratio_of_sd() -> None:
    fit = fit_panel(*simulated(2, people=3000), equal_innovations=True)
    # Var of x* is 0.8 / (1 - 0.16) in the long run, 1 at the first wave; of y* a little more: both near 1 over four waves.
    estimate, error = fit.standardised((1, 0))
    assert estimate == pytest.approx(fit.estimates[fit.names.index("second on first")], rel=0.1)
    assert 0 < error < 0.1


def test_exchanged_series_exchange_their_lags() -> None:
    first, second = simulated(6)
    one, other = fit_panel(first, second), fit_panel(second, first)
    at = [one.names.index(name) for name in ("second on first", "first on second")]
    assert other.estimates[at] == pytest.approx(one.estimates[at[::-1]], abs=1e-6)
    assert other.deviance == pytest.approx(one.deviance)


def test_a_variance_below_zero_is_named() -> None:
    rng = np.random.default_rng(7)
    # Each person's scores add up to nothing, as no levels of persons can make them.
    scores = rng.standard_normal((2, 300, 4))
    scores -= 0.5 * scores.mean(axis=2, keepdims=True)
    assert "levels" in fit_panel(*scores).negative


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x, y: (x[:, :2], y[:, :2]), "2 waves: levels of persons and lags need 3 or more"),
        (lambda x, y: (x * 0, y), "the first series does not vary"),
        (lambda x, y: (x, y[:, :3]), "allowed: one row a person"),
        (lambda x, y: (x[:10], y[:10]), "10 people for a model of"),
        (lambda x, y: (np.where(np.arange(4) == 2, np.nan, x), y), "nobody has the first series at wave 3"),
        (lambda x, y: (np.where(np.arange(4) == 2, np.inf, x), y), "a score is infinite"),
    ],
)
def test_what_cannot_be_estimated_is_refused_by_name(change: Any, said: str) -> None:
    with pytest.raises(NotEstimable, match=said), np.errstate(all="ignore"):
        fit_panel(*change(*simulated(1)))


def test_error_variances_that_are_none_are_refused() -> None:
    with pytest.raises(NotEstimable, match=r"error variances \[-1.0, 0.0\]"):
        fit_panel(*simulated(1), error_variance=(-1.0, 0.0))
