"""Sums of a mixed model over each group of some rows, of which the design is never built."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from lowback.estimators.lmm.chunks import Rows, Values
from lowback.estimators.lmm.factors import Factors, Origin, product_of, refuse_unusable
from lowback.estimators.lmm.named_model import NamedModel
from lowback.estimators.lmm.pairs import Array, upper
from lowback.estimators.lmm.streamed_patterns import GROUPS, HeldGroups, PatternSums, joined_patterns
from lowback.estimators.magnitudes import MOST

# Patterns that are kept before equal ones are put together, which takes time for each.
KINDS = 16_384


class GroupReader:
    """Reads stretches of whole groups and keeps sums by pattern: of Z_i'Z_i, and of products of what differs within a pattern.

    What differs are the columns constant within groups and Z_i' times the loose ones; every Z_i'X_i follows from them.
    """

    def __init__(self, model: NamedModel, origin: Origin, factors: Factors) -> None:
        """Nothing read yet."""
        self.model, self.origin, self.factors = model, origin, factors
        self.rows = self.longest = 0
        self.total = np.zeros((len(factors.loose),) * 2)
        q = len(model.random_names)
        self._held = HeldGroups(q, len(factors.constant) + q * len(factors.loose))
        self._patterns: list[PatternSums] = []
        self._effects = np.empty((q, 0))
        self._loose = np.empty((len(factors.loose), 0))
        self._ones, self._places = np.ones(0), np.arange(0, dtype=np.int32)

    def read(self, rows: Rows) -> None:
        """One stretch more."""
        self._make_room(len(rows))
        gram, values = self._held.more(len(rows.starts))
        constant = len(self.factors.constant)
        adder = self._adder(rows)
        effects = self._read_effects(rows, adder, gram)
        self._read_constant(rows, values[:constant])
        self._read_loose(rows, adder, effects, values[constant:])
        self.rows += len(rows)
        self.longest = max(self.longest, int(rows.sizes.max()))
        if self._held.at > GROUPS:
            self._put_together()

    def patterns(self) -> PatternSums:
        """The sums of all groups read so far, those of the same pattern together."""
        self._put_together()
        self._patterns = [joined_patterns(self._patterns)]
        return self._patterns[0]

    def _put_together(self) -> None:
        """Make sums by pattern of the groups that are held."""
        if self._held.at:
            self._patterns.append(self._held.taken())
        if sum(len(one.counts) for one in self._patterns) > KINDS:
            self._patterns = [joined_patterns(self._patterns)]

    def _make_room(self, rows: int) -> None:
        """Space for what is made of each row, used again and again."""
        if self._ones.size < rows:
            self._effects = np.empty((len(self._effects), rows))
            self._loose = np.empty((len(self._loose), rows))
            self._ones, self._places = np.ones(rows), np.arange(rows, dtype=np.int32)

    def _read_effects(self, rows: Rows, adder: csr_array, out: Array) -> list[Array | None]:
        """The centred columns of the random effects, None for the intercept, with sums of their products in `out`."""
        scales, effects = self.origin.effects, list[Array | None]()
        one = scales.constant
        for name in self.model.random_names:
            k, into = len(effects), self._effects[len(effects), : len(rows)]
            if k == one:
                effects.append(None)
                continue
            np.subtract(rows.columns[name], scales.centres[k], out=into, dtype=float)
            effects.append(into)
        for at, (a, b) in enumerate(zip(*upper(len(effects)), strict=True)):
            out[at] = self._sum(adder, effects[a], effects[b]) if a != one or b != one else rows.sizes
        if not np.isfinite(out.sum()):
            refuse_unusable(rows, self.model.slopes)
        return effects

    def _read_constant(self, rows: Rows, out: Array) -> None:
        """The first value in each group of products of columns that do not vary within groups."""
        columns: dict[str, Values] = {}
        for at, product in enumerate(self.factors.constant):
            columns |= {name: rows.columns[name][rows.starts] for name in product if name not in columns}
            into = out[at]
            into[:] = (
                product_of(columns, product, len(rows.starts)) if len(product) > 1 else columns[product[0]]
            )
            into -= self.factors.centres[at]
            into *= 1 / self.factors.units[at]
        if not max(out.max(initial=0.0), -out.min(initial=0.0)) <= MOST:
            refuse_unusable(rows, self.model.explaining)

    def _read_loose(self, rows: Rows, adder: csr_array, effects: list[Array | None], out: Array) -> None:
        """Sums over groups of the loose columns times each random effect, and of products of loose columns over all rows."""
        loose, at = self._loose[:, : len(rows)], 0
        for product, j, into in zip(self.factors.loose, self.factors.loose_at, loose, strict=True):
            self._fill(rows, product, j, into)
            for effect in effects:
                out[at] = self._sum(adder, into, effect)
                at += 1
        # Not by BLAS, whose threads would turn in vain between one stretch and the next.
        self.total += np.einsum("ar,br->ab", loose, loose)
        if not np.isfinite(self.total.sum()):
            refuse_unusable(rows, self.model.numbers)

    def _fill(self, rows: Rows, product: tuple[str, ...], j: int, into: Array) -> None:
        columns = self.origin.columns
        outcome = j == len(columns.centres)
        centre = self.origin.centre if outcome else columns.centres[j]
        if len(product) == 1:
            np.subtract(rows.columns[product[0]], centre, out=into, dtype=float)
        else:
            into[:] = product_of(rows.columns, product, len(rows))
            into -= centre
        if not outcome:
            into *= 1 / columns.scales[j]

    def _adder(self, rows: Rows) -> csr_array:
        """Groups by rows, with a value where a row is the group's: its product with a column adds the rows of each group up.

        This takes half the time of reduceat where groups are short, and multiplies on the way.
        """
        ends = np.append(rows.starts, len(rows)).astype(np.int32)
        parts = (self._ones[: len(rows)], self._places[: len(rows)], ends)
        return csr_array(parts, shape=(len(rows.starts), len(rows)))

    def _sum(self, adder: csr_array, one: Array | None, other: Array | None) -> Array:
        """The sums over groups of a product of two columns, either of which may be one in every row."""
        ones = self._ones[: adder.shape[1]]
        adder.data = ones if one is None else one
        return np.asarray(adder @ (ones if other is None else other))


def varying_in(rows: Rows, names: tuple[str, ...]) -> set[str]:
    """Those of the columns that vary within some group."""
    same = np.ones(len(rows) - 1, dtype=bool)
    same[rows.starts[1:] - 1] = False
    found = set()
    for name in names:
        column = rows.columns[name]
        differs = column[1:] != column[:-1]
        differs &= same
        if differs.any():
            found.add(name)
    return found
