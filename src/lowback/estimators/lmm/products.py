"""Products of F = (I + A D)^-1 E over groups: from products of E kept by pattern, or from each group's own E."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators.lmm.pairs import Array, Resolvent, flipped, times, upper


@dataclass(frozen=True, eq=False)
class KeptProducts:
    """From the sums of E_a'E_b + E_b'E_a over the groups of each pattern (ratios, K, columns^2)."""

    kept: Array
    solver: Resolvent
    columns: int

    def value(self) -> Array:
        """The sum of E'DF."""
        between = self.solver.between
        return self._summed(between[upper(len(between))][None])[0]

    def pairs(self) -> Array:
        """The sums of F_a'F_b + F_b'F_a for every a < b, of F_a'F_a for a = b (ratios, columns, columns)."""
        a, b = upper(len(self.solver.whole))
        n = flipped(self.solver.whole)
        # The entries a <= b of N E_r N' for every direction E_r.
        first = n[a[None, :], a[:, None]] * n[b[None, :], b[:, None]]
        second = n[a[None, :], b[:, None]] * n[b[None, :], a[:, None]]
        return self._summed((first + second) * np.where(a == b, 0.5, 1.0)[:, None, None])

    def spread(self, middle: Array) -> Array:
        """The sums of F C F' over the groups of each pattern (q, q, K), for one symmetric C."""
        a, b = upper(len(self.solver.whole))
        flat = (self.kept @ middle.ravel()) * np.where(a == b, 1.0, 0.5)[:, None]
        raw = np.empty_like(self.solver.whole)
        raw[a, b] = raw[b, a] = flat
        return times(times(self.solver.whole, raw), flipped(self.solver.whole))

    def weighted(self, weights: Array) -> Array:
        """The sum of F'XF for each of several stacks X of symmetric matrices (several, q, q, K)."""
        at = upper(len(self.solver.whole))
        n = flipped(self.solver.whole)
        return self._summed(np.stack([times(times(n, one), self.solver.whole)[at] for one in weights]))

    def _summed(self, weights: Array) -> Array:
        found = weights.reshape(len(weights), -1) @ self.kept.reshape(-1, self.columns**2)
        return np.asarray(found.reshape(-1, self.columns, self.columns))


@dataclass(frozen=True, eq=False)
class OwnProducts:
    """From E and F of each group (q, columns, groups), where nearly every group has a pattern of its own."""

    cross: Array
    solved: Array
    ratios: Array

    @staticmethod
    def of(cross: Array, solver: Resolvent, ratios: Array) -> OwnProducts:
        """The products at one D (`ratios`)."""
        solved = np.empty_like(cross)
        for row, out in zip(solver.whole, solved, strict=True):
            np.multiply(row[0], cross[0], out=out)
            for share, side in zip(row[1:], cross[1:], strict=True):
                out += share * side
        return OwnProducts(cross, solved, ratios)

    def value(self) -> Array:
        """The sum of E'DF."""
        q, columns, groups = self.cross.shape
        square = self.cross.reshape(-1, groups) @ self.solved.reshape(-1, groups).T
        return np.asarray(np.einsum("ab,apbr->pr", self.ratios, square.reshape(q, columns, q, columns)))

    def pairs(self) -> Array:
        """The sums of F_a'F_b + F_b'F_a for every a < b, of F_a'F_a for a = b (ratios, columns, columns)."""
        q, columns, groups = self.cross.shape
        flat = self.solved.reshape(-1, groups)
        square = (flat @ flat.T).reshape(q, columns, q, columns)
        return np.stack([square[a, :, b] + (square[b, :, a] if a != b else 0.0) for a, b in self._upper()])

    def spread(self, middle: Array) -> Array:
        """F C F' of each group (q, q, groups), for one symmetric C."""
        turned = [middle @ one for one in self.solved]
        out = np.empty((len(turned), len(turned), self.solved.shape[2]))
        for a, b in self._upper():
            out[a, b] = out[b, a] = np.einsum("pi,pi->i", self.solved[a], turned[b])
        return out

    def weighted(self, weights: Array) -> Array:
        """The sum of F'XF for each of several stacks X of symmetric matrices (several, q, q, groups)."""
        return np.stack(
            [sum(self._pair(a, b, self.solved[a] * one[a, b]) for a, b in self._upper()) for one in weights]
        )

    def _pair(self, a: int, b: int, left: Array) -> Array:
        product = np.asarray(left @ self.solved[b].T)
        return product if a == b else product + product.T

    def _upper(self) -> list[tuple[int, int]]:
        a, b = upper(len(self.solved))
        return list(zip(a.tolist(), b.tolist(), strict=True))
