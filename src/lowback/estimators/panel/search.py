"""The search for the maximum of the likelihood, its proof, and each person's part in it."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from lowback.estimators import NotEstimable
from lowback.estimators.panel.layout import Layout
from lowback.estimators.panel.likelihood import (
    Numbers,
    best_means,
    covariance_gradient,
    deviance_and_gradient,
    inverses,
)
from lowback.estimators.panel.waves import Array, Waves

STEP = 1e-30
NEWTON_STEPS = 20
# A Newton step that would lower the deviance by less is rounding.
PROVEN = 1e-9


def gradient_at(waves: Waves, layout: Layout, values: Numbers) -> Numbers:
    """The derivative of the deviance by the parameters; real or complex."""
    return layout.gradient(values, covariance_gradient(waves, layout.covariance(values)))


def stepped(values: Array) -> list[Numbers]:
    """The values with an imaginary step in one parameter after another."""
    return [values + 1j * STEP * row for row in np.eye(len(values))]


def hessian_at(waves: Waves, layout: Layout, values: Array) -> Array:
    """Second derivatives of the deviance, exact to rounding by complex steps (Squire & Trapp 1998, SIAM Rev 40:110-112)."""
    columns = [gradient_at(waves, layout, one).imag / STEP for one in stepped(values)]
    return np.asarray((np.array(columns) + np.array(columns).T) / 2)


def first_guess(waves: Waves, layout: Layout) -> Array:
    """Levels from what waves far apart share, the rest fresh, and lags of a fifth on a series' own past."""
    seen, total = waves.seen.astype(float), np.zeros((waves.width, waves.width))
    products = waves.scatter + waves.means[:, :, None] * waves.means[:, None, :]
    counts = np.einsum("p,pi,pj->ij", waves.count, seen, seen)
    total = np.einsum("p,pij->ij", waves.count, products) / np.maximum(counts, 1)
    blocks = total.reshape(waves.n_waves, 2, waves.n_waves, 2)
    same = np.mean([blocks[t, :, t, :] for t in range(waves.n_waves)], axis=0)
    shared = np.clip(np.diag(blocks[0, :, -1, :]) / np.diag(same), 0.2, 0.7)
    between = np.diag(shared * np.diag(same))
    rest = np.diag((1 - shared) * np.diag(same)) * 0.8 + 0.2 * np.diag(np.diag(same)) * 0.5
    values = np.zeros(len(layout.names))
    for which, row, column, at in layout.places:
        i, j = row % 2, column % 2
        values[at] = (between[i, j], 0.2 * (i == j), rest[i, j])[which]
    return values


def descended(waves: Waves, layout: Layout, start: Array) -> Array:
    """The parameters to which a quasi-Newton search leads."""

    def objective(values: Array) -> tuple[float, Array]:
        deviance, slope = _deviance_and_slope(waves, layout, values)
        if not np.isfinite(deviance):
            return 1e10, np.zeros_like(values)
        return deviance / waves.n_people, slope / waves.n_people

    found = optimize.minimize(
        objective, start, jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 500}
    )
    return np.asarray(found.x)


def sought(
    waves: Waves, layout: Layout, start: Array, metric: Array, enough: float = PROVEN
) -> tuple[Array, float]:
    """The parameters of the lowest deviance and that deviance, by steps in the metric of another model's second derivatives.

    It stops where another step would lower the deviance by less than `enough`; steps that lead nowhere leave it to a search of its own.
    """
    values = start
    best, gradient = _deviance_and_slope(waves, layout, values)
    for _ in range(60):
        if not np.isfinite(best):
            break
        step = np.asarray(np.linalg.solve(metric, gradient), dtype=float)
        if gradient @ step < enough:
            return values, best
        values, reached, gradient = _lowered(waves, layout, values, step, best)
        if not reached < best:
            break
        best = reached
    values = descended(waves, layout, values if np.isfinite(best) else first_guess(waves, layout))
    values, _ = proven(waves, layout, values)
    return values, deviance_and_gradient(waves, layout.covariance(values))[0]


def _deviance_and_slope(waves: Waves, layout: Layout, values: Array) -> tuple[float, Array]:
    """The deviance and its derivative by the parameters."""
    deviance, by_sigma = deviance_and_gradient(waves, layout.covariance(values))
    return deviance, np.asarray(layout.gradient(values, by_sigma))


def _lowered(
    waves: Waves, layout: Layout, values: Array, step: Array, best: float
) -> tuple[Array, float, Array]:
    """The parameters after a step, halved until the deviance is below the best so far, with their deviance and its derivative."""
    for _ in range(30):
        reached, gradient = _deviance_and_slope(waves, layout, values - step)
        if reached < best:
            break
        step = step / 2
    return values - step, reached, gradient


def proven(waves: Waves, layout: Layout, values: Array) -> tuple[Array, Array]:
    """The optimum polished by Newton steps, with the information; refused where it is none."""
    best = deviance_and_gradient(waves, layout.covariance(values))[0]
    for _ in range(NEWTON_STEPS):
        gradient, hessian = gradient_at(waves, layout, values), hessian_at(waves, layout, values)
        eigenvalues = np.linalg.eigvalsh(hessian)
        if eigenvalues[0] <= 1e-9 * eigenvalues[-1]:
            raise NotEstimable(
                "the likelihood is flat or has no maximum: these waves do not tell the parameters apart"
            )
        step = np.asarray(np.linalg.solve(hessian, gradient), dtype=float)
        if gradient @ step < PROVEN:
            return values, hessian / 2
        values, best, _ = _lowered(waves, layout, values, step, best)
    raise NotEstimable("no maximum of the likelihood was reached")


def person_scores(waves: Waves, layout: Layout, values: Array) -> Array:
    """Each person's part of the derivative of the log-likelihood by the parameters, the means following them (row a person)."""
    inverse = inverses(waves, layout.covariance(values))
    rest = (waves.rows - best_means(waves, inverse)[waves.group][waves.pattern]) * waves.seen[waves.pattern]
    by_mean = np.einsum("nij,nj->ni", inverse[waves.pattern], rest)
    by_sigma = (by_mean[:, :, None] * by_mean[:, None, :] - inverse[waves.pattern]) / 2
    moved = [inverses(waves, layout.covariance(one)) for one in stepped(values)]
    means = np.array([best_means(waves, one).imag / STEP for one in moved])
    own_means = means[:, waves.group[waves.pattern]]
    return np.asarray(layout.gradient(values, by_sigma) + np.einsum("kni,ni->nk", own_means, by_mean))
