"""What the risk sets at the times of events hold: their sums, the partial likelihood and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators.recurrence.counting import Array, AtRisk, Places


@dataclass(frozen=True, eq=False)
class Stratum:
    """The risk sets of one stratum, an event a row; `time` are its distinct event times, `at` the place of each event's among them.

    `drawn` is which share of the tied events is gone already when this one comes (Efron). `mean` and `spread` are the weighted
    mean and covariance of the columns of those then at risk, `left` is the sum of their weights.
    """

    rows: Places
    time: Array
    at: Places
    drawn: Array
    mean: Array
    left: Array
    spread: Array


@dataclass(frozen=True, eq=False)
class RiskSets:
    """The partial likelihood with its score and information at these coefficients, and what each interval adds to them."""

    at_risk: AtRisk
    columns: Array
    weight: Array
    strata: tuple[Stratum, ...]
    log_likelihood: float
    score: Array
    information: Array

    def scores(self) -> Array:
        """The score residual of each interval (Therneau & Grambsch 2000, Modeling Survival Data, section 4.6; Efron's ties)."""
        found = np.zeros_like(self.columns)
        for one in self.strata:
            found[one.rows] = _score_of_rows(self, one)
        return found

    def shares(self) -> Array:
        """What each interval adds to the information, as a matrix an interval."""
        found = np.zeros((*self.columns.shape, self.columns.shape[1]))
        for one in self.strata:
            found[one.rows] = _share_of_rows(self, one)
        return found


def risk_sets(at_risk: AtRisk, columns: Array, beta: Array) -> RiskSets:
    """The risk sets with each interval weighted by exp(columns @ beta)."""
    predictor = columns @ beta
    # Hazards are compared within risk sets only, so a common factor is free, and keeps exp within bounds.
    shift = predictor.max()
    weight = np.exp(predictor - shift)
    strata = tuple(
        _stratum(at_risk, rows, columns, weight) for rows in at_risk.strata() if at_risk.event[rows].any()
    )
    events = at_risk.event
    likelihood = float((predictor[events] - shift).sum() - sum(np.log(one.left).sum() for one in strata))
    return RiskSets(
        at_risk=at_risk,
        columns=columns,
        weight=weight,
        strata=strata,
        log_likelihood=likelihood,
        score=columns[events].sum(axis=0) - sum(one.mean.sum(axis=0) for one in strata),
        information=np.asarray(sum(one.spread.sum(axis=0) for one in strata)),
    )


def _stratum(at_risk: AtRisk, rows: Places, columns: Array, weight: Array) -> Stratum:
    x, w = columns[rows], weight[rows]
    start, stop, event = at_risk.start[rows], at_risk.stop[rows], at_risk.event[rows]
    time, of = np.unique(stop[event], return_inverse=True)
    products = w[:, None] * np.column_stack(
        [np.ones(len(w)), x, (x[:, :, None] * x[:, None, :]).reshape(len(w), -1)]
    )
    sums = _from(stop, products, time) - _from(start, products, time)
    tied = np.zeros_like(sums)
    np.add.at(tied, of, products[event])
    count = np.bincount(of)
    at = np.repeat(np.arange(len(time)), count)
    drawn = (np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)) / count[at]
    here = sums[at] - drawn[:, None] * tied[at]
    left = here[:, 0]
    p = x.shape[1]
    mean = here[:, 1 : p + 1] / left[:, None]
    spread = here[:, p + 1 :].reshape(-1, p, p) / left[:, None, None] - mean[:, :, None] * mean[:, None, :]
    return Stratum(rows, time, at.astype(np.intp), drawn, mean, left, spread)


def _from(times: Array, products: Array, since: Array) -> Array:
    """The sums of the rows whose time is not before each of these."""
    order = np.argsort(times)
    total = np.vstack([np.cumsum(products[order][::-1], axis=0)[::-1], np.zeros(products.shape[1])])
    return np.asarray(total[np.searchsorted(times[order], since, side="left")])


def _score_of_rows(sets: RiskSets, one: Stratum) -> Array:
    x, w = sets.columns[one.rows], sets.weight[one.rows]
    hazard, moved = 1 / one.left, one.mean / one.left[:, None]
    exposed = _during(sets, one, hazard)[:, None] * x - _during(sets, one, moved)
    event = sets.at_risk.event[one.rows]
    of = np.searchsorted(one.time, sets.at_risk.stop[one.rows][event])
    count = np.bincount(one.at)
    average = _of_times(one, one.mean) / count[:, None]
    # Of tied events each is at risk only in part while the others are drawn.
    gone = (
        _of_times(one, one.drawn * hazard)[of, None] * x[event]
        - _of_times(one, one.drawn[:, None] * moved)[of]
    )
    found = -w[:, None] * exposed
    found[event] += x[event] - average[of] + w[event, None] * gone
    return np.asarray(found)


def _share_of_rows(sets: RiskSets, one: Stratum) -> Array:
    x, w = sets.columns[one.rows], sets.weight[one.rows]
    hazard = 1 / one.left
    moved = one.mean * hazard[:, None]
    square = one.mean[:, :, None] * moved[:, None, :]
    event = sets.at_risk.event[one.rows]
    of = np.searchsorted(one.time, sets.at_risk.stop[one.rows][event])
    drawn = one.drawn
    found = w[:, None, None] * _around(
        x, _during(sets, one, hazard), _during(sets, one, moved), _during(sets, one, square)
    )
    found[event] -= w[event, None, None] * _around(
        x[event],
        _of_times(one, drawn * hazard)[of],
        _of_times(one, drawn[:, None] * moved)[of],
        _of_times(one, drawn[:, None, None] * square)[of],
    )
    return np.asarray(found)


def _around(x: Array, hazard: Array, moved: Array, square: Array) -> Array:
    """The sum over times of hazard x (x - mean)(x - mean)', from the sums of hazard, hazard x mean and hazard x mean mean'."""
    crossed = x[:, :, None] * moved[:, None, :]
    return np.asarray(
        hazard[:, None, None] * x[:, :, None] * x[:, None, :] - crossed - crossed.transpose(0, 2, 1) + square
    )


def _of_times(one: Stratum, of_events: Array) -> Array:
    """The sum over the events of each event time."""
    sums = np.zeros((len(one.time), *of_events.shape[1:]))
    np.add.at(sums, one.at, of_events)
    return sums


def _during(sets: RiskSets, one: Stratum, of_events: Array) -> Array:
    """The sum over the events during each interval of the stratum."""
    by_time = _of_times(one, of_events)
    total = np.concatenate([np.zeros((1, *by_time.shape[1:])), np.cumsum(by_time, axis=0)])
    until, before = (
        np.searchsorted(one.time, getattr(sets.at_risk, name)[one.rows], side="right")
        for name in ("stop", "start")
    )
    return np.asarray(total[until] - total[before])
