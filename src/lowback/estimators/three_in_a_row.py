"""Three moments in a row, something done at the middle one or not: each person's means, and their contrasts over people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.designs import check_outcome
from lowback.estimators.intervals import student_interval

Array = NDArray[np.float64]
FEWEST_PEOPLE = 5
# The middle against both sides, the way there and back, what is left over afterwards, and what was there before.
AGAINST_BOTH, THERE, BACK, LEFT_OVER, BEFORE = (
    (-0.5, 1.0, -0.5),
    (-1.0, 1.0, 0.0),
    (0.0, -1.0, 1.0),
    (-1.0, 0.0, 1.0),
    (1.0, 0.0, 0.0),
)


@dataclass(frozen=True, eq=False)
class InARow:
    """Each person's mean at the three moments (people, 3), with it done at the middle one and without; and how many of both there were.

    `earlier` (people) is by how much more often it was done two moments before the middle one in the former than in the latter.
    """

    people: NDArray[np.generic]
    done: Array
    left: Array
    earlier: Array
    n_done: int
    n_left: int

    def contrast(self, weights: ArrayLike, of: str = "both") -> dict[str, float]:
        """The mean over people of a weighted sum of the three moments, `of` those "done", those "left", or done less left ("both").

        With Student's t interval. Done less left is the height at none of a line over `earlier`, since among a person's few moments
        those with it have fewer others with it around them (Miller & Sanjurjo 2018), and what these left behind is no effect of it.
        """
        rows = {"done": self.done, "left": self.left, "both": self.done - self.left}[of]
        own = rows @ np.asarray(weights, dtype=float)
        return _height_at_none(own, self.earlier if of == "both" else np.zeros(len(own)))


def in_a_row(
    scores: ArrayLike, person: ArrayLike, done: ArrayLike, stratum: ArrayLike, earlier: ArrayLike
) -> InARow:
    """Means of each person over rows of three scores in a row (rows, 3), of those where it was `done` in the middle and those where not.

    Both are compared at the same strata, such as times of day: within a person the rows without it are weighted so that each stratum has the share
    that it has among the rows with it; strata with only one of the two count for nobody. People count once each, however many rows they have.
    `earlier` is whether it was done two moments before the middle one, as 1 or 0; NaN (not recorded) counts as the person's mean.

    Raises `NotEstimable` for fewer than 5 people with both, and for scores that are all the same.
    """
    three = np.asarray(scores, dtype=float)
    check_outcome(three.ravel(), three.size)
    who, has, at = (np.asarray(person), np.asarray(done, dtype=bool), np.asarray(stratum))
    y = np.column_stack([three, _filled(who, np.asarray(earlier, dtype=float))])
    people, with_it, without, count = [], [], [], np.zeros(2, dtype=int)
    for one in np.unique(who):
        own = who == one
        cells = [
            (y[own & has & (at == level)], y[own & ~has & (at == level)]) for level in np.unique(at[own])
        ]
        cells = [(here, there) for here, there in cells if len(here) and len(there)]
        if not cells:
            continue
        share = np.array([len(here) for here, _ in cells], dtype=float)
        means = [np.array([cell[side].mean(axis=0) for cell in cells]) for side in (0, 1)]
        people.append(one)
        with_it.append(share @ means[0] / share.sum())
        without.append(share @ means[1] / share.sum())
        count += [sum(len(cell[side]) for cell in cells) for side in (0, 1)]
    if len(people) < FEWEST_PEOPLE:
        raise NotEstimable(
            f"{len(people)} people with three moments in a row both with and without it in the middle at the same time of day; "
            f"allowed: {FEWEST_PEOPLE} or more"
        )
    means = [np.array(one) for one in (with_it, without)]
    more = means[0][:, 3] - means[1][:, 3]
    return InARow(np.array(people), means[0][:, :3], means[1][:, :3], more, int(count[0]), int(count[1]))


def _filled(person: NDArray[np.generic], values: Array) -> Array:
    """The values, with the mean of the person's others where one is missing, and 0 where all are."""
    code = np.unique(person, return_inverse=True)[1]
    known = np.isfinite(values)
    means = np.bincount(code, np.where(known, values, 0.0)) / np.maximum(np.bincount(code, known), 1)
    return np.where(known, values, means[code])


def _height_at_none(own: Array, beside: Array) -> dict[str, float]:
    """Where the least-squares line of people's values over what stands beside them has its height at 0; where that is alike in all, their mean."""
    late = beside - beside.mean()
    spread, slopes = float(late @ late), int((late**2).sum() > 1e-12)
    slope = float(late @ own) / spread if slopes else 0.0
    df = len(own) - 1.0 - slopes
    rest = own - own.mean() - slope * late
    share = 1 / len(own) + (float(beside.mean()) ** 2 / spread if slopes else 0.0)
    error = float(np.sqrt((rest**2).sum() / df * share))
    return student_interval(float(own.mean() - slope * beside.mean()), error, df)
