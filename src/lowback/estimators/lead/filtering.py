"""The Kalman filter over many people and many processes at once, with what is taken out carried along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.estimators.lead.diaries import Diaries
from lowback.estimators.lead.process import Process

Array = NDArray[np.float64]

# Processes times people passed at once: as many as stay in a processor's cache.
AT_ONCE = 2500


@dataclass(frozen=True, eq=False)
class Filtered:
    """Of each process and person: sum of log variances of the innovations, and their weighted products (columns, columns)."""

    log_variances: Array
    products: Array


def filtered(series: Diaries, process: Process, night: Array) -> Filtered:
    """What the filter finds of each process (P) and person (N): shapes (P, N) and (P, N, columns, columns).

    `process` has fields of shape (P, 1) or (P, N); `night` (same) is how many more days a night counts. Data and what is taken out pass
    the same filter, so that its coefficients can be estimated or integrated over exactly.

    de Jong 1991, Ann Statist 19:1073-1083; one series after the other: Koopman & Durbin 2000, J Time Ser Anal 21:281-296.
    """
    at, n = process.turn.shape[0], len(series.people)
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


def _of_processes(process: Process, piece: slice) -> Process:
    return Process(
        process.sd[:, piece],
        process.error[:, piece],
        process.correlation[piece],
        process.rates[:, piece],
        process.turn[piece],
    )


def _of_people(process: Process, cut: NDArray[np.intp]) -> Process:
    return Process(*(_cut(one, cut) for one in vars(process).values()))


def _cut(values: Array, cut: NDArray[np.intp]) -> Array:
    """The people's part of an array whose last axis is 1 or people."""
    return values if values.shape[-1] == 1 else values[..., cut]


def _passed(series: Diaries, process: Process, night: Array) -> Filtered:
    """One pass through all steps; the state's variance is kept as its distance from the stationary one, which is 1."""
    l11, l21, l22 = process.loadings
    errors = process.error**2
    carried = _carried(series, process, night)
    columns, known = series.columns, series.known.astype(float)
    n_columns, steps, n = columns.shape[1:]
    shape = (process.turn.shape[0], n)
    d11, d12, d22 = (np.zeros(shape) for _ in range(3))
    a1, a2 = (np.zeros((n_columns, *shape)) for _ in range(2))
    logs, products = np.zeros(shape), np.zeros((n_columns, n_columns, *shape))
    for t in range(steps):
        if t:
            f11, f12, f21, f22 = carried(t)
            g11, g12 = f11 * d11 + f12 * d12, f11 * d12 + f12 * d22
            g21, g22 = f21 * d11 + f22 * d12, f21 * d12 + f22 * d22
            d11, d12, d22 = g11 * f11 + g12 * f12, g11 * f21 + g12 * f22, g21 * f21 + g22 * f22
            a1, a2 = f11 * a1 + f12 * a2, f21 * a1 + f22 * a2
        for one in (0, 1):
            is_known = known[one, t]
            if not is_known.any():
                continue
            if one == 0:
                k1, k2 = l11 * (1 + d11), l11 * d12
                variance = l11 * k1 + errors[0]
                v = columns[0, :, t, None, :] - l11 * a1
            else:
                k1, k2 = l21 * (1 + d11) + l22 * d12, l21 * d12 + l22 * (1 + d22)
                variance = l21 * k1 + l22 * k2 + errors[1]
                v = columns[1, :, t, None, :] - l21 * a1 - l22 * a2
            weight = is_known / variance
            w1, w2 = k1 * weight, k2 * weight
            a1 += w1 * v
            a2 += w2 * v
            d11 -= k1 * w1
            d12 -= k1 * w2
            d22 -= k2 * w2
            logs += is_known * np.log(variance)
            products += (weight * v)[:, None] * v
    return Filtered(logs, np.ascontiguousarray(np.moveaxis(products, (0, 1), (2, 3))))


def _carried(series: Diaries, process: Process, night: Array):  # type: ignore[no-untyped-def]
    """What is left after the gap before a step, (4, P, 1 or N), computed once for each distinct gap."""
    days = series.gaps + night[..., None] * series.nights
    table = Process(
        *(
            one[..., None]
            for one in (process.sd, process.error, process.correlation, process.rates, process.turn)
        )
    ).carried(days)
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
