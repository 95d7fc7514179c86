"""What a design needs to have been observed: every level, and every cell of an interaction."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import product

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.columns import Categories, Column, near
from lowback.estimators.layouts import Block, Spline

# More empty cells than this are counted rather than listed.
LISTED = 3


def refuse_uneven(columns: Mapping[str, Column], rows: int) -> None:
    """Refuse a frame without rows, or with columns of different lengths."""
    if rows == 0:
        raise NotEstimable("the frame has no rows")
    for name, column in columns.items():
        length = len(column.codes) if isinstance(column, Categories) else len(column)
        if length != rows:
            raise NotEstimable(f"column {name!r} has {length} rows where the frame has {rows}")


def refuse_unobserved(name: str, column: Column) -> None:
    """Refuse a declared level that no row has, and a category of one level."""
    if not isinstance(column, Categories):
        return
    counts = np.bincount(column.codes, minlength=len(column.levels))
    if absent := [level for level, count in zip(column.levels, counts, strict=True) if not count]:
        raise NotEstimable(f"no row has {name} = {', '.join(map(repr, absent))}")
    if len(column.levels) < 2:
        raise NotEstimable(
            f"{name!r} is {column.levels[0]!r} in every row; a category needs two levels or more"
        )


def refuse_empty_cells(term: Block, columns: Mapping[str, Column]) -> None:
    """Refuse an interaction of categories when no row has some combination of their levels, naming it."""
    named = [(v, columns[v]) for v in term.variables if not isinstance(v, Spline)]
    crossed = [(name, column) for name, column in named if isinstance(column, Categories)]
    if len(crossed) < 2:
        return
    shape = tuple(len(column.levels) for _, column in crossed)
    cells = np.ravel_multi_index([column.codes for _, column in crossed], shape)
    counts = np.bincount(cells, minlength=int(np.prod(shape)))
    empty = [
        " and ".join(f"{name} = {level!r}" for (name, _), level in zip(crossed, cell, strict=True))
        for cell, count in zip(product(*(column.levels for _, column in crossed)), counts, strict=True)
        if not count
    ]
    if empty:
        more = f" (and {len(empty) - LISTED} cells more)" if len(empty) > LISTED else ""
        raise NotEstimable(
            f"no row has {'; nor '.join(empty[:LISTED])}{more}; {term.label!r} cannot be told there"
        )


def refuse_idle_constraint(term: Block, categories: Mapping[str, tuple[Hashable, ...]]) -> None:
    """Refuse a constraint on a level that the term does not have; it would be passed over without a word."""
    for name, level in term.without:
        if name not in term.variables or name not in categories:
            raise NotEstimable(f"{term.label!r} is constrained at {name!r}, which is none of its categories")
        if level not in categories[name]:
            raise NotEstimable(f"no level {name} = {level!r}; {near(level, categories[name])}")
