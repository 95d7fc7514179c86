"""Estimates of contrasts with standard errors, degrees of freedom, tests and intervals, whatever model they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]

DfMethod = Literal[
    "satterthwaite",
    "kenward-roger",
    "kenward-roger-linear",
    "between-within",
    "residual",
    "normal",
    "CR0",
    "CR2",
    "CR3",
]


@dataclass(frozen=True, eq=False)
class Inference:
    """One row a contrast: estimate, standard error, degrees of freedom (infinite: normal), t, two-sided p, interval."""

    estimate: Array
    std_error: Array
    df: Array
    statistic: Array
    p_value: Array
    conf_low: Array
    conf_high: Array


@dataclass(frozen=True)
class JointTest:
    """A test that several contrasts are all zero; F with `df_num` and `df_den` degrees of freedom."""

    statistic: float
    df_num: float
    df_den: float
    p_value: float


def infer(estimate: ArrayLike, std_error: ArrayLike, df: ArrayLike, level: float = 0.95) -> Inference:
    """t tests against zero and intervals at `level` for contrasts with these standard errors and degrees of freedom."""
    values, errors = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float)
    freedom = np.broadcast_to(np.asarray(df, dtype=float), values.shape).copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = values / errors
    # What scipy.stats.t rests on, without its checks, which take as long as many a fit.
    share, far, normal = 0.5 + level / 2, -np.abs(statistic), np.isinf(freedom)
    half = np.where(normal, special.ndtri(share), special.stdtrit(freedom, share)) * errors
    p_value = 2 * np.where(normal, special.ndtr(far), special.stdtr(freedom, far))
    return Inference(values, errors, freedom, statistic, p_value, values - half, values + half)
