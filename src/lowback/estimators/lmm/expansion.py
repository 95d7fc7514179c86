"""The log determinant of the covariance and the weighted cross products, with derivatives in every variance ratio.

With H the inverse of V / sigma^2 and G_r the derivative of V / sigma^2 in the r-th ratio, which is linear:
d log|V| = tr(H G_r), d2 log|V| = -tr(H G_r H G_s), dS = -[X y]'H G_r H[X y],
d2S = [X y]'H (G_r H G_s + G_s H G_r) H[X y], where S = [X y]'H[X y]. Kenward and Roger (1997) call -dS of X
their -P_r and half of d2S their Q_rs, so likelihood, Satterthwaite's and their degrees of freedom need nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lowback.estimators.lmm.pairs import Array, directions, flipped, pair_sums, resolvent, times
from lowback.estimators.lmm.patterns import Patterns
from lowback.estimators.lmm.products import KeptProducts, OwnProducts


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Derivatives at one point of the variance ratios: m ratios, p + 1 columns of [X y].

    `second_log` is (m, m), `first` (m, p + 1, p + 1); `second_with(C)` is tr(C d2S) for all pairs (m, m) and `second()`
    all of d2S (m, m, p + 1, p + 1).
    """

    first_log: Array
    second_log: Array
    first: Array
    second_with: Callable[[Array], Array]
    second: Callable[[], Array]


@dataclass(frozen=True, eq=False)
class Expansion:
    """log|V| and S (p + 1, p + 1) at one point of the variance ratios; `derive` makes the derivatives when they are asked for."""

    log_det: float
    cross: Array
    derive: Callable[[], Derivatives]

    @cached_property
    def derivatives(self) -> Derivatives:
        """The derivatives in every ratio."""
        return self.derive()


@dataclass(frozen=True, eq=False)
class Stacks:
    """The matrices of each pattern at one D: A (`gram`), `inverse` = (I + A D)^-1 and `inner` = Z'HZ, all (q, q, K)."""

    inverse: Array
    gram: Array

    @cached_property
    def inner(self) -> Array:
        """Z'HZ = (I + A D)^-1 A."""
        found = times(self.inverse, self.gram)
        return (found + flipped(found)) / 2


def expanded(patterns: Patterns, root: Array) -> tuple[Expansion, Stacks]:
    """The expansion at the random effects' variance ratios D = R R' (`root` q by rank), and the matrices it came from."""
    solver = resolvent(patterns.gram, root)
    stacks = Stacks(solver.whole, patterns.gram)
    products = patterns.at(solver, root)
    reduction = products.value()
    expansion = Expansion(
        log_det=float(patterns.counts @ solver.logs),
        cross=patterns.total - (reduction + reduction.T) / 2,
        derive=lambda: _derivatives(products, stacks.inner, patterns.counts),
    )
    return expansion, stacks


def _derivatives(products: KeptProducts | OwnProducts, inner: Array, counts: Array) -> Derivatives:
    counted = inner * counts
    return Derivatives(
        first_log=np.einsum("rab,ab->r", directions(len(inner)), counted.sum(axis=2)),
        second_log=-pair_sums(inner, counted),
        first=-products.pairs(),
        second_with=lambda middle: 2 * pair_sums(inner, products.spread(middle)),
        second=lambda: second_cross(products, inner),
    )


def second_cross(products: KeptProducts | OwnProducts, inner: Array) -> Array:
    """All second derivatives of S: the sums of F'(E_r W E_s + E_s W E_r)F with W = Z'HZ (`inner`)."""
    basis = directions(len(inner))
    rows = []
    for r, one in enumerate(basis):
        left = np.einsum("ab,bck->ack", one, inner)
        middle = np.einsum("ack,scd->sadk", left, basis[r:])
        rows.append(products.weighted(middle + middle.transpose(0, 2, 1, 3)))
    out = np.empty((len(basis), len(basis), *rows[0].shape[1:]))
    for r, found in enumerate(rows):
        out[r, r:], out[r:, r] = found, found
    return out
