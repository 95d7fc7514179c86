"""An intercept of each site on top of its groups: one more Schur complement a site.

With a such that Z a = 1, a site adds tau 1 1' to V / sigma^2 and needs only g = 1'H[X y], the sum of a'F over its
groups, and c = 1'H1, the sum of a'Wa; S falls by tau / (1 + tau c) g g' and log|V| rises by log(1 + tau c).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lmm.expansion import Expansion, Stacks
from lowback.estimators.lmm.pairs import Array, directions, flipped
from lowback.estimators.lmm.patterns import Patterns


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
    c, g, first_c, first_g, second_c, second_g = _moments(stacks, sites)
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
    second_log = (tau * dd_c + d_c[:, None] * d_tau + d_tau[:, None] * d_c) / grow - first_log[
        :, None
    ] * first_log
    bent = _second_products(g, d_g, dd_g, share, d_share, dd_share)
    first = np.zeros((m, *plain.cross.shape))
    first[:-1] = plain.first
    first -= _symmetric_products(d_g, share * g) + np.einsum("rj,pj,uj->rpu", d_share, g, g, optimize=True)
    log_second = second_log.sum(axis=2)
    log_second[:-1, :-1] += plain.second_log

    def second_with(middle: Array) -> Array:
        out = -np.einsum("rspu,pu->rs", bent, middle)
        out[:-1, :-1] += plain.second_with(middle)
        return np.asarray(out)

    def second() -> Array:
        out = -bent
        out[:-1, :-1] += plain.second()
        return out

    return Expansion(
        log_det=plain.log_det + float(np.log(grow).sum()),
        first_log=np.append(plain.first_log, 0.0) + first_log.sum(axis=1),
        second_log=log_second,
        cross=plain.cross - (share * g) @ g.T,
        first=first,
        second_with=second_with,
        second=second,
    )


def _moments(stacks: Stacks, sites: Sites) -> tuple[Array, Array, Array, Array, Array, Array]:
    """c = 1'H1 and g = [X y]'H1 of each site, with first and second derivatives in the random effects' ratios."""
    basis = directions(len(sites.one))
    n, inner = flipped(stacks.inverse), stacks.inner
    reach = np.einsum("abk,b->ak", inner, sites.one)
    turned = np.einsum("rab,bk->rak", basis, reach)
    again = np.einsum("abk,rbk->rak", inner, turned)
    twice = np.einsum("rab,sbk->rsak", basis, again)
    twice = twice + twice.swapaxes(0, 1)
    c = sites.counted(np.einsum("a,ak->k", sites.one, reach))
    first_c = -sites.counted(np.einsum("ak,rak->rk", reach, turned))
    second_c = sites.counted(np.einsum("ak,rsak->rsk", reach, twice))
    g = sites.sums(np.einsum("abk,b->ak", n, sites.one))
    first_g = -sites.sums(np.einsum("abk,rbk->rak", n, turned))
    second_g = sites.sums(np.einsum("abk,rsbk->rsak", n, twice))
    return c, g, first_c, first_g, second_c, second_g


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
