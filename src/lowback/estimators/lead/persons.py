"""Who leads in each person, judged against what people without a leader would show at the same moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from lowback.estimators.lead.diaries import COLUMNS, Diaries
from lowback.estimators.lead.fit import LeadFit
from lowback.estimators.lead.likelihood import Model
from lowback.estimators.lead.process import TURN
from lowback.estimators.lead.simulated import simulated_without_leader
from lowback.estimators.lead.verdicts import ALPHA, MARGIN, TOGETHER, Verdict, lead_of
from lowback.estimators.multiplicity import benjamini_hochberg

Array = NDArray[np.float64]
REPLICATES, SIMULATED, SEED = 100, 60_000, 20
WIDEST_FACTOR = 5.0
TURN_STEP = 1e-4


@dataclass(frozen=True, eq=False)
class PersonalLeads:
    """The lead in each person (people,), as in `Evidence.lead`, with its interval, p-value against none and verdict.

    `recorded` counts what each told of both series; `needed` is how many values would show a lead as large as the
    margin four times in five.
    """

    people: NDArray[np.intp]
    lead: Array
    low: Array
    high: Array
    p_values: Array
    verdicts: tuple[Verdict, ...]
    recorded: NDArray[np.intp]
    needed: Array


def personal_leads(fit: LeadFit, days: float, margin: float = MARGIN) -> PersonalLeads:
    """Who leads in each person, with false discoveries among those said to have a leader held at 5 % on average.

    A person's score for the turn, their series brought to the cohort's spread, is compared with the scores of simulated people
    without a leader who have the same moments, the memory, reliability and correlation of the cohort's even fit. Where the middle half
    of the cohort's people scatter more than these do, all are judged by that wider scatter (Efron 2004, J Am Stat Assoc 99:96-104). A
    leader is named where the adjusted p-value is below 5 % and the lead, to first order, at least the margin.
    """
    model, point = fit.model, fit.even.point
    replicates = int(np.clip(SIMULATED // fit.people, 50, REPLICATES))
    made = simulated_without_leader(fit.model, point, replicates, SEED)
    score = _scores(model, point, model.series.values[None])[0]
    squares = _scores(model, point, made) ** 2
    sd = np.sqrt(squares.mean(axis=0))
    # Each simulated score against the spread of the others of the same person, as the person's own is.
    others = (squares.sum(axis=0) - squares) / (replicates - 1)
    reference = np.sort(np.sqrt(squares / others).ravel())
    wider = _scatter(score / sd)
    z = score / sd / wider
    above = len(reference) - np.searchsorted(reference, np.abs(z))
    p_values = (1.0 + above) / (1.0 + len(reference))
    error = _lead_per_turn(fit, point, days) * wider / sd
    lead, half = z * error, float(special.ndtri(0.975)) * error
    verdicts = _verdicts(model, point, lead, error, p_values, margin)
    values = model.series.counts
    needed = values * ((special.ndtri(0.975) + special.ndtri(0.8)) * error / margin) ** 2
    return PersonalLeads(
        model.series.people, lead, lead - half, lead + half, p_values, verdicts, values, np.asarray(needed)
    )


def _scores(model: Model, point: Array, copies: Array) -> Array:
    """The score for the turn of each copy (copies, 2, steps, people) of each person, (copies, people), with both series brought to the
    cohort's spread: people who vary much would else pass for people in whom something leads."""
    factors = _spread_factors(model.series, copies)[:, :, None]
    if model.has_random_levels:
        known = model.series.known
        level = np.where(known, copies, 0.0).sum(axis=2) / np.maximum(known.sum(axis=1), 1)
        # A level that is not taken out stays where it is.
        copies = np.where(known, level[:, :, None] + factors * (copies - level[:, :, None]), copies)
    else:
        copies = copies * factors
    points = np.repeat(point[:, None], 2, axis=1)
    points[TURN] += np.array([TURN_STEP, -TURN_STEP])
    ahead, behind = model.log_likelihoods_of(model.process(points[:, :, None]), points, copies)
    return np.asarray((ahead - behind) / (2 * TURN_STEP)).reshape(len(copies), -1)


def _scatter(z: Array) -> float:
    """How much wider the middle half of the scores lies than that of a normal distribution; 1 at least."""
    low, high = np.quantile(z, [0.25, 0.75])
    return max(1.0, float(high - low) / (2 * float(special.ndtri(0.75))))


def _lead_per_turn(fit: LeadFit, point: Array, days: float) -> float:
    """How much lead a small turn makes."""
    step = 1e-4
    points = np.repeat(point[:, None], 2, axis=1)
    points[TURN] += np.array([-step, step])
    down, up = lead_of(fit.model.process(points), fit.passed(points, days))
    return float((up - down) / (2 * step))


def _verdicts(
    model: Model, point: Array, lead: Array, error: Array, p_values: Array, margin: float
) -> tuple[Verdict, ...]:
    half = float(special.ndtri(0.95)) * error
    is_small = (lead - half > -margin) & (lead + half < margin)
    is_shown = (benjamini_hochberg(p_values) < ALPHA) & (np.abs(lead) >= margin)
    # Where one falls when the other rises, what comes first is not what the other follows.
    is_shown &= bool(model.process(point).correlation > 0)
    verdicts = np.full(len(lead), "cannot tell", dtype=object)
    verdicts[is_small & (_own_correlation(model.series) > TOGETHER)] = "together"
    verdicts[is_shown & (lead > 0)] = "first leads"
    verdicts[is_shown & (lead < 0)] = "second leads"
    return tuple(verdicts)


def _own_correlation(series: Diaries) -> Array:
    """Correlation of what each person recorded at the same moments, around the own mean; 0 where it cannot be had."""
    both = series.known.all(axis=0)
    counts = np.maximum(both.sum(axis=0), 1)
    values = np.where(both, series.values, 0.0)
    rest = np.where(both, values - (values.sum(axis=1) / counts)[:, None], 0.0)
    squares = (rest**2).sum(axis=1).prod(axis=0)
    return np.asarray((rest[0] * rest[1]).sum(axis=0) / np.sqrt(np.where(squares > 0, squares, np.inf)))


def _spread_factors(series: Diaries, copies: Array) -> Array:
    """What each series of each copy of each person is multiplied by to have the spread of all around what is taken out: (copies, 2, people)."""
    taken = COLUMNS[series.level]
    left = np.maximum(series.known.sum(axis=1) - taken, 1)
    rest = np.stack([_rest(series, one, copies[:, one]) for one in (0, 1)], axis=1)
    usual = rest.sum(axis=(0, 2)) / (len(copies) * left.sum(axis=1))
    own = np.maximum(rest / left, usual[:, None] / WIDEST_FACTOR**2)
    return np.minimum(np.sqrt(usual[:, None] / own), WIDEST_FACTOR)


def _rest(series: Diaries, one: int, copies: Array) -> Array:
    """Sum of squares of one series of each copy (copies, steps, people) around each person's own level or line: (copies, people)."""
    taken = COLUMNS[series.level]
    start = 1 + one * taken
    design = np.where(series.known[one], series.columns[one, start : start + taken], 0.0)
    sums = np.einsum("itn,rtn->nir", design, copies)
    fitted = np.linalg.solve(np.einsum("itn,jtn->nij", design, design), sums)
    return np.asarray((copies**2).sum(axis=1) - (sums * fitted).sum(axis=1).T)
