"""How an outcome goes with an exposure within people, beside how it does between them: fifths of people by what they usually have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.clustered import clustered_least_squares
from lowback.estimators.intervals import student_interval
from lowback.outcomes.occasions import MOST_VISITS, Occasions
from lowback.outcomes.scores import Array

# Fewer people would point at somebody, and tell nothing of a slope.
FEWEST, PARTS = 8, 5
LEVEL = "by usual exposure"
Row = tuple[dict[str, object], dict[str, object]]


def own_line_rows(found: Occasions, per: float) -> Iterator[Row]:
    """For each fifth of people by their mean exposure: their mean outcome (people count alike), and the slope within them per `per` of the exposure.

    Means have Student's t intervals over people, in the outcome's unit. Slopes are least squares with a level for each person and
    each visit (a line over time where moments are many), with errors that hold however a person's occasions hang together (CR2). People with one
    occasion have no slope. Nothing where a fifth has fewer than 8 people or nobody has two occasions.

    Robinson 1950, Am Sociol Rev 15:351-357 (what holds between people need not hold within them).
    """
    codes = np.unique(found.person, return_inverse=True)[1]
    counts = np.bincount(codes)
    usual, level = (np.bincount(codes, one) / counts for one in (found.exposures, found.scores))
    fifths = np.array_split(np.argsort(usual, kind="stable"), PARTS)
    if min(map(len, fifths)) < FEWEST or counts.max() < 2:
        return
    outcome, exposure = str(found.outcome.unit), str(found.exposure.unit)
    for number, fifth in enumerate(fifths, 1):
        scores, at = level[fifth], float(usual[fifth].mean())
        error = float(scores.std(ddof=1)) / len(fifth) ** 0.5
        mean = student_interval(float(scores.mean()), error, len(fifth) - 1.0)
        words = f"fifth {number} of {PARTS} by usual {found.exposure.label}"
        key = {"level": LEVEL, "at": at, "fifth": number}
        row = {
            "term": f"{words}, mean",
            "unit": outcome,
            "n_participants": len(fifth),
            **mean,
            "p_value": np.nan,
        }
        yield row, {**key, "statistic": "usual"}
        try:
            slope, people = _own_slope(found, np.isin(codes, fifth) & (counts[codes] > 1), per)
        except NotEstimable:
            continue
        row = {"term": f"{words}, slope within people", "unit": f"{outcome} per {per:g} {exposure}", **slope}
        yield {**row, "n_participants": people}, {**key, "statistic": "own slope"}


def _own_slope(found: Occasions, kept: np.ndarray, per: float) -> tuple[dict[str, float], int]:
    """The slope within the people of these occasions at equal time, and how many they are."""
    person = found.person[kept]
    time = _time(found.moment[kept])
    names = ["exposure", *(f"time {one}" for one in range(time.shape[1]))]
    columns = np.column_stack([found.exposures[kept] / per, time])
    fit = clustered_least_squares(found.scores[kept], columns, person, names=names, own_levels=True)
    return fit.interval([1.0]), len(np.unique(person))


def _time(moment: Array) -> Array:
    """A column for each visit but the first, or the moment itself where there are many."""
    moments = np.unique(moment)
    if len(moments) > MOST_VISITS:
        return moment[:, None] - moment.mean()
    return np.asarray((moment[:, None] == moments[1:]).astype(float))
