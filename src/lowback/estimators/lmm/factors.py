"""Coefficients as products of a random-effect column and a column that is constant within groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.lmm.chunks import Rows, Values
from lowback.estimators.lmm.named_model import NamedModel
from lowback.estimators.lmm.pairs import Array
from lowback.estimators.lmm.scales import SAMPLE, Scales
from lowback.estimators.magnitudes import MOST, check_magnitudes

Product = tuple[str, ...]
# A centre and a size: what a number is measured from and in.
Unit = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Origin:
    """Where all columns of a model are measured from and in which unit, taken from its first rows.

    `columns` are those of the coefficients, `effects` of the random effects, `centre` is the outcome's.
    """

    columns: Scales
    effects: Scales
    centre: float


@dataclass(frozen=True, eq=False)
class Factors:
    """How each coefficient's column is had from sums over groups.

    `constant` are products of columns that do not vary within groups, `loose` those that are multiplied row by row, the
    outcome the last. `turn` (q, p + 1, 1 + constant) writes column j of the others as sum over effects b of Z_b times
    (1, constant) @ turn[b, j], all in the units of `origin` and `centres` and `units` (of `constant`).
    """

    constant: tuple[Product, ...]
    loose: tuple[Product, ...]
    loose_at: tuple[int, ...]
    centres: Array
    units: Array
    turn: Array


def origin_of(model: NamedModel, rows: Rows) -> Origin:
    """Centres and units near to the means and root mean squares of the first rows; they only have to be near.

    Whole numbers stay whole: persons with the same visits then have the same sums to the last digit.
    """
    some = {name: column[:: max(1, len(rows) // SAMPLE)] for name, column in rows.columns.items()}
    refuse_unusable(rows, [name for name, column in some.items() if not np.isfinite(column).all()])
    length = len(some[model.outcome])
    columns = np.stack([product_of(some, product, length) for product in model.products], axis=1)
    slopes = [product_of(some, (name,), length) for name in model.slopes]
    effects = np.stack([*([np.ones(length)] if model.random_intercept else []), *slopes], axis=1)
    check_magnitudes(np.abs(columns).max(axis=0), model.names)
    check_magnitudes(np.abs(effects).max(axis=0), model.random_names, "random effect")
    check_magnitudes(np.abs(product_of(some, (model.outcome,), length)).max(), [model.outcome])
    centre = 0.0
    # Without an intercept nothing could put the outcome's centre back.
    if model.intercept is not None:
        centre = float(_near(product_of(some, (model.outcome,), length)[:, None])[0][0])
    one = 0 if model.random_intercept else None
    return Origin(_scales(columns, model.intercept), _scales(effects, one), centre)


def product_of(columns: Mapping[str, Values], product: Product, length: int) -> Array:
    """The product of some columns as floating-point numbers; that of none is one."""
    out = np.ones(length)
    # What is infinite is refused later, by name.
    with np.errstate(invalid="ignore", over="ignore"):
        for name in product:
            np.multiply(out, columns[name], out=out)
    return out


def refuse_unusable(rows: Rows, names: Iterable[str]) -> None:
    """Refuse the first of the columns with a value that is missing, infinite or too large to be squared."""
    for name in names:
        wrong = ~np.isfinite(rows.columns[name])
        if wrong.any():
            raise NotEstimable(f"column {name} is missing or infinite for group {rows.labels[wrong][0]}")
        largest = float(np.abs(rows.columns[name]).max())
        check_magnitudes(largest if largest > MOST else 0.0, [name])


def factors_of(model: NamedModel, varying: frozenset[str], origin: Origin, rows: Rows) -> Factors:
    """The factors of a model in which `varying` are the columns that vary within groups."""
    split = [_split(product, model, varying) for product in model.products]
    constant = tuple(dict.fromkeys(part[1] for part in split if part is not None and part[1]))
    loose_at = tuple(j for j, part in enumerate(split) if part is None)
    firsts = {name: column[rows.starts] for name, column in rows.columns.items()}
    values = [product_of(firsts, product, len(rows.starts)) for product in constant]
    centres, units = _near(np.stack(values, axis=1)) if values else (np.empty(0), np.empty(0))
    kept = [(1.0, 0.0), *zip(centres, units, strict=True)]
    inside = [(1.0, 0.0), *zip(origin.effects.centres[1:], origin.effects.scales[1:], strict=True)]
    turn = np.zeros((len(model.random_names), len(model.products) + 1, len(kept)))
    for j, part in enumerate(split):
        if part is not None:
            effect, at = part[0], 1 + constant.index(part[1]) if part[1] else 0
            column = (origin.columns.centres[j], origin.columns.scales[j])
            _turned(turn[:, j], (effect, at), inside[effect], kept[at], column)
    loose = (*(model.products[j] for j in loose_at), (model.outcome,))
    return Factors(constant, loose, (*loose_at, len(model.products)), centres, units, turn)


def _split(product: Product, model: NamedModel, varying: frozenset[str]) -> tuple[int, Product] | None:
    """The position of the random effect and the columns constant within groups whose product this is; None if neither."""
    inside = [name for name in product if name in varying]
    if not model.random_intercept or len(inside) > 1 or not set(inside) <= set(model.slopes):
        return None
    effect = 1 + model.slopes.index(inside[0]) if inside else 0
    return effect, tuple(name for name in product if name not in inside)


def _turned(out: Array, place: tuple[int, int], inside: Unit, kept: Unit, column: Unit) -> None:
    """Write ((a + b z) (c + d x) - e) / f as sums of 1 and z times 1 and x; z and x have the `place` that is theirs in `out`."""
    (effect, at), (a, b), (c, d), (e, f) = place, inside, kept, column
    out[0, 0] += (a * c - e) / f
    out[0, at] += a * d / f
    out[effect, 0] += b * c / f
    out[effect, at] += b * d / f


def _scales(columns: Array, one: int | None) -> Scales:
    """Centres and scales of columns, none of which is centred where no column is one in every row."""
    centres, scales = _near(columns) if one is not None else (np.zeros(columns.shape[1]), _size(columns))
    back = np.diag(1 / scales)
    if one is not None:
        centres[one], scales[one] = 0.0, 1.0
        back = np.diag(1 / scales)
        back[one] -= centres / scales
    return Scales(centres, scales, back, one)


def _near(columns: Array) -> tuple[Array, Array]:
    """A number near the mean of each column, whole where its values are, and a power of two near its spread."""
    mean = columns[0] + (columns - columns[0]).mean(axis=0)
    unit = _size(columns - mean)
    varied = np.ptp(columns, axis=0) > 0
    return np.where(varied, np.rint(mean / unit) * unit, columns[0]), unit


def _size(columns: Array) -> Array:
    """A power of two near the root mean square of each column."""
    size = np.sqrt((columns**2).mean(axis=0))
    return np.exp2(np.rint(np.log2(np.where(size > 0, size, 1.0))))
