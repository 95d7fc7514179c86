"""Covariances of the coefficients that hold when the model's covariance does not (sandwiches over clusters)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.pairs import Array

if TYPE_CHECKING:
    from lowback.estimators.lmm.fit import LmmFit

Kind = Literal["CR0", "CR2", "CR3"]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of equal size stacked: for each size the columns (clusters, rows, p), residuals and covariances V.

    `information` is the inverse of the sum of X'V^-1 X.
    """

    columns: list[Array]
    residuals: list[Array]
    covariances: list[Array]
    information: Array


@dataclass(frozen=True, eq=False)
class Robust:
    """A robust covariance, with X_i'a_i (clusters, p, p) and a_i'V_i a_i for its degrees of freedom; df None: normal."""

    covariance: Array
    information: Array
    reach: Array
    spread: Array
    normal: bool

    def df(self, contrasts: Array) -> Array:
        """Satterthwaite's degrees of freedom of the robust variance under the model's covariance.

        Bell & McCaffrey 2002, Survey Methodology 28:169-181; Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683,
        doi:10.1080/07350015.2016.1247004. The variance is a quadratic form whose matrix over clusters i, j is
        a_i'V_i a_i (i = j) less (X_i'a_i)'M(X_j'a_j) with a_i = A_i V_i^-1 X_i M c and M the model's covariance.
        """
        if self.normal:
            return np.full(len(contrasts), np.inf)
        found = []
        for contrast in contrasts:
            # The size of a contrast changes nothing, but its fourth power may be no number.
            turned = self.information @ (contrast / (np.abs(contrast).max(initial=0.0) or 1.0))
            own = np.einsum("kij,i,j->k", self.spread, turned, turned, optimize=True)
            arms = np.einsum("kij,j->ki", self.reach, turned)
            square = np.einsum("ki,ij,kj->k", arms, self.information, arms, optimize=True)
            crossed = arms.T @ arms @ self.information
            trace = float((own - square).sum())
            squares = float((own**2 - 2 * own * square).sum() + np.trace(crossed @ crossed))
            found.append(trace**2 / squares)
        return np.array(found)


def robust(clusters: Clusters, kind: Kind) -> Robust:
    """The covariance over clusters: plain (CR0), unbiased under the model (CR2), or leaving each cluster out (CR3).

    CR2 takes A_i = D'(D (V_i - X_i M X_i') D')^(-1/2) D with V_i = D'D, CR3 takes (I - X_i M X_i'V_i^-1)^-1.
    """
    reach, spread, scores = [], [], []
    for x, residual, v in zip(clusters.columns, clusters.residuals, clusters.covariances, strict=True):
        solved = np.asarray(np.linalg.solve(v, x), dtype=float)
        turned = solved if kind == "CR0" else _adjusted(x, v, solved, clusters.information, kind)
        scores.append(np.einsum("knp,kn->kp", turned, residual))
        reach.append(np.einsum("knp,knr->kpr", x, turned))
        spread.append(np.einsum("knp,knr->kpr", turned, v @ turned))
    score = np.concatenate(scores)
    middle = clusters.information @ score.T
    return Robust(
        middle @ middle.T, clusters.information, np.concatenate(reach), np.concatenate(spread), kind == "CR0"
    )


def _adjusted(x: Array, v: Array, solved: Array, information: Array, kind: Kind) -> Array:
    """A_i'V_i^-1 X_i of each cluster (clusters, rows, p)."""
    left = v - x @ information @ x.transpose(0, 2, 1)
    if kind == "CR3":
        _check_left(np.asarray(np.linalg.eigvalsh(left), dtype=float))
        return np.asarray(np.linalg.solve(left, v @ solved), dtype=float)
    upper = np.linalg.cholesky(v).transpose(0, 2, 1)
    values, vectors = np.linalg.eigh(upper @ left @ upper.transpose(0, 2, 1))
    # A cluster that fits a coefficient exactly has a zero here; its generalised inverse leaves that part out.
    keep = values > 1e-12 * np.einsum("kij,kij->k", v, v)[:, None]
    power = np.where(keep, np.where(keep, values, 1.0) ** -0.5, 0.0)
    root = (vectors * power[:, None, :]) @ vectors.transpose(0, 2, 1)
    return upper.transpose(0, 2, 1) @ (root @ (upper @ solved))


def _check_left(values: Array) -> None:
    if (values[:, 0] < 1e-10 * values[:, -1]).any():
        raise NotEstimable("a cluster fits a coefficient exactly; CR3, which leaves it out, cannot be had")


def clusters_of(fit: LmmFit) -> Clusters:
    """The rows of each cluster (site, or else group) in uncorrelated columns, with the model's covariance of each."""
    grouping, sums = fit.rows.grouping, fit.inside.sums
    x = grouping.in_runs(fit.rows.design) @ sums.back
    z = grouping.in_runs(fit.rows.random)
    residual = grouping.in_runs(fit.rows.outcome - fit.rows.design @ fit.coefficients)
    weights = fit.rows.weights
    own = fit.variance_residual / (np.ones(len(x)) if weights is None else grouping.in_runs(weights))
    cluster = np.arange(len(grouping.sizes)) if grouping.site_of is None else grouping.site_of
    group = np.repeat(np.arange(len(grouping.sizes)), grouping.sizes)
    order = np.argsort(cluster[group], kind="stable")
    sizes = np.bincount(cluster[group])
    begins = np.cumsum(sizes) - sizes
    parts: tuple[list[Array], list[Array], list[Array]] = ([], [], [])
    is_plain = weights is None and grouping.site_of is None
    for size in np.unique(sizes):
        at = order[begins[sizes == size][:, None] + np.arange(size)]
        if is_plain and size > x.shape[1] + z.shape[1]:
            found = _condensed(x[at], residual[at], z[at], fit.random_covariance, fit.variance_residual)
        else:
            same = (group[at][:, :, None] == group[at][:, None, :]).astype(float)
            v = same * (z[at] @ fit.random_covariance @ z[at].transpose(0, 2, 1)) + fit.variance_site
            v[:, np.arange(size), np.arange(size)] += own[at]
            found = x[at], residual[at], v
        for held, one in zip(parts, found, strict=True):
            held.append(one)
    return Clusters(*parts, information=fit.variance_residual * fit.inside.best.point.inverse)


def _condensed(
    x: Array, residual: Array, z: Array, between: Array, within: float
) -> tuple[Array, Array, Array]:
    """Clusters of many rows in as few as their columns span: on all that is left V is a multiple of the identity and X is zero.

    So nothing outside that span enters a sandwich, and the memory of a cluster does not grow with the square of its rows.
    """
    basis = np.linalg.qr(np.concatenate([z, x], axis=2))[0].transpose(0, 2, 1)
    turned = basis @ z
    v = turned @ between @ turned.transpose(0, 2, 1) + within * np.eye(basis.shape[1])
    return basis @ x, (basis @ residual[:, :, None])[:, :, 0], v
