"""How far two arms lie apart at baseline, in standard deviations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import chdtri, stdtrit


def difference_of_means(first: pd.Series, second: pd.Series) -> float | None:
    """The first mean minus the second, over the root mean square of the two standard deviations.

    None where an arm has fewer than two values or neither varies although the means differ.

    Austin 2009, Stat Med 28:3083-3107, doi:10.1002/sim.3697.
    """
    if min(len(first), len(second)) < 2:
        return None
    difference = float(first.mean() - second.mean())
    if first.nunique() == second.nunique() == 1:
        return 0.0 if first.iloc[0] == second.iloc[0] else None
    return difference / float(np.sqrt((first.var() + second.var()) / 2))


def difference_of_levels(first: pd.Series, second: pd.Series) -> float | None:
    """How far the shares of the levels lie apart (0 or more): a Mahalanobis distance between two multinomials.

    With two levels it is the size of the difference in proportions over the root mean square of sqrt(p (1 - p)). None
    where an arm is empty or the arms have no level in common, where the distance has no bound.

    Yang & Dalton 2012, SAS Global Forum, paper 335-2012.
    """
    if first.empty or second.empty or not set(first) & set(second):
        return None
    levels = sorted({*first, *second})
    # The shares add up to one, so one level says nothing that the others do not.
    shares = [one.value_counts(normalize=True).reindex(levels[1:], fill_value=0.0) for one in (first, second)]
    p, q = (share.to_numpy(float) for share in shares)
    if len(levels) == 1:
        return 0.0
    covariance = sum(np.diag(share) - np.outer(share, share) for share in (p, q)) / 2
    return float(np.sqrt((p - q) @ np.linalg.solve(covariance, p - q)))


def reach_of_means(first: int, second: int) -> float | None:
    """How far from 0, either way, 95 of 100 standardised differences of means lie if chance alone divides people into arms of these sizes.

    Over arms of one size the standardised difference is Student's t times the root of 1/n1 + 1/n2; None with fewer than two people in one.
    Allocation in strata or by minimisation leaves less to chance.

    Hedges & Olkin 1985, Statistical methods for meta-analysis, ch. 5 (the distribution of standardised differences).
    """
    if min(first, second) < 2:
        return None
    return float(stdtrit(first + second - 2, 0.975) * np.sqrt(1 / first + 1 / second))


def reach_of_levels(levels: int, first: int, second: int) -> float | None:
    """The same of a category of so many levels, whose difference has no sign: 95 of 100 lie between 0 and this.

    Its square over 1/n1 + 1/n2 is chi-squared with one degree of freedom fewer than levels, about so with some five people a level in each arm.
    """
    if min(first, second) < 2 or levels < 2:
        return None
    return float(np.sqrt(chdtri(levels - 1, 0.05) * (1 / first + 1 / second)))
