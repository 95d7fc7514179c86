"""The variance ratios as squares: D = R R' with R (q, rank), so that no step leaves the allowed set.

Bates et al. 2015, J Stat Softw 67(1), doi:10.18637/jss.v067.i01 (the relative covariance factor); a factor of lower rank is a
model at the boundary, where some combination of random effects does not vary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from lowback.estimators.lmm.pairs import Array, upper


@dataclass(frozen=True, eq=False)
class Factor:
    """R with zeros where `free` is false, and the square root of the site's ratio (`has_site` false: fixed at zero)."""

    root: Array
    free: Array
    site_root: float
    has_site: bool

    @property
    def ratios(self) -> Array:
        """D = R R'."""
        return np.asarray(self.root @ self.root.T)

    @property
    def site(self) -> float:
        """The variance ratio of the site intercept."""
        return self.site_root**2

    @property
    def coordinates(self) -> Array:
        """The free entries, the site's last."""
        free = self.root[self.free]
        return np.append(free, self.site_root) if self.has_site else free

    def moved(self, coordinates: Array) -> Factor:
        """The factor with these coordinates."""
        root = np.zeros_like(self.root)
        count = int(self.free.sum())
        root[self.free] = coordinates[:count]
        return Factor(root, self.free, float(coordinates[-1]) if self.has_site else 0.0, self.has_site)

    def jacobian(self, ratios: int) -> Array:
        """The derivatives of the ratios (entries a <= b of D, then the site's) in the coordinates."""
        q, rank = self.root.shape
        a, b = upper(q)
        out = np.zeros((ratios, q, rank))
        v = np.arange(len(a))
        for level in range(rank):
            out[v, a, level] += self.root[b, level]
            out[v, b, level] += self.root[a, level]
        flat = out[:, self.free]
        if self.has_site:
            column = np.zeros((ratios, 1))
            column[-1] = 2 * self.site_root
            flat = np.hstack([flat, column])
        return flat

    def bend(self, gradient: Array) -> Array:
        """The part of the curvature in the coordinates that comes from the squares, given the gradient in the ratios."""
        q = len(self.root)
        a, b = upper(q)
        slope = np.zeros((q, q))
        np.add.at(slope, (a, b), gradient[: len(a)])
        slope = slope + slope.T
        row, level = np.nonzero(self.free)
        out = slope[np.ix_(row, row)] * (level[:, None] == level)
        if not self.has_site:
            return np.asarray(out)
        whole = np.zeros((len(row) + 1,) * 2)
        whole[:-1, :-1] = out
        whole[-1, -1] = 2 * gradient[-1]
        return whole


def factor_of(ratios: Array, rank: int, site: float | None) -> Factor:
    """The factor of the given rank nearest to D, lower trapezoidal in its most independent rows; `site` None: no site."""
    values, vectors = np.linalg.eigh(ratios)
    root = vectors[:, ::-1][:, :rank] * np.sqrt(np.maximum(values[::-1][:rank], 0.0))
    free = np.zeros(root.shape, dtype=bool)
    if rank == len(ratios):
        pivots = np.arange(rank)
        turn = np.linalg.qr(root.T)[0]
    elif rank:
        turn, _, pivots = qr(root.T, mode="economic", pivoting=True)
    if rank:
        root = root @ turn
        free[pivots] = np.tril(np.ones(root.shape, dtype=bool))
        root = np.where(free, root, 0.0)
    return Factor(root, free, 0.0 if site is None else float(np.sqrt(site)), site is not None)
