"""Trials of people in clusters, analysed by clusters, many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.batched.found import Array, Found, found


def clustered_difference(
    outcome: Array,
    baseline: Array | None,
    cluster: NDArray[np.intp],
    arm_of_cluster: NDArray[np.intp],
    compared: tuple[int, int] = (1, 0),
) -> Found:
    """Difference between the mean clusters of two arms by Student's t on clusters, each counting alike.

    `outcome` and `baseline` have a row a trial and a column a person, missing as NaN; `cluster` is each person's, from 0. With a
    baseline, clusters' means are brought to equal baseline by the slope among people of one cluster. One variance between
    clusters' means serves for all arms.

    Donner & Klar 2000, Design and analysis of cluster randomization trials in health research, ch. 7;
    Hayes & Moulton 2017, Cluster randomised trials, 2nd ed., ch. 10-11.
    """
    known = np.isfinite(outcome) if baseline is None else np.isfinite(outcome) & np.isfinite(baseline)
    belongs = np.eye(len(arm_of_cluster))[cluster]
    count = known @ belongs
    with np.errstate(divide="ignore", invalid="ignore"):
        y = (np.where(known, outcome, 0.0) @ belongs) / count
        if baseline is not None:
            x = (np.where(known, baseline, 0.0) @ belongs) / count
            dx = np.where(known, baseline - x[:, cluster], 0.0)
            dy = np.where(known, outcome - y[:, cluster], 0.0)
            slope = np.einsum("tp,tp->t", dx, dy) / np.einsum("tp,tp->t", dx, dx)
            y = y - slope[:, None] * x
        return _student(y, arm_of_cluster, compared)


def _student(means: Array, arm: NDArray[np.intp], compared: tuple[int, int]) -> Found:
    """Student's t with one variance for all arms; a cluster without anybody is missing."""
    known = np.isfinite(means)
    belongs = np.eye(int(arm.max()) + 1)[arm]
    count = known @ belongs
    of_arm = (np.where(known, means, 0.0) @ belongs) / count
    apart = np.where(known, means - of_arm[:, arm], 0.0)
    df = count.sum(axis=1) - (count > 0).sum(axis=1)
    variance = np.einsum("tc,tc->t", apart, apart) / df
    one, other = compared
    factor = 1 / count[:, one] + 1 / count[:, other]
    return found(of_arm[:, one] - of_arm[:, other], np.sqrt(variance * factor), df)
