"""Curves over time with errors over persons: share without the event, mean number of events, share in a state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from lowback.estimators import NotEstimable
from lowback.estimators.recurrence.counting import Array, AtRisk, Places

Flags = NDArray[np.bool_]
WIDTH = float(ndtri(0.975))


@dataclass(frozen=True, eq=False)
class Curve:
    """Steps at `time` (each value holds from there on), with standard errors, 95 % intervals and the people at risk then."""

    time: Array
    value: Array
    std_error: Array
    conf_low: Array
    conf_high: Array
    at_risk: Array

    def at(self, moments: ArrayLike) -> dict[str, Array]:
        """Value, error, interval and people at risk at these moments; what holds before the first step is that of the first row."""
        place = np.maximum(np.searchsorted(self.time, np.asarray(moments, dtype=float), side="right") - 1, 0)
        names = ("value", "std_error", "conf_low", "conf_high", "at_risk")
        return {name: getattr(self, name)[place] for name in names}


def event_free(at_risk: AtRisk) -> Curve:
    """The share without the event at each time since the start, by Kaplan and Meier, however many intervals a person has.

    Intervals on the scale of the complementary log-log; where nobody is left, or all have had the event, they end at 0.

    Kaplan & Meier 1958, J Am Stat Assoc 53:457-481; errors over persons: Ying & Wei 1994, Stat Sin 4:517-534 (dependent times).
    """
    time, events, exposed = _by_person(at_risk, at_risk.event)
    hazard, people = _hazard(events, exposed)
    share = np.concatenate([[1.0], np.cumprod(1 - hazard)])
    with np.errstate(divide="ignore", invalid="ignore"):
        moves = (events - exposed * hazard) / (people * (1 - hazard))
        log_error = np.sqrt((np.cumsum(moves, axis=1) ** 2).sum(axis=0))
        error = np.concatenate([[0.0], log_error * share[1:]])
        low, high = _complementary(share[1:], log_error)
    error = np.where(share > 0, error, np.nan)
    starts = np.concatenate([[time[0] if len(time) else 0.0], time])
    starts[0] = min(at_risk.start.min(), starts[0])
    begun = float(len(np.unique(at_risk.person)))
    return Curve(
        starts,
        share,
        error,
        np.concatenate([[1.0], low]),
        np.concatenate([[1.0], high]),
        np.concatenate([[begun], (exposed > 0).sum(axis=0)]),
    )


def mean_events(at_risk: AtRisk) -> Curve:
    """The mean number of events of a person by each time, whatever makes a person's events hang together.

    Nelson-Aalen's sum over those at risk, intervals on the logarithm. Lin, Wei, Yang & Ying 2000, J R Stat Soc B 62:711-730.
    """
    time, events, exposed = _by_person(at_risk, at_risk.event)
    hazard, people = _hazard(events, exposed)
    mean = np.concatenate([[0.0], np.cumsum(hazard)])
    moves = np.cumsum((events - exposed * hazard) / people, axis=1)
    error = np.concatenate([[0.0], np.sqrt((moves**2).sum(axis=0))])
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(mean > 0, np.exp(WIDTH * error / mean), 1.0)
    starts = np.concatenate([[at_risk.start.min()], time])
    counts = np.concatenate([[float(at_risk.people)], (exposed > 0).sum(axis=0)])
    return Curve(starts, mean, error, mean / factor, mean * factor, counts)


def share_in_state(at_risk: AtRisk, is_in: ArrayLike) -> Curve:
    """The share of people in a state that is entered and left again, at each time, from whom is seen at that time.

    Each interval is spent in the state (`is_in` 1) or out of it, and its event is the change to the other. Intervals are on the
    logit, errors over persons by the derivative with respect to each person's weight.

    Aalen & Johansen 1978, Scand J Stat 5:141-150; Andersen et al. 1993, Statistical Models Based on Counting Processes, IV.4.
    """
    inside = np.asarray(is_in).astype(bool)
    if len(inside) != len(at_risk.start):
        raise NotEstimable(f"{len(inside)} states for {len(at_risk.start)} intervals")
    time, entries, outside = _by_person(at_risk, at_risk.event & ~inside, ~inside)
    _, exits, within = _by_person(at_risk, at_risk.event & inside, inside)
    first = at_risk.start == at_risk.start.min()
    people = at_risk.person[first]
    begins = np.zeros(len(outside))
    begins[_codes(at_risk)[first]] = inside[first] - inside[first].mean()
    move = begins / len(people)
    share = float(inside[first].mean())
    values, errors = [share], [float(np.sqrt((move**2).sum()))]
    for k in range(len(time)):
        enter, enter_moves = _rate(entries[:, k], outside[:, k])
        leave, leave_moves = _rate(exits[:, k], within[:, k])
        move = move * (1 - enter - leave) + (1 - share) * enter_moves - share * leave_moves
        share = share * (1 - leave) + (1 - share) * enter
        values.append(share)
        errors.append(float(np.sqrt((move**2).sum())))
    value, error = np.array(values), np.array(errors)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.where((value > 0) & (value < 1), WIDTH * error / (value * (1 - value)), 0.0)
        odds = value / (1 - value)
        low, high = (
            np.where(value < 1, odds * f / (1 + odds * f), 1.0) for f in (np.exp(-half), np.exp(half))
        )
    seen = np.concatenate([[len(people)], ((outside + within) > 0).sum(axis=0)]).astype(float)
    return Curve(np.concatenate([[at_risk.start.min()], time]), value, error, low, high, seen)


def _rate(events: Array, exposed: Array) -> tuple[float, Array]:
    """Events over those exposed at one time, and its derivative by each person's weight; nothing where nobody is exposed."""
    total = float(exposed.sum())
    if total == 0:
        return 0.0, np.zeros_like(exposed)
    rate = float(events.sum()) / total
    return rate, (events - exposed * rate) / total


def _codes(at_risk: AtRisk) -> Places:
    return np.unique(at_risk.person, return_inverse=True)[1].astype(np.intp)


def _by_person(at_risk: AtRisk, event: Flags, counted: Flags | None = None) -> tuple[Array, Array, Array]:
    """The distinct times of events, and by person and time how many events came and how many intervals are exposed."""
    person = _codes(at_risk)
    time = np.unique(at_risk.stop[at_risk.event])
    shape = (int(person.max()) + 1, len(time))
    events = np.zeros(shape)
    np.add.at(events, (person[event], np.searchsorted(time, at_risk.stop[event])), 1.0)
    chosen = np.ones(len(person), dtype=bool) if counted is None else counted
    # One more where an interval begins, one less after it ended; their sum is how many run.
    changes = np.zeros((shape[0], len(time) + 1))
    for edge, by in ((at_risk.start, 1.0), (at_risk.stop, -1.0)):
        np.add.at(changes, (person[chosen], np.searchsorted(time, edge[chosen], side="right")), by)
    return time, events, np.cumsum(changes, axis=1)[:, :-1]


def _hazard(events: Array, exposed: Array) -> tuple[Array, Array]:
    people = exposed.sum(axis=0)
    return np.asarray(events.sum(axis=0) / people), np.asarray(people)


def _complementary(share: Array, log_error: Array) -> tuple[Array, Array]:
    """Intervals that stay between 0 and 1, by the logarithm of the cumulative hazard."""
    inside = (share > 0) & (share < 1)
    hazard = -np.log(np.where(inside, share, 0.5))
    factor = np.exp(WIDTH * np.where(inside, log_error, 0.0) / hazard)
    low, high = np.exp(-hazard * factor), np.exp(-hazard / factor)
    return np.where(inside, low, share), np.where(inside, high, share)
