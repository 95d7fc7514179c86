"""Cohorts like a given one in which the outcome goes with an exposure as much as is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import KEYS, Cohort
from lowback.simulate.alike.instrument import Scale, scale_of
from lowback.simulate.alike.people import People, Positions, new_ids, people_of
from lowback.simulate.alike.units import drawn_units, named_units
from lowback.simulate.alike.unlike import NotAlikeError
from lowback.study import Estimand, Study
from lowback.variables import Variable

Array = NDArray[np.float64]

# More moments than this have no level each, but a straight line and its square.
MOST_VISITS = 12


@dataclass(frozen=True, eq=False)
class Records:
    """The occasions on which outcome and exposure were both recorded, ordered by person.

    `table` is the cohort's table that they stand in and `row` their rows in it; `person` are positions of people.
    """

    table: str
    row: Positions
    person: Positions
    moment: Array
    outcome: Array
    exposure: Array

    @cached_property
    def mean(self) -> Array:
        """Each occasion's mean exposure of its person."""
        counts = np.maximum(np.bincount(self.person), 1)
        return np.asarray((np.bincount(self.person, self.exposure) / counts)[self.person])

    @property
    def departure(self) -> Array:
        """Each occasion's exposure less the person's mean."""
        return np.asarray(self.exposure - self.mean)


@dataclass(frozen=True, eq=False)
class AlikeSlopes:
    """All that is needed to draw cohorts like one cohort, for an estimand on an exposure.

    Slopes are in the outcome's unit per unit of exposure, within persons and between them; `estimated` are the cohort's
    own by least squares. `rest` is what visit, arm and covariates make of each occasion, `residuals` what is left over.
    """

    people: People
    outcome: Variable
    exposure: str
    per: float
    records: Records
    adjustments: Array
    scale: Scale
    estimated: tuple[float, float]
    rest: Array
    residuals: Array

    @property
    def levels(self) -> tuple[str, ...]:
        """The slopes that these records can show."""
        varies = np.ptp(self.records.departure) > 0
        differs = np.ptp(self.records.mean) > 0
        return tuple(name for name, there in (("within", varies), ("between", differs)) if there)

    def slopes(self, size: float) -> tuple[float, float]:
        """Slopes of this size per `per` units, in the direction that the data show."""
        within, between = (float(np.sign(one) or 1.0) * size / self.per for one in self.estimated)
        return within, between

    def outcomes(self, slopes: tuple[float, float], signs: Array) -> Array:
        """Recorded outcomes on every occasion, each person's residuals with the sign given."""
        linear = self.rest + slopes[0] * self.records.departure + slopes[1] * self.records.mean
        return self.scale.recorded(linear + signs[self.records.person] * self.residuals)

    def true_slopes(self, slopes: tuple[float, float]) -> tuple[float, float]:
        """The slopes of recorded outcomes, within and between persons, by least squares over all that can be drawn, exactly.

        Every occasion has two outcomes that are equally likely, one for each sign.
        """
        both = [self.outcomes(slopes, np.full(len(self.people.ids), sign)) for sign in (1.0, -1.0)]
        design = np.column_stack([self.records.departure, self.records.mean, self.adjustments])
        eligible = self.people.eligible[self.records.person]
        found = np.linalg.lstsq(design[eligible], (0.5 * (both[0] + both[1]))[eligible])[0]
        return float(found[0]), float(found[1])

    def cohort(self, rng: np.random.Generator, slopes: tuple[float, float]) -> Cohort:
        """People drawn with replacement, or whole groups of them, with their exposures, at these slopes."""
        drawn = drawn_units(self.people, rng)
        donors, signs = drawn.donors, drawn.signs
        plus = self.outcomes(slopes, np.ones(len(self.people.ids)))
        minus = self.outcomes(slopes, -np.ones(len(self.people.ids)))
        cohort = self.people.cohort
        tables: dict[str, pd.DataFrame | None] = {"participants": named_units(self.people, drawn)}
        for name in ("visits", "checkins"):
            tables[name] = self._taken(name, donors, signs, plus, minus)
        if self.records.table == "participants":
            own = np.full(len(self.people.ids), np.nan)
            taken = np.where(
                signs[:, None] > 0, *(self._placed(own, one)[donors][:, None] for one in (plus, minus))
            )
            tables["participants"] = tables["participants"].assign(**{self.outcome.name: taken[:, 0]})  # type: ignore[union-attr]
        return Cohort(
            name=f"like {cohort.name}", variables=cohort.variables, measured_by=cohort.measured_by, **tables
        )

    def _placed(self, values: Array, outcomes: Array) -> Array:
        placed = values.copy()
        placed[self.records.row] = outcomes
        return placed

    def _taken(
        self, name: str, donors: Positions, signs: Array, plus: Array, minus: Array
    ) -> pd.DataFrame | None:
        """The donors' rows of a table under their new names, with new outcomes if it holds the records."""
        frame = getattr(self.people.cohort, name)
        if frame is None or (name == "checkins" and self.records.table != "checkins"):
            return None
        order, starts, counts = self._rows[name]
        many = counts[donors]
        drawn = np.repeat(np.arange(len(donors)), many)
        offsets = np.arange(len(drawn)) - np.repeat(np.cumsum(many) - many, many)
        rows = order[np.repeat(starts[donors], many) + offsets]
        if not len(rows):
            return None
        taken = frame.take(rows).reset_index(drop=True)
        taken["participant_id"] = new_ids(len(donors)).take(drawn)
        if name == self.records.table:
            own = frame[self.outcome.name].to_numpy(float, na_value=np.nan)
            up, down = (self._placed(own, one)[rows] for one in (plus, minus))
            taken[self.outcome.name] = np.where(signs[drawn] > 0, up, down)
        return taken

    @cached_property
    def _rows(self) -> dict[str, tuple[Positions, Positions, Positions]]:
        """For each table its rows ordered by donor, where each donor's begin, and how many they are."""
        found = {}
        for name in ("visits", "checkins"):
            frame = getattr(self.people.cohort, name)
            if frame is not None:
                person = pd.Index(self.people.ids).get_indexer(frame["participant_id"].to_numpy(object))
                order = np.argsort(person, kind="stable")
                counts = np.bincount(person[person >= 0], minlength=len(self.people.ids))
                order = order[(person < 0).sum() :]
                found[name] = (order, np.cumsum(counts) - counts, counts)
        return found


