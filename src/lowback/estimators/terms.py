"""Designs from named terms: arms, visits, covariates, their interactions and splines; no text is ever run as code."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.columns import (
    Array,
    Categories,
    Column,
    Selection,
    column_names,
    near,
    number_of_rows,
    read_column,
    rows_of,
)
from lowback.estimators.layouts import Block, Layout, Spline, Variable, numbers
from lowback.estimators.observed import (
    refuse_empty_cells,
    refuse_idle_constraint,
    refuse_uneven,
    refuse_unobserved,
)

if TYPE_CHECKING:
    from lowback.estimators.splines import NaturalSpline

INTERCEPT = "intercept"


@dataclass(frozen=True)
class Constrained:
    """The request for an interaction without the columns of some levels, such as arm by week without week 0."""

    variables: tuple[Variable, ...]
    without: tuple[tuple[str, Hashable], ...]


Term = str | Spline | tuple[Variable, ...] | Constrained


def spline(name: str, df: int) -> Spline:
    """A smooth curve over the column `name`, in `df` columns that equal those of R's `splines::ns(x, df)`."""
    return Spline(name, df)


def constrained(*variables: Variable, without: Mapping[str, Hashable]) -> Constrained:
    """The interaction of `variables` with no effect at these levels: `constrained("week", "arm", without={"week": 0})`.

    With the terms `"week"` and this one, arms share the mean at week 0 and differ at every other week.

    Liang & Zeger 2000, Sankhya B 62:134-148 (constrained longitudinal data analysis).
    """
    return Constrained(tuple(variables), tuple(without.items()))


@dataclass(frozen=True, eq=False)
class Design:
    """A design of `rows` rows with the name and the term of each column and the way it is made from columns of a frame.

    `levels` are those of each category, reference first; `means` the averages of the numeric columns over the rows.
    The columns of the frame are not copied: change them only when the design has served.
    """

    rows: int
    names: tuple[str, ...]
    terms: tuple[str, ...]
    layout: Layout = field(repr=False)
    columns: Mapping[str, Column] = field(repr=False)

    @cached_property
    def matrix(self) -> Array:
        """The design matrix (rows by columns), made when it is first asked for."""
        return self.layout.matrix(self.columns, self.rows)

    @property
    def constant(self) -> int | None:
        """The position of the intercept; None without one."""
        return 0 if self.layout.has_intercept else None

    def stretch(self, rows: Selection) -> list[Array]:
        """The columns of the design matrix in some rows, those of the frame itself not copied where `rows` are neighbours."""
        some = {name: rows_of(column, rows) for name, column in self.columns.items()}
        length = len(range(self.rows)[rows]) if isinstance(rows, slice) else len(rows)
        return list(self.layout.each(some, length))

    @property
    def levels(self) -> Mapping[str, tuple[Hashable, ...]]:
        """The levels of each category, the reference first."""
        return self.layout.levels

    @cached_property
    def means(self) -> dict[str, float]:
        """The mean of each numeric column over the rows of this design."""
        return {name: float(np.mean(c)) for name, c in self.columns.items() if not isinstance(c, Categories)}

    def on(self, frame: Any) -> Design:
        """The same columns, with the same levels and knots, for the rows of another frame."""
        columns = {name: read_column(frame, name, self.levels.get(name)) for name in self.columns}
        for name, column in columns.items():
            if isinstance(column, Categories) and name not in self.levels:
                raise NotEstimable(f"column {name!r} holds categories; in this design it is a number")
        rows = number_of_rows(frame)
        refuse_uneven(columns, rows)
        return Design(rows, self.names, self.terms, self.layout, columns)


