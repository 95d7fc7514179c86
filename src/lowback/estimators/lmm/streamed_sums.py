"""Sums of rows that need not fit in memory together, and that a site can send in place of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.chunks import Chunk, check_finite, cut, runs_of, whole_groups
from lowback.estimators.lmm.column_sums import ColumnSums, effects_of
from lowback.estimators.lmm.group_sums import ROWS
from lowback.estimators.lmm.pairs import Array, upper
from lowback.estimators.lmm.patterns import same_grams
from lowback.estimators.lmm.scales import Scales, effect_scales, scales_of

# Bytes that the products of all patterns may take.
ROOM = 2**29
# Groups whose own sums are held before those of the same pattern are put together.
GROUPS = 500_000


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


@dataclass(frozen=True, eq=False)
class _Stretch:
    """Sums over each group of a stretch of rows: Z_i'Z_i and Z_i'[X y], and [X y]'[X y] of all of them."""

    gram: Array
    cross: Array
    total: Array
    rows: int
    longest: int


def read_sums(chunks: Iterable[Chunk], *, names: Sequence[str], random_names: Sequence[str]) -> LmmSums:
    """The sums of chunks, each read once; centres and scales are those of the first rows.

    Raises `NotEstimable`, naming the culprit: a group that is not after the ones before it, values that are missing, a
    column that was taken for an intercept and varies later, times that differ in too many groups.
    """
    found: LmmSums | None = None
    held: list[_Stretch] = []
    for chunk in whole_groups(chunks):
        if found is None:
            found = _empty(chunk, tuple(names), tuple(random_names))
        held += _stretches(chunk, found)
        if sum(one.cross.shape[2] for one in held) > GROUPS:
            found, held = _joined(found, _summed(held, found)), []
    if found is None:
        raise NotEstimable("there are no rows in the chunks; a mixed model needs two groups or more")
    return _joined(found, _summed(held, found)) if held else found


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


def _empty(chunk: Chunk, names: tuple[str, ...], random_names: tuple[str, ...]) -> LmmSums:
    """No sums yet, in centres and scales of these first rows."""
    check_finite(chunk, names, random_names)
    effects, columns = effect_scales(chunk.random, random_names), scales_of(chunk.design)
    # Without a column of ones nothing could put the outcome's centre back.
    centre = 0.0 if columns.constant is None else float(chunk.outcome.mean())
    q, width = len(random_names), len(names) + 1
    none = np.zeros((0, q * width, q * width))
    total = np.zeros((width, width))
    return LmmSums(
        names, random_names, columns, effects, centre, np.zeros((q, q, 0)), np.zeros(0), none, total, 0, 0
    )


def _stretches(chunk: Chunk, like: LmmSums) -> Iterator[_Stretch]:
    """Sums over each of some whole groups, a stretch that stays in the processor's cache at a time."""
    starts = runs_of(chunk.groups)
    ends = np.append(starts[1:], len(chunk.groups))
    cuts = np.unique(np.searchsorted(starts, np.arange(0, len(chunk.groups), ROWS)))
    for first, last in pairwise([*cuts.tolist(), len(starts)]):
        part = cut(chunk, int(starts[first]), int(ends[last - 1]))
        _check_part(part, like)
        sizes = ends[first:last] - starts[first:last]
        effects = effects_of(part.random, like.effects, None, starts[first:last] - starts[first], sizes)
        held = ColumnSums(effects)
        for j in range(len(like.names)):
            column = np.ascontiguousarray(part.design[:, j])
            held.add(column, float(like.columns.centres[j]), float(like.columns.scales[j]))
        held.add_loose(part.outcome, like.centre, 1.0)
        cross = held.cross()
        yield _Stretch(effects.gram, cross, held.total(cross), len(part.outcome), int(sizes.max()))


def _summed(held: list[_Stretch], like: LmmSums) -> LmmSums:
    """The sums over groups with the same pattern."""
    gram = np.concatenate([one.gram for one in held], axis=2)
    cross = np.concatenate([one.cross.reshape(-1, one.cross.shape[2]).T for one in held])
    kinds, of = same_grams(gram[upper(len(gram))])
    counts = np.bincount(of, minlength=len(kinds))
    return replace(
        like,
        gram=gram[:, :, kinds],
        counts=counts.astype(float),
        products=_squares(cross, of, counts),
        total=sum((one.total for one in held), np.zeros_like(like.total)),
        rows=sum(one.rows for one in held),
        longest=max(one.longest for one in held),
    )


def _squares(cross: Array, of: NDArray[np.intp], counts: NDArray[np.intp]) -> Array:
    """The sums of outer products of the groups' columns (groups, q (p + 1)) over the groups of each pattern."""
    width = cross.shape[1]
    _check_room(len(counts), width)
    ordered = cross[_order(of)]
    ends = np.cumsum(counts)
    out = np.empty((len(counts), width, width))
    for k, (start, end) in enumerate(zip((ends - counts).tolist(), ends.tolist(), strict=True)):
        np.matmul(ordered[start:end].T, ordered[start:end], out=out[k])
    return out


def _order(of: NDArray[np.intp]) -> NDArray[np.intp]:
    """The order that puts equal positions together; short integers are sorted without comparing."""
    short = len(of) and int(of.max()) < 2**16
    return np.argsort(of.astype(np.uint16) if short else of, kind="stable")


def _joined(one: LmmSums, other: LmmSums) -> LmmSums:
    """Two sums in the same centres and scales, equal patterns together."""
    gram = np.concatenate([one.gram, other.gram], axis=2)
    kinds, of = same_grams(gram[upper(len(gram))])
    _check_room(len(kinds), one.products.shape[1])
    order = _order(of)
    starts = np.flatnonzero(np.diff(of[order], prepend=-1))
    counts = np.concatenate([one.counts, other.counts])
    products = np.concatenate([one.products, other.products])
    return replace(
        one,
        gram=gram[:, :, kinds],
        counts=np.add.reduceat(counts[order], starts),
        products=np.add.reduceat(products[order], starts),
        total=one.total + other.total,
        rows=one.rows + other.rows,
        longest=max(one.longest, other.longest),
    )


def _check_part(part: Chunk, like: LmmSums) -> None:
    check_finite(part, like.names, like.random_names)
    for matrix, scales, names in (
        (part.design, like.columns, like.names),
        (part.random, like.effects, like.random_names),
    ):
        one = scales.constant
        if one is not None and (matrix[:, one] != scales.scales[one]).any():
            raise NotEstimable(
                f"column {names[one]} is {scales.scales[one]:g} in the first rows and not later; put a column of ones before it"
            )


def _check_room(patterns: int, width: int) -> None:
    if patterns * width**2 * 8 > ROOM:
        raise NotEstimable(
            f"{patterns} groups or more have random-effect columns (times of visits) that no other group has; their sums take over "
            f"{ROOM // 2**20} MiB: use fit_lmm, or times in whole weeks"
        )
