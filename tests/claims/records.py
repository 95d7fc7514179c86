"""The tables of a simulated cohort, as the naive analyses read them, and the plain statistics that they use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from answers import Finding
from numpy.typing import NDArray

from lowback.simulate import Simulated

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Records:
    """A cohort's records with one row a person, in the order of `people`; what was not recorded is NaN."""

    simulated: Simulated

    @cached_property
    def people(self) -> pd.DataFrame:
        """The participants' table, by participant."""
        return self.simulated.participants.set_index("participant_id")

    def person(self, column: str) -> Array:
        """A column of the participants' table."""
        return self.people[column].to_numpy(float, na_value=np.nan)

    def visit(self, column: str) -> Array:
        """A column of the visits (person, weeks 0, 4, 8 and 12)."""
        visits = self.simulated.visits
        values = np.full((len(self.people), 4), np.nan)
        values[self._rows(visits), (visits["weeks"] / 4).to_numpy(int)] = visits[column].to_numpy(
            float, na_value=np.nan
        )
        return values

    def checkin(self, column: str) -> Array:
        """A column of the check-ins (person, check-in from day 0)."""
        checkins, a_day = self.simulated.checkins, self.simulated.made_by.design.checkins_a_day
        values = np.full((len(self.people), 84 * a_day), np.nan)
        moment = np.rint(a_day * checkins["days"].to_numpy()).astype(int)
        values[self._rows(checkins), moment] = checkins[column].to_numpy(float, na_value=np.nan)
        return values

    @cached_property
    def fall(self) -> Array:
        """How much back pain fell from baseline to week 12 (NRS points)."""
        pain = self.visit("pain_nrs")
        return np.asarray(pain[:, 0] - pain[:, 3])

    def in_arm(self, *arms: str) -> NDArray[np.bool_]:
        """Who is in one of these arms."""
        return np.asarray(self.people["arm"].isin(arms))

    def _rows(self, table: pd.DataFrame) -> NDArray[np.intp]:
        return self.people.index.get_indexer(table["participant_id"])


def slope(y: Array, x: Array, *others: Array) -> Finding:
    """The coefficient of x in a least-squares regression of y on it and others, over all rows as if they were independent."""
    columns = np.column_stack([np.asarray(one, float).ravel() for one in (y, x, *others)])
    columns = columns[np.isfinite(columns).all(axis=1)]
    design = np.column_stack([columns[:, 1:], np.ones(len(columns))])
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ columns[:, 0]
    df = len(columns) - design.shape[1]
    residuals = columns[:, 0] - design @ coefficients
    error = np.sqrt(residuals @ residuals / df * inverse[0, 0])
    return Finding.by_t(float(coefficients[0]), float(error), df)


def difference(first: Array, second: Array) -> Finding:
    """Welch's interval for the mean of the first less that of the second."""
    samples = [one[np.isfinite(one)] for one in (first.ravel(), second.ravel())]
    parts = [one.var(ddof=1) / len(one) for one in samples]
    error2 = sum(parts)
    df = error2**2 / sum(part**2 / (len(one) - 1) for part, one in zip(parts, samples, strict=True))
    return Finding.by_t(float(samples[0].mean() - samples[1].mean()), float(np.sqrt(error2)), float(df))


def mean(values: Array) -> Finding:
    """A mean with its t interval."""
    values = values[np.isfinite(values)]
    return Finding.by_t(
        float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), len(values) - 1
    )


def share(flags: NDArray[np.bool_], against: float) -> Finding:
    """By how much a share exceeds a proportion, with the normal interval."""
    found = float(flags.mean())
    return Finding.by_t(found - against, float(np.sqrt(max(found * (1 - found), 1e-9) / flags.size)), np.inf)


def own(values: Array) -> Array:
    """Departures from each person's own mean."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(
            values - np.nansum(values, axis=1, keepdims=True) / np.isfinite(values).sum(axis=1, keepdims=True)
        )


def means(values: Array) -> Array:
    """Each person's mean of what was recorded."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nansum(values, axis=1) / np.isfinite(values).sum(axis=1))
