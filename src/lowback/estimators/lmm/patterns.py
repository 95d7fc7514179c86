"""Groups with the same Z_i'Z_i are one pattern: they share every matrix but the data, whose products are kept once.

Notation: A = Z'WZ, E = Z'W[X y], D the variances and covariances of the random effects over the residual variance,
H the inverse of W^-1 + Z D Z', F = Z'H[X y] = (I + A D)^-1 E (Bates et al. 2015; Harville 1977).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lmm.group_sums import GroupSums
from lowback.estimators.lmm.pairs import Array, Resolvent, upper
from lowback.estimators.lmm.products import KeptProducts, OwnProducts

# Z'Z that agree to this many binary digits are the same.
DIGITS = 40
# Products are kept by pattern when they are not more than this many times as long as the groups' own sums, or short.
ROOM, SHORT = 4, 300_000


@dataclass(frozen=True, eq=False)
class Patterns:
    """`gram` is A of each pattern (q, q, K), `counts` the number of its groups, `pattern_of` that of each group.

    `cross` is E of each group (q, p + 1, groups), `total` is [X y]'W[X y]; `products` are the sums of E_a'E_b + E_b'E_a
    over the groups of each pattern (ratios, K, (p + 1)^2), None where that saves nothing.
    """

    gram: Array
    counts: Array
    pattern_of: NDArray[np.intp]
    cross: Array
    total: Array
    products: Array | None

    def at(self, solver: Resolvent, root: Array) -> KeptProducts | OwnProducts:
        """The products of F at D = R R'."""
        if self.products is not None:
            return KeptProducts(self.products, solver, self.cross.shape[1])
        return OwnProducts.of(self.cross, solver, root @ root.T)


def merged(sums: GroupSums) -> Patterns:
    """The patterns among groups, with their products where that is shorter than the groups' own sums."""
    q, columns, groups = sums.cross.shape
    a, b = upper(q)
    kinds, pattern_of = same_grams(sums.gram[a, b])
    size = len(kinds) * len(a) * columns**2
    if size > max(ROOM * sums.cross.size, SHORT):
        return Patterns(sums.gram, np.ones(groups), np.arange(groups), sums.cross, sums.total, None)
    counts = np.bincount(pattern_of, minlength=len(kinds))
    products = _products(sums.cross, pattern_of, counts)
    gram = sums.gram[:, :, kinds]
    return Patterns(gram, counts.astype(float), pattern_of, sums.cross, sums.total, products)


def same_grams(entries: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first group of each pattern and the pattern of each group, from the entries of A (ratios, groups)."""
    whole = np.rint(entries * (2.0**DIGITS / np.abs(entries).max())).astype(np.int64)
    factors = np.random.default_rng(0).integers(1, 2**62, len(whole), dtype=np.int64) | 1
    with np.errstate(over="ignore"):
        key = (whole * factors[:, None]).sum(axis=0)
    first, of = _same(key)
    if all((row[first][of] == row).all() for row in whole):
        return first, of
    _, first, of = np.unique(whole, axis=1, return_index=True, return_inverse=True)
    return first, of.ravel()


def _same(key: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first position of each value and which value each position has; most are put together without comparing."""
    order = np.argsort((key >> 48).astype(np.int16), kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    _, first, of = np.unique(ordered[starts], return_index=True, return_inverse=True)
    every = np.empty(len(key), dtype=np.intp)
    every[order] = np.repeat(of, np.diff(starts, append=len(key)))
    return order[starts[first]], every


def in_turn(of: NDArray[np.intp]) -> NDArray[np.intp]:
    """The order that puts equal positions together; short integers are sorted without comparing."""
    short = len(of) and int(of.max()) < 2**16
    return np.argsort(of.astype(np.uint16) if short else of, kind="stable")


def _products(cross: Array, pattern_of: NDArray[np.intp], counts: NDArray[np.intp]) -> Array:
    q, columns, groups = cross.shape
    # A group's numbers side by side: groups of a pattern are fetched from all over memory.
    each, order = np.ascontiguousarray(cross.reshape(q * columns, groups).T), in_turn(pattern_of)
    square = np.empty((len(counts), q * columns, q * columns))
    ends = np.cumsum(counts)
    for out, start, end in zip(square, (ends - counts).tolist(), ends.tolist(), strict=True):
        some = each.take(order[start:end], axis=0)
        np.matmul(some.T, some, out=out)
    square = square.reshape(-1, q, columns, q, columns)
    a, b = upper(q)
    kept = [
        square[:, i, :, j] if i == j else square[:, i, :, j] + square[:, j, :, i]
        for i, j in zip(a, b, strict=True)
    ]
    return np.stack(kept).reshape(len(a), len(counts), columns**2)
