"""The difference of two shares at equal stratum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lowback.estimators import NotEstimable
from lowback.estimators.proportions import Proportion, Z


def mantel_haenszel(counts: ArrayLike) -> Proportion:
    """The share of the first group less that of the second, strata weighted by how many people of both they compare.

    `counts` has a row a stratum: count and people of the first group, count and people of the second. The standard error holds for few strata of many
    people and for many of few; the interval is normal. Strata with one group only compare nobody.

    Mantel & Haenszel 1959, J Natl Cancer Inst 22:719-748; Sato 1989, Biometrics 45:1323-1324 (standard error).
    """
    a, n, c, m = np.asarray(counts, dtype=float).T
    both = (n > 0) & (m > 0)
    if not both.any():
        raise NotEstimable("no stratum has people of both groups")
    a, n, c, m = (one[both] for one in (a, n, c, m))
    total = n + m
    weight = (n * m / total).sum()
    found = float((a * m / total - c * n / total).sum() / weight)
    slant = (c * (n / total) ** 2 - a * (m / total) ** 2 + n * m * (m - n) / total**2 / 2).sum()
    spread = ((a * (m - c) + c * (n - a)) / total).sum() / 2
    error = float(np.sqrt(max(found * slant + spread, 0.0))) / float(weight)
    return Proportion(found, error, max(-1.0, found - Z * error), min(1.0, found + Z * error))
