"""Where the search begins: from the variances, the instantaneous correlation and the memory that the series show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.lead.diaries import Diaries
from lowback.estimators.lead.likelihood import Model
from lowback.estimators.lead.process import Bounds, point_at

Array = NDArray[np.float64]


def bounds_of(series: Diaries, known_error: tuple[float, float]) -> Bounds:
    """Ups and downs may fade so slowly that half the span leaves most of them, and so fast that a gap leaves a thirtieth."""
    passed = series.gaps[series.gaps > 0]
    if not len(passed):
        raise NotEstimable("nobody has two moments")
    shortest = float(np.quantile(passed[np.searchsorted(passed, np.sort(_used(series)))], 0.1))
    return Bounds(0.5 / series.span, max(3.5 / shortest, 5 / series.span), known_error)


def _used(series: Diaries) -> Array:
    """The gap before every step that is there."""
    days = series.gaps[series.gap][series.known.any(axis=0)]
    return np.asarray(days[days > 0])


def starting_points(model: Model) -> Array:
    """Points (size, P) that differ in memory and reliability; all have the spread and correlation of the series."""
    rest, spread = _ups_and_downs(model.series)
    sd = np.sqrt(np.array([_mean_square(one) for one in rest]))
    if not (sd > 1e-6).all():
        raise NotEstimable("a series does not move around what is taken out of it")
    both = ~np.isnan(rest).any(axis=0)
    correlation = float((rest[0][both] * rest[1][both]).mean() / (sd[0] * sd[1])) if both.any() else 0.0
    low, high = model.bounds.slowest, model.bounds.fastest
    rates = [low * (high / low) ** share for share in (0.35, 0.55, 0.75)]
    pairs = [(one, one * factor) for one in rates for factor in (0.7, 1.4)]
    points = []
    for pair in pairs:
        for reliable in ((0.5, 0.5), (0.8, 0.8), (0.8, 0.5), (0.5, 0.8)):
            latent = correlation / np.sqrt(reliable[0] * reliable[1])
            points.append(point_at(sd, np.array(reliable), latent, np.array(pair), model.bounds))
    columns = np.array(points).T
    more = [np.zeros((1, columns.shape[1]))] if model.free_night else []
    if model.has_random_levels:
        more.append(np.repeat(np.append(np.log(spread), 0.3)[:, None], columns.shape[1], axis=1))
    return np.concatenate([columns, *more])


def _ups_and_downs(series: Diaries) -> tuple[Array, Array]:
    """Both series less each person's mean, NaN where unknown (2, steps, people), and the spread of the means (2,)."""
    counts = np.maximum(series.known.sum(axis=1), 1)
    means = series.values.sum(axis=1) / counts
    rest = np.where(series.known, series.values - means[:, None], np.nan)
    if series.level == "own line":
        line = series.columns[0, 2]
        of_line = np.where(series.known, line, 0.0)
        centred = np.where(series.known, of_line - (of_line.sum(axis=1) / counts)[:, None], 0.0)
        slope = np.nansum(rest * centred, axis=1) / np.maximum((centred**2).sum(axis=1), 1e-9)
        rest = rest - slope[:, None] * np.where(series.known, centred, np.nan)
    return rest, np.maximum(means.std(axis=1), 1e-3)


def _mean_square(values: Array) -> float:
    return float(np.nanmean(values**2))
