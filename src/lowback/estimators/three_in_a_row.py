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
    """Each person's mean at the three moments (people, 3), with it done at the middle one and without; and how many of both there were."""

    people: NDArray[np.generic]
    done: Array
    left: Array
    n_done: int
    n_left: int

    def contrast(self, weights: ArrayLike, of: str = "both") -> dict[str, float]:
        """The mean over people of a weighted sum of the three moments, `of` those "done", those "left", or done less left ("both").

        With Student's t interval of the people less one.
        """
        rows = {"done": self.done, "left": self.left, "both": self.done - self.left}[of]
        own = rows @ np.asarray(weights, dtype=float)
        return student_interval(float(own.mean()), float(own.std(ddof=1) / len(own) ** 0.5), len(own) - 1.0)


def in_a_row(scores: ArrayLike, person: ArrayLike, done: ArrayLike, stratum: ArrayLike) -> InARow:
    """Means of each person over rows of three scores in a row (rows, 3), of those where it was `done` in the middle and those where not.

    Both are compared at the same strata, such as times of day: within a person the rows without it are weighted so that each stratum has the share
    that it has among the rows with it; strata with only one of the two count for nobody. People count once each, however many rows they have.

    Raises `NotEstimable` for fewer than 5 people with both, and for scores that are all the same.
    """
    y, who, has, at = (
        np.asarray(scores, dtype=float),
        np.asarray(person),
        np.asarray(done, dtype=bool),
        np.asarray(stratum),
    )
    check_outcome(y.ravel(), y.size)
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
    return InARow(np.array(people), np.array(with_it), np.array(without), int(count[0]), int(count[1]))
