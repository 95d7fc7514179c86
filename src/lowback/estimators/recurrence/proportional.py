"""Does a hazard ratio stay the same over time?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from lowback.estimators.recurrence.counting import Array, AtRisk
from lowback.estimators.recurrence.hazard import HazardFit
from lowback.estimators.recurrence.risk_sets import risk_sets


def constant_ratio_test(fit: HazardFit, at_risk: AtRisk, design: ArrayLike) -> tuple[Array, Array]:
    """Score tests that each log hazard ratio does not change in a straight line over time: chi-squared on 1 df, and p.

    A small p speaks against one ratio for all times; NaN where all events are of one time, or else nothing is left to tell a line by.
    Events are taken for independent given the columns.

    Grambsch & Therneau 1994, Biometrika 81:515-526 (the exact score test, as `cox.zph` of R's survival since 3.0).
    """
    x = np.asarray(design, dtype=float)
    x = x - x.mean(axis=0)
    sets = risk_sets(at_risk, x, fit.coefficients)
    times = np.concatenate([one.time[one.at] for one in sets.strata])
    spread = np.concatenate([one.spread for one in sets.strata])
    late = times - times.mean()
    of_events, means = [], []
    for one in sets.strata:
        event = one.rows[at_risk.event[one.rows]]
        order = np.argsort(at_risk.stop[event], kind="stable")
        of_events.append(x[event][order])
        means.append(one.mean)
    residuals = np.concatenate(of_events) - np.concatenate(means)
    score = late @ residuals
    own, cross, late2 = spread.sum(axis=0), np.tensordot(late, spread, 1), np.tensordot(late**2, spread, 1)
    solved = np.linalg.solve(own, cross)
    left = late2.diagonal() - np.einsum("ij,ij->j", cross, solved)
    tells = left > 1e-12 * late2.diagonal()
    statistic = np.where(tells, score**2 / np.where(tells, left, 1.0), np.nan)
    return statistic, np.asarray(special.chdtrc(1, statistic))
