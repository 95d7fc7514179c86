"""The (restricted) likelihood of a covariance with its exact gradient and curvature, at the cost of patterns.

With V the inverse covariance of a pattern (zero where a visit is missing), A = sum of [X y]' V [X y], the coefficients
beta and Phi = inv(X' V X), minus twice the log-likelihood is, up to a constant, sum n log|Sigma| + (y - X beta)' V
(y - X beta) and, for REML, + log|X' V X|. In the docstrings below M is the sum over the persons of a pattern of
r r' (+ X Phi X' for REML), and D_h = V (dSigma / dtheta_h) V.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from lowback.estimators.mmrm.gappy import weighted
from lowback.estimators.mmrm.structures import Structure
from lowback.estimators.mmrm.sums import Array, Stratum, Sums


@dataclass(frozen=True, eq=False)
class Part:
    """A stratum at given parameters: `precision` V = whitener' whitener, (patterns, visits, visits)."""

    stratum: Stratum
    structure: Structure
    theta: Array
    whitener: Array
    precision: Array
    log_determinant: float


@dataclass(frozen=True, eq=False)
class Point:
    """The likelihood at given parameters: `value` is minus twice it without constants; beta has its outcome's unit."""

    theta: Array
    value: float
    parts: tuple[Part, ...]
    coefficients: Array
    phi: Array
    model: Model

    @cached_property
    def slopes(self) -> Slopes:
        """First derivatives of everything, and the curvature."""
        return Slopes.of(self)


