"""Standard errors and degrees of freedom for samples that are not large."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from lowback.estimators.inference import JointTest
from lowback.estimators.mmrm.likelihood import Array, Point

SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The covariance of the coefficients at an optimum and how far the parameters of the model's covariance may be off.

    `spread` W is the covariance of theta, twice the inverse curvature of the objective; `slope` (H, p, p) the
    derivatives of X' V X by theta.
    """

    point: Point

    @cached_property
    def phi(self) -> Array:
        """The covariance of the coefficients for a known covariance of visits."""
        return self.point.phi

    @cached_property
    def slope(self) -> Array:
        """P_h of Kenward and Roger."""
        p = len(self.phi)
        return self.point.slopes.cross[:, :p, :p]

    @cached_property
    def spread(self) -> Array:
        """W of Kenward and Roger, from the observed curvature."""
        return np.asarray(2 * np.linalg.inv(self.point.slopes.curvature), dtype=float)

    def satterthwaite(self, weights: Array) -> Array:
        """Degrees of freedom for each row of weights (contrasts, coefficients).

        Twice the squared variance of the contrast over the variance of that variance. Kenward and Roger's for a
        single contrast are the same number.
        """
        turned = weights @ self.phi
        variance = np.einsum("kp,kp->k", turned, weights)
        gradient = -np.einsum("kp,hpq,kq->kh", turned, self.slope, turned, optimize=True)
        # A contrast of nothing has no degrees of freedom.
        with np.errstate(invalid="ignore"):
            return 2 * variance**2 / np.einsum("kh,hj,kj->k", gradient, self.spread, gradient)

    def least_df(self, enough: float) -> float:
        """Degrees of freedom that no contrast falls below; where they are `enough` a lower, faster bound may be returned.

        Along a principal direction of W the variance of a contrast changes at most by the spectral norm of L' P L times
        itself, with Phi = L L'; the Frobenius norm is not smaller.
        """
        lower = np.linalg.cholesky(self.phi)
        each = lower.T @ self.slope @ lower
        flat = each.reshape(len(each), -1)
        bound = 2 / max(float(np.vdot(self.spread, flat @ flat.T)), SMALLEST)
        if bound >= enough:
            return bound
        share, direction = np.linalg.eigh(self.spread)
        along = np.linalg.eigvalsh(np.tensordot(direction, each, axes=(0, 0)))
        return 2 / max(float(np.maximum(share, 0) @ np.abs(along).max(axis=1) ** 2), SMALLEST)

    @cached_property
    def adjusted(self) -> Array:
        """Kenward and Roger's covariance of the coefficients, Phi + 2 Phi {sum W (Q - P Phi P - R / 4)} Phi.

        Kenward & Roger 1997, Biometrics 53:983-997, doi:10.2307/2533558.
        """
        return self._widened(bent=True)

    @cached_property
    def adjusted_linearly(self) -> Array:
        """The same without R, the second derivatives: what a linear map from parameters to covariances would give."""
        return self._widened(bent=False)

    def joint_kenward_roger(self, estimate: Array, weights: Array, variance: Array) -> JointTest:
        """The scaled F test of several contrasts; `variance` is the adjusted one of the contrasts.

        Kenward & Roger 1997, section 4: A1, A2, B, g, c1 to c3, E*, V*, rho, and from them m and lambda.
        """
        q = len(weights)
        lower = np.linalg.cholesky(weights @ self.phi @ weights.T)
        whitened = np.linalg.solve(lower, weights @ self.phi)
        each = whitened @ self.slope @ whitened.T
        traces = np.trace(each, axis1=1, axis2=2)
        a1 = float(traces @ self.spread @ traces)
        flat = each.reshape(len(each), -1)
        a2 = float(np.einsum("ha,hj,ja->", flat, self.spread, flat, optimize=True))
        b = (a1 + 6 * a2) / (2 * q)
        g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
        c1, c2, c3 = (top / (3 * q + 2 * (1 - g)) for top in (g, q - g, q + 2 - g))
        expected = 1 / (1 - a2 / q)
        variance_of_f = 2 / q * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
        df = 4 + (q + 2) / (q * variance_of_f / (2 * expected**2) - 1)
        statistic = df / (expected * (df - 2)) * float(estimate @ np.linalg.solve(variance, estimate)) / q
        return JointTest(statistic, float(q), df, float(special.fdtrc(q, df, statistic)))

    def _widened(self, *, bent: bool) -> Array:
        """The sum over h and j is one over the principal directions of W, so each costs a single matrix product."""
        share, direction = np.linalg.eigh(self.spread)
        directions = direction * np.sqrt(np.maximum(share, 0))
        along = np.tensordot(directions, self.slope, axes=(0, 0))
        inner = -np.einsum("sab,bc,scd->ad", along, self.phi, along, optimize=True)
        weights = [
            self._second_moment(at, directions[block], self.spread[block, block], bent)
            for at, block in enumerate(self.point.model.blocks)
        ]
        inner += self.point.model.moments(weights)[:-1, :-1]
        return self.phi + 2 * self.phi @ inner @ self.phi

    def _second_moment(self, at: int, directions: Array, spread: Array, bent: bool) -> Array:
        """V {sum W (dSigma_h V dSigma_j - d2Sigma_hj / 4)} V of every pattern of a stratum."""
        part = self.point.parts[at]
        along = np.tensordot(directions, part.structure.first(part.theta), axes=(0, 0))
        if part.stratum.gappy is None:
            middle = (along @ part.precision @ along).sum(axis=0)
        else:  # all at once would take as much memory as there are parameters
            middle = np.asarray(sum(one @ part.precision @ one for one in along))
        second = part.structure.second(part.theta) if bent else None
        if second is not None:
            middle = middle - np.tensordot(spread, second, axes=2) / 4
        return part.precision @ middle @ part.precision
