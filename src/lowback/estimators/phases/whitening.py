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
# So many series at a time: what a day of theirs needs stays near the processor, and memory does not grow with people.
BLOCK = 32


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
    blocks = [slice(start, start + BLOCK) for start in range(0, len(outcome), BLOCK)]
    products, log_determinants = zip(
        *(_of_block(outcome[one], design[one], memory, share) for one in blocks), strict=True
    )
    count = (~np.isnan(outcome)).sum(axis=1).astype(float)
    return Whitened(np.concatenate(products), np.concatenate(log_determinants), count)


def _of_block(outcome: Array, design: Array, memory: Array, share: Array) -> tuple[Array, Array]:
    """Products and log-determinants of a few series."""
    series, days = outcome.shape
    columns = np.concatenate([design, np.nan_to_num(outcome)[:, :, None]], axis=2)
    seen = ~np.isnan(outcome)
    width, pairs = columns.shape[2], len(memory)
    scaled = np.zeros((series, pairs, days, width))
    log_determinant = np.zeros((series, pairs))
    state = np.zeros((series, pairs, width))
    spread = np.broadcast_to(share, (series, pairs)).copy()
    for day in range(days):
        # A day without a score tells nothing: its news has no weight, and what was known stays.
        here = seen[:, day, None]
        total = np.where(here, spread + (1 - share), 1.0)
        news = columns[:, day, None, :] - state
        scaled[:, :, day] = news * (here / np.sqrt(total))[:, :, None]
        log_determinant += np.log(total)
        state += (np.where(here, spread, 0.0) / total)[:, :, None] * news
        spread = np.where(here, spread * ((1 - share) / total), spread)
        state *= memory[:, None]
        spread = memory**2 * spread + share * (1 - memory**2)
    return np.swapaxes(scaled, 2, 3) @ scaled, log_determinant
