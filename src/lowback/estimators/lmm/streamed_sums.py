"""Sums of rows that need not fit in memory together, and that a site can send in place of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.chunks import whole_groups
from lowback.estimators.lmm.factors import factors_of, origin_of
from lowback.estimators.lmm.group_reader import GroupReader, varying_in
from lowback.estimators.lmm.named_model import Product, Wanted
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.lmm.scales import Scales
from lowback.estimators.lmm.streamed_patterns import PatternSums, check_room, joined_patterns


@dataclass(frozen=True, eq=False)
class LmmSums:
    """What rows add to the likelihood, in columns (given - centre) / scale with the outcome (less `centre`) the last.

    `gram` are the different Z_i'Z_i (q, q, K), `counts` how many groups have each, `products` the sums over those groups
    of the outer products of Z_i'[X y] with itself (K, q (p + 1), q (p + 1)), `total` is [X y]'[X y]. No row and no
    label is among them; a pattern that one group has alone does give away that group's sums.
    """

    names: tuple[str, ...]
    random_names: tuple[str, ...]
    columns: Scales
    effects: Scales
    centre: float
    gram: Array
    counts: Array
    products: Array
    total: Array
    rows: int
    longest: int

    @property
    def patterns(self) -> PatternSums:
        """What is kept by pattern."""
        return PatternSums(self.gram, self.counts, self.products)


# Sums that overflow are refused by name when a model is fitted to them.
@np.errstate(over="ignore", invalid="ignore")
def read_sums(
    chunks: Iterable[Any],
    *,
    outcome: str,
    groups: str,
    terms: Sequence[Product],
    random: Sequence[str] = (),
    intercept: bool = True,
    random_intercept: bool = True,
) -> LmmSums:
    """The sums of chunks, each read once, for the model that `fit_lmm_streamed` describes.

    Centres and scales are those of the first rows.

    Raises `NotEstimable`, naming the culprit: a group that is not after the ones before it, values that are missing,
    infinite or no numbers, columns that there are not, times that differ in too many groups.
    """
    found: LmmSums | None = None
    reader: GroupReader | None = None
    wanted = Wanted(outcome, groups, terms, random, intercept, random_intercept)
    varying: frozenset[str] = frozenset()
    for model, rows in whole_groups(chunks, wanted):
        origin = origin_of(model, rows) if reader is None else reader.origin
        for stretch in rows.stretches():
            steady = tuple(name for name in model.explaining if name not in varying)
            more = varying_in(stretch, steady)
            if reader is None or more:
                found = found if reader is None else _with(found, reader)
                varying |= more
                reader = GroupReader(model, origin, factors_of(model, varying, origin, stretch))
            reader.read(stretch)
    if reader is None:
        raise NotEstimable("there are no rows in the chunks; a mixed model needs two groups or more")
    return _with(found, reader)


def _with(found: LmmSums | None, reader: GroupReader) -> LmmSums:
    return _sums_of(reader) if found is None else _joined(found, _sums_of(reader))


def _sums_of(reader: GroupReader) -> LmmSums:
    """The sums of all columns of the model, from those of what differs within a pattern."""
    model, origin, factors, kept = reader.model, reader.origin, reader.factors, reader.patterns()
    q, columns = len(model.random_names), len(model.names) + 1
    check_room(len(kept.counts), q * columns)
    size = origin.effects.scales
    gram = kept.gram / (size[:, None] * size)[:, :, None]
    # What was summed over rows with centred effects has their unit still.
    own = 1 + len(factors.constant)
    unit = np.append(np.ones(own), 1 / np.tile(size, len(factors.loose)))
    squares = kept.products * unit[:, None] * unit
    cross = np.zeros((len(kept.counts), q, columns, len(unit)))
    cross[..., :own] = np.einsum("abk,bju->kaju", gram, factors.turn)
    for at, j in enumerate(factors.loose_at):
        for a in range(q):
            cross[:, a, j, own + at * q + a] = 1.0
    flat = cross.reshape(-1, q * columns, len(unit))
    half = squares @ flat.mT
    total = np.einsum("bju,kubl->jl", factors.turn, half[:, :own].reshape(-1, own, q, columns), optimize=True)
    loose = list(factors.loose_at)
    total[loose] = total[:, loose].T
    total[np.ix_(loose, loose)] = reader.total
    return LmmSums(
        names=model.names,
        random_names=model.random_names,
        columns=origin.columns,
        effects=origin.effects,
        centre=origin.centre,
        gram=gram,
        counts=kept.counts,
        products=flat @ half,
        total=total,
        rows=reader.rows,
        longest=reader.longest,
    )


def added(first: LmmSums, *others: LmmSums) -> LmmSums:
    """The sums of several sites together, as if their rows had been read in one go; no group may be in two of them.

    Raises `NotEstimable` where they are of different columns.
    """
    for other in others:
        if (first.names, first.random_names) != (other.names, other.random_names):
            raise NotEstimable(
                f"sums of {', '.join(first.names)} ({', '.join(first.random_names)}) and of {', '.join(other.names)} "
                f"({', '.join(other.random_names)}) cannot be added; the columns must agree"
            )
        first = _joined(first, _moved(other, first))
    return first


def _moved(sums: LmmSums, to: LmmSums) -> LmmSums:
    """The same sums in the centres and scales of others."""
    columns = np.eye(len(sums.total))
    columns[:-1, :-1] = _between(sums.columns, to.columns, sums.names)
    if sums.columns.constant is not None:
        columns[sums.columns.constant, -1] = sums.centre - to.centre
    effects = _between(sums.effects, to.effects, sums.random_names)
    both = np.kron(effects, columns)
    return replace(
        to,
        gram=np.einsum("ac,abk,bd->cdk", effects, sums.gram, effects, optimize=True),
        counts=sums.counts,
        products=both.T @ sums.products @ both,
        total=columns.T @ sums.total @ columns,
        rows=sums.rows,
        longest=sums.longest,
    )


def _between(old: Scales, new: Scales, names: tuple[str, ...]) -> Array:
    """The matrix that takes columns in one centre and scale to another."""
    one = old.constant
    if one != new.constant or (one is not None and old.scales[one] != new.scales[one]):
        named = [names[at] for at in (one, new.constant) if at is not None]
        raise NotEstimable(f"column {named[0]} is the same in every row of one part and not of the other")
    turn = np.diag(old.scales / new.scales)
    if one is not None:
        turn[one] += (old.centres - new.centres) / new.scales
    return turn


def _joined(one: LmmSums, other: LmmSums) -> LmmSums:
    """Two sums in the same centres and scales, equal patterns together."""
    both = joined_patterns([one.patterns, other.patterns])
    return replace(
        one,
        gram=both.gram,
        counts=both.counts,
        products=both.products,
        total=one.total + other.total,
        rows=one.rows + other.rows,
        longest=max(one.longest, other.longest),
    )