def design(
    frame: Any,
    terms: Sequence[Term],
    levels: Mapping[str, Sequence[Hashable]] | None = None,
    *,
    intercept: bool = True,
) -> Design:
    """The design of `terms`: columns of `frame`, interactions and splines, coded as R's treatment contrasts.

    A term is a column's name, `"arm:week"` or `("arm", "week")` for an interaction, or `spline("age_years", 3)`; a name that
    itself holds a colon is written `("its:name",)`. Text and flags are categories; a numeric column is one where `levels`
    lists its values. The first level is the reference. Terms of lower order come first, as in R.

    Raises `NotEstimable` for an unknown column, missing values, a category with one level, a declared level or a
    cell of an interaction that no row has; each is named.

    Chambers & Hastie 1992, Statistical Models in S, section 2.4 (which categories of an interaction need every level).
    """
    if isinstance(terms, str):
        raise NotEstimable(f"the terms are the text {terms!r}; allowed: a list of terms")
    declared = dict(levels or {})
    known = column_names(frame)
    _refuse_unknown_levels(declared, known)
    wanted = sorted((_parsed(term, known) for term in terms), key=lambda one: len(one.variables))
    columns = {name: read_column(frame, name, declared.get(name)) for name in _names_of(wanted)}
    categories = {name: column.levels for name, column in columns.items() if isinstance(column, Categories)}
    rows = number_of_rows(frame)
    refuse_uneven(columns, rows)
    for name, column in columns.items():
        refuse_unobserved(name, column)
    for term in wanted:
        refuse_empty_cells(term, columns)
        refuse_idle_constraint(term, categories)
    layout = Layout(
        blocks=_coded(wanted, categories, intercept),
        levels=categories,
        splines={one: _fitted(one, columns) for term in wanted for one in term.variables if isinstance(one, Spline)},
        has_intercept=intercept,
    )  # fmt: skip
    names, labels = _named(layout)
    return Design(rows, names, labels, layout, columns)


def _parsed(term: Term, known: Sequence[str] | None) -> Block:
    """A term as a block of which the coding is not yet decided."""
    if isinstance(term, Constrained):
        return Block(_label(term.variables), term.variables, (), term.without)
    variables = term if isinstance(term, tuple) else _split(term, known)
    twice = len({v.name if isinstance(v, Spline) else v for v in variables}) < len(variables)
    if not variables or twice:
        raise NotEstimable(f"the term {_label(variables)!r}; allowed: one or more different columns")
    return Block(_label(variables), variables, ())


def _split(term: str | Spline, known: Sequence[str] | None) -> tuple[Variable, ...]:
    """The variables of a term that is written as one text; a colon parts them unless it belongs to a column's name."""
    if isinstance(term, Spline) or ":" not in term:
        return (term,)
    parts = tuple(part.strip() for part in term.split(":"))
    if known is None or term not in known:
        return parts
    if all(part in known for part in parts):
        raise NotEstimable(f"{term!r} is a column and an interaction; write {(term,)!r} or {parts!r}")
    return (term,)


def _label(variables: Sequence[Variable]) -> str:
    return ":".join(f"spline({v.name}, {v.df})" if isinstance(v, Spline) else str(v) for v in variables)


def _names_of(terms: Iterable[Block]) -> list[str]:
    """Each column that the terms need, once, in their order."""
    return list(
        dict.fromkeys(v.name if isinstance(v, Spline) else v for term in terms for v in term.variables)
    )


def _fitted(request: Spline, columns: Mapping[str, Column]) -> NaturalSpline:
    # It brings all of scipy's interpolation, and most models have no spline.
    from lowback.estimators.splines import natural_spline

    return natural_spline(numbers(request.name, columns[request.name]), request.df, request.name)


def _coded(terms: Sequence[Block], categories: Mapping[str, Any], intercept: bool) -> tuple[Block, ...]:
    """For each category of each term, whether it needs all its levels: where the term without it is not in the model."""
    coded: list[Block] = []
    constant = intercept
    for term in terms:
        everything = tuple(
            variable in categories and not _is_spanned(term, variable, coded, constant)
            for variable in term.variables
        )
        constant = constant or (len(everything) == 1 and everything[0])
        coded.append(Block(term.label, term.variables, everything, term.without))
    return tuple(coded)


def _is_spanned(term: Block, variable: Variable, earlier: Sequence[Block], constant: bool) -> bool:
    others = set(term.variables) - {variable}
    return any(others <= set(one.variables) for one in earlier) if others else constant


def _named(layout: Layout) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The name and the term of every column of a design."""
    names = [INTERCEPT] if layout.has_intercept else []
    terms = list(names)
    for block in layout.blocks:
        pieces = layout.pieces(block)
        kept = layout.kept(block)
        names += [":".join(map(_piece_name, pieces[at], block.variables)) for at in kept]
        terms += [block.label] * len(kept)
    return tuple(names), tuple(terms)


def _piece_name(piece: tuple[str, Hashable], variable: Variable) -> str:
    name, level = piece
    if isinstance(variable, Spline):
        return f"spline({name})[{int(str(level)) + 1}]"
    return name if level is None else f"{name}[{level}]"


def _refuse_unknown_levels(declared: Mapping[str, Any], known: Sequence[str] | None) -> None:
    for name in declared:
        if known is not None and name not in known:
            raise NotEstimable(f"levels are declared for {name!r}, which is no column; {near(name, known)}")
