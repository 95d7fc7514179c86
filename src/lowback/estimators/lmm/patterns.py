"""Groups with the same Z_i'Z_i are one pattern: they share every matrix but the data, whose products are kept once.

Notation: A = Z'WZ, E = Z'W[X y], D the variances and covariances of the random effects over the residual variance,
N = (I + D A)^-1, H the inverse of W^-1 + Z D Z', F = Z'H[X y] = N'E (Bates et al. 2015; Harville 1977).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lmm.group_sums import GroupSums
from lowback.estimators.lmm.pairs import Array, flipped, times, upper

# Z'Z that agree to this many binary digits are the same.
DIGITS = 40
# Products are kept by pattern when they are not more than this many times as long as the groups' own sums, or short.
ROOM, SHORT = 4, 2_000_000


@dataclass(frozen=True, eq=False)
class Patterns:
    """`gram` is A of each pattern (q, q, K), `counts` the number of its groups, `pattern_of` that of each group.

    `cross` is E of each group (q, p + 1, groups); `products` the sums of E_a'E_b + E_b'E_a over the groups of each pattern
    (ratios, K, (p + 1)^2), None where patterns save nothing.
    """

    gram: Array
    counts: Array
    pattern_of: NDArray[np.intp]
    cross: Array
    total: Array
    products: Array | None

    def quadratic(self, resolvent: Array, ratios: Array) -> tuple[Array, Array]:
        """The sum of E'DF (p + 1, p + 1) and of F_a'F_b + F_b'F_a for each variance ratio (F_a'F_a for a variance)."""
        q, columns = self.cross.shape[:2]
        if self.products is None:
            solved = _inner(resolvent, self.cross)
            reduced = np.tensordot(ratios, solved, axes=1)
            value = sum(self.cross[a] @ reduced[a].T for a in range(q))
            return np.asarray(value), _pair_products(solved, None)
        a, b = upper(q)
        inverse = times(ratios[:, :, None], resolvent)[a, b]
        weights = np.concatenate([inverse[None], self._congruence(resolvent)])
        found = weights.reshape(len(weights), -1) @ self.products.reshape(-1, columns**2)
        found = found.reshape(-1, columns, columns)
        return found[0], found[1:]

    def spread(self, resolvent: Array, middle: Array) -> Array:
        """The sums of F C F' over the groups of each pattern (q, q, K), for one symmetric C (p + 1, p + 1)."""
        q = len(self.cross)
        a, b = upper(q)
        if self.products is None:
            solved = _inner(resolvent, self.cross)
            turned = np.einsum("pr,qri->qpi", middle, solved, optimize=True)
            out = np.empty((q, q, solved.shape[2]))
            for i, j in zip(a, b, strict=True):
                out[i, j] = out[j, i] = np.einsum("pi,pi->i", solved[i], turned[j])
            return out
        flat = (self.products @ middle.ravel()) * np.where(a == b, 1.0, 0.5)[:, None]
        raw = np.empty((q, q, flat.shape[1]))
        raw[a, b] = raw[b, a] = flat
        return times(times(resolvent, raw), flipped(resolvent))

    def weighted(self, resolvent: Array, weights: Array) -> Array:
        """The sum of F'XF for each of several stacks X of symmetric matrices (several, q, q, K)."""
        if self.products is None:
            solved = _inner(resolvent, self.cross)
            return np.stack([_weighted_products(solved, one) for one in weights])
        a, b = upper(self.cross.shape[0])
        columns = self.cross.shape[1]
        flat = np.stack([times(times(flipped(resolvent), one), resolvent)[a, b] for one in weights])
        found = flat.reshape(len(weights), -1) @ self.products.reshape(-1, columns**2)
        return found.reshape(-1, columns, columns)

    def _congruence(self, resolvent: Array) -> Array:
        """The entries a <= b of N E_r N' for every direction E_r (ratios, ratios, K)."""
        a, b = upper(self.cross.shape[0])
        n = flipped(resolvent)
        first = n[a[None, :], a[:, None]] * n[b[None, :], b[:, None]]
        second = n[a[None, :], b[:, None]] * n[b[None, :], a[:, None]]
        return np.asarray((first + second) * np.where(a == b, 0.5, 1.0)[:, None, None])


def merged(sums: GroupSums) -> Patterns:
    """The patterns among groups, with their products where that is shorter than the groups' own sums."""
    q, columns, groups = sums.cross.shape
    a, b = upper(q)
    kinds, pattern_of = _same(sums.gram[a, b])
    size = len(kinds) * len(a) * columns**2
    if size > max(ROOM * sums.cross.size, SHORT):
        return Patterns(sums.gram, np.ones(groups), np.arange(groups), sums.cross, sums.total, None)
    counts = np.bincount(pattern_of, minlength=len(kinds))
    return Patterns(
        gram=sums.gram[:, :, kinds],
        counts=counts.astype(float),
        pattern_of=pattern_of,
        cross=sums.cross,
        total=sums.total,
        products=_products(sums.cross, pattern_of, counts),
    )


def _same(entries: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first group of each pattern and the pattern of each group, from the entries of A (ratios, groups)."""
    whole = np.rint(entries / np.abs(entries).max() * 2.0**DIGITS).astype(np.int64)
    factors = np.random.default_rng(0).integers(1, 2**62, len(whole), dtype=np.int64) | 1
    with np.errstate(over="ignore"):
        key = (whole * factors[:, None]).sum(axis=0)
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    if (whole[:, first[of]] == whole).all():
        return first, of
    _, first, of = np.unique(whole, axis=1, return_index=True, return_inverse=True)
    return first, of.ravel()


def _products(cross: Array, pattern_of: NDArray[np.intp], counts: NDArray[np.intp]) -> Array:
    q, columns, groups = cross.shape
    a, b = upper(q)
    out = np.empty((len(a), len(counts), columns, columns))
    ordered = cross.reshape(q * columns, groups)[:, np.argsort(pattern_of, kind="stable")]
    ends = np.cumsum(counts)
    for k, (start, end) in enumerate(zip(ends - counts, ends, strict=True)):
        part = ordered[:, start:end]
        square = (part @ part.T).reshape(q, columns, q, columns)
        for v, (i, j) in enumerate(zip(a, b, strict=True)):
            out[v, k] = square[i, :, j] if i == j else square[i, :, j] + square[j, :, i]
    return out.reshape(len(a), len(counts), columns**2)


def _inner(resolvent: Array, cross: Array) -> Array:
    """F = (I + A D)^-1 E of each group (q, p + 1, groups)."""
    q = len(resolvent)
    return np.stack(
        [sum((resolvent[a, c] * cross[c] for c in range(1, q)), resolvent[a, 0] * cross[0]) for a in range(q)]
    )


def _pair_products(solved: Array, weights: Array | None) -> Array:
    """F_a'F_b + F_b'F_a (F_a'F_a for a = b) for every a <= b, each group weighted."""
    a, b = upper(len(solved))
    out = []
    for i, j in zip(a, b, strict=True):
        left = solved[i] if weights is None else solved[i] * weights[i, j]
        product = left @ solved[j].T
        out.append(product if i == j else product + product.T)
    return np.stack(out)


def _weighted_products(solved: Array, weights: Array) -> Array:
    return np.asarray(_pair_products(solved, weights).sum(axis=0))
