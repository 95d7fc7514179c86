"""Covariances of the coefficients that hold whatever the covariance of the visits, from each person's residuals.

Bell & McCaffrey 2002, Surv Methodol 28:169-181; Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683,
doi:10.1080/07350015.2016.1247004. Persons are the clusters; everything is in whitened units, in which the fitted
covariance of visits is the working model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lowback.estimators.mmrm.likelihood import Array, Point

Kind = Literal["CR0", "CR2", "CR3"]
# Directions that a person's own rows fit exactly leave no residual to correct.
FITTED = 1e-10


@dataclass(frozen=True, eq=False)
class Sandwich:
    """`moves`: what each person adds to the coefficients; `corrected` A X (persons, visits, p) and `crossed` X' A X by person."""

    moves: Array
    phi: Array
    corrected: Array
    crossed: Array

    def covariance(self, weights: Array) -> Array:
        """The covariance of contrasts of the coefficients; no variance falls below zero by rounding."""
        moved = self.moves @ weights.T
        return np.asarray(moved.T @ moved)

    def df(self, weights: Array) -> Array:
        """Degrees of freedom of each contrast: tr(G)^2 / tr(G^2), with G the covariances of persons' contributions.

        G = diag(a' a) - T Phi T' needs no matrix of persons by persons.
        """
        own, overlap, shared = self._by_person(weights)
        joint = self.phi @ (shared.mT @ shared)
        squares = (own**2 - 2 * own * overlap).sum(axis=1) + np.einsum("kab,kba->k", joint, joint)
        return (own - overlap).sum(axis=1) ** 2 / squares

    def share_told(self, weights: Array) -> Array:
        """How much of each contrast's variance residuals would tell, on average, if the fitted covariance were the true one.

        Of CR2 it is 1 unless one person alone decides part of the contrast: that person's residual is nil, whatever the scatter.
        """
        own, overlap, _ = self._by_person(weights)
        expected: Array = (own - overlap).sum(axis=1)
        return expected / np.einsum("kp,pq,kq->k", weights, self.phi, weights)

    def _by_person(self, weights: Array) -> tuple[Array, Array, Array]:
        """What each person's contribution to a contrast varies by, and by how much less for the shared fit (contrasts, persons)."""
        turned = weights @ self.phi
        lengths = np.einsum("imp,kp->kim", self.corrected, turned, optimize=True)
        shared = np.einsum("ipq,kq->kip", self.crossed, turned, optimize=True)
        overlap = np.einsum("kip,kip->ki", shared @ self.phi, shared)
        return (lengths**2).sum(axis=2), overlap, shared


def sandwich(point: Point, kind: Kind) -> Sandwich:
    """The robust covariance of the coefficients inside the frame of the fit."""
    model = point.model
    p = len(point.coefficients)
    rotated = (model.sums.scores.transpose(1, 0, 2) @ model.sums.rotation).transpose(1, 0, 2)
    whitener = by_person(point)
    whitened = whitener @ rotated
    columns, outcome = whitened[:, :, :p], whitened[:, :, p]
    residuals = outcome - columns @ point.coefficients
    rest = np.eye(columns.shape[1]) - columns @ point.phi @ columns.mT
    if kind == "CR0":
        corrected = columns
    elif kind == "CR3":
        corrected = _power(rest, -1.0, np.ones(len(rest))) @ columns
    else:
        corrected = _symmetric_root(whitener, rest, columns)
    scores = np.einsum("imp,im->ip", corrected, residuals)
    return Sandwich(scores @ point.phi, point.phi, corrected, columns.mT @ corrected)


def _symmetric_root(whitener: Array, rest: Array, columns: Array) -> Array:
    """A' X of CR2, with A = D' inv(sqrt(D S D')) D for the covariance D' D of a person and S of the residuals.

    Of all A that make the robust covariance unbiased under the working model, Pustejovsky & Tipton's (equation 8) is
    the symmetric one.
    """
    lower = np.linalg.inv(whitener)
    inner = lower.mT @ lower
    largest = np.trace(inner @ inner, axis1=1, axis2=2)
    return inner @ _power(inner @ rest @ inner, -0.5, largest) @ columns


def _power(matrix: Array, exponent: float, largest: Array) -> Array:
    """Powers of positive semidefinite matrices, without the directions in which they vanish beside the `largest` they could be."""
    size, direction = np.linalg.eigh(matrix)
    gone = size <= FITTED * largest[:, None]
    factor = np.where(gone, 0.0, np.where(gone, 1.0, size) ** exponent)
    return np.asarray((direction * factor[..., None, :]) @ direction.mT)


def by_person(point: Point) -> Array:
    """The whitening matrix of each person's pattern, persons in the order of the sums."""
    return np.concatenate(
        [np.repeat(part.whitener, part.stratum.counts.astype(int), axis=0) for part in point.parts]
    )
