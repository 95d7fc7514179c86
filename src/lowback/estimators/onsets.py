"""What one series does around the onsets of another, against onsets moved round in time.

Two slow series that have nothing to do with each other look related: moments are no independent witnesses, and shuffling days does
away with what makes them so. Two guards are used together. The series looked at is reduced to its news, what its own
line and its day before did not foretell; and the other's onsets are moved round in time as a whole, by another number of days in
each person, so that they keep their distances.

Yule 1926, J R Stat Soc 89:1-63; Theiler et al. 1992, Physica D 58:77-94 (surrogates); Ebisuzaki 1997, J Climate 10:2147-2153.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]

DRAWS, CHUNK = 1999, 100


@dataclass(frozen=True, eq=False)
class Curve:
    """A mean by lag in days from an onset, with what moved onsets give.

    `estimate` and its 95 % interval (people resampled in mind: linearised, t; NaN where one person alone has scores) stand beside `null` and the band from `band_low` to `band_high`,
    which moved onsets leave at any lag in 5 of 100 cohorts; `p_value` is of the largest departure over all lags.
    """

    lags: NDArray[np.intp]
    estimate: Array
    std_error: Array
    null: Array
    band_low: Array
    band_high: Array
    p_value: float


@dataclass(frozen=True)
class Window:
    """The mean of the means at several lags less what moved onsets give, with a t interval over people and the p-value of moved onsets."""

    estimate: float
    std_error: float
    df: float
    p_value: float


@dataclass(frozen=True, eq=False)
class OnsetStudy:
    """`level` is the series around its person's line, `news` what its own past did not foretell; windows are of the news."""

    onsets: int
    people: int
    memory: float
    level: Curve
    news: Curve
    before: Window
    same_day: Window
    after: Window


def onset_days(series: ArrayLike, rise: float, quiet: int = 3, whole: ArrayLike = True) -> NDArray[np.bool_]:
    """The days (person, day) on which a series lies `rise` or more above the person's median, after `quiet` days on which it did not.

    Of the quiet days one at least must have a score, and none may be that high. A missing score is no onset, nor is a day that is not `whole`.
    """
    values = np.asarray(series, dtype=float)
    with np.errstate(all="ignore"):
        usual = np.array(
            [np.median(one[~np.isnan(one)]) if (~np.isnan(one)).any() else np.nan for one in values]
        )
    # A sum such as 2.9 + 0.1 may fall short of 3 by rounding.
    high = values >= usual[:, None] + rise - 1e-9
    seen = ~np.isnan(values)
    was_seen, was_high = np.zeros_like(high), np.zeros_like(high)
    for back in range(1, quiet + 1):
        was_seen[:, back:] |= seen[:, :-back]
        was_high[:, back:] |= high[:, :-back]
    return np.asarray(high & was_seen & ~was_high & np.asarray(whole))


def around_lines(series: ArrayLike) -> Array:
    """A series (person, day) around each person's straight line over time; NaN where missing or with fewer than three days."""
    values = np.asarray(series, dtype=float)
    seen = ~np.isnan(values)
    day = np.where(seen, np.arange(values.shape[1]), 0.0)
    count = np.maximum(seen.sum(axis=1), 1)[:, None]
    middle = day.sum(axis=1, keepdims=True) / count
    level = np.nansum(values, axis=1, keepdims=True) / count
    away = np.where(seen, day - middle, 0.0)
    spread = (away**2).sum(axis=1, keepdims=True)
    slope = np.nansum(away * values, axis=1, keepdims=True) / np.where(spread > 0, spread, 1)
    rest = values - level - slope * away
    return np.where(seen.sum(axis=1)[:, None] >= 3, rest, np.nan)


def news_of(rest: Array) -> tuple[Array, float]:
    """What the day before does not foretell of a series around its line, by the memory of all people together, and that memory."""
    # A memory of each person's own would take part of what happens around their onsets for memory.
    now, before = rest[:, 1:], rest[:, :-1]
    both = ~np.isnan(now) & ~np.isnan(before)
    squares = (before[both] ** 2).sum()
    if not squares > 0:
        raise NotEstimable("the series does not vary from day to day within people")
    memory = float((now * before)[both].sum() / squares)
    news = np.full_like(rest, np.nan)
    news[:, 1:] = now - memory * before
    return news, memory


def onset_study(
    leading: ArrayLike,
    following: ArrayLike,
    *,
    rise: float,
    whole: tuple[ArrayLike, ArrayLike] = (True, True),
    reach: int = 7,
    window: int = 3,
    quiet: int = 3,
    seed: int,
) -> OnsetStudy:
    """What `following` does in the `reach` days around onsets of `leading` (each person, day; NaN where missing).

    Windows are the `window` days before, the day itself, and the `window` days after. Days of either series that are not `whole` tell of medians,
    lines and quiet days alone: half a day is high more often than a whole one, and lasts less. Raises `NotEstimable` for fewer
    than two people with an onset, a series that does not vary, or a diary that is no longer than the days looked at.
    """
    lead, follow = _series(leading, following, reach)
    onset = onset_days(lead, rise, quiet, whole[0])
    rest = np.where(np.asarray(whole[1]), around_lines(follow), np.nan)
    news, memory = news_of(rest)
    people = onset.any(axis=1) & (~np.isnan(news)).any(axis=1)
    if people.sum() < 2:
        raise NotEstimable(
            f"{onset.sum()} onsets in {people.sum()} people; two people with an onset are needed"
        )
    rng = np.random.default_rng(seed)
    shifts = rng.integers(0, lead.shape[1], (DRAWS, int(people.sum())))
    lags = np.arange(-reach, reach + 1)
    level, of_news = (_sums(onset[people], one[people], reach) for one in (rest, news))
    level_null, news_null = (_moved(*one, shifts) for one in (level, of_news))
    return OnsetStudy(
        onsets=int(onset[people].sum()),
        people=int(people.sum()),
        memory=memory,
        level=_curve(lags, level, level_null),
        news=_curve(lags, of_news, news_null),
        before=_window(of_news, news_null, (lags < 0) & (lags >= -window)),
        same_day=_window(of_news, news_null, lags == 0),
        after=_window(of_news, news_null, (lags > 0) & (lags <= window)),
    )


