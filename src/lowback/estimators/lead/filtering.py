"""The Kalman filter over many people and many processes at once, with what is taken out carried along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.diaries import Diaries

Array = NDArray[np.float64]

# Columns times processes times people passed at once: as many as stay in a processor's cache.
AT_ONCE = 12_500


class Latent(Protocol):
    """A process behind both series: a dataclass of figures whose last axes are processes and one more; its first two states are the error-free series."""

    @property
    def spread(self) -> Array:
        """Covariances of the states at any moment (states, states, ...)."""

    @property
    def error(self) -> Array:
        """SD of the errors of each series (2, ...)."""

    def handed(self, days: Array) -> Array:
        """What a unit of each state leaves after so many days: (to, from, ...)."""


@dataclass(frozen=True, eq=False)
class Filtered:
    """Of each process and person: sum of log variances of the innovations, and their weighted products (columns, columns)."""

    log_variances: Array
    products: Array


@dataclass(frozen=True, eq=False)
class Told:
    """What one `series` tells at a step: of whom it is `known` (N), the states' covariances with it (`gains`), its variance, one over that
    where it is known (`weight`, else 0), and the innovation of each column (columns, P, N)."""

    series: int
    known: NDArray[np.bool_]
    gains: Array
    variance: Array
    weight: Array
    innovation: Array


@dataclass(frozen=True, eq=False)
class Step:
    """The states' covariances, less `spread`, and means (states, columns, P, N) before a gap, what it left, and what was told then."""

    away: Array
    means: Array
    left: Array
    told: list[Told]


def filtered(series: Diaries, process: Latent, night: Array, copies: Array | None = None) -> Filtered:
    """What the filter finds of each process (P) and person (N): shapes (P, N) and (P, N, columns, columns).

    `process` has fields of shape (..., P, 1); `night` (P, 1) is how many more days a night counts. Data and what is taken out pass
    the same filter, so that its coefficients can be estimated or integrated over exactly. With `copies` (copies, 2, steps, N), other values at
    the same moments, each copy of each person is a person: (P, copies * N).

    de Jong 1991, Ann Statist 19:1073-1083; one series after the other: Koopman & Durbin 2000, J Time Ser Anal 21:281-296.
    """
    many = 1 if copies is None else len(copies)
    n, taken = len(series.people), series.columns.shape[1] - 1
    logs = np.empty((len(night), many, n))
    products = np.empty((len(night), many, n, 1 + taken, 1 + taken))
    for some, cut, block in blocks(series, len(night), AT_ONCE // (many + taken)):
        values = copies if copies is None else copies[..., cut]
        passed = steps(block, _of_processes(process, some), night[some], values)
        found = summed(passed, many)
        logs[some, :, cut], products[some, :, cut] = found.log_variances, found.products
    return Filtered(logs.reshape(len(night), -1), products.reshape(len(night), -1, 1 + taken, 1 + taken))


def blocks(series: Diaries, processes: int, wide: int) -> Iterator[tuple[slice, slice, Diaries]]:
    """The processes and people that pass at once, so many at the most, with the people's diaries."""
    for cut, block in series.blocks(wide):
        at_once = max(1, wide // len(block.people))
        for start in range(0, processes, at_once):
            yield slice(start, start + at_once), cut, block


def _of_processes(process: Latent, some: slice) -> Latent:
    return type(process)(*(one[..., some, :] for one in vars(process).values()))


def summed(passed: Iterable[Step], many: int = 1) -> Filtered:
    """The same of people who pass at once, of so many copies: (P, copies, N) and (P, copies, N, columns, columns), the columns of one copy."""
    told = [one for step in passed for one in step.told]
    v, weight = np.stack([one.innovation for one in told]), np.stack([one.weight for one in told])
    variance, known = np.stack([one.variance for one in told]), np.stack([one.known for one in told])
    logs = np.einsum("tn,tpn->pn", known, np.log(variance))
    weighted, data, own = weight[:, None] * v, v[:, :many], v[:, many:]
    products = np.empty((1 + own.shape[1], 1 + own.shape[1], many, *logs.shape))
    products[0, 0] = np.einsum("tcpn,tcpn->cpn", weighted[:, :many], data)
    products[1:, 0] = products[0, 1:] = np.einsum("tdpn,tcpn->dcpn", weighted[:, many:], data)
    products[1:, 1:] = np.einsum("tdpn,tepn->depn", weighted[:, many:], own)[:, :, None]
    of_each = np.ascontiguousarray(products.transpose(3, 2, 4, 0, 1))
    return Filtered(np.repeat(logs[:, None], many, axis=1), of_each)


def steps(series: Diaries, process: Latent, night: Array, copies: Array | None = None) -> Iterator[Step]:
    """One step after the other; the states' covariance is kept as its distance from the stationary one."""
    spread, errors, known = process.spread, process.error**2, series.known
    columns, table = _columns(series, copies), process.handed(series.gaps + night * series.nights)
    shape, states = (len(night), len(series.people)), len(spread)
    away = np.zeros((states, states, *shape))
    means = np.zeros((states, columns.shape[1], *shape))
    for t in range(len(series.moments)):
        before, left = (away, means), at_step(table, series, t)
        away = np.einsum("ikpn,lkpn->ilpn", np.einsum("ijpn,jkpn->ikpn", left, away), left)
        means = np.einsum("ijpn,jcpn->icpn", left, means)
        told = []
        for one in (0, 1):
            if not known[one, t].any():
                continue
            gains = away[:, one] + spread[:, one]
            variance = gains[one] + errors[one]
            weight = known[one, t] / variance
            v = columns[one, :, t, None, :] - means[one]
            weights = gains * weight
            means += weights[:, None] * v
            away -= gains[:, None] * weights
            told.append(Told(one, known[one, t], gains, variance, weight, v))
        yield Step(*before, left, told)


def _columns(series: Diaries, copies: Array | None) -> Array:
    """Data of every copy and what is taken out, of each series: (2, columns, steps, N)."""
    if copies is None:
        return series.columns
    return np.concatenate([np.swapaxes(copies, 0, 1), series.columns[:, 1:]], axis=1)


def at_step(table: Array, series: Diaries, t: int) -> Array:
    """Of a table whose last axis is the distinct gaps, what stands there for the gap before a step: (..., 1 or N)."""
    only = series.alike[t]
    # np.take keeps people side by side in memory, which indexing does not.
    return table[..., only : only + 1] if only >= 0 else np.take(table, series.gap[t], axis=-1)
