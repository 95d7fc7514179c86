"""What one series has of news around onsets of the other, in many people who miss no check-in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.course import SLOTS_A_DAY
from lowback.simulate.doubles import Doubles
from lowback.simulate.handing_on import SERIES, nothing_in_common, recorded_series
from lowback.simulate.interventions import NOTHING
from lowback.simulate.parameters import SimulationError
from lowback.simulate.population import Array
from lowback.simulate.scenario import Scenario

# Blocks of 256 people, each with some onsets in 84 days.
BLOCKS = 60
QUIET_DAYS = 3
WINDOWS = {"before": (-3, -2, -1), "same day": (0,), "after": (1, 2, 3)}
"""Days from an onset over which news is averaged, as a report has them."""


def news_around_onsets(scenario: Scenario, exposure: str, rise: float) -> dict[str, float]:
    """The mean news of the other series on the days of each window around onsets of `exposure`, in NRS points.

    An onset is a day on which the exposure, as recorded, lies `rise` or more above the person's median after three days on which it did not. News
    is the other series, as recorded, around the person's straight line through twelve weeks, less what its day before foretells by the slope of one day on
    the day before in everybody; both by day, as the mean of morning and evening; each day of a window counts alike. A line that onsets themselves have
    moved a little is part of what is asked. Where the two have nothing in common it is 0 on every day.
    """
    if nothing_in_common(scenario.values):
        return dict.fromkeys(WINDOWS, 0.0)
    leading, rests = zip(*_days(scenario, exposure), strict=True)
    onset, rest = onsets(np.concatenate(leading), rise), np.concatenate(rests)
    if not onset.any():
        raise SimulationError(f"{exposure} never rises by {rise:g} points within days in this scenario")
    news = rest[:, 1:] - _foretold(rest) * rest[:, :-1]
    return {name: _mean_at(onset[:, 1:], news, lags) for name, lags in WINDOWS.items()}


def onsets(days: Array, rise: float) -> NDArray[np.bool_]:
    """The days (person, day) so high above the person's median whose three days before were not; none on the first three."""
    high = days >= np.median(days, axis=1, keepdims=True) + rise - 1e-9
    first = high.copy()
    first[:, :QUIET_DAYS] = False
    for back in range(1, QUIET_DAYS + 1):
        first[:, back:] &= ~high[:, :-back]
    return first


def _days(scenario: Scenario, exposure: str) -> Iterator[tuple[Array, Array]]:
    """By block: the exposure by day, and the other series by day around each person's line."""
    leads = SERIES.index(exposure)
    for number in range(BLOCKS):
        people = Doubles(scenario, scenario.values, number)
        series = recorded_series(people, people.under(NOTHING))
        yield _by_day(series[leads]), around_lines(_by_day(series[1 - leads]))


def around_lines(days: Array) -> Array:
    """What each person's straight line through all days leaves of a series (person, day)."""
    line = np.vander(np.arange(days.shape[1]), 2)
    return np.asarray(days - days @ line @ np.linalg.pinv(line))


def _by_day(slots: Array) -> Array:
    return np.asarray(slots.reshape(len(slots), -1, SLOTS_A_DAY).mean(axis=2))


def _foretold(rest: Array) -> float:
    """The slope of a day on the day before."""
    now, before = rest[:, 1:], rest[:, :-1]
    return float((now * before).sum() / (before**2).sum())


def _mean_at(onset: NDArray[np.bool_], news: Array, lags: tuple[int, ...]) -> float:
    """The mean over these days from an onset of their mean news, over all that lie within the diary."""
    person, day = np.nonzero(onset)
    found = []
    for lag in lags:
        there = (day + lag >= 0) & (day + lag < news.shape[1])
        found.append(news[person[there], day[there] + lag].mean())
    return float(np.mean(found))
