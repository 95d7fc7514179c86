"""Sums of groups put together by pattern: by the products of their random-effect columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.pairs import Array, upper
from lowback.estimators.lmm.patterns import same_grams

# Bytes that the products of all patterns may take.
ROOM = 2**29
# Groups that are held before those of the same pattern are put together.
GROUPS = 65_536


@dataclass(frozen=True, eq=False)
class PatternSums:
    """The different Z_i'Z_i (q, q, K), how many groups have each, and sums of products over those groups (K, width, width)."""

    gram: Array
    counts: Array
    products: Array


class HeldGroups:
    """Groups, a column each: Z_i'Z_i above its diagonal and on it, then the values to be multiplied with one another."""

    def __init__(self, q: int, values: int) -> None:
        """None yet; the space for them is used again and again."""
        self.q, self.ratios, self.at = q, len(upper(q)[0]), 0
        self._held = np.empty((self.ratios + values, 0))
        self._sorted = np.empty_like(self._held)
        self._keys = np.empty((2, 0), dtype=np.uint64)
        self._product = np.empty(0)

    def more(self, groups: int) -> tuple[Array, Array]:
        """Where Z_i'Z_i and the values of so many more groups are to be written."""
        end = self.at + groups
        if end > self._held.shape[1]:
            self._grow(max(end, 2 * GROUPS))
        space = self._held[:, self.at : end]
        self.at = end
        return space[: self.ratios], space[self.ratios :]

    def taken(self) -> PatternSums:
        """Sums over the groups of each pattern of the products of (1, values), and no groups held any more.

        Patterns that differ by rounding stay apart, and some are there twice.
        """
        order = self._order()
        sorted_ = self._sorted[:, : self.at]
        for row, into in zip(self._held, sorted_, strict=True):
            np.take(row[: self.at], order, out=into, mode="clip")
        starts = _turns(sorted_[: self.ratios])
        values, product = sorted_[self.ratios :], self._product[: self.at]
        counts = np.diff(starts, append=self.at).astype(float)
        products = np.empty((1 + len(values), 1 + len(values), len(starts)))
        products[0, 0] = counts
        products[0, 1:] = products[1:, 0] = np.add.reduceat(values, starts, axis=1)
        for a, b in zip(*upper(len(values)), strict=True):
            np.multiply(values[a], values[b], out=product)
            products[1 + a, 1 + b] = products[1 + b, 1 + a] = np.add.reduceat(product, starts)
        gram = np.empty((self.q, self.q, len(starts)))
        a, b = upper(self.q)
        gram[a, b] = gram[b, a] = sorted_[: self.ratios, starts]
        self.at = 0
        return PatternSums(gram, counts, np.ascontiguousarray(products.transpose(2, 0, 1)))

    def _grow(self, groups: int) -> None:
        held = np.empty((len(self._held), groups))
        held[:, : self.at] = self._held[:, : self.at]
        self._held, self._sorted = held, np.empty_like(held)
        self._keys, self._product = np.empty((2, groups), dtype=np.uint64), np.empty(groups)

    def _order(self) -> NDArray[np.intp]:
        """An order of groups that puts equal patterns together: by 16 binary digits of a hash, which needs no comparing.

        Patterns that share those digits may come in turns; each turn is then a pattern until all are joined.
        """
        key, term = self._keys[:, : self.at]
        key[:] = 0
        factors = np.random.default_rng(0).integers(1, 2**62, self.ratios, dtype=np.uint64)
        for row, factor in zip(self._held, factors | np.uint64(1), strict=False):
            np.multiply(row[: self.at].view(np.uint64), factor, out=term)
            key += term
        key >>= np.uint64(48)
        return np.argsort(key.astype(np.uint16), kind="stable")


def _turns(grams: Array) -> NDArray[np.intp]:
    """Where each turn of equal Z_i'Z_i starts."""
    differs = grams[0, 1:] != grams[0, :-1]
    for row in grams[1:]:
        differs |= row[1:] != row[:-1]
    return np.concatenate([[0], np.flatnonzero(differs) + 1])


def joined_patterns(parts: Sequence[PatternSums]) -> PatternSums:
    """All these sums, equal patterns together."""
    gram = np.concatenate([one.gram for one in parts], axis=2)
    kinds, of = same_grams(gram[upper(len(gram))])
    check_room(len(kinds), parts[0].products.shape[1])
    # A matrix that adds up rows: one in the row of each pattern.
    add = csr_array((np.ones(len(of)), (of, np.arange(len(of)))), shape=(len(kinds), len(of)))
    counts = np.concatenate([one.counts for one in parts])
    products = np.concatenate([one.products for one in parts])
    summed = add @ products.reshape(len(of), -1)
    return PatternSums(gram[:, :, kinds], add @ counts, summed.reshape(-1, *products.shape[1:]))


def check_room(patterns: int, width: int) -> None:
    """Refuse more patterns than their products have room for."""
    if patterns * width**2 * 8 > ROOM:
        raise NotEstimable(
            f"{patterns} groups or more have random-effect columns (times of visits) that no other group has; their sums take over "
            f"{ROOM // 2**20} MiB: use fit_lmm, or times in whole weeks"
        )