@dataclass(frozen=True, eq=False)
class Model:
    """A covariance structure for each stratum of the sums; `method` is REML or ML."""

    sums: Sums
    structures: tuple[Structure, ...]
    restricted: bool

    @cached_property
    def rotation(self) -> Array:
        """Scores of all visits to columns, (visits * scores, p + 1)."""
        return self.sums.rotation.reshape(-1, self.sums.rotation.shape[2])

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        """Which of theta belong to each stratum."""
        ends = np.cumsum([0, *(len(one.parameters) for one in self.structures)])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    def at(self, theta: Array) -> Point | None:
        """The likelihood at `theta`; None where it means no positive definite covariance."""
        parts = []
        for stratum, structure, block in zip(self.sums.strata, self.structures, self.blocks, strict=True):
            part = _part(stratum, structure, theta[block])
            if part is None:
                return None
            parts.append(part)
        cross = self.moments([part.precision for part in parts])
        p = len(cross) - 1
        try:
            lower = np.linalg.cholesky(cross[:p, :p])
        except np.linalg.LinAlgError:
            return None
        inverse = np.linalg.inv(lower)
        half = inverse @ cross[:p, p]
        value = sum(part.log_determinant for part in parts) + float(cross[p, p] - half @ half)
        value += 2 * float(np.log(np.diagonal(lower)).sum()) if self.restricted else 0.0
        return Point(theta, value, tuple(parts), inverse.T @ half, inverse.T @ inverse, self)

    def moments(self, weights: list[Array]) -> Array:
        """Cross-products of columns, sum of [X y]' w [X y], for weights (patterns, visits, visits) of each stratum."""
        return sum(
            self.moments_each(one[None], stratum)[0]
            for one, stratum in zip(weights, self.sums.strata, strict=True)
        )

    def moments_each(self, weights: Array, stratum: Stratum) -> Array:
        """The same for several weights (H, patterns, visits, visits) of one stratum; (H, p + 1, p + 1)."""
        if stratum.gappy is not None:
            return stratum.gappy.moments_each(weights)
        return self.rotation.T @ _weighted(weights, stratum) @ self.rotation

    def spread(self, matrix: Array, stratum: Stratum) -> Array:
        """For each pattern the sum over persons of [X y] matrix [X y]', (patterns, visits, visits)."""
        m, f = stratum.visits, self.sums.rotation.shape[1]
        scores = (self.rotation @ matrix @ self.rotation.T).reshape(m, f, m, f).swapaxes(1, 2)
        entries = stratum.cross @ scores.reshape(m * m, f * f, 1)
        return entries[:, :, 0].T.reshape(-1, m, m)


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives at a point: of its value (`gradient`, `curvature`) and of [X y]' V [X y] (`cross`, (H, p+1, p+1)).

    `information` is the expected curvature of the unrestricted likelihood, positive definite wherever the parameters
    are identified; a search falls back on it.
    """

    gradient: Array
    curvature: Array
    information: Array
    cross: Array

    @classmethod
    def of(cls, point: Point) -> Slopes:
        """All derivatives by theta."""
        model, size = point.model, len(point.theta)
        p = len(point.coefficients)
        direction = np.append(-point.coefficients, 1.0)
        weights = np.outer(direction, direction)
        weights[:p, :p] += point.phi if model.restricted else 0.0
        gradient, cross = np.empty(size), np.empty((size, p + 1, p + 1))
        curvature, information = np.zeros((size, size)), np.zeros((size, size))
        for part, block in zip(point.parts, model.blocks, strict=True):
            gradient[block], curvature[block, block], information[block, block], cross[block] = _slopes(
                model, part, weights
            )
        drift = (cross @ direction)[:, :p]
        curvature -= 2 * drift @ point.phi @ drift.T
        if model.restricted:
            turned = (point.phi @ cross[:, :p, :p]).reshape(size, -1)
            other = (cross[:, :p, :p] @ point.phi).reshape(size, -1)
            curvature -= turned @ other.T
        return cls(gradient, (curvature + curvature.T) / 2, information, cross)


def _part(stratum: Stratum, structure: Structure, theta: Array) -> Part | None:
    """The inverse covariance of every pattern, from one factor each."""
    covariance = structure.covariance(theta)
    if covariance is None:
        return None
    if stratum.gappy is not None:
        factored = stratum.gappy.factored(covariance, stratum.visits)
        if factored is None:
            return None
        whitener, precision, logs = factored
        return Part(stratum, structure, theta, whitener, precision, float(stratum.counts @ logs))
    # A missing visit becomes an unrelated one of variance 1, which adds nothing to the determinant.
    masked = covariance * stratum.seen + np.eye(stratum.visits) * (1 - stratum.seen)
    try:
        lower = np.linalg.cholesky(masked)
    except np.linalg.LinAlgError:
        return None
    inverse = np.linalg.inv(lower)
    logs = 2 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    precision = (inverse.mT @ inverse) * stratum.seen
    return Part(stratum, structure, theta, inverse, precision, float(stratum.counts @ logs))


def _weighted(weights: Array, stratum: Stratum) -> Array:
    """Sums over patterns of weights (H, K, m, m) times cross-products of scores, (H, m * f, m * f)."""
    h, m = len(weights), stratum.visits
    f = round(stratum.cross.shape[2] ** 0.5)
    entries = weights.reshape(h, -1, m * m).transpose(2, 0, 1) @ stratum.cross
    return entries.reshape(m, m, h, f, f).transpose(2, 0, 3, 1, 4).reshape(h, m * f, m * f)


def _slopes(model: Model, part: Part, weights: Array) -> tuple[Array, Array, Array, Array]:
    """Gradient, curvature, information and cross-products by the parameters of one stratum."""
    stratum, v = part.stratum, part.precision
    first, second = part.structure.first(part.theta), part.structure.second(part.theta)
    if stratum.gappy is None:
        u = v @ model.spread(weights, stratum) @ v
        gradient, curvature, information, d = _derivatives(v, stratum.counts, u, first, second)
        return gradient, curvature, information, -model.moments_each(d, stratum)
    each = []
    for columns, precision, one, bend in stratum.gappy.pieces(v, first, second):
        seen = precision @ columns
        u = np.tensordot(seen @ weights, seen, axes=((0, 2), (0, 2)))
        one, bend = one[:, None], None if bend is None else bend[:, :, None]
        *slopes, d = _derivatives(precision[None], np.array([len(columns)]), u[None], one, bend)
        each.append((*slopes, -weighted(d[:, 0], columns)))
    gradients, curvatures, informations, crosses = (list(parts) for parts in zip(*each, strict=True))
    return sum(gradients), sum(curvatures), sum(informations), sum(crosses)


def _derivatives(
    v: Array, counts: Array, u: Array, first: Array, second: Array | None
) -> tuple[Array, Array, Array, Array]:
    """Gradient, curvature and information of patterns of n persons with precisions V and V M V; and the D.

    The gradient is the sum of <dSigma, n V - V M V>; the curvature adds <dSigma_h, V dSigma_j (2 V M V - n V)>.
    """
    persons = counts[:, None, None]
    counted = persons * v
    left = v @ first
    d = left @ v
    score, bent, weighted_d = counted - u, left @ (u + u - counted), persons * d
    if first.shape[1] == 1:
        score, bent, weighted_d = score.sum(axis=0), bent.sum(axis=1), weighted_d.sum(axis=1)
        first, second = first[:, 0], None if second is None else second[:, :, 0]
    h = len(first)
    flat = first.reshape(h, -1)
    curvature = flat @ bent.reshape(h, -1).T
    if second is not None:
        curvature = curvature + second.reshape(h, h, -1) @ score.ravel()
    return flat @ score.ravel(), curvature, flat @ weighted_d.reshape(h, -1).T, d
