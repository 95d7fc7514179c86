"""The waves of two series as the panel model reads them: scaled, and gathered by who has which of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]

FEWEST_WAVES = 3
SERIES = ("first", "second")


@dataclass(frozen=True, eq=False)
class Waves:
    """Everything that the likelihood needs of the data, in units of `scale` around `centre` (one of each a series).

    Column 2 t + k is series k at wave t. A row a pattern: people of one group who have the same columns; `seen` says which,
    `count` how many people, `means` (0 where not seen) and `scatter` (mean cross-products around them) what they scored.
    `rows` are the people's own scores (0 where not seen) and `pattern` the row of the pattern that each has.
    """

    n_people: int
    n_waves: int
    centre: Array
    scale: Array
    group: NDArray[np.intp]
    n_groups: int
    seen: NDArray[np.bool_]
    count: Array
    means: Array
    scatter: Array
    rows: Array
    pattern: NDArray[np.intp]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return 2 * self.n_waves

    def without(self, person: int) -> Waves:
        """The same waves, in the same units, of everybody but one person (a place in `rows`).

        Raises `NotEstimable` for a wave, or two neighbouring ones, that nobody else has.
        """
        rows = np.where(self.seen[self.pattern], self.rows, np.nan)
        kept = np.arange(self.n_people) != person
        _refuse_pairs_never_seen(~np.isnan(rows[kept]), self.n_waves)
        return _gathered(rows[kept], self.group[self.pattern][kept], self.centre, self.scale)


def read_waves(first: ArrayLike, second: ArrayLike, groups: ArrayLike | None = None) -> Waves:
    """Two series with a row a person and a column a wave, NaN where missing; `groups` has a label a person.

    People without any score are left out. Raises `NotEstimable` for fewer than three waves, a series that does not vary,
    a wave without any score, or two waves of which nobody has both.
    """
    series = [np.asarray(one, dtype=float) for one in (first, second)]
    if series[0].ndim != 2 or series[0].shape != series[1].shape:
        raise NotEstimable(
            f"series of shapes {series[0].shape} and {series[1].shape}; allowed: one row a person, one column a wave"
        )
    people, waves = series[0].shape
    if waves < FEWEST_WAVES:
        raise NotEstimable(
            f"{waves} waves: levels of persons and lags need {FEWEST_WAVES} or more with equal lags"
        )
    if np.isinf(series).any():
        raise NotEstimable("a score is infinite; allowed: finite numbers, NaN where missing")
    labels = np.zeros(people, dtype=np.intp) if groups is None else np.unique(groups, return_inverse=True)[1]
    centre, scale = _centre_and_scale(series)
    rows = np.stack([(one - c) / s for one, c, s in zip(series, centre, scale, strict=True)], axis=2)
    rows = rows.reshape(people, 2 * waves)
    kept = ~np.isnan(rows).all(axis=1)
    _refuse_pairs_never_seen(~np.isnan(rows[kept]), waves)
    return _gathered(rows[kept], labels[kept], centre, scale)


def _centre_and_scale(series: list[Array]) -> tuple[Array, Array]:
    for name, one in zip(SERIES, series, strict=True):
        if np.isfinite(one).sum() < 2 or np.nanstd(one) == 0:
            raise NotEstimable(f"the {name} series does not vary")
    return np.array([np.nanmean(one) for one in series]), np.array([np.nanstd(one) for one in series])


def _refuse_pairs_never_seen(seen: NDArray[np.bool_], waves: int) -> None:
    together = seen.astype(float).T @ seen.astype(float)
    named = [f"the {SERIES[at % 2]} series at wave {at // 2 + 1}" for at in range(2 * waves)]
    for at in np.flatnonzero(np.diag(together) == 0):
        raise NotEstimable(f"nobody has {named[at]}")
    for one, other in np.argwhere(together == 0):
        # The lags rest on neighbouring waves; of others some pairs may be missing.
        if 0 < other - one <= 3:
            raise NotEstimable(f"nobody has both {named[one]} and {named[other]}")


def _gathered(rows: Array, labels: NDArray[np.intp], centre: Array, scale: Array) -> Waves:
    """The rows summed up by group and pattern of missing scores."""
    seen = ~np.isnan(rows)
    key = np.column_stack([labels, seen])
    distinct, pattern = np.unique(key, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    filled = np.where(seen, rows, 0.0)
    count = np.bincount(pattern, minlength=len(distinct)).astype(float)
    means = np.zeros((len(distinct), rows.shape[1]))
    np.add.at(means, pattern, filled)
    means /= count[:, None]
    rest = np.where(seen, filled - means[pattern], 0.0)
    scatter = np.zeros((len(distinct), rows.shape[1], rows.shape[1]))
    order = np.argsort(pattern, kind="stable")
    for at, members in enumerate(np.split(order, np.cumsum(count.astype(int))[:-1])):
        scatter[at] = rest[members].T @ rest[members] / len(members)
    return Waves(
        n_people=len(rows),
        n_waves=rows.shape[1] // 2,
        centre=centre,
        scale=scale,
        group=distinct[:, 0].astype(np.intp),
        n_groups=int(labels.max()) + 1,
        seen=distinct[:, 1:].astype(bool),
        count=count,
        means=means,
        scatter=scatter,
        rows=filled,
        pattern=pattern,
    )
