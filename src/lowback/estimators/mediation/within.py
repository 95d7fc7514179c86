"""The slope of an outcome on a mediator within persons, over several visits, from means and covariances alone.

Whatever lasts in a person (a stiff hip, a low mood, a true level far from what was read at baseline) drops out with the person's own
mean, and every visit beyond the first adds to what is known. Error in the mediator makes such a slope too small by more than a
slope between persons; its variance, once a visit, is taken off the covariances before.
Griliches & Hausman 1986, J Econometrics 31:93-118.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators.mediation.moments import Array, block


@dataclass(frozen=True)
class Visits:
    """The columns of a mediator and of the outcome at the same visits, and those that both are adjusted for at each of them."""

    mediator: tuple[int, ...]
    outcome: tuple[int, ...]
    adjusted: tuple[int, ...]


def slope_within(covariance: Array, visits: Visits) -> Array:
    """The outcome's rise per unit of the mediator, both about the person's mean over the visits; leading axes count replicates.

    At equal values of what is adjusted for, which may act otherwise at each visit; NaN where nothing is left of the mediator.
    Least squares with a level for each person and each visit, where nothing is missing and nothing was taken off the covariances.
    """
    count = len(visits.mediator)
    rest = _unexplained(covariance, visits.adjusted, [*visits.mediator, *visits.outcome])
    about_own_mean = np.eye(count) - 1 / count
    own = np.einsum("vw,...wv->...", about_own_mean, rest[..., :count, :count])
    crossed = np.einsum("vw,...wv->...", about_own_mean, rest[..., :count, count:])
    return np.divide(crossed, own, out=np.full(own.shape, np.nan), where=own > 0)


def _unexplained(covariance: Array, by: tuple[int, ...], columns: list[int]) -> Array:
    """The covariances of columns that others leave unexplained."""
    across = block(covariance, by, columns)
    slopes = np.linalg.solve(block(covariance, by, by), across)
    return np.asarray(block(covariance, columns, columns) - across.swapaxes(-1, -2) @ slopes)
