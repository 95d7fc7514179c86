"""The search ends at the best optimum, whatever start it is given."""

from __future__ import annotations

import numpy as np
import pytest

from lowback.estimators import NotEstimable
from lowback.estimators.mmrm import COVARIANCES, fit_mmrm
from lowback.estimators.mmrm.likelihood import Model
from lowback.estimators.mmrm.search import descend

from .trials import simulated


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_no_start_leads_below_a_fit_that_is_called_proven(covariance: str) -> None:
    random = np.random.default_rng(7)
    fitted = 0
    for seed in range(12):
        rows = simulated(20, 4, 700 + seed, dropout=0.1, correlation=float(random.uniform(-0.2, 0.9)))
        try:
            fit = rows.fit(covariance=covariance, times=rows.times)
        except NotEstimable:
            continue
        fitted += 1
        for _ in range(5):
            start = fit.point.theta * np.exp(0.7 * random.standard_normal(len(fit.point.theta)))
            point = fit.point.model.at(start)
            if point is not None:
                assert descend(point)[0].value > fit.point.value - 1e-4
    assert fitted >= 6


def test_few_evaluations_are_needed() -> None:
    # Newton's steps with an exact curvature: under ten where few visits are missing, four starts included.
    assert simulated(200, 6, 8, dropout=0.03).fit().proof.evaluations <= 12


def test_the_proof_is_of_the_point_that_is_returned() -> None:
    fit = simulated(60, 4, 9).fit(covariance="heterogeneous toeplitz")
    slopes = fit.point.slopes
    scale = 1 / np.sqrt(np.diagonal(slopes.curvature))
    assert fit.proof.gradient == pytest.approx(np.abs(slopes.gradient * scale).max())
    assert fit.proof.curvature == pytest.approx(
        np.linalg.eigvalsh(slopes.curvature * np.outer(scale, scale)).min()
    )
    assert fit.proof.starts == 3
    assert not fit.at_boundary


@pytest.mark.parametrize(
    ("kind", "covariance", "said"),
    [
        ("same", "unstructured", "visits 1, 2 come to determine one another"),
        ("same", "ante-dependence", "visits 1, 2 come to determine one another"),
        ("sum", "unstructured", "visits 1, 2, 3 come to determine one another"),
        ("still", "unstructured", "rises until nothing varies at visits 3"),
        ("still", "heterogeneous autoregressive", "rises until nothing varies at visits 3"),
    ],
)
def test_what_rises_without_end_is_left_after_a_few_evaluations(monkeypatch, kind, covariance, said) -> None:
    # It took up to thousands before: every start was followed to where numbers end.
    scores = np.random.default_rng(1).normal(5, 2, (100, 4))
    scores[:, 2] = scores[:, 1] if kind == "same" else scores[:, 2]
    scores[:, 3] = {"same": scores[:, 3], "sum": scores[:, 1] + scores[:, 2], "still": 2.0}[kind]
    scores[np.random.default_rng(2).random(scores.shape) < 0.1] = np.nan
    person, visit = np.nonzero(np.isfinite(scores))
    counted: list[int] = []
    original = Model.at

    def counting(model: Model, theta: np.ndarray) -> object:
        counted.append(1)
        return original(model, theta)

    monkeypatch.setattr(Model, "at", counting)
    with pytest.raises(NotEstimable, match=said):
        fit_mmrm(
            scores[person, visit], np.eye(4)[visit], person, visit, names=list("abcd"), covariance=covariance
        )
    assert len(counted) < 150
