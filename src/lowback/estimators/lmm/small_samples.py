"""Degrees of freedom and standard errors for few groups, from the derivatives of the likelihood; no n by n matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators.lmm.criterion import Criterion, Solved
from lowback.estimators.lmm.newton import Optimum
from lowback.estimators.lmm.pairs import Array


@dataclass(frozen=True, eq=False)
class Satterthwaite:
    """The covariance of the coefficients, its derivatives in the variance parameters, and those parameters' covariance."""

    covariance: Array
    first: Array
    parameters: Array

    def df(self, contrast: Array) -> float:
        """Twice the squared variance of the contrast over the variance of that variance.

        Satterthwaite 1946, Biometrics Bulletin 2:110-114, doi:10.2307/3002019; Kuznetsova et al. 2017, J Stat Softw
        82(13), doi:10.18637/jss.v082.i13.
        """
        variance = contrast @ self.covariance @ contrast
        slope = self.first @ contrast @ contrast
        return float(2 * variance**2 / (slope @ self.parameters @ slope))


def satterthwaite(criterion: Criterion, best: Optimum) -> Satterthwaite:
    """The pieces of Satterthwaite's degrees of freedom at an optimum, the residual variance among the parameters.

    At the boundary the parameters are those of the model without the variances that are zero.
    """
    point, factor = best.point, best.factor
    residual = point.remainder / criterion.left
    slope = criterion.gradient(point)
    turn = factor.jacobian(len(slope))
    count = turn.shape[1]
    curvature = np.empty((count + 1, count + 1))
    curvature[:count, :count] = turn.T @ criterion.unprofiled(point) @ turn + factor.bend(slope)
    curvature[:count, count] = curvature[count, :count] = -(turn.T @ point.slope) / residual
    # The last parameter is the logarithm of the residual variance.
    curvature[count, count] = criterion.left
    covariance = residual * point.inverse
    moved = -residual * point.inverse @ point.expansion.derivatives.first[:, :-1, :-1] @ point.inverse
    first = np.concatenate([np.tensordot(turn.T, moved, axes=1), covariance[None]])
    return Satterthwaite(covariance, first, 2 * np.linalg.inv(curvature))


@dataclass(frozen=True, eq=False)
class KenwardRoger:
    """The adjusted covariance of the coefficients and the pieces of its degrees of freedom, all over the residual variance."""

    adjusted: Array
    plain: Array
    first: Array
    parameters: Array

    def df_alone(self, contrasts: Array) -> Array:
        """Degrees of freedom of each contrast (row) alone, whose scale is one."""
        turned = contrasts @ self.plain
        variance = (turned * contrasts).sum(axis=1)
        slope = np.einsum("ci,rij,cj->cr", turned, self.first, turned, optimize=True) / variance[:, None]
        return np.asarray(2 / ((slope @ self.parameters) * slope).sum(axis=1))

    def df(self, contrasts: Array) -> tuple[float, float]:
        """Denominator degrees of freedom and scale of the F statistic of contrasts (rows, independent).

        Kenward & Roger 1997, Biometrics 53:983-997, doi:10.2307/2533558, in the form of Halekoh & Hojsgaard 2014, J Stat
        Softw 59(9), doi:10.18637/jss.v059.i09.
        """
        rows = len(contrasts)
        if rows == 1:
            return float(self.df_alone(contrasts)[0]), 1.0
        middle = contrasts.T @ np.linalg.solve(contrasts @ self.plain @ contrasts.T, contrasts)
        each = middle @ self.plain @ self.first @ self.plain
        traces = np.trace(each, axis1=1, axis2=2)
        a1 = float(traces @ self.parameters @ traces)
        a2 = float(np.einsum("rs,rij,sji->", self.parameters, each, each, optimize=True))
        b = (a1 + 6 * a2) / (2 * rows)
        g = ((rows + 1) * a1 - (rows + 4) * a2) / ((rows + 2) * a2)
        below = 3 * rows + 2 * (1 - g)
        c1, c2, c3 = g / below, (rows - g) / below, (rows + 2 - g) / below
        v0, v1, v2 = 1 + c1 * b, 1 - c2 * b, 1 - c3 * b
        rho = ((1 - a2 / rows) / v1) ** 2 * v0 / v2 / rows
        df = 4 + (rows + 2) / (rows * rho - 1)
        return float(df), float(df * (1 - a2 / rows) / (df - 2))


def kenward_roger(point: Solved, rows: int) -> KenwardRoger:
    """The covariance of the coefficients with the first-order bias of its estimation taken out.

    The covariance of all rows is linear in its parameters, so the second-derivative term of Kenward and Roger is zero.
    One parameter is the scale of the whole covariance in place of the residual variance; the result is the same.
    """
    phi = point.inverse
    p, q, information = _information(point, rows)
    parameters = np.asarray(2 * np.linalg.inv(information), dtype=float)
    inside = np.einsum("rs,rsij->ij", parameters, q) - np.einsum(
        "rs,rij,jk,skl->il", parameters, p, phi, p, optimize=True
    )
    return KenwardRoger(phi + 2 * phi @ inside @ phi, phi, p, parameters)


def expected_information(point: Solved, rows: int) -> Array:
    """The expected information on the variance parameters (scale, then ratios) in the restricted likelihood."""
    return _information(point, rows)[2]


def _information(point: Solved, rows: int) -> tuple[Array, Array, Array]:
    expansion, phi = point.expansion, point.inverse
    p = np.concatenate([-expansion.cross[None, :-1, :-1], expansion.derivatives.first[:, :-1, :-1]])
    m = len(p)
    q = np.empty((m, *p.shape))
    q[0] = -p
    q[1:, 0] = -p[1:]
    q[1:, 1:] = expansion.derivatives.second()[:, :, :-1, :-1] / 2
    traces = np.empty((m, m))
    traces[0, 0] = rows
    traces[0, 1:] = traces[1:, 0] = expansion.derivatives.first_log
    traces[1:, 1:] = -expansion.derivatives.second_log
    turned = p @ phi
    crossed = np.einsum("rij,sji->rs", turned, turned)
    return p, q, traces - 2 * np.einsum("rsij,ji->rs", q, phi) + crossed