def alike_slopes(cohort: Cohort, study: Study, estimand: Estimand) -> AlikeSlopes:
    """Fit what is needed to draw cohorts like this one for an estimand on an exposure.

    Raises `NotAlikeError` where outcome and exposure were never recorded together.
    """
    people = people_of(cohort, study)
    exposure = str(estimand.exposure)
    found = next((one for one in _recorded(people, study, estimand.outcome, exposure) if len(one.row)), None)
    if found is None:
        raise NotAlikeError(f"no visit or check-in records both {estimand.outcome} and {exposure}")
    adjustments = np.column_stack([_levels(found, people), people.covariates[found.person]])
    design = np.column_stack([found.departure, found.mean, adjustments])
    coefficients = np.linalg.lstsq(design, found.outcome)[0]
    own = len(np.unique(found.person))
    # Least squares leaves residuals too small by the coefficients that belong to persons.
    used = min(own - 1, 1 + len(people.arms) + people.covariates.shape[1])
    left = (found.outcome - design @ coefficients) * np.sqrt(own / max(own - used, 1))
    outcome = cohort.variables[estimand.outcome]
    return AlikeSlopes(
        people=people,
        outcome=outcome,
        exposure=exposure,
        per=float(estimand.per or 1.0),
        records=found,
        adjustments=adjustments,
        scale=scale_of(outcome, found.outcome),
        estimated=(float(coefficients[0]), float(coefficients[1])),
        rest=adjustments @ coefficients[2:],
        residuals=left,
    )


def _recorded(people: People, study: Study, outcome: str, exposure: str) -> Iterator[Records]:
    """The complete pairs of each table that holds both, or holds the outcome of people whose exposure is known."""
    cohort = people.cohort
    for table in ("visits", "checkins", "participants"):
        frame = people.participants if table == "participants" else getattr(cohort, table)
        if frame is None or outcome not in frame:
            continue
        person = pd.Index(people.ids).get_indexer(frame["participant_id"].to_numpy(object))
        moment = frame[KEYS[table][-1]].to_numpy(float) if table != "participants" else np.zeros(len(frame))
        if exposure in frame:
            values = frame[exposure].to_numpy(float, na_value=np.nan)
        elif exposure in people.participants:
            own = people.participants[exposure].to_numpy(float, na_value=np.nan)
            values = np.where(person >= 0, own[person], np.nan)
        else:
            continue
        scores = frame[outcome].to_numpy(float, na_value=np.nan)
        both = np.isfinite(scores) & np.isfinite(values) & (person >= 0)
        if table == "visits" and study.weeks:
            both &= np.isin(moment, study.weeks)
        rows = np.flatnonzero(both)
        rows = rows[np.argsort(person[rows], kind="stable")]
        yield Records(table, rows, person[rows], moment[rows], scores[rows], values[rows])


def _levels(found: Records, people: People) -> Array:
    """A level for each arm and visit; with many moments a straight line and its square in each arm."""
    arm = people.arm[found.person]
    moments, which = np.unique(found.moment, return_inverse=True)
    if len(moments) <= MOST_VISITS:
        cells, cell = np.unique(np.column_stack([arm, which.ravel()]), axis=0, return_inverse=True)
        return np.eye(len(cells))[cell.ravel()]
    here = np.eye(len(people.arms))[arm][:, [one in arm for one in range(len(people.arms))]]
    time = (found.moment - moments.mean()) / (float(moments.std()) or 1.0)
    return np.hstack([here, here * time[:, None], here * time[:, None] ** 2])
