"""An intercept of each site on top of its groups: one more Schur complement a site.

With a such that Z a = 1, a site adds tau 1 1' to V / sigma^2 and needs only g = 1'H[X y], the sum of a'F over its
groups, and c = 1'H1, the sum of a'Wa; S falls by tau / (1 + tau c) g g' and log|V| rises by log(1 + tau c).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lmm.expansion import Derivatives, Expansion, Stacks
from lowback.estimators.lmm.pairs import Array, directions, flipped
from lowback.estimators.lmm.patterns import Patterns

# Of c and g: first derivatives of each, then second ones.
Moments = tuple[Array, Array, Array, Array]


@dataclass(frozen=True, eq=False)
class Sites:
    """Sums over the groups of each site that share a pattern (a cell): `cross` is the sum of E (q, p + 1, cells)."""

    one: Array
    cross: Array
    counts: Array
    pattern_of: NDArray[np.intp]
    starts: NDArray[np.intp]

    def sums(self, weights: Array) -> Array:
        """The sums of E'v over each site for stacks of vectors v (..., q, K): (..., p + 1, sites)."""
        each = weights[..., self.pattern_of]
        total = sum(each[..., a, None, :] * self.cross[a] for a in range(self.cross.shape[0]))
        return np.add.reduceat(np.asarray(total), self.starts, axis=-1)

    def counted(self, weights: Array) -> Array:
        """The sums over the groups of each site of a number for each pattern (..., K): (..., sites)."""
        return np.add.reduceat(weights[..., self.pattern_of] * self.counts, self.starts, axis=-1)


def sites_of(patterns: Patterns, site_of: NDArray[np.intp], one: Array) -> Sites:
    """The cells of groups in the same site and with the same pattern."""
    kinds = len(patterns.counts)
    cells, first, cell_of = np.unique(
        site_of * kinds + patterns.pattern_of, return_index=True, return_inverse=True
    )
    order = np.argsort(cell_of, kind="stable")
    counts = np.bincount(cell_of)
    begins = np.cumsum(counts) - counts
    cross = np.add.reduceat(patterns.cross[:, :, order], begins, axis=2)
    starts = np.flatnonzero(np.diff(cells // kinds, prepend=-1))
    return Sites(one, cross, counts.astype(float), patterns.pattern_of[first], starts)


def with_sites(plain: Expansion, stacks: Stacks, sites: Sites, tau: float) -> Expansion:
    """The expansion with a site intercept of variance ratio `tau`, its last ratio."""
    reach = np.einsum("abk,b->ak", stacks.inner, sites.one)
    c = sites.counted(sites.one @ reach)
    g = sites.sums(np.einsum("bak,b->ak", stacks.inverse, sites.one))
    grow = 1 + tau * c
    return Expansion(
        log_det=plain.log_det + float(np.log(grow).sum()),
        cross=plain.cross - (tau / grow * g) @ g.T,
        derive=lambda: _derivatives(plain.derivatives, _moments(stacks, sites, reach), c, g, tau),
    )


def _derivatives(plain: Derivatives, moments: Moments, c: Array, g: Array, tau: float) -> Derivatives:
    first_c, first_g, second_c, second_g = moments
    m = len(first_c) + 1
    grow = 1 + tau * c
    share = tau / grow
    # Derivatives of the share tau / (1 + tau c) in (c, tau).
    by_c, by_tau = -(share**2), 1 / grow**2
    by_cc, by_c_tau, by_tau_tau = 2 * share**3, -2 * tau / grow**3, -2 * c / grow**3
    d_c = np.concatenate([first_c, np.zeros((1, len(c)))])
    d_g = np.concatenate([first_g, np.zeros((1, *g.shape))])
    d_tau = np.zeros((m, 1))
    d_tau[-1] = 1
    dd_c = np.zeros((m, m, len(c)))
    dd_c[:-1, :-1] = second_c
    dd_g = np.zeros((m, m, *g.shape))
    dd_g[:-1, :-1] = second_g
    d_share = by_c * d_c + by_tau * d_tau
    dd_share = (
        by_cc * d_c[:, None] * d_c
        + by_c_tau * (d_c[:, None] * d_tau + d_tau[:, None] * d_c)
        + by_tau_tau * d_tau[:, None] * d_tau
        + by_c * dd_c
    )
    first_log = (tau * d_c + c * d_tau) / grow
    second_log = (tau * dd_c + d_c[:, None] * d_tau + d_tau[:, None] * d_c) / grow
    second_log = (second_log - first_log[:, None] * first_log).sum(axis=2)
    first = -_symmetric_products(d_g, share * g) - np.einsum("rj,pj,uj->rpu", d_share, g, g, optimize=True)
    bent = _second_products(g, d_g, dd_g, share, d_share, dd_share)
    return Derivatives(
        first_log=_grown(plain.first_log) + first_log.sum(axis=1),
        second_log=_grown(plain.second_log) + second_log,
        first=np.concatenate([plain.first, np.zeros((1, *plain.first.shape[1:]))]) + first,
        second_with=lambda middle: _grown(plain.second_with(middle)) - np.einsum("rspu,pu->rs", bent, middle),
        second=lambda: np.pad(plain.second(), ((0, 1), (0, 1), (0, 0), (0, 0))) - bent,
    )


def _grown(plain: Array) -> Array:
    """Derivatives of what the site's ratio, which comes last, does not change."""
    return np.pad(plain, (0, 1))


def _moments(stacks: Stacks, sites: Sites, reach: Array) -> Moments:
    """First and second derivatives of c = 1'H1 and g = [X y]'H1 of each site in the random effects' ratios."""
    basis = directions(len(sites.one))
    n = flipped(stacks.inverse)
    turned = np.einsum("rab,bk->rak", basis, reach)
    again = np.einsum("abk,rbk->rak", stacks.inner, turned)
    twice = np.einsum("rab,sbk->rsak", basis, again)
    twice = twice + twice.swapaxes(0, 1)
    first_c = -sites.counted(np.einsum("ak,rak->rk", reach, turned))
    second_c = sites.counted(np.einsum("ak,rsak->rsk", reach, twice))
    first_g = -sites.sums(np.einsum("abk,rbk->rak", n, turned))
    second_g = sites.sums(np.einsum("abk,rsbk->rsak", n, twice))
    return first_c, first_g, second_c, second_g


def _symmetric_products(left: Array, right: Array) -> Array:
    """l r' + r l' summed over sites, for stacks of l (..., p + 1, sites)."""
    product = left @ right.T
    return np.asarray(product + product.swapaxes(-1, -2))


def _second_products(
    g: Array, d_g: Array, dd_g: Array, share: Array, d_share: Array, dd_share: Array
) -> Array:
    """The second derivatives of the sum over sites of share g g'."""
    out = np.einsum("rsj,pj,uj->rspu", dd_share, g, g, optimize=True)
    out += _symmetric_products(dd_g, share * g)
    mixed = np.einsum("rj,spj,uj->rspu", d_share, d_g, g, optimize=True)
    mixed = mixed + mixed.swapaxes(2, 3)
    out += mixed + mixed.swapaxes(0, 1)
    crossed = np.einsum("j,rpj,suj->rspu", share, d_g, d_g, optimize=True)
    return np.asarray(out + crossed + crossed.swapaxes(2, 3))
