"""What something done at a moment does to what comes next: weighted and centred least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from lowback.estimators import NotEstimable
from lowback.estimators.clustered import ClusteredFit, clustered_least_squares
from lowback.estimators.designs import Array, conditioned
from lowback.estimators.logistic import logistic_maximum


@dataclass(frozen=True, eq=False)
class Chance:
    """The chance of the exposure at each moment.

    Where it is estimated, `columns` are those of its regression (rows, k) and `influence` what each person adds to their
    coefficients (people, k); both are empty where the chance is known.
    """

    values: Array
    columns: Array
    influence: Array


def known_chance(values: ArrayLike) -> Chance:
    """Chances that the design fixed, one a moment; refused where one is not between 0 and 1."""
    chance = np.asarray(values, dtype=float)
    wrong = ~((chance > 0) & (chance < 1))
    if wrong.any():
        raise NotEstimable(f"chance {chance[wrong][0]:g} at {wrong.sum()} moments; allowed between 0 and 1")
    return Chance(chance, np.empty((len(chance), 0)), np.empty((0, 0)))


def estimated_chance(
    exposure: ArrayLike, history: ArrayLike, person: ArrayLike, *, names: Sequence[str]
) -> Chance:
    """Chances by a logistic regression of the exposure (0 or 1) on what was recorded before it, a column a name.

    An intercept must be among the columns. Raises `NotEstimable` for dependent columns and for separation.
    """
    a = np.asarray(exposure, dtype=float)
    well = conditioned(np.asarray(history, dtype=float), names)
    x, codes = well.columns, np.unique(np.asarray(person), return_inverse=True)[1]
    chance = expit(x @ logistic_maximum(a, x))
    information = (x * (chance * (1 - chance))[:, None]).T @ x
    scores = np.zeros((codes.max() + 1, x.shape[1]))
    np.add.at(scores, codes, x * (a - chance)[:, None])
    return Chance(chance, x, np.linalg.solve(information, scores.T).T)


def centred_effects(
    outcome: ArrayLike,
    exposure: ArrayLike,
    person: ArrayLike,
    chance: Chance,
    *,
    controls: ArrayLike,
    moderators: ArrayLike,
    names: Sequence[str],
    control_names: Sequence[str],
) -> ClusteredFit:
    """The effect of the exposure at a moment on what follows, by moderators: outcome = controls + (exposure - share) moderators.

    One row a moment at which the exposure could be had; `exposure` is 0 or 1, `moderators` (an intercept among them, a column
    a name of `names`) may have been moved by earlier exposure, and so may `controls`, which only take up noise. The first coefficients are those
    of the moderators: the effect, over whatever else was recorded, of one moment's exposure with all later ones as they were. Rows
    weigh the share exposed over their chance, so that a chance that varies with the record does no harm.

    Raises `NotEstimable` where an estimated chance comes so near to 0 or 1 that a row would weigh without bound, and for what
    `clustered_least_squares` refuses.

    Boruvka, Almirall, Witkiewitz & Murphy 2018, J Am Stat Assoc 113:1112-1121, doi:10.1080/01621459.2017.1305274.
    """
    a, f = np.asarray(exposure, dtype=float), np.asarray(moderators, dtype=float)
    if not np.isin(a, (0.0, 1.0)).all():
        raise NotEstimable("the exposure of a moment is 0 or 1")
    share = float(chance.values.mean())
    had = np.where(a == 1, chance.values, 1 - chance.values)
    if had.min() < 1e-6:
        raise NotEstimable(f"an exposure that was had with a chance of {had.min():.2g} weighs without bound")
    weights = np.where(a == 1, share, 1 - share) / had
    design = np.column_stack([(a - share)[:, None] * f, np.asarray(controls, dtype=float)])
    fit = clustered_least_squares(outcome, design, person, names=[*names, *control_names], weights=weights)
    if not chance.columns.shape[1]:
        return fit
    residuals = np.asarray(outcome, dtype=float) - design @ fit.coefficients
    pull = -(design * (weights * residuals * (a - chance.values))[:, None]).T @ chance.columns
    # The scores of `fit` stand in its turned columns, design @ back.
    return replace(fit, scores=fit.scores + chance.influence @ (fit.back.T @ pull).T)
