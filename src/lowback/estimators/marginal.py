"""Marginal means of a model by arm, visit or both, and their differences, as contrasts that any fit can estimate."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.columns import Array, Categories, Column, near
from lowback.estimators.inference import DfMethod, JointTest
from lowback.estimators.layouts import Block, Spline
from lowback.estimators.terms import Design

Weights = Literal["equal", "observed", "sample"]
# What a name is set to: one value, or several that are averaged over (or, for a name that means are made by, listed).
Settings = Mapping[str, Hashable | Sequence[Hashable]]


class Testable(Protocol):
    """Any fit that can test several contrasts at once."""

    def joint_test(self, matrix: Array, df: DfMethod) -> JointTest:
        """The F test that all `matrix @ coefficients` are zero."""


@dataclass(frozen=True, eq=False)
class Contrasts:
    """Weights of coefficients (`matrix`: one row a quantity) with what each row is about.

    `levels` holds for each row the level of each name in `by`; `against` the level that a name is compared with, where
    the rows are differences.
    """

    matrix: Array
    by: tuple[str, ...]
    levels: tuple[tuple[Hashable, ...], ...]
    against: Mapping[str, Hashable]

    @property
    def labels(self) -> tuple[str, ...]:
        """Each row in words, such as `arm = a, week = 4` or `arm: a - control, week = 4`."""
        return tuple(", ".join(map(self._word, self.by, row)) for row in self.levels)

    def at(self, **chosen: Hashable) -> Contrasts:
        """The rows at these levels, such as `week=12`; refused when there are none."""
        rows = [at for at, row in enumerate(self.levels) if chosen.items() <= self._keys(row).items()]
        if not rows:
            asked = ", ".join(f"{name} = {level!r}" for name, level in chosen.items())
            raise NotEstimable(f"no row is at {asked}; known: {'; '.join(self.labels)}")
        return replace(self, matrix=self.matrix[rows], levels=tuple(self.levels[at] for at in rows))

    def _keys(self, row: tuple[Hashable, ...]) -> dict[str, Hashable]:
        return dict(zip(self.by, row, strict=True))

    def _word(self, name: str, level: Hashable) -> str:
        return f"{name}: {level} - {self.against[name]}" if name in self.against else f"{name} = {level}"


def marginal_means(
    design: Design, by: str | Sequence[str], weights: Weights = "equal", at: Settings | None = None
) -> Contrasts:
    """The mean outcome at each combination of the levels of `by`, averaged over everything else in the model.

    Numeric columns stand at their mean over the rows of `design`, unless `at` gives values. Other categories are
    averaged over with equal weights ("equal", as emmeans does), with the shares of rows in which their combinations
    were seen ("observed", emmeans' "proportional"), or by giving every row the levels of `by` in turn and averaging
    what the model says ("sample", counterfactual standardisation, numeric columns as they were; the sample is taken as
    given, so that intervals are about its people). To average over people
    rather than visits, give `fitted_design.on(people)`, one row a person.

    Searle, Speed & Milliken 1980, Am Stat 34:216-221; Lenth, emmeans (proportional weights); Hernan & Robins 2020, What If, ch. 13.
    """
    names = (by,) if isinstance(by, str) else tuple(by)
    given = {name: _listed(value) for name, value in (at or {}).items()}
    _refuse_unknown(design, [*names, *given])
    grids = [given.get(name, _usual(design, name)) for name in names]
    levels = tuple(product(*grids))
    fixed = {name: values for name, values in given.items() if name not in names}
    average = _over_sample if weights == "sample" else _over_grid
    rows = [average(design, dict(zip(names, row, strict=True)), fixed, weights) for row in levels]
    return Contrasts(np.array(rows).reshape(len(levels), len(design.names)), names, levels, {})


def differences(means: Contrasts, of: str, comparator: Hashable) -> Contrasts:
    """Each level of `of` minus the comparator, at every combination of the other names.

    Of differences it makes differences of differences: `differences(differences(means, "week", 0), "arm", "control")` is
    the difference between arms in change since week 0.
    """
    if of not in means.by:
        raise NotEstimable(f"the means are not by {of!r}; {near(of, means.by)}")
    place = means.by.index(of)
    levels = tuple(dict.fromkeys(row[place] for row in means.levels))
    if comparator not in levels:
        raise NotEstimable(f"no mean has {of} = {comparator!r}; {near(comparator, levels)}")
    row_of = {row: at for at, row in enumerate(means.levels)}
    kept = [row for row in means.levels if row[place] != comparator]
    compared = [row_of[(*row[:place], comparator, *row[place + 1 :])] for row in kept]
    matrix = means.matrix[[row_of[row] for row in kept]] - means.matrix[compared]
    return Contrasts(matrix, means.by, tuple(kept), {**means.against, of: comparator})


def term_contrasts(design: Design) -> dict[str, Array]:
    """For each term the contrasts that are all zero when the term has no effect (type III), to hand to a joint test.

    Categories of the term are compared with their reference (where the term has a column for each level, they are not
    compared but taken each), those of other terms are averaged over with equal weights; numbers of the term are raised
    by one unit, curves compared at as many points as they have columns, others stand at their mean. A
    term with a single category and its interactions are thus tested as in SAS' type III, with numbers at their mean.

    Searle 1987, Linear Models for Unbalanced Data, section 9.3; Lenth, emmeans (`joint_tests`).
    """
    return {block.label: _of_term(design, block) for block in design.layout.blocks}


def joint_tests(fit: Testable, design: Design, df: DfMethod = "kenward-roger") -> dict[str, JointTest]:
    """The type III F test of each term of a fit's design, by the term's name; see `term_contrasts`."""
    return {term: fit.joint_test(matrix, df) for term, matrix in term_contrasts(design).items()}


def _of_term(design: Design, block: Block) -> Array:
    """Interaction contrasts of the marginal means by all variables of a term."""
    by, points, compared = [], {}, []
    for variable, everything in zip(block.variables, block.all_levels, strict=True):
        name = variable.name if isinstance(variable, Spline) else variable
        by.append(name)
        if name not in design.levels:
            points[name] = _points(design, variable)
        if not everything:
            compared.append(name)
    contrasts = marginal_means(design, by, at=points)
    for name in compared:
        contrasts = differences(contrasts, name, points.get(name, design.levels.get(name, ()))[0])
    return contrasts.matrix[np.abs(contrasts.matrix).max(axis=1) > 0]


def _points(design: Design, variable: str | Spline) -> tuple[float, ...]:
    """Values of a number at which its effect shows: one unit apart, or as many over its range as a curve needs.

    A slope is the same from wherever it starts; from 0 no digits are lost to a far origin.
    """
    if isinstance(variable, Spline):
        low, high = design.layout.splines[variable].boundary
        return tuple(np.linspace(low, high, variable.df + 1).tolist())
    return (0.0, 1.0)


def _over_grid(
    design: Design, row: Mapping[str, Hashable], fixed: Mapping[str, tuple[Hashable, ...]], weights: Weights
) -> Array:
    """The mean of the design at one combination of levels, over all combinations of the other categories."""
    others = [name for name in design.columns if name not in row]
    cells = list(product(*(fixed.get(name, _usual(design, name)) for name in others)))
    columns = {name: _as_column(design, name, [cell[at] for cell in cells]) for at, name in enumerate(others)}
    columns |= {name: _as_column(design, name, [level] * len(cells)) for name, level in row.items()}
    averaged = [name for name in others if name in design.levels]
    is_weighted = weights == "observed" and averaged
    shares = _seen(design, averaged, columns) if is_weighted else np.ones(len(cells))
    if not shares.sum():
        raise NotEstimable("no row has any of the combinations of levels that are averaged over")
    # A far origin of a number must not cost digits, so that equal rows average to themselves exactly.
    matrix = design.layout.matrix(columns, len(cells))
    return np.asarray(matrix[0] + (shares / shares.sum()) @ (matrix - matrix[0]))


def _seen(design: Design, averaged: Sequence[str], columns: Mapping[str, Column]) -> Array:
    """How many rows of the design have each combination of the categories that are averaged over."""
    shape = tuple(len(design.levels[name]) for name in averaged)
    counts = np.bincount(_cells(design.columns, averaged, shape), minlength=int(np.prod(shape)))
    return counts.astype(float)[_cells(columns, averaged, shape)]


def _cells(columns: Mapping[str, Column], names: Sequence[str], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Which combination of the levels of `names` each row has, counted through."""
    crossed = [column.codes for name in names if isinstance(column := columns[name], Categories)]
    return np.asarray(np.ravel_multi_index(crossed, shape), dtype=np.intp)


def _over_sample(
    design: Design, row: Mapping[str, Hashable], fixed: Mapping[str, tuple[Hashable, ...]], _: Weights
) -> Array:
    """The mean of the design over its rows when every row is given one combination of levels."""
    many = [name for name, values in fixed.items() if len(values) > 1]
    if many:
        raise NotEstimable(f"{many[0]!r} is set to several values; averaged over the sample it may have one")
    rows = len(design.matrix)
    if not rows:
        raise NotEstimable("no rows to average over")
    settings = {name: values[0] for name, values in fixed.items()} | dict(row)
    moved = {name: _as_column(design, name, [level] * rows) for name, level in settings.items()}
    return np.asarray(design.layout.matrix({**design.columns, **moved}, rows).mean(axis=0))


def _as_column(design: Design, name: str, values: Sequence[Hashable]) -> Column:
    """Values of one name as a column of the design: levels by their position, numbers as they are."""
    if name not in design.levels:
        try:
            numbers = np.array(values, dtype=float)
        except (TypeError, ValueError):
            numbers = np.array([np.nan])
        if not np.isfinite(numbers).all():
            raise NotEstimable(f"{name!r} = {values[0]!r}; allowed: finite numbers")
        return numbers
    levels = design.levels[name]
    position = {level: code for code, level in enumerate(levels)}
    if unknown := [value for value in values if value not in position]:
        raise NotEstimable(f"no level {name} = {unknown[0]!r}; {near(unknown[0], levels)}")
    return Categories(levels, np.array([position[value] for value in values], dtype=np.int32))


def _usual(design: Design, name: str) -> tuple[Hashable, ...]:
    """The levels of a category; the mean of a number."""
    return design.levels[name] if name in design.levels else (design.means[name],)


def _listed(value: Hashable | Sequence[Hashable]) -> tuple[Hashable, ...]:
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)


def _refuse_unknown(design: Design, names: Sequence[str]) -> None:
    for name in names:
        if name not in design.columns:
            raise NotEstimable(f"the model has no {name!r}; {near(name, design.columns)}")
