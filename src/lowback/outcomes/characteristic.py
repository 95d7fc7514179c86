"""Scores after baseline with a line or a level for each value of a characteristic, in each arm and at each visit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators.inference import DfMethod, Inference
from lowback.estimators.mmrm import LadderFit
from lowback.outcomes.cell_means import cell_columns
from lowback.outcomes.comparison import Comparison, comparison
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.repeated import Repeated, follow_up_scores
from lowback.outcomes.scores import Array
from lowback.outcomes.visit_model import fitted_over_visits
from lowback.outcomes.wording import complete
from lowback.screening import baseline_values
from lowback.study import Estimand, Study
from lowback.variables import Variable, one_of

# A number with so many values or fewer is taken value by value as well, and rules are tried at each of them.
MOST_VALUES = 6
# Less than this share of a variance is nothing but rounding.
NIL = 1e-6


@dataclass(frozen=True, eq=False)
class Characteristic:
    """What an effect may differ by, in those who are analysed.

    `values` has one value a person analysed: numbers, or positions in `levels` where these are categories; `points` are the
    values at which effects are given: every one where they are few, else quartiles.
    """

    variable: Variable
    values: Array
    levels: tuple[str, ...]
    points: tuple[float, ...]

    @property
    def is_measured(self) -> bool:
        """Whether it is a number, so that an effect may change in a straight line with it."""
        return not self.levels

    @property
    def takes_few(self) -> bool:
        """Whether its values can be taken one by one."""
        return bool(self.levels) or len(np.unique(self.values)) <= MOST_VALUES

    def named(self, value: float) -> str:
        """A value in words."""
        if self.levels:
            return self.levels[int(value)]
        unit = self.variable.unit or ""
        return f"{value:.4g} {one_of(unit) if value == 1 else unit}".strip()

    def basis(self, value: float) -> Array:
        """What multiplies an arm's coefficients at this value: 1 and the number, or 1 and a mark for each level after the first."""
        if self.is_measured:
            return np.array([1.0, value])
        return np.concatenate([[1.0], np.arange(1, len(self.levels)) == value])

    @property
    def bases(self) -> Array:
        """The same for each person: (people, width)."""
        if self.is_measured:
            return np.column_stack([np.ones(len(self.values)), self.values])
        marks = self.values[:, None] == np.arange(1, len(self.levels))
        return np.column_stack([np.ones(len(self.values)), marks])


@dataclass(frozen=True, eq=False)
class ModifiedModel:
    """The mixed model for repeated measures in which every arm has its own line over the characteristic at every visit."""

    compared: Comparison
    read: Repeated
    characteristic: Characteristic
    ladder: LadderFit

    def mean(self, arm: str, basis: Array) -> Array:
        """Weights of the coefficients that give an arm's mean at the estimand's week, at a value with this basis."""
        cell = (self.read.arms.index(arm), self.read.weeks.index(self.compared.week))
        place, cells = self.read.cells.index(cell), len(self.read.cells)
        weights = np.zeros(len(self.ladder.fit.names))
        weights[place + cells * np.arange(len(basis))] = basis
        return weights

    def effect(self, arm: str, basis: Array) -> Array:
        """The same for the arm's difference from the comparator."""
        return self.mean(arm, basis) - self.mean(self.compared.comparator, basis)

    def contrast(self, weights: Array | list[Array]) -> Inference:
        """Weighted sums of coefficients, one a row of `weights`, each with the errors that it allows."""
        return self.ladder.fit.contrast(weights, self.errors(weights))

    def errors(self, weights: Array | list[Array]) -> DfMethod:
        """Errors that hold however widely scores scatter (CR2), or Kenward and Roger's where residuals cannot tell how widely they do.

        They cannot where one person alone decides part of a sum, or everybody who decides it has just the score expected.
        """
        fit = self.ladder.fit
        robust = np.diagonal(fit.covariance_of(weights, "CR2"))
        modelled = np.diagonal(np.asarray(weights) @ fit.covariance @ np.asarray(weights).T)
        told = (fit.share_told(weights, "CR2") > 1 - NIL) & (robust > NIL * modelled)
        return "CR2" if told.all() else "kenward-roger"

    def points_with(self, arm: str, fewest: int) -> list[float]:
        """The values at which so many people or more of the arm and of the comparator have a score at the estimand's week."""
        both = (arm, self.compared.comparator)
        return [
            point
            for point in self.characteristic.points
            if min(self.people(one, point) for one in both) >= fewest
        ]

    def people(self, arm: str, value: float) -> int:
        """How many of an arm have a score at the estimand's week and this value."""
        return _people(self.read, self.characteristic, arm, self.compared.week, value)


