"""Effects that differ between people, as far as scores of an arm spread further, or less far, than its comparator's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# How far the standard deviations of two arms may be thought to differ before the data are seen (of the logarithm of their ratio).
USUAL = 0.15


def fit_stretch(left: Array, arm: NDArray[np.intp], base: int, arms: int) -> Array:
    """How many times as far scores of each arm spread around what is foretold as those of the comparator, (arms,).

    `left` are residuals, (people, visits), NaN where missing. The logarithm of the ratio, its mean over visits, is pulled towards
    zero by its standard error, so that few people show little: the posterior mean under a normal prior, which is as wide as the
    data show that it must be.

    Empirical Bayes: Efron & Morris 1973, J Am Stat Assoc 68:117-130.
    """
    found = np.ones(arms)
    for at in range(arms):
        logs = [
            _log_ratio(left[arm == at, visit], left[arm == base, visit]) for visit in range(left.shape[1])
        ]
        known = np.array([one for one in logs if one is not None]).reshape(-1, 2)
        if at != base and len(known):
            log, variance = known.mean(axis=0)
            prior = max(USUAL**2, log**2 - variance)
            found[at] = float(np.exp(log * prior / (prior + variance)))
    return found


def _log_ratio(one: Array, other: Array) -> tuple[float, float] | None:
    """The logarithm of the ratio of two standard deviations and its variance; None where either cannot be told."""
    seen = [values[np.isfinite(values)] for values in (one, other)]
    if min(map(len, seen)) < 3 or min(values.std() for values in seen) <= 0:
        return None
    sds = [values.std(ddof=1) for values in seen]
    return float(np.log(sds[0] / sds[1])), sum(0.5 / (len(values) - 1) for values in seen)
