"""How reliably series are recorded: an error that is known is an end of what is possible, and intervals end there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from lowback.estimators.lead.diaries import diaries
from lowback.estimators.lead.fit import LeadFit, fit_lead
from lowback.estimators.lead.reliability import FALL, Reliability, reliability

ROUNDING = 1 / 12
KNOWN = (ROUNDING, ROUNDING)
# New each half day; each keeps 0.6 of itself.
SHOCK, MEMORY = 1.1, 0.6
VARIANCE = SHOCK**2 / (1 - MEMORY**2)
TRUTH = VARIANCE / (VARIANCE + ROUNDING)


def fit(seed: int, people: int = 60, more: float = 0.0, known: tuple[float, float] = KNOWN) -> LeadFit:
    """Two weeks of half days in whole points; `more` is the variance of an error of the second beyond that of rounding."""
    rng = np.random.default_rng(seed)
    state, kept = SHOCK / (1 - MEMORY**2) ** 0.5 * rng.standard_normal((2, people)), []
    for _ in range(28):
        kept.append(state)
        state = MEMORY * state + SHOCK * rng.standard_normal((2, people))
    true = np.array(kept) + rng.uniform(4, 6, (2, people))
    true[:, 1] += more**0.5 * rng.standard_normal((28, people))
    first, second = np.round(true).transpose(1, 2, 0).reshape(2, -1)
    person, step = np.meshgrid(np.arange(people), np.arange(28), indexing="ij")
    return fit_lead(diaries(person.ravel(), step.ravel() / 2, first, second), known_error=known)


@pytest.fixture(scope="module")
def fits() -> list[LeadFit]:
    return [fit(seed) for seed in range(20)]


@pytest.fixture(scope="module")
def told(fits) -> list[tuple[LeadFit, int, Reliability]]:
    return [(one, series, reliability(one, series)) for one in fits for series in (0, 1)]


def test_no_estimate_lies_above_what_whole_points_allow(told):
    for one, series, found in told:
        error = one.process.error[series] ** 2
        assert error >= ROUNDING
        most = 1 - ROUNDING / (one.process.sd[series] ** 2 + error)
        assert one.most_reliable[series] == pytest.approx(most)
        # Where there is no other error they are the same, but for rounding.
        assert found.estimate <= most * (1 + 1e-12)


def test_intervals_cover_a_reliability_at_the_end_of_what_is_possible(told):
    covered = sum(found.low <= TRUTH <= found.high for *_, found in told)
    # 95 % of 40 less 2.6 standard errors.
    assert covered >= 34
    assert sum(found.is_most for *_, found in told) >= 12
    assert all(np.isfinite([found.low, found.high]).all() for *_, found in told)


def test_intervals_cover_memory_where_the_error_is_known_and_most_estimates_are_too_reliable_where_it_is_not(
    fits,
):
    """Negative control: without the known error reliabilities above what is possible are found."""
    covered, too_high = 0, 0
    for seed, one in enumerate(fits):
        for series in (0, 1):
            found = one.estimated(lambda process, time, at=series: process.autocorrelations(time)[at], 1.0)
            low, high = found.interval()
            covered += low <= MEMORY**2 <= high
        if seed < 10:
            too_high += int((fit(seed, known=(0.0, 0.0)).process.reliability > TRUTH + 0.01).sum())
    assert covered >= 34
    assert too_high >= 4


def test_the_bounds_are_where_another_optimiser_finds_a_fall_of_1_92(told):
    found, series, known = next(one for one in told if one[2].wald is None)
    place = 2 + series

    def minus(rest: np.ndarray) -> float:
        """Minus the log-likelihood with the reliability held at the bound by the second series' share."""
        point = np.insert(rest, place, 0.0)
        beyond = np.exp(2 * point[series])
        share = known.low * (beyond + ROUNDING) / beyond
        point[place] = np.sqrt((1 - 0.008) / (share - 0.008) - 1)
        return -float(found.model.log_likelihoods(point[:, None]).sum())

    start = np.delete(found.free.point, place)
    near = [(one - 0.15, one + 0.15) if one != start[-1] else (one - 0.5, one + 0.5) for one in start]
    reached = optimize.minimize(minus, start, method="L-BFGS-B", bounds=near, options={"maxfun": 900}).fun
    # A twentieth of a standard error of 1.96 either way.
    assert found.free.log_likelihood + reached == pytest.approx(FALL, abs=0.2)


def test_much_error_has_the_interval_of_its_standard_error():
    found = reliability(fit(1, people=100, more=1.5), 1)
    assert found.wald is not None
    assert found.high < 1 - ROUNDING / (VARIANCE + ROUNDING)
    assert found.low < VARIANCE / (VARIANCE + 1.5 + ROUNDING) < found.high
    assert not found.is_most
