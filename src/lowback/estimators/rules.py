"""What a rule would be worth by which something is done where a score is high enough: doubly robust, and honest about choosing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from lowback.estimators import NotEstimable
from lowback.estimators.clustered import ClusteredFit, clustered_least_squares
from lowback.estimators.designs import Array, conditioned
from lowback.estimators.logistic import logistic_maximum

FOLDS = 5
# The best rule is chosen in so many of the parts and valued in the others.
CHOOSING = 2
# Moments whose chance of the exposure lies outside are left out: nobody like that is seen without it, or with it.
OVERLAP = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Pseudo:
    """For each moment what the outcome would be without and with the exposure, unbiased over moments, not at any one of them.

    `fold` is that of the moment's person, whose record took no part in the regressions that were used for it; `chance` is that of
    the exposure, `overlaps` whether it is far enough from 0 and 1.
    """

    without: Array
    with_it: Array
    chance: Array
    fold: NDArray[np.intp]

    @property
    def overlaps(self) -> NDArray[np.bool_]:
        """Whether both could well have been."""
        return np.asarray((self.chance > OVERLAP[0]) & (self.chance < OVERLAP[1]))


def pseudo_outcomes(
    outcome: ArrayLike,
    exposure: ArrayLike,
    person: ArrayLike,
    score: ArrayLike,
    history: ArrayLike,
    *,
    seed: int,
    chance: float | None = None,
) -> Pseudo:
    """Doubly robust outcomes of each moment: the regression's, plus its residual over the chance of what was done.

    One row a moment: `exposure` 0 or 1, `score` what a rule looks at, `history` (rows, k) what the exposure may have answered to.
    The outcome's regression (linear, the exposure's effect a parabola in the score) and the chance's (logistic, unless it is known) are
    made from the people of the other folds. The mean is right where either regression is.

    Raises `NotEstimable` for fewer than two people a fold and for what the logistic regression refuses.

    Robins, Rotnitzky & Zhao 1994, J Am Stat Assoc 89:846-866; Chernozhukov et al. 2018, Econom J 21:C1-C68 (folds).
    """
    y, a, s = (np.asarray(one, dtype=float) for one in (outcome, exposure, score))
    codes = np.unique(np.asarray(person), return_inverse=True)[1]
    people = int(codes.max()) + 1
    if people < 2 * FOLDS:
        raise NotEstimable(f"{people} people; allowed {2 * FOLDS} or more, two in each of {FOLDS} parts")
    fold = (np.random.default_rng(seed).permutation(people) % FOLDS)[codes]
    x = np.column_stack([np.ones(len(y)), np.asarray(history, dtype=float)])
    means, chances = np.empty((2, len(y))), np.full(len(y), np.nan if chance is None else chance)
    about = s - s.mean()
    for one in range(FOLDS):
        rest, here = fold != one, fold == one
        if chance is None:
            chances[here] = _chances(a[rest], x[rest], x[here])
        coefficients = np.linalg.lstsq(_outcome_columns(x, a, about)[rest], y[rest])[0]
        for had in (0, 1):
            means[had, here] = (_outcome_columns(x, np.full(len(y), float(had)), about) @ coefficients)[here]
    residual = y - np.where(a == 1, means[1], means[0])
    return Pseudo(
        without=means[0] + np.where(a == 0, residual / (1 - chances), 0.0),
        with_it=means[1] + np.where(a == 1, residual / chances, 0.0),
        chance=chances,
        fold=fold,
    )


def clustered_mean(values: Array, person: ArrayLike) -> ClusteredFit:
    """The mean over moments, with an error that holds however those of a person hang together."""
    return clustered_least_squares(values, np.ones((len(values), 1)), person, names=["mean"])


def honest_threshold(
    pseudo: Pseudo, score: ArrayLike, thresholds: Sequence[float], *, fewer_is_better: bool
) -> tuple[float, NDArray[np.bool_]]:
    """The threshold that is best in some people, and which moments are those of the others, in whom it may be valued.

    A rule has the exposure where the score is at least the threshold. Moments without overlap take no part in choosing. Choosing and
    valuing are not swapped: the sums of both ways would hang together, and their interval be too narrow where no rule is any better.

    Zhang, Tsiatis, Laber & Davidian 2012, Biometrics 68:1010-1018 (value search); Athey & Imbens 2016, Proc Natl Acad Sci
    113:7353-7360 (honesty).
    """
    s = np.asarray(score, dtype=float)
    gain = (pseudo.with_it - pseudo.without) * (-1 if fewer_is_better else 1)
    choosing = pseudo.fold < CHOOSING
    here = pseudo.overlaps & choosing
    gains = [float(gain[here & (s >= one)].sum()) for one in thresholds]
    return float(thresholds[int(np.argmax(gains))]), ~choosing


def _chances(exposure: Array, design: Array, wanted: Array) -> Array:
    well = conditioned(design, [f"history {one}" for one in range(design.shape[1])])
    try:
        maximum = logistic_maximum(exposure, well.columns)
    except NotEstimable as refused:
        raise NotEstimable(
            "what was recorded before tells moments with the exposure from those without, or too few had it to say"
        ) from refused
    return np.asarray(expit(wanted @ (well.back @ maximum)))


def _outcome_columns(history: Array, exposure: Array, score: Array) -> Array:
    effects = exposure[:, None] * np.column_stack([np.ones(len(score)), score, score**2])
    return np.column_stack([history, score, score**2, effects])
