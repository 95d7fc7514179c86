"""Where ups and downs of back and hip begin: at the covariance that they keep, by hand and by SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from lowback.simulate.settled import first_ups_and_downs

FIGURES = {"back_memory": 0.6, "hip_memory": 0.6, "back_from_hip": 0.3, "hip_from_back": 0.0, "back_shock_sd": 1.1, "hip_shock_sd": 1.1}  # fmt: skip


def roots(hip_leads: float = 1.0, back_leads: float = 1.0, **changes: float) -> np.ndarray:
    """What a draw of 1 of back and of hip alone make of back and hip (to, from), in one person beside another with no leads."""
    leads = (np.array([0.0, hip_leads]), np.array([0.0, back_leads]))
    units = ((np.ones(2), np.zeros(2)), (np.zeros(2), np.ones(2)))
    return np.array(
        [np.array(first_ups_and_downs({**FIGURES, **changes}, *leads, one))[:, 1] for one in units]
    ).T  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [{}, {"hip_from_back": 0.2}, {"back_shock_sd": 0.0}, {"hip_shock_sd": 0.0}, {"hip_leads": 0.5}],
)
def test_the_first_moment_has_the_covariance_that_scipy_says_is_kept(changes):
    p = {**FIGURES, **changes}
    carried = np.array([[0.6, 0.3 * p.get("hip_leads", 1)], [p["hip_from_back"], 0.6]])
    kept = solve_discrete_lyapunov(carried, np.diag([p["back_shock_sd"] ** 2, p["hip_shock_sd"] ** 2]))
    root = roots(**changes)
    assert root @ root.T == pytest.approx(kept, abs=1e-12)


def test_alone_each_begins_with_what_is_new_over_what_fades_by_hand():
    root = roots(hip_leads=0.0)
    # 1.1 squared over 1 - 0.36.
    assert root == pytest.approx(np.diag([1.375, 1.375]))


def test_nothing_new_begins_at_nothing_and_what_grows_without_end_with_what_is_new():
    assert roots(back_shock_sd=0.0, hip_shock_sd=0.0) == pytest.approx(np.zeros((2, 2)))
    assert roots(hip_memory=1.0) == pytest.approx(np.diag([1.1, 1.1]))
