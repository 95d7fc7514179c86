"""From which value on does what was done count? A threshold with its interval, from what happened later in the same person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.designs import ROUNDING
from lowback.estimators.intervals import student_interval

Array = NDArray[np.float64]
SIGNS, LEVEL, FEWEST_DONE, FEWEST_ROWS = 999, 0.05, 4, 8


@dataclass(frozen=True, eq=False)
class Thresholds:
    """For each candidate threshold, sums over each person's rows: of what counts by it, and of that with the outcome.

    `squares` (people, thresholds, thresholds) and `products` (people, thresholds) are of what has counted so far beyond what was to be
    expected of the person, and of the outcome, both without the mean of each time and each person's own level and line over time. `now_squares`,
    `now_products` and `now_shared` (people, thresholds) are of the occasions themselves, likewise without mean and line: with themselves,
    with the outcome at the same row, before they can act, and with what has counted so far.
    """

    thresholds: Array
    squares: Array
    products: Array
    now_squares: Array
    now_products: Array
    now_shared: Array

    @property
    def people(self) -> int:
        """How many people the sums are of."""
        return len(self.products)

    def effect(self, place: int) -> dict[str, float]:
        """The outcome per occasion that reaches a threshold, against one that does not; errors leave each person out."""
        return _interval(*(_with_each_left_out(one[:, place]) for one in (self.products, self.own_squares)))

    def at_once(self, place: int) -> dict[str, float]:
        """By how much the outcome differs at the row of an occasion that reaches a threshold: before the occasion, so by nothing it did.

        At equal counts of earlier occasions that reached it: the coefficient of the occasion beside that of the count. Left alone, it would show a
        share of what the occasion did later, since a person's level and line are drawn through later rows too.
        """
        columns = (self.now_products, self.now_squares, self.now_shared, self.products, self.own_squares)
        product, square, shared, later, counted = (_with_each_left_out(one[:, place]) for one in columns)
        return _interval(product * counted - later * shared, square * counted - shared**2)

    def interval(self, seed: int) -> tuple[float, float]:
        """The ends of the 95 % set of thresholds: all candidates where no effect at any of them is shown."""
        if self.none_at_all(seed) >= LEVEL:
            return float(self.thresholds[0]), float(self.thresholds[-1])
        kept = self.as_good(seed) >= LEVEL
        kept[self.best] = True
        return float(self.thresholds[kept][0]), float(self.thresholds[kept][-1])

    @property
    def own_squares(self) -> Array:
        """Of each person and threshold (people, thresholds), the square of what has counted so far by it."""
        return np.asarray(self.squares.diagonal(axis1=1, axis2=2))

    @property
    def best(self) -> int:
        """The place of the threshold that explains most."""
        return int((self.products.sum(axis=0) ** 2 / self.squares.sum(axis=0).diagonal()).argmax())

    def none_at_all(self, seed: int) -> float:
        """The p-value of the largest effect over all thresholds, were there none at any."""
        return _largest(self.products, seed)

    def as_good(self, seed: int) -> Array:
        """For each threshold the p-value that no other explains anything beside it; those of 0.05 and more are its 95 % set."""
        return np.array([_largest(self._beside(place), seed) for place in range(len(self.thresholds))])

    def _beside(self, place: int) -> Array:
        """Each person's score of every other threshold at equal counts by this one."""
        total = self.squares.sum(axis=0)
        share = total[:, place] / total[place, place]
        effect = self.products[:, place].sum() / total[place, place]
        left = self.products - effect * self.squares[:, :, place]
        scores = left - share * left[:, [place]]
        return np.delete(scores, place, axis=1)


