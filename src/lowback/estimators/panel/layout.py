"""Where each parameter of the panel model stands, and the covariance of the waves that they imply.

    x[i,t] = mu_x[t] + person_x[i] + x*[i,t] + error,   y[i,t] = mu_y[t] + person_y[i] + y*[i,t] + error
    x*[i,t] = a x*[i,t-1] + b y*[i,t-1] + u,            y*[i,t] = c x*[i,t-1] + d y*[i,t-1] + v

Persons' levels covary freely, as do x* and y* at the first wave and u and v at each later one; errors have known variances.
Hamaker, Kuiper & Grasman 2015, Psychol Methods 20:102-116.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.panel.likelihood import Numbers
from lowback.estimators.panel.waves import SERIES, Array

PAIRS = ((0, 0), (0, 1), (1, 1))
# (row, column) of the lags: which series is foretold, and by which.
Lag = tuple[int, int]
LAGS: tuple[Lag, ...] = ((0, 0), (0, 1), (1, 0), (1, 1))
# Matrix of the model, row, column, parameter.
Place = tuple[int, int, int, int]
BETWEEN, LAGGED, FRESH = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Layout:
    """The parameters' names and the entries of the model's matrices in which each stands; `error` by column."""

    n_waves: int
    names: tuple[str, ...]
    places: NDArray[np.intp]
    error: Array

    def matrices(self, values: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Covariance of levels (2 x 2), lags and fresh covariances (each 2 T x 2 T)."""
        width, kind = 2 * self.n_waves, np.asarray(values).dtype
        found = (
            np.zeros((2, 2), dtype=kind),
            np.zeros((width, width), dtype=kind),
            np.zeros((width, width), dtype=kind),
        )
        for which, matrix in enumerate(found):
            here = self.places[self.places[:, 0] == which]
            matrix[here[:, 1], here[:, 2]] = values[here[:, 3]]
        return found

    def within(self, values: Numbers) -> tuple[Numbers, Numbers]:
        """How what is fresh spreads over later waves, and the covariance of x* and y* over all waves."""
        _, lags, fresh = self.matrices(values)
        spread = np.linalg.inv(np.eye(2 * self.n_waves) - lags)
        return spread, spread @ fresh @ spread.T

    def covariance(self, values: Numbers) -> Numbers:
        """The covariance of the waves."""
        between = self.matrices(values)[0]
        return self.within(values)[1] + np.tile(between, (self.n_waves, self.n_waves)) + np.diag(self.error)

    def gradient(self, values: Numbers, by_sigma: Numbers) -> Numbers:
        """The derivative by the parameters, from that by each entry of the covariance (or from a stack of such)."""
        spread, within = self.within(values)
        split = by_sigma.reshape(*by_sigma.shape[:-2], self.n_waves, 2, self.n_waves, 2)
        by_matrix = (
            split.sum(axis=(-4, -2)),
            2 * spread.T @ by_sigma @ within,
            spread.T @ by_sigma @ spread,
        )
        found = np.zeros((*by_sigma.shape[:-2], len(self.names)), dtype=by_sigma.dtype)
        for which, row, column, at in self.places:
            found[..., at] += by_matrix[which][..., row, column]
        return found


def panel_layout(
    n_waves: int,
    error: Array,
    *,
    equal_lags: bool = True,
    equal_innovations: bool = False,
    without: Collection[Lag] = (),
) -> Layout:
    """The layout for so many waves; `error` has a variance a series, `without` are lags that are zero."""
    names: list[str] = []
    places: list[Place] = []

    def add(name: str, matrix: int, *entries: tuple[int, int]) -> None:
        if name not in names:
            names.append(name)
        places.extend((matrix, row, column, names.index(name)) for row, column in entries)

    for i, j in PAIRS:
        add(f"levels {_pair(i, j)}", BETWEEN, *{(i, j), (j, i)})
    for i, j in PAIRS:
        add(f"wave 1 {_pair(i, j)}", FRESH, *{(i, j), (j, i)})
    for wave in range(1, n_waves):
        at, before = 2 * wave, 2 * wave - 2
        lag_place = "" if equal_lags else f" at wave {wave + 1}"
        for i, j in LAGS:
            if (i, j) not in without:
                add(f"{SERIES[i]} on {SERIES[j]}{lag_place}", LAGGED, (at + i, before + j))
        place = "later waves" if equal_innovations else f"wave {wave + 1}"
        for i, j in PAIRS:
            add(f"{place} {_pair(i, j)}", FRESH, *{(at + i, at + j), (at + j, at + i)})
    return Layout(n_waves, tuple(names), np.array(places, dtype=np.intp), np.tile(error, n_waves))


def _pair(i: int, j: int) -> str:
    return f"variance of {SERIES[i]}" if i == j else "covariance"