def _series(leading: ArrayLike, following: ArrayLike, reach: int) -> tuple[Array, Array]:
    """Both series as numbers, refused where their shapes differ or the days are too few."""
    lead, follow = np.asarray(leading, dtype=float), np.asarray(following, dtype=float)
    if lead.ndim != 2 or lead.shape != follow.shape or lead.shape[1] <= 2 * reach + 1:
        raise NotEstimable(
            f"series of shapes {lead.shape} and {follow.shape}; allowed: one row a person, more than {2 * reach + 1} days"
        )
    return lead, follow


# Sums and counts by person, shift and lag; shift 0 is the series as it was.
_Sums = tuple[Array, Array]


def _sums(onset: NDArray[np.bool_], series: Array, reach: int) -> _Sums:
    people, days = series.shape
    padded = np.full((people, days + 2 * reach), np.nan)
    padded[:, reach : reach + days] = series
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1)
    seen = ~np.isnan(windows)
    values, counts = np.where(seen, windows, 0.0), seen.astype(float)
    total, count = np.zeros_like(values), np.zeros_like(values)
    for person, day in np.argwhere(onset):
        total[person] += np.roll(values[person], -day, axis=0)
        count[person] += np.roll(counts[person], -day, axis=0)
    return total, count


def _moved(total: Array, count: Array, shifts: NDArray[np.intp]) -> _Sums:
    """The sums over people for each draw of shifts (draw, lag)."""
    rows = np.arange(total.shape[0])
    parts = [
        (total[rows, some].sum(axis=1), count[rows, some].sum(axis=1))
        for some in np.array_split(shifts, -(-len(shifts) // CHUNK))
    ]
    return np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])


def _curve(lags: NDArray[np.intp], sums: _Sums, null: _Sums) -> Curve:
    total, count = sums[0][:, 0].sum(axis=0), sums[1][:, 0].sum(axis=0)
    if not (count > 0).all():
        raise NotEstimable(f"no score lies {lags[int(np.argmin(count))]:+d} days from an onset")
    estimate = total / count
    parts = sums[0][:, 0] - estimate * sums[1][:, 0]
    people = len(parts)
    error = np.sqrt((parts**2).sum(axis=0) * people / (people - 1)) / count
    # One person alone shows no scatter.
    error[(sums[1][:, 0] > 0).sum(axis=0) < 2] = np.nan
    drawn = null[0] / np.maximum(null[1], 1)
    centre, spread = drawn.mean(axis=0), np.maximum(drawn.std(axis=0), 1e-300)
    largest = np.abs((drawn - centre) / spread).max(axis=1)
    reach = float(np.quantile(largest, 0.95))
    observed = float(np.abs((estimate - centre) / spread).max())
    return Curve(
        lags=lags,
        estimate=estimate,
        std_error=error,
        null=centre,
        band_low=centre - reach * spread,
        band_high=centre + reach * spread,
        p_value=float((1 + (largest >= observed).sum()) / (1 + len(largest))),
    )


def _window(sums: _Sums, null: _Sums, which: NDArray[np.bool_]) -> Window:
    near = int((sums[1][:, 0, which].sum(axis=1) > 0).sum())
    if near < 2:
        raise NotEstimable(f"{near} people have scores near their onsets; two are needed")
    # Lags count alike: were scores to, the lag next to an onset would count the more the more days are missing.
    which = which & (sums[1][:, 0].sum(axis=0) > 0)
    total, count = sums[0][:, 0, which], sums[1][:, 0, which]
    counts = count.sum(axis=0)
    means = total.sum(axis=0) / counts
    drawn = (null[0][:, which] / np.maximum(null[1][:, which], 1)).mean(axis=1)
    parts, people, mean = ((total - means * count) / counts).mean(axis=1), len(total), float(means.mean())
    error = float(np.sqrt((parts**2).sum() * people / (people - 1)))
    beyond = np.abs(drawn - drawn.mean()) >= abs(mean - drawn.mean()) - 1e-12
    return Window(
        mean - float(drawn.mean()), error, people - 1.0, float((1 + beyond.sum()) / (1 + len(drawn)))
    )


def window_interval(window: Window) -> tuple[float, float]:
    """The 95 % t interval of a window."""
    half = float(special.stdtrit(window.df, 0.975)) * window.std_error
    return window.estimate - half, window.estimate + half