def counted_by_threshold(
    person: ArrayLike, time: ArrayLike, outcome: ArrayLike, done: ArrayLike, thresholds: ArrayLike
) -> Thresholds:
    """What each person's occasions at or above a threshold do to the outcome from the next row on, and for good.

    One row a person and time (in days), in order; `done` is the value of what was done at that row (NaN: nothing), which counts at later rows only. Of
    each occasion what is expected of the person, a straight line over their occasions, is taken off, so that persons who do
    everything longer, or do so more and more, tell nothing by it; of all this and of the outcome the mean of each time and each person's
    level and line; where people have hours of their own, so that nobody shares a time, the mean is that of the day. People with fewer than 4 occasions or 8 rows are left out.

    Raises `NotEstimable` where fewer than 5 people are left, their outcomes never leave their lines, no occasion of theirs differs in
    reaching a threshold, or all do so strictly by turns.

    Boruvka et al. 2018, J Am Stat Assoc 113:1112-1121 (centring what was done); Hansen 1996, Econometrica 64:413-430 (tests over
    thresholds); Hansen 2000, Econometrica 68:575-603 (an interval from tests).
    """
    values, grid = np.asarray(done, dtype=float), np.asarray(thresholds, dtype=float)
    who, when, y = np.asarray(person), np.asarray(time, dtype=float), np.asarray(outcome, dtype=float)
    counts = np.unique(who, return_inverse=True)[1]
    enough = (np.bincount(counts, np.isfinite(values)) >= FEWEST_DONE) & (np.bincount(counts) >= FEWEST_ROWS)
    kept = enough[counts]
    if enough.sum() < 5:
        raise NotEstimable(f"{enough.sum()} people did it {FEWEST_DONE} times or more; 5 are needed")
    code = np.unique(counts[kept], return_inverse=True)[1].astype(np.intp)
    values, when, y = values[kept], when[kept], y[kept]
    now, so_far = _beyond_expected(code, values, grid)
    # Taken off the outcome alone, the mean of so many people would take as large a part of any effect with it.
    rows = _without_line(code, when, _without_mean(_shared(when), np.column_stack([y, so_far, now])))
    own, (counted, now) = rows[:, :1], np.split(rows[:, 1:], 2, axis=1)
    if np.abs(own).max() <= ROUNDING * np.abs(y).max():
        raise NotEstimable(
            "the outcome of nobody leaves the mean of all and a line of the own, so that nothing could be told of it"
        )
    starts = np.flatnonzero(np.concatenate([[True], np.diff(code) > 0]))
    pairs = (counted[:, :, None] * counted[:, None, :], counted * own, now**2, now * own, now * counted)
    found = Thresholds(grid, *(np.add.reduceat(one, starts) for one in pairs))
    square, counted, shared = (
        one.sum(axis=0) for one in (found.now_squares, found.own_squares, found.now_shared)
    )
    if (counted <= 1e-9).any():
        raise NotEstimable("no person's occasions differ in whether they reach every one of these thresholds")
    if (shared**2 >= (1 - 1e-9) * square * counted).any():
        raise NotEstimable(
            "everybody's occasions reach a threshold by turns, so that one cannot be told from those before it"
        )
    return found


def _with_each_left_out(sums: Array) -> Array:
    """The total over people, then that without each of them."""
    return np.append(sums.sum(), sums.sum() - sums)


def _interval(above: Array, below: Array) -> dict[str, float]:
    """The first ratio, with the interval that the others, without each person, give (jackknife)."""
    ratio, left = above[0] / below[0], above[1:] / below[1:]
    error = float(np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum()))
    return student_interval(float(ratio), error, float(len(left) - 1))


def _beyond_expected(code: NDArray[np.intp], values: Array, grid: Array) -> tuple[Array, Array]:
    """Whether the occasion of each row reached each threshold, beyond a line over the person's occasions; and how many before it did."""
    is_done = np.isfinite(values)
    reached = (values[is_done, None] >= grid).astype(float)
    order = np.arange(is_done.sum(), dtype=float)
    beyond = np.zeros((len(values), len(grid)))
    beyond[is_done] = _without_line(code[is_done], order, reached)
    total = np.cumsum(beyond, axis=0) - beyond
    first = np.flatnonzero(np.concatenate([[True], np.diff(code) > 0]))
    return beyond, np.asarray(total - total[first][code])


def _without_line(code: NDArray[np.intp], time: Array, rows: Array) -> Array:
    """Each person's rows less their own straight line over time."""
    starts = np.flatnonzero(np.concatenate([[True], np.diff(code) > 0]))
    size = np.diff(np.append(starts, len(code)))[:, None]
    late = time[:, None] - (np.add.reduceat(time[:, None], starts) / size)[code]
    level = rows - (np.add.reduceat(rows, starts) / size)[code]
    spread = np.add.reduceat(late**2, starts)
    slope = np.add.reduceat(late * level, starts) / np.where(spread > 0, spread, 1.0)
    return np.asarray(level - late * slope[code])


def _shared(time: Array) -> Array:
    """The time where most rows share theirs with another, else its day: a mean of one row is that row, and would leave nothing of it."""
    _, which, count = np.unique(time, return_inverse=True, return_counts=True)
    return time if np.median(count[which]) > 1 else np.floor(time + 1e-9)


def _without_mean(time: Array, rows: Array) -> Array:
    """Each row less the mean of all rows of its time."""
    when = np.unique(time, return_inverse=True)[1]
    count = np.bincount(when)
    return np.column_stack([one - (np.bincount(when, one) / count)[when] for one in rows.T])


def _largest(scores: Array, seed: int) -> float:
    """The p-value of the largest standardised sum of scores, by giving each person's scores a random sign."""
    size = np.sqrt((scores**2).sum(axis=0))
    usable = size > 1e-9 * size.max() if size.size else size > 0
    if not usable.any():
        return 1.0
    scaled = scores[:, usable] / size[usable]
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (SIGNS, len(scaled)))
    seen = np.abs(scaled.sum(axis=0)).max()
    return float((1 + (np.abs(signs @ scaled).max(axis=1) >= seen).sum()) / (SIGNS + 1))
