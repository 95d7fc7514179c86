"""How the columns of a design come about: blocks of columns, one a term, from categories, numbers and splines."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.columns import Array, Categories, Column

if TYPE_CHECKING:
    from lowback.estimators.splines import NaturalSpline


@dataclass(frozen=True)
class Spline:
    """The request for a natural cubic spline of the column `name` with `df` columns."""

    name: str
    df: int


Variable = str | Spline


@dataclass(frozen=True)
class Block:
    """The columns of one term: for each variable whether all its levels have a column (or all but the reference)."""

    label: str
    variables: tuple[Variable, ...]
    all_levels: tuple[bool, ...]
    without: tuple[tuple[str, Hashable], ...] = ()


# One column of a term: the level of each category in it, or which column of a spline.
Pieces = tuple[tuple[str, Hashable], ...]


@dataclass(frozen=True, eq=False)
class Layout:
    """What a design is made of, without its data: blocks in order, levels of categories (reference first), splines."""

    blocks: tuple[Block, ...]
    levels: Mapping[str, tuple[Hashable, ...]]
    splines: Mapping[Spline, NaturalSpline]
    has_intercept: bool

    def each(self, columns: Mapping[str, Column], rows: int) -> Iterator[Array]:
        """The columns of the design of these columns, one value a row; one that stands as it is given is not copied."""
        if self.has_intercept:
            yield np.ones(rows)
        for block in self.blocks:
            found = self._columns_of(block, columns, rows)
            yield from (found[position] for position in self.kept(block))

    def matrix(self, columns: Mapping[str, Column], rows: int) -> Array:
        """The design of these columns, one row each; each column lies in one piece of memory."""
        width = int(self.has_intercept) + sum(len(self.kept(block)) for block in self.blocks)
        made = np.empty((rows, width), order="F")
        for at, column in enumerate(self.each(columns, rows)):
            made[:, at] = column
        return made

    def pieces(self, block: Block) -> tuple[Pieces, ...]:
        """What each column of a block stands for; the first variable's levels change fastest."""
        made: list[Pieces] = [()]
        for variable, everything in zip(block.variables, block.all_levels, strict=True):
            made = [(*before, piece) for piece in self._pieces_of(variable, everything) for before in made]
        return tuple(made)

    def kept(self, block: Block) -> list[int]:
        """The positions of the columns that a block keeps, after those of absent levels are left out."""
        absent = set(block.without)
        return [at for at, pieces in enumerate(self.pieces(block)) if not absent.intersection(pieces)]

    def _pieces_of(self, variable: Variable, all_levels: bool) -> list[tuple[str, Hashable]]:
        if isinstance(variable, Spline):
            return [(variable.name, position) for position in range(variable.df)]
        if variable not in self.levels:
            return [(variable, None)]
        return [(variable, level) for level in self.levels[variable][0 if all_levels else 1 :]]

    def _columns_of(self, block: Block, columns: Mapping[str, Column], rows: int) -> list[Array]:
        """All columns of a block before any is left out."""
        made: list[Array] | None = None
        for variable, everything in zip(block.variables, block.all_levels, strict=True):
            part = self._part(variable, everything, columns)
            made = part if made is None else [one * before for one in part for before in made]
        return made or [np.ones(rows)]

    def _part(self, variable: Variable, all_levels: bool, columns: Mapping[str, Column]) -> list[Array]:
        if isinstance(variable, Spline):
            return list(self.splines[variable].basis(numbers(variable.name, columns[variable.name])).T)
        column = columns[variable]
        if isinstance(column, Categories):
            shown = range(0 if all_levels else 1, len(column.levels))
            return [(column.codes == code).astype(float) for code in shown]
        return [column]


def numbers(name: str, column: Column) -> Array:
    """The column itself, refused when it holds categories."""
    if isinstance(column, Categories):
        raise NotEstimable(f"column {name!r} holds categories; a spline needs numbers")
    return column
