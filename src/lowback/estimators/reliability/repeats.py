"""The error of one reading from people read at several occasions, of which some may be missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from lowback.estimators import NotEstimable
from lowback.estimators.reliability.bounds import Bounded


def error_of_repeats(readings: ArrayLike) -> Bounded:
    """The SD of readings around what person and occasion make of them (persons x occasions; NaN: not read), with its 95 % interval.

    The residual of least squares on persons and occasions, missing readings left out; persons read once tell nothing. The interval is that of chi-squared
    with readings less persons less occasions plus 1 degrees of freedom: exact under normal errors of one variance.

    de Vet, Terwee, Knol & Bouter 2006, J Clin Epidemiol 59:1033-1039 (standard error of measurement, consistency).
    """
    table = np.asarray(readings, dtype=float)
    table = table[np.isfinite(table).sum(axis=1) > 1]
    table = table[:, np.isfinite(table).any(axis=0)]
    seen = np.isfinite(table)
    person, occasion = np.nonzero(seen)
    columns = (occasion[:, None] == np.arange(1, table.shape[1])).astype(float)
    both = np.column_stack([table[seen], columns])
    means = np.column_stack([np.bincount(person, one) for one in both.T]) / seen.sum(axis=1)[:, None]
    left = both - means[person]
    fitted, _, rank, _ = np.linalg.lstsq(left[:, 1:], left[:, 0], rcond=None)
    df = len(person) - len(table) - int(rank)
    if df < 1:
        raise NotEstimable(f"{len(table)} persons read twice or more leave no readings to tell error by")
    variance = float(((left[:, 0] - left[:, 1:] @ fitted) ** 2).sum()) / df
    if variance <= 1e-24 * float((table[seen] ** 2).mean()):
        raise NotEstimable("repeated readings do not differ; there is no error to estimate")
    low, high = (df * variance / float(chdtri(df, share)) for share in (0.025, 0.975))
    return Bounded(variance**0.5, low**0.5, high**0.5, float(df))