def modified_model(people: Cohort, study: Study, estimand: Estimand) -> ModifiedModel:
    """The model of the estimand's outcome by arm, visit and modifier; baseline and covariates as in other models of visits.

    A number enters as a straight line in each arm and at each visit, a category with a level for each. Raises `NotComparable` where
    the modifier is the same in everybody, or nobody in an arm that is compared has one of its levels.
    """
    name = str(estimand.modifier)
    asked = study.model_copy(update={"covariates": tuple(dict.fromkeys((*study.covariates, name)))})
    compared = comparison(people, asked, estimand)
    read = follow_up_scores(compared, study)
    if name in read.constant:
        raise NotComparable(
            f"{compared.label(name)} is the same in everybody analysed, so no effect can differ by it",
            f"people who differ in {compared.label(name)}",
        )
    found = _characteristic(compared, read, name)
    _refuse_empty_levels(compared, read, found)
    design, names = _design(read, found)
    return ModifiedModel(compared, read, found, fitted_over_visits(compared, read, design, names))


def item_scores(people: Cohort, study: Study, variable: Variable) -> Array:
    """The items that a score adds up, a row a person who has them all and a column an item; empty where any is not recorded."""
    if not variable.sum_of or not set(variable.sum_of) <= people.columns:
        return np.empty((0, 0))
    columns = [baseline_values(people, study, one) for one in variable.sum_of]
    known = np.logical_and.reduce([one.notna().to_numpy() for one in columns])
    return np.column_stack([one.to_numpy(object)[known].astype(float) for one in columns])


def value_by_value(model: ModifiedModel) -> ModifiedModel | None:
    """The same model with a level for each value of a number that takes few; None where some arm has too few people at each.

    Values that are rare in an arm that is compared keep their level, and have no estimate of their own.
    """
    found = model.characteristic
    if found.levels:
        return model
    if not found.takes_few:
        return None
    values = np.unique(found.values)
    levels = tuple(found.named(value) for value in values)
    coded = replace(
        found,
        values=np.searchsorted(values, found.values).astype(float),
        levels=levels,
        points=tuple(map(float, range(len(levels)))),
    )
    design, names = _design(model.read, coded)
    try:
        ladder = fitted_over_visits(model.compared, model.read, design, names)
    except NotComparable:
        return None
    return replace(model, characteristic=coded, ladder=ladder)


def _characteristic(compared: Comparison, read: Repeated, name: str) -> Characteristic:
    kept = complete(read.gaps)
    values, variable = compared.covariates[name][kept], compared.variables[name]
    if values.dtype.kind == "f":
        different = np.unique(values)
        few = len(different) <= MOST_VALUES
        points = different if few else np.unique(np.quantile(values, [0.25, 0.5, 0.75]))
        return Characteristic(variable, values, (), tuple(points.tolist()))
    seen = set(values)
    declared = [one for one in variable.levels if one in seen]
    levels = [*declared, *sorted(seen - set(declared), key=str)]
    codes = np.array([levels.index(one) for one in values], dtype=float)
    words = {True: "yes", False: "no"} if variable.kind == "flag" else {}
    named = tuple(str(words.get(one, one)) for one in levels)
    return Characteristic(variable, codes, named, tuple(map(float, range(len(named)))))


def _design(read: Repeated, found: Characteristic) -> tuple[Array, list[str]]:
    """Cells of arm and visit, the characteristic within each, the centred baseline at each visit, and centred covariates."""
    means, names = cell_columns(read, read.cells)
    bases = found.bases[read.person]
    blocks = [means * bases[:, [column]] for column in range(bases.shape[1])]
    steps = [found.variable.name] if found.is_measured else list(found.levels[1:])
    columns = [*names, *(f"{cell}: {step}" for step in steps for cell in names)]
    if np.ptp(read.baseline):
        blocks.append(read.baseline[:, None] * np.eye(len(read.weeks))[read.week])
        columns += [f"baseline at week {week:g}" for week in read.weeks]
    others = [
        at
        for at, one in enumerate(read.adjusted_for)
        if one != found.variable.name and not one.startswith(f"{found.variable.name}: ")
    ]
    columns += [read.adjusted_for[at] for at in others]
    return np.column_stack([*blocks, read.covariates[:, others]]), columns


def _people(read: Repeated, found: Characteristic, arm: str, week: float, value: float) -> int:
    at = (read.arm == read.arms.index(arm)) & (read.week == read.weeks.index(week))
    return int((found.values[read.person[at]] == value).sum())


def _refuse_empty_levels(compared: Comparison, read: Repeated, found: Characteristic) -> None:
    for arm in (compared.comparator, *compared.treated) if found.levels else ():
        for point in found.points:
            if not _people(read, found, arm, compared.week, point):
                raise NotComparable(
                    f"nobody in arm {arm!r} with {found.variable.label} = {found.named(point)!r} has "
                    f"{compared.question_place}",
                    f"people of each {found.variable.label} in every arm that is compared",
                )
