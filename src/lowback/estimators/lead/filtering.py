"""The Kalman filter over many people and many processes at once, with what is taken out carried along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.diaries import Diaries

Array = NDArray[np.float64]
# What is recorded of a series: the states it loads on, each with its loading.
Loads = tuple[tuple[int, Array], ...]
# By pair of states, the first no later than the second.
Covariances = dict[tuple[int, int], Array]

# Processes times people passed at once: as many as stay in a processor's cache.
AT_ONCE = 2500


class Latent(Protocol):
    """A process behind both series: a dataclass of figures whose last axes are processes and people, states of variance 1.

    `error` (2, ...) is the SD of what is recorded around the states' loads. `carried` gives what is left after days (figures, ...), which `faded`
    applies to the states' covariances, less the stationary ones, and to their means.
    """

    @property
    def states(self) -> int:
        """How many states there are."""

    @property
    def loads(self) -> tuple[Loads, Loads]:
        """Of each series."""

    @property
    def error(self) -> Array:
        """SD of the errors of each series."""

    def carried(self, days: Array) -> Array:
        """What is left after so many days."""

    def faded(self, left: Array, away: Covariances, means: list[Array]) -> tuple[Covariances, list[Array]]:
        """Covariances and means after a gap."""


@dataclass(frozen=True, eq=False)
class Filtered:
    """Of each process and person: sum of log variances of the innovations, and their weighted products (columns, columns)."""

    log_variances: Array
    products: Array


def filtered(series: Diaries, process: Latent, night: Array) -> Filtered:
    """What the filter finds of each process (P) and person (N): shapes (P, N) and (P, N, columns, columns).

    `process` has fields of shape (P, 1) or (P, N); `night` (same) is how many more days a night counts. Data and what is taken out pass
    the same filter, so that its coefficients can be estimated or integrated over exactly.

    de Jong 1991, Ann Statist 19:1073-1083; one series after the other: Koopman & Durbin 2000, J Time Ser Anal 21:281-296.
    """
    at, n = night.shape[0], len(series.people)
    wide = max(1, AT_ONCE // max(n, 1))
    if n > AT_ONCE:
        cuts = np.array_split(np.arange(n), -(-n // AT_ONCE))
        parts = [filtered(series.of(cut), _of_people(process, cut), _cut(night, cut)) for cut in cuts]
        return Filtered(
            np.concatenate([one.log_variances for one in parts], axis=1),
            np.concatenate([one.products for one in parts], axis=1),
        )
    pieces = [slice(start, start + wide) for start in range(0, at, wide)]
    done = [_passed(series, _of_processes(process, piece), night[piece]) for piece in pieces]
    return Filtered(
        np.concatenate([one.log_variances for one in done]), np.concatenate([one.products for one in done])
    )


def _of_processes(process: Latent, piece: slice) -> Latent:
    return type(process)(*(one[..., piece, :] for one in vars(process).values()))


def _of_people(process: Latent, cut: NDArray[np.intp]) -> Latent:
    return type(process)(*(_cut(one, cut) for one in vars(process).values()))


def _cut(values: Array, cut: NDArray[np.intp]) -> Array:
    """The people's part of an array whose last axis is 1 or people."""
    return values if values.shape[-1] == 1 else values[..., cut]


def _passed(series: Diaries, process: Latent, night: Array) -> Filtered:
    """One pass through all steps; the states' covariance is kept as its distance from the stationary one, which is 1."""
    loads, errors = process.loads, process.error**2
    carried = _carried(series, process, night)
    columns, known = series.columns, series.known.astype(float)
    n_columns, steps, n = columns.shape[1:]
    shape, states = (night.shape[0], n), range(process.states)
    away = {(one, other): np.zeros(shape) for one in states for other in states if one <= other}
    means = [np.zeros((n_columns, *shape)) for _ in states]
    logs, products = np.zeros(shape), np.zeros((n_columns, n_columns, *shape))
    for t in range(steps):
        if t:
            away, means = process.faded(carried(t), away, means)
        for one in (0, 1):
            is_known = known[one, t]
            if not is_known.any():
                continue
            gains = [_gain(loads[one], away, state) for state in states]
            variance = errors[one] + sum(load * gains[state] for state, load in loads[one])
            v = columns[one, :, t, None, :] - sum(load * means[state] for state, load in loads[one])
            weight = is_known / variance
            weights = [gain * weight for gain in gains]
            for state in states:
                means[state] = means[state] + weights[state] * v
            away = {(at, other): far - gains[at] * weights[other] for (at, other), far in away.items()}
            logs += is_known * np.log(variance)
            products += (weight * v)[:, None] * v
    return Filtered(logs, np.ascontiguousarray(np.moveaxis(products, (0, 1), (2, 3))))


def _gain(loads: Loads, away: Covariances, state: int) -> Array:
    """Covariance of a state with what is recorded."""
    return sum(load * (away[min(state, on), max(state, on)] + (state == on)) for on, load in loads)  # type: ignore[return-value]


def _carried(series: Diaries, process: Latent, night: Array) -> Callable[[int], Array]:
    """What is left after the gap before a step, (figures, P, 1 or N), computed once for each distinct gap."""
    days = series.gaps + night[..., None] * series.nights
    table = type(process)(*(one[..., None] for one in vars(process).values())).carried(days)
    people = np.arange(len(series.people))
    of_everybody = table.shape[2] == 1
    alike = [len(np.unique(one)) == 1 for one in series.gap]

    def of_step(t: int) -> Array:
        if alike[t]:
            return np.asarray(table[..., series.gap[t, 0]])
        return np.asarray(
            table[:, :, 0, series.gap[t]] if of_everybody else table[:, :, people, series.gap[t]]
        )

    return of_step
