"""Sums of squares of a series and its design, whitened for residuals that fade from day to day and partly do not last.

    residual[t] = state[t] + blip[t],  Cov(state[t], state[t+k]) = v share memory^k,  Var(blip) = v (1 - share)

`share` 1 is a first-order autoregression (nlme's corAR1), less adds what lasts a day only (corExp with a nugget). The filter has
one number as its state, so that many persons and many pairs of memory and share run side by side.
Harvey 1989, Forecasting, Structural Time Series Models and the Kalman Filter, ch. 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Whitened:
    """What generalised least squares needs, for each series and pair of memory and share.

    `products` (series, pair, columns, columns) are those of the design's columns and, last, the outcome; `log_determinant`
    (series, pair) is that of the residuals' correlation; `count` (series) are the days with a score.
    """

    products: Array
    log_determinant: Array
    count: Array


def whitened(outcome: Array, design: Array, memory: Array, share: Array) -> Whitened:
    """Outcome (series, day), NaN where missing, and design (series, day, column), at each pair of memory and share."""
    series, days = outcome.shape
    columns = np.concatenate([design, np.nan_to_num(outcome)[:, :, None]], axis=2)
    seen = ~np.isnan(outcome)
    width, pairs = columns.shape[2], len(memory)
    products = np.zeros((series, pairs, width, width))
    log_determinant = np.zeros((series, pairs))
    state = np.zeros((series, pairs, width))
    spread = np.broadcast_to(share, (series, pairs)).copy()
    for day in range(days):
        here = seen[:, day]
        if here.any():
            total = spread[here] + (1 - share)
            news = columns[here, day, None, :] - state[here]
            scaled = news / np.sqrt(total)[:, :, None]
            products[here] += scaled[:, :, :, None] * scaled[:, :, None, :]
            log_determinant[here] += np.log(total)
            state[here] += (spread[here] / total)[:, :, None] * news
            spread[here] *= (1 - share) / total
        state *= memory[:, None]
        spread = memory**2 * spread + share * (1 - memory**2)
    return Whitened(products, log_determinant, seen.sum(axis=1).astype(float))
